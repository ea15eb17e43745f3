"""The journal's files: one segment after another, each with the same number of entries.

``journal/000000000001.jsonl`` begins with entry 1, the next segment's name says with which entry that one begins. Only
the last one grows. The others are closed, and become ``.jsonl.zst`` (`kiosk.ledger.archive`).

The number of entries is a power of two, so that each closed segment is one complete subtree of the Merkle tree.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from msgspec import Struct

JOURNAL_FOLDER: Final = "journal"

SEGMENT_ENTRIES: Final = 4096
"""Entries in a segment: at a gate with a hundred trucks a day some two weeks, and a few MiB."""

_NAME: Final = re.compile(r"(\d{12})\.jsonl(\.zst)?")


class Segment(Struct, frozen=True, order=True):
    """One file of the journal.

    Attributes:
        first: The entry that it begins with.
        archived: Whether it was compressed.
    """

    first: int
    archived: bool = False

    @property
    def name(self) -> str:
        """Its path in the ledger's folder."""
        return f"{JOURNAL_FOLDER}/{self.first:012d}.jsonl{'.zst' if self.archived else ''}"


def list_segments(folder: Path) -> list[Segment]:
    """The segments of a ledger's folder, in order. Where a power cut left a segment in both forms: the plain one.

    Whoever reads a ledger asks here first, so here a folder is refused that this program is too old for.

    Raises:
        LedgerNewer: It is of a format that this program does not know.
        OSError: The disk does not give it.
    """
    from kiosk.ledger.form import require_known  # its error is a ledger's, and those name segments

    require_known(folder)
    try:
        names = [entry.name for entry in (folder / JOURNAL_FOLDER).iterdir()]
    except FileNotFoundError:
        return []
    found: dict[int, bool] = {}
    for name in names:
        if match := _NAME.fullmatch(name):
            first = int(match[1])
            found[first] = bool(match[2]) and found.get(first, True)
    return [Segment(first, archived) for first, archived in sorted(found.items())]
