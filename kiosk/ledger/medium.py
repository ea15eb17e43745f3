"""Files on a disk that is not the kiosk's: a USB stick, a share.

It may be FAT, so nothing here relies on hard links, modes, times, or on a rename that replaces a file: when power goes
in the middle of that, FAT can be left with neither. What stands in a backup is therefore never replaced. New files get
names that were free, a file that grows does so behind what it has, and the rest is written anew in place, but only
while the same content stands elsewhere too.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from kiosk.durable import write_all

BESIDE: Final = ".new"
"""How the name of a file ends that is not whole yet."""

_CHUNK: Final = 1 << 20
_NO_SUCH_CALL: Final = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)
"""What shares answer to fsync of a folder when they know of no such thing; their names are safe with the files."""


def make_folders(folder: Path) -> None:
    """Makes a folder and those above it, durably.

    Raises:
        OSError: The disk did not take it.
    """
    if not folder.is_dir():
        make_folders(folder.parent)
        folder.mkdir(mode=0o750, exist_ok=True)
        sync_names(folder.parent)


def sync_names(folder: Path) -> None:
    """Makes the names in a folder durable, where the disk knows of such a thing.

    Raises:
        OSError: The disk did not take it.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as fault:
        if fault.errno not in _NO_SUCH_CALL:
            raise
    finally:
        os.close(handle)


def add(path: Path, data: bytes) -> None:
    """Puts a whole file where none is, or none that is of use.

    Raises:
        OSError: The disk did not take it.
    """
    beside = path.with_name(path.name + BESIDE)
    overwrite(beside, data)
    beside.replace(path)
    sync_names(path.parent)


def overwrite(path: Path, data: bytes) -> None:
    """Writes a file in place: a power cut leaves any part of it.

    Raises:
        OSError: The disk did not take it.
    """
    _write_from(path, 0, data)


def grow(path: Path, kept: int, data: bytes) -> None:
    """Makes a file longer; its beginning is not touched.

    Args:
        path: The file.
        kept: How many bytes of it stay; what stands behind them goes.
        data: What it shall be, those bytes included.

    Raises:
        OSError: The disk did not take it.
    """
    _write_from(path, kept, data)


def read_back(path: Path, length: int | None = None) -> Iterator[bytes]:
    """The content of a file from the disk itself, not from memory, part by part.

    Args:
        path: The file.
        length: How much of it; None for all.

    Raises:
        OSError: The disk does not give it.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        _forget(handle)
        left = os.fstat(handle).st_size if length is None else length
        while left > 0 and (part := os.read(handle, min(_CHUNK, left))):
            left -= len(part)
            yield part
    finally:
        os.close(handle)


def forget(path: Path) -> None:
    """Makes the coming reads of a file come from the disk itself.

    Raises:
        OSError: There is no such file.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        _forget(handle)
    finally:
        os.close(handle)


def digest_of(path: Path, length: int) -> str:
    """SHA-256 of so many bytes of a file, read from the disk itself; of fewer where it has no more.

    Raises:
        OSError: The disk does not give it.
    """
    digest = hashlib.sha256()
    for part in read_back(path, length):
        digest.update(part)
    return digest.hexdigest()


def same_disk(one: Path, other: Path) -> bool:
    """Whether two files or folders lie in one file system, as far as the system says.

    Raises:
        OSError: One is not there.
    """
    return one.stat().st_dev == other.stat().st_dev


def _forget(handle: int) -> None:
    with suppress(OSError):  # advice alone: some file systems have no cache to forget
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _write_from(path: Path, start: int, data: bytes) -> None:
    new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o640)
    try:
        write_all(handle, data[start:], start)
        if os.fstat(handle).st_size > len(data):
            os.ftruncate(handle, len(data))
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        sync_names(path.parent)
