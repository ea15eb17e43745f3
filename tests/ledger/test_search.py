"""What a search finds is what reading everything finds."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.ledger.catalogue import CATALOGUE_NAME
from kiosk.ledger.errors import CatalogueUnreadable, LedgerDamaged
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.search import Wanted, repeated_seals, search
from kiosk.ledger.segments import Segment
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.terms import Term
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
