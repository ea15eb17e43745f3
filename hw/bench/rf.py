"""What goes through the air: answers, cards, and the field that powers them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

CRC_A_PRESET = 0x6363
"""Initial value of CRC_A (ISO/IEC 14443-3, 6.2.4 and annex B)."""
CRC_SIZE = 2


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


class Exchange(Struct, frozen=True):
    """One frame and its answer as they went through the air, CRCs included.

    Attributes:
        sent: Bytes of the frame.
        answered: Bytes of the answer, 0 for silence.
    """

    sent: int
    answered: int

    @property
    def bytes(self) -> int:
        """Both together."""
        return self.sent + self.answered


class Field:
    """The 13.56 MHz field of one antenna and the cards that lie in it."""

    def __init__(self) -> None:
        self._cards: list[Card] = []
        self._on = False
        self._seen: list[Exchange] | None = None
        self._leaving: tuple[int, int] | None = None

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

    def watch(self) -> list[Exchange]:
        """A list that grows by every exchange from now on."""
        self._seen = []
        return self._seen

    def leave_after(self, exchange: int, byte: int) -> None:
        """Let all cards leave in the middle of a conversation, and with them their power.

        Args:
            exchange: In which exchange from now on, the next being 0. Selection is no exchange.
            byte: After so many bytes of it, the frame's before the answer's. A card that leaves before the frame is
                whole has heard nothing; one that leaves before the answer is whole has done what it was told.
        """
        self._leaving = (exchange, byte)

    def hear(self, modulation: Modulation, frame: bytes) -> list[Answer]:
        """One frame to the cards of a modulation, and what they answer."""
        leaving = self._step_of_leaving()
        if leaving is not None and leaving < len(frame) + CRC_SIZE:
            self.take_off()
            return []
        answers = [card.hear(frame) for card in self._cards if card.modulation is modulation]
        answers = [answer for answer in answers if answer.data]
        exchange = Exchange(len(frame) + CRC_SIZE, max(map(_length, answers), default=0))
        if self._seen is not None:
            self._seen.append(exchange)
        if leaving is not None:
            self.take_off()
            return answers if leaving >= exchange.bytes else []
        return answers

    def _step_of_leaving(self) -> int | None:
        """The byte after which the cards leave, if this is the exchange."""
        if self._leaving is None:
            return None
        exchange, byte = self._leaving
        self._leaving = None if exchange == 0 else (exchange - 1, byte)
        return byte if exchange == 0 else None


def _length(answer: Answer) -> int:
    return 1 if answer.short else len(answer.data) + CRC_SIZE


def crc_a(data: bytes) -> bytes:
    """CRC_A of ISO/IEC 14443-3 annex B, low byte first, as sent."""
    crc = CRC_A_PRESET
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8408 if crc & 1 else 0)
    return crc.to_bytes(2, "little")
