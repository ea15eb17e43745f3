"""A seal that hangs in place of a damaged one is the one that the driver's check expects."""

from kiosk.core import events as ev
from kiosk.core.effects import EntryKind
from kiosk.core.loads import LoadRecord
from kiosk.core.reasons import Reason
from kiosk.core.replaced_seals import ReplacedSeals
from kiosk.core.roster import Roster
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.seals import SealNumber, VvttStep
from kiosk.core.units import ContainerNumber
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import RECORDS, at

UNIT = "CSQU3054383"


def _load() -> LoadRecord:
    load = RECORDS.load(ContainerNumber.parse(UNIT))
    assert load is not None
    return load


def _replaced(old: str, new: str | None, unit: str | None = UNIT) -> dict[str, str | None]:
    return {"seal_number": old, "replaced_by": new, "unit": unit}


def test_the_check_expects_the_seal_that_hangs_now_and_no_longer_the_damaged_one() -> None:
    ride = Ride()
    ride.send(ev.StaffRecorded(StepKind.REPLACE.value, _replaced("NZ100001", "NZ100077"), ride.at()))
    ride.to_verify().scan("NZ100077")
    assert ride.state() is State.TUG
    other = Ride()
    other.send(ev.StaffRecorded(StepKind.REPLACE.value, _replaced("NZ100001", "NZ100077"), other.at()))
    other.to_verify().scan("NZ100001")
    assert other.last()["reason"] == Reason.SEAL_MISMATCH.name


def test_a_seal_that_is_replaced_in_the_middle_of_a_check_stops_it() -> None:
    ride = Ride().to_verify()
    ride.scan("NZ100001")
    ride.step(VvttStep.TUG)
    ride.step(VvttStep.TWIST)
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.send(ev.StaffRecorded(StepKind.REPLACE.value, _replaced("NZ100001", "NZ100077"), ride.at()))
    ride.tap(1)
    assert ride.last()["reason"] == Reason.LOAD_CHANGED.name


def test_a_seal_that_was_replaced_twice_is_the_last_one() -> None:
    book = ReplacedSeals()
    book.apply(StepKind.REPLACE.value, _replaced("NZ100001", "NZ100077"))
    book.apply(StepKind.REPLACE.value, _replaced("NZ100077", "NZ100078"))
    assert book.as_it_hangs(_load()).seal_number == SealNumber("NZ100078")


def test_paperwork_that_was_corrected_counts_as_it_stands() -> None:
    book = ReplacedSeals()
    book.apply(StepKind.REPLACE.value, _replaced("NZ100000", "NZ100001"))
    assert book.as_it_hangs(_load()) is not None
    assert book.as_it_hangs(_load()).seal_number == SealNumber("NZ100001")


def test_a_seal_replaced_in_store_hangs_on_nothing_and_one_on_another_container_is_not_this_ones() -> None:
    book = ReplacedSeals()
    book.apply(StepKind.REPLACE.value, _replaced("NZ100001", None, None))
    book.apply(StepKind.REPLACE.value, _replaced("NZ100001", "NZ100077", "MSCU1234566"))
    assert book.as_it_hangs(_load()) == _load()


def test_what_was_replaced_is_known_after_a_start_and_forgotten_once_the_container_left() -> None:
    roster = Roster()
    roster.apply(StepKind.REPLACE.value, _replaced("NZ100001", "NZ100077"), at(0))
    again = Roster()
    again.apply(EntryKind.ON_SITE.value, roster.statement(), at(1))
    assert again.replaced.as_it_hangs(_load()).seal_number == SealNumber("NZ100077")
    again.apply(EntryKind.UPLIFT.value, {"visit": "v", "uplifts": [{"load": "L1", "unit": UNIT}]}, at(2))
    assert again.replaced.to_json() == {}
