"""What a search finds is what reading everything finds."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.ledger.catalogue import CATALOGUE_NAME
from kiosk.ledger.errors import CatalogueUnreadable, LedgerDamaged
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.search import Wanted, repeated_seals, search, search_any
from kiosk.ledger.segments import Segment
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.terms import Term, terms_of
from tests.ledger.conftest import CLOCK, START
from tests.ledger.test_archivist import VISITS, visit
from tests.ledger.test_segments import open_small


@pytest.fixture
def visited(folder: Path) -> Path:
    """A visit a minute; a clock that was set back by an hour for the last ten."""
    with open_small(folder) as ledger:
        for number in range(VISITS):
            time = START + timedelta(minutes=number - (60 if number >= VISITS - 10 else 0))
            ledger.append("hold" if number % 7 == 3 else "uplift", Stamp(time, CLOCK), visit(number))
    return folder


def minutes(number: int) -> Stamp:
    return Stamp(START + timedelta(minutes=number), CLOCK)


@pytest.mark.parametrize("catalogued", [True, False])
def test_by_seal_container_driver_and_time_together(visited: Path, catalogued: bool) -> None:
    if not catalogued:
        (visited / CATALOGUE_NAME).unlink()
    entries = list(read_entries(visited))
    asked = [
        Wanted({Term.SEAL: "NZ000012"}),
        Wanted({Term.SEAL: "NZ000010", Term.DRIVER: "D1"}),
        Wanted({Term.CONTAINER: "CSQU0000390"}),
        Wanted({Term.DRIVER: "Name 2"}, since=minutes(5).time, until=minutes(20).time),
        Wanted({}, since=minutes(-25).time, until=minutes(3).time),
        Wanted({}),
        Wanted({Term.DRIVER: "nobody"}),
    ]
    found = [[entry.seq for entry in search(visited, wanted)] for wanted in asked]
    assert found == [[entry.seq for entry in entries if wanted.holds(entry)] for wanted in asked]
    assert [len(seqs) for seqs in found] == [1, 2, 1, 5, 8 + 6, len(entries), 0]  # six segments begin at START


@pytest.mark.parametrize("catalogued", [True, False])
def test_entries_that_name_any_of_several_values_come_once_and_in_order(visited: Path, catalogued: bool) -> None:
    if not catalogued:
        (visited / CATALOGUE_NAME).unlink()
    values = {(Term.SEAL, "NZ000012"), (Term.CONTAINER, "CSQU0000120"), (Term.DRIVER, "Name 2"), (Term.SEAL, "none")}
    found = [entry.seq for entry in search_any(visited, values)]
    asked = [Wanted({term: value}) for term, value in values]
    assert found == [entry.seq for entry in read_entries(visited) if any(wanted.holds(entry) for wanted in asked)]
    assert len(found) > 5
    assert list(search_any(visited, ())) == []


def test_a_step_of_a_seals_life_is_found_by_every_seal_that_it_names() -> None:
    delivery = terms_of("seals-received", {"numbers": ["NZ1", "NZ2"], "staff": "S1"})
    assert delivery == {(Term.LIFE, ""), (Term.SEAL, "NZ1"), (Term.SEAL, "NZ2")}
    count = {"counted": ["NZ1"], "missing": ["NZ2"], "unexpected": ["NZ3"], "damaged": ["NZ4"]}
    assert terms_of("seal-stocktake", count) == {(Term.LIFE, ""), *((Term.SEAL, f"NZ{number}") for number in (2, 3, 4))}
    assert terms_of("seal-replaced", {"seal_number": "NZ1", "replaced_by": "NZ2", "unit": "U"}) == {
        *{(Term.LIFE, ""), (Term.SEAL, "NZ1"), (Term.SEAL, "NZ2"), (Term.CONTAINER, "U")},
    }
    assert terms_of("stray-scan", {"text": "NZ1"}) == {(Term.SEAL, "NZ1"), (Term.CONTAINER, "NZ1")}
    assert terms_of("hold", {"numbers": ["NZ1"]}) == set()


def test_a_seal_that_left_twice_is_found_wherever_its_uplifts_are(visited: Path) -> None:
    with open_small(visited) as ledger:
        ledger.append("uplift", minutes(500), visit(1))  # before in a closed segment
        ledger.append("uplift", minutes(501), visit(901))
        ledger.append("uplift", minutes(502), visit(901))  # both in the open one
        truck = visit(950)
        truck["uplifts"] *= 2
        ledger.append("uplift", minutes(503), truck)
    found = {seal: [entry.seq for entry in entries] for seal, entries in repeated_seals(visited)}
    uplifts = [entry for entry in read_entries(visited) if entry.kind == "uplift"]
    seals = [uplift["seal_number"] for entry in uplifts for uplift in entry.body["uplifts"]]
    assert set(found) == {seal for seal in seals if seals.count(seal) > 1} == {
        "NZ000000", "NZ000001", "NZ000020", "NZ000030", "NZ000901", "NZ000950",
    }  # fmt: skip
    assert all(len(seqs) == 2 for seal, seqs in found.items() if seal != "NZ000950")


def test_without_a_catalogue_nobody_says_that_no_seal_left_twice(visited: Path) -> None:
    (visited / CATALOGUE_NAME).unlink()
    with pytest.raises(CatalogueUnreadable, match="begins with entry 1"):
        list(repeated_seals(visited))


def test_a_search_that_comes_upon_damage_names_it(visited: Path) -> None:
    path = visited / Segment(9, archived=True).name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LedgerDamaged, match="entry"):
        list(search(visited, Wanted({Term.CONTAINER: "CSQU0000100"})))
