"""Who is on site, kept beside the ledger and said again in it whenever a segment of the journal begins.

So a start reads one segment, not all of history: the newest of these statements, and the entries after it.
"""

from collections.abc import Mapping
from typing import Any

from kiosk.core.effects import EntryKind, Json
from kiosk.core.roster import Roster
from kiosk.core.times import Moment
from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import moment_of


class Muster:
    """Folds entries into who is on site, and knows when that is to be said again."""

    def __init__(self) -> None:
        self._roster = Roster()
        self._said_in = FIRST_SEQ

    @classmethod
    def read(cls, ledger: Ledger) -> "Muster":
        """Who is on site by what a ledger holds.

        Raises:
            LedgerDamaged: A segment that must be read is not what was written.
        """
        muster, entries = cls(), list[LedgerEntry]()
        for start in reversed(ledger.segments):
            entries = [*ledger.entries(start, entries[0].seq if entries else None), *entries]
            said = next((at for at in reversed(range(len(entries))) if _is_statement(entries[at])), None)
            if said is not None:
                entries = entries[said:]
                muster._said_in = ledger.segment_of(entries[0].seq)
                break
        for entry in entries:
            muster.take(entry.kind, entry.body, moment_of(entry.stamp))
        return muster

    def take(self, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        """Take the next entry."""
        self._roster.apply(kind, body, at)

    def statement(self) -> dict[str, Json]:
        """The body of the entry that says who is on site."""
        return self._roster.statement()

    def due(self, segment: int) -> dict[str, Json] | None:
        """What is to be said now that the journal is in a segment; None when that was said in it, or needs not be."""
        return None if segment == self._said_in else self.statement()

    def said(self, segment: int) -> None:
        """It was said in a segment."""
        self._said_in = segment


def _is_statement(entry: LedgerEntry) -> bool:
    return entry.kind == EntryKind.ON_SITE.value
