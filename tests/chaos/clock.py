"""The wall clock that the kiosk reads, set wrong for it alone; its monotonic clock is the machine's own."""

import mmap
import struct
import subprocess
from pathlib import Path

from tests.tools import require_tool

_SOURCE = Path(__file__).with_name("wall_clock.c")
_WRONG_BY = struct.Struct("=q")
_FLAGS = ("-shared", "-fPIC", "-nostdlib", "-O2", "-fno-builtin")


class Clock:
    """How far the clock is set wrong.

    Args:
        file: Says so to the programs that read the clock.
    """

    def __init__(self, file: Path) -> None:
        file.write_bytes(bytes(_WRONG_BY.size))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _WRONG_BY.size)

    def set_by(self, seconds: float) -> None:
        """Set it that far from the right time."""
        self._memory[:] = _WRONG_BY.pack(int(seconds * 1e9))

    def close(self) -> None:
        """Let go of the file."""
        self._memory.close()


def wall_clock(folder: Path) -> Path:
    """What a program is to preload so that it reads the clock of the file that CHAOS_CLOCK names; made in a folder."""
    made = folder / "wall_clock.so"
    compiler = str(require_tool("gcc", package="gcc"))
    subprocess.run([compiler, *_FLAGS, str(_SOURCE), "-o", str(made)], check=True)
    return made
