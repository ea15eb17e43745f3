"""The gate at a glance: numbers, the gate's own state, its parts, and the day as a plot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from kiosk.console.gatehouse_told import PartRow
from kiosk.ui.gatehouse.view import alerts, on_site
from kiosk.ui.gatehouse.view.deeds import TABS, Place
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.words import Fact, Piece, Tone, age, fact, listed, some


class Tile(Struct, frozen=True):
    """A number that a person takes in at a glance.

    Attributes:
        place: Where more of it is.
        number: The number; a dash while it is not told.
        tone: Of the number.
        lines: What it is, and what is special.
    """

    place: Place
    number: str
    tone: Tone
    lines: tuple[Piece, ...]

    @property
    def title(self) -> str:
        """The place with the key that leads there."""
        return f"{TABS.index(self.place) + 1} {self.place.value}"


def tiles(known: Known, now: datetime) -> tuple[Tile, ...]:
    """The numbers, in the order of their tabs."""
    return (_queue(known, now), _holds(known, now), _incidents(known), _on_site(known), _alerts(known))


def _untold(place: Place) -> Tile:
    return Tile(place, "-", Tone.QUIET, (Piece("not told yet", Tone.QUIET),))


def _tile(place: Place, number: int, what: str, *special: Piece | None) -> Tile:
    lines = tuple(piece for piece in special if piece is not None)
    tones = {piece.tone for piece in lines}
    worst = next((tone for tone in (Tone.BAD, Tone.WARN) if tone in tones), Tone.STRONG if number else Tone.QUIET)
    return Tile(place, str(number), worst, (Piece(what), *lines))


def _if(count: int, text: str, tone: Tone) -> Piece | None:
    return Piece(f"! {count} {text}", tone) if count else None


def _queue(known: Known, now: datetime) -> Tile:
    if known.queue is None:
        return _untold(Place.QUEUE)
    rows = known.queue.rows
    oldest = min((row.at for row in rows), default=None)
    return _tile(
        Place.QUEUE,
        len(rows),
        "to verify",
        _if(sum(row.overdue for row in rows), "OVERDUE", Tone.BAD),
        _if(sum(bool(row.odd) for row in rows), "odd", Tone.WARN),
        Piece(f"oldest {age(oldest, now)}", Tone.QUIET) if oldest is not None else None,
    )


def _holds(known: Known, now: datetime) -> Tile:
    if known.holds is None:
        return _untold(Place.HOLDS)
    rows = known.holds.rows
    longest = min((row.since for row in rows), default=None)
    held = Piece(f"! for {age(longest, now)}", Tone.WARN) if longest is not None else None
    return _tile(Place.HOLDS, len(rows), "held", _if(sum(row.at_kiosk for row in rows), "AT KIOSK", Tone.BAD), held)


def _incidents(known: Known) -> Tile:
    if known.incidents is None:
        return _untold(Place.INCIDENTS)
    rows = [row for row in known.incidents.rows if row.closed is None]
    unreported = [row for row in rows if row.reported is None]
    return _tile(
        Place.INCIDENTS,
        len(rows),
        "open",
        _if(sum(row.overdue for row in unreported), "OVERDUE", Tone.BAD),
        _if(len(unreported), "to report", Tone.WARN),
        _if(len(known.incidents.offers), "to judge", Tone.WARN),
    )


def _on_site(known: Known) -> Tile:
    if known.on_site is None:
        return _untold(Place.ON_SITE)
    people = known.on_site.people
    drivers = sum(row.what == "driver" for row in people)
    return _tile(
        Place.ON_SITE,
        len(people),
        f"{drivers} drivers",
        _if(len(known.on_site.to_repack), "to repack", Tone.BAD),
        _if(on_site.unchecked(known), "to check", Tone.WARN),
        _if(sum(row.long for row in people), "long here", Tone.WARN),
    )


def _alerts(known: Known) -> Tile:
    if known.alerts is None:
        return _untold(Place.ALERTS)
    new = alerts.new(known)
    return _tile(Place.ALERTS, new, "new", Piece("! look at it", Tone.BAD) if new else None)


def gate_facts(known: Known, now: datetime) -> tuple[Fact, ...]:
    """The gate's own state."""
    gate = known.gate
    if gate is None:
        return (fact("Gate", "not told yet", Tone.QUIET),)
    lane = gate.lane or "nobody"
    since = f", {age(gate.lane_since, now)}" if gate.lane and gate.lane_since else ""
    return (
        fact("Gate", "+ attended" if gate.attended else "- unattended", Tone.WELL if gate.attended else Tone.WARN),
        fact("On duty", listed(gate.on_duty, "nobody")),
        fact("At kiosk", f"{lane}{since}", Tone.STRONG if gate.lane else Tone.PLAIN),
        *((fact("Message", gate.message, Tone.STRONG),) if gate.message else ()),
        Fact("Backup", _backup(known)),
        *((fact("List", f"! {gate.list_words}", Tone.WARN),) if gate.list_words else ()),
        fact("Verified", f"{some(gate.verified_today, 'uplift')} today"),
    )


def _backup(known: Known) -> Piece:
    gate = known.gate
    assert gate is not None, "asked for a gate that was told"
    made = "none yet" if gate.backup_age_h is None else f"{gate.backup_age_h} h ago"
    if gate.backup_trouble:
        return Piece(f"! {made}: {gate.backup_trouble}", Tone.BAD)
    return Piece(f"+ {made}", Tone.WELL) if gate.backup_age_h is not None else Piece("! none yet", Tone.WARN)


_CONDITIONS: Final[Mapping[str, tuple[str, Tone]]] = {
    "working": ("+", Tone.WELL),
    "well": ("+", Tone.WELL),
    "starting": (".", Tone.QUIET),
    "not measured": (".", Tone.QUIET),
    "lost": ("!", Tone.BAD),
    "full": ("!", Tone.BAD),
}
"""A condition's mark and tone; of every other one, such as being short of something, a warning."""


def part_facts(known: Known) -> tuple[Fact, ...]:
    """How each part of the kiosk is, and its machine."""
    parts = (*known.gate.parts, *known.gate.machine) if known.gate else ()
    return tuple(Fact(part.part, _condition(part)) for part in parts)


def _condition(part: PartRow) -> Piece:
    mark, tone = _CONDITIONS.get(part.condition, ("!", Tone.WARN))
    told = part.condition.upper() if tone is Tone.BAD else part.condition
    more = ": ".join(text for text in (told, part.detail) if text)
    return Piece(f"{mark} {'. '.join(text for text in (more, part.mend) if text)}", tone)


def plot_title(known: Known) -> str:
    """What the plot is headed by."""
    counts = known.gate.uplifts_by_hour if known.gate else ()
    return f"Uplifts by the hour: {sum(counts)} in {len(counts)} h" if counts else "Uplifts by the hour: not told yet"
