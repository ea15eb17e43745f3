"""Whether the site is open, and whether staff are there: by its hours, its holidays and who signed on (5.2, 5.3)."""

from datetime import timedelta

from msgspec import Struct

from kiosk.core.duty import DutyRule, OnDuty
from kiosk.core.plan import Holiday, SecurityPlan
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.times import Moment


class Attendance(Struct, frozen=True):
    """Whether staff are there.

    Attributes:
        attended: Whether they are.
        by: Who signed on, where the site goes by that; empty where it goes by its hours alone.
    """

    attended: bool
    by: tuple[OnDuty, ...] = ()


def attendance(plan: SecurityPlan, records: Records, roster: Roster, at: Moment) -> Attendance:
    """Whether staff are there at a moment, by the rule that the plan has."""
    hours = attended_hours(plan, at)
    if plan.duty is DutyRule.HOURS:
        return Attendance(hours)
    on_duty = staff_on_duty(plan, records, roster, at)
    attended = bool(on_duty) and (hours or plan.duty is DutyRule.SIGNED_ON)
    return Attendance(attended, on_duty if attended else ())


def staff_on_duty(plan: SecurityPlan, records: Records, roster: Roster, at: Moment) -> tuple[OnDuty, ...]:
    """Who is signed on and still of the site's staff: whoever left its records is nobody's guard (clause 2.4)."""
    signed_on = roster.duty.on_duty(at, plan.duty_lapses_h)
    return tuple(each for each in signed_on if records.staff_member(each.staff_id) is not None)


def attended_hours(plan: SecurityPlan, at: Moment) -> bool:
    """Whether an attended window is open.

    On a holiday none is, from midnight to midnight; nor is the rest of one that would have begun on a holiday.
    """
    holidays = {holiday.day for holiday in plan.holidays}
    today = at.utc.astimezone(plan.timezone).date()
    if today in holidays:
        return False
    begun = {today, today - timedelta(days=1)} - holidays
    attended = (window for window in plan.windows if window.attended)
    return any(window.begun_on(day, at.utc, plan.timezone) for window in attended for day in begun)


def is_open(plan: SecurityPlan, at: Moment) -> bool:
    """Whether drivers may come at this hour, attended or not."""
    local = at.utc.astimezone(plan.timezone)
    return any(window.covers(local) for window in plan.windows)


def closed_for(plan: SecurityPlan, at: Moment) -> Holiday | None:
    """The holiday for which the site is closed all day; None on any other day."""
    today = at.utc.astimezone(plan.timezone).date()
    return next((holiday for holiday in plan.holidays if holiday.closed and holiday.day == today), None)


def ever_unattended(plan: SecurityPlan) -> bool:
    """Whether drivers may ever come while nobody is there: then cards must be able to prove themselves."""
    unattended = any(not window.attended for window in plan.windows)
    holidays = any(not holiday.closed for holiday in plan.holidays)
    return unattended or holidays or plan.duty is not DutyRule.HOURS
