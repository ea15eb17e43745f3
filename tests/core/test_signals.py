"""What lamps and buzzer tell of a visit, to a driver who does not look at the screen."""

import pytest

from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER
from kiosk.core.effects import Effect, Indicate, Signal
from kiosk.core.reasons import Reason
from kiosk.core.visit import _SIGNAL, ENDS, State
from tests.core.driving import Ride
from tests.core.samples import credential


def signals(effects: list[Effect]) -> list[Signal]:
    return [effect.signal for effect in effects if isinstance(effect, Indicate)]


def test_lamps_and_buzzer_follow_the_visit() -> None:
    good, ask = Signal.GOOD, Signal.ASK
    steps = [ask] * 5  # which load, View, Verify, Tug, Twist
    assert signals(Ride().to_passing().effects) == [good, *steps, good, ask, Signal.OPEN]


def test_every_state_that_waits_for_the_driver_says_so_to_who_does_not_look() -> None:
    at_work = {State.ARRIVING, State.PIN_ASKED, State.PIN_CHECK, State.PIN_WRONG, State.COMMITTING}
    assert {state for state in State if state not in _SIGNAL} == at_work
    asking = {state for state in State if _SIGNAL.get(state) in {Signal.ASK, Signal.GOOD}}
    assert asking == set(State) - ENDS - at_work - {State.PASSING}


def test_what_was_not_taken_is_heard_and_the_drivers_own_card_or_a_busy_driver_is_not() -> None:
    ride = Ride().to_verify()
    assert signals(ride.send(ev.ScanUnreadable("no data", ride.at()))) == [Signal.AGAIN]
    assert signals(ride.send(ev.DriverActive(ride.at()))) == []
    assert signals(ride.send(ev.CardPresented(credential(1), BY_NUMBER, ride.at()))) == []
    assert signals(ride.send(ev.CardNotTaken(Reason.CARD_UNREADABLE, ride.at()))) == [Signal.AGAIN]


def test_two_keyed_numbers_that_differ_are_heard_as_one_thing_to_do_again() -> None:
    ride = Ride().to_verify()
    ride.scan("X")
    assert signals(ride.send(ev.KeyingAsked(ride.at()))) == [Signal.ASK]
    assert signals(ride.send(ev.SealKeyed("NZ100001", ride.at()))) == [Signal.ASK]
    assert signals(ride.send(ev.SealKeyed("NZ100002", ride.at()))) == [Signal.AGAIN]


@pytest.mark.parametrize("passing", [False, True])
def test_once_the_driver_has_signed_nothing_is_to_be_tried_again(passing: bool) -> None:
    ride = Ride().to_signing()
    ride.answers = passing
    ride.tap(1)
    assert ride.state() is (State.PASSING if passing else State.COMMITTING)
    assert signals(ride.send(ev.CardNotTaken(Reason.CARD_UNREADABLE, ride.at()))) == []
