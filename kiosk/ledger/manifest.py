"""What a backup consists of: the file ``manifest.json`` in its folder.

A backup's folder is a data folder without its secrets:

    manifest.json             which ledger, how many entries, their root; every file with its length and SHA-256
    ledger/journal/...        the segments, as in a ledger's folder; the last one may be longer than the manifest says
    ledger/torn/...           what power cuts left
    ledger/head.json, ledger/format.json, ledger/checkpoint, keys/...   short texts, which the manifest holds as well

A new manifest is first put beside the old one, as ``manifest.new.json``. Once that is on the disk and whole, it counts,
and the rest is made to agree with it; then it takes the old one's name. So at any instant one of the two is whole, and
what it names is there.
"""

from __future__ import annotations

import errno
import hashlib
import re
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from kiosk.ledger import medium
from kiosk.ledger.backup_errors import BackupRefused
from kiosk.ledger.segments import JOURNAL_FOLDER, Segment

MANIFEST_NAME: Final = "manifest.json"
COMING_NAME: Final = "manifest.new.json"

LEDGER: Final = "ledger"
"""Where in a data folder, and so in a backup, the ledger is."""

KEYS: Final = "keys"
"""Where in a data folder the signing key is, of which a backup has the public half alone."""

FORMAT: Final = 1

_JOURNAL: Final = f"{LEDGER}/{JOURNAL_FOLDER}"
_TORN: Final = f"{LEDGER}/torn"
_FILE: Final = rf"\A({_JOURNAL}/\d{{12}}\.(jsonl(\.zst)?|tables\.json)|{_TORN}/[0-9a-f-]{{1,80}}\.bin)\Z"
_TEXT: Final = (
    rf"\A({LEDGER}/(head\.json|format\.json|checkpoint)|{KEYS}/checkpoint\.(pub|recorded)"
    rf"|{KEYS}/retired/[0-9a-f]{{1,64}}\.(pub|handover))\Z"
)

_Count = Annotated[int, Meta(ge=0)]
_Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_FileName = Annotated[str, Meta(pattern=_FILE)]
_TextName = Annotated[str, Meta(pattern=_TEXT)]


class KeptFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that never changes, or only grows.

    Attributes:
        name: Its path in the backup's folder.
        bytes: Its length, or how much of its beginning counts.
        sha256: SHA-256 of that, in hex.
    """

    name: _FileName
    bytes: _Count
    sha256: _Digest


class KeptSegment(Struct, frozen=True, forbid_unknown_fields=True):
    """A segment of the journal.

    Attributes:
        first: The entry that it begins with.
        entries: How many it has.
        last: Digest of the last of them, in hex.
        root: If it is closed, the hash of the complete subtree over them (RFC 6962, 2.1), in hex; else empty.
        file: The file that holds it.
    """

    first: Annotated[int, Meta(ge=1)]
    entries: Annotated[int, Meta(ge=1)]
    last: _Digest
    root: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")]
    file: KeptFile

    @property
    def archived(self) -> bool:
        """Whether it is there compressed."""
        return self.file.name == segment_name(self.first, archived=True)

    @property
    def end(self) -> int:
        """The entry after its last."""
        return self.first + self.entries


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """A backup.

    Attributes:
        format: Version of this form.
        ledger: The ledger's id.
        entries: How many entries there are.
        root: The Merkle root over them, in hex.
        last: Digest of the last of them, in hex.
        made: When (RFC 3339), by the clock of the machine that made it.
        segments: The segments, in order.
        files: Other files that never change.
        texts: Short texts, each by its path in the backup's folder; the files of these names are copies of them.
        check: In the file, SHA-256, in hex, of all this with an empty `check`: one that is not whole is seen to be so.
    """

    ledger: Annotated[str, Meta(pattern=r"\A[0-9a-f]{1,64}\Z")]
    entries: Annotated[int, Meta(ge=1)]
    root: _Digest
    last: _Digest
    made: Annotated[str, Meta(max_length=40)]
    segments: Annotated[tuple[KeptSegment, ...], Meta(min_length=1)]
    files: tuple[KeptFile, ...]
    texts: dict[_TextName, str]
    format: int = FORMAT
    check: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""

    @property
    def all_files(self) -> tuple[KeptFile, ...]:
        """Every file but the texts and the manifest itself."""
        return (*(each.file for each in self.segments), *self.files)

    def __str__(self) -> str:
        return f"{self.entries} entries, made {self.made}"

    def to_bytes(self) -> bytes:
        """The manifest as a file."""
        check = hashlib.sha256(_text_of(replace(self, check=""))).hexdigest()
        return _text_of(replace(self, check=check))

    @staticmethod
    def from_bytes(data: bytes) -> Manifest:
        """Reads what `to_bytes` writes.

        Raises:
            ValueError: It is something else.
        """
        read = msgspec.json.decode(data, type=Manifest, strict=True)
        if read.format != FORMAT:
            raise ValueError(f"format {read.format}; this version knows {FORMAT}")
        if read.to_bytes() != data:
            raise ValueError("bytes that do not fit its own check sum")
        return replace(read, check="")


class Standing(Struct, frozen=True):
    """The backup that counts in a folder.

    Attributes:
        manifest: What it consists of.
        settled: Whether all that was to be done for it is done: if not, texts may be older ones.
    """

    manifest: Manifest
    settled: bool


def segment_name(first: int, *, archived: bool = False) -> str:
    """A segment's path in a backup's folder."""
    return f"{LEDGER}/{Segment(first, archived).name}"


def read_standing(place: Path) -> Standing | None:
    """The backup that counts in a folder; None when none was finished there.

    Raises:
        BackupRefused: What says what it consists of is damaged.
        OSError: The disk does not give it.
    """
    coming, _ = _read(place / COMING_NAME)
    if coming:
        return Standing(coming, settled=False)
    standing, fault = _read(place / MANIFEST_NAME)
    if standing:
        return Standing(standing, settled=True)
    if not fault:
        return None
    raise BackupRefused(
        f"backup in {place}, {MANIFEST_NAME}",
        expected="a manifest as it was written",
        got=fault,
        mend="it was altered or damaged: keep the folder as it is under another name, and use another backup",
    )


def commit(place: Path, manifest: Manifest) -> None:
    """Makes a manifest the one that counts. What it names must be on the disk.

    Raises:
        OSError: The disk did not take it: the old one counts.
    """
    data = manifest.to_bytes()
    coming = place / COMING_NAME
    medium.overwrite(coming, data)
    if b"".join(medium.read_back(coming)) != data:
        raise OSError(errno.EIO, "what was written reads back otherwise", str(coming))


def settle(place: Path, manifest: Manifest) -> None:
    """Makes everything in the folder agree with the manifest that counts; done again, it does what is left to do.

    Raises:
        OSError: The disk did not take it: the manifest counts nevertheless.
    """
    for name, text in manifest.texts.items():
        _put_text(place / name, text.encode())
    _put_text(place / MANIFEST_NAME, manifest.to_bytes())
    _clear(place, manifest)
    (place / COMING_NAME).unlink(missing_ok=True)
    medium.sync_names(place)


def _put_text(path: Path, data: bytes) -> None:
    medium.make_folders(path.parent)
    if not path.exists() or path.read_bytes() != data:
        medium.overwrite(path, data)
        if b"".join(medium.read_back(path)) != data:
            raise OSError(errno.EIO, "what was written reads back otherwise", str(path))


def _clear(place: Path, manifest: Manifest) -> None:
    """Removes what was left by a backup that was broken off, and what the manifest no longer names."""
    named = {each.name for each in manifest.all_files}
    for folder in (_JOURNAL, _TORN):
        gone = [path for path in (place / folder).glob("*") if _is_left_over(f"{folder}/{path.name}", named)]
        for path in gone:
            path.unlink()
        if gone:
            medium.sync_names(place / folder)


def _is_left_over(name: str, named: set[str]) -> bool:
    return name not in named and re.match(_FILE, name.removesuffix(medium.BESIDE)) is not None


def _read(path: Path) -> tuple[Manifest | None, str]:
    """A manifest, or what is wrong with it; neither when there is none."""
    try:
        return Manifest.from_bytes(b"".join(medium.read_back(path))), ""
    except FileNotFoundError:
        return None, ""
    except ValueError as fault:
        return None, str(fault)


def _text_of(manifest: Manifest) -> bytes:
    plain = msgspec.json.encode(manifest, order="deterministic")
    return msgspec.json.format(plain, indent=1) + b"\n"
