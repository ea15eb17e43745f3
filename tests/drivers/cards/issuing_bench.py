"""A chip of the bench as a card that can be taken away in the middle of any exchange, without a reader in between."""

from enum import Enum
from typing import Protocol

from drivers.cards.ntag21x import WRITE
from drivers.cards.values import TakenAway
from hw.bench.card_ntag import Ntag


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


class Tear(Enum):
    """What a tag that is taken away in an exchange has done of it."""

    NOTHING = "it had not heard the command"
    ALL = "its answer was lost"
    RUBBISH = "the page that it was writing holds something else"
    SIXTEENS = "the page that it was writing holds 10 10 10 10, which as AUTH0 protects most of the tag"


_TORN = {Tear.RUBBISH, Tear.SIXTEENS}


class TagInHand:
    """An NTAG21x as it lies there: Pages.

    Args:
        tag: The tag; its power comes on.
        leaves_at: The exchange, from 0, in which it is taken away; None: it stays.
        tear: What it has done of that one.
    """

    def __init__(self, tag: Ntag, leaves_at: int | None = None, tear: Tear = Tear.NOTHING) -> None:
        tag.reset()
        self._tag = tag
        self._leaves_at = leaves_at
        self._tear = tear
        self._silent = False
        self.commands: list[bytes] = []

    def command(self, data: bytes) -> bytes:
        if len(self.commands) == self._leaves_at:
            self._leave(data)
        if self._silent:
            raise TakenAway
        self.commands.append(data)
        answer = self._tag.hear(data)
        self._silent = answer.leaves
        if not answer.data:
            raise TakenAway
        return answer.data

    def _leave(self, data: bytes) -> None:
        before = bytes(self._tag.memory)
        if self._tear is not Tear.NOTHING:
            self._tag.hear(data)
        if self._tear in _TORN and data[0] == WRITE and before != self._tag.memory:
            page = data[1] * 4
            rubbish = bytes(each ^ 0x5A for each in before[page : page + 4])
            self._tag.memory[page : page + 4] = rubbish if self._tear is Tear.RUBBISH else bytes([0x10]) * 4
        self._tag.reset()
        raise TakenAway

    def read(self, page: int) -> bytes:
        return self.command(bytes([0x30, page]))

    def write(self, page: int, data: bytes) -> None:
        self.command(bytes([WRITE, page]) + data)

    def ndef(self) -> bytes | None:
        area = b"".join(self.read(page) for page in range(4, 40, 4))
        at = 0
        while area[at] != 0x03:
            at += 2 + area[at + 1]
        return area[at + 2 :][: area[at + 1]]


def quiet(_line: str) -> None:
    """Say nothing."""
