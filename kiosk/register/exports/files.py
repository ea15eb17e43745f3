"""How an export's files get onto the disk: whole, or not at all."""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import IO, Final

from kiosk.core.errors import SealgateError
from kiosk.durable import give_to_owner_of, make_folder, sync_folder, write_file

SUMS: Final = "SHA256SUMS"
"""The file that has the digests of all others of a folder, as ``sha256sum --check`` reads them."""


class ExportRefused(SealgateError):
    """An export that is not made, so that nothing is spoiled: the answer is no."""


@contextmanager
def replaced_whole(path: Path) -> Iterator[IO[bytes]]:
    """Gives a file to write into, which takes the place of another one once all of it is on the disk.

    Args:
        path: Where it comes to lie. It stands as it was when anything is raised.

    Raises:
        OSError: The disk did not take it; it names the file.
    """
    beside = path.with_name(path.name + ".new")
    try:
        with naming(path), open(beside, "wb+", opener=private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def folder_replaced_whole(path: Path, names: Collection[str]) -> Iterator[Path]:
    """Gives a folder to write files into, which then take the place of those of an earlier export.

    Files that no export wrote are left alone. The digests are taken away first and put in place last, so that files of
    which a power cut left some old and some new are told from an export.

    Args:
        path: The folder where they come to lie; it is made if there is none.
        names: What the files are called: by them an export is known that was broken off.

    Raises:
        ExportRefused: There is a file, or a folder that is no export, and not empty.
        OSError: The disk did not take them.
    """
    _look(path, names)
    beside = path.with_name(path.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        with naming(path):
            beside.mkdir(mode=0o750)
            give_to_owner_of(path.parent, beside)
            yield beside
            sums = b"".join(f"{sha256(file)}  {file.name}\n".encode() for file in sorted(beside.iterdir()))
            make_folder(path)
            (path / SUMS).unlink(missing_ok=True)
            sync_folder(path)
            for file in sorted(beside.iterdir()):
                file.replace(path / file.name)
            write_file(path / SUMS, sums)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    sync_folder(path.parent)


def private(path: str, flags: int) -> int:
    """Opens a file so that others than owner and group may not read it: names of drivers and staff stand in it."""
    handle = os.open(path, flags | os.O_NOFOLLOW, 0o640)
    give_to_owner_of(Path(path).parent, handle)
    return handle


def sha256(path: Path) -> str:
    """A file's digest, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Tells a failure with the file's name: a write that fails does not say of which."""
    try:
        yield
    except OSError as fault:
        if fault.filename is not None:
            raise
        raise OSError(fault.errno, fault.strerror, str(path)) from fault


def _look(path: Path, names: Collection[str]) -> None:
    if path.exists() and not path.is_dir():
        raise ExportRefused(expected="a folder", got=f"the file {path}", mend="name another place")
    if path.is_dir() and not (path / SUMS).is_file():
        others = sorted(each.name for each in path.iterdir() if each.name not in names)
        if others:
            raise ExportRefused(
                expected=f"an empty folder, or one of an earlier export with its {SUMS}",
                got=f"{path}, which holds {others[0]}",
                mend="name another folder",
            )
