"""The contactless interface unit of the PN532: its registers, and single frames through the air.

PN532/C1 data sheet rev. 3.2, 8.6 (CIU) and 8.6.23 (registers).
"""

from __future__ import annotations

import binascii
from collections import deque
from enum import IntEnum
from functools import reduce
from operator import or_

from msgspec import Struct

from hw.bench.card_a import CardA, anticollision, cascade, type_a
from hw.bench.card_felica import FelicaCard
from hw.bench.rf import Answer, Field, Modulation, crc_a

FIFO_SIZE = 64
"""Bytes in the CIU's FIFO (8.6.12). What overflows is lost."""
CRC_ENABLED = 0x80
"""TxCRCEn of CIU_TxMode, RxCRCEn of CIU_RxMode."""
TRANSMITTER_ON = 0b11
"""Tx2RFEn and Tx1RFEn of CIU_TxControl."""
REQA, SEL_CL1 = 0x26, 0x93


class Register(IntEnum):
    """The registers that do something here; every other address only keeps what is written."""

    TX_MODE = 0x6302
    RX_MODE = 0x6303
    TX_CONTROL = 0x6304
    FIFO_DATA = 0x6339
    FIFO_LEVEL = 0x633A
    VERSION = 0x6327


class RfFault(IntEnum):
    """Status bytes of the RF commands (UM0701-02, 7.1, page 67)."""

    TIMEOUT = 0x01
    CRC = 0x02
    BUFFER = 0x07
    FORMAT = 0x13
    CONTEXT = 0x27


class Received(Struct, frozen=True):
    """What came out of the air.

    Attributes:
        data: The bytes, when there is no fault.
        fault: Why there are none.
        nibble: An answer of four bits, which is a CRC fault to a receiver that wants a CRC.
    """

    data: bytes = b""
    fault: RfFault | None = None
    nibble: int | None = None


NOTHING = Received(fault=RfFault.TIMEOUT)

SPEEDS = {Modulation.A: (0,), Modulation.F: (1, 2), Modulation.B: (0,), Modulation.ACTIVE: ()}
"""TxSpeed and RxSpeed (0: 106, 1: 212, 2: 424 kbit/s) at which the bench's cards listen."""


class Ciu:
    """Registers, FIFO and antenna."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.reset()

    def reset(self) -> None:
        """As after power-on: the field off, the registers at their reset values."""
        self.field.switch(False)
        self._registers: dict[int, int] = {Register.TX_CONTROL: 0x80, Register.VERSION: 0x80}
        self._fifo: deque[int] = deque(maxlen=FIFO_SIZE)

    def switch_field(self, on: bool) -> None:
        """Switch the carrier."""
        self.field.switch(on)
        control = self._registers[Register.TX_CONTROL] & ~TRANSMITTER_ON
        self._registers[Register.TX_CONTROL] = control | (TRANSMITTER_ON if on else 0)

    def read(self, address: int) -> int:
        """Read a register. Reading CIU_FIFOData takes the byte out of the FIFO."""
        if address == Register.FIFO_DATA:
            return self._fifo.popleft() if self._fifo else 0
        if address == Register.FIFO_LEVEL:
            return len(self._fifo)
        return self._registers.get(address, 0)

    def write(self, address: int, value: int) -> None:
        """Write a register."""
        if address == Register.FIFO_DATA:
            self._fifo.append(value)
        elif address == Register.FIFO_LEVEL:
            if value & 0x80:  # FlushBuffer
                self._fifo.clear()
        else:
            self._registers[address] = value
            if address == Register.TX_CONTROL:
                self.field.switch(bool(value & TRANSMITTER_ON))

    def tune(self, modulation: Modulation, speed: int) -> None:
        """Set both directions to a modulation and a speed, with CRC, as the firmware does for a new target."""
        self._registers[Register.TX_MODE] = CRC_ENABLED | speed << 4 | modulation.value
        self._registers[Register.RX_MODE] = CRC_ENABLED | speed << 4 | modulation.value

    def remember(self, *sent: int) -> None:
        """Leave in the FIFO what was sent last and not answered."""
        self._fifo = deque(sent, maxlen=FIFO_SIZE)

    def exchange(self, frame: bytes) -> Received:
        """Send one frame with the settings of the registers and receive the answer."""
        sending, receiving = self._registers.get(Register.TX_MODE, 0), self._registers.get(Register.RX_MODE, 0)
        modulation, speed = Modulation(sending & 0b11), sending >> 4 & 0b111
        self._fifo.clear()
        if not self.field.on or receiving & 0b1110011 != sending & 0b1110011 or speed not in SPEEDS[modulation]:
            return NOTHING
        if not sending & CRC_ENABLED:  # the host sends its own CRC, and a card is deaf to a wrong one
            frame, check = frame[:-2], frame[-2:]
            if check != _crc(modulation, frame):
                return NOTHING
        answers = self.field.hear(modulation, frame)
        if not answers:
            return NOTHING
        if len(answers) > 1:
            return Received(fault=RfFault.CRC)  # two cards at once: bits of both
        return self._received(modulation, answers[0], with_crc=bool(receiving & CRC_ENABLED))

    @staticmethod
    def _received(modulation: Modulation, answer: Answer, *, with_crc: bool) -> Received:
        if answer.short:
            return Received(answer.data, RfFault.CRC if with_crc else None, answer.data[0])
        return Received(answer.data if with_crc else answer.data + _crc(modulation, answer.data))

    def find_a(self, wanted: bytes) -> tuple[bytes, CardA] | None:
        """REQA, anticollision and selection (ISO/IEC 14443-3, 6.4).

        Args:
            wanted: The UID to select, with its cascade tags; empty for whichever card wins.

        Returns:
            ATQA as received, the bits of several cards over each other, and the card; or None.
        """
        self.switch_field(True)
        self.tune(Modulation.A, 0)
        present = [card for card in type_a(self.field.cards) if card.request()]
        if not present:
            self.remember(REQA)
            return None
        asked_for = [card for card in present if not wanted or cascade(card.identity) == wanted]
        winner = anticollision(asked_for) if asked_for else None
        for card in present:
            if card is not winner:
                card.unselected()
        if winner is None:
            self.remember(SEL_CL1, 0x70, *wanted[:4])
            return None
        winner.select()
        self._fifo.clear()
        return _overlaid([card.atqa for card in present]), winner

    def find_f(self, speed: int, polling: bytes) -> list[bytes]:
        """Polling (JIS X 6319-4). A slot in which two cards answer is lost.

        Args:
            speed: 1 for 212, 2 for 424 kbit/s.
            polling: Command code, system code, request code and the number of the last time slot.
        """
        self.switch_field(True)
        self.tune(Modulation.F, speed)
        self._fifo.clear()
        slots: dict[int, list[bytes]] = {}
        for card in self.field.cards:
            if isinstance(card, FelicaCard):
                answer = card.hear(bytes([len(polling) + 1]) + polling)
                if answer.data:
                    slots.setdefault(card.slot(polling[4]), []).append(answer.data)
        return [answers[0] for _, answers in sorted(slots.items()) if len(answers) == 1]


def _overlaid(answers: list[bytes]) -> bytes:
    """Answers sent at once: a bit that collides reads as 1."""
    return bytes(reduce(or_, column) for column in zip(*answers, strict=True))


def _crc(modulation: Modulation, data: bytes) -> bytes:
    """CRC_A, or the CRC of JIS X 6319-4 (CCITT, preset 0, high byte first)."""
    return crc_a(data) if modulation is Modulation.A else binascii.crc_hqx(data, 0).to_bytes(2, "big")
