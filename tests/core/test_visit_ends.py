import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.cards import CardLevel
from kiosk.core.decisions.deciding import STAY
from kiosk.core.effects import CommitEntry, ExpectScan
from kiosk.core.errors import IllegalEvent, SealgateError
from kiosk.core.parties import ApprovedList
from kiosk.core.reasons import Reason
from kiosk.core.seals import SealNumber
from kiosk.core.visit import ENDS, TABLE, State
from kiosk.core.visit_file import MOST_OTHER_CARDS
from tests.core.driving import Ride
from tests.core.samples import (
    BOLTED,
    BOOKED,
    NOON,
    PLAN,
    PROVEN,
    RECORDS,
    card,
    credential,
    records_with,
)

TIMES = PLAN.timeouts


def test_another_card_cannot_take_responsibility() -> None:
    ride = Ride().to_signing()
    ride.tap(2)
    assert ride.state() is State.SIGNING
    assert ride.problem == "That is another card. Tap the card you started with."
    ride.tap(1)
    assert ride.opened
    assert ride.last()["other_cards"][0]["during"] == "signing"


def test_foreign_cards_in_the_middle_are_noted_up_to_a_bound() -> None:
    ride = Ride().to_verify()
    ride.tap(1)
    for _ in range(MOST_OTHER_CARDS + 5):
        ride.tap(2)
    visit = ride.lane.visit
    assert visit is not None
    assert str(visit.file.notice) == "Another card was presented. It was noted."
    ride.send(ev.CardNotTaken(Reason.CARD_UNREADABLE, ride.at()))
    ride.send(ev.Cancelled(ride.at()))
    assert len(ride.last()["other_cards"]) == MOST_OTHER_CARDS


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"cards": [card(1, "aroha", revoked=True)]}, State.REFUSED, "CARD_REVOKED"),
        (
            {"approved_lists": [ApprovedList("3", NOON.date(), NOON.date(), None, frozenset({"coastal"}))]},
            State.REFUSED,
            "OPERATOR_NOT_APPROVED",
        ),
        ({"loads": []}, State.HELD, "LOAD_UNKNOWN"),
        ({"loads": [replace(BOLTED, seal_number=SealNumber("NZ999999"))]}, State.HELD, "LOAD_CHANGED"),
    ],
)
def test_what_changed_since_the_first_tap_counts_at_the_second(
    changes: dict[str, object], state: State, reason: str
) -> None:
    ride = Ride().to_signing()
    ride.send(ev.RecordsReplaced(records_with(**changes), ride.at()))
    ride.tap(1)
    assert ride.state() is state
    assert ride.last()["reason"] == reason
    assert not ride.opened


def test_who_was_let_in_before_closing_time_is_let_out_after_it_if_nobody_need_be_there_for_it() -> None:
    for records, opened in ((BOOKED, True), (RECORDS, False)):
        ride = Ride(records=records, proof=PROVEN).to_signing()
        ride.lane.situation = replace(ride.lane.situation, plan=replace(PLAN, windows=()))
        ride.tap(1)
        assert bool(ride.opened) is opened
        assert ride.last()["attended"] is False
        assert ride.last()["attended_at"] == {"first_tap": True, "second_tap": False}


@pytest.mark.parametrize("card_number", [3, 99])
def test_a_refused_first_tap_is_recorded_and_leaves_nobody_on_site(card_number: int) -> None:
    ride = Ride()
    ride.tap(card_number)
    assert ride.state() is State.REFUSED
    assert ride.kinds() == ["refusal"]
    assert ride.last()["credential"] == str(credential(card_number))
    visit = ride.lane.visit
    assert visit is not None
    assert visit.file.reference == 1


def test_a_card_with_a_number_of_its_own_making_is_refused_with_its_own_reason() -> None:
    ride = Ride()
    ride.send(ev.CardNotTaken(Reason.CARD_RANDOM_ID, ride.at()))
    assert ride.last()["reason"] == "CARD_RANDOM_ID"
    assert ride.last()["credential"] is None


WAITING = {
    State.CHOOSING: lambda ride: ride.to_choice(),
    State.VERIFY: lambda ride: ride.to_verify(),
    State.SIGNING: lambda ride: ride.to_signing(),
}


@pytest.mark.parametrize("state", WAITING)
def test_a_driver_who_walks_away_is_recorded_as_abandoned_and_may_start_again(state: State) -> None:
    ride = WAITING[state](Ride())
    assert ride.state() is state
    ride.later(TIMES.step_s - 1 if state is State.VERIFY else 30)
    assert ride.state() is state
    ride.later(120)
    assert ride.state() is State.ABANDONED
    assert ride.last()["reason"] == "TIMED_OUT"
    ride.later(TIMES.stopped_s)
    assert ride.state() is None
    ride.tap(1)
    assert ride.state() is State.WELCOMED


def test_a_busy_driver_gets_more_time_but_not_for_ever() -> None:
    ride = Ride().to_choice()
    for _ in range(30):
        ride.later(60)
        if ride.state() is not State.CHOOSING:
            break
        ride.send(ev.DriverActive(ride.at()))
    assert ride.state() is State.ABANDONED
    assert ride.now == TIMES.visit_s


def test_the_greeting_goes_on_by_itself() -> None:
    ride = Ride()
    ride.tap(1)
    ride.later(TIMES.welcome_s - 1)
    assert ride.state() is State.WELCOMED
    ride.later(1)
    assert ride.state() is State.CHOOSING


@pytest.mark.parametrize(("lost", "state"), [(False, State.ABANDONED), (True, State.HELD)])
def test_a_second_tap_that_the_reader_could_not_take_is_a_hold(lost: bool, state: State) -> None:
    ride = Ride().to_signing()
    ride.later(1)
    if lost:
        ride.send(ev.PartChanged(ev.Part.READER, False, "silent", "check the cable", ride.at()))
    ride.later(TIMES.sign_s)
    assert ride.state() is state
    assert ride.last()["reason"] == ("READER_LOST" if lost else "TIMED_OUT")


def test_nothing_opens_until_the_ledger_has_answered() -> None:
    ride = Ride()
    ride.to_signing()
    ride.answers = False
    ride.tap(1)
    assert ride.state() is State.COMMITTING
    ride.send(ev.TimePassed(ride.at()))
    assert not ride.opened
    ride.later(TIMES.commit_s)
    assert ride.state() is State.HELD
    assert not ride.opened


def test_the_barrier_stays_down_when_the_ledger_fails() -> None:
    ride = Ride()
    ride.to_signing()
    ride.ledger_works = False
    ride.tap(1)
    assert ride.state() is State.HELD
    assert not ride.opened
    assert not ride.lane.in_service


def test_a_late_or_foreign_commit_opens_nothing() -> None:
    ride = Ride()
    ride.to_signing()
    ride.answers = False
    ride.tap(1)
    uplift = ride.effects[-1]
    ride.send(ev.TamperChanged(True, ride.at()))
    incident = ride.effects[-1]
    assert isinstance(uplift, CommitEntry)
    assert isinstance(incident, CommitEntry)
    ride.answer(incident)
    ride.later(1)
    assert ride.state() is State.COMMITTING
    ride.later(TIMES.commit_s)
    ride.answer(uplift)
    assert ride.state() is State.HELD
    assert not ride.opened
    assert ride.roster.is_uplifted("L1")


def test_a_barrier_that_does_not_open_is_a_hold_after_the_uplift() -> None:
    ride = Ride().to_passing()
    ride.send(ev.BarrierFailed("relay", ride.at()))
    assert ride.state() is State.HELD
    assert ride.last()["uplifted"] is True
    assert ride.last()["uplift_entry"] == 2


def test_a_passage_that_nobody_saw_is_recorded_as_such_and_the_driver_stays_on_site() -> None:
    ride = Ride().to_passing()
    ride.send(ev.LoopChanged(ev.Loop.EXIT, False, ride.at()))
    ride.later(TIMES.passing_s - 1)
    assert ride.state() is State.PASSING
    ride.later(1)
    assert ride.last()["seen"] is False
    assert ride.state() is State.UNSEEN
    ride.tap(1)
    assert ride.last()["reason"] == "ALREADY_ON_SITE"


def test_an_orderly_stop_in_the_middle_is_recorded() -> None:
    ride = Ride().to_verify()
    ride.send(ev.KioskStopping(ride.at()))
    assert ride.state() is State.INTERRUPTED
    assert ride.last()["reason"] == "KIOSK_STOPPED"
    ride.send(ev.KioskStopping(ride.at()))
    assert ride.kinds().count("interrupted") == 1


def test_the_scanner_is_on_only_while_a_scan_means_something() -> None:
    ride = Ride().to_verify()
    ride.scan("NZ100001")
    wanted = [effect.wanted for effect in ride.effects if isinstance(effect, ExpectScan)]
    assert wanted == [True, False, True, False]


def test_an_event_without_a_transition_names_event_and_state_and_changes_nothing() -> None:
    ride = Ride().to_verify()
    visit = ride.lane.visit
    assert visit is not None
    before = (visit.state, visit.file, visit.waiting)
    with pytest.raises(IllegalEvent) as caught:
        ride.send(ev.UpliftsFinished(ride.at()))
    assert (caught.value.state, caught.value.event) == ("VERIFY", "UpliftsFinished")
    assert (visit.state, visit.file, visit.waiting) == before


def test_every_state_can_be_reached_and_every_path_ends() -> None:
    reached = {State.ARRIVING}
    while True:
        more = {target for state in reached for _, to in TABLE[state].values() for target in to.values()} | reached
        if more == reached:
            break
        reached = more
    assert reached == set(State)
    for state in set(State) - ENDS - {State.ARRIVING, State.WELCOMED}:
        assert ev.TimePassed in TABLE[state], state
    assert all(STAY not in to for rows in TABLE.values() for _, to in rows.values())


def test_a_proof_that_is_too_weak_at_the_second_tap_is_refused() -> None:
    ride = Ride().to_signing()
    ride.lane.situation = replace(ride.lane.situation, plan=replace(PLAN, card_level=CardLevel.PROVEN))
    ride.tap(1)
    assert ride.last()["reason"] == "CARD_NOT_GENUINE"


def test_the_stop_that_is_shown_takes_its_number_from_its_own_entry_alone() -> None:
    ride = Ride()
    ride.answers = False
    ride.tap(99)
    (refusal,) = [effect for effect in ride.effects if isinstance(effect, CommitEntry)]
    ride.send(ev.TamperChanged(True, ride.at()))
    incident = ride.effects[-1]
    assert isinstance(incident, CommitEntry)
    visit = ride.lane.visit
    assert visit is not None
    ride.answer(incident)
    unnumbered = visit.file.reference
    ride.answer(refusal)
    assert (unnumbered, visit.file.reference) == (None, 2)


def test_a_failing_incident_entry_does_not_stop_a_truck_that_is_driving_out() -> None:
    ride = Ride().to_passing()
    ride.ledger_works = False
    ride.send(ev.TamperChanged(True, ride.at()))
    assert ride.state() is State.PASSING


def test_a_visit_wants_to_be_woken_when_its_state_runs_out() -> None:
    ride = Ride().to_choice()
    assert ride.lane.wakes_at == ride.at().monotonic + TIMES.choose_s


def test_a_visit_that_drives_out_heeds_the_exit_loop_alone() -> None:
    ride = Ride().to_passing()
    visit = ride.lane.visit
    assert visit is not None
    assert visit.handle(ev.LoopChanged(ev.Loop.ENTRY, True, ride.at()), ride.lane.situation) == []
    assert visit.file.at_exit is None


def test_the_last_guard_stops_a_visit_whose_checks_did_not_all_pass() -> None:
    ride = Ride().to_signing()
    visit = ride.lane.visit
    assert visit is not None
    (check,) = visit.file.done
    for forged in ((), (replace(check, given=SealNumber("NZ100009")),), (replace(check, results=check.results[:-1]),)):
        visit.file = replace(visit.file, done=forged)
        with pytest.raises(SealgateError, match="each with every step passed"):
            ride.tap(1)
    assert not ride.opened
