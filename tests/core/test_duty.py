"""Who is on duty: signed on and off by entries, over restarts, and never by a sign-off that was forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.core.duty import DutyBook, DutyRefused, SignedBy, signed_off, signed_on
from kiosk.core.parties import StaffMember
from kiosk.core.roster import Roster
from kiosk.core.times import ClockState, Moment
from kiosk.gatehouse.kinds import GatehouseKind
from tests.core.samples import at

HANA, GRAHAM = StaffMember("S01", "Hana Whaanga"), StaffMember("S02", "Graham Ellis")
ON, OFF = "staff-signed-on", "staff-signed-off"
SHIFT_H = 14.0
END_S = SHIFT_H * 3600


def body(who: StaffMember, **more: str) -> dict[str, Any]:
    return {"staff": who.staff_id, "name": who.name, "how": "badge"} | more


def book(*said: tuple[str, StaffMember, float]) -> DutyBook:
    kept = DutyBook()
    for kind, who, seconds in said:
        kept.apply(kind, body(who, why="") if kind == OFF else body(who), at(seconds))
    return kept


def there(kept: DutyBook, now: Moment) -> list[str]:
    return [each.staff_id for each in kept.on_duty(now, SHIFT_H)]


def restarted(moment: Moment, clock: ClockState = ClockState.SYNCHRONISED, **by: float) -> Moment:
    """The same machine after a start, its wall clock moved by so much."""
    return replace(moment, boot="boot-2", monotonic=3.0, clock=clock, utc=moment.utc + timedelta(**by))


def test_whoever_signed_on_is_on_duty_until_they_sign_off_the_longest_first() -> None:
    kept = book((ON, HANA, 0), (ON, GRAHAM, 60))
    assert there(kept, at(120)) == ["S01", "S02"]
    assert kept.on_duty(at(120), SHIFT_H)[0].since == at(0)
    kept.apply(OFF, body(HANA, why=""), at(180))
    assert there(kept, at(180)) == ["S02"]


def test_whose_account_is_taken_out_of_use_is_off_duty_at_once_and_nobody_else() -> None:
    kept = book((ON, HANA, 0), (ON, GRAHAM, 60))
    kept.apply(GatehouseKind.STAFF_DISABLED.value, {"staff": "S01", "by": "S02", "reason": "left"}, at(90))
    assert there(kept, at(90)) == ["S02"]


def test_an_entry_of_another_kind_and_a_sign_off_of_somebody_who_is_not_there_change_nothing() -> None:
    kept = book((ON, HANA, 0), (OFF, GRAHAM, 10))
    kept.apply("uplift", {"staff": "S01"}, at(20))
    assert there(kept, at(30)) == ["S01"]


def test_a_sign_on_lapses_to_the_second_and_signing_on_once_more_renews_it() -> None:
    kept = book((ON, HANA, 0))
    assert there(kept, at(END_S - 1)) == ["S01"]
    assert there(kept, at(END_S)) == []
    kept.apply(ON, body(HANA), at(END_S - 1))
    assert there(kept, at(2 * END_S - 2)) == ["S01"]
    assert there(kept, at(2 * END_S - 1)) == []


@given(st.timedeltas(timedelta(days=-900), timedelta(days=900)), st.floats(0, 2 * END_S))
def test_no_step_of_the_wall_clock_keeps_somebody_on_duty_or_sends_them_home(step: timedelta, passed: float) -> None:
    now = at(passed)
    stepped = replace(now, utc=now.utc + step)
    assert there(book((ON, HANA, 0)), stepped) == (["S01"] if passed < END_S else [])


def test_over_a_start_of_the_machine_the_wall_clock_tells_how_long_it_was() -> None:
    kept = book((ON, HANA, 0))
    assert there(kept, restarted(at(0), hours=13, minutes=59)) == ["S01"]
    assert there(kept, restarted(at(0), hours=14)) == []


@pytest.mark.parametrize("clock", [ClockState.SYNCHRONISED, ClockState.COASTING, ClockState.RTC])
def test_a_clock_that_went_back_over_a_start_makes_no_sign_on_last_longer(clock: ClockState) -> None:
    assert there(book((ON, HANA, 0)), restarted(at(0), clock, seconds=-1)) == []


def test_a_clock_that_nothing_vouches_for_tells_nothing_over_a_start_and_the_right_time_does_again() -> None:
    kept = book((ON, HANA, 0))
    assert there(kept, restarted(at(0), ClockState.DOUBTFUL, minutes=5)) == []
    assert there(kept, restarted(at(0), ClockState.SYNCHRONISED, minutes=5)) == ["S01"]
    doubtful = DutyBook()
    doubtful.apply(ON, body(HANA), replace(at(0), clock=ClockState.DOUBTFUL))
    assert there(doubtful, at(60)) == ["S01"]
    assert there(doubtful, restarted(at(0), minutes=5)) == []


def test_the_statement_of_a_roster_says_again_who_is_on_duty_and_older_ones_said_nothing() -> None:
    roster, again = Roster(), Roster()
    for kind, who, seconds in ((ON, HANA, 0), (ON, GRAHAM, 5), (OFF, HANA, 9), (ON, HANA, 10)):
        roster.apply(kind, body(who, why=""), at(seconds))
    again.apply("on-site", roster.statement(), at(60))
    assert again.statement() == roster.statement()
    assert again.duty.on_duty(at(60), SHIFT_H) == roster.duty.on_duty(at(60), SHIFT_H)
    assert there(again.duty, at(60)) == ["S02", "S01"]
    again.apply("on-site", {"on_site": []}, at(70))
    assert there(again.duty, at(70)) == []


def test_signing_on_and_off_records_who_and_how() -> None:
    assert signed_on(HANA, SignedBy.BADGE) == {"staff": "S01", "name": "Hana Whaanga", "how": "badge"}
    now_on = book((ON, HANA, 0)).on_duty(at(1), SHIFT_H)
    assert signed_off(HANA, SignedBy.COMMAND, " went home ", now_on) == {
        "staff": "S01",
        "name": "Hana Whaanga",
        "how": "command",
        "why": "went home",
    }


@pytest.mark.parametrize(("said", "there_now"), [((), "nobody"), (((ON, HANA, 0),), "S01")])
def test_whoever_is_not_signed_on_cannot_sign_off(
    said: tuple[tuple[str, StaffMember, float], ...], there_now: str
) -> None:
    wanted = rf"expected Graham Ellis \(S02\) to be signed on, got signed on: {there_now}"
    with pytest.raises(DutyRefused, match=wanted):
        signed_off(GRAHAM, SignedBy.CONSOLE, "", book(*said).on_duty(at(1), SHIFT_H))
