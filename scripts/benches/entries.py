"""Ledgers as long as one likes, with the entries that the gate writes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

from kiosk.core.effects import EntryKind
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.stamp import Clock, Stamp, time_text
from scripts.benches.site_files import OPERATORS, load_id

Document = dict[str, Any]

CLOCK: Final = Clock("synchronised", "5ca1ab1e-0000-4000-8000-000000000000", 3_600_000)
"""What the clocks of these entries said: a boot's id is as long as a real one."""


def stamp() -> Stamp:
    """Now, as an entry's time."""
    return Stamp(datetime.now(UTC), CLOCK)


def fill(ledger: Ledger, entries: int) -> None:
    """Insert entries of past uplifts until the ledger has so many."""
    table = ledger.table("ledger")
    for document in islice(documents(), entries - ledger.head().count):
        table.insert(document)


def make_ledger(folder: Path, entries: int) -> None:
    """Make a ledger of so many entries in a folder."""
    with Ledger.open(folder, stamp) as ledger:
        fill(ledger, entries)


def documents() -> Iterator[Document]:
    """Visits without end: opened, uplift, passage. No two take the same load."""
    began = datetime.now(UTC) - timedelta(days=1)
    for number in count():
        when = began + timedelta(seconds=number)
        for kind, body in _visit(number, time_text(when)):
            yield {"kind": kind.value, "time": time_text(when), "clock": CLOCK.to_json(), "body": body}


def _visit(number: int, when: str) -> Iterator[tuple[EntryKind, Document]]:
    visit = f"{when}/{number}"
    who: Document = {
        "visit": visit,
        "credential": f"TYPE_2:04{number:012X}",
        "card": f"C{number:06}",
        "driver": f"past-{number}",
        "driver_name": f"Driver {number}",
        "operator": OPERATORS[number % len(OPERATORS)],
        "approved_list": "2025-1",
        "raca": None,
        "attended": True,
    }
    yield EntryKind.VISIT_OPENED, who
    yield EntryKind.UPLIFT, who | _uplift(number, when)
    yield EntryKind.PASSAGE, {"visit": visit, "seen": True, "opened": when, "uplift_entry": 3 * number, "at_exit": when}


def _uplift(number: int, when: str) -> Document:
    steps = ("VIEW", "VERIFY", "TUG", "TWIST")
    check = {
        "load": load_id(number),
        "mode": "sea",
        "unit": f"SLGU{number:06}0",
        "booking": f"TVP-{number:06}",
        "seal_type": "SES bolt",
        "seal_form": "bolt",
        "seal_number": f"NZB{number:07}",
        "keyed": False,
        "steps": [{"step": each, "good": True, "how": "answered", "at": when} for each in steps],
        "not_applicable": [],
        "attempts": [],
    }
    signed = {"began": when, "signed": when, "signed_by": f"TYPE_2:04{number:012X}"}
    return signed | {"uplifts": [check], "other_cards": []}
