"""Closed segments are put away whole or not at all, and what is derived from them can be lost."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.ledger import archivist
from kiosk.ledger.catalogue import CATALOGUE_NAME, Catalogue
from kiosk.ledger.errors import CatalogueUnreadable
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.segments import Segment
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.terms import Term
from kiosk.ledger.verify import verify
from tests.ledger.conftest import CLOCK, START, ticking
from tests.ledger.test_segments import SIZE, names, open_small

VISITS = 40


def visit(number: int) -> dict[str, Any]:
    """A body in the manner of kiosk.core.entries. Every tenth seal occurs a second time."""
    seal = number - number % 10 if number % 10 == 9 else number
    return {
        "driver": f"D{number % 3}",
        "driver_name": f"Name {number % 3}",
        "uplifts": [{"load": f"L{number}", "unit": f"CSQU{number:06}0", "seal_number": f"NZ{seal:06}", "steps": []}],
    }


@pytest.fixture
def visited(folder: Path) -> Path:
    with open_small(folder) as ledger:
        for number in range(VISITS):
            kind = "hold" if number % 7 == 3 else "uplift"
            ledger.append(kind, Stamp(START, CLOCK), visit(number))
    return folder


def by_reading(ledger: Ledger, key: str, value: str) -> list[int]:
    """The slow way round."""
    return [entry.seq for entry in ledger.entries() if f'"{key}":"{value}"' in entry.to_line().decode()]


def assert_all_found(ledger: Ledger) -> None:
    for number in range(VISITS + 1):
        assert ledger.find(Term.SEAL, f"NZ{number:06}") == by_reading(ledger, "seal_number", f"NZ{number:06}")
        assert ledger.find(Term.CONTAINER, f"CSQU{number:06}0") == by_reading(ledger, "unit", f"CSQU{number:06}0")
    for driver in range(4):
        assert ledger.find(Term.DRIVER, f"D{driver}") == by_reading(ledger, "driver", f"D{driver}")
        assert ledger.find(Term.DRIVER, f"Name {driver}") == by_reading(ledger, "driver_name", f"Name {driver}")


def test_seals_containers_and_drivers_are_found_in_every_segment(visited: Path) -> None:
    with open_small(visited) as ledger:
        assert_all_found(ledger)
        assert len(ledger.find(Term.SEAL, "NZ000010")) == 2
        assert ledger.find(Term.SEAL, "nz000010") == []


def test_what_was_just_recorded_is_found_at_once_also_across_a_segments_end(visited: Path) -> None:
    with open_small(visited) as ledger:
        for number in range(100, 100 + 3 * SIZE):
            entry = ledger.append("uplift", Stamp(START, CLOCK), visit(number))
            assert ledger.find(Term.CONTAINER, f"CSQU{number:06}0") == [entry.seq]


def test_a_load_is_gone_once_it_was_uplifted_and_not_when_it_was_held(visited: Path) -> None:
    loads = [f"L{number}" for number in range(VISITS + 5)]
    with open_small(visited) as ledger:
        gone = {f"L{number}" for number in range(VISITS) if number % 7 != 3}
        assert ledger.occurring(Term.LOAD_GONE, loads) == gone


@pytest.mark.parametrize("do", [Path.unlink, lambda path: path.write_bytes(b"no database at all" * 100)])
def test_a_catalogue_that_is_lost_is_made_again(visited: Path, do: Callable[[Path], Any]) -> None:
    do(visited / CATALOGUE_NAME)
    with pytest.raises(CatalogueUnreadable):
        Catalogue(visited)
    with open_small(visited) as ledger:
        assert_all_found(ledger)
    with Catalogue(visited) as catalogue:
        assert list(catalogue.segments()) == [1, 9, 17, 25, 33]


@pytest.mark.parametrize("step", ["write_file", "Catalogue.add", "sync_folder"])
def test_what_is_interrupted_while_it_is_put_away_is_put_away_at_the_next_start(
    visited: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, open_small(visited) as ledger:
        patched.setattr(Catalogue if "." in step else archivist, step.rpartition(".")[2], fail)
        for number in range(2 * SIZE):
            ledger.append("uplift", Stamp(START, CLOCK), visit(1000 + number))
        assert "No space left on device" in ledger.archive_fault
        assert verify(visited).ok
        assert len(list(ledger.entries())) == ledger.head().count
    with open_small(visited) as ledger:
        assert ledger.archive_fault == ""
        assert_all_found(ledger)
    assert [name.endswith(".zst") for name in names(visited)] == [True] * (len(names(visited)) - 1) + [False]


def test_a_closed_segment_that_was_altered_is_left_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_small(folder) as ledger:
        for number in range(SIZE):
            ledger.append("uplift", Stamp(START, CLOCK), visit(number))
        with monkeypatch.context() as patched:
            patched.setattr(archivist, "write_file", lambda *_: (_ for _ in ()).throw(OSError(5, "no")))
            for number in range(SIZE):
                ledger.append("uplift", Stamp(START, CLOCK), visit(number))
    plain = folder / Segment(9).name
    struck = plain.read_bytes().replace(b"NZ", b"ZN", 1)
    plain.write_bytes(struck)
    with Ledger.open(folder, ticking(), in_background=False) as ledger:
        for number in range(SIZE):
            ledger.append("uplift", Stamp(START, CLOCK), visit(number))
        assert "000000000009.jsonl as it was written" in ledger.archive_fault
    assert plain.read_bytes() == struck
    assert not verify(folder).ok


def test_the_work_is_done_on_a_thread_of_its_own_that_ends_with_the_ledger(folder: Path) -> None:
    with Ledger.open(folder, ticking(), segment_entries=SIZE) as ledger:
        for number in range(5 * SIZE):
            ledger.append("uplift", Stamp(START, CLOCK), visit(number))
        ledger.settle()
        assert ledger.archive_fault == ""
        assert [name.endswith(".zst") for name in names(folder)] == [True] * (len(names(folder)) - 1) + [False]
    assert "archivist" not in [thread.name for thread in threading.enumerate()]
    assert verify(folder).ok
