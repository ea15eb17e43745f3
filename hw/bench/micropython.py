"""Where MicroPython's Unix port is, in which the seal reader's firmware runs on a bench."""

import shutil
from pathlib import Path
from typing import Final

from hw.errors import DeviceFault

PLACE: Final = Path(__file__).parents[2] / ".micropython"
"""What scripts/micropython makes where the machine has none of its own."""


def micropython() -> str:
    """The program's path.

    Raises:
        DeviceFault: There is none.
    """
    found = shutil.which(PLACE / "bin" / "micropython") or shutil.which("micropython")
    if found is None:
        raise DeviceFault(
            "seal reader on the bench",
            expected=f"MicroPython in {PLACE} or on PATH",
            got="none",
            mend="run scripts/setup reader, which fetches it",
        )
    return found
