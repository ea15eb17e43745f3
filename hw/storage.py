"""Which disk a folder is on, with what file system, and how worn the disk says it is."""

import os
import re
from pathlib import Path
from typing import Final

from msgspec import Struct

PROC: Final = Path("/proc")
SYS: Final = Path("/sys")


class Mount(Struct, frozen=True):
    """A mounted file system.

    Attributes:
        at: Where.
        kind: Its type, such as ``ext4``.
        source: What is mounted, such as ``/dev/mmcblk0p2``.
        options: How, as the kernel says it.
    """

    at: str
    kind: str
    source: str
    options: frozenset[str]


class Wear(Struct, frozen=True):
    """What a disk of flash memory on an MMC bus says of itself.

    Attributes:
        is_card: It is an SD card, which tells no wear.
        name: Its product name and the month in which it was made.
        used_percent: Of its life, the worse of its two kinds of memory, as an upper bound: it is told in tenths. 110 is
            more than all. None where it is not told.
        spare_low: Its spare blocks run out: it will soon take no writes (pre_eol_info 2 and 3).
    """

    is_card: bool
    name: str
    used_percent: int | None
    spare_low: bool


def mount_of(folder: Path, proc: Path = PROC) -> Mount | None:
    """The file system that a folder lies in, by the kernel's list (proc_pid_mountinfo(5)); None when that says nothing.

    Raises:
        OSError: There is no such folder, or the list cannot be read.
    """
    seen = folder.stat().st_dev
    device = f"{os.major(seen)}:{os.minor(seen)}"
    found = None
    for line in (proc / "self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        first, _, second = line.partition(" - ")
        fields, (kind, source, options) = first.split(), second.split(" ", 2)
        if fields[2] == device and folder.resolve().is_relative_to(_unescaped(fields[4])):
            found = Mount(_unescaped(fields[4]), kind, source, frozenset((*fields[5].split(","), *options.split(","))))
    return found


def wear_of(mount: Mount, sys: Path = SYS) -> Wear | None:
    """How worn the flash memory behind a file system is; None where it is on no MMC bus, or that says nothing.

    ``life_time`` and ``pre_eol_info`` are eMMC's (JEDEC JESD84-B51, EXT_CSD 267 to 269; Documentation/driver-api/mmc).
    """
    disk = re.fullmatch(r"/dev/(mmcblk\d+)(?:p\d+)?", mount.source)
    device = sys / "block" / disk[1] / "device" if disk else None
    if device is None or not device.exists():
        return None
    is_card = _text(device / "type") == "SD"
    name = " of ".join(filter(None, (_text(device / "name"), _text(device / "date"))))
    lives = [int(each, 16) for each in _text(device / "life_time").split() if _HEX.fullmatch(each)]
    used = max(lives, default=0) * 10
    return Wear(is_card, name, used or None, _text(device / "pre_eol_info") in {"0x02", "0x03"})


_HEX: Final = re.compile(r"0x[0-9a-fA-F]{1,2}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _unescaped(path: str) -> str:
    """Blanks and the like stand as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), path)
