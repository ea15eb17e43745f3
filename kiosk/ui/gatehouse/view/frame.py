"""What stands around every place: who and when at the top, the tabs, the keys of the moment at the bottom."""

from datetime import datetime

from msgspec import Struct

from kiosk.console.gatehouse_told import LoggedOn
from kiosk.ui.gatehouse.view import accounts, alerts
from kiosk.ui.gatehouse.view.deeds import TABS, Deed, Place, deeds_at, key_shown, why_not
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.words import Piece, Tone


def top(known: Known, now: datetime, width: int) -> tuple[Piece, Piece]:
    """The top line: the site and who is logged on at the left, the site's time at the right."""
    there = now.astimezone(known.zone)
    time = f"{there:%a} {there.day} {there:%b %H:%M} "
    who = f"  {accounts.who(known.session)}" if known.session else ""
    left = f" {known.site_name}{who}"
    room = max(width - len(time), 0)
    return Piece(left[:room].ljust(room), Tone.STRONG), Piece(time, Tone.STRONG)


class Tab(Struct, frozen=True):
    """A tab.

    Attributes:
        place: Where it leads.
        text: Its number, name and count, with a column before it and, where there is room, one after it. What is
            chosen stands in brackets.
        tone: BAD when something there shouts.
        chosen: It is the one on show.
    """

    place: Place
    text: str
    tone: Tone
    chosen: bool


def tabs(known: Known, chosen: Place, width: int) -> tuple[Tab, ...]:
    """The tabs, in as few letters as the line needs."""
    for brief in (False, True):
        found = tuple(_tab(known, place, number, place is chosen, brief) for number, place in enumerate(TABS, 1))
        if sum(len(tab.text) for tab in found) <= width:
            break
    return found


_BRIEF = {
    Place.INCIDENTS: "Incid",
    Place.ON_SITE: "Site",
    Place.ACCOUNTS: "Accts",
    Place.EVACUATION: "Evac",
}


def _tab(known: Known, place: Place, number: int, chosen: bool, brief: bool) -> Tab:
    count, tone = _count(known, place)
    name = _BRIEF.get(place, place.value) if brief else place.value
    mark = "!" if tone is Tone.BAD else ""
    text = f"{number} {name}{f' {count}' if count else ''}{mark}"
    return Tab(place, f"[{text}]" if chosen else f" {text}" if brief else f" {text} ", tone, chosen)


def _count(known: Known, place: Place) -> tuple[int, Tone]:
    """How many things wait at a place, and how loudly."""
    count, loud = 0, False
    match place:
        case Place.QUEUE if known.queue:
            count, loud = len(known.queue.rows), any(row.overdue for row in known.queue.rows)
        case Place.HOLDS if known.holds:
            count, loud = len(known.holds.rows), bool(known.holds.rows)
        case Place.INCIDENTS if known.incidents:
            rows = [row for row in known.incidents.rows if row.closed is None]
            count, loud = len(rows) + len(known.incidents.offers), any(row.overdue for row in rows)
        case Place.ON_SITE if known.on_site:
            count, loud = len(known.on_site.people), bool(known.on_site.to_repack)
        case Place.ALERTS if known.alerts:
            count = alerts.new(known)
            loud = bool(count)
        case Place.EVACUATION:
            loud = known.evacuation is not None
        case _:
            pass
    return count, Tone.BAD if loud else Tone.PLAIN


class KeyHint(Struct, frozen=True):
    """A key of the moment.

    Attributes:
        deed: What it does.
        key: The key, as it is told.
        label: What it does, a word or two.
        may: Whether this person may; who may not is told why when they try.
    """

    deed: str
    key: str
    label: str
    may: bool

    @property
    def width(self) -> int:
        """Columns that it takes, the gap after it included."""
        return len(self.key) + len(self.label) + 3


def hints(place: Place, session: LoggedOn | None, width: int) -> tuple[KeyHint, ...]:
    """The keys of the moment, as many as the line holds; the others stand in the help."""
    deeds = [deed for deed in deeds_at(place) if deed.footer and deed.keys]
    found = [_hint(deed, session) for deed in deeds]
    while sum(hint.width for hint in found) > width:
        last = max(range(len(deeds)), key=lambda at: (deeds[at].footer, at))
        del deeds[last], found[last]
    return tuple(found)


def _hint(deed: Deed, session: LoggedOn | None) -> KeyHint:
    return KeyHint(deed.name, key_shown(deed.keys[0]), deed.label, not why_not(deed, session))


LEAST_COLUMNS, LEAST_ROWS = 80, 24


def too_small(width: int, height: int) -> bool:
    """Whether nothing of use finds room."""
    return width < LEAST_COLUMNS or height < LEAST_ROWS


def too_small_words(width: int, height: int) -> str:
    """What is said then."""
    return (
        f"This window is too small.\nIt has {width} columns and {height} rows.\n"
        f"It needs {LEAST_COLUMNS} and {LEAST_ROWS}."
    )
