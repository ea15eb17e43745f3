"""How many log-ons may fail: by name, by place and in all. What goes beyond is not looked at, whoever it names.

A name that nobody has is held to the same as one that somebody has, so that this tells nobody which is which. Failures
alone are counted: people who know their passwords never meet it. What is remembered is bounded by the failures that an
hour allows in all.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final

from msgspec import Struct


class Limit(Struct, frozen=True):
    """So many failures in so many seconds."""

    most: int
    within_s: float


class Limits(Struct, frozen=True):
    """What is allowed.

    Attributes:
        name: Of one name.
        place: At one place, such as one terminal: who guesses at one keeps nobody from another.
        all: Everywhere together.
    """

    name: tuple[Limit, ...] = (Limit(3, 60.0), Limit(10, 3600.0))
    place: tuple[Limit, ...] = (Limit(10, 60.0), Limit(40, 3600.0))
    all: tuple[Limit, ...] = (Limit(30, 60.0), Limit(120, 3600.0))


LIMITS: Final = Limits()
"""Three of a name lock an account; forty an hour are a thousand entries a day, and half a minute of hashing an hour."""


class _Failures:
    """When failures were, as far back as limits look."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        self._limits = limits
        self._longest = max(limit.within_s for limit in limits)
        self._most = max(limit.most for limit in limits)
        self.times: deque[float] = deque()

    def forget(self, now: float) -> None:
        """Let go of what no limit looks at any more."""
        while self.times and (now - self.times[0] >= self._longest or len(self.times) > self._most):
            self.times.popleft()

    def wait_s(self, now: float) -> float:
        """How long it is until another may fail; 0 when it may now."""
        self.forget(now)
        full = (limit for limit in self._limits if len(self.times) >= limit.most)
        return max((self.times[-limit.most] + limit.within_s - now for limit in full), default=0.0)


class Throttle:
    """Remembers failures. An attempt that has begun counts as one until it is known to be none.

    Args:
        limits: What is allowed.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._names: dict[str, _Failures] = {}
        self._places: dict[str, _Failures] = {}
        self._all = _Failures(limits.all)

    def wait_s(self, name: str, place: str, now: float) -> int:
        """Whole seconds until an attempt is looked at; 0 when it is now.

        Args:
            name: By its account's key.
            place: Where it is made.
            now: Monotonic seconds.
        """
        there = (self._names.get(name), self._places.get(place), self._all)
        return ceil(max(0.0, *(each.wait_s(now) for each in there if each is not None)))

    def begin(self, name: str, place: str, now: float) -> None:
        """An attempt is looked at."""
        self._forget(now)  # here, where seldom anybody comes, and not where a flood does
        for failures in self._of(name, place):
            failures.times.append(now)

    def forgive(self, name: str, place: str, began: float) -> None:
        """It was none that failed."""
        for failures in self._of(name, place):
            if began in failures.times:
                failures.times.remove(began)

    @property
    def remembered(self) -> int:
        """How many names and places are remembered."""
        return len(self._names) + len(self._places)

    def _of(self, name: str, place: str) -> Iterable[_Failures]:
        return (
            self._names.setdefault(name, _Failures(self._limits.name)),
            self._places.setdefault(place, _Failures(self._limits.place)),
            self._all,
        )

    def _forget(self, now: float) -> None:
        self._all.forget(now)
        for table in (self._names, self._places):
            for key in tuple(table):
                table[key].forget(now)
                if not table[key].times:
                    del table[key]
