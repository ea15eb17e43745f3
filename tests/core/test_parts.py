"""Scanner and seal readers are one part: how it is by how each of them is."""

import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER
from kiosk.core.lane import Lane
from kiosk.core.parts import MOST_FAULTS, PartState
from kiosk.core.roster import Roster
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import PLAN, RECORDS, at, credential

TWO = replace(PLAN, scanners=("left", "right"))


class Yard(Ride):
    """A gate with two devices that scan; everything else works."""

    def __init__(self) -> None:
        super().__init__(plan=TWO)

    def part(self, name: str, working: bool, detail: str = "", mend: str = "") -> None:
        self.send(ev.PartChanged(ev.Part.SCANNER, working, detail, mend, self.at(), name))

    def is_there(self, name: str) -> None:
        self.part(name, True)

    def is_lost(self, name: str) -> None:
        self.part(name, False, "no answer", f"plug {name} in")

    def fault(self, name: str, part: str, *, is_over: bool = False) -> None:
        self.send(ev.ReaderFault(name, part, is_over, f"{part} is bad", f"mend {part}", self.at()))

    @property
    def scanners(self) -> PartState:
        return self.lane.parts[ev.Part.SCANNER]


@pytest.fixture
def yard() -> Yard:
    return Yard()


def test_all_well(yard: Yard) -> None:
    assert yard.scanners == PartState(True)
    assert yard.lane.in_service


def test_one_that_is_lost_is_told_and_the_gate_serves_on(yard: Yard) -> None:
    yard.is_lost("left")
    assert yard.scanners == PartState(True, "left: no answer", "plug left in")
    assert yard.lane.in_service
    yard.tap(1)
    assert yard.state() is State.WELCOMED
    yard.is_there("left")
    assert yard.scanners == PartState(True)


def test_each_of_them_is_known_by_its_own_name(yard: Yard) -> None:
    yard.is_lost("left")
    yard.is_there("right")
    yard.fault("right", "spool")
    assert yard.lane.scanners == {
        "left": PartState(False, "no answer", "plug left in"),
        "right": PartState(True, "spool: spool is bad", "mend spool"),
    }


def test_all_lost_closes_the_gate_until_one_is_back(yard: Yard) -> None:
    yard.is_lost("left")
    yard.is_lost("right")
    assert yard.scanners == PartState(False, "left: no answer; right: no answer", "plug left in")
    assert not yard.lane.in_service
    yard.send(ev.CardPresented(credential(1), BY_NUMBER, yard.at()))
    assert yard.lane.visit is None
    yard.is_there("right")
    assert yard.lane.in_service


def test_one_that_was_not_heard_of_yet_leaves_the_part_starting_while_none_works() -> None:
    lane = Lane(TWO, RECORDS, Roster())
    lane.handle(ev.PartChanged(ev.Part.SCANNER, False, "no answer", "plug it in", at(), "left"))
    assert lane.parts[ev.Part.SCANNER] == PartState(None, "left: no answer", "plug it in")
    lane.handle(ev.PartChanged(ev.Part.SCANNER, True, "", "", at(), "right"))
    assert lane.parts[ev.Part.SCANNER].working


def test_a_lost_one_fails_the_scan_only_when_it_was_the_last(yard: Yard) -> None:
    yard.to_verify()
    yard.is_lost("left")
    yard.send(ev.KeyingAsked(yard.at()))
    assert yard.state() is State.VERIFY
    yard.is_lost("right")
    yard.part("right", False, "no answer still", "plug right in")
    yard.send(ev.KeyingAsked(yard.at()))
    assert yard.state() is State.KEYING
    yard.send(ev.KioskStopping(yard.at()))
    assert len(yard.last()["checks"][0]["attempts"]) == 1


def test_a_reader_without_its_engine_scans_nothing_and_with_any_other_fault_it_does(yard: Yard) -> None:
    yard.is_lost("right")
    yard.fault("left", "spool")
    assert yard.scanners.working
    assert yard.scanners.detail == "left: spool: spool is bad; right: no answer"
    assert yard.lane.in_service
    yard.fault("left", "engine")
    assert yard.scanners == PartState(False, "left: engine: engine is bad; right: no answer", "mend engine")
    yard.fault("left", "engine", is_over=True)
    assert yard.lane.in_service
    yard.fault("left", "spool", is_over=True)
    assert yard.scanners.detail == "right: no answer"


def test_the_engine_of_the_last_reader_fails_the_scan_that_is_awaited(yard: Yard) -> None:
    yard.is_lost("right")
    yard.to_verify()
    yard.fault("left", "engine")
    yard.send(ev.KeyingAsked(yard.at()))
    assert yard.state() is State.KEYING


def test_a_reader_that_comes_back_says_its_faults_again_or_has_none(yard: Yard) -> None:
    yard.fault("left", "engine")
    yard.is_lost("left")
    assert yard.scanners.detail == "left: no answer"
    yard.is_there("left")
    assert yard.scanners == PartState(True)


def test_faults_of_one_reader_are_bounded_and_one_of_a_reader_that_nobody_knew_is_kept(yard: Yard) -> None:
    for number in range(MOST_FAULTS + 5):
        yard.fault("left", f"part {number}")
        yard.fault("left", f"part {number}")
    assert len(yard.lane._scanners._scanners["left"].faults) == MOST_FAULTS
    yard.fault("third", "spool")
    yard.is_there("third")
    assert "third" not in yard.scanners.detail


def test_the_only_scanners_name_is_not_said_beside_the_part() -> None:
    ride = Ride(plan=replace(PLAN, scanners=("",)))
    ride.send(ev.PartChanged(ev.Part.SCANNER, False, "no answer", "plug it in", ride.at()))
    assert ride.lane.parts[ev.Part.SCANNER] == PartState(False, "no answer", "plug it in")
