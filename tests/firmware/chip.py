"""A board with main.py and slots.py, whose firmware, flashed and in images, is a few lines of each test."""

import hashlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final

from msgspec import Struct

import slots
from scripts.firmware_image import content_of
from tests.firmware.interpreter import FIRMWARE, micropython

NEVER_UPDATED: Final = ("main.py", "slots.py", "romfs.py")

START_LIMIT_S: Final = 20
"""Seconds that a start may take: tenths of one, and a trial's time."""

BOARD: Final = "class Board:\n    pass\n"

ALARM: Final = -signal.SIGALRM
RESET: Final = 3


def app(body: str) -> str:
    """A firmware's app.py, whose `run` is this."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"import os, sys, time, slots\nROOT = os.getenv('SEAL_READER_ROOT')\ndef run(board, trial):\n{lines}"


class Ended(Struct, frozen=True):
    """How a start ended.

    Attributes:
        code: Exit code, or a signal's number, negated.
        said: Lines on stdout.
        trouble: What it said on stderr.
    """

    code: int
    said: list[str]
    trouble: str


class Chip:
    """The board.

    Args:
        place: An empty folder.
        flashed: The app.py that was flashed.
    """

    def __init__(self, place: Path, flashed: str) -> None:
        self._place = place
        self.base = place / "base"
        self.flash = place / "flash"
        self.flash.mkdir()
        self._put(self.base, flashed)
        for name in NEVER_UPDATED:
            shutil.copy(FIRMWARE / name, self.base)
        (self.flash / "images").mkdir()

    @property
    def root(self) -> str:
        """The folder of flash, as the board has it."""
        return str(self.flash)

    def image(self, app: str) -> bytes:
        """An image with this app.py."""
        source = self._place / "source"
        shutil.rmtree(source, ignore_errors=True)
        self._put(source, app)
        return content_of(source)

    def try_out(self, app: str, slot: int, seconds: int = 1) -> None:
        """Put an image into a slot, on trial from the next start on."""
        content = self.image(app)
        Path(self.root + slots.FILES[slot]).write_bytes(content)
        slots.try_out(self.root, slot, hashlib.sha256(content).digest())
        state = slots.load(self.root)
        state.seconds = seconds
        slots.store(self.root, state)

    def start(self) -> Ended:
        """Start it; how that ended."""
        done = subprocess.run(
            [micropython(), str(self.base / "main.py")],
            env={**os.environ, "SEAL_READER_ROOT": self.root, "MICROPYPATH": ".frozen"},
            capture_output=True,
            text=True,
            timeout=START_LIMIT_S,
            check=False,
        )
        return Ended(done.returncode, done.stdout.splitlines(), done.stderr)

    def _put(self, folder: Path, app: str) -> None:
        for package in ("reader/boards", "sealwire"):
            (folder / package).mkdir(parents=True)
            (folder / package / "__init__.py").touch()
        (folder / "reader/__init__.py").touch()
        (folder / "reader/app.py").write_text(app)
        (folder / "reader/boards/unix.py").write_text(BOARD)
