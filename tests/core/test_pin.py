"""The PIN beside the card: when it is asked, what a wrong one costs, and that each of its ends is recorded."""

from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.cards import CardProof, Means
from kiosk.core.effects import CheckPin, CommitEntry, Effect, EntryKind, Indicate, Signal
from kiosk.core.errors import IllegalEvent
from kiosk.core.pins import Pin, PinAnswer, PinRule
from kiosk.core.plan import AccessWindow
from kiosk.core.reasons import Reason
from kiosk.core.roster import Roster
from kiosk.core.rules import pin_wanted
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import ALL_DAY, BOOKED, NOBODY_THERE, PLAN, PROVEN, at, credential

ASKED = replace(PLAN, pin=PinRule.ALWAYS)
DIGITS = "740315"


def ride_to_pin(plan: Any = ASKED, card: int = 1) -> Ride:
    ride = Ride(plan=plan, records=BOOKED, proof=PROVEN)
    ride.tap(card)
    return ride


def key(ride: Ride, digits: str = DIGITS) -> CheckPin:
    (check,) = [each for each in ride.send(ev.PinKeyed(Pin(digits), ride.at())) if isinstance(each, CheckPin)]
    return check


def answered(ride: Ride, answer: PinAnswer) -> list[Effect]:
    return ride.send(ev.PinChecked(key(ride).ref, answer, ride.at()))


def restarted(ride: Ride) -> Ride:
    """The same gate after a power cut, by what the ledger holds."""
    after, roster = Ride(plan=ride.plan), Roster()
    for kind, body in ride.entries:
        roster.apply(kind.value, body, ride.at())
    after.now, after.entries, after.roster = ride.now + 60, list(ride.entries), roster
    after.take(after.lane.take_roster(roster, after.at()))
    return after


@pytest.mark.parametrize(
    ("rule", "window", "asked"),
    [
        (PinRule.NEVER, NOBODY_THERE, False),
        (PinRule.UNATTENDED, ALL_DAY, False),
        (PinRule.UNATTENDED, NOBODY_THERE, True),
        (PinRule.ALWAYS, ALL_DAY, True),
        (PinRule.ALWAYS, NOBODY_THERE, True),
    ],
)
def test_a_pin_is_asked_when_the_site_says_so(rule: PinRule, window: AccessWindow, asked: bool) -> None:
    ride = ride_to_pin(replace(PLAN, pin=rule, windows=(window,)))
    assert ride.state() is (State.PIN if asked else State.WELCOMED)
    assert ride.kinds() == ["pin-asked" if asked else "visit-opened"]


def test_the_right_pin_welcomes_the_driver_and_every_entry_of_the_visit_says_that_it_was_given() -> None:
    ride = ride_to_pin()
    effects = answered(ride, PinAnswer.RIGHT)
    assert ride.state() is State.WELCOMED
    assert Indicate(Signal.GOOD) in effects
    ride.send(ev.WentOn(ride.at()))
    ride.send(ev.Cancelled(ride.at()))
    assert ride.kinds() == ["pin-asked", "visit-opened", "abandoned"]
    assert [body.get("pin") for _, body in ride.entries] == [None, "right", "right"]


def test_an_entry_of_a_visit_without_a_pin_says_nothing_of_one() -> None:
    ride = ride_to_pin(PLAN)
    assert "pin" not in ride.last()


def test_the_second_tap_needs_no_pin_again() -> None:
    ride = ride_to_pin()
    answered(ride, PinAnswer.RIGHT)
    ride.send(ev.WentOn(ride.at()))
    ride.key_unit("TASU1170000")
    for each in ("view", "verify", "tug"):
        if each == "verify":
            ride.scan("NZ100002")
        else:
            ride.step(ride.lane.visit.file.current.next_step)  # type: ignore[union-attr, arg-type]
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(1)
    assert ride.state() is State.PASSING
    uplift = next(body for kind, body in ride.entries if kind is EntryKind.UPLIFT)
    assert uplift["pin"] == "right"


def test_a_refused_card_is_refused_before_any_pin_is_asked() -> None:
    ride = ride_to_pin(card=11)
    assert ride.kinds() == ["refusal"]
    assert ride.last()["reason"] == "CARD_REVOKED"


def test_a_wrong_pin_is_in_the_ledger_before_the_driver_is_told_how_many_tries_are_left() -> None:
    ride = ride_to_pin()
    ride.answers = False
    (wrong,) = [each for each in answered(ride, PinAnswer.WRONG) if isinstance(each, CommitEntry)]
    assert ride.state() is State.PIN_WRONG
    assert ride.problem == ""
    assert (wrong.kind, wrong.body["tries"], wrong.body["credential"]) == (EntryKind.PIN_WRONG, 1, str(credential(1)))
    ride.answers = True
    ride.answer(wrong)
    assert ride.state() is State.PIN
    assert ride.problem == "Wrong PIN. 2 tries left."
    answered(ride, PinAnswer.WRONG)
    assert ride.problem == "Wrong PIN. 1 try left."


def test_three_wrong_pins_lock_the_card_and_the_visit_ends() -> None:
    ride = ride_to_pin()
    for _ in range(3):
        answered(ride, PinAnswer.WRONG)
    assert ride.state() is State.REFUSED
    assert ride.kinds() == ["pin-asked", *["pin-wrong"] * 3, "refusal"]
    assert [body["tries"] for kind, body in ride.entries if kind is EntryKind.PIN_WRONG] == [1, 2, 3]
    assert (ride.last()["reason"], ride.last()["state"]) == ("PIN_LOCKED", "pin wrong")
    assert ride.lane.situation.roster.everyone() == ()


@pytest.mark.parametrize("hours_later", [0.0, 1.0, 30.0])
def test_a_locked_card_stays_locked_over_restarts_and_midnights_until_staff_unlock_it(hours_later: float) -> None:
    ride = ride_to_pin()
    for _ in range(3):
        answered(ride, PinAnswer.WRONG)
    after = restarted(ride)
    after.now += hours_later * 3600
    after.tap(1)
    assert (after.kinds()[-1], after.last()["reason"]) == ("refusal", "PIN_LOCKED")
    after.send(ev.WentOn(after.at()))
    body = {"credential": str(credential(1))}
    after.send(ev.StaffRecorded(EntryKind.CARD_UNLOCKED.value, body, after.at()))
    after.tap(1)
    assert after.state() is State.PIN


def test_tries_add_up_over_visits_and_restarts_and_another_cards_do_not_count() -> None:
    ride = ride_to_pin()
    answered(ride, PinAnswer.WRONG)
    ride.send(ev.Cancelled(ride.at()))
    ride.send(ev.WentOn(ride.at()))
    ride.tap(2)
    answered(ride, PinAnswer.WRONG)
    assert ride.problem == "Wrong PIN. 2 tries left."
    after = restarted(ride)
    after.tap(1)
    answered(after, PinAnswer.WRONG)
    assert after.problem == "Wrong PIN. 1 try left."
    answered(after, PinAnswer.WRONG)
    assert after.last()["reason"] == "PIN_LOCKED"


def test_a_right_pin_gives_all_tries_back_also_after_a_restart() -> None:
    ride = ride_to_pin()
    answered(ride, PinAnswer.WRONG)
    answered(ride, PinAnswer.WRONG)
    answered(ride, PinAnswer.RIGHT)
    ride.send(ev.Cancelled(ride.at()))
    after = restarted(ride)
    after.tap(1)
    answered(after, PinAnswer.WRONG)
    assert after.problem == "Wrong PIN. 2 tries left."


def test_a_locked_card_is_refused_at_any_hour_where_the_site_asks_for_pins_at_all() -> None:
    for rule, state in ((PinRule.UNATTENDED, State.REFUSED), (PinRule.NEVER, State.WELCOMED)):
        ride = Ride(plan=replace(PLAN, pin=rule))
        for tries in (1, 2, 3):
            ride.roster.apply("pin-wrong", {"credential": str(credential(1)), "tries": tries}, at())
        ride.tap(1)
        assert ride.state() is state


@pytest.mark.parametrize(
    ("answer", "reason"), [(PinAnswer.NOT_SET, "PIN_NOT_SET"), (PinAnswer.FAILED, "PIN_NOT_CHECKED")]
)
def test_a_card_without_a_pin_and_a_check_that_failed_open_nothing_and_are_no_tries(
    answer: PinAnswer, reason: str
) -> None:
    ride = ride_to_pin()
    effects = answered(ride, answer)
    assert (ride.state(), ride.last()["reason"]) == (State.REFUSED, reason)
    assert Indicate(Signal.STOP) in effects
    assert ride.lane.situation.roster.cards.pin_tries(credential(1)) == 0


def test_a_card_without_a_pin_is_asked_for_one_like_any_other() -> None:
    """So the screen tells nobody which cards have one before something was keyed; the store takes as long for both."""
    with_one, without = ride_to_pin(), ride_to_pin(card=2)
    assert with_one.state() is without.state() is State.PIN
    assert key(without).pin == key(with_one).pin


@pytest.mark.parametrize("digits", ["", "123", "123456789", "12x4"])
def test_what_can_be_nobodys_pin_is_no_try(digits: str) -> None:
    ride = ride_to_pin()
    assert ride.send(ev.PinKeyed(Pin(digits), ride.at())) == [Indicate(Signal.AGAIN)]
    assert ride.problem == "A PIN has 4 to 8 digits."
    assert ride.kinds() == ["pin-asked"]


def test_a_check_that_gives_no_answer_in_time_opens_nothing() -> None:
    ride = ride_to_pin()
    late = key(ride)
    ride.later(PLAN.timeouts.pin_check_s - 1)
    assert ride.state() is State.PIN_CHECK
    ride.later(1)
    assert ride.last()["reason"] == "PIN_NOT_CHECKED"
    with pytest.raises(IllegalEvent):
        ride.send(ev.PinChecked(late.ref, PinAnswer.RIGHT, ride.at()))
    assert ride.state() is State.REFUSED


def test_the_answer_to_an_earlier_visits_pin_admits_nobody() -> None:
    ride = ride_to_pin()
    earlier = key(ride)
    ride.later(PLAN.timeouts.pin_check_s)
    ride.send(ev.WentOn(ride.at()))
    ride.tap(2)
    key(ride, "99990000")
    ride.send(ev.PinChecked(earlier.ref, PinAnswer.RIGHT, ride.at()))
    assert ride.state() is State.PIN_CHECK


def test_a_second_pin_is_not_taken_while_the_first_is_checked() -> None:
    ride = ride_to_pin()
    key(ride)
    with pytest.raises(IllegalEvent):
        ride.send(ev.PinKeyed(Pin("1111"), ride.at()))


@pytest.mark.parametrize(
    ("event", "kind", "reason"),
    [
        (ev.Cancelled, "abandoned", "DRIVER_CANCELLED"),
        (ev.KioskStopping, "interrupted", "KIOSK_STOPPED"),
    ],
)
def test_giving_up_and_stopping_are_recorded(event: type[ev.Cancelled], kind: str, reason: str) -> None:
    ride = ride_to_pin()
    ride.send(event(ride.at()))
    assert (ride.kinds()[-1], ride.last()["reason"], ride.last()["state"]) == (kind, reason, "pin")
    assert ride.lane.situation.roster.everyone() == ()


def test_walking_away_is_recorded_and_keying_is_not_walking_away() -> None:
    ride = ride_to_pin()
    ride.now += PLAN.timeouts.pin_s - 1
    ride.send(ev.DriverActive(ride.at()))
    ride.later(2)
    assert ride.state() is State.PIN
    ride.later(PLAN.timeouts.pin_s)
    assert (ride.kinds()[-1], ride.last()["reason"]) == ("abandoned", "TIMED_OUT")


def test_a_power_cut_while_the_pin_is_asked_is_an_interrupted_visit() -> None:
    ride = ride_to_pin()
    answered(ride, PinAnswer.WRONG)
    after = restarted(ride)
    assert (after.kinds()[-1], after.last()["visit"]) == ("interrupted", ride.entries[0][1]["visit"])
    assert (after.last()["reason"], after.last()["driver"]) == ("POWER_LOST", "aroha")
    assert after.lane.situation.roster.everyone() == ()
    after.tap(1)
    assert after.state() is State.PIN


def test_the_message_of_a_tap_is_in_the_ledger_before_the_pin_is_asked() -> None:
    ride = Ride(plan=ASKED)
    tap = ev.CardPresented(credential(1), CardProof(Means.MESSAGE, 7), ride.at())
    ride.answers = False
    (asked,) = [each for each in ride.send(tap) if isinstance(each, CommitEntry)]
    assert ride.state() is State.PIN_ASKED
    assert asked.body["proof"] == {"level": "proven", "means": "message", "counter": 7, "challenged": False}
    ride.answers = True
    ride.answer(asked)
    assert ride.state() is State.PIN
    after = restarted(ride)
    after.send(ev.CardPresented(credential(1), CardProof(Means.MESSAGE, 7), after.at()))
    assert after.last()["reason"] == "CARD_REPLAYED"


@pytest.mark.parametrize("state", [State.PIN_ASKED, State.PIN_WRONG])
@pytest.mark.parametrize("how", ["fails", "is silent"])
def test_a_ledger_that_takes_no_entry_gives_no_further_try(state: State, how: str) -> None:
    ride = Ride(plan=ASKED)
    ride.answers = state is not State.PIN_ASKED
    ride.tap(1)
    if state is State.PIN_WRONG:
        ride.answers = False
        answered(ride, PinAnswer.WRONG)
    assert ride.state() is state
    if how == "fails":
        entry = next(each for each in reversed(ride.effects) if isinstance(each, CommitEntry))
        ride.send(ev.CommitFailed(entry.ref, "disk full", "make room", ride.at()))
    else:
        ride.later(PLAN.timeouts.commit_s - 1)
        assert ride.state() is state
        ride.later(1)
    assert ride.state() is State.HELD
    assert ride.lane.visit is not None
    assert ride.lane.visit.file.reason is Reason.LEDGER_FAILED


@pytest.mark.parametrize("state", [State.PIN_ASKED, State.PIN_WRONG])
def test_the_answer_to_another_entry_goes_on_nowhere(state: State) -> None:
    ride = ride_to_pin()
    ride.answers = False
    if state is State.PIN_WRONG:
        answered(ride, PinAnswer.WRONG)
    else:
        ride.send(ev.Cancelled(ride.at()))
        ride.send(ev.WentOn(ride.at()))
        ride.tap(2)
    assert ride.state() is state
    (other,) = [
        each
        for each in ride.send(ev.LoopChanged(ev.Loop.EXIT, True, ride.at()))
        if isinstance(each, CommitEntry) and each.kind is EntryKind.INCIDENT
    ]
    ride.send(ev.EntryCommitted(other.ref, 99, "", ride.at()))
    assert ride.state() is state


def test_another_card_at_the_pin_is_noted_and_changes_nothing() -> None:
    ride = ride_to_pin()
    ride.tap(2)
    assert ride.state() is State.PIN
    ride.send(ev.Cancelled(ride.at()))
    assert [other["credential"] for other in ride.last()["other_cards"]] == [str(credential(2))]


def test_the_digits_stand_in_no_entry_no_event_no_effect_and_no_error() -> None:
    ride = Ride(plan=ASKED)
    happened: list[object] = []
    handle = ride.lane.handle

    def watched(event: ev.Event) -> list[Effect]:
        effects = handle(event)
        happened.extend([event, *effects, ride.lane.visit.file if ride.lane.visit else None])
        return effects

    ride.lane.handle = watched  # type: ignore[method-assign]
    ride.tap(1)
    for _ in range(2):
        answered(ride, PinAnswer.WRONG)
    check = key(ride)
    with pytest.raises(IllegalEvent) as dropped:
        ride.send(ev.PinKeyed(Pin(DIGITS), ride.at()))
    happened.append(dropped.value)
    ride.send(ev.PinChecked(check.ref, PinAnswer.RIGHT, ride.at()))
    assert any(isinstance(each, CheckPin) for each in happened)
    assert not [each for each in happened if DIGITS in repr(each) or DIGITS in str(each)]
    assert DIGITS not in repr(ride.entries)
    assert ride.lane.visit is not None
    assert ride.lane.visit.file.pin is None


def test_a_pin_is_wanted_by_who_is_on_duty_at_the_tap() -> None:
    ride = ride_to_pin(PLAN)
    assert ride.lane.visit is not None
    admission = ride.lane.visit.file.admission
    assert admission is not None
    unattended = replace(admission, attended=False)
    plan = replace(PLAN, pin=PinRule.UNATTENDED)
    assert [pin_wanted(plan, each) for each in (admission, unattended)] == [False, True]


def test_a_pin_draws_nothing_of_itself() -> None:
    pin = Pin("740315")
    assert (repr(pin), str(pin), len(pin)) == ("Pin(hidden)", "Pin(hidden)", 6)


@pytest.mark.parametrize(
    ("digits", "obvious"), [("1111", True), ("1234", True), ("4321", True), ("1212", False), ("7403", False)]
)
def test_one_digit_throughout_or_a_run_is_what_a_thief_tries_first(digits: str, obvious: bool) -> None:
    assert Pin(digits).is_obvious is obvious
