"""One incident as the gatehouse knows it, and how a console shows it."""

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.gatehouse_told import IncidentRow
from kiosk.core.incidents import still_to_write
from kiosk.core.times import Moment, seconds_between
from kiosk.gatehouse.recorded import Recorded, Refused
from kiosk.gatehouse.saying import Said, words

BY_MAIL: Final = "mail"
BY_FILE: Final = "file"

CLOSED_FOR: Final = timedelta(days=14)
"""For how long a closed incident is still shown."""

OFFERED_FOR: Final = timedelta(days=3)
"""For how long an entry is offered: whoever was on duty has been back by then. The ledger keeps it."""

MOST_CLOSED: Final = 100
MOST_OFFERED: Final = 50
MOST_ABOUT: Final = 50
"""Entries that an incident names: the first, and the newest of more."""
MOST_NAMES: Final = 100
MOST_NOTES: Final = 30
MOST_NOTES_CLOSED: Final = 10
"""Of one that was closed: it is looked at, and takes nothing more."""
MOST_SHOWN: Final = 500
"""Characters of a text that are shown in a row; the ledger has all of it."""
MOST_REPORT: Final = 100_000
"""Characters of a report: an incident with its fifty entries takes a third of it."""


class Note(Struct, frozen=True):
    """Something more that became known.

    Attributes:
        at: When.
        by: Who said so.
        text: In words.
    """

    at: Said
    by: str
    text: str


class Told(Struct, frozen=True):
    """A report: when, by whom, how (``mail``, ``file`` or in words), and to whom."""

    at: Said
    by: str
    how: str
    to: tuple[str, ...]


class Incident(Struct, frozen=True, kw_only=True):
    """An incident.

    Attributes:
        incident: Its number: that of the entry that opened it.
        at: When it was opened.
        what: IncidentKind's value.
        text: In words.
        about: The entries that belong to it.
        names: What it is about.
        by: Who opened it; empty when an entry did so by itself.
        notes: What became known since.
        reported: The last report that went to Customs.
        written: The last report that lies in a file.
        closed: When it was closed.
    """

    incident: int
    at: Said
    what: str
    text: str
    about: tuple[int, ...]
    names: tuple[str, ...]
    by: str = ""
    notes: tuple[Note, ...] = ()
    reported: Told | None = None
    written: Told | None = None
    closed: Said | None = None


class Offer(Struct, frozen=True):
    """An entry of which a person says whether it is an incident."""

    entry: int
    at: Said
    what: str
    text: str
    names: tuple[str, ...]


def whole_report(text: str) -> str:
    """A report in which nothing is left to write, as it goes out.

    Raises:
        Refused: Marks are left, or it is empty or too long.
    """
    whole = words(text, "the report", most=MOST_REPORT) + "\n"
    if left := still_to_write(whole):
        raise Refused(
            expected="a report with nothing left to write",
            got=f"{len(left)} marks, the first: {left[0][:80]}",
            mend="write what is asked for in place of each [TO BE WRITTEN: ...]",
        )
    return whole


def incident_of(
    entry: Recorded, what: str, text: str, about: tuple[int, ...], names: frozenset[str], by: str = ""
) -> Incident:
    """The incident that an entry opens; see Incident."""
    return Incident(
        incident=entry.seq,
        at=Said.of(entry.at),
        what=what,
        text=short(text),
        about=about,
        names=tuple(sorted(names)[:MOST_NAMES]),
        by=by,
    )


def with_note(incident: Incident, note: Note) -> Incident:
    """The incident with what became known; of many notes the newest."""
    return replace(incident, notes=(*incident.notes, note)[-MOST_NOTES:])


def closed_by(incident: Incident, note: Note) -> Incident:
    """The incident as it is kept once it was closed, as the note says."""
    return replace(incident, notes=(*incident.notes, note)[-MOST_NOTES_CLOSED:], names=(), closed=note.at)


def more_about(about: tuple[int, ...], seq: int) -> tuple[int, ...]:
    """Its entries, and one more: the first stays, whatever comes."""
    more = (*about, seq)
    return more if len(more) <= MOST_ABOUT else (more[0], *more[-MOST_ABOUT + 1 :])


def how_told(told: Told) -> str:
    """How a report went out, in words."""
    to = f" to {', '.join(told.to)}" if told.to else ""
    match told.how:
        case "mail":
            return f"reported by mail{to}"
        case "file":
            return "report written as a file; not known to be sent"
        case other:
            return f"reported{to}: {other}"


def short(text: str) -> str:
    """A text as a row has room for it."""
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def since(at: Said, now: Moment) -> timedelta:
    """How long ago it was."""
    return timedelta(seconds=seconds_between(at.moment, now))


def is_shown(incident: Incident, now: Moment) -> bool:
    """Whether it is open, or was closed lately."""
    return incident.closed is None or since(incident.closed, now) <= CLOSED_FOR


def is_overdue(incident: Incident, now: Moment, within_h: float) -> bool:
    """Whether it should have been reported by now."""
    late = since(incident.at, now) > timedelta(hours=within_h)
    return late and incident.closed is None and incident.reported is None


def row_of(incident: Incident, now: Moment, within_h: float, zone: tzinfo) -> IncidentRow:
    """As a console shows it; see `IncidentBook.told`."""
    told = incident.reported
    shown = told or incident.written
    return IncidentRow(
        incident=incident.incident,
        at=incident.at.utc,
        what=incident.what,
        text=incident.text,
        about=incident.about,
        reported=told.at.utc if told else None,
        reported_by=told.by if told else "",
        reported_how=how_told(shown) if shown else "",
        closed=incident.closed.utc if incident.closed else None,
        overdue=is_overdue(incident, now, within_h),
        notes=tuple(_notes(incident, zone)),
    )


def _notes(incident: Incident, zone: tzinfo) -> Iterator[str]:
    if incident.by:
        yield f"{incident.at.utc.astimezone(zone):%Y-%m-%d %H:%M} {incident.by}: opened"
    for note in incident.notes:
        yield f"{note.at.utc.astimezone(zone):%Y-%m-%d %H:%M} {note.by}: {note.text}"
