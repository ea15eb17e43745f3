"""A list that has run out: operators are refused, unless staff go on by it, with a reason, for some hours."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER
from kiosk.core.effects import CommitEntry, EntryKind
from kiosk.core.errors import IllegalEvent
from kiosk.core.parties import ApprovedList
from kiosk.core.reasons import Reason
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.rules import Admission, Situation, admit
from kiosk.core.times import Moment
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import NOON, PLAN, at, credential, records_with

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)
EXPIRED = ApprovedList("2026-2", date(2026, 6, 1), date(2026, 7, 1), YESTERDAY, frozenset({"harbour"}))
OLDER = ApprovedList("2026-1", date(2026, 1, 1), date(2026, 1, 1), date(2026, 6, 30), frozenset({"unlisted"}))
RECORDS = records_with(approved_lists=(EXPIRED, OLDER))


def override(ride: Ride, **changes: str) -> ev.ListOverridden:
    said = {"version": "2026-2", "staff_id": "staff-1", "reason": "the new list is late"} | changes
    return ev.ListOverridden(said["version"], said["staff_id"], said["reason"], ride.at())


def tapped(roster: Roster, now: Moment, card: int = 1, records: Records = RECORDS) -> Admission | Reason:
    return admit(Situation(PLAN, records, roster), credential(card), BY_NUMBER, now)


def test_once_the_list_has_run_out_its_operators_are_refused_for_that_reason() -> None:
    assert tapped(Roster(), at()) is Reason.LIST_EXPIRED
    assert isinstance(tapped(Roster(), at(day=NOON - timedelta(days=1))), Admission)


def test_a_raca_is_still_admitted_and_by_no_list() -> None:
    admission = tapped(Roster(), at(), card=4)
    assert isinstance(admission, Admission)
    assert (admission.approved_list, admission.override, admission.expired) == (None, None, EXPIRED)


def test_staff_go_on_by_the_list_and_every_entry_cites_it_and_them() -> None:
    ride = Ride(records=RECORDS)
    ride.tap(1)
    assert ride.last()["reason"] == "LIST_EXPIRED"
    ride.send(override(ride, reason="  the new list is late "))
    assert ride.entries[-1] == (
        EntryKind.LIST_OVERRIDE,
        {
            "version": "2026-2",
            "expired": "2026-11-17",
            "staff": "staff-1",
            "staff_name": "Gate Office",
            "reason": "the new list is late",
            "until": "2026-11-19T00:00:00.000Z",
            "lasts_s": 86_400,
            "clause": "8.16",
        },
    )
    ride.tap(1)
    assert ride.state() is State.WELCOMED
    opened = ride.last()
    assert opened["approved_list"] == "2026-2"
    assert opened["list_override"] == {
        "staff": "staff-1",
        "reason": "the new list is late",
        "since": "2026-11-18T00:00:00+00:00",
    }


def test_the_uplift_under_an_override_cites_it_and_one_that_lapsed_before_the_second_tap_signs_nothing() -> None:
    ride = Ride(records=RECORDS)
    ride.send(override(ride))
    cited = ride.to_passing().entries[-1][1]["list_override"]
    assert cited == {"staff": "staff-1", "reason": "the new list is late", "since": "2026-11-18T00:00:00+00:00"}
    late = Ride(plan=replace(PLAN, list_override_h=0.01), records=RECORDS)
    late.send(override(late))
    late.to_signing()
    late.now += 37
    late.tap(1)
    assert EntryKind.UPLIFT not in [kind for kind, _ in late.entries]
    assert late.last()["reason"] == "LIST_EXPIRED"


def test_a_list_in_force_is_cited_without_an_override() -> None:
    ride = Ride()
    ride.tap(1)
    assert "list_override" not in ride.last()


def test_an_operator_that_is_not_on_the_list_stays_refused() -> None:
    ride = Ride(records=RECORDS)
    ride.send(override(ride))
    assert tapped(ride.roster, ride.at(), card=3) is Reason.OPERATOR_NOT_APPROVED


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"version": "2026-1"}, "THIS LIST DID NOT EXPIRE"),
        ({"staff_id": "aroha"}, "NOT GIVEN BY STAFF"),
        ({"reason": " "}, "WITHOUT A REASON"),
    ],
)
def test_nobody_else_no_other_list_and_nothing_without_a_reason(changes: dict[str, str], state: str) -> None:
    ride = Ride(records=RECORDS)
    with pytest.raises(IllegalEvent, match=state):
        ride.send(override(ride, **changes))
    assert ride.entries == []


@pytest.mark.parametrize("lists", [(), (replace(EXPIRED, in_force_until=None),)], ids=["no list", "one in force"])
def test_there_is_nothing_to_override_without_a_list_that_ran_out(lists: tuple[ApprovedList, ...]) -> None:
    ride = Ride(records=records_with(approved_lists=lists))
    with pytest.raises(IllegalEvent, match="DID NOT EXPIRE"):
        ride.send(override(ride))


def test_it_counts_only_once_the_ledger_holds_it() -> None:
    ride = Ride(records=RECORDS, answers=False)
    (effect,) = ride.send(override(ride))
    assert isinstance(effect, CommitEntry)
    assert tapped(ride.roster, ride.at()) is Reason.LIST_EXPIRED
    ride.answer(effect)
    assert isinstance(tapped(ride.roster, ride.at()), Admission)


def test_one_that_a_command_had_written_counts_once_the_gate_hears_of_it() -> None:
    before = Ride(records=RECORDS)
    before.send(override(before))
    kind, body = before.entries[-1]
    ride = Ride(records=RECORDS)
    assert ride.send(ev.StaffRecorded(kind.value, body, ride.at())) == []
    assert isinstance(tapped(ride.roster, ride.at()), Admission)


def test_it_lapses_after_the_hours_of_the_plan() -> None:
    plan = replace(PLAN, list_override_h=0.5)
    ride = Ride(plan=plan, records=RECORDS)
    ride.send(override(ride))
    assert isinstance(tapped(ride.roster, at(1799)), Admission)
    assert tapped(ride.roster, at(1800)) is Reason.LIST_EXPIRED


def test_it_is_for_the_list_that_was_named_and_not_for_one_that_runs_out_later() -> None:
    ride = Ride(records=RECORDS)
    ride.send(override(ride))
    newer = replace(EXPIRED, version="2026-3", in_force_from=TODAY, in_force_until=TODAY)
    assert tapped(ride.roster, at(23 * 3600 + 3000), records=records_with(approved_lists=(EXPIRED, newer))) is not None
    tomorrow = at(60, day=NOON + timedelta(days=1))
    assert tapped(ride.roster, tomorrow, records=records_with(approved_lists=(EXPIRED, newer))) is Reason.LIST_EXPIRED


def test_a_roster_said_again_still_knows_it_and_one_of_an_earlier_version_knows_none() -> None:
    ride = Ride(records=RECORDS)
    ride.send(override(ride))
    again = Roster()
    again.apply("on-site", ride.roster.statement(), at(60))
    assert isinstance(tapped(again, at(60)), Admission)
    assert again.statement() == ride.roster.statement()
    again.apply("on-site", Roster().statement(), at(60))
    assert tapped(again, at(60)) is Reason.LIST_EXPIRED


def test_of_the_lists_that_ran_out_the_last_one_counts() -> None:
    assert RECORDS.expired_list_on(TODAY) is EXPIRED
    assert RECORDS.expired_list_on(date(2025, 12, 31)) is None
    assert RECORDS.expired_list_on(YESTERDAY) is None


@pytest.mark.parametrize(
    ("lists", "last"),
    [
        ((), None),
        ((EXPIRED, OLDER), YESTERDAY),
        ((OLDER,), date(2026, 6, 30)),
        ((OLDER, replace(EXPIRED, in_force_from=date(2026, 7, 2))), date(2026, 6, 30)),
        ((OLDER, replace(EXPIRED, in_force_until=None)), None),
        ((replace(OLDER, in_force_until=date.max),), None),
    ],
)
def test_the_lists_run_out_at_the_first_day_that_none_covers(
    lists: tuple[ApprovedList, ...], last: date | None
) -> None:
    assert Records(approved_lists=lists).last_day_of_lists(date(2026, 6, 1)) == last
