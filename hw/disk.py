"""How full the file system is that a folder lies in. One system call, which waits for no disk."""

import os
from pathlib import Path

from msgspec import Struct


class DiskUse(Struct, frozen=True):
    """How full a file system is, for whoever is not root.

    Attributes:
        device: Which file system: two folders with the same lie in one.
        size: Bytes that its files can take in all: without what is set aside for root alone.
        free: Bytes of them that are free.
        files: Files that it can hold; 0 where that has no bound, as in btrfs and FAT.
        files_free: How many more.
        read_only: Nothing can be written to it.
    """

    device: int
    size: int
    free: int
    files: int
    files_free: int
    read_only: bool = False

    @property
    def used_percent(self) -> int:
        """Of the room, rounded up as df does: 100 means that no byte is left."""
        return _percent(self.size - self.free, self.size)

    @property
    def files_percent(self) -> int | None:
        """Of the files that it can hold; None where that has no bound."""
        return _percent(self.files - self.files_free, self.files) if self.files > 0 else None

    @property
    def worst_percent(self) -> int:
        """Of room and files, whichever is nearer to its end: a file that has no place fails as one without room."""
        return max(self.used_percent, self.files_percent or 0)


def disk_use(folder: Path) -> DiskUse:
    """How full the file system of a folder is.

    A quota of one user's is not seen here: what it refuses shows where something is written.

    Raises:
        OSError: There is no such folder.
    """
    device, said = folder.stat().st_dev, os.statvfs(folder)
    used = (said.f_blocks - said.f_bfree) * said.f_frsize
    free = said.f_bavail * said.f_frsize
    read_only = bool(said.f_flag & os.ST_RDONLY)
    return DiskUse(device, used + free, free, said.f_files, said.f_favail, read_only)


def mount_point(folder: Path) -> Path:
    """Where the file system of a folder is mounted.

    Raises:
        OSError: There is no such folder.
    """
    at = folder.resolve(strict=True)
    while not at.is_mount():
        at = at.parent
    return at


def _percent(part: int, whole: int) -> int:
    return -(-part * 100 // whole) if whole > 0 else 100
