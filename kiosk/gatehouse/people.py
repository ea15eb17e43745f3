"""Who is on site (clauses 3.1, 4.1, 5.2): drivers by the gate's roster, visitors and contractors, staff on duty.

Whether a site is attended and who is to be called in an emergency are two questions: in doubt nobody guards it, and
everybody is called.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec import Struct

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.duty import DutyBook
from kiosk.core.records import Records
from kiosk.core.roster import OnSite
from kiosk.core.times import ClockState, Moment, seconds_between


class OnDuty(Struct, frozen=True):
    """A member of staff who is on duty, or may be.

    Attributes:
        staff: Who.
        name: Their name.
        since: When they signed on.
        sure: No clock can tell whether their sign-on has lapsed, where this is False.
    """

    staff: str
    name: str
    since: Moment
    sure: bool = True


_MAY_BE_OFF: Final = "signed on; no clock can tell whether still on duty"


class LongStays(Struct, frozen=True):
    """Hours from which on a stay is longer than the site expects.

    Attributes:
        drivers_h: A driver's: `SecurityPlan.anti_passback_h`.
        visitors_h: A visitor's, a contractor's, and a member of staff's on duty.
    """

    drivers_h: float
    visitors_h: float


def staff_to_call(duty: DutyBook, now: Moment, lapses_h: float) -> tuple[OnDuty, ...]:
    """Staff who signed on and not off, the longest first; but for those of whom it is sure that it was long ago.

    Args:
        duty: Who signed on, by the ledger.
        now: The time.
        lapses_h: Hours after which a sign-on counts as a forgotten sign-off.
    """
    said: Any = duty.statement()
    everyone = ((each["staff"], each["name"], Moment.of_since(each)) for each in said)
    sure = {each.staff_id for each in duty.on_duty(now, lapses_h)}
    return tuple(
        OnDuty(staff, name, since, staff in sure)
        for staff, name, since in everyone
        if staff in sure or _in_doubt(since, now)
    )


def _in_doubt(since: Moment, now: Moment) -> bool:
    """Whether nobody can tell how long ago it was: only a wall clock spans two runs of the machine, and it is wrong."""
    if since.boot == now.boot:
        return False
    return ClockState.DOUBTFUL in {since.clock, now.clock} or seconds_between(since, now) < 0


def on_site(
    drivers: Iterable[OnSite],
    visitors: Iterable[PersonRow],
    staff: Iterable[OnDuty],
    records: Records,
    now: Moment,
    long: LongStays,
) -> tuple[PersonRow, ...]:
    """Everyone, the longest first.

    Args:
        drivers: `Roster.everyone`.
        visitors: `VisitorBook.rows`.
        staff: Who is on duty, or may be.
        records: Who the drivers are.
        now: The time.
        long: From when on a stay is long.
    """
    rows = (*_drivers(drivers, records, now, long), *visitors, *_staff(staff, now, long))
    return tuple(sorted(rows, key=lambda each: each.since))


def _drivers(stays: Iterable[OnSite], records: Records, now: Moment, long: LongStays) -> Iterator[PersonRow]:
    for stay in stays:
        driver = records.driver(stay.driver_id)
        operator = records.operator(driver.operator_id) if driver is not None else None
        yield PersonRow(
            key=f"driver {stay.driver_id}",
            what="driver",
            name=driver.name if driver is not None else stay.driver_id,
            company=operator.name if operator is not None else driver.operator_id if driver is not None else "",
            since=stay.since.utc,
            detail=_standing(stay),
            long=_is_long(stay.since, now, long.drivers_h),
        )


def _standing(stay: OnSite) -> str:
    """How a visit stands. Whose exit nobody saw is called, too: nobody knows that they left."""
    if stay.held:
        return "held"
    where = "exit not seen" if stay.ended else "at the kiosk"
    return f"took a load; {where}" if stay.uplifted else where


def _staff(staff: Iterable[OnDuty], now: Moment, long: LongStays) -> Iterator[PersonRow]:
    for each in staff:
        yield PersonRow(
            key=f"staff {each.staff}",
            what="staff",
            name=each.name,
            company="",
            since=each.since.utc,
            detail="on duty" if each.sure else _MAY_BE_OFF,
            long=_is_long(each.since, now, long.visitors_h),
        )


def _is_long(since: Moment, now: Moment, hours: float) -> bool:
    return seconds_between(since, now) >= hours * 3600
