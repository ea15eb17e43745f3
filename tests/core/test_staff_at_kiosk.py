"""A member of staff at the kiosk's screen: by badge and PIN, and gone as soon as a driver taps."""

import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.effects import CheckStaff, DismissStaff, Effect, Indicate, Signal
from kiosk.core.errors import IllegalEvent
from kiosk.core.pins import Pin
from kiosk.core.said import said
from kiosk.core.staff_at_kiosk import StaffState
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import PLAN

AT_KIOSK = replace(PLAN, staff_at_kiosk=True)
BADGE, DRIVER = 9, 1


def tapped() -> Ride:
    ride = Ride(plan=AT_KIOSK)
    ride.tap(BADGE)
    return ride


def keyed(ride: Ride, digits: str = "2580") -> list[Effect]:
    return ride.send(ev.PinKeyed(Pin(digits), ride.at()))


def inside() -> Ride:
    ride = tapped()
    (check,) = keyed(ride)
    assert isinstance(check, CheckStaff)
    ride.send(ev.StaffAdmitted(check.ref, 77, ride.at()))
    return ride


def state(ride: Ride) -> StaffState | None:
    return ride.lane.place.staff.state if ride.lane.place.staff is not None else None


def test_a_badge_asks_for_its_pin_and_begins_no_visit() -> None:
    ride = tapped()
    assert (state(ride), ride.lane.visit, ride.entries) == (StaffState.PIN, None, [])
    assert Indicate(Signal.ASK) in ride.effects


def test_where_the_site_does_not_want_it_a_badge_is_no_drivers_card() -> None:
    ride = Ride()
    ride.tap(BADGE)
    assert ride.last()["reason"] == "NOT_A_DRIVER_CARD"


def test_the_right_pin_lets_in_and_the_wrong_one_says_why() -> None:
    ride = tapped()
    (check,) = keyed(ride)
    assert isinstance(check, CheckStaff)
    assert (check.staff_id, check.pin) == ("staff-1", Pin("2580"))
    ride.send(ev.StaffNotAdmitted(check.ref, said("The PIN is wrong."), ride.at()))
    assert ride.lane.place.staff is not None
    assert ride.lane.place.staff.problem == said("The PIN is wrong.")
    (check,) = keyed(ride)
    assert isinstance(check, CheckStaff)
    ride.send(ev.StaffAdmitted(check.ref, 77, ride.at()))
    assert state(ride) is StaffState.INSIDE
    assert ride.lane.wakes_at is None


def test_what_can_be_nobodys_pin_is_not_tried() -> None:
    ride = tapped()
    assert keyed(ride, "1") == []
    assert state(ride) is StaffState.PIN


def test_an_answer_to_another_check_lets_nobody_in() -> None:
    ride = tapped()
    (check,) = keyed(ride)
    assert isinstance(check, CheckStaff)
    assert ride.send(ev.StaffAdmitted(check.ref + 1, 78, ride.at())) == [DismissStaff(78)]
    ride.send(ev.StaffNotAdmitted(check.ref + 1, said("no"), ride.at()))
    assert state(ride) is StaffState.CHECKING


def test_a_pin_that_nobody_keys_is_given_up_and_so_is_a_check_that_nobody_answers() -> None:
    ride = tapped()
    ride.later(AT_KIOSK.timeouts.pin_s - 1)
    ride.send(ev.DriverActive(ride.at()))
    ride.later(2)
    assert state(ride) is StaffState.PIN
    ride.later(AT_KIOSK.timeouts.pin_s)
    assert state(ride) is None
    ride = tapped()
    (check,) = keyed(ride)
    assert isinstance(check, CheckStaff)
    ride.later(AT_KIOSK.timeouts.pin_check_s)
    assert state(ride) is None
    assert ride.send(ev.StaffAdmitted(check.ref, 77, ride.at())) == [DismissStaff(77)]
    assert ride.send(ev.StaffNotAdmitted(check.ref, said("no"), ride.at())) == []


def test_escape_gives_up() -> None:
    ride = tapped()
    ride.send(ev.Cancelled(ride.at()))
    assert state(ride) is None


@pytest.mark.parametrize("made", [tapped, inside])
def test_a_drivers_tap_ends_it_and_is_served(made: object) -> None:
    ride = tapped() if made is tapped else inside()
    before = len(ride.effects)
    ride.tap(DRIVER)
    assert ride.state() is State.WELCOMED
    assert (DismissStaff(77) in ride.effects[before:]) is (made is inside)
    assert ride.send(ev.StaffLeft(77, ride.at())) == []
    assert ride.state() is State.WELCOMED


def test_a_check_that_is_answered_while_a_driver_is_served_opens_no_console() -> None:
    ride = tapped()
    (check,) = keyed(ride)
    assert isinstance(check, CheckStaff)
    ride.tap(DRIVER)
    assert ride.send(ev.StaffAdmitted(check.ref, 77, ride.at())) == [DismissStaff(77)]
    assert ride.state() is State.WELCOMED


def test_whoever_leaves_the_console_leaves_the_gate_to_drivers() -> None:
    ride = inside()
    ride.send(ev.StaffLeft(77, ride.at()))
    assert state(ride) is None


def test_another_badge_takes_the_place_of_the_first() -> None:
    ride = inside()
    ride.tap(BADGE)
    assert state(ride) is StaffState.PIN
    assert DismissStaff(77) in ride.effects


def test_a_driver_at_work_is_not_disturbed_by_a_badge() -> None:
    ride = Ride(plan=AT_KIOSK).to_choice()
    ride.tap(BADGE)
    assert state(ride) is None
    assert ride.state() is State.CHOOSING


def test_what_makes_no_sense_there_changes_nothing() -> None:
    ride = tapped()
    with pytest.raises(IllegalEvent, match="STAFF PIN"):
        ride.send(ev.WentOn(ride.at()))
    assert ride.send(ev.KioskStopping(ride.at())) == []
