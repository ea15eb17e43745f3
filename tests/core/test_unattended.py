"""While nobody is on duty: what a driver needs at each tap, what is offered, and what the entries say (clause 5.3)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, CardLevel, CardProof, Means, SignedRecord
from kiosk.core.duty import DutyRule
from kiosk.core.effects import ChallengeCards, EntryKind
from kiosk.core.loads import CollectionWindow
from kiosk.core.pins import Pin, PinAnswer, PinRule
from kiosk.core.plan import Holiday, SecurityPlan
from kiosk.core.records import Records
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import (
    BOLTED,
    BOOKED,
    CABLED,
    FLOWN,
    HARBOUR_AIR,
    NOON,
    PLAN,
    PROVEN,
    RECORDS,
    TOMORROW,
    TONIGHT,
    UNATTENDED,
    credential,
    records_with,
    signed_on,
)
from tests.core.test_card_book import recorded
from tests.core.test_card_taps import issued_with_keys

BY_SIGN_ON = replace(PLAN, duty=DutyRule.SIGNED_ON)
WINDOW = {"from": "2026-11-17T23:00:00.000Z", "until": "2026-11-18T01:00:00.000Z"}
SIGNATURE = CardProof(Means.SIGNATURE, record=SignedRecord("aroha", NOON.date(), NOON.date()))


def by_night(plan: SecurityPlan = UNATTENDED, proof: CardProof = PROVEN, records: Records = BOOKED) -> Ride:
    return Ride(plan=plan, records=records, proof=proof)


def come(ride: Ride, who: str = "staff-1") -> None:
    ride.send(ev.StaffRecorded("staff-signed-on", signed_on(who), ride.at()))


def go_home(ride: Ride, who: str = "staff-1") -> None:
    ride.send(ev.StaffRecorded("staff-signed-off", signed_on(who) | {"why": ""}, ride.at()))


def uplift(ride: Ride) -> dict[str, Any]:
    return next(body for kind, body in ride.entries if kind is EntryKind.UPLIFT)


def ended(ride: Ride) -> str:
    assert ride.opened == []
    return str(ride.last()["reason"])


# --- the first tap ------------------------------------------------------------------------------------


def test_with_a_proven_card_and_a_load_that_is_booked_for_now_a_driver_takes_it_and_nobody_verified_it() -> None:
    ride = by_night().to_passing()
    assert ride.opened
    body = uplift(ride)
    assert (body["attended"], body["verification"]) == (False, "unverified")
    assert body["attended_at"] == {"first_tap": False, "second_tap": False}
    assert "on_duty" not in body
    assert body["uplifts"][0]["collect"] == WINDOW


def test_of_an_attended_uplift_nothing_is_said_of_verification_or_of_windows() -> None:
    ride = by_night(PLAN).to_passing()
    body = uplift(ride)
    assert body["attended"] is True
    assert not {"verification", "on_duty"} & body.keys()
    assert "collect" not in body["uplifts"][0]


@pytest.mark.parametrize("level", CardLevel)
@pytest.mark.parametrize("proof", [BY_NUMBER, SIGNATURE, CardProof(Means.MESSAGE, counter=3), PROVEN])
def test_whatever_the_sites_level_only_a_card_that_proves_itself_comes_by_night(
    level: CardLevel, proof: CardProof
) -> None:
    ride = by_night(replace(UNATTENDED, card_level=level), proof)
    ride.tap(1)
    if proof.level is CardLevel.PROVEN:
        assert ride.state() is State.WELCOMED
    elif proof.level.reaches(level):
        assert ended(ride) == "CARD_NOT_PROVEN_AFTER_HOURS"
        assert ride.last()["clause"] == "5.3"
    else:
        assert ended(ride) == "CARD_NOT_GENUINE"


@pytest.mark.parametrize(
    ("loads", "reason"),
    [
        ((), "NOT_BOOKED_AFTER_HOURS"),
        ((BOLTED, CABLED), "NOT_BOOKED_AFTER_HOURS"),
        ((BOLTED, replace(CABLED, collect=TOMORROW)), "OUTSIDE_COLLECTION_WINDOW"),
        ((replace(HARBOUR_AIR, collect=TONIGHT),), "NOT_BOOKED_AFTER_HOURS"),
        ((replace(HARBOUR_AIR, collect=TOMORROW),), "NOT_BOOKED_AFTER_HOURS"),
        ((replace(FLOWN, collect=TONIGHT),), "NOT_BOOKED_AFTER_HOURS"),
    ],
)
def test_a_driver_for_whom_nothing_is_booked_now_turns_round_at_the_first_tap(
    loads: tuple[Any, ...], reason: str
) -> None:
    ride = by_night(records=records_with(loads=loads))
    ride.tap(1)
    assert ride.kinds() == ["refusal"]
    assert ended(ride) == reason
    assert ride.roster.everyone() == ()


def test_a_load_that_has_left_is_no_booking() -> None:
    ride = by_night()
    ride.roster.know_uplifted({"L1"})
    ride.tap(1)
    assert ended(ride) == "OUTSIDE_COLLECTION_WINDOW"
    ride = by_night()
    ride.roster.know_uplifted({"L1", "L2"})
    ride.tap(1)
    assert ended(ride) == "NOT_BOOKED_AFTER_HOURS"


@pytest.mark.parametrize("seconds", [-3600.0, -3600.001, 3599.999, 3600.0])
def test_a_collection_window_opens_and_closes_to_the_millisecond(seconds: float) -> None:
    ride = by_night()
    ride.now = seconds
    ride.tap(1)
    assert (ride.state() is State.WELCOMED) is (-3600 <= seconds < 3600)


def test_who_may_not_come_after_hours_is_told_that_before_anything_of_the_card() -> None:
    ride = by_night(proof=BY_NUMBER)
    ride.tap(2)
    assert ended(ride) == "AFTER_HOURS_NOT_PERMITTED"


def test_who_is_on_site_already_is_told_that_before_anything_of_bookings() -> None:
    ride = by_night(records=records_with(loads=()))
    ride.roster.apply("visit-opened", {"visit": "V1", "driver": "aroha"}, ride.at())
    ride.tap(1)
    assert ended(ride) == "ALREADY_ON_SITE"


def test_on_a_closed_day_nobody_comes_whatever_they_have() -> None:
    today = Holiday(NOON.date(), "Show Day", closed=True)
    for plan in (PLAN, UNATTENDED, BY_SIGN_ON):
        ride = by_night(replace(plan, holidays=(today,)))
        come(ride)
        ride.tap(1)
        assert (ended(ride), ride.last()["clause"]) == ("SITE_CLOSED_TODAY", "5.2")


def test_on_a_holiday_a_driver_comes_as_by_night() -> None:
    today = Holiday(NOON.date(), "Show Day")
    assert by_night(replace(PLAN, holidays=(today,))).to_passing().opened
    ride = by_night(replace(PLAN, holidays=(today,)), BY_NUMBER)
    ride.tap(1)
    assert ended(ride) == "CARD_NOT_PROVEN_AFTER_HOURS"


# --- the load -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason", "detail"),
    [
        (
            lambda ride: ride.key_unit("TASU1170000"),
            "OUTSIDE_COLLECTION_WINDOW",
            "TASU1170000, booked for 2026-11-19 00:00 to 2026-11-20 00:00",
        ),
        (lambda ride: ride.scan("ULD-7701"), "LOAD_OF_ANOTHER_OPERATOR", "ULD-7701"),
        (lambda ride: ride.key_unit("ULD-7702"), "NOT_A_RACA", "ULD-7702"),
        (lambda ride: ride.key_unit("ZZZU0000005"), "LOAD_UNKNOWN", "ZZZU0000005"),
    ],
)
def test_a_load_that_may_not_be_taken_now_ends_the_visit_with_its_own_reason(
    name: Callable[[Ride], None], reason: str, detail: str
) -> None:
    ride = by_night().to_choice()
    name(ride)
    assert (ended(ride), ride.last()["detail"]) == (reason, detail)


def test_a_load_without_a_window_is_refused_and_holds_nobody_for_staff_who_are_not_there() -> None:
    ride = by_night(records=records_with(loads=(replace(BOLTED, collect=TONIGHT), CABLED))).to_choice()
    ride.key_unit("TASU1170000")
    assert ended(ride) == "NOT_BOOKED_AFTER_HOURS"
    assert ride.state() is State.REFUSED
    assert ride.roster.everyone() == ()


def test_a_load_that_is_not_offered_cannot_be_chosen_from_the_list() -> None:
    ride = by_night().to_choice()
    ride.send(ev.LoadChosen("L2", ride.at()))
    assert ride.state() is State.CHOOSING
    assert ride.problem == "That load is not on the list any more. Choose again."
    ride.send(ev.LoadChosen("L1", ride.at()))
    assert ride.state() is State.VIEW


def test_while_staff_are_there_a_load_goes_at_any_time() -> None:
    ride = by_night(PLAN).to_choice()
    ride.send(ev.LoadChosen("L2", ride.at()))
    assert ride.state() is State.VIEW


def test_both_loads_of_a_truck_must_be_booked_for_now() -> None:
    ride = by_night()
    ride.to_verify().scan("NZ100001")
    ride.step(ride.lane.visit.file.current.next_step)  # type: ignore[union-attr, arg-type]
    ride.step(ride.lane.visit.file.current.next_step)  # type: ignore[union-attr, arg-type]
    ride.send(ev.UpliftAdded(ride.at()))
    ride.key_unit("TASU1170000")
    assert ended(ride) == "OUTSIDE_COLLECTION_WINDOW"
    assert ride.last()["checks"][0]["collect"] == WINDOW


# --- the second tap ---------------------------------------------------------------------------------------


def attended_to_signing(plan: SecurityPlan = BY_SIGN_ON, proof: CardProof = PROVEN, records: Records = BOOKED) -> Ride:
    ride = by_night(plan, proof, records)
    come(ride)
    return ride.to_signing()


def test_where_staff_sign_on_the_entries_say_who_was_there() -> None:
    ride = attended_to_signing()
    ride.tap(1)
    assert [body.get("on_duty") for _, body in ride.entries] == [["staff-1"], ["staff-1"]]
    assert uplift(ride)["attended_at"] == {"first_tap": True, "second_tap": True}
    assert "verification" not in uplift(ride)


def test_staff_who_went_home_in_between_leave_a_visit_that_must_do_without_them() -> None:
    ride = attended_to_signing()
    go_home(ride)
    ride.tap(1)
    assert ride.opened
    body = uplift(ride)
    assert (body["attended"], body["verification"]) == (False, "unverified")
    assert body["attended_at"] == {"first_tap": True, "second_tap": False}
    assert body["uplifts"][0]["collect"] == WINDOW
    assert "on_duty" not in body


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"proof": BY_NUMBER}, "CARD_NOT_PROVEN_AFTER_HOURS"),
        ({"records": RECORDS}, "NOT_BOOKED_AFTER_HOURS"),
        ({"records": records_with(loads=(replace(BOLTED, collect=TOMORROW),))}, "OUTSIDE_COLLECTION_WINDOW"),
        (
            {
                "records": records_with(
                    drivers=[
                        replace(each, after_hours=False) for each in map(RECORDS.driver, ("aroha", "ben")) if each
                    ],
                    loads=(replace(BOLTED, collect=TONIGHT),),
                )
            },
            "AFTER_HOURS_NOT_PERMITTED",
        ),
        ({"plan": replace(BY_SIGN_ON, pin=PinRule.UNATTENDED)}, "PIN_NOT_GIVEN"),
    ],
)
def test_a_visit_that_staff_left_alone_and_that_may_not_end_so_is_refused_at_the_second_tap(
    changes: dict[str, Any], reason: str
) -> None:
    ride = attended_to_signing(**changes)
    go_home(ride)
    ride.tap(1)
    assert ride.state() is State.REFUSED
    assert ended(ride) == reason
    assert ride.last()["attended_at"] == {"first_tap": True, "second_tap": False}
    assert ride.last()["attended"] is False
    still_there = attended_to_signing(**changes)
    still_there.tap(1)
    assert still_there.opened, "with staff there the same visit ends as it should"


def test_a_sign_on_that_lapses_in_the_middle_of_a_visit_counts_for_the_second_tap_no_more() -> None:
    plan = replace(BY_SIGN_ON, duty_lapses_h=1.0)
    ride = by_night(plan, BY_NUMBER, RECORDS)
    come(ride)
    ride.now = 3590
    ride.to_signing()
    ride.now = 3600
    ride.tap(1)
    assert ended(ride) == "CARD_NOT_PROVEN_AFTER_HOURS"


def test_a_window_that_closes_before_the_second_tap_refuses_it() -> None:
    ride = by_night()
    ride.now = 3590
    ride.to_signing()
    ride.now = 3600
    ride.tap(1)
    assert ended(ride) == "OUTSIDE_COLLECTION_WINDOW"
    assert ride.last()["detail"] == "CSQU3054383, booked for 2026-11-17 23:00 to 2026-11-18 01:00"


def test_staff_who_come_in_the_middle_of_an_unattended_visit_do_not_make_it_an_attended_one() -> None:
    ride = by_night(BY_SIGN_ON).to_signing()
    come(ride)
    ride.tap(1)
    assert ride.opened
    body = uplift(ride)
    assert (body["attended"], body["verification"]) == (False, "unverified")
    assert body["attended_at"] == {"first_tap": False, "second_tap": True}


def test_a_card_that_is_refused_at_the_second_tap_leaves_the_entry_as_the_first_one_found_it() -> None:
    ride = attended_to_signing(replace(BY_SIGN_ON, card_level=CardLevel.PROVEN))
    ride.proof = BY_NUMBER
    ride.tap(1)
    assert ended(ride) == "CARD_NOT_GENUINE"
    assert ride.last()["attended"] is True
    assert "attended_at" not in ride.last()


def test_the_pin_of_an_unattended_visit_is_given_once_and_counts_at_the_second_tap() -> None:
    ride = by_night(replace(UNATTENDED, pin=PinRule.UNATTENDED))
    ride.tap(1)
    assert ride.state() is State.PIN
    effects = ride.send(ev.PinKeyed(Pin("740315"), ride.at()))
    ride.send(ev.PinChecked(effects[-1].ref, PinAnswer.RIGHT, ride.at()))  # type: ignore[union-attr]
    ride.send(ev.WentOn(ride.at()))
    ride.key_unit("CSQU3054383")
    for each in ("view", "verify", "tug", "twist"):
        if each == "verify":
            ride.scan("NZ100001")
        else:
            ride.step(ride.lane.visit.file.current.next_step)  # type: ignore[union-attr, arg-type]
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(1)
    assert ride.opened
    assert uplift(ride)["pin"] == "right"


def test_a_window_that_the_office_moved_meanwhile_is_not_what_the_driver_checked() -> None:
    ride = by_night().to_signing()
    longer = CollectionWindow(TONIGHT.opens, TONIGHT.closes + timedelta(hours=1))
    ride.send(ev.RecordsReplaced(records_with(loads=(replace(BOLTED, collect=longer),)), ride.at()))
    ride.tap(1)
    assert ride.opened
    assert uplift(ride)["uplifts"][0]["collect"] == WINDOW | {"until": "2026-11-18T02:00:00.000Z"}


# --- whose cards are asked where a number is enough by day ------------------------------------------------


def test_where_numbers_are_enough_the_reader_asks_the_cards_alone_that_were_written_here() -> None:
    ride = by_night()
    assert not [effect for effect in ride.effects if isinstance(effect, ChallengeCards)]
    recorded(ride, *issued_with_keys(1))
    (told,) = [effect for effect in ride.effects if isinstance(effect, ChallengeCards)]
    assert told == ChallengeCards(False, frozenset(), frozenset({credential(1)}))


@pytest.mark.parametrize("level", [CardLevel.SIGNED, CardLevel.PROVEN])
def test_where_more_is_asked_of_cards_the_reader_asks_all(level: CardLevel) -> None:
    ride = by_night(replace(UNATTENDED, card_level=level))
    recorded(ride, *issued_with_keys(1))
    assert not [effect for effect in ride.effects if isinstance(effect, ChallengeCards)]
