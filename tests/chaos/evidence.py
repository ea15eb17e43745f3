"""Reads a ledger's files by docs/ledger.md alone: none of the kiosk's own code judges here what the kiosk wrote."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backports.zstd import decompress
from msgspec import Struct

NONE_BEFORE = "0" * 64


class Entry(Struct, frozen=True):
    """One entry as it stands in the journal.

    Attributes:
        seq: Its number.
        digest: SHA-256(0x00 || line), which the entry after it names.
        kind: What it tells.
        body: What it says.
        line: Its bytes, without the line's end.
    """

    seq: int
    digest: str
    kind: str
    body: dict[str, Any]
    line: bytes


class Unsound(Exception):
    """The files are not what docs/ledger.md promises."""


def entry_of(line: bytes) -> Entry:
    """An entry from its line."""
    said = json.loads(line)
    return Entry(said["seq"], hashlib.sha256(b"\0" + line).hexdigest(), said["kind"], said["body"], line)


def segments(journal: Path) -> list[tuple[int, Path]]:
    """First entry and file of each segment, oldest first; one that is there in both forms counts once, as archived."""
    found = {int(path.name.partition(".")[0]): path for path in sorted(journal.glob("*.jsonl"))}
    found |= {int(path.name.partition(".")[0]): path for path in journal.glob("*.jsonl.zst")}
    return sorted(found.items())


def lines_of(path: Path) -> Iterator[bytes]:
    """The whole lines of a segment; what a power cut left of one more is left out."""
    data = path.read_bytes()
    if path.name.endswith(".zst"):
        data = decompress(data)
    yield from data.split(b"\n")[:-1]


def read_all(ledger: Path) -> Iterator[Entry]:
    """Every entry, in order.

    Raises:
        Unsound: A number is missing, or an entry does not name the one before.
    """
    seq, before = 0, NONE_BEFORE
    for _, path in segments(ledger / "journal"):
        for line in lines_of(path):
            entry = entry_of(line)
            named = json.loads(line)["prev"]
            if entry.seq != seq + 1 or named != before:
                raise Unsound(f"expected entry {seq + 1} after {before[:12]}, got {entry.seq} after {named[:12]}")
            seq, before = entry.seq, entry.digest
            yield entry


class Tail:
    """Follows a ledger while it is written.

    Args:
        ledger: Its folder.

    Attributes:
        newest: The newest uplift's entry, by number.
    """

    def __init__(self, ledger: Path) -> None:
        self._journal = ledger / "journal"
        self._file = 0
        self._at = 0

    def more(self) -> list[Entry]:
        """What came since the last look.

        Raises:
            Unsound: The journal is shorter than it was: more than an unfinished entry was cut off.
        """
        came = []
        for first, path in segments(self._journal):
            if first < self._file or path.name.endswith(".zst"):
                continue
            if first > self._file:
                self._file, self._at = first, 0
            try:
                with path.open("rb") as file:
                    file.seek(self._at)
                    data = file.read()
            except FileNotFoundError:  # archived since we looked
                continue
            whole = data.rfind(b"\n") + 1
            came += [entry_of(line) for line in data[:whole].split(b"\n")[:-1]]
            self._at += whole
        return came
