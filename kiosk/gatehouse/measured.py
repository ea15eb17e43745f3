"""What one uplift is measured by: the last ones, worked out once for all that wait.

Nothing that a rule asks goes through all of them: a night's queue is looked at anew after each truck, on a Pi, beside a
gate that serves drivers.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime, tzinfo
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from math import exp, log
from statistics import median
from typing import Final

from kiosk.gatehouse.past import FIGURES, Past

FEWEST: Final = 12
"""Below so many nothing is usual yet."""

_MAD: Final = 1.4826
"""From the median distance to a standard deviation."""

FLOOR: Final = 0.25
"""Least spread of logarithms: what is within a factor of two of the usual is never far from it."""

DAY_MIN: Final = 24 * 60
MOST_MINUTES: Final = 512
"""Instants whose local minutes are remembered: more than uplifts are kept."""


class By(Enum):
    """By what uplifts are found."""

    SEAL = "seal"
    UNIT = "unit"
    SEAL_TYPE = "seal type"
    SOURCE = "source"
    DRIVER = "driver"
    SCANNED = "scanned"
    """Whether a device is named that scanned."""
    CARD = "card"
    OPERATOR = "operator"
    UNITS = "units"
    """How many units were taken."""
    MEANS = "means"
    KEY = "key"
    """By which means a card proved itself, and with which key."""
    NIGHT = "night"
    """Whether nobody was there."""
    NIGHT_PIN = "night pin"
    """Whether a PIN was given while nobody was there."""


def _terms(past: Past) -> list[tuple[By, Hashable]]:
    """What an uplift is found by, each once."""
    night = not past.attended
    return [
        *((By.SEAL, seal) for seal in {*past.seals}),
        *((By.UNIT, unit) for unit in {*past.units}),
        *((By.SEAL_TYPE, name) for name in {*past.types}),
        *((By.SOURCE, source) for source in past.sources),
        *((By.DRIVER, past.driver), (By.CARD, past.credential), (By.OPERATOR, past.operator)),
        *((By.UNITS, len(past.units)), (By.MEANS, past.means), (By.KEY, (past.means, past.key_version))),
        *((By.SCANNED, bool(past.sources)), (By.NIGHT, night), (By.NIGHT_PIN, night and past.pin)),
    ]


def _seq(past: Past) -> int:
    return past.seq


class Columns:
    """All of them, by what they are asked for, kept up as they come and go."""

    def __init__(self) -> None:
        self.by_seq: dict[int, Past] = {}
        self.shown: Counter[str] = Counter()
        self._found: dict[By, dict[Hashable, list[Past]]] = {by: {} for by in By}
        self._logs: dict[str, list[float]] = {name: [] for name in FIGURES}
        self._series: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._minutes: dict[tzinfo, list[tuple[int, int]]] = {}
        self._middles: dict[str, tuple[float, float]] = {}
        self._again: dict[float, int] = {}

    def add(self, past: Past) -> None:
        """One comes."""
        self._changed()
        self.by_seq[past.seq] = past
        self.shown.update(past.shown)
        for by, value in _terms(past):
            insort(self._found[by].setdefault(value, []), past, key=_seq)
        for name, ms in zip(FIGURES, past.figures, strict=True):
            if ms > 0:
                insort(self._logs[name], log(ms))
        for key, number in _numbers(past):
            insort(self._series.setdefault(key, []), (number, past.seq))

    def remove(self, past: Past) -> None:
        """One goes."""
        self._changed()
        del self.by_seq[past.seq]
        self.shown.subtract(past.shown)
        for by, value in _terms(past):
            self._found[by][value].remove(past)
            if not self._found[by][value]:
                del self._found[by][value]
        for name, ms in zip(FIGURES, past.figures, strict=True):
            if ms > 0:
                self._logs[name].remove(log(ms))
        for key, number in _numbers(past):
            self._series[key].remove((number, past.seq))

    def _changed(self) -> None:
        self._middles.clear()
        self._minutes.clear()
        self._again.clear()

    def found(self, by: By, value: Hashable) -> list[Past]:
        """Those that are found by something, in order."""
        return self._found[by].get(value, [])

    def known(self, figure: str) -> int:
        """Of how many a figure is known."""
        return len(self._logs[figure])

    def middle(self, figure: str) -> tuple[float, float]:
        """The median of a figure's logarithms, and the spread around it."""
        if figure not in self._middles:
            self._middles[figure] = _middle(self._logs[figure])
        return self._middles[figure]

    def again(self, within_s: float) -> int:
        """How many came again so soon after the same driver's uplift before."""
        if within_s not in self._again:
            pairs = (pair for own in self._found[By.DRIVER].values() for pair in pairwise(own))
            self._again[within_s] = sum(0 <= two.at_s - one.at_s < within_s for one, two in pairs)
        return self._again[within_s]

    def series(self, seal_type: str, letters: str) -> list[tuple[int, int]]:
        """The seals of a type whose numbers begin so: their digits and the uplifts' entries, in order."""
        return self._series.get((seal_type, letters), [])

    def minutes(self, zone: tzinfo) -> list[tuple[int, int]]:
        """The local minutes of the day at which unattended ones were signed, with their entries, in order."""
        if zone not in self._minutes:
            nights = self.found(By.NIGHT, True)
            self._minutes[zone] = sorted((minutes_of(each.at_s, zone), each.seq) for each in nights)
        return self._minutes[zone]


def _numbers(past: Past) -> Iterator[tuple[tuple[str, str], int]]:
    """The numbers of an uplift's seals, by type and letters before."""
    for seal, name in zip(past.seals, past.types, strict=False):
        letters, digits = split_seal(seal)
        if digits:
            yield (name, letters), int(digits)


def _middle(logs: list[float]) -> tuple[float, float]:
    """The median, and the spread around it."""
    if not logs:
        return 0.0, FLOOR
    middle = median(logs)
    return middle, max(FLOOR, _MAD * median(abs(each - middle) for each in logs))


class Others:
    """The uplifts that one is measured by.

    What is usual is measured with it among them: of a dozen or more it moves no median far. What is new is not.

    Args:
        columns: All of them.
        seq: The one's entry.
    """

    def __init__(self, columns: Columns, seq: int) -> None:
        self._columns, self._seq = columns, seq
        self._own = columns.by_seq.get(seq)
        self._own_terms = _terms(self._own) if self._own is not None else []

    def __len__(self) -> int:
        return len(self._columns.by_seq) - (self._own is not None)

    def having(self, by: By, value: Hashable) -> list[Past]:
        """Those that are found by something, in order."""
        return [each for each in self._columns.found(by, value) if each.seq != self._seq]

    def how_many(self, by: By, value: Hashable) -> int:
        """How many are found by something."""
        return len(self._columns.found(by, value)) - ((by, value) in self._own_terms)

    def newest_key(self, means: str) -> int:
        """The newest version of a key by which a card proved itself by these means; -1 where none is known."""
        return max((each.key_version for each in self.having(By.MEANS, means)), default=-1)

    def of_driver(self, driver: str) -> list[Past]:
        """A driver's, in order."""
        return self.having(By.DRIVER, driver)

    def between(self, first: int, last: int) -> bool:
        """Whether one lies between two entries."""
        return any(first < seq < last for seq in self._columns.by_seq if seq != self._seq)

    # --- what is usual --------------------------------------------------------------------------------

    def distance(self, figure: str, ms: int) -> float:
        """How far a duration is from the usual, in spreads; 0 where nothing is usual yet."""
        if self._columns.known(figure) < FEWEST or ms <= 0:
            return 0.0
        middle, spread = self._columns.middle(figure)
        return (log(ms) - middle) / spread

    def distance_by(self, figure: str, ms: int, of: Iterable[Past], fewest: int) -> float:
        """The same by some uplifts; 0 where they are too few."""
        place = FIGURES.index(figure)
        logs = [log(each.figures[place]) for each in of if each.figures[place] > 0]
        if len(logs) < fewest or ms <= 0:
            return 0.0
        middle, spread = _middle(logs)
        return (log(ms) - middle) / spread

    def usually_ms(self, figure: str) -> float | None:
        """The usual duration; None where nothing is usual yet."""
        return exp(self._columns.middle(figure)[0]) if self._columns.known(figure) >= FEWEST else None

    def share(self, rule: str) -> float:
        """Which share of the others looked odd in a way, before it was weighed; 0 where too few are known."""
        if len(self) < FEWEST:
            return 0.0
        own = self._own is not None and rule in self._own.shown
        return (self._columns.shown[rule] - own) / len(self)

    def again(self, within_s: float) -> float:
        """Which share came again so soon after the same driver's uplift before; it itself is counted, too."""
        return self._columns.again(within_s) / max(1, len(self._columns.by_seq))

    def series(self, seal_type: str, letters: str) -> tuple[int, int] | None:
        """The least and the greatest number of the seals of a type that begin so; None where there are none."""
        numbers = self._columns.series(seal_type, letters)
        least = next((number for number, seq in numbers if seq != self._seq), None)
        greatest = next((number for number, seq in reversed(numbers) if seq != self._seq), None)
        return (least, greatest) if least is not None and greatest is not None else None

    def minutes_to_nearest(self, zone: tzinfo, minute: int, driver: str | None = None) -> int:
        """How far a minute of the day is from those of unattended ones, or of a driver's; DAY_MIN where none is."""
        if driver is not None:
            own = (minutes_of(each.at_s, zone) for each in self.of_driver(driver) if not each.attended)
            return min((minutes_apart(minute, each) for each in own), default=DAY_MIN)
        minutes = self._columns.minutes(zone)
        place, count = bisect_left(minutes, (minute, 0)), len(minutes)
        # On either side the next one, or the one behind it where that is the one that is measured.
        near = (minutes[(place + step) % count] for step in (-2, -1, 0, 1) if count)
        return min((minutes_apart(minute, each) for each, seq in near if seq != self._seq), default=DAY_MIN)


def split_seal(number: str) -> tuple[str, str]:
    """The letters before a seal's number, and its last digits, which a maker counts on."""
    letters = number.rstrip("0123456789")
    return letters, number[len(letters) :]


@lru_cache(maxsize=MOST_MINUTES)
def minutes_of(at_s: int, zone: tzinfo) -> int:
    """The local minute of the day."""
    local = datetime.fromtimestamp(at_s, zone)
    return local.hour * 60 + local.minute


def minutes_apart(one: int, other: int) -> int:
    """How far two minutes of the day are from one another, round midnight."""
    apart = abs(one - other) % DAY_MIN
    return min(apart, DAY_MIN - apart)
