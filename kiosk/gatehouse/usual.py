"""What is usual at this gate: the last uplifts, kept small, and robust measures over them.

Medians, and the median distance from them, do not move when a thief is among the uplifts. Durations are compared by
their logarithm: half as long is as far from the usual as twice as long. Spreads have a floor, so that a site where
everybody is alike does not cry wolf over a second, and fewer than FEWEST uplifts measure nothing.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from math import log
from statistics import median
from typing import Any, Final

from msgspec import Struct, convert, to_builtins
from msgspec.structs import replace

from kiosk.core.effects import Json

FIGURES: Final = ("to view", "verify", "tug", "twist", "check", "sign", "exit", "loop")
"""What is measured of an uplift: from the first tap to View; each answer from the one before; the whole of VVTT; from
there to the second tap; from the barrier to the exit loop; on it."""

MOST_UNATTENDED: Final = 240
"""Some nights of a busy site, some months of a small one."""

MOST_ATTENDED: Final = 80
"""By day others drive and staff look on: enough to know how long things take, and too few to hide a night."""

FEWEST: Final = 12
"""Below so many nothing is usual yet."""

_MAD: Final = 1.4826
"""From the median distance to a standard deviation."""

FLOOR: Final = 0.25
"""Least spread of logarithms: what is within a factor of two of the usual is never far from it."""

DAY_MIN: Final = 24 * 60


class Past(Struct, frozen=True, array_like=True):
    """An uplift of before, as far as others are measured by it.

    Attributes:
        seq: Its entry.
        at_s: When it was signed, in seconds since 1970.
        attended: Staff were there.
        driver: Who.
        operator: For whom.
        credential: With which card.
        units: What was taken.
        seals: The seals on it.
        types: Their types.
        figures: Milliseconds, in FIGURES' order; -1 where nobody knows.
        keyed: A number was keyed.
        sources: The devices that scanned.
        means: By what the card proved itself.
        key_version: With which key; -1 where the card did not say.
        pin: A PIN was given.
        gone_s: When it was out of the gate; 0 where nobody saw it.
        shown: Names of what looked odd before it was weighed.
    """

    seq: int
    at_s: int
    attended: bool
    driver: str
    operator: str
    credential: str
    units: tuple[str, ...]
    seals: tuple[str, ...]
    types: tuple[str, ...]
    figures: tuple[int, ...]
    keyed: bool
    sources: tuple[str, ...]
    means: str
    key_version: int
    pin: bool
    gone_s: int = 0
    shown: tuple[str, ...] = ()


class Usual:
    """The last uplifts, and what is usual by them."""

    def __init__(self, past: Iterable[Past] = ()) -> None:
        self._unattended: deque[Past] = deque(maxlen=MOST_UNATTENDED)
        self._attended: deque[Past] = deque(maxlen=MOST_ATTENDED)
        self._columns: _Columns | None = None
        for each in past:
            self.add(each)

    @classmethod
    def from_json(cls, said: Any) -> "Usual":  # noqa: ANN401 - what `to_json` gave
        """Reads what `to_json` gives."""
        return cls(convert(said, list[Past]))

    def to_json(self) -> Json:
        """As a statement keeps it."""
        said: Json = to_builtins([*self._unattended, *self._attended])
        return said

    def add(self, past: Past) -> None:
        """Take the next uplift; of one that is there already, what is known now."""
        self._columns = None
        ring = self._attended if past.attended else self._unattended
        for place, each in enumerate(ring):
            if each.seq == past.seq:
                ring[place] = past
                return
        ring.append(past)

    def forget(self, seq: int) -> None:
        """An uplift turned out to be none to measure by."""
        self._columns = None
        for ring in (self._unattended, self._attended):
            kept = [each for each in ring if each.seq != seq]
            ring.clear()
            ring.extend(kept)

    def passed(self, seq: int, figures: Mapping[str, int], gone_s: int) -> None:
        """How an uplift that is there already left the gate."""
        for each in (*self._unattended, *self._attended):
            if each.seq == seq:
                known = {name: ms for name, ms in zip(FIGURES, each.figures, strict=True) if ms >= 0}
                self.add(replace(each, figures=in_order(known | dict(figures)), gone_s=gone_s))

    def others(self, seq: int) -> "Others":
        """By what one is measured."""
        if self._columns is None:
            self._columns = _Columns([*self._attended, *self._unattended])
        return Others(self._columns, seq)


class _Columns:
    """All of them, worked out once for many that are measured."""

    def __init__(self, past: list[Past]) -> None:
        self.past = past
        self.shown = Counter(rule for each in past for rule in each.shown)
        self.drivers: dict[str, list[Past]] = {}
        for each in sorted(past, key=lambda each: each.seq):
            self.drivers.setdefault(each.driver, []).append(each)
        self.known = {name: _known(past, place) for place, name in enumerate(FIGURES)}
        self.middles = {name: _middle([log(ms) for ms in known]) for name, known in self.known.items()}
        self._minutes: dict[tzinfo, list[tuple[Past, int]]] = {}
        self._series: dict[str, list[tuple[int, str, str]]] = {}

    def series(self, seal_type: str) -> list[tuple[int, str, str]]:
        """The seals of a type: the uplift's entry, the letters before the number, and its digits."""
        if seal_type not in self._series:
            self._series[seal_type] = [
                (each.seq, *split_seal(seal))
                for each in self.past
                for seal, name in zip(each.seals, each.types, strict=False)
                if name == seal_type
            ]
        return self._series[seal_type]

    def minutes(self, zone: tzinfo) -> list[tuple[Past, int]]:
        """The unattended ones, each with the local minute of the day at which it was signed."""
        if zone not in self._minutes:
            nights = (each for each in self.past if not each.attended)
            self._minutes[zone] = [(each, minutes_of(each.at_s, zone)) for each in nights]
        return self._minutes[zone]


def _known(past: Iterable[Past], place: int) -> list[int]:
    return [each.figures[place] for each in past if each.figures[place] > 0]


def _middle(logs: list[float]) -> tuple[float, float]:
    """The median, and the spread around it."""
    if not logs:
        return 0.0, FLOOR
    middle = median(logs)
    return middle, max(FLOOR, _MAD * median(abs(each - middle) for each in logs))


class Others:
    """The uplifts that one is measured by.

    What is usual is measured with it among them: of a dozen or more it moves no median far. What is new is not.

    Attributes:
        all: All but it.
    """

    def __init__(self, columns: _Columns, seq: int) -> None:
        self._columns, self._seq = columns, seq
        self.all = [each for each in columns.past if each.seq != seq]
        self._own = next((each for each in columns.past if each.seq == seq), None)

    def distance(self, figure: str, ms: int) -> float:
        """How far a duration is from the usual, in spreads; 0 where nothing is usual yet."""
        if len(self._columns.known[figure]) < FEWEST or ms <= 0:
            return 0.0
        middle, spread = self._columns.middles[figure]
        return (log(ms) - middle) / spread

    def distance_by(self, figure: str, ms: int, of: Iterable[Past], fewest: int) -> float:
        """The same by some uplifts; 0 where they are too few."""
        known = _known(of, FIGURES.index(figure))
        if len(known) < fewest or ms <= 0:
            return 0.0
        middle, spread = _middle([log(each) for each in known])
        return (log(ms) - middle) / spread

    def usually_ms(self, figure: str) -> float | None:
        """The usual duration; None where nothing is usual yet."""
        known = self._columns.known[figure]
        return median(known) if len(known) >= FEWEST else None

    def share(self, rule: str) -> float:
        """Which share of the others looked odd in a way, before it was weighed; 0 where too few are known."""
        if len(self.all) < FEWEST:
            return 0.0
        own = self._own is not None and rule in self._own.shown
        return (self._columns.shown[rule] - own) / len(self.all)

    def between(self, first: int, last: int) -> bool:
        """Whether one lies between two entries."""
        return any(first < each.seq < last for each in self.all)

    def count(self, of: Callable[[Past], bool]) -> int:
        """How many are so."""
        return sum(map(of, self.all))

    def of_driver(self, driver: str) -> list[Past]:
        """A driver's, in order."""
        return [each for each in self._columns.drivers.get(driver, ()) if each.seq != self._seq]

    def series(self, seal_type: str) -> list[tuple[str, str]]:
        """The seals of a type: the letters before the number, and its digits."""
        return [(letters, digits) for seq, letters, digits in self._columns.series(seal_type) if seq != self._seq]

    def minutes(self, zone: tzinfo, driver: str | None = None) -> list[int]:
        """The local minutes of the day of the unattended ones, or of a driver's."""
        return [
            minute
            for each, minute in self._columns.minutes(zone)
            if each.seq != self._seq and driver in {None, each.driver}
        ]


def split_seal(number: str) -> tuple[str, str]:
    """The letters before a seal's number, and its last digits, which a maker counts on."""
    letters = number.rstrip("0123456789")
    return letters, number[len(letters) :]


@lru_cache(maxsize=MOST_UNATTENDED)
def minutes_of(at_s: int, zone: tzinfo) -> int:
    """The local minute of the day."""
    local = datetime.fromtimestamp(at_s, zone)
    return local.hour * 60 + local.minute


def minutes_apart(one: int, other: int) -> int:
    """How far two minutes of the day are from one another, round midnight."""
    apart = abs(one - other) % DAY_MIN
    return min(apart, DAY_MIN - apart)


def in_order(figures: Mapping[str, int]) -> tuple[int, ...]:
    """Figures as `Past` has them."""
    return tuple(figures.get(name, -1) for name in FIGURES)
