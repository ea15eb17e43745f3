"""How imported files get onto the disk and off it again."""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.durable import give_to_owner_of, make_folder, write_file
from kiosk.register.errors import Findings, StoreBusy, StoreFailed
from kiosk.register.sheet import LARGEST_FILE

Fingerprint = tuple[tuple[str, int, int, int], ...]
"""Of each file: name, bytes, time of its last change in nanoseconds, inode."""

_LOCK: Final = ".lock"
_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})


def spoken_name(path: Path) -> str:
    """A file's name as an error line shows it."""
    return path.name if path.name.isprintable() and path.name else ascii(str(path))[1:-1]


def read_outside(path: Path, findings: Findings) -> bytes | None:
    """A file that somebody wants to import; a byte more than LARGEST_FILE at most. None when it cannot be read."""
    try:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "something else" if path.exists() else "none of that name"
            findings.add(None, None, expected="a CSV file", got=what)
            return None
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        got = getattr(error, "strerror", None) or str(error)
        findings.add(None, None, expected="a file that can be read", got=got)
        return None


def read_stored(path: Path) -> bytes | None:
    """A stored file, None where there is none; a byte more than LARGEST_FILE at most.

    Raises:
        StoreFailed: when the disk does not give it.
    """
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise StoreFailed(path, "reading", error) from error


def csv_files(folder: Path) -> list[Path]:
    """The CSV files in a folder, by name; none where there is no folder. Half-written ones end in another way.

    Raises:
        StoreFailed: when the disk does not answer.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".csv" and path.is_file())
    except OSError as error:
        if error.errno in _GONE:
            return []
        raise StoreFailed(folder, "listing", error) from error


def fingerprint(folders: Iterable[Path]) -> Fingerprint:
    """What changes whenever a CSV file in one of the folders does, without reading one.

    Raises:
        StoreFailed: when the disk does not answer.
    """
    seen: list[tuple[str, int, int, int]] = []
    for folder in folders:
        for path in csv_files(folder):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StoreFailed(path, "looking at", error) from error
            seen.append((f"{folder.name}/{path.name}", state.st_size, state.st_mtime_ns, state.st_ino))
    return tuple(seen)


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold a folder against other imports; it is made where it is not there. Readers need no lock.

    Raises:
        StoreBusy: when another import holds it.
        StoreFailed: when the folder cannot be made or opened.
    """
    try:
        make_folder(folder)
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        give_to_owner_of(folder, handle)
    except OSError as error:
        raise StoreFailed(folder, "opening", error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise StoreBusy(folder) from error
    try:
        yield
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Put a whole file in place, in a folder that need not be there; a power cut leaves the old file or the new one.

    Raises:
        StoreFailed: when the disk did not take it; the old file stands (or, where only the last sync
            failed, the whole new one).
    """
    try:
        make_folder(path.parent)
        write_file(path, data)
    except OSError as error:
        raise StoreFailed(path, "writing", error) from error
