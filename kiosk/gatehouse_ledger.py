"""What stands open by what a ledger holds: read from its newest statement on, which is a segment at most.

The statement is the entry that says who is on site (`kiosk.station.muster` writes it); what the gatehouse has open
stands in it, too.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.core.effects import EntryKind
from kiosk.core.roster import Roster
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import moment_of
from kiosk.ledger.newest import since_last
from kiosk.site import Site

if TYPE_CHECKING:
    from kiosk.gatehouse.book import GatehouseBook

GATEHOUSE: Final = "gatehouse"
"""Under which name the statement holds the gatehouse's own."""


def gatehouse_of(ledger: Ledger, site: Site | None = None) -> "GatehouseBook":
    """What the gatehouse has open by what a ledger holds.

    Args:
        ledger: The ledger.
        site: The site's settings; None where nobody asks for what goes by them.

    Raises:
        LedgerDamaged: A segment that must be read is not what was written.
    """
    return _folded(since_statement(ledger, GATEHOUSE), site)


def read_gatehouse(folder: Path, roster: Roster | None = None, site: Site | None = None) -> "GatehouseBook":
    """The same from a ledger's folder: beside a kiosk that runs, or without one.

    Args:
        folder: The ledger's.
        roster: Takes the same entries, where somebody wants to know of drivers, too.
        site: As for gatehouse_of.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        OSError: There is no ledger, or the disk does not give it.
    """
    entries = since_last(folder, EntryKind.ON_SITE.value, saying=GATEHOUSE)
    if roster is not None:
        for entry in entries:
            roster.apply(entry.kind, entry.body, moment_of(entry.stamp))
    return _folded(entries, site)


def _folded(entries: list[LedgerEntry], site: Site | None) -> "GatehouseBook":
    """A book of the newest statement and the entries after it."""
    from kiosk.gatehouse.book import GatehouseBook
    from kiosk.gatehouse.recorded import Recorded

    said = entries[0].body.get(GATEHOUSE) if entries and is_statement(entries[0]) else None
    book = GatehouseBook(said, site)
    for entry in entries:
        book.apply(Recorded(entry.seq, entry.kind, entry.body, moment_of(entry.stamp)))
    return book


def since_statement(ledger: Ledger, saying: str = "") -> list[LedgerEntry]:
    """The newest statement and the entries after it; all of them where there is none.

    Args:
        ledger: The ledger.
        saying: What the statement must say; those of earlier versions say nothing of the gatehouse.
    """
    entries = list[LedgerEntry]()
    for start in reversed(ledger.segments):
        entries = [*ledger.entries(start, entries[0].seq if entries else None), *entries]
        said = (at for at in reversed(range(len(entries))) if is_statement(entries[at]))
        newest = next((at for at in said if not saying or saying in entries[at].body), None)
        if newest is not None:
            return entries[newest:]
    return entries


def is_statement(entry: LedgerEntry) -> bool:
    """Whether an entry says all that stands open."""
    return entry.kind == EntryKind.ON_SITE.value
