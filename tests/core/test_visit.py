from dataclasses import replace

import pytest

from kiosk.core import events as ev
from kiosk.core.cards import CardProof
from kiosk.core.decisions.deciding import STAY
from kiosk.core.effects import CommitEntry, ExpectScan, Indicate, Signal
from kiosk.core.errors import IllegalEvent, SealgateError
from kiosk.core.parties import ApprovedList
from kiosk.core.reasons import Reason
from kiosk.core.records import Records
from kiosk.core.seals import SealNumber, Symbology, VvttStep
from kiosk.core.visit import ENDS, TABLE, State
from kiosk.core.visit_file import MOST_OTHER_CARDS
from tests.core.driving import Ride
from tests.core.samples import (
    BOLT,
    BOLTED,
    CARDS,
    DRIVERS,
    FLOWN,
    LISTS,
    LOADS,
    NOON,
    OPERATORS,
    PLAN,
    STAFF,
    card,
    credential,
    seal_type,
)

TIMES = PLAN.timeouts


def records(**changes: object) -> Records:
    every = {
        "cards": CARDS, "drivers": DRIVERS, "operators": OPERATORS, "approved_lists": LISTS, "staff": STAFF,
        "loads": LOADS,
    }  # fmt: skip
    return Records(**(every | changes))  # type: ignore[arg-type]


def test_a_good_check_is_recorded_before_the_barrier_opens_and_the_passage_after() -> None:
    ride = Ride().to_passing()
    assert ride.state() is State.PASSING
    assert ride.kinds() == ["visit-opened", "uplift"]
    assert [opened.entry_number for opened in ride.opened] == [2]
    ride.send(ev.LoopChanged(ev.Loop.EXIT, True, ride.at()))
    ride.send(ev.LoopChanged(ev.Loop.EXIT, False, ride.at()))
    assert ride.kinds() == ["visit-opened", "uplift", "passage"]
    assert ride.last()["seen"] is True
    assert ride.last()["uplift_entry"] == 2
    assert ride.roster.everyone() == ()


def test_the_uplift_entry_says_who_took_what_under_which_list_and_how_each_step_was_given() -> None:
    ride = Ride().to_passing()
    body = ride.last()
    assert body["driver"] == "aroha"
    assert body["approved_list"] == "2026-2"
    assert body["signed_by"] == str(credential(1))
    (check,) = body["uplifts"]
    assert check["seal_number"] == "NZ100001"
    assert check["keyed"] is False
    assert [(step["step"], step["how"]) for step in check["steps"]] == [
        ("view", "answered"),
        ("verify", "scanned"),
        ("tug", "answered"),
        ("twist", "answered"),
    ]


def test_a_cable_seal_answers_twist_by_its_type() -> None:
    ride = Ride().to_verify("TASU1170000")
    ride.scan("nz 100002")
    ride.step(VvttStep.TUG)
    assert ride.state() is State.CHECKED
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(1)
    assert ride.last()["uplifts"][0]["not_applicable"] == ["twist"]


def test_a_truck_takes_two_containers_under_one_entry_and_not_three() -> None:
    ride = Ride().to_signing()
    assert ride.state() is State.SIGNING
    ride = Ride().to_verify()
    ride.scan("NZ100001")
    ride.step(VvttStep.TUG)
    ride.step(VvttStep.TWIST)
    ride.send(ev.UpliftAdded(ride.at()))
    ride.key_unit("CSQU3054383")
    assert ride.problem == "CSQU3054383 is already checked. Choose another."
    ride.send(ev.LoadChosen("L2", ride.at()))
    ride.step(VvttStep.VIEW)
    ride.scan("NZ100002")
    ride.step(VvttStep.TUG)
    ride.send(ev.UpliftAdded(ride.at()))
    assert ride.problem == "This truck can take no more."
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(1)
    assert [check["load"] for check in ride.last()["uplifts"]] == ["L1", "L2"]
    assert ride.opened


def test_who_changes_their_mind_about_a_second_container_keeps_the_first() -> None:
    ride = Ride().to_verify("TASU1170000")
    ride.scan("NZ100002")
    ride.step(VvttStep.TUG)
    ride.send(ev.UpliftAdded(ride.at()))
    ride.send(ev.Cancelled(ride.at()))
    assert ride.state() is State.CHECKED


@pytest.mark.parametrize(
    ("step", "reason"),
    [(VvttStep.VIEW, "SEAL_DAMAGED"), (VvttStep.TUG, "SEAL_LOOSE"), (VvttStep.TWIST, "SEAL_TURNS")],
)
def test_a_step_that_fails_holds_the_truck_with_its_own_reason(step: VvttStep, reason: str) -> None:
    ride = Ride().to_choice()
    ride.key_unit("CSQU3054383")
    for each in BOLT.steps:
        if each is VvttStep.VERIFY:
            ride.scan("NZ100001")
        else:
            ride.step(each, each is not step)
        if each is step:
            break
    assert ride.state() is State.HELD
    assert ride.last()["reason"] == reason
    assert ride.last()["checks"][0]["steps"][-1] == {
        "step": step.value, "good": False, "how": "answered", "at": "2026-11-18T00:00:00.000Z",
    }  # fmt: skip
    assert ride.roster.everyone()[0].held


def test_an_answer_to_another_step_than_the_one_that_is_on_is_dropped() -> None:
    ride = Ride().to_choice()
    ride.key_unit("CSQU3054383")
    ride.step(VvttStep.TUG)
    assert ride.state() is State.VIEW


@pytest.mark.parametrize("scanned", ["NZ100002", "NZ100009", "nz100011"])
def test_a_seal_number_that_differs_holds_the_truck_and_both_numbers_are_in_the_entry(scanned: str) -> None:
    ride = Ride().to_verify()
    ride.scan(scanned)
    assert ride.state() is State.HELD
    assert ride.last()["reason"] == "SEAL_MISMATCH"
    assert ride.last()["checks"][0]["seal_number"] == scanned.upper()
    assert ride.last()["checks"][0]["expected_seal_number"] == "NZ100001"
    assert not ride.opened


def test_a_number_without_its_prefix_is_not_the_number() -> None:
    ride = Ride().to_verify()
    ride.scan("100001")
    assert ride.state() is State.VERIFY
    assert "Not taken: '100001'" in ride.problem


def test_keying_is_refused_before_a_scan_has_failed() -> None:
    ride = Ride().to_verify()
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.VERIFY
    assert ride.problem == "Scan the seal first."
    with pytest.raises(IllegalEvent, match="SealKeyed"):
        ride.key_seal("NZ100001")


def keying_ride() -> Ride:
    ride = Ride().to_verify()
    ride.scan("000221", Symbology.ITF)
    assert ride.problem.startswith("Interleaved 2 of 5 is not taken")
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.KEYING
    return ride


def test_a_keyed_number_is_keyed_twice_and_marked_as_keyed() -> None:
    ride = keying_ride()
    ride.key_seal("nz 100001")
    assert ride.state() is State.KEYING_AGAIN
    ride.key_seal("NZ100001")
    assert ride.state() is State.TUG
    ride.step(VvttStep.TUG)
    ride.step(VvttStep.TWIST)
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(1)
    (check,) = ride.last()["uplifts"]
    assert check["keyed"] is True
    assert check["attempts"][0]["what"].startswith("Interleaved 2 of 5")


def test_two_keyed_numbers_that_differ_start_again_and_a_wrong_one_keyed_twice_holds() -> None:
    ride = keying_ride()
    ride.key_seal("NZ100001")
    ride.key_seal("NZ100002")
    assert ride.state() is State.KEYING
    assert ride.problem == "The two numbers differ. Key it again."
    ride.key_seal("NZ100002")
    ride.key_seal("NZ100002")
    assert ride.state() is State.HELD
    assert ride.last()["checks"][0]["steps"][-1]["how"] == "keyed"


def test_a_keyed_number_of_another_form_is_asked_for_again() -> None:
    ride = keying_ride()
    ride.key_seal("X1")
    assert ride.state() is State.KEYING
    ride.key_seal("NZ100001")
    ride.key_seal("X1")
    assert ride.state() is State.KEYING_AGAIN
    assert "Not taken: 'X1'" in ride.problem


@pytest.mark.parametrize("keyed", [0, 1])
def test_while_keying_a_scan_still_counts_and_cancel_goes_back_to_scanning(keyed: int) -> None:
    ride = keying_ride()
    for _ in range(keyed):
        ride.key_seal("NZ100001")
    ride.send(ev.ScanUnreadable("noise", ride.at()))
    assert ride.problem == "The scan failed. Scan again."
    ride.send(ev.Cancelled(ride.at()))
    assert ride.state() is State.VERIFY
    ride.scan("NZ100001")
    assert ride.state() is State.TUG


def test_a_seal_that_gives_no_read_for_a_while_may_be_keyed() -> None:
    ride = Ride().to_verify()
    visit = ride.lane.visit
    assert visit is not None
    assert ride.lane.wakes_at == ride.at().monotonic + TIMES.scan_patience_s
    ride.later(TIMES.scan_patience_s - 1)
    before = visit.file
    ride.later(1)
    assert (before.may_key, visit.file.may_key) == (False, True)
    ride.later(1)
    assert visit.file.current is not None
    assert len(visit.file.current.attempts) == 1
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.KEYING


def test_typing_does_not_postpone_the_moment_from_which_keying_is_allowed() -> None:
    ride = Ride().to_verify()
    ride.later(10)
    ride.send(ev.DriverActive(ride.at()))
    assert ride.lane.wakes_at == ride.at().monotonic + TIMES.scan_patience_s - 10


def test_a_seal_without_a_barcode_is_keyed() -> None:
    bare = replace(BOLTED, seal_type=seal_type(BOLT.form, barcode=False))
    ride = Ride(records=records(loads=[bare])).to_verify()
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.KEYING


def test_a_lost_scanner_is_a_failed_scan() -> None:
    ride = Ride().to_verify()
    ride.send(ev.PartChanged(ev.Part.SCANNER, False, "unplugged", "plug it in", ride.at()))
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.KEYING
    ride.send(ev.PartChanged(ev.Part.SCANNER, True, "", "", ride.at()))
    assert ride.state() is State.KEYING


@pytest.mark.parametrize("send", ["scan", "key", "choose"])
def test_the_container_is_scanned_keyed_or_chosen(send: str) -> None:
    ride = Ride().to_choice()
    if send == "scan":
        ride.scan("CSQU3054383", Symbology.CODE_39)
    elif send == "key":
        ride.key_unit("csqu 305438-3")
    else:
        ride.send(ev.LoadChosen("L1", ride.at()))
    assert ride.state() is State.VIEW


def test_a_wrong_check_digit_is_asked_for_again() -> None:
    ride = Ride().to_choice()
    ride.key_unit("CSQU3054384")
    assert ride.state() is State.CHOOSING
    assert ride.problem == "Not taken: 'CSQU3054384'. Check each letter and digit against the container's door."
    ride.send(ev.ScanUnreadable("noise", ride.at()))
    assert ride.state() is State.CHOOSING


def test_a_load_that_is_no_longer_offered_is_asked_for_again() -> None:
    ride = Ride().to_choice()
    ride.send(ev.LoadChosen("L3", ride.at()))
    assert ride.state() is State.CHOOSING
    assert "not on the list" in ride.problem


@pytest.mark.parametrize(
    ("driver", "unit", "state", "reason"),
    [
        (1, "ZZZU0000005", State.HELD, "LOAD_UNKNOWN"),
        (1, "MSCU6639870", State.HELD, "LOAD_OF_ANOTHER_OPERATOR"),
        (1, "ULD-7702", State.REFUSED, "NOT_A_RACA"),
        (4, "TEMU2154119", State.REFUSED, "OPERATOR_NOT_APPROVED"),
    ],
)
def test_a_load_that_may_not_go_ends_the_visit(driver: int, unit: str, state: State, reason: str) -> None:
    ride = Ride().to_choice(driver)
    ride.key_unit(unit)
    assert ride.state() is state
    assert ride.last()["reason"] == reason
    assert ride.last()["detail"] == unit


def air_ride() -> Ride:
    ride = Ride().to_choice(4)
    ride.key_unit("ULD-7701")
    assert ride.state() is State.PACKAGE_CHECK
    return ride


def test_air_cargo_leaves_after_the_sites_own_check_signed_by_a_staff_card() -> None:
    ride = air_ride()
    ride.send(ev.PackageAnswered(True, ride.at()))
    ride.tap(4)
    assert ride.problem == "That is not a staff card. A staff card is needed."
    ride.tap(11)
    assert ride.problem == "Your card was taken out of use. A staff card is needed."
    ride.tap(9)
    ride.step(VvttStep.VIEW)
    ride.scan("NZ100004")
    assert ride.state() is State.CHECKED
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(4)
    assert ride.opened
    (check,) = ride.last()["uplifts"]
    assert check["package_check"]["staff"] == "staff-1"
    assert [other["credential"] for other in ride.last()["other_cards"]] == [str(credential(11))]


def test_a_package_that_is_not_sealed_is_held_at_once_whoever_signs_or_not() -> None:
    ride = air_ride()
    ride.send(ev.PackageAnswered(False, ride.at()))
    assert ride.state() is State.HELD
    assert ride.last()["reason"] == "PACKAGE_NOT_SEALED"
    assert ride.last()["checks"][0]["package_check"]["good"] is False


def test_a_card_that_the_reader_cannot_take_at_signing_is_said_and_noted() -> None:
    ride = Ride().to_signing()
    ride.send(ev.CardNotTaken(Reason.CARD_RANDOM_ID, ride.at()))
    visit = ride.lane.visit
    assert visit is not None
    assert visit.file.notice == "This is not a site card."
    ride.tap(1)
    (noted,) = ride.last()["other_cards"]
    assert (noted["credential"], noted["reason"], noted["during"]) == (None, "CARD_RANDOM_ID", "signing")


def test_an_entry_of_an_unsigned_package_check_says_so() -> None:
    ride = air_ride()
    ride.send(ev.PackageAnswered(True, ride.at()))
    ride.send(ev.Cancelled(ride.at()))
    assert ride.last()["checks"][0]["package_check"]["signed"] is None
    ride = air_ride()
    ride.send(ev.Cancelled(ride.at()))
    assert "package_check" not in ride.last()["checks"][0]
    assert FLOWN.load_id == ride.last()["checks"][0]["load"]


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
    assert visit.file.notice == "Another card was presented. It was noted."
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
    ride.send(ev.RecordsReplaced(records(**changes), ride.at()))
    ride.tap(1)
    assert ride.state() is state
    assert ride.last()["reason"] == reason
    assert not ride.opened


def test_who_was_let_in_before_closing_time_is_let_out_after_it() -> None:
    ride = Ride().to_signing()
    ride.lane.situation = replace(ride.lane.situation, plan=replace(PLAN, windows=()))
    ride.tap(1)
    assert ride.opened
    assert ride.last()["attended"] is False


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


def test_lamps_and_buzzer_follow_the_visit() -> None:
    ride = Ride().to_passing()
    signals = [effect.signal for effect in ride.effects if isinstance(effect, Indicate)]
    assert signals == [Signal.GOOD, Signal.ASK, Signal.OPEN]


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
    ride.lane.situation = replace(ride.lane.situation, plan=replace(PLAN, card_proof=CardProof.AUTHENTICATED))
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
