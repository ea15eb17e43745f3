"""A yard with work for many drivers in a row, and the clock that they go by."""

import time
from datetime import timedelta

from kiosk.core.loads import LoadRecord
from kiosk.core.parties import Driver
from kiosk.core.records import Records
from kiosk.core.times import ClockState, Moment
from kiosk.core.units import ContainerNumber
from tests.core.samples import BOLT, CABLE, CARDS, DRIVERS, INDUCTED, LOADS, NOON, card, load, records_with

PLACES = 20
"""How many drivers of its own the yard has; each has a card and two loads."""

FIRST_CARD = 100
"""Cards of the yard's own drivers count on from here; the sample site's own are below."""

SESSION = timedelta(minutes=10)
"""How far apart the kiosk's sessions are: longer than any takes, so that the clock never goes back between two."""


class YardClock:
    """Both clocks of one session of the kiosk, which begins at its own time of day in whatever process it runs.

    Args:
        session: Which session it is; 0.5 lies half-way between the first and the second.
    """

    def __init__(self, session: float) -> None:
        self.ahead = session * SESSION
        self._began = time.monotonic()

    def __call__(self) -> Moment:
        monotonic = time.monotonic()
        utc = NOON + self.ahead + timedelta(seconds=monotonic - self._began)
        return Moment(utc, monotonic, ClockState.SYNCHRONISED, "boot-1")


def bolted(place: int) -> LoadRecord:
    """The load under a bolt that waits for a place's driver."""
    return _load(place, "a")


def cabled(place: int) -> LoadRecord:
    """The one under a cable."""
    return _load(place, "b")


def _load(place: int, which: str) -> LoadRecord:
    number = 2 * place + (which == "b")
    kind = CABLE if which == "b" else BOLT
    return load(f"{place}{which}", _container(number), kind, f"NZ2{number:05}", "harbour")


def _container(number: int) -> ContainerNumber:
    """The yard's n-th container, with its check digit (ISO 6346)."""
    letters = {"C": 13, "M": 24, "S": 30, "U": 32}
    stem = f"MSCU{number:06}"
    values = [letters.get(each) or int(each) for each in stem]
    total = sum(value << at for at, value in enumerate(values))
    return ContainerNumber.parse(f"{stem}{total % 11 % 10}")


def _records() -> Records:
    places = range(1, PLACES + 1)
    return records_with(
        drivers=(
            *DRIVERS,
            *(Driver(f"driver-{n}", f"Driver {n}", "harbour", INDUCTED, after_hours=True) for n in places),
        ),
        cards=(*CARDS, *(card(FIRST_CARD + n, f"driver-{n}") for n in places)),
        loads=(*LOADS, *(each(n) for n in places for each in (bolted, cabled))),
    )


RECORDS = _records()
