"""What is usual at this gate: the last uplifts, kept small, and robust measures over them.

Medians, and the median distance from them, do not move when a thief is among the uplifts. Durations are compared by
their logarithm: half as long is as far from the usual as twice as long. Spreads have a floor, so that a site where
everybody is alike does not cry wolf over a second, and fewer than FEWEST uplifts measure nothing.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
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
    gone_s: int = 0
    shown: tuple[str, ...] = ()


class Usual:
    """The last uplifts, and what is usual by them."""

    def __init__(self, past: Iterable[Past] = ()) -> None:
        self._unattended: deque[Past] = deque(maxlen=MOST_UNATTENDED)
        self._attended: deque[Past] = deque(maxlen=MOST_ATTENDED)
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
        ring = self._attended if past.attended else self._unattended
        for place, each in enumerate(ring):
            if each.seq == past.seq:
                ring[place] = past
                return
        ring.append(past)

    def forget(self, seq: int) -> None:
        """An uplift turned out to be none to measure by."""
        for ring in (self._unattended, self._attended):
            kept = [each for each in ring if each.seq != seq]
            if len(kept) < len(ring):
                ring.clear()
                ring.extend(kept)

    def passed(self, seq: int, figures: Mapping[str, int], gone_s: int) -> None:
        """How an uplift that is there already left the gate."""
        for ring in (self._unattended, self._attended):
            for each in ring:
                if each.seq == seq:
                    known = {name: ms for name, ms in zip(FIGURES, each.figures, strict=True) if ms >= 0}
                    self.add(replace(each, figures=in_order(known | dict(figures)), gone_s=gone_s))
                    return

    def others(self, seq: int) -> "Others":
        """All but one."""
        return Others([each for ring in (self._attended, self._unattended) for each in ring if each.seq != seq])


class Others:
    """The uplifts that one is measured by.

    Attributes:
        all: Attended and unattended.
        nights: The unattended ones.
    """

    def __init__(self, past: list[Past]) -> None:
        self.all = past
        self.nights = [each for each in past if not each.attended]

    def distance(
        self, figure: str, ms: int, of: Callable[[Past], bool] = lambda _: True, *, fewest: int = FEWEST
    ) -> float:
        """How far a duration is from the usual, in spreads; 0 where nothing is usual yet.

        Args:
            figure: Which, of FIGURES.
            ms: The duration.
            of: By which uplifts to measure.
            fewest: Below so many nothing is usual.
        """
        logs = self._logs(figure, of)
        if len(logs) < fewest or ms <= 0:
            return 0.0
        middle = median(logs)
        spread = _MAD * median(abs(each - middle) for each in logs)
        return (log(ms) - middle) / max(FLOOR, spread)

    def usually_ms(self, figure: str) -> float | None:
        """The usual duration; None where nothing is usual yet."""
        known = [each.figures[FIGURES.index(figure)] for each in self.all]
        known = [each for each in known if each >= 0]
        return median(known) if len(known) >= FEWEST else None

    def _logs(self, figure: str, of: Callable[[Past], bool]) -> list[float]:
        place = FIGURES.index(figure)
        return [log(each.figures[place]) for each in self.all if each.figures[place] > 0 and of(each)]

    def share(self, rule: str) -> float:
        """Which share of all uplifts looked odd in a way, before it was weighed; 0 where too few are known."""
        if len(self.all) < FEWEST:
            return 0.0
        return sum(rule in each.shown for each in self.all) / len(self.all)

    def count(self, of: Callable[[Past], bool]) -> int:
        """How many are so."""
        return sum(map(of, self.all))

    def of_driver(self, driver: str) -> list[Past]:
        """A driver's, in order."""
        return sorted((each for each in self.all if each.driver == driver), key=lambda each: each.seq)


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
