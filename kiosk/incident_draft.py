"""The draft of an incident report with all that the ledger holds of it: what belongs to it, and what was noted."""

from pathlib import Path

from msgspec import Struct

from kiosk.gatehouse.incidents import IncidentBook
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Recorded
from kiosk.ledger.attest import ORIGIN
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.moments import moment_of
from kiosk.ledger.search import Wanted, search
from kiosk.ledger.tree import LedgerTree
from kiosk.register.reports.incident import SINCE_KINDS, incident_report, kind_of
from kiosk.register.reports.incident_text import incident_text
from kiosk.register.reports.reported import Place, Reported


class _Matter(Struct, frozen=True):
    """What belongs to an incident, and what was noted of it, both in the ledger's order."""

    about: tuple[LedgerEntry, ...]
    since: tuple[LedgerEntry, ...]


def as_pdf(folder: Path, entry: LedgerEntry, reported: Reported, place: Place) -> bytes:
    """The draft on paper.

    Args:
        folder: The ledger's.
        entry: The entry that opened the incident, or could have.
        reported: The same, with its proof.
        place: The site.
    """
    matter = _matter(folder, entry)
    return incident_report(reported, place, matter.about, matter.since)


def as_text(folder: Path, seq: int, place: Place) -> str:
    """The draft as the console has it, and whoever asks for it in text.

    Args:
        folder: The ledger's.
        seq: The number of the entry that opened the incident, or could have.
        place: The site.

    Raises:
        ValueError: The ledger has no such entry.
    """
    tree = LedgerTree(folder, {})
    (entry,) = _entries(tree, (seq,))
    matter, what = _matter(folder, entry), kind_of(entry.kind, entry.body)
    ledger = f"{ORIGIN}{tree.ledger_id}"
    return incident_text(entry.seq, what, (entry, *matter.about), matter.since, place, ledger)


def _matter(folder: Path, entry: LedgerEntry) -> _Matter:
    """Fold what came after the entry, until the incident was closed, as the gatehouse did."""
    book, since = IncidentBook(), list[LedgerEntry]()
    for each in search(folder, Wanted({}, since=entry.time)):
        if each.seq < entry.seq:
            continue
        book.apply(Recorded(each.seq, each.kind, each.body, moment_of(each.stamp)))
        if each.kind in SINCE_KINDS and each.body.get("incident") == entry.seq:
            since.append(each)
            if each.kind == GatehouseKind.INCIDENT_CLOSED.value:
                break
    incident = book.incident(entry.seq)
    about = () if incident is None else tuple(seq for seq in incident.about if seq != entry.seq)
    return _Matter(_entries(LedgerTree(folder, {}), about), tuple(since))


def _entries(tree: LedgerTree, seqs: tuple[int, ...]) -> tuple[LedgerEntry, ...]:
    lines = (tree.line(seq) for seq in seqs)
    return tuple(LedgerEntry.from_line(line) for line in lines if line is not None)
