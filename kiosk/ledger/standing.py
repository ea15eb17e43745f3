"""What follows from the entries so far: the chain's end, the Merkle tree's edge, the other tables, the open segment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kiosk.ledger.chain import GENESIS, SEGMENT, Whole
from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.errors import Damage, LedgerNewer
from kiosk.ledger.head import Head
from kiosk.ledger.index import Index
from kiosk.ledger.merkle import Frontier
from kiosk.ledger.tables import TABLE_CHANGE, Tables

FORMAT: Final = 2
"""Version of the entries' format, in the genesis entry and in each segment's first."""

TORN_TAIL: Final = "torn-tail"
"""Kind of the entry that records a torn tail: place, length, SHA-256, the file that keeps it, whether it was whole."""


HEAD_RESTORED: Final = "head-restored"
"""Kind of the entry that records that the head file was missing or unreadable."""

_HEEDED: Final = frozenset({GENESIS, SEGMENT, TORN_TAIL, TABLE_CHANGE})

OWN_KINDS: Final = _HEEDED | {HEAD_RESTORED}
"""Kinds that the ledger alone writes."""


class Standing:
    """Where a ledger stands. It follows the entries one by one, from the beginning of the open segment on."""

    def __init__(self, read_tables: Callable[[int, str], Tables]) -> None:
        """Begins before the first entry.

        Args:
            read_tables: Gives the other tables as they were when a segment began, by its first entry and their digest;
                ValueError when they are not to be had.
        """
        self.index = Index()
        self.tables = Tables()
        self.damage: list[Damage] = []
        self.frontier = Frontier()
        self.last: LedgerEntry | None = None
        self.ledger_id = ""
        self.segment_entries = 0
        self.shown_before = 0
        self.torn_recorded: set[str] = set()
        self._read_tables = read_tables

    @property
    def head(self) -> Head:
        """The ledger's id, how many entries, the last one's digest."""
        return Head(self.ledger_id, self.frontier.count, self.last.digest if self.last else NO_PREV)

    @property
    def shown(self) -> int:
        """How many entries the ledger table shows."""
        return self.shown_before + self.index.shown

    def follow(self, found: Whole) -> None:
        """Takes the next whole entry. After damage the other tables stay as they were before it."""
        entry = found.entry
        if entry.kind in _HEEDED:
            self._heed(found)
        self.frontier.add(bytes.fromhex(entry.digest))
        self.last = entry
        self.index.add(entry.seq, found.offset, found.end, table_change=entry.kind == TABLE_CHANGE)

    def segment_body(self, tables: str | None) -> dict[str, Any]:
        """The body of the entry that the next segment begins with.

        Args:
            tables: Digest of the other tables as they are now, or None when there are none.
        """
        return {
            "format": FORMAT,
            "ledger": self.ledger_id,
            "peaks": [peak.hex() for peak in self.frontier.peaks],
            "segment_entries": self.segment_entries,
            "shown": self.shown,
            "tables": tables,
        }

    def _heed(self, found: Whole) -> None:
        entry = found.entry
        try:
            if entry.kind == GENESIS:
                self._begin(entry.body)
            elif entry.kind == SEGMENT:
                self._go_on(entry)
            elif entry.kind == TORN_TAIL:
                self.torn_recorded.add(str(entry.body["file"]))
            elif not self.damage:
                self.tables.apply(entry.body)
        except (ValueError, KeyError, TypeError) as fault:
            expected = f"a {entry.kind} entry that this version knows"
            self.damage.append(Damage(entry.seq, found.offset, expected, str(fault), found.segment))

    def _begin(self, body: dict[str, Any]) -> None:
        self.ledger_id = str(body.get("ledger", ""))
        if type(body.get("format")) is int and body["format"] > FORMAT:
            raise LedgerNewer(self.ledger_id, f"entries of format {body['format']}", FORMAT)
        if body.get("format") != FORMAT:
            raise ValueError(f"format {body.get('format')!r}; this version knows {FORMAT}")
        self.segment_entries = int(body["segment_entries"])

    def _go_on(self, entry: LedgerEntry) -> None:
        """A segment begins: what the ones before it add up to stands in its first entry."""
        body = entry.body
        self._begin(body)
        if self.frontier.count != entry.seq - 1:
            self.frontier = Frontier(entry.seq - 1, map(bytes.fromhex, body["peaks"]))
            self.tables = self._read_tables(entry.seq, body["tables"]) if body["tables"] else Tables()
        self.shown_before, self.index = int(body["shown"]), Index()
        self.torn_recorded.clear()
