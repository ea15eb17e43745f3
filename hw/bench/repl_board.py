"""A bare board on a cable: MicroPython with its REPL on a pty, for the tools that flash it.

The REPL runs in MicroPython's Unix port (raw_repl.py), so code that a tool sends is run by what would run it. The flash
is a folder. As on a board, a reset starts the chip anew, and who pulls the cable takes its power too.
"""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hw.bench.line import PtyLine

SCRIPT: Final = Path(__file__).with_name("raw_repl.py")

RESET: Final = 3
"""Exit code of a chip that resets."""

START: Final = "main.py"


class ReplBoard:
    """One board, switched on. With a main.py on its flash it runs that, which leaves the REPL to nobody.

    Args:
        flash: The flash as a folder.
        interpreter: MicroPython's path.
        link: Where the host finds the REPL; see `PtyLine`.
        platform: What kind of board it says that it is.
        version: Of its MicroPython, as it says.
        unit: Its serial number, in hexadecimal.
        is_held: Whether the trigger is held, so that main.py leaves the REPL alone.

    Attributes:
        flash: The flash as a folder.
        received: How many bytes have come from the host.
        cut_at: With so many bytes its power is cut; None for never.
        resets: How many times the chip was reset.
    """

    def __init__(
        self,
        flash: Path,
        interpreter: str,
        *,
        link: Path | None = None,
        platform: str = "rp2",
        version: str = "1.25.0",
        unit: str = "e66164084367c52a",
        is_held: bool = True,
    ) -> None:
        flash.mkdir(parents=True, exist_ok=True)
        self.flash = flash
        self.received = 0
        self.cut_at: int | None = None
        self.resets = 0
        self._command = [interpreter, str(SCRIPT), str(flash), platform, version, unit]
        self._is_held = is_held
        self._changed = threading.Condition()
        self._is_on = True
        self._process: subprocess.Popen[bytes] | None = None
        self._line = PtyLine(link)
        self._chip = threading.Thread(target=self._run_chip, name="bench board", daemon=True)
        self._chip.start()
        self._line.serve(self._take)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """Where the host finds its REPL."""
        return self._line.path

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until `condition` of the board's attributes holds; False when `timeout` seconds passed first."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def close(self) -> None:
        """Take the board away; nothing of it stays behind but its flash."""
        self._cut()
        self._chip.join()
        self._line.close()

    def _take(self, data: bytes) -> None:
        """Bytes of the host, which are lost while the firmware runs."""
        for byte in data:
            self.received += 1
            if self.cut_at is not None and self.received >= self.cut_at:
                self._cut()
                return
            with self._changed:
                process = self._process
            if process is not None and process.stdin is not None:
                os.write(process.stdin.fileno(), bytes((byte,)))

    def _cut(self) -> None:
        with self._changed:
            self._is_on = False
            if self._process is not None:
                self._process.kill()

    def _run_chip(self) -> None:
        code = RESET
        while code == RESET:
            with self._changed:
                if not self._is_on:
                    break
                if not self._is_held and (self.flash / START).exists():
                    return  # the firmware runs
                # The interpreter is the caller's, the rest is ours; there is no shell.
                process = self._process = subprocess.Popen(  # noqa: S603
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            code = self._serve(process)
            with self._changed:
                self._process = None
                self._is_held = False
                self.resets += code == RESET
                self._changed.notify_all()
        self._line.hang_up()

    def _serve(self, process: "subprocess.Popen[bytes]") -> int:
        """Bring what the chip says to the host, until it ends."""
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin, process.stdout:
            while data := os.read(process.stdout.fileno(), 4096):
                self._line.write(data)
            return process.wait()
