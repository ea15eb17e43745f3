"""What is read from the end backwards is what reading everything finds."""

from pathlib import Path

import pytest

from kiosk.ledger.catalogue import CATALOGUE_NAME
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import LedgerDamaged
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.newest import newest_of, since_last
from kiosk.ledger.segments import Segment, list_segments
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.terms import Term, terms_of
from tests.ledger.conftest import CLOCK, START
from tests.ledger.test_segments import open_small

CARDS = [f"TYPE_4:04DE5F1EACC0{number:02}" for number in range(12)]


@pytest.fixture
def visited(folder: Path) -> Path:
    """Taps of eleven cards over several segments; who is on site is said once; one card came only once."""
    with open_small(folder) as ledger:
        ledger.append("refusal", Stamp(START, CLOCK), {"credential": CARDS[10]})
        for number in range(60):
            body = {"credential": CARDS[number % 10], "other_cards": [{"credential": CARDS[(number + 3) % 7]}]}
            ledger.append("card-lost" if number % 4 == 1 else "visit-opened", Stamp(START, CLOCK), body)
            if number == 33:
                ledger.append("on-site", Stamp(START, CLOCK), {"on_site": []})
    return folder


def last(folder: Path, kinds: set[str]) -> dict[str, LedgerEntry]:
    found = dict[str, LedgerEntry]()
    for entry in read_entries(folder):
        if entry.kind in kinds:
            found |= {value: entry for term, value in terms_of(entry.kind, entry.body) if term is Term.CARD}
    return found


@pytest.mark.parametrize("catalogued", [True, False])
@pytest.mark.parametrize("kinds", [{"visit-opened"}, {"visit-opened", "refusal"}, {"card-lost"}, {"made-up"}])
def test_the_newest_entry_of_each_value_is_found(visited: Path, catalogued: bool, kinds: set[str]) -> None:
    if not catalogued:
        (visited / CATALOGUE_NAME).unlink()
    assert len(list_segments(visited)) > 4
    assert newest_of(visited, Term.CARD, CARDS, kinds) == last(visited, kinds)


def test_what_is_asked_for_is_found_and_nothing_else(visited: Path) -> None:
    assert set(newest_of(visited, Term.CARD, CARDS[2:3], {"visit-opened"})) == {CARDS[2]}
    assert newest_of(visited, Term.DRIVER, CARDS, {"visit-opened"}) == {}
    assert newest_of(visited, Term.CARD, [], {"visit-opened"}) == {}


@pytest.mark.parametrize("kind", ["on-site", "genesis", "made-up"])
def test_from_the_last_of_a_kind_on_everything_comes_in_order(visited: Path, kind: str) -> None:
    entries = list(read_entries(visited))
    begins = max((at for at, entry in enumerate(entries) if entry.kind == kind), default=0)
    assert since_last(visited, kind) == entries[begins:]


def test_a_damaged_entry_that_must_be_read_is_named(visited: Path) -> None:
    journal = visited / Segment(list_segments(visited)[-1].first).name
    journal.write_bytes(b"rubbish\n" + journal.read_bytes())
    with pytest.raises(LedgerDamaged):
        since_last(visited, "on-site")
    with pytest.raises(LedgerDamaged):
        newest_of(visited, Term.CARD, CARDS, {"visit-opened"})
