"""The one or two targets that the PN532 has listed, how its firmware talks to them (UM0701-02, 7.3.5 to 7.3.12)."""

from __future__ import annotations

from msgspec import Struct

from hw.bench.card_a import HLTA, CardA
from hw.bench.pn532_ciu import NOTHING, Ciu, Received, RfFault
from hw.bench.rf import Modulation

RATS_FSD_64 = b"\xe0\x50"
"""The firmware tells cards a frame size of 64 bytes and uses no CID (7.3.5, page 118)."""
READER_FRAME = 64
ISO_DEP_BIT = 0x20
FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)
"""FSC by FSCI (ISO/IEC 14443-4, table 1)."""
DEFAULT_FSCI = 2
OVERHEAD = 3
"""PCB and CRC."""
RETRIES = 2
"""R(NAK) sent before a silent card is given up (ISO/IEC 14443-4, 7.5.5.2; the number is the reader's choice)."""
ACK_NIBBLE = 0x0A


class BlockReader:
    """The reader's half of ISO/IEC 14443-4, clause 7, as the firmware runs it for InDataExchange."""

    def __init__(self, ciu: Ciu, ats: bytes) -> None:
        self._ciu = ciu
        has_t0 = len(ats) > 1
        size = FRAME_SIZES[min(ats[1] & 0x0F if has_t0 else DEFAULT_FSCI, len(FRAME_SIZES) - 1)]
        self._room = min(size, READER_FRAME) - OVERHEAD
        self._number = 0

    def exchange(self, apdu: bytes) -> Received:
        """Send one APDU, chained if need be, and collect its answer."""
        parts = [apdu[at : at + self._room] for at in range(0, len(apdu), self._room)] or [b""]
        got = NOTHING
        for part in parts[:-1]:
            got = self._block(bytes([0x12 | self._number]) + part)
            if got.fault is not None or got.data[0] & 0xF6 != 0xA2:
                return Received(fault=got.fault or RfFault.FORMAT)
            self._number ^= 1
        got = self._block(bytes([0x02 | self._number]) + parts[-1])
        answer = b""
        while got.fault is None and got.data[0] & 0xE2 == 0x02 and got.data[0] & 1 == self._number:
            answer += got.data[1:]
            self._number ^= 1
            if not got.data[0] & 0x10:
                return Received(answer)
            got = self._block(bytes([0xA2 | self._number]))
        return Received(fault=got.fault or RfFault.FORMAT)

    def _block(self, block: bytes) -> Received:
        got = self._ciu.exchange(block)
        for _ in range(RETRIES):
            if got.fault is None:
                break
            got = self._ciu.exchange(bytes([0xB2 | self._number]))
        while got.fault is None and got.data[0] & 0xF7 == 0xF2:  # S(WTX): grant it
            got = self._ciu.exchange(got.data)
        return got

    def present(self) -> bool:
        """R(NAK) as a presence check; the card answers R(ACK) or repeats its last block."""
        return self._ciu.exchange(bytes([0xB2 | self._number])).fault is None

    def deselect(self) -> bool:
        """S(DESELECT). Whether the card confirmed."""
        return self._ciu.exchange(b"\xc2").data == b"\xc2"


class Target(Struct):
    """A listed card.

    Attributes:
        described: The target data of InListPassiveTarget, without its number.
        card: The type A card; None for FeliCa, which knows no selection.
        speed: 0 for 106, 1 for 212, 2 for 424 kbit/s.
        blocks: The block protocol once RATS was answered.
        awake: Selected just now.
    """

    described: bytes
    card: CardA | None
    speed: int
    blocks: BlockReader | None = None
    awake: bool = True

    @property
    def modulation(self) -> Modulation:
        """Type A or FeliCa."""
        return Modulation.F if self.card is None else Modulation.A


class Targets:
    """At most two targets, numbered 1 and 2."""

    def __init__(self, ciu: Ciu) -> None:
        self._ciu = ciu
        self._listed: list[Target] = []

    def __len__(self) -> int:
        return len(self._listed)

    def clear(self) -> None:
        """Forget them without a word to the cards."""
        self._listed.clear()

    def get(self, number: int) -> Target | None:
        """The target with this number."""
        return self._listed[number - 1] if 1 <= number <= len(self._listed) else None

    def list_a(self, most: int, wanted: bytes, *, rats: bool) -> list[bytes]:
        """Find type A cards; return the target data of each (7.3.5, page 117)."""
        self._listed.clear()
        while len(self._listed) < most:
            for earlier in self._listed:
                self.put_to_sleep(earlier)
            found = self._ciu.find_a(wanted)
            if found is None:
                break
            atqa, card = found
            uid = card.identity
            target = Target(atqa[::-1] + bytes([card.sak, len(uid)]) + uid, card, 0)
            if rats and card.sak & ISO_DEP_BIT:
                target.described += self._activate(target)
            self._listed.append(target)
        return [target.described for target in self._listed]

    def list_f(self, most: int, speed: int, polling: bytes) -> list[bytes]:
        """Find FeliCa cards; the target data is the polling answer with its length (7.3.5, page 118)."""
        answers = self._ciu.find_f(speed, polling)[:most]
        self._listed = [Target(answer, None, speed) for answer in answers]
        return [target.described for target in self._listed]

    def _activate(self, target: Target) -> bytes:
        ats = self._ciu.exchange(RATS_FSD_64)
        if ats.fault is None:
            target.blocks = BlockReader(self._ciu, ats.data)
        return ats.data if ats.fault is None else b""

    def put_to_sleep(self, target: Target) -> None:
        """Deselect or halt a card that is awake (7.3.10)."""
        if not target.awake or target.card is None:
            return
        self._ciu.tune(target.modulation, target.speed)
        if target.blocks is not None:
            target.blocks.deselect()
        else:
            self._ciu.exchange(HLTA)
        target.awake = False

    def wake(self, target: Target) -> bool:
        """Select a card again after the others were put to sleep (7.3.12). Whether it is there."""
        for other in self._listed:
            if other is not target:
                self.put_to_sleep(other)
        if target.awake or target.card is None:
            return True
        self._ciu.tune(target.modulation, target.speed)
        if target.card not in self._ciu.field.cards or not target.card.wake():
            return False
        target.card.select()
        target.awake = True
        if target.blocks is not None:
            self._activate(target)
        return True

    def exchange(self, target: Target, data: bytes) -> Received:
        """InDataExchange with one target (7.3.8)."""
        if not self.wake(target):
            return NOTHING
        self._ciu.tune(target.modulation, target.speed)
        if target.blocks is not None:
            return target.blocks.exchange(data)
        got = self._ciu.exchange(data)
        if got.nibble is None:
            return got
        return Received() if got.nibble == ACK_NIBBLE else Received(fault=RfFault.FORMAT)

    def release(self, number: int) -> bool:
        """Put to sleep and forget one target, or all for number 0 (7.3.11). Whether there was such a target."""
        if number == 0:
            for target in self._listed:
                self.put_to_sleep(target)
            self._listed.clear()
            return True
        target_or_none = self.get(number)
        if target_or_none is None:
            return False
        self.put_to_sleep(target_or_none)
        self._listed.remove(target_or_none)
        return True
