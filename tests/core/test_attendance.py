"""Whether staff are there: by windows, holidays and daylight saving, and by who signed on."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.core.attendance import attendance, attended_hours, closed_for, ever_unattended, is_open
from kiosk.core.duty import DutyRule
from kiosk.core.plan import AccessWindow, Holiday, SecurityPlan
from kiosk.core.roster import Roster
from kiosk.core.times import Moment
from tests.core.samples import ALL_DAY, NOBODY_THERE, NOON, PLAN, RECORDS, at, records_with, signed_on

AUCKLAND = ZoneInfo("Pacific/Auckland")
EVERY_DAY = frozenset(range(7))
CHRISTMAS = Holiday(date(2026, 12, 25), "Christmas Day")
CLOSED = replace(CHRISTMAS, closed=True)


def window(opens: time, closes: time, *, attended: bool = True, days: frozenset[int] = EVERY_DAY) -> AccessWindow:
    return AccessWindow(days, opens, closes, attended)


def plan(*windows: AccessWindow, holidays: tuple[Holiday, ...] = (), duty: DutyRule = DutyRule.HOURS) -> SecurityPlan:
    return replace(PLAN, timezone=AUCKLAND, windows=windows, holidays=holidays, duty=duty)


def local(text: str, fold: int = 0) -> Moment:
    """A local time in Auckland; of one that comes twice, the first unless fold is 1."""
    return at(day=datetime.fromisoformat(text).replace(tzinfo=AUCKLAND, fold=fold).astimezone(UTC))


DAY, NIGHT = window(time(6), time(22)), window(time(22), time(6))


# --- windows and holidays ---------------------------------------------------------------------------


def test_a_window_that_runs_past_midnight_is_of_the_day_on_which_it_begins() -> None:
    saturday_night = plan(replace(NIGHT, days=frozenset({5})))
    assert attended_hours(saturday_night, local("2026-11-21 22:00"))
    assert attended_hours(saturday_night, local("2026-11-22 05:59"))
    assert not attended_hours(saturday_night, local("2026-11-22 06:00"))
    assert not attended_hours(saturday_night, local("2026-11-22 22:00"))
    assert not attended_hours(saturday_night, local("2026-11-21 05:59"))


def test_on_a_holiday_no_window_is_attended_from_midnight_to_midnight() -> None:
    site = plan(DAY, NIGHT, holidays=(CHRISTMAS,))
    assert attended_hours(site, local("2026-12-24 23:59"))
    assert not attended_hours(site, local("2026-12-25 00:00"))
    assert not attended_hours(site, local("2026-12-25 12:00"))
    assert not attended_hours(site, local("2026-12-25 23:59"))
    assert all(is_open(site, local(f"2026-12-25 {hour:02}:30")) for hour in range(24))


def test_what_a_window_of_a_holiday_has_left_after_midnight_is_not_attended_either() -> None:
    site = plan(DAY, NIGHT, holidays=(CHRISTMAS,))
    assert not attended_hours(site, local("2026-12-26 00:00"))
    assert not attended_hours(site, local("2026-12-26 05:59"))
    assert attended_hours(site, local("2026-12-26 06:00"))


def test_a_window_around_the_clock_is_not_attended_on_its_holiday_alone() -> None:
    site = plan(window(time(0), time(0)), holidays=(CHRISTMAS,))
    assert attended_hours(site, local("2026-12-24 23:59"))
    assert not attended_hours(site, local("2026-12-25 23:59"))
    assert attended_hours(site, local("2026-12-26 00:00"))


def test_a_site_that_is_closed_on_a_holiday_is_so_from_midnight_to_midnight() -> None:
    site = plan(DAY, NIGHT, holidays=(Holiday(date(2026, 12, 26), "Boxing Day"), CLOSED))
    assert closed_for(site, local("2026-12-24 23:59")) is None
    assert closed_for(site, local("2026-12-25 00:00")) is CLOSED
    assert closed_for(site, local("2026-12-25 23:59")) is CLOSED
    assert closed_for(site, local("2026-12-26 00:00")) is None


@pytest.mark.parametrize(
    ("site", "ever"),
    [
        (plan(ALL_DAY), False),
        (plan(ALL_DAY, holidays=(CLOSED,)), False),
        (plan(ALL_DAY, holidays=(CLOSED, Holiday(date(2026, 12, 26), "Boxing Day"))), True),
        (plan(ALL_DAY, NOBODY_THERE), True),
        (plan(ALL_DAY, duty=DutyRule.SIGNED_ON), True),
        (plan(ALL_DAY, duty=DutyRule.BOTH), True),
    ],
)
def test_whether_drivers_ever_come_while_nobody_is_there(site: SecurityPlan, ever: bool) -> None:
    assert ever_unattended(site) is ever


# --- daylight saving ----------------------------------------------------------------------------------

GOES_BACK, GOES_FORWARD = "2026-04-05", "2026-09-27"
"""Three o'clock becomes two; two o'clock becomes three."""


def test_where_clocks_go_back_a_shift_that_ends_in_the_doubled_hour_is_over_at_the_first_reading() -> None:
    site = plan(window(time(18), time(2, 30)))
    assert attended_hours(site, local(f"{GOES_BACK} 02:29"))
    assert not attended_hours(site, local(f"{GOES_BACK} 02:30"))
    assert not attended_hours(site, local(f"{GOES_BACK} 02:29", fold=1))


def test_where_clocks_go_back_a_shift_that_begins_in_the_doubled_hour_begins_at_the_second_reading() -> None:
    site = plan(window(time(2, 30), time(10)))
    assert not attended_hours(site, local(f"{GOES_BACK} 02:59"))
    assert not attended_hours(site, local(f"{GOES_BACK} 02:29", fold=1))
    assert attended_hours(site, local(f"{GOES_BACK} 02:30", fold=1))


def test_where_clocks_go_back_the_site_stays_open_by_what_the_clock_on_the_wall_shows() -> None:
    site = plan(window(time(18), time(2, 30)), window(time(2, 30), time(18), attended=False))
    for fold in (0, 1):
        assert all(is_open(site, local(f"{GOES_BACK} {clock}", fold)) for clock in ("02:00", "02:29", "02:30", "02:59"))


def test_where_clocks_go_forward_a_shift_never_counts_longer_than_it_can_be_meant() -> None:
    until, since = plan(window(time(18), time(2, 30))), plan(window(time(2, 30), time(10)))
    assert attended_hours(until, local(f"{GOES_FORWARD} 01:29"))
    assert not attended_hours(until, local(f"{GOES_FORWARD} 03:00"))
    assert not attended_hours(since, local(f"{GOES_FORWARD} 03:00"))
    assert attended_hours(since, local(f"{GOES_FORWARD} 03:30"))


@pytest.mark.parametrize(("day", "hours"), [(GOES_BACK, 9), (GOES_FORWARD, 7), ("2026-11-22", 8)])
def test_a_night_shift_over_the_change_is_an_hour_longer_or_shorter_and_without_a_gap(day: str, hours: int) -> None:
    site, ends = plan(NIGHT), local(f"{day} 06:00")
    begins = local(f"{date.fromisoformat(day) - timedelta(days=1)} 22:00")
    assert (ends.utc - begins.utc) == timedelta(hours=hours)
    minutes = range(hours * 60)
    assert all(attended_hours(site, at(day=begins.utc + timedelta(minutes=minute))) for minute in minutes)
    assert not attended_hours(site, at(day=begins.utc - timedelta(minutes=1)))
    assert not attended_hours(site, ends)


@given(
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.times().map(lambda each: each.replace(fold=0)),
    st.times().map(lambda each: each.replace(fold=0)),
    st.frozensets(st.integers(0, 6)),
)
def test_whatever_the_window_staff_are_only_there_while_it_is_open(
    passed: timedelta, opens: time, closes: time, days: frozenset[int]
) -> None:
    site, now = plan(window(opens, closes, days=days)), at(day=NOON + passed)
    assert is_open(site, now) or not attended_hours(site, now)


@pytest.mark.parametrize("day", [GOES_BACK, GOES_FORWARD])
def test_nor_where_clocks_change_whenever_it_opens_and_closes(day: str) -> None:
    begins = local(f"{day} 00:00").utc
    clocks = [time(minutes // 60, minutes % 60) for minutes in range(60, 240, 15)]
    for opens, closes in product(clocks, clocks):
        site = plan(window(opens, closes))
        for minutes in range(0, 360, 15):
            now = at(day=begins + timedelta(minutes=minutes))
            assert is_open(site, now) or not attended_hours(site, now), (opens, closes, minutes)


# --- who signed on --------------------------------------------------------------------------------------


def roster(*staff: str) -> Roster:
    kept = Roster()
    for staff_id in staff:
        kept.apply("staff-signed-on", signed_on(staff_id), at())
    return kept


BY_DAY = window(time(0), time(12))


@pytest.mark.parametrize(
    ("rule", "hour", "staff", "attended"),
    [
        (DutyRule.HOURS, 1, (), True),
        (DutyRule.HOURS, 13, ("staff-1",), False),
        (DutyRule.SIGNED_ON, 1, (), False),
        (DutyRule.SIGNED_ON, 1, ("staff-1",), True),
        (DutyRule.SIGNED_ON, 13, ("staff-1",), True),
        (DutyRule.SIGNED_ON, 14, ("staff-1",), False),
        (DutyRule.BOTH, 1, (), False),
        (DutyRule.BOTH, 1, ("staff-1",), True),
        (DutyRule.BOTH, 13, ("staff-1",), False),
        (DutyRule.SIGNED_ON, 1, ("stranger",), False),
        (DutyRule.BOTH, 1, ("stranger",), False),
    ],
)
def test_each_rule_says_when_staff_are_there(rule: DutyRule, hour: int, staff: tuple[str, ...], attended: bool) -> None:
    site = replace(PLAN, windows=(BY_DAY, NOBODY_THERE), duty=rule)
    found = attendance(site, RECORDS, roster(*staff), at(hour * 3600))
    assert found.attended is attended
    assert [each.staff_id for each in found.by] == (list(staff) if attended and rule is not DutyRule.HOURS else [])


def test_whoever_is_no_longer_in_the_sites_records_is_on_duty_for_nobody() -> None:
    site = replace(PLAN, duty=DutyRule.SIGNED_ON)
    assert attendance(site, RECORDS, roster("staff-1"), at()).attended
    assert not attendance(site, records_with(staff=()), roster("staff-1"), at()).attended


def test_on_a_holiday_the_site_is_attended_by_who_signed_on_where_that_alone_counts() -> None:
    today = Holiday(NOON.date(), "Show Day")
    for rule, attended in ((DutyRule.SIGNED_ON, True), (DutyRule.BOTH, False), (DutyRule.HOURS, False)):
        site = replace(PLAN, holidays=(today,), duty=rule)
        assert attendance(site, RECORDS, roster("staff-1"), at()).attended is attended
