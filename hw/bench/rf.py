"""What goes through the air: answers, cards, and the field that powers them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

CRC_A_PRESET = 0x6363
"""Initial value of CRC_A (ISO/IEC 14443-3, 6.2.4 and annex B)."""


class Modulation(Enum):
    """How bytes ride on the carrier. The value is TxFraming/RxFraming of the CIU (PN532 data sheet, CIU_TxMode)."""

    A = 0b00
    ACTIVE = 0b01
    F = 0b10
    B = 0b11


class Answer(Struct, frozen=True):
    """What a card sends back.

    Attributes:
        data: The bytes without their CRC; empty is silence.
        short: The answer is four bits (an ACK or NAK of NTAG21x), which carry no CRC.
        leaves: The card drops out of its active state after it (NTAG21x data sheet, 8.4).
        halts: The card goes to HALT after it.
    """

    data: bytes = b""
    short: bool = False
    leaves: bool = False
    halts: bool = False


SILENCE = Answer()


class Card(Protocol):
    """A card as the field and the antenna see it."""

    modulation: Modulation

    @property
    def identity(self) -> bytes:
        """The UID or IDm that the card would tell at this moment."""
        ...

    def power(self, on: bool) -> None:
        """The field came or went."""
        ...

    def hear(self, frame: bytes) -> Answer:
        """Answer one frame, given without its CRC."""
        ...


class Field:
    """The 13.56 MHz field of one antenna and the cards that lie in it."""

    def __init__(self) -> None:
        self._cards: list[Card] = []
        self._on = False

    @property
    def cards(self) -> Sequence[Card]:
        """The cards on the antenna, first laid first."""
        return tuple(self._cards)

    @property
    def on(self) -> bool:
        """Whether the carrier is on."""
        return self._on

    def switch(self, on: bool) -> None:
        """Switch the carrier; every card loses or gains its power."""
        if on == self._on:
            return
        self._on = on
        for card in self._cards:
            card.power(on)

    def lay(self, card: Card) -> None:
        """Lay a card on the antenna.

        Raises:
            ValueError: The card lies there already.
        """
        if card in self._cards:
            raise ValueError(f"card {card.identity.hex()} already lies on the reader; take it off first")
        self._cards.append(card)
        if self._on:
            card.power(True)

    def take_off(self, card: Card | None = None) -> None:
        """Take one card off, or all of them.

        Raises:
            ValueError: The card does not lie there.
        """
        if card is not None and card not in self._cards:
            raise ValueError(f"card {card.identity.hex()} does not lie on the reader")
        for gone in [card] if card is not None else list(self._cards):
            self._cards.remove(gone)
            gone.power(False)


def crc_a(data: bytes) -> bytes:
    """CRC_A of ISO/IEC 14443-3 annex B, low byte first, as sent."""
    crc = CRC_A_PRESET
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8408 if crc & 1 else 0)
    return crc.to_bytes(2, "little")
