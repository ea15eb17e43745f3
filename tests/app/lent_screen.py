"""A process with a lent screen, for the tests: its first argument says what it draws, its second where its socket is.

It is a process of its own because a lent screen takes the place of stdin, stdout and stderr.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

from kiosk.lent_terminal import LentScreen, Screen

FLOOD = b"x" * 1_000_000
"""Far more than a pseudo-terminal holds."""


class Sizes:
    """Writes its terminal's size and kind, and again whenever it changes."""

    def __init__(self) -> None:
        self._over = Event()

    def run(self) -> None:
        signal.signal(signal.SIGWINCH, lambda *_: self._write())
        self._write()
        while not self._over.wait(0.05):  # signals come between waits
            pass

    def end(self) -> None:
        self._over.set()

    def _write(self) -> None:
        columns, rows = shutil.get_terminal_size()
        os.write(2, f"{os.environ['TERM']} {columns}x{rows} {os.isatty(0)}\n".encode())


class Flood:
    """Writes more than anybody reads."""

    def run(self) -> None:
        os.write(2, FLOOD)

    def end(self) -> None:
        pass


class Crash:
    """Fails at once."""

    def run(self) -> None:
        raise ZeroDivisionError("a screen's own")

    def end(self) -> None:
        pass


SCREENS: dict[str, Callable[[], Screen]] = {"sizes": Sizes, "flood": Flood, "crash": Crash}

if __name__ == "__main__":
    said = os.dup(1)

    def _say(what: bytes) -> None:
        os.write(said, what)

    screen = LentScreen(
        Path(sys.argv[2]),
        lambda _: SCREENS[sys.argv[1]](),
        lambda: _say(b"D"),
        lambda: _say(b"b"),
    )

    def end(*_: object) -> None:
        screen.end()

    signal.signal(signal.SIGTERM, end)
    screen.run()
    os.write(said, b"\nended\n")
