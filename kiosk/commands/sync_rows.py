"""A ledger as the rows that the register takes: where the two, which know nothing of each other, meet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import json

from kiosk.console.desk import EXPORTED
from kiosk.ledger.attest import check_begins_with
from kiosk.ledger.backup_source import Piece, Source
from kiosk.ledger.canonical import canonical
from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.errors import Contradiction
from kiosk.ledger.segments import list_segments
from kiosk.ledger.stamp import time_text
from kiosk.register.postgres.rows import Batch, Row

FORMAT: Final = "postgres"
"""What the entries ``exported`` call the register."""

_BODY: Final = len('{"body":')
_REST: Final = re.compile(
    r',"clock":\{"boot":"([^"\\]*)","monotonic_ms":(\d+),"state":"([^"\\]*)"\}'
    r',"kind":"([^"\\]*)","prev":"[0-9a-f]{64}","seq":(\d+),"time":"([0-9TZ:.-]+)"\}\Z'
)
"""What stands behind an entry's body. Nothing inside a body can look like it up to the line's end."""

_REST_BEGINS: Final = ',"clock":{"boot":"'
"""Where it begins: at the last such place, for none of its texts can hold a quotation mark."""


class LedgerHistory:
    """A ledger as it stands at one moment, read beside the kiosk that holds it; what is read is on its own disk.

    Every entry is tested by the chain of digests before it is given out.

    Raises:
        LedgerDamaged: It is not what was written, or there is none.
        LedgerError: The disk does not give it.
    """

    def __init__(self, folder: Path) -> None:
        self._source = Source.take(folder)
        self._kept: Piece | None = None

    @property
    def kiosk(self) -> str:
        """The ledger's id."""
        return self._source.ledger_id

    @property
    def count(self) -> int:
        """How many entries it has."""
        return self._source.count

    def digest(self, seq: int) -> str:
        """An entry's digest, in hex; raises as this class."""
        piece = self._piece(max(first for first in self._source.firsts if first <= seq))
        return piece.leaves.digests[seq - piece.first].hex()

    def begins_with(self, size: int, root: str) -> bool:
        """Whether its first entries are so many and have this Merkle root; raises as this class."""
        try:
            check_begins_with(self._source.folder, self.kiosk, size, bytes.fromhex(root))
        except Contradiction:
            return False
        return True

    def news(self, after: int) -> bool:
        """Whether an entry after a number says more than that the register was sent something; raises as this class."""
        return any(not _is_own_record(row) for batch in self.batches(after) for row in batch.rows)

    def batches(self, after: int) -> Iterator[Batch]:
        """The entries after a number, a segment at a time; raises as this class."""
        prev = self.digest(after) if after else NO_PREV
        for first in self._source.firsts:
            if first + self._source.size(first) - 1 > after:
                piece = self._piece(first)
                if piece.first > after and piece.leaves.prev != prev:
                    raise self._source.blame(first)
                batch = Batch(prev, rows_of(piece)[max(0, after + 1 - piece.first) :])
                yield batch
                prev = batch.last.digest

    def _piece(self, first: int) -> Piece:
        if self._kept is None or self._kept.first != first:
            self._kept = self._source.piece(first)
        return self._kept


class Newest:
    """Whether a ledger has grown since it was last asked; reads no entry."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int] | None = None

    def grown(self) -> bool:
        """True at the first time."""
        now = self._now()
        before, self._seen = self._seen, now
        return now != before

    def _now(self) -> tuple[int, int]:
        while True:
            segments = list_segments(self._folder)
            if not segments:  # whoever reads it says what is wrong
                return 0, 0
            newest = segments[-1]
            try:
                return newest.first, (self._folder / newest.name).stat().st_size
            except FileNotFoundError:  # archived since it was listed: there is a newer one
                continue


def _is_own_record(row: Row) -> bool:
    return row.kind == EXPORTED and json.decode(row.body).get("format") == FORMAT


def rows_of(piece: Piece) -> list[Row]:
    """The entries of a run of lines that was tested."""
    return [_row(line.decode(), digest.hex()) for line, digest in zip(piece.lines, piece.leaves.digests, strict=True)]


def _row(line: str, digest: str) -> Row:
    end = line.rfind(_REST_BEGINS)
    found = _REST.match(line, max(0, end))
    if found is None:
        return _any_row(line, digest)
    boot, passed, state, kind, seq, time = found.groups()
    return Row(int(seq), time, state, boot, int(passed), kind, line[_BODY:end], digest)


def _any_row(line: str, digest: str) -> Row:
    """The row of a line whose kind or clock has unusual letters."""
    entry = LedgerEntry.from_line(line.encode())
    clock = entry.clock
    return Row(
        *(entry.seq, time_text(entry.time), clock.state, clock.boot, clock.monotonic_ms, entry.kind),
        *(canonical(entry.body).decode(), digest),
    )
