"""What a rule looks at, and what it says."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final

from msgspec import Struct

from kiosk.gatehouse.case import Case
from kiosk.gatehouse.facts import Fact
from kiosk.gatehouse.marks import Mark
from kiosk.gatehouse.measured import Others
from kiosk.gatehouse.uplift_record import UpliftRecord

Marks = Iterator[Mark]


class Look(Struct, frozen=True):
    """An uplift, what was recorded around it, and what is usual.

    Attributes:
        case: It.
        record: Its entry as values.
        others: The uplifts that it is measured by.
        zone: The site's time zone.
        over: Nothing more will be recorded of its visit.
    """

    case: Case
    record: UpliftRecord
    others: Others
    zone: tzinfo
    over: bool

    def local(self, instant: datetime) -> str:
        """A time of day as the site has it."""
        return f"{instant.astimezone(self.zone):%H:%M}"

    def in_visit(self, fact: Fact) -> bool:
        """Whether an entry was written between the visit's first and its last."""
        last = self.case.passage.seq if self.case.passage is not None else self.case.entry
        return self.case.began_in <= fact.seq <= last

    def before_s(self, fact: Fact) -> float:
        """Seconds from an entry to the visit's beginning, by the clock that nobody can set where that is known."""
        if self.case.opened is not None:
            return fact.seconds_before(self.case.opened)
        return fact.seconds_before(self.case.at)

    def after_s(self, fact: Fact) -> float:
        """Seconds from the visit's last entry to another."""
        last = self.case.passage.at if self.case.passage is not None else self.case.at
        return -fact.seconds_before(last)

    def near(self, fact: Fact, before_s: float, after_s: float) -> bool:
        """Whether an entry was written in the visit or close to it."""
        return self.in_visit(fact) or 0 <= self.before_s(fact) <= before_s or 0 <= self.after_s(fact) <= after_s

    @property
    def since(self) -> int:
        """The entry of the driver's uplift before this one; 0 where none is known. What came before is told there."""
        own = (past.seq for past in self.others.of_driver(self.record.driver) if past.seq < self.case.entry)
        return max(own, default=0)

    @property
    def clock_stepped(self) -> bool:
        """Whether the times of day within the visit cannot be compared."""
        return any(self.in_visit(fact) for fact in self.case.of("clock-stepped"))


def seconds(value: float) -> str:
    """A duration for a person."""
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def times(count: int) -> str:
    """How often."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


HOUR_S: Final = 3600.0
