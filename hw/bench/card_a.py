"""A type A card up to its selection (ISO/IEC 14443-3, clause 6); what it does once selected is its application's."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Protocol

from hw.bench.rf import SILENCE, Answer, Card, Modulation

CASCADE_TAG = 0x88
"""CT, which stands before the first three bytes of a longer UID (ISO/IEC 14443-3, 6.5.4)."""
HLTA = b"\x50\x00"
RANDOM_UID_FIRST = 0x08
"""First byte of a single-size UID that is random (ISO/IEC 14443-3, 6.5.4, table on uid0)."""


class State(Enum):
    """States of ISO/IEC 14443-3, 6.3."""

    POWER_OFF = "power off"
    IDLE = "idle"
    READY = "ready"
    ACTIVE = "active"
    HALT = "halt"


class Application(Protocol):
    """What a type A card does once it is selected."""

    @property
    def keeps_to_itself(self) -> bool:
        """In a protocol of its own, deaf to REQA (ISO/IEC 14443-4: the PROTOCOL state)."""
        ...

    def reset(self) -> None:
        """Forget everything that a loss of power or a new selection forgets."""
        ...

    def hear(self, frame: bytes) -> Answer:
        """Answer one frame, given without its CRC."""
        ...


class CardA:
    """A type A card.

    Args:
        application: What answers once the card is selected.
        uid: 4, 7 or 10 bytes, or a function that gives a new one at every power-up.
        atqa: As sent, low byte first, or a function that gives it for a UID.
        sak: The last SAK, that of the complete UID.
    """

    modulation = Modulation.A

    def __init__(
        self,
        application: Application,
        uid: bytes | Callable[[], bytes],
        *,
        atqa: bytes | Callable[[bytes], bytes],
        sak: int,
    ) -> None:
        self._application = application
        self._maker = uid
        self._uid = self._new_uid()
        if len(self._uid) not in {4, 7, 10}:
            raise ValueError(f"a UID has 4, 7 or 10 bytes (ISO/IEC 14443-3, 6.5.4); got {len(self._uid)}")
        self._atqa = atqa
        self.sak = sak
        self.state = State.POWER_OFF

    @property
    def identity(self) -> bytes:
        """The UID that the card would tell at this moment."""
        return self._uid

    @property
    def atqa(self) -> bytes:
        """As sent, low byte first."""
        return self._atqa if isinstance(self._atqa, bytes) else self._atqa(self._uid)

    def _new_uid(self) -> bytes:
        return self._maker if isinstance(self._maker, bytes) else self._maker()

    def power(self, on: bool) -> None:
        """The field came or went."""
        self._application.reset()
        self.state = State.IDLE if on else State.POWER_OFF
        if on:
            self._uid = self._new_uid()

    def request(self) -> bool:
        """REQA. Whether the card sends its ATQA (ISO/IEC 14443-3, 6.3 and 6.4.1)."""
        if self.state is State.IDLE:
            self.state = State.READY
            return True
        if self.state in {State.READY, State.ACTIVE} and not self._application.keeps_to_itself:
            self.state = State.IDLE
        return False

    def wake(self) -> bool:
        """WUPA: as REQA, but a halted card answers too."""
        if self.state is State.HALT:
            self.state = State.READY
            return True
        return self.request()

    def select(self) -> None:
        """The complete UID was selected."""
        self._application.reset()
        self.state = State.ACTIVE

    def unselected(self) -> None:
        """Another card was selected: back to IDLE."""
        if self.state is State.READY:
            self.state = State.IDLE

    def hear(self, frame: bytes) -> Answer:
        """Answer one frame in the active state."""
        if self.state is not State.ACTIVE:
            return SILENCE
        if frame == HLTA and not self._application.keeps_to_itself:
            self.state = State.HALT
            return SILENCE
        answer = self._application.hear(frame)
        if answer.halts:
            self._application.reset()
            self.state = State.HALT
        elif answer.leaves:
            self._application.reset()
            self.state = State.IDLE
        return answer


def cascade(uid: bytes) -> bytes:
    """A UID as the cascade levels carry it: CT before the first three bytes of each level that is not the last."""
    levels = b""
    while len(uid) > 4:
        levels += bytes([CASCADE_TAG]) + uid[:3]
        uid = uid[3:]
    return levels + uid


def anticollision(cards: Sequence[CardA]) -> CardA:
    """The card that wins (ISO/IEC 14443-3, 6.5.3.1): at a collided bit the reader goes on with (1)b.

    Bits go out lowest first, so the winner is the greatest UID read bit-reversed, level by level.
    """
    return max(cards, key=lambda card: tuple(int(f"{byte:08b}"[::-1], 2) for byte in cascade(card.identity)))


def type_a(cards: Sequence[Card]) -> list[CardA]:
    """The type A cards among them."""
    return [card for card in cards if isinstance(card, CardA)]


def random_uid(chance: random.Random) -> Callable[[], bytes]:
    """UIDs as a phone makes them: 08 and three random bytes, new at every power-up."""
    return lambda: bytes([RANDOM_UID_FIRST]) + chance.randbytes(3)
