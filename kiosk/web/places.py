"""How many consoles there may be: each costs a process, so whoever has not logged on gets few."""

from collections import Counter
from typing import Final

MOST_AT_LOG_ON: Final = 4
"""Consoles from one address at which nobody has logged on: a person opens one, and a second by mistake."""


class Place:
    """A console's place.

    Attributes:
        address: Whence it is used.
        at_log_on: Nobody has logged on.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.at_log_on = True


class Places:
    """The places of all consoles.

    Args:
        most: Consoles at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: set[Place] = set()

    def refusal(self, address: str) -> str:
        """Why there is no place for one more from this address; empty when there is one."""
        if len(self._taken) >= self._most:
            return f"All {self._most} consoles are in use. Close one, and come again."
        waiting = Counter(each.address for each in self._taken if each.at_log_on)
        if waiting[address] >= MOST_AT_LOG_ON:
            return f"{MOST_AT_LOG_ON} consoles from your address wait for a log-on. Log on there, or close them."
        return ""

    def take(self, address: str) -> Place | None:
        """A place; None when there is none."""
        if self.refusal(address):
            return None
        place = Place(address)
        self._taken.add(place)
        return place

    def give_back(self, place: Place) -> None:
        """The console has ended."""
        self._taken.discard(place)

    def __len__(self) -> int:
        return len(self._taken)
