"""What calls for somebody, on every screen: overdue, held, lost. The weightiest first."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from kiosk.console.gatehouse_link import LineState
from kiosk.ui.gatehouse.view import alerts, evacuation
from kiosk.ui.gatehouse.view.deeds import Place
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.words import Tone, listed, some, when_and_ago

OUT: Final = frozenset({"lost", "full"})
"""The condition of a part that does not work."""

UNWELL: Final = frozenset({"unsteady", "nearly full", "low", "hot"})
"""How a part or the machine is that is to be seen to before it keeps drivers waiting."""


class Call(Struct, frozen=True):
    """Something that calls for somebody.

    Attributes:
        text: What, in a line.
        place: Where it is dealt with; None where no place helps.
        tone: BAD shouts, WARN asks.
    """

    text: str
    place: Place | None = None
    tone: Tone = Tone.BAD


def calls(known: Known, now: datetime) -> tuple[Call, ...]:
    """All that calls for somebody now."""
    return tuple(call for each in _EACH for call in each(known, now))


def _line(known: Known, now: datetime) -> Iterator[Call]:
    if known.line.state is LineState.OTHER_VERSION:
        yield Call("ANOTHER VERSION of the kiosk runs: end this console and start it again")
    elif known.line.state is LineState.LOST:
        since = f" since {when_and_ago(known.line_since, known.zone, now)}" if known.line_since else ""
        yield Call(f"KIOSK NOT REACHED{since}: what stands here is as of then")


def _evacuation(known: Known, now: datetime) -> Iterator[Call]:
    if known.evacuation is not None:
        yield Call(evacuation.roll_title(known, now).text, Place.EVACUATION)


def _driver(known: Known, _now: datetime) -> Iterator[Call]:
    for row in known.holds.rows if known.holds else ():
        if row.at_kiosk:
            yield Call(f"A DRIVER WAITS AT THE KIOSK: {row.driver}, {row.operator}: {row.headline}", Place.HOLDS)


def _parts(known: Known, _now: datetime) -> Iterator[Call]:
    for part in known.gate.parts if known.gate else ():
        if part.condition in OUT:
            yield Call(f"{part.part.upper()} {part.condition.upper()}: {part.detail}", Place.GATE)


def _unwell(known: Known, _now: datetime) -> Iterator[Call]:
    for each in (*known.gate.parts, *known.gate.machine) if known.gate else ():
        if each.condition in UNWELL:
            detail = f": {each.detail}" if each.detail else ""
            yield Call(f"{each.part} {each.condition}{detail}", Place.GATE, Tone.WARN)


def _overdue(known: Known, _now: datetime) -> Iterator[Call]:
    if known.queue and (late := sum(row.overdue for row in known.queue.rows)):
        waits = "waits" if late == 1 else "wait"
        yield Call(f"OVERDUE: {some(late, 'uplift')} {waits} for longer than {known.queue.overdue_h:g} h", Place.QUEUE)
    if known.incidents and (late := sum(row.overdue for row in known.incidents.rows if row.closed is None)):
        yield Call(f"OVERDUE: {some(late, 'incident')} not yet reported to Customs", Place.INCIDENTS)


def _held(known: Known, _now: datetime) -> Iterator[Call]:
    rows = [row for row in known.holds.rows if not row.at_kiosk] if known.holds else []
    if rows:
        names = listed(tuple(row.driver for row in rows))
        yield Call(f"{some(len(rows), 'truck')} held: {names}", Place.HOLDS, Tone.WARN)


def _new(known: Known, _now: datetime) -> Iterator[Call]:
    if new := alerts.new(known):
        yield Call(f"{some(new, 'alert')} that nobody has looked into", Place.ALERTS, Tone.WARN)
    if known.incidents and (offered := len(known.incidents.offers)):
        asked = "Is it an incident?" if offered == 1 else "Are they incidents?"
        yield Call(f"{some(offered, 'thing')} happened. {asked}", Place.INCIDENTS, Tone.WARN)


def _repack(known: Known, _now: datetime) -> Iterator[Call]:
    if known.on_site and known.on_site.to_repack:
        yield Call(f"To be repacked: {listed(known.on_site.to_repack)} (clause 9.1)", Place.ON_SITE)


def _unchecked(known: Known, _now: datetime) -> Iterator[Call]:
    alone = [row.name for row in known.on_site.people if row.unchecked] if known.on_site else []
    if alone:
        yield Call(f"Signed in alone, to be checked: {listed(tuple(alone))}", Place.ON_SITE, Tone.WARN)


def _long(known: Known, _now: datetime) -> Iterator[Call]:
    long = [row.name for row in known.on_site.people if row.long] if known.on_site else []
    if long:
        yield Call(f"Long on site: {listed(tuple(long))}", Place.ON_SITE, Tone.WARN)


def _upkeep(known: Known, _now: datetime) -> Iterator[Call]:
    if known.gate and known.gate.backup_trouble:
        yield Call(f"BACKUP: {known.gate.backup_trouble}", Place.GATE)
    if known.gate and known.gate.list_words:
        yield Call(known.gate.list_words, Place.GATE, Tone.WARN)
    if known.session and known.session.warning:
        yield Call(known.session.warning, None, Tone.WARN)


_EACH: Final[tuple[Callable[[Known, datetime], Iterator[Call]], ...]] = (
    _line,
    _evacuation,
    _driver,
    _parts,
    _overdue,
    _repack,
    _upkeep,
    _unwell,
    _held,
    _new,
    _unchecked,
    _long,
)
"""In the order of their weight."""


def banner(known: Known, now: datetime, most: int) -> tuple[Call, ...]:
    """What stands over every screen: all that shouts, as far as there is room; the last line says how many more.

    Args:
        known: What this console was told.
        now: The moment that is now.
        most: Lines that there is room for.
    """
    loud = [call for call in calls(known, now) if call.tone is Tone.BAD]
    if len(loud) <= most:
        return tuple(loud)
    more = len(loud) - most + 1
    return (*loud[: most - 1], Call(f"and {more} more: see 1 Gate", Place.GATE))
