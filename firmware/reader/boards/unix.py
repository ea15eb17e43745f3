"""The seal reader on MicroPython's Unix port: every wire of the board is a pty, for the tests and the demo.

What the board is comes from the environment: SEAL_READER_LINK (data port), SEAL_READER_ENGINE (scan engine) and
SEAL_READER_PANEL (trigger, lamp, buzzer, watchdog) name ptys, SEAL_READER_ROOT the folder that stands for the flash,
SEAL_READER_UNIT the serial number. The process must not lead a session: a hang-up of its first pty would end it.
"""

import asyncio
import os
import select
import sys
import termios

from reader import const

_WRITE_AT_ONCE = const(256)
"""Bytes that a pty takes without waiting when it says that it takes any: the kernel's buffers grow by 256."""

_OUT_MOST = const(2048)
"""Bytes kept for a port that takes none: three of the longest frames. What comes then is dropped, frame by frame."""

_REOPEN_MS = const(20)
"""Between two attempts to open a port that is not there."""

_VMIN = const(6)  # in termios's list of control characters (asm-generic: x86, arm, arm64, riscv)

_SPEEDS = {9600: 13, 19200: 14, 38400: 15, 57600: 4097, 115200: 4098, 230400: 4099}
"""The kernel's numbers for speeds (asm-generic), of which MicroPython's termios names only some; a C library from
2.42 on takes the speed itself."""


def open_raw(path: str):  # -> a file
    """Open a pty, its bytes untouched both ways.

    Raises:
        OSError: There is none.
    """
    file = open(path, "r+b")  # noqa: SIM115 - it is open for as long as the port is there
    termios.setraw(file.fileno())
    settings = termios.tcgetattr(file.fileno())
    settings[6][_VMIN] = 0  # else a read waits until it has all that it asked for
    termios.tcsetattr(file.fileno(), 0, settings)
    return file


class Port:
    """A pty by its name; after a hang-up the next read opens it again, once it is back."""

    def __init__(self, path: "str | None") -> None:
        self.baud = 0
        self._path = path
        self._file = None  # with its stream and its poll, while the port is there
        self._out = b""

    async def read(self, size: int) -> bytes:
        """The next bytes, at most so many; b"" at a hang-up."""
        while not self._open():
            await asyncio.sleep_ms(_REOPEN_MS)
        try:
            data = await self._stream.read(size)
        except OSError:
            data = b""
        if not data:
            self._file.close()
            self._file = None
            self._out = b""
        return data

    def write(self, data: bytes) -> None:
        """Send bytes, now or with the next flush; never waits. They are lost while the port is gone or takes none."""
        if self._file and len(self._out) + len(data) <= _OUT_MOST:
            self._out += data
            self.flush()

    def flush(self) -> None:
        """Send what is still to be sent, as far as the port takes it now."""
        try:
            while self._out and self._file and self._writable.poll(0):
                self._out = self._out[self._file.write(self._out[:_WRITE_AT_ONCE]) :]
        except OSError:
            self._out = b""  # hung up: the read sees it too

    def set_baud(self, baud: int) -> None:
        """Set the speed, now and whenever the port is opened."""
        self.baud = baud
        if self._file:
            self._apply_baud()

    def _open(self) -> bool:
        if self._file is None:
            try:
                file = open_raw(self._path)
            except OSError:
                return False
            self._stream = asyncio.StreamReader(file)
            self._writable = select.poll()
            self._writable.register(file, select.POLLOUT)
            self._file = file
            if self.baud:
                self._apply_baud()
        return True

    def _apply_baud(self) -> None:
        try:
            settings = termios.tcgetattr(self._file.fileno())
            settings[4] = settings[5] = self.baud if termios.B9600 == 9600 else _SPEEDS[self.baud]
            termios.tcsetattr(self._file.fileno(), 0, settings)
        except OSError:
            pass  # hung up: the read sees it, and the port gets its speed when it is opened again


class Watchdog:
    """The bench's watchdog: it ends the process when it is not fed in time."""

    def __init__(self, say, ms: int) -> None:
        self._say = say
        say("W%d\n" % ms)

    def feed(self) -> None:
        """Begin the time anew."""
        self._say("F\n")


class Board:
    """The board. See firmware/README.md for what a board has."""

    def __init__(self) -> None:
        self.name = "unix"
        self.unit = os.getenv("SEAL_READER_UNIT") or "unix"
        self.root = os.getenv("SEAL_READER_ROOT") or "."
        self.volume = 10
        self.link = Port(os.getenv("SEAL_READER_LINK"))
        self.engine = Port(os.getenv("SEAL_READER_ENGINE"))
        self._panel = open_raw(os.getenv("SEAL_READER_PANEL"))
        self._panel_in = select.poll()
        self._panel_in.register(self._panel, select.POLLIN)
        self._pressed = False
        self._half = b""

    def trigger(self) -> bool:
        """Whether the trigger is pressed."""
        while self._panel_in.poll(0):
            data = self._panel.read(64)
            if not data:
                self.reset()  # the bench is gone
            lines = (self._half + data).split(b"\n")
            self._half = lines.pop()
            for line in lines:
                self._pressed = line == b"T1"
        return self._pressed

    def lamp(self, colour: int) -> None:
        """Show OFF, GREEN, AMBER or RED of reader.indicator."""
        self._say("L%d\n" % colour)

    def tone(self, hz: int) -> None:
        """Sound the buzzer; 0 silences it."""
        self._say("H%d\n" % (hz if self.volume else 0))

    def random(self, size: int) -> bytes:
        """So many random bytes."""
        return os.urandom(size)

    def set_engine_baud(self, baud: int) -> None:
        """Set the speed of the scan engine's port: one of reader.config's."""
        self.engine.set_baud(baud)

    def watchdog(self, ms: int) -> Watchdog:
        """Arm the watchdog: not fed for so long, it starts the reader anew."""
        return Watchdog(self._say, ms)

    def reset(self) -> None:
        """Start anew; never returns."""
        sys.exit(3)

    def _say(self, line: str) -> None:
        self._panel.write(line)
