"""A small disk for the kiosk's data: ext4 on a loop device, that fills up, stalls, and shows what is really on it.

The disk's image is a file in memory. What the kiosk has written and not synced is in the kernel's cache of the file
system and not in the image; what fdatasync has returned for is. So the image tells what a power cut would leave,
without asking the kiosk.
"""

import fcntl
import mmap
import os
import struct
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.tools import require_tool

IMAGE_BYTES = 96 << 20
"""Some hours of a gate, and a file system that is full within a moment."""


_FIEMAP, _MOST_EXTENTS = 0xC020660B, 64
"""ioctl of fiemap(2): where a file's bytes are on its disk. Asked without FIEMAP_FLAG_SYNC it writes none."""
_ASK, _EXTENT = struct.Struct("=QQLLLL"), struct.Struct("=QQQQQLLLL")
_NOWHERE_YET = 0x2 | 0x4 | 0x800
"""FIEMAP_EXTENT_UNKNOWN, _DELALLOC, _UNWRITTEN: the bytes are in memory alone."""


class Disk:
    """A mounted disk; needs root.

    Args:
        folder: A folder of its own, to be mounted on.
        image: The file of its image, on a file system in memory.
    """

    def __init__(self, folder: Path, image: Path) -> None:
        if os.geteuid() != 0:
            raise PermissionError("expected to be root, to mount a disk that can be full, got another user; use sudo")
        self.folder, self._image = folder, image
        with image.open("wb") as file:
            file.truncate(IMAGE_BYTES)
        folder.mkdir(parents=True, exist_ok=True)
        _run("mkfs.ext4", "-q", "-m", "0", str(image), package="e2fsprogs")
        _run("mount", "-o", "loop,noatime", str(image), str(folder), package="mount")
        self.frozen = False
        with image.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def holds(self, path: Path, start: int, data: bytes) -> bool:
        """Whether these bytes of a file are on the disk itself, where the file system has put them.

        Args:
            path: The file.
            start: Where in it they stand.
            data: What they are.
        """
        with path.open("rb") as file:
            extents = _extents(file.fileno(), start, len(data))
        at, end = start, start + len(data)
        for logical, physical, length, flags in extents:
            if flags & _NOWHERE_YET or logical > at:
                return False
            upto = min(end, logical + length)
            place = physical + at - logical
            if self._bytes[place : place + upto - at] != data[at - start : upto - start]:
                return False
            at = upto
        return at >= end

    def fill(self) -> None:
        """Leave no room."""
        filler = self.folder / "filler"
        with filler.open("wb") as file, suppress(OSError):
            while True:
                free = os.statvfs(self.folder)
                size = free.f_bavail * free.f_frsize
                if size < free.f_frsize:
                    break
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
                file.seek(0, os.SEEK_END)
        with suppress(OSError), filler.open("ab") as file:
            while True:
                file.write(b"\0" * 512)
                file.flush()

    def free(self) -> None:
        """Make room again."""
        (self.folder / "filler").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Take no write until `thaw`; whoever writes waits."""
        _run("fsfreeze", "--freeze", str(self.folder), package="util-linux")
        self.frozen = True

    def thaw(self) -> None:
        """Take writes again."""
        if self.frozen:
            self.frozen = False
            _run("fsfreeze", "--unfreeze", str(self.folder), package="util-linux")

    def close(self) -> None:
        """Take the disk away, and its image."""
        self.thaw()
        _run("umount", str(self.folder), package="mount")
        self._bytes.close()
        self._image.unlink()


def _run(*command: str, package: str) -> None:
    subprocess.run([str(require_tool(command[0], package=package)), *command[1:]], check=True, capture_output=True)


def _extents(handle: int, start: int, length: int) -> list[tuple[int, int, int, int]]:
    """Where a part of a file is: its place in the file, on the disk, how long, and flags; in order."""
    asked = bytearray(_ASK.pack(start, length, 0, 0, _MOST_EXTENTS, 0) + bytes(_EXTENT.size * _MOST_EXTENTS))
    fcntl.ioctl(handle, _FIEMAP, asked)
    count = _ASK.unpack_from(asked)[3]
    found = [_EXTENT.unpack_from(asked, _ASK.size + each * _EXTENT.size) for each in range(count)]
    return [(logical, physical, size, flags) for logical, physical, size, _, _, flags, *_ in found]
