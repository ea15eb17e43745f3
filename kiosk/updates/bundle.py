"""A release as one file: an uncompressed tar archive, each of whose bytes follows from its signed manifest.

    release.note     the manifest with signatures under it, a C2SP signed note (`kiosk.ledger.note`)
    wheels/...       the files that the manifest names, in its order
    share/...

Any tar can list and unpack it; a kiosk never parses it as an archive. The first block must be the very header of
``release.note``; once that note is signed by a key that the kiosk trusts, every other byte is known but for the files'
contents, of which the digests are: headers are compared, contents are hashed. So there are no links, devices, strange
paths or second files of a name to be refused one by one: whatever is not what the manifest says differs.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from msgspec import Struct

from kiosk.ledger.errors import NotProved
from kiosk.ledger.note import MAX_NOTE_BYTES, Note, SignerKey, VerifierKey, open_note, sign_note
from kiosk.updates.errors import BundleRefused
from kiosk.updates.manifest import MOST_BYTES, MOST_FILES, Manifest, ReleaseFile

NOTE_NAME: Final = "release.note"

BLOCK: Final = tarfile.BLOCKSIZE
"""Bytes in a block of a tar archive: headers are one, contents are filled up to whole ones."""

END: Final = b"\0" * (2 * BLOCK)
"""How a tar archive ends."""

MOST_BUNDLE_BYTES: Final = MOST_BYTES + MAX_NOTE_BYTES + 2 * BLOCK * (MOST_FILES + 2)
"""Of a bundle: what is longer is not read to its end."""

_PIECE: Final = 1 << 20


class Sink(Protocol):
    """Takes a file's content, piece by piece."""

    def write(self, piece: bytes, /) -> object:
        """Take a piece."""


class Bundle(Struct, frozen=True):
    """A release whose every byte was looked at.

    Attributes:
        manifest: What it is.
        signed_by: The keys that this kiosk trusts and that signed it.
        sha256: SHA-256 of the bundle's file, in hex.
        note: The signed note itself.
    """

    manifest: Manifest
    signed_by: tuple[VerifierKey, ...]
    sha256: str
    note: bytes


def header(name: str, size: int, when: str) -> bytes:
    """The one header that a file of a bundle can have.

    Args:
        name: Its path in the bundle.
        size: Its length in bytes.
        when: The release's date (RFC 3339).
    """
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    info.mtime = int(datetime.fromisoformat(when).timestamp())
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


NOTE_DATE: Final = "1970-01-01T00:00:00Z"
"""Date of the note's own header, which is read before the note says the release's."""


def write_bundle(out: BinaryIO, manifest: Manifest, contents: Callable[[str], Path], keys: Sequence[SignerKey]) -> None:
    """Write a bundle: the same bytes from the same manifest, files and keys.

    Args:
        out: Takes it.
        manifest: What it is.
        contents: Where the file of a path is.
        keys: Who signs it.

    Raises:
        BundleRefused: A kiosk would not take such a manifest, or a file is not what it says.
        OSError: A file cannot be read, or written.
    """
    note = sign_note(manifest.to_text(), *keys)
    Manifest.from_text(manifest.to_text())
    out.write(header(NOTE_NAME, len(note), NOTE_DATE) + note + _filling(len(note)))
    for file in manifest.files:
        out.write(header(file.path, file.bytes, manifest.released))
        with contents(file.path).open("rb") as source:
            _copy(source, file, [out])
        out.write(_filling(file.bytes))
    out.write(END)


def read_bundle(
    source: BinaryIO, keys: Sequence[VerifierKey], sink: Callable[[ReleaseFile], Sink] | None = None
) -> Bundle:
    """Look at every byte of a bundle, and hand its files' contents on.

    The signature is looked at before anything that it is over, and a file's digest when all of it was handed on: what
    was taken from a bundle counts once this has returned.

    Args:
        source: The bundle, from its first byte.
        keys: The public keys that the kiosk trusts.
        sink: Takes each file's content; None only looks.

    Raises:
        BundleRefused: It is no bundle, is not whole or is more, or none of the keys signed it.
        OSError: It cannot be read.
    """
    hashed = _Hashed(source)
    manifest, note = _read_manifest(hashed, keys)
    for file in manifest.files:
        if hashed.take(BLOCK) != header(file.path, file.bytes, manifest.released):
            raise _refused(f"{file.path} of {file.bytes} bytes, and nothing else of it, next", "something else")
        _copy(hashed, file, [sink(file)] if sink else [])
        if hashed.take(len(_filling(file.bytes))) != _filling(file.bytes):
            raise _refused(f"zeros after {file.path}", "something else")
    if hashed.take(len(END)) != END or hashed.read(1):
        raise _refused("the bundle's end after its last file", "something else")
    return Bundle(manifest, _signers(note, keys), hashed.sha256, note)


def read_manifest(source: BinaryIO, keys: Sequence[VerifierKey]) -> Manifest:
    """What a bundle is, by its signed note alone; raises as `read_bundle`."""
    return _read_manifest(_Hashed(source), keys)[0]


class _Hashed:
    """A file that is read once, and hashed meanwhile."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self._hash.update(piece)
        return piece

    def take(self, size: int) -> bytes:
        """So many bytes, or what there is."""
        pieces = []
        while size and (piece := self.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _read_manifest(source: _Hashed, keys: Sequence[VerifierKey]) -> tuple[Manifest, bytes]:
    first = source.take(BLOCK)
    size = _note_size(first)
    if size is None or first != header(NOTE_NAME, size, NOTE_DATE):
        raise _refused("a release of Sealgate, which begins with its signed note", "another file")
    note = source.take(size)
    if len(note) != size or source.take(len(_filling(size))) != _filling(size):
        raise _refused(f"a note of {size} bytes", f"{len(note)}")
    try:
        text = open_note(note, *keys)
    except NotProved as fault:
        mend = "apply nothing from it; ask who gave it to you where it came from"
        raise _refused(
            f"a release signed with a key that this kiosk trusts: {fault.expected}", fault.got, mend
        ) from fault
    return Manifest.from_text(text), note


def _note_size(first: bytes) -> int | None:
    """The length that a tar header says (octal, POSIX 1003.1 ustar), if it can be a note's."""
    digits = first[124:135]
    if not digits.isdigit() or not set(digits) <= set(b"01234567"):
        return None
    size = int(digits, 8)
    return size if 0 < size <= MAX_NOTE_BYTES else None


def _signers(note: bytes, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    lines = {(line.name, line.key_id) for line in Note.parse(note).signatures}
    return tuple(key for key in keys if (key.name, key.key_id) in lines)


def _copy(source: _Readable, file: ReleaseFile, sinks: Sequence[Sink]) -> None:
    digest, left = hashlib.sha256(), file.bytes
    for piece in _pieces(source, file.bytes):
        digest.update(piece)
        left -= len(piece)
        for sink in sinks:
            sink.write(piece)
    if left or digest.hexdigest() != file.sha256:
        got = f"{file.bytes - left} bytes" if left else "others"
        raise _refused(f"{file.path} as it was signed, {file.bytes} bytes", got)


def _pieces(source: _Readable, size: int) -> Iterator[bytes]:
    while size and (piece := source.read(min(size, _PIECE))):
        yield piece
        size -= len(piece)


def _filling(size: int) -> bytes:
    return b"\0" * (-size % BLOCK)


def _refused(
    expected: str, got: str, mend: str = "copy it anew, or ask for it anew from whom it came"
) -> BundleRefused:
    return BundleRefused(expected=expected, got=got, mend=mend)
