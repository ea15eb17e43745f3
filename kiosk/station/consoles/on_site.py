"""Who is on site: the gate's roster, visitors and staff on duty, brought together."""

from kiosk.console.gatehouse import PersonRow
from kiosk.core.lane import Lane
from kiosk.core.times import Moment
from kiosk.gatehouse.book import GatehouseBook
from kiosk.gatehouse.people import LongStays, OnDuty, on_site
from kiosk.site import Site


def people_on_site(book: GatehouseBook, lane: Lane, site: Site, now: Moment) -> tuple[PersonRow, ...]:
    """Everyone on site, the longest first."""
    situation, hours = lane.situation, site.gatehouse.visitor_hours
    return on_site(
        situation.roster.everyone(),
        book.visitors.rows(now, hours),
        staff_on_duty(lane, now),
        situation.records,
        now,
        LongStays(situation.plan.anti_passback_h, hours),
    )


def staff_on_duty(_lane: Lane, _now: Moment) -> tuple[OnDuty, ...]:
    """Members of staff who are signed on."""
    return ()
