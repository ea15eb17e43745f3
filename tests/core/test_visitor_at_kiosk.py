"""Somebody who is no driver, at the kiosk's screen: signs in or out, opens nothing, and a driver comes first."""

import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.effects import Effect, Indicate, OpenBarrier, RecordVisitor, Signal
from kiosk.core.errors import IllegalEvent
from kiosk.core.said import said
from kiosk.core.visit import State
from kiosk.core.visitor_at_kiosk import NOT_WRITTEN, Signed, VisitorAtKiosk
from kiosk.core.visitor_form import Ask, SignIn, SignOut
from tests.core.driving import Ride
from tests.core.samples import PLAN

OPEN = replace(PLAN, visitors_at_kiosk=True, staff_at_kiosk=True)
ANSWERS = ("visitor", "MERE KAHU", "CHILLER CO", "TAMA RETI", "A MEETING", "yes")
DRIVER, BADGE = 1, 9


def came() -> Ride:
    ride = Ride(plan=OPEN)
    ride.send(ev.VisitorCame(ride.at()))
    return ride


def answer(ride: Ride, *texts: str) -> list[Effect]:
    effects: list[Effect] = []
    for text in texts:
        effects = ride.send(ev.VisitorAnswered(text, ride.at()))
    return effects


def recording() -> tuple[Ride, RecordVisitor]:
    ride = came()
    (wanted,) = answer(ride, *ANSWERS)
    assert isinstance(wanted, RecordVisitor)
    return ride, wanted


def at_screen(ride: Ride) -> VisitorAtKiosk:
    assert ride.lane.place.visitor is not None
    return ride.lane.place.visitor


def test_somebody_signs_in_and_is_told_their_number_and_no_gate_opens() -> None:
    ride, wanted = recording()
    assert wanted.wanted == SignIn(*ANSWERS[1:5], contractor=False, inducted=False)
    ride.send(ev.VisitorRecorded(wanted.ref, False, "MERE KAHU", 1046, ride.at()))
    assert at_screen(ride).signed == Signed(False, "MERE KAHU", 1046)
    assert ride.effects[-1] == Indicate(Signal.GOOD)
    ride.send(ev.WentOn(ride.at()))
    assert (ride.lane.place.visitor, ride.effects[-1]) == (None, Indicate(Signal.IDLE))
    assert not any(isinstance(effect, OpenBarrier) for effect in ride.effects)


def test_somebody_signs_out() -> None:
    ride = came()
    (wanted,) = answer(ride, "leaves", "V7", "KAHU")
    assert isinstance(wanted, RecordVisitor)
    assert wanted.wanted == SignOut("V7", "KAHU")


def test_where_the_site_does_not_want_it_nobody_signs_in_alone() -> None:
    ride = Ride()
    with pytest.raises(IllegalEvent):
        ride.send(ev.VisitorCame(ride.at()))


def test_nobody_signs_in_while_the_kiosk_is_out_of_service_or_a_driver_or_another_is_served() -> None:
    broken, driven, taken, staffed = Ride(plan=OPEN), Ride(plan=OPEN), came(), Ride(plan=OPEN)
    broken.send(ev.PartChanged(ev.Part.LEDGER, False, "full", "see to the disk", broken.at()))
    driven.tap(DRIVER)
    staffed.tap(BADGE)
    for ride in (broken, driven, taken, staffed):
        with pytest.raises(IllegalEvent):
            ride.send(ev.VisitorCame(ride.at()))


def test_who_comes_while_a_stop_is_still_on_show_takes_its_place() -> None:
    ride = Ride(plan=OPEN)
    ride.tap(3)
    assert ride.lane.visit is not None
    assert ride.lane.visit.ended
    ride.send(ev.VisitorCame(ride.at()))
    assert ride.lane.visit is None


def test_an_answer_that_is_none_says_why_and_the_question_stays() -> None:
    ride = came()
    answer(ride, "visitor", "123")
    assert (at_screen(ride).form.ask, at_screen(ride).problem) == (Ask.NAME, said("Key it in letters."))
    assert ride.effects[-1] == Indicate(Signal.AGAIN)
    answer(ride, "MERE")
    assert at_screen(ride).problem is None
    with pytest.raises(IllegalEvent):
        answer(came(), "driver")
    with pytest.raises(IllegalEvent):
        ride.send(ev.WentOn(ride.at()))


def test_one_goes_back_or_gives_up() -> None:
    ride = came()
    answer(ride, "visitor", "MERE")
    ride.send(ev.VisitorWentBack(ride.at()))
    assert (at_screen(ride).form.ask, at_screen(ride).form.before) == (Ask.NAME, "MERE")
    ride.send(ev.Cancelled(ride.at()))
    assert ride.lane.place.visitor is None
    with pytest.raises(IllegalEvent):
        ride.send(ev.VisitorWentBack(ride.at()))


@pytest.mark.parametrize(("number", "state"), [(DRIVER, State.WELCOMED), (BADGE, None)])
def test_a_card_ends_it_at_once_and_its_holder_is_served(number: int, state: State | None) -> None:
    ride, wanted = recording()
    ride.tap(number)
    assert ride.lane.place.visitor is None
    assert (ride.lane.visit.state if ride.lane.visit is not None else None) is state
    assert ride.send(ev.VisitorRecorded(wanted.ref, False, "MERE KAHU", 1046, ride.at())) == []
    assert ride.send(ev.VisitorNotRecorded(wanted.ref, NOT_WRITTEN, ride.at())) == []


def test_a_session_of_staff_that_ends_meanwhile_changes_nothing() -> None:
    ride = came()
    assert ride.send(ev.StaffLeft(7, ride.at())) == []
    assert at_screen(ride).form.ask is Ask.WHAT


def test_a_form_that_nobody_fills_is_given_up_and_each_key_begins_its_time_anew() -> None:
    ride = came()
    assert ride.lane.wakes_at == pytest.approx(ride.at().monotonic + OPEN.timeouts.visitor_s)
    ride.later(OPEN.timeouts.visitor_s - 1)
    ride.send(ev.DriverActive(ride.at()))
    ride.later(OPEN.timeouts.visitor_s - 1)
    assert at_screen(ride).form.ask is Ask.WHAT
    ride.later(1)
    assert ride.lane.place.visitor is None


def test_what_was_refused_says_why_and_is_read_once_more() -> None:
    ride, wanted = recording()
    ride.send(ev.VisitorNotRecorded(wanted.ref + 1, said("another"), ride.at()))
    ride.send(ev.VisitorRecorded(wanted.ref + 1, False, "X", 1, ride.at()))
    assert at_screen(ride).form.ask is None
    ride.send(ev.VisitorNotRecorded(wanted.ref, said("no"), ride.at()))
    assert (at_screen(ride).form.ask, at_screen(ride).problem) == (Ask.AGREE, said("no"))


def test_a_write_that_is_not_answered_is_told_as_none_and_if_it_comes_late_as_done() -> None:
    ride, wanted = recording()
    ride.later(OPEN.timeouts.commit_s)
    assert at_screen(ride).problem == NOT_WRITTEN
    ride.send(ev.VisitorRecorded(wanted.ref, False, "MERE KAHU", 1046, ride.at()))
    assert at_screen(ride).signed is not None
    ride.later(OPEN.timeouts.stopped_s)
    assert ride.lane.place.visitor is None
