from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins
from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.presenting import countdown_of, display_of, event_of, health_of
from kiosk.core import events as ev
from kiosk.core.cards import CardLevel, CardProof, Means
from kiosk.core.duty import DutyRule
from kiosk.core.effects import CheckPin, CommitEntry
from kiosk.core.pins import Pin, PinAnswer, PinRule
from kiosk.core.reasons import Reason
from kiosk.core.roster import Roster
from kiosk.core.said import Language
from kiosk.core.seals import Symbology, VvttStep
from tests.core.driving import Ride
from tests.core.samples import (
    BOOKED,
    LISTS,
    LOADS,
    NOON,
    PLAN,
    PROVEN,
    UNATTENDED,
    at,
    credential,
    records_with,
    signed_on,
)
from tests.core.test_card_book import recorded
from tests.core.test_card_taps import issued_with_keys

TODAY = NOON.date()


def shown(ride: Ride) -> msg.Display:
    return display_of(ride.lane, "Gatehouse 04 555 0100", ride.at())


def stopped(ride: Ride) -> msg.Stopped:
    display = shown(ride)
    assert isinstance(display, msg.Stopped)
    return display


def checked() -> Ride:
    ride = Ride().to_verify("TASU1170000")
    ride.scan("NZ100002")
    ride.step(VvttStep.TUG)
    return ride


def test_with_nobody_there_the_screen_asks_for_a_card() -> None:
    assert shown(Ride()) == msg.Attract("Test Yard", awake=False)


def test_a_kiosk_with_a_lost_part_says_which_and_whom_to_call() -> None:
    ride = Ride()
    ride.send(ev.PartChanged(ev.Part.READER, False, "no answer", "check its cable", at()))
    fault = msg.PartHealth(msg.Part.READER, msg.Condition.LOST, "no answer", "check its cable")
    assert shown(ride) == msg.OutOfService("Test Yard", (fault,), "Gatehouse 04 555 0100")
    assert health_of(ride.lane, msg.BackupHealth(), at()).parts[0] == fault
    assert [part.condition for part in health_of(ride.lane, msg.BackupHealth(), at()).parts[1:]] == [
        msg.Condition.WORKING
    ] * 4


def test_a_part_that_works_but_is_short_of_something_is_told_and_takes_nothing_out_of_service() -> None:
    ride = Ride()
    ride.send(ev.ReaderFault("", "spool", False, "no room", "keep it connected", at()))
    health = health_of(ride.lane, msg.BackupHealth(), at())
    short = msg.PartHealth(msg.Part.SCANNER, msg.Condition.SHORT, "spool: no room", "keep it connected")
    assert [part for part in health.parts if part.condition is not msg.Condition.WORKING] == [short]
    assert shown(ride) == msg.Attract("Test Yard", awake=False)


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (None, msg.ListHealth()),
        (TODAY + timedelta(days=8), msg.ListHealth()),
        (TODAY + timedelta(days=7), msg.ListHealth(days_left=7)),
        (TODAY, msg.ListHealth(days_left=0)),
        (TODAY - timedelta(days=1), msg.ListHealth(expired=True)),
    ],
)
def test_a_list_that_runs_out_is_told_days_before_and_takes_nothing_out_of_service(
    until: date | None, told: msg.ListHealth
) -> None:
    approved = replace(LISTS[0], in_force_until=until)
    ride = Ride(plan=replace(PLAN, list_warn_days=7), records=records_with(approved_lists=(approved,)))
    assert health_of(ride.lane, msg.BackupHealth(), at()).approved_list == told
    assert shown(ride) == msg.Attract("Test Yard", awake=False)


@pytest.mark.parametrize("backup", [msg.BackupHealth(late_h=400), msg.BackupHealth(trouble="no stick")])
def test_a_late_or_failed_backup_is_told_and_takes_nothing_out_of_service(backup: msg.BackupHealth) -> None:
    ride = Ride()
    health = health_of(ride.lane, backup, at())
    assert health.backup == backup
    assert {part.condition for part in health.parts} == {msg.Condition.WORKING}
    assert shown(ride) == msg.Attract("Test Yard", awake=False)


def test_each_step_of_a_check_has_its_own_display() -> None:
    ride = Ride()
    ride.tap(1)
    assert shown(ride) == msg.DriverKnown("Aroha Ngata", "Harbour Haulage", attended=True)
    ride.send(ev.WentOn(at()))
    choose = shown(ride)
    assert isinstance(choose, msg.ChooseContainer)
    assert [option.unit for option in choose.options] == ["CSQU3054383", "TASU1170000", "ULD-7702"]
    ride.key_unit("CSQU3054383")
    assert shown(ride) == msg.CheckSeal(msg.Step.VIEW, "CSQU3054383", msg.SealForm.BOLT, 1, 4)
    ride.step(VvttStep.VIEW)
    assert shown(ride) == msg.VerifySeal("CSQU3054383", msg.SealForm.BOLT, 2, 4, msg.SealEntry.SCAN, None)
    ride.scan("x", Symbology.ITF)
    after = shown(ride)
    assert isinstance(after, msg.VerifySeal)
    assert after.entry is msg.SealEntry.SCAN_OR_KEY
    ride.send(ev.KeyingAsked(at()))
    ride.key_seal("NZ100001")
    again = shown(ride)
    assert isinstance(again, msg.VerifySeal)
    assert again.entry is msg.SealEntry.KEY_AGAIN
    ride.key_seal("NZ100001")
    assert shown(ride) == msg.CheckSeal(msg.Step.TUG, "CSQU3054383", msg.SealForm.BOLT, 3, 4)
    ride.step(VvttStep.TUG)
    ride.step(VvttStep.TWIST)
    assert shown(ride) == msg.MoreOrSign(("CSQU3054383",), may_add=True)
    ride.send(ev.UpliftsFinished(at()))
    assert shown(ride) == msg.Sign("Aroha Ngata", ("CSQU3054383",), None)
    ride.tap(1)
    assert shown(ride) == msg.BarrierOpen(("CSQU3054383",), 2)
    ride.later(60)
    assert shown(ride) == msg.Attract("Test Yard", awake=False)


def test_recording_and_the_packages_check_have_their_displays() -> None:
    ride = Ride().to_signing()
    ride.answers = False
    ride.tap(1)
    assert shown(ride) == msg.Recording(("CSQU3054383",))
    air = Ride().to_choice(4)
    air.key_unit("ULD-7701")
    assert shown(air) == msg.CheckPackage("ULD-7701", waits_for_staff_card=False, problem=None)
    air.send(ev.PackageAnswered(True, at()))
    assert shown(air) == msg.CheckPackage("ULD-7701", waits_for_staff_card=True, problem=None)


@pytest.mark.parametrize(
    ("end", "kind", "reason"),
    [
        (lambda ride: ride.to_verify().scan("NZ100002"), msg.StopKind.HOLD, "SEAL_MISMATCH"),
        (lambda ride: ride.tap(3), msg.StopKind.REFUSAL, "OPERATOR_NOT_APPROVED"),
        (lambda ride: ride.to_choice().send(ev.Cancelled(at())), msg.StopKind.ABANDONED, "DRIVER_CANCELLED"),
    ],
)
def test_each_stop_has_its_display_with_a_reference(
    end: Callable[[Ride], object], kind: msg.StopKind, reason: str
) -> None:
    ride = Ride()
    end(ride)
    display = stopped(ride)
    assert (display.kind, display.reason, display.reference) == (kind, reason, len(ride.entries))


def test_out_of_hours_a_hold_says_whom_to_call_since_nobody_comes() -> None:
    ride = Ride(plan=UNATTENDED, records=BOOKED, proof=PROVEN)
    ride.to_verify().scan("NZ100002")
    assert str(stopped(ride).advice) == "Do not take the load. No staff here now. Call Gatehouse 04 555 0100."


def test_a_hold_calls_staff_while_somebody_is_there_and_the_contact_once_they_have_gone() -> None:
    ride = Ride(plan=replace(PLAN, duty=DutyRule.SIGNED_ON))
    ride.send(ev.StaffRecorded("staff-signed-on", signed_on(), ride.at()))
    ride.to_verify().scan("NZ100002")
    assert str(stopped(ride).advice) == "Do not take the load. Staff are coming."
    ride.send(ev.StaffRecorded("staff-signed-off", signed_on(), ride.at()))
    assert str(stopped(ride).advice).endswith("No staff here now. Call Gatehouse 04 555 0100.")


def test_while_nobody_is_on_duty_the_driver_is_offered_what_may_be_taken_now_and_nothing_else() -> None:
    ride = Ride(plan=replace(PLAN, duty=DutyRule.SIGNED_ON), records=BOOKED, proof=PROVEN).to_choice()
    offered = shown(ride)
    assert isinstance(offered, msg.ChooseContainer)
    assert [option.load_id for option in offered.options] == ["L1"]
    ride.send(ev.StaffRecorded("staff-signed-on", signed_on(), ride.at()))
    offered = shown(ride)
    assert isinstance(offered, msg.ChooseContainer)
    assert [option.load_id for option in offered.options] == ["L1", "L2", "L5"]


def test_a_stop_has_no_number_until_the_ledger_answers() -> None:
    ride = Ride().to_verify()
    ride.answers = False
    ride.scan("NZ100002")
    assert stopped(ride).reference is msg.NoNumber.COMING
    (waiting,) = [effect for effect in ride.effects if isinstance(effect, CommitEntry)][-1:]
    ride.answer(waiting)
    assert stopped(ride).reference == 2


def test_a_hold_that_the_ledger_cannot_take_says_whom_to_call_and_has_its_number_once_the_ledger_is_back() -> None:
    ride = Ride().to_verify()
    ride.ledger_works = False
    ride.scan("NZ100002")
    assert stopped(ride).reference is msg.NoNumber.LEDGER_LOST
    assert str(stopped(ride).advice) == "Do not take the load. Stay here and call Gatehouse 04 555 0100."
    ride.ledger_works = True
    ride.take(ride.lane.take_roster(Roster(), ride.at()))
    assert stopped(ride).reference == 2
    assert str(stopped(ride).advice) == "Do not take the load. Staff are coming."


def test_a_hold_for_a_ledger_that_hangs_promises_no_number() -> None:
    ride = Ride().to_signing()
    ride.answers = False
    ride.tap(1)
    ride.later(PLAN.timeouts.commit_s)
    assert ride.lane.parts[ev.Part.LEDGER].working
    assert (stopped(ride).reason, stopped(ride).reference) == ("LEDGER_FAILED", msg.NoNumber.LEDGER_LOST)


def test_a_refusal_that_the_ledger_cannot_take_keeps_its_own_advice() -> None:
    ride = Ride(ledger_works=False)
    ride.tap(3)
    assert stopped(ride).reference is msg.NoNumber.LEDGER_LOST
    assert str(stopped(ride).advice) == "Call your dispatcher."


def test_who_waits_to_tap_is_told_that_the_reader_is_lost() -> None:
    ride = Ride().to_signing()
    ride.send(ev.PartChanged(ev.Part.READER, False, "silent", "check it", at()))
    display = shown(ride)
    assert isinstance(display, msg.Sign)
    assert str(display.problem) == "The card reader does not answer. Please wait."


def test_the_countdown_is_the_visits_own() -> None:
    ride = Ride()
    assert countdown_of(ride.lane) is None
    ride.to_verify()
    assert countdown_of(ride.lane) == msg.Countdown(1000.0 + 120.0, 120.0)


@pytest.mark.parametrize(
    ("wish", "event"),
    [
        (wishes.GoOn(), ev.WentOn(at())),
        (wishes.ChooseLoad("L1"), ev.LoadChosen("L1", at())),
        (wishes.KeyUnit("X"), ev.UnitKeyed("X", at())),
        (wishes.AnswerStep(msg.Step.PACKAGE, good=True), ev.PackageAnswered(True, at())),
        (wishes.AnswerStep(msg.Step.TUG, good=False), ev.StepAnswered(VvttStep.TUG, False, at())),
        (wishes.AskToKey(), ev.KeyingAsked(at())),
        (wishes.KeySeal("X"), ev.SealKeyed("X", at())),
        (wishes.AddUplift(), ev.UpliftAdded(at())),
        (wishes.FinishUplifts(), ev.UpliftsFinished(at())),
        (wishes.Cancel(), ev.Cancelled(at())),
        (wishes.StillHere(), ev.DriverActive(at())),
        (wishes.ChooseLanguage(Language.MAORI), ev.DriverActive(at())),
    ],
)
def test_each_wish_is_one_event(wish: wishes.Wish, event: ev.Event) -> None:
    assert event_of(wish, at()) == event


MOVES: list[Callable[[Ride], Any]] = [
    lambda ride: ride.tap(1),
    lambda ride: ride.tap(4),
    lambda ride: ride.send(ev.WentOn(ride.at())),
    lambda ride: ride.key_unit("CSQU3054383"),
    lambda ride: ride.key_unit("ULD-7701"),
    lambda ride: ride.step(VvttStep.VIEW),
    lambda ride: ride.scan("x", Symbology.ITF),
    lambda ride: ride.scan("NZ999999"),
    lambda ride: ride.send(ev.KeyingAsked(ride.at())),
    lambda ride: ride.key_seal("NZ999999"),
    lambda ride: ride.send(ev.PackageAnswered(True, ride.at())),
    lambda ride: ride.tap(9),
    lambda ride: ride.later(16),
    lambda ride: ride.tap(99),
]


@given(st.lists(st.sampled_from(MOVES), max_size=25))
def test_nothing_that_a_screen_a_log_or_an_entry_shows_holds_an_expected_number_before_the_scan(
    moves: list[Callable[[Ride], Any]],
) -> None:
    ride = Ride()
    was_given = False
    for move in moves:
        try:
            move(ride)
        except Exception as error:  # noqa: BLE001 - an error's text is looked at like everything else
            said = str(error)
        else:
            said = ""
        visit = ride.lane.visit
        was_given |= visit is not None and any(
            check.given for check in (*visit.file.done, visit.file.current) if check is not None
        )
        # Once a number was scanned or keyed, the entry of a mismatch holds both: it is evidence, and no screen's.
        everything = f"{to_builtins(shown(ride), enc_hook=repr)}{said}{visit}{'' if was_given else ride.effects}"
        for load in LOADS:
            assert load.seal_number.text not in everything


@pytest.mark.parametrize("level", CardLevel)
def test_the_level_in_force_is_told_always_and_to_a_driver_who_taps_what_the_card_showed(level: CardLevel) -> None:
    told = msg.CardLevel(level.value)
    ride = Ride(plan=replace(PLAN, card_level=level))
    assert shown(ride) == msg.Attract("Test Yard", awake=False, card_level=told)
    assert health_of(ride.lane, msg.BackupHealth(), at()).card_level is told
    ride.send(ev.CardPresented(credential(1), CardProof(Means.CHALLENGE), at()))
    display = shown(ride)
    assert isinstance(display, msg.DriverKnown)
    assert display.card_level is msg.CardLevel.PROVEN


def test_that_the_site_s_own_cards_fail_is_told_until_one_proves_itself() -> None:
    ride = recorded(Ride(plan=replace(PLAN, card_level=CardLevel.PROVEN)), *issued_with_keys(50, 51, 52))
    for number in (50, 51, 52):
        assert not health_of(ride.lane, msg.BackupHealth(), at()).cards_fail
        ride.send(ev.CardNotTaken(Reason.CARD_CLONED, at(), credential(number)))
    assert health_of(ride.lane, msg.BackupHealth(), at()).cards_fail
    ride.send(ev.CardPresented(credential(50), CardProof(Means.CHALLENGE), at()))
    assert not health_of(ride.lane, msg.BackupHealth(), at()).cards_fail


def test_the_pin_is_asked_checked_and_its_problem_told_and_no_name_is() -> None:
    ride = Ride(plan=replace(PLAN, pin=PinRule.ALWAYS))
    ride.tap(1)
    assert shown(ride) == msg.EnterPin(waits=False, problem=None)
    ride.send(event_of(wishes.GivePin(Pin("7403")), at()))
    assert shown(ride) == msg.EnterPin(waits=True, problem=None)
    check = next(effect for effect in ride.effects if isinstance(effect, CheckPin))
    assert check.pin == Pin("7403")
    ride.send(ev.PinChecked(check.ref, PinAnswer.WRONG, at()))
    display = shown(ride)
    assert isinstance(display, msg.EnterPin)
    assert (display.waits, str(display.problem)) == (False, "Wrong PIN. 2 tries left.")
