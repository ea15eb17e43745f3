"""Which characters a terminal can draw."""

import os
import sys
from enum import Enum


class Glyphs(Enum):
    """Which characters the terminal can draw.

    The console fonts of Debian and Raspberry Pi OS (console-setup, Lat15-*) hold box drawing, the full block
    and the shades, but no half blocks.
    """

    BLOCKS = "half blocks and full blocks"
    CONSOLE = "full blocks only"


def terminal_glyphs() -> Glyphs:
    """Which characters this terminal can draw: the bare Linux console and others than UTF-8 have no half blocks."""
    encoding = (getattr(sys.__stdout__, "encoding", None) or "").lower().replace("-", "")
    if os.environ.get("TERM") == "linux" or not encoding.startswith("utf"):
        return Glyphs.CONSOLE
    return Glyphs.BLOCKS
