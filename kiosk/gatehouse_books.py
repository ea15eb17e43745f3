"""What the gatehouse holds, read out of the ledger beside a kiosk that runs, or without one.

The newest entry of the kind ON_SITE says it again under ``gatehouse``, by the name of each book; the entries after it
are folded. So one segment of the journal is read, no more.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from kiosk.core.effects import EntryKind
from kiosk.core.roster import Roster
from kiosk.gatehouse.evacuation import EvacuationBook
from kiosk.gatehouse.incidents import IncidentBook
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.visitors import VisitorBook
from kiosk.ledger.moments import moment_of
from kiosk.ledger.newest import since_last


class GatehouseBooks(Struct, frozen=True):
    """The books of the gatehouse."""

    incidents: IncidentBook
    visitors: VisitorBook
    evacuation: EvacuationBook


def read_books(ledger: Path, roster: Roster | None = None) -> GatehouseBooks:
    """The books as they stand now.

    Args:
        ledger: The ledger's folder.
        roster: Takes the same entries, where somebody wants to know of drivers, too.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        OSError: There is no ledger, or the disk does not give it.
    """
    books = _said({})
    for entry in since_last(ledger, EntryKind.ON_SITE.value):
        at = moment_of(entry.stamp)
        if roster is not None:
            roster.apply(entry.kind, entry.body, at)
        if entry.kind == EntryKind.ON_SITE.value:
            books = _said(entry.body.get("gatehouse", {}))
        for book in (books.incidents, books.visitors, books.evacuation):
            book.apply(Recorded(entry.seq, entry.kind, entry.body, at))
    return books


def _said(said: Mapping[str, Any]) -> GatehouseBooks:
    return GatehouseBooks(
        IncidentBook.from_json(said.get("incidents")),
        VisitorBook.from_json(said.get("visitors")),
        EvacuationBook.from_json(said.get("evacuation")),
    )
