"""Who is on site and what the gatehouse has open, said again in the ledger whenever a segment of the journal begins.

So a start reads one segment, not all of history: the newest of these statements, and the entries after it. What the
gatehouse has open is folded when it is first wanted: a gate's start does not wait for it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kiosk.console.numbers import Work
from kiosk.core.effects import Json
from kiosk.core.roster import Roster
from kiosk.core.times import Moment
from kiosk.gatehouse_ledger import GATEHOUSE, gatehouse_of, is_statement, since_statement
from kiosk.ledger.entry import FIRST_SEQ
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import moment_of

if TYPE_CHECKING:
    from kiosk.gatehouse.book import GatehouseBook
    from kiosk.site import Site


class Muster:
    """Folds entries into who is on site, and knows when that is to be said again."""

    def __init__(self, site: "Site | None" = None) -> None:
        self._site = site
        self._roster = Roster()
        self._gatehouse: GatehouseBook | None = None
        self._said_in = FIRST_SEQ

    @classmethod
    def read(cls, ledger: Ledger, site: "Site | None" = None) -> "Muster":
        """Who is on site by what a ledger holds.

        Args:
            ledger: The ledger.
            site: The site's settings.

        Raises:
            LedgerDamaged: A segment that must be read is not what was written.
        """
        muster, entries = cls(site), since_statement(ledger)
        if entries and is_statement(entries[0]):
            muster._said_in = ledger.segment_of(entries[0].seq)
        for entry in entries:
            muster._roster.apply(entry.kind, entry.body, moment_of(entry.stamp))
        return muster

    def take(self, seq: int, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        """Take the next entry."""
        self._roster.apply(kind, body, at)
        if self._gatehouse is not None:
            from kiosk.gatehouse.recorded import Recorded

            self._gatehouse.apply(Recorded(seq, kind, body, at))

    def roster(self) -> dict[str, Json]:
        """Who is on site, as another roster takes it."""
        return self._roster.statement()

    def gatehouse(self, ledger: Ledger) -> dict[str, Json]:
        """What the gatehouse has open, as another book takes it.

        Raises:
            LedgerDamaged: A segment that must be read is not what was written.
        """
        if self._gatehouse is None:
            self._gatehouse = gatehouse_of(ledger, self._site)
        return self._gatehouse.statement()

    def work(self) -> Work | None:
        """How much waits for staff; None while nobody has wanted to know what the gatehouse has open."""
        book = self._gatehouse
        if book is None:
            return None
        waiting = book.queue.waiting()
        return Work(
            holds=len(book.holds.holds()),
            alerts=sum(not alert.seen_by for alert in book.alerts.all()),
            incidents=len(book.incidents.not_closed()),
            unreported=len(book.incidents.unreported()),
            unverified=len(waiting),
            oldest_unverified=waiting[0].at.utc if waiting else None,
        )

    def due(self, ledger: Ledger) -> dict[str, Json] | None:
        """The body of the entry that is to be written now; None when it was in this segment, or needs not be.

        Raises:
            LedgerDamaged: A segment that must be read is not what was written.
        """
        if ledger.open_segment == self._said_in:
            return None
        return {**self.roster(), GATEHOUSE: self.gatehouse(ledger)}

    def said(self, segment: int) -> None:
        """It was said in a segment."""
        self._said_in = segment
