"""What a console is told: the gatehouse's books and the lane, as this person may see them. Pure."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from kiosk.console import messages as msg
from kiosk.console.gatehouse import GateNow, HoldsNow, PartRow, Told
from kiosk.core.lane import Lane
from kiosk.core.times import Moment
from kiosk.gatehouse import holds
from kiosk.gatehouse.book import GatehouseBook
from kiosk.site import Site
from kiosk.station.consoles.on_site import people_on_site


class Standing(Struct, frozen=True):
    """How things stand, besides what the books hold.

    Attributes:
        lane: The lane; only looked at.
        health: What the health line says.
        lane_words: What the driver's screen shows, in a few words; empty when nobody is served.
        lane_since: Since when.
        now: Both clocks.
        site: The site's settings.
    """

    lane: Lane
    health: msg.Health
    lane_words: str
    lane_since: datetime | None
    now: Moment
    site: Site


def board(book: GatehouseBook, standing: Standing) -> Iterator[Told]:
    """All that a person is told who is logged on."""
    lane = standing.lane
    word = lane.place.word.text if lane.place.word is not None else ""
    visit = lane.visit.file.visit_id if lane.visit is not None else ""
    limits, zone = standing.site.gatehouse, standing.site.plan.timezone
    yield book.incidents.told(standing.now, limits.report_within_h, zone)
    yield book.evacuation.told(people_on_site(book, lane, standing.site, standing.now))
    yield HoldsNow(holds.rows(book.holds, visit, word))
    yield _gate(book, standing, word)


def _gate(book: GatehouseBook, standing: Standing, word: str) -> GateNow:
    plan, health = standing.lane.situation.plan, standing.health
    return GateNow(
        attended=False,
        on_duty=(),
        parts=tuple(
            PartRow(part.part.value, part.condition.value, part.detail, part.mend) for part in standing.health.parts
        ),
        lane=standing.lane_words,
        lane_since=standing.lane_since,
        message=word,
        backup_age_h=health.backup.age_h,
        backup_trouble=health.backup.trouble or (f"{health.backup.late_h} h late" if health.backup.late_h else ""),
        list_words=_list_words(health.approved_list),
        uplifts_by_hour=book.traffic.by_hour(standing.now.utc),
        verified_today=book.traffic.verified_today(standing.now.utc, plan.timezone),
    )


def _list_words(approved: msg.ListHealth) -> str:
    if approved.expired:
        return "the approved list has run out"
    if approved.days_left is None:
        return ""
    return f"the approved list runs out in {approved.days_left} days"
