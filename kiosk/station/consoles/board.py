"""What a console is told: the gatehouse's books and the lane, as this person may see them. Pure."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from kiosk.console import messages as msg
from kiosk.console.gatehouse_told import AlertRow, AlertsNow, GateNow, HoldsNow, PartRow, QueueNow, Told
from kiosk.core.attendance import attendance
from kiosk.core.lane import Lane
from kiosk.core.times import Moment
from kiosk.gatehouse import holds
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.alerts import Alert
from kiosk.gatehouse.book import GatehouseBook
from kiosk.gatehouse.queue_views import rows
from kiosk.gatehouse.roles import MAY, Action, Role
from kiosk.site import Site
from kiosk.station.consoles.door import Door
from kiosk.station.consoles.on_site import cards_of, on_duty, people_on_site


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


def told_to(who: Actor, book: GatehouseBook, standing: Standing, door: Door) -> Iterator[Told]:
    """All that a person is told who is logged on."""
    yield from _of_everyone(book, standing)
    cards = cards_of(who.staff_id, standing.lane) if book.queue.waiting() else frozenset[str]()
    yield QueueNow(rows(book.queue, who, standing.now, cards), standing.site.gatehouse.verify_within_h)
    if Action.ACCOUNTS in MAY[who.role] or who.role is Role.AUDITOR:
        yield door.accounts()


def _of_everyone(book: GatehouseBook, standing: Standing) -> Iterator[Told]:
    lane = standing.lane
    word = lane.place.word.text if lane.place.word is not None else ""
    visit = lane.visit.file.visit_id if lane.visit is not None else ""
    limits, zone = standing.site.gatehouse, standing.site.plan.timezone
    yield book.incidents.told(standing.now, limits.report_within_h, zone)
    yield book.evacuation.told(people_on_site(book, lane, standing.site, standing.now))
    yield AlertsNow(tuple(map(_alert, book.alerts.all())))
    yield HoldsNow(holds.rows(book.holds, visit, word))
    yield _gate(book, standing, word)


def _alert(alert: Alert) -> AlertRow:
    return AlertRow(alert.alert, alert.at, alert.what, alert.text, alert.seen_by)


def _gate(book: GatehouseBook, standing: Standing, word: str) -> GateNow:
    around, health = standing.lane.situation, standing.health
    plan, there = around.plan, attendance(around.plan, around.records, around.roster, standing.now)
    return GateNow(
        attended=there.attended,
        on_duty=tuple(each.name for each in on_duty(standing.lane, standing.now)),
        parts=tuple(
            PartRow(part.part.value, part.condition.value, part.detail, part.mend) for part in standing.health.parts
        ),
        machine=tuple(
            PartRow(each.measure.value, each.reading.value, each.detail, each.mend) for each in standing.health.machine
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
