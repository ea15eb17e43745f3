"""A visitor's badge on paper (clause 3.1): cut out along its frame, and worn in a holder."""

from datetime import datetime
from typing import Final

from kiosk.gatehouse.visitor import Visitor
from kiosk.paper.canvas import HEIGHT, MARGIN, Canvas, pdf_of
from kiosk.paper.fonts import BOLD, PLAIN, width_of, wrapped

WIDE: Final = 255.0
"""Points of a badge's width: 90 mm, and 60 mm high, which common holders take."""
HIGH: Final = 170.0

_INNER: Final = 10.0
_LARGEST: Final = 24.0
_SMALLEST: Final = 11.0


def as_pdf(visitor: Visitor, site: str, came: datetime) -> bytes:
    """The badge on a page of A4.

    Args:
        visitor: Whose.
        site: The site, as people call it.
        came: When they signed in, in the site's own time.
    """
    page = Canvas()
    top, x = HEIGHT - MARGIN, MARGIN + _INNER
    room = WIDE - 2 * _INNER
    page.box(MARGIN, top - HIGH, WIDE, HIGH)
    page.text(BOLD, 11, top - 20, _cut(site, BOLD, 11, room), x)
    kind = "CONTRACTOR" if visitor.contractor else "VISITOR"
    page.text(BOLD, 16, top - 42, kind, x)
    number = f"No. {visitor.visitor}"
    page.text(BOLD, 16, top - 42, number, x + room - width_of(number, BOLD, 16))
    size = _fitting(visitor.name, room)
    for at, row in enumerate(wrapped(visitor.name, BOLD, size, room)[:2]):
        page.text(BOLD, size, top - 68 - at * size * 1.15, row, x)
    page.text(PLAIN, 11, top - 110, _cut(visitor.company, PLAIN, 11, room), x)
    page.text(PLAIN, 11, top - 124, _cut(f"visits {visitor.host}", PLAIN, 11, room), x)
    page.text(PLAIN, 9, top - 137, f"{came:%d %B %Y, %H:%M}{f'; badge {visitor.badge}' if visitor.badge else ''}", x)
    if visitor.escort:
        page.text(BOLD, 16, top - HIGH + 10, "ESCORT REQUIRED", x)
    page.text(PLAIN, 8, top - HIGH - 14, "Cut out along the frame. Give it back when you sign out.")
    return pdf_of([page])


def _fitting(text: str, room: float) -> float:
    """The largest type in which a name takes one line, or two of the smallest."""
    size = _LARGEST
    while size > _SMALLEST and width_of(text, BOLD, size) > room:
        size -= 1
    return size


def _cut(text: str, font: str, size: float, room: float) -> str:
    """What fits on one line, with dots where that is not all."""
    if width_of(text, font, size) <= room:
        return text
    while text and width_of(f"{text}...", font, size) > room:
        text = text[:-1]
    return f"{text}..."
