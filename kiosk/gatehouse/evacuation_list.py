"""The evacuation list, on paper and as text: who is on site, to be ticked off at the assembly point.

It is made of what the kiosk holds, by itself: neither network nor office is needed.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from kiosk.console.gatehouse_told import PersonRow
from kiosk.paper.document import Document, Tick

TITLE: Final = "Evacuation list"

_GROUPS: Final = (
    ("driver", "Drivers"),
    ("visitor", "Visitors"),
    ("contractor", "Contractors"),
    ("staff", "Staff on duty"),
)

_COLUMNS: Final = ("Name", "Company", "Since", "Where, with whom")
_SHARES: Final = (0.38, 0.2, 0.16, 0.26)


class Sheet(Struct, frozen=True):
    """What stands on the list.

    Attributes:
        site: The site, as people call it.
        printed: When the list is made, in the site's own time.
        people: Who is to be called.
        begun: Since when an evacuation is on, in the site's own time; None when none is.
        remarks: What must be known of the list, such as that somebody is not on it.
    """

    site: str
    printed: datetime
    people: tuple[PersonRow, ...]
    begun: datetime | None = None
    remarks: tuple[str, ...] = ()


def as_pdf(sheet: Sheet) -> bytes:
    """The list on A4, in large type, by groups, each with boxes to tick."""
    document = Document(TITLE, f"{sheet.site}. {_printed(sheet)}", _printed(sheet))
    for line in _head(sheet):
        document.paragraph(line)
    for name, rows in _groups(sheet.people):
        document.heading(f"{name}: {len(rows)}")
        document.ticks(_COLUMNS, _SHARES, (Tick(_cells(each, sheet), each.safe) for each in rows))
    document.heading("Seen, but not on this list")
    document.blanks(3)
    document.heading("Called by")
    document.blanks(1)
    return document.pdf()


def as_text(sheet: Sheet) -> str:
    """The same as plain text."""
    return "".join(f"{line}\n" for line in _lines(sheet))


def _lines(sheet: Sheet) -> Iterator[str]:
    yield f"{TITLE.upper()}: {sheet.site}"
    yield _printed(sheet)
    yield from _head(sheet)
    for name, rows in _groups(sheet.people):
        yield ""
        yield f"{name}: {len(rows)}"
        for each in rows:
            words = ", ".join(filter(None, _cells(each, sheet)))
            yield f"[{'X' if each.safe else ' '}] {words}"


def _head(sheet: Sheet) -> Iterator[str]:
    seen = sum(each.safe for each in sheet.people)
    yield f"{len(sheet.people)} people to be called, {seen} of them seen."
    if sheet.begun is not None:
        yield f"Evacuation since {sheet.begun:%H:%M on %d %B %Y}."
    yield from sheet.remarks


def _printed(sheet: Sheet) -> str:
    return f"Printed at {sheet.printed:%H:%M on %d %B %Y}"


def _groups(people: Sequence[PersonRow]) -> Iterator[tuple[str, tuple[PersonRow, ...]]]:
    """The groups that have somebody, each by name, since it is read out; whose exit was likely missed at the end."""
    for what, name in _GROUPS:
        rows = sorted((each for each in people if each.what == what), key=_order)
        if rows:
            yield name, tuple(rows)


def _order(person: PersonRow) -> tuple[bool, str]:
    return person.long, person.name.casefold()


def _cells(person: PersonRow, sheet: Sheet) -> tuple[str, str, str, str]:
    badge = f"badge {person.badge}" if person.badge else ""
    detail = "; ".join(filter(None, (person.detail, badge)))
    return person.name, person.company, _since(person, sheet), detail


def _since(person: PersonRow, sheet: Sheet) -> str:
    """When they came, and how long that is; of another day with its date."""
    came = person.since.astimezone(sheet.printed.tzinfo)
    minutes = max(0, int((sheet.printed - came).total_seconds())) // 60
    day = "" if came.date() == sheet.printed.date() else f"{came:%d %b} "
    return f"{day}{came:%H:%M}, {minutes // 60} h {minutes % 60:02}"
