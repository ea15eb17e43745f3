"""How files get onto the disk so that a power cut cannot take them back.

A file's bytes are safe after fsync of the file; its name, and the name's removal, after fsync of the folder that
holds it.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable.

    Raises:
        OSError: The disk did not take it.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Makes a folder, and those above it, durably; one that is there is left alone.

    Raises:
        OSError: The disk did not take it.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o750, exist_ok=True)
    give_to_owner_of(folder.parent, folder)
    sync_folder(folder.parent)


def give_to_owner_of(folder: Path, made: int | Path) -> None:
    """What root makes in somebody's folder becomes theirs: else a command that root gave takes files from the kiosk.

    Whoever owns the folder may have put a link there that leads elsewhere: it is never followed, and who opens a file
    to be given away opens it with O_NOFOLLOW.

    Args:
        folder: In which it lies.
        made: The file or folder, or the file's handle.

    Raises:
        OSError: The disk did not take it.
    """
    if os.geteuid() != 0 or (owner := folder.stat()).st_uid == 0:
        return
    if isinstance(made, int):
        os.fchown(made, owner.st_uid, owner.st_gid)
    else:
        os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=False)


def write_all(handle: int, data: bytes, offset: int) -> None:
    """Writes all of the bytes at an offset, in as many calls as the system wants.

    Raises:
        OSError: The disk did not take all of it; some may be there.
    """
    written = os.pwrite(handle, data, offset)
    if written == len(data):
        return
    rest = memoryview(data)[written:]
    offset += written
    while rest:
        written = os.pwrite(handle, rest, offset)
        rest = rest[written:]
        offset += written


KEEP_SIZE = 0x01
"""FALLOC_FL_KEEP_SIZE of fallocate(2)."""


def keep_room(handle: int, offset: int, length: int) -> None:
    """Takes blocks of the disk for bytes that are written later; the file is as long as before, and reads as before.

    They are the file's until it is cut: a disk that others fill up takes those bytes all the same.

    Raises:
        OSError: The disk has no room (ENOSPC, EDQUOT), cannot do that (EOPNOTSUPP), or failed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    # Python's os.posix_fallocate knows no flags: it would make the file longer.
    if libc.fallocate(handle, KEEP_SIZE, ctypes.c_int64(offset), ctypes.c_int64(length)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def write_file(path: Path, data: bytes, *, mode: int = 0o640) -> None:
    """Puts a whole file in place durably: written beside under another name, synced, renamed, and the folder synced.

    A power cut leaves the old file, or none, or the whole new one; perhaps also ``NAME.new``, for the next to replace.
    What root writes belongs to whom the folder belongs to.

    Args:
        path: Where.
        data: All of it.
        mode: Who may read and write it, less what the umask takes. A ``NAME.new`` that is there keeps its own.

    Raises:
        OSError: The disk did not take it: the old file stands, or, where only the last sync failed, the whole new one.
    """
    beside = path.with_name(path.name + ".new")
    try:
        _write(beside, data, mode)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_secret_folder(folder: Path) -> None:
    """As `make_folder`, for a folder that its owner alone may look into: who owns the one above, if root makes it.

    Raises:
        OSError: The disk did not take it.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        above = folder.parent.stat()
        os.chown(folder, above.st_uid, above.st_gid, follow_symlinks=False)
    sync_folder(folder.parent)


def write_secret(path: Path, data: bytes) -> None:
    """As `write_file`, for what its owner alone may read; what the old file held is overwritten.

    Where root writes it, it becomes the property of whom the folder belongs to: of the kiosk's own user. A disk that
    writes elsewhere than it is told (flash) need not lose the old bytes at once.

    Raises:
        OSError: As `write_file`.
    """
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)  # left by a power cut: its mode may be any
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(handle, folder.st_uid, folder.st_gid)
    finally:
        os.close(handle)
    old = _open_if_there(path)
    try:
        write_file(path, data, mode=0o600)
        if old >= 0:
            write_all(old, b"\0" * os.fstat(old).st_size, 0)
            os.fsync(old)
    finally:
        if old >= 0:
            os.close(old)


def _open_if_there(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return -1


def write_chunks(path: Path, chunks: Iterable[bytes], *, mode: int = 0o640) -> None:
    """As `write_file`, for a file that need not find room in memory.

    Args:
        path: Where.
        chunks: All of it, in order. What it raises leaves the old file, too.
        mode: As `write_file`.

    Raises:
        OSError: The disk did not take it; it names the file.
    """
    beside = path.with_name(path.name + ".new")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        try:
            give_to_owner_of(path.parent, handle)
            offset = 0
            for chunk in chunks:
                with _naming(path):
                    write_all(handle, chunk, offset)
                offset += len(chunk)
            with _naming(path):
                os.fsync(handle)
        finally:
            os.close(handle)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Tells a failure with the file's name: whoever makes the chunks may fail with an OSError of its own."""
    try:
        yield
    except OSError as fault:
        raise OSError(fault.errno, fault.strerror, str(path)) from fault


def _write(path: Path, data: bytes, mode: int) -> None:
    # No link is followed: where root writes, whoever owns the folder must not choose what is overwritten.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    try:
        give_to_owner_of(path.parent, handle)
        write_all(handle, data, 0)
        os.fsync(handle)
    finally:
        os.close(handle)
