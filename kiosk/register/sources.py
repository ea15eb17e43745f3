"""What the office gave when its own bytes are not what is stored: the file's name and digest, beside what is stored."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kiosk.register import files

SUFFIX: Final = ".source.json"


class Source(Struct, frozen=True):
    """What a stored file was made from.

    Attributes:
        stored: SHA-256 of the stored file, in hex: of another one this says nothing.
        file: The name of the office's file.
        sha256: SHA-256 of that file, in hex.
        sheet: The sheet in it that was read; empty for a CSV file.
    """

    stored: str
    file: str
    sha256: str
    sheet: str


def digest_of(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def source_name(stored_as: str) -> str:
    """The name of the file that says what a stored file was made from."""
    return stored_as.removesuffix(".csv") + SUFFIX


def source_bytes(source: Source) -> bytes:
    """As it is stored."""
    return msgspec.json.format(msgspec.json.encode(source), indent=2) + b"\n"


def read_source(folder: Path, stored_as: str, digest: str) -> tuple[Source, str] | None:
    """What a stored file was made from, and the digest of the file that says so; None where nothing says it.

    Args:
        folder: The store's.
        stored_as: The stored file.
        digest: Its SHA-256, in hex.

    Raises:
        StoreFailed: when the disk does not give it.
    """
    data = files.read_stored(folder / source_name(stored_as))
    if data is None:
        return None
    try:
        source = msgspec.json.decode(data, type=Source)
    except msgspec.DecodeError:
        return None
    return (source, digest_of(data)) if source.stored == digest else None
