"""One visitor as the gatehouse knows them, and how a console shows them."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.times import Moment, seconds_between
from kiosk.gatehouse.saying import Said, line

MOST_NAME: Final = 80
MOST_PURPOSE: Final = 200
MOST_BADGE: Final = 20


class Visitor(Struct, frozen=True, kw_only=True):
    """A visitor or contractor who is on site.

    Attributes:
        visitor: Their number.
        since: When they signed in.
        name: Theirs.
        company: For whom they come.
        host: Whom they visit.
        purpose: What for.
        contractor: A contractor, not a visitor.
        inducted: They were inducted, as whoever signed them in says.
        badge: The badge's number; empty when they have none.
        checked: Staff have seen them: their identity, and that an induction is no mere claim.
    """

    visitor: int
    since: Said
    name: str
    company: str
    host: str
    purpose: str
    contractor: bool
    inducted: bool
    badge: str
    checked: bool

    @property
    def escort(self) -> bool:
        """Whether an employee must go along (clause 3.1)."""
        return not (self.contractor and self.inducted and self.checked)


class LentBadge(Struct, frozen=True):
    """A badge that was not returned: its number, who had it, and when they left without giving it back."""

    badge: str
    visitor: int
    name: str
    company: str
    left: Said


def badge_number(text: str) -> str:
    """A badge's number as it is compared: capitals, no outer blanks; empty where there is none.

    Raises:
        Refused: It is too long, or no text.
    """
    return line(text, "the badge's number", most=MOST_BADGE).upper() if text.strip() else ""


def row_of(visitor: Visitor, now: Moment, long_h: float) -> PersonRow:
    """As a console shows them; see `VisitorBook.rows`."""
    return PersonRow(
        key=f"visitor {visitor.visitor}",
        what="contractor" if visitor.contractor else "visitor",
        name=visitor.name,
        company=visitor.company,
        since=visitor.since.utc,
        detail="; ".join(_detail(visitor)),
        badge=visitor.badge,
        visitor=visitor.visitor,
        long=seconds_between(visitor.since.moment, now) >= long_h * 3600,
        unchecked=not visitor.checked,
    )


def _detail(visitor: Visitor) -> Iterator[str]:
    yield f"visits {visitor.host}: {visitor.purpose}"
    if visitor.escort:
        yield "escort required"
    if not visitor.checked:
        yield "signed in alone: identity not checked yet"
        if visitor.contractor:
            yield f"says {'they were' if visitor.inducted else 'they were not'} inducted"
