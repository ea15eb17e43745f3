"""A chip of the bench as a card that can be taken away in the middle of any exchange, without a reader in between."""

from collections.abc import Callable
from typing import Protocol

from drivers.cards.values import TakenAway


class Chip(Protocol):
    """Any chip behind ISO/IEC 14443-4."""

    @property
    def ats(self) -> bytes: ...

    def reset(self) -> None: ...

    def __call__(self, apdu: bytes) -> bytes: ...


class InHand:
    """The chip as it lies there: a Type4.

    Args:
        chip: The chip; its power comes on.
        leaves_at: The exchange, from 0, in which it is taken away; None: it stays.
        heard: In that exchange: whether it had heard the command whole, so that only its answer was lost.
    """

    def __init__(self, chip: Chip, leaves_at: int | None = None, *, heard: bool = False) -> None:
        chip.reset()
        self._chip = chip
        self._leaves_at = leaves_at
        self._heard = heard
        self.commands: list[bytes] = []

    @property
    def ats(self) -> bytes:
        return self._chip.ats

    def exchange(self, apdu: bytes) -> bytes:
        if len(self.commands) != self._leaves_at:
            self.commands.append(apdu)
            return self._chip(apdu)
        if self._heard:
            self._chip(apdu)
        self._chip.reset()
        raise TakenAway


def cuts(exchanges: int) -> list[tuple[int, bool]]:
    """Every moment of so many exchanges at which a card can be taken away, as far as the card can tell them apart."""
    return [(number, heard) for number in range(exchanges) for heard in (False, True)]


Quiet = Callable[[str], None]


def quiet(_line: str) -> None:
    """Say nothing."""
