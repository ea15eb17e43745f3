"""Who is on site: the gate's roster, visitors and staff on duty, brought together."""

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.attendance import staff_on_duty
from kiosk.core.duty import OnDuty as SignedOn
from kiosk.core.lane import Lane
from kiosk.core.times import Moment
from kiosk.gatehouse.book import GatehouseBook
from kiosk.gatehouse.people import LongStays, on_site, staff_to_call
from kiosk.site import Site


def people_on_site(book: GatehouseBook, lane: Lane, site: Site, now: Moment) -> tuple[PersonRow, ...]:
    """Everyone on site, the longest first: the same as `sealgate report evacuation` makes of the ledger alone."""
    situation, hours = lane.situation, site.gatehouse.visitor_hours
    return on_site(
        situation.roster.everyone(),
        book.visitors.rows(now, hours),
        staff_to_call(situation.roster.duty, now, situation.plan.duty_lapses_h),
        situation.records,
        now,
        LongStays(situation.plan.anti_passback_h, hours),
    )


def on_duty(lane: Lane, now: Moment) -> tuple[SignedOn, ...]:
    """Members of staff who are signed on, the longest first."""
    around = lane.situation
    return staff_on_duty(around.plan, around.records, around.roster, now)


def cards_of(staff_id: str, lane: Lane) -> frozenset[str]:
    """What a reader sees of the cards that a person has or had, as entries write it: by the records and the ledger."""
    records, book = lane.situation.records, lane.situation.roster.cards
    known = {str(card.credential) for card in records.cards() if card.holder_id == staff_id}
    return frozenset(known | {str(each) for each in book.told_of() if book.story(each).holder_id == staff_id})
