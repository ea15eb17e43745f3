"""Who is on site (clauses 3.1, 4.1, 5.2): drivers by the gate's roster, visitors and contractors, staff on duty."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.records import Records
from kiosk.core.roster import OnSite
from kiosk.core.times import Moment, seconds_between


class OnDuty(Struct, frozen=True):
    """A member of staff who is on duty: id, name, and since when."""

    staff: str
    name: str
    since: Moment


class LongStays(Struct, frozen=True):
    """Hours from which on a stay is longer than the site expects.

    Attributes:
        drivers_h: A driver's: `SecurityPlan.anti_passback_h`.
        visitors_h: A visitor's, a contractor's, and a member of staff's on duty.
    """

    drivers_h: float
    visitors_h: float


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
        staff: Who is on duty.
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
            detail="on duty",
            long=_is_long(each.since, now, long.visitors_h),
        )


def _is_long(since: Moment, now: Moment, hours: float) -> bool:
    return seconds_between(since, now) >= hours * 3600
