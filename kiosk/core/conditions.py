"""What begins and ends again, such as the loss of a device, and which of it goes into the ledger: not a flood.

Theory of operation. Each condition has a name. Its first BURST beginnings are each an entry, and so is each end whose
beginning was one. From then on one beginning is an entry every EVERY_S; those between are counted, and the next entry
of that condition says how many (``folded``). However a condition flaps, the ledger knows within EVERY_S how it stands.

What the ledger knows when the kiosk starts is learnt from it (`Conditions.begin`): a device that was lost before a
restart and is still lost is no news, and one that is back is.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from kiosk.core.times import Moment, seconds_between

BURST: Final = 6
"""Beginnings of one condition that are each an entry: twice those that make an alert."""

EVERY_S: Final = 600.0
"""Seconds after which a condition that goes on flapping is told once more: six entries an hour and their ends."""

MOST: Final = 64
"""Conditions that are known; the one that changed least lately gives way."""


class Turn(Struct, frozen=True):
    """An entry that is to be written: a condition began, or ended.

    Attributes:
        name: Which condition.
        on: Whether it began.
        since: When that was: earlier than it is told where it had its share before.
        lasted_ms: How long it lasted, of one that ended; of one whose beginning no entry tells, of the last time.
        folded: Beginnings, this one left out, that no entry tells of.
    """

    name: str
    on: bool
    since: Moment
    lasted_ms: int = 0
    folded: int = 0


class _Condition:
    """How one condition stands, and what the ledger knows of it."""

    def __init__(self) -> None:
        self.on = False
        self.since: Moment | None = None
        self.told = False
        self.folded = 0
        self.lasted_ms = 0
        self.next_at = float("-inf")

    @property
    def owes(self) -> bool:
        """Whether the ledger knows less than there is to tell."""
        return self.on is not self.told or self.folded > 0

    def may_be_told(self, now: float) -> bool:
        """Whether a further beginning may be an entry: the generic cell rate, with a burst."""
        return now >= self.next_at - (BURST - 1) * EVERY_S

    def count(self, now: float) -> None:
        """One was told."""
        self.next_at = max(self.next_at, now) + EVERY_S


class Conditions:
    """All conditions of one kiosk."""

    def __init__(self) -> None:
        self._by_name: dict[str, _Condition] = {}
        self._begun = False

    @property
    def wakes_at(self) -> float | None:
        """Monotonic seconds at which something may be told that could not be before; None when nothing waits."""
        waiting = [each.next_at - (BURST - 1) * EVERY_S for each in self._by_name.values() if each.owes]
        return min(waiting, default=None) if self._begun else None

    def is_on(self, name: str) -> bool:
        """Whether a condition is on now."""
        return name in self._by_name and self._by_name[name].on

    def lasted_ms(self, name: str) -> int:
        """How long a condition lasted that has ended."""
        return self._by_name[name].lasted_ms

    def begin(self, known: Mapping[str, Moment], at: Moment) -> Iterable[Turn]:
        """Learn what the ledger knows; from now on it is told the rest. A second time changes nothing.

        Args:
            known: The conditions that are on by the ledger, and since when.
            at: When.

        Returns:
            What is to be told of what happened before.
        """
        if self._begun:
            return ()
        self._begun = True
        for name, since in known.items():
            condition = self._of(name)
            condition.told = True
            if condition.since is None:  # not heard of since the start: it stands as it stood
                condition.on, condition.since = True, since
            elif condition.on:
                condition.since, condition.folded = since, 0
            else:
                condition.lasted_ms = _ms_between(since, condition.since)
                condition.folded = max(0, condition.folded - 1)
        return tuple(self.due(at))

    def turn(self, name: str, on: bool, at: Moment) -> Turn | None:
        """A condition is on or off.

        Returns:
            What is to be told of that now.
        """
        condition = self._of(name)
        if on is condition.on and condition.since is not None:
            return None
        if on:
            condition.folded += 1
        elif condition.since is not None:
            condition.lasted_ms = _ms_between(condition.since, at)
        condition.on, condition.since = on, at
        return self._tell(name, condition, at) if self._begun else None

    def due(self, at: Moment) -> Iterator[Turn]:
        """What may be told by now."""
        for name, condition in self._by_name.items():
            if condition.owes and (turn := self._tell(name, condition, at)) is not None:
                yield turn

    def _of(self, name: str) -> _Condition:
        condition = self._by_name.pop(name, None) or _Condition()
        self._by_name[name] = condition
        if len(self._by_name) > MOST:
            del self._by_name[next(iter(self._by_name))]
        return condition

    def _tell(self, name: str, condition: _Condition, at: Moment) -> Turn | None:
        """The entry that brings the ledger up with it; None while it has had its share, and where nothing is new."""
        ends = condition.told and not condition.on
        if not condition.owes or not (ends or condition.may_be_told(at.monotonic)):
            return None
        if not ends:
            condition.count(at.monotonic)
        folded, condition.folded, condition.told = condition.folded - condition.on, 0, condition.on
        return Turn(name, condition.on, condition.since or at, 0 if condition.on else condition.lasted_ms, folded)


def _ms_between(earlier: Moment, later: Moment) -> int:
    return max(0, round(seconds_between(earlier, later) * 1000))
