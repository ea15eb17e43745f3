"""A seal reader without the board: its firmware runs in MicroPython's Unix port, every wire of the board is a pty.

The firmware is the real one. Behind it stands an emulated scan engine, before it the cable to the kiosk with its
faults; trigger, lamp, buzzer and watchdog are text lines on a third pty (see firmware/reader/boards/unix.py). As on a
board, the chip starts anew at a reset and when its watchdog is not fed, and loses all but its flash when power is cut.
"""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from hw.bench.faults import LineFaults
from hw.bench.line import PtyLine
from hw.bench.scanner import PlainScanner, SsiScanner, Suffix, Trigger
from hw.bench.symbology import Symbology
from sealwire.crc import crc16
from sealwire.messages import Config, to_bytes

PROJECT = Path(__file__).parents[2]

MODULES = (PROJECT / "firmware", PROJECT / ".micropython" / "lib")
"""Where the firmware's modules are, and micropython-lib's."""

RESET = 3
"""Exit code of a firmware that resets its chip."""

CRASH_PAUSE_S = 0.2
"""Seconds before a firmware that ended otherwise is started again, as the watchdog would."""

SESSION_WAIT_S = 5.0
"""Seconds from the trigger to the engine's session: some 10 ms, more on a busy machine."""

FINGER_S = 0.06
"""Seconds from letting go of the trigger to pulling it again: no finger is faster, and the firmware debounces 20 ms."""

SUFFIXES = {"\r": Suffix.CR, "\n": Suffix.LF, "\r\n": Suffix.CRLF, "\t": Suffix.TAB}


class SealReaderBench:
    """One seal reader, switched on.

    Args:
        folder: For its flash and what it prints; the flash is there again when a later reader is given the folder.
        interpreter: MicroPython's path.
        link: Where the kiosk finds the data port; see `PtyLine`.
        unit: The reader's serial number.
        config: How the firmware is set up and which engine stands behind it. None: as it leaves the works, plain lines.
        aim_ids: Whether the engine sends AIM identifiers.
        watchdog_s: Seconds of the watchdog, whatever the firmware asks for; None for what it asks for.
        arguments: For MicroPython, such as ``-X heapsize=...``.
        main: The script that the board starts with.
        modules: Folders that it imports from.
        seed: For the cable's faults.

    Attributes:
        flash: The flash as a folder.
        scanner: The emulated engine.
        to_kiosk: Faults of the cable on the way to the kiosk.
        to_reader: Faults of the cable on the way to the reader.
        lamp: Colour of the lamp, as of the firmware's reader.indicator: 0 off, 1 green, 2 amber, 3 red.
        tone: What the buzzer sounds, in hertz; 0 for nothing.
        lamp_history: Every change of the lamp: monotonic seconds and colour.
        tone_history: Every change of the buzzer: monotonic seconds and hertz.
        ends: Exit codes of the firmware's runs, oldest first; power cuts leave none.
        starts: How many runs were begun.
        bites: How often the watchdog was not fed in time.
        port_stays: Whether the kiosk's port stays while the reader starts anew, as that of a long cable does; one
            on USB goes with what serves it.
    """

    def __init__(
        self,
        folder: Path,
        interpreter: str,
        *,
        link: Path | None = None,
        unit: str = "bench",
        config: Config | None = None,
        aim_ids: bool = True,
        watchdog_s: float | None = None,
        arguments: Sequence[str] = (),
        main: Path = PROJECT / "firmware" / "main.py",
        modules: Sequence[Path] = MODULES,
        seed: int = 0,
    ) -> None:
        self.flash = folder / "flash"
        self.flash.mkdir(parents=True, exist_ok=True)
        if config is not None:
            self._keep_config(config)
        self.lamp = self.tone = 0
        self.lamp_history: list[tuple[float, int]] = []
        self.tone_history: list[tuple[float, int]] = []
        self.ends: list[int] = []
        self.starts = self.bites = 0
        self.port_stays = False
        self._console = folder / "console.log"
        self._watchdog_s = watchdog_s
        self._bite_at: float | None = None
        self._fed_every = 0.0
        self._half = b""
        self._released_at = 0.0
        self._changed = threading.Condition()
        self._is_powered, self._is_plugged, self._is_closed = True, True, False
        self._process: subprocess.Popen[bytes] | None = None
        self.scanner = _scanner(config, aim_ids, seed)
        self._kiosk_end = PtyLine(link, seed=seed)
        self._reader_end = PtyLine(seed=seed + 1)
        self._panel = PtyLine()
        self.to_kiosk: LineFaults = self._kiosk_end.to_driver
        self.to_reader: LineFaults = self._reader_end.to_driver
        self._command = [interpreter, *arguments, str(main)]
        self._environment = os.environ | {
            "MICROPYPATH": ":".join([".frozen", *map(str, modules)]),
            "SEAL_READER_LINK": str(self._reader_end.path),
            "SEAL_READER_ENGINE": str(self.scanner.path),
            "SEAL_READER_PANEL": str(self._panel.path),
            "SEAL_READER_ROOT": str(self.flash),
            "SEAL_READER_UNIT": unit,
        }
        self._kiosk_end.serve(self._reader_end.write)
        self._reader_end.serve(self._kiosk_end.write)
        self._panel.run(self._watch_panel)
        self._chip = threading.Thread(target=self._run_chip, name="bench seal reader", daemon=True)
        self._chip.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def port(self) -> Path:
        """The kiosk's end of the cable, for the driver to open."""
        return self._kiosk_end.path

    @property
    def console(self) -> str:
        """What the firmware has printed, over all its runs."""
        return self._console.read_text(encoding="utf-8", errors="replace") if self._console.exists() else ""

    def scan(self, data: bytes, symbology: Symbology = Symbology.CODE_128, modifier: str | None = None) -> bool:
        """Hold a barcode before the engine and pull the trigger until it is read.

        Returns:
            Whether it was read: not when an SSI engine was not told to look within some seconds.
        """
        if isinstance(self.scanner, PlainScanner):  # has a trigger of its own
            return self.scanner.fire(symbology, data, modifier)
        self.press_trigger()
        try:
            return self.scanner.wait_until(self._in_session, SESSION_WAIT_S) and self.scanner.fire(
                symbology, data, modifier
            )
        finally:
            self.release_trigger()

    def press_trigger(self) -> None:
        """Pull the trigger and hold it."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed, self._released_at + FINGER_S - time.monotonic())
        self._panel.write(b"T1\n")

    def release_trigger(self) -> None:
        """Let go of the trigger."""
        self._panel.write(b"T0\n")
        self._released_at = time.monotonic()

    def pull_cable(self) -> None:
        """Unplug the cable to the kiosk: the port is gone at both ends."""
        with self._changed:
            self._is_plugged = False
        self._kiosk_end.hang_up()
        self._reader_end.hang_up()

    def put_back(self) -> None:
        """Plug the cable in again; the kiosk finds the port under the same name."""
        with self._changed:
            self._is_plugged = True
        self._reader_end.come_back()
        self._kiosk_end.come_back()

    def unplug_engine(self) -> None:
        """Take the scan engine off its cable."""
        if isinstance(self.scanner, SsiScanner):
            self.scanner.lose_power()
        else:
            self.scanner.line.hang_up()

    def plug_engine(self) -> None:
        """Put the scan engine back."""
        self.scanner.line.come_back()

    def cut_power(self) -> None:
        """Take the power away at once. A bus-powered reader's port goes with it, and so does the engine."""
        with self._changed:
            self._is_powered = False
            self._kill()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._process is None)
        self.unplug_engine()

    def power_up(self) -> None:
        """Give the power back: the firmware starts."""
        self.plug_engine()
        with self._changed:
            self._is_powered = True
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until `condition` of the bench's attributes holds; False when `timeout` seconds passed first."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def close(self) -> None:
        """Take the reader away; no process, thread, port or file but the folder's is left. May be called again."""
        with self._changed:
            self._is_closed = True
            self._kill()
            self._changed.notify_all()
        self._chip.join()
        for line in (self._panel, self._kiosk_end, self._reader_end):
            line.close()
        self.scanner.close()

    def _keep_config(self, config: Config) -> None:
        """Put it where the firmware keeps it (reader.config)."""
        data = to_bytes(config)
        (self.flash / "config").write_bytes(data + crc16(data).to_bytes(2, "big"))

    def _in_session(self) -> bool:
        return isinstance(self.scanner, SsiScanner) and self.scanner.in_session

    def _run_chip(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_powered or self._is_closed)
                if self._is_closed:
                    return
                process = self._process = self._start()
            code = process.wait()
            if not self.port_stays:
                self._kiosk_end.hang_up()
            with self._changed:
                self._process, self._bite_at, self.lamp, self.tone = None, None, 0, 0
                if self._is_powered and not self._is_closed:
                    self.ends.append(code)
                    if code != RESET:
                        self._changed.wait_for(lambda: self._is_closed or not self._is_powered, CRASH_PAUSE_S)
                self._changed.notify_all()

    def _start(self) -> "subprocess.Popen[bytes]":
        self.starts += 1
        if self._is_plugged:
            self._kiosk_end.come_back()
        with self._console.open("ab") as console:
            # The interpreter is the caller's, the rest is ours; there is no shell.
            return subprocess.Popen(  # noqa: S603
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=console, stderr=console
            )

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _watch_panel(self) -> None:
        while not self._panel.closed:
            bite_at = self._bite_at
            data = self._panel.read(None if bite_at is None else max(0.0, bite_at - time.monotonic()))
            with self._changed:
                *lines, self._half = (self._half + data).split(b"\n")
                for line in lines:
                    with contextlib.suppress(ValueError):  # a line that a power cut has cut short
                        self._take_line(line[:1], int(line[1:] or b"0"))
                if self._bite_at is not None and time.monotonic() >= self._bite_at:
                    self.bites += 1
                    self._bite_at = None
                    self._kill()
                self._changed.notify_all()

    def _take_line(self, what: bytes, number: int) -> None:
        now = time.monotonic()
        if what == b"L":
            self.lamp = number
            self.lamp_history.append((now, number))
        elif what == b"H":
            self.tone = number
            self.tone_history.append((now, number))
        elif what == b"W":
            self._fed_every = self._watchdog_s or number / 1000
        if what in b"WF" and self._process is not None:
            self._bite_at = now + self._fed_every


def _scanner(config: Config | None, aim_ids: bool, seed: int) -> PlainScanner | SsiScanner:
    if config is not None and config.engine == Config.SSI:
        return SsiScanner(trigger=Trigger.HOST, aim_ids=aim_ids, seed=seed)
    return PlainScanner(suffix=SUFFIXES[config.end if config else "\r"], aim_ids=aim_ids, seed=seed)
