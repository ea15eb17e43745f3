"""A FeliCa card (JIS X 6319-4; command names and status flags as in Sony's FeliCa Card User's Manual)."""

from __future__ import annotations

import random

from msgspec import Struct

from hw.bench.rf import SILENCE, Answer, Modulation

BLOCK = 16
"""Bytes a block."""
NDEF_SYSTEM = 0x12FC
READ_SERVICE, WRITE_SERVICE = 0x000B, 0x0009
"""The random services without key of the NFC Forum Type 3 Tag."""
BLOCKS_A_READ, BLOCKS_A_WRITE = 12, 8
PMM = bytes.fromhex("0120220427674EFF")
"""IC code 20h; the six bytes after it code the longest response times (FeliCa User's Manual, 3.3.2)."""
POLLING, REQUEST_RESPONSE, READ, WRITE, REQUEST_SYSTEM_CODE = 0x00, 0x04, 0x06, 0x08, 0x0C

BAD_SERVICE_COUNT, BAD_BLOCK_COUNT = b"\xff\xa1", b"\xff\xa2"
BAD_SERVICE, BAD_BLOCK = b"\x01\xa6", b"\x01\xa8"
"""Status flags 1 and 2 (FeliCa User's Manual, 4.5)."""


class _Lists(Struct, frozen=True):
    """What a read or write asks for: blocks of one of the two services, and what stands behind the lists."""

    service: int
    blocks: tuple[int, ...]
    rest: bytes


class FelicaCard:
    """One system with the blocks of the Type 3 Tag.

    Args:
        idm: Eight bytes.
        message: The NDEF message in it.
        system_code: The system's code; 12FCh is NDEF.
        pmm: Eight bytes of manufacture parameters.
        capacity: Blocks for NDEF data (Nmaxb).
        chance: Chooses the time slot of a polling answer.
    """

    modulation = Modulation.F

    def __init__(
        self,
        idm: bytes,
        message: bytes = b"",
        *,
        system_code: int = NDEF_SYSTEM,
        pmm: bytes = PMM,
        capacity: int = 64,
        chance: random.Random | None = None,
    ) -> None:
        if len(idm) != 8 or len(pmm) != 8:
            raise ValueError(f"IDm and PMm have 8 bytes each (JIS X 6319-4); got {len(idm)} and {len(pmm)}")
        if len(message) > capacity * BLOCK:
            raise ValueError(f"the card holds {capacity * BLOCK} bytes; the NDEF message has {len(message)}")
        self.identity = idm
        self.system_code = system_code
        self._pmm = pmm
        self._chance = chance or random.Random()
        self._powered = False
        data = message.ljust(capacity * BLOCK, b"\x00")
        self._blocks = [bytes(self._attributes(message, capacity))]
        self._blocks += [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]

    @staticmethod
    def _attributes(message: bytes, capacity: int) -> bytes:
        """The attribute information block (NFC Forum Type 3 Tag, 6.1)."""
        head = (
            bytes([0x10, BLOCKS_A_READ, BLOCKS_A_WRITE])
            + capacity.to_bytes(2, "big")
            + bytes(4)
            + b"\x00\x01"  # WriteF finished, RWFlag read and write
            + len(message).to_bytes(3, "big")
        )
        return head + sum(head).to_bytes(2, "big")

    def power(self, on: bool) -> None:
        """The field came or went."""
        self._powered = on

    def answers(self, system_code: int) -> bool:
        """Whether a polling for this code concerns the card: FFh stands for any byte (JIS X 6319-4, polling)."""
        wanted, own = system_code.to_bytes(2, "big"), self.system_code.to_bytes(2, "big")
        return self._powered and all(want in {0xFF, have} for want, have in zip(wanted, own, strict=True))

    def slot(self, last: int) -> int:
        """The time slot of the polling answer, 0 to the last one."""
        return self._chance.randint(0, last)

    def hear(self, frame: bytes) -> Answer:
        """One frame: length, command code, parameters. A command for another IDm is not answered."""
        if not self._powered or len(frame) < 2 or frame[0] != len(frame):
            return SILENCE
        if frame[1] == POLLING:
            return self._polling(frame[2:])
        if frame[2:10] != self.identity:
            return SILENCE
        command, body = frame[1], frame[10:]
        if command == READ:
            data = self._read(body)
        elif command == WRITE:
            data = self._write(body)
        elif command == REQUEST_RESPONSE and not body:
            data = b"\x00"  # mode 0
        elif command == REQUEST_SYSTEM_CODE and not body:
            data = b"\x01" + self.system_code.to_bytes(2, "big")
        else:
            return SILENCE
        return Answer(bytes([len(data) + 10, command + 1]) + self.identity + data)

    def _polling(self, body: bytes) -> Answer:
        if len(body) != 4 or not self.answers(int.from_bytes(body[:2], "big")):
            return SILENCE
        data = self.identity + self._pmm
        if body[2] == 1:
            data += self.system_code.to_bytes(2, "big")
        elif body[2] == 2:
            data += b"\x00\x83"  # 212 and 424 kbit/s, detected by itself
        return Answer(bytes([len(data) + 2, 0x01]) + data)

    def _read(self, body: bytes) -> bytes:
        lists = self._lists(body, BLOCKS_A_READ, {READ_SERVICE, WRITE_SERVICE})
        if isinstance(lists, bytes):
            return lists
        if lists.rest:
            return BAD_BLOCK_COUNT
        return b"\x00\x00" + bytes([len(lists.blocks)]) + b"".join(self._blocks[number] for number in lists.blocks)

    def _write(self, body: bytes) -> bytes:
        lists = self._lists(body, BLOCKS_A_WRITE, {WRITE_SERVICE})
        if isinstance(lists, bytes):
            return lists
        if len(lists.rest) != BLOCK * len(lists.blocks):
            return BAD_BLOCK_COUNT
        for place, number in enumerate(lists.blocks):
            self._blocks[number] = lists.rest[place * BLOCK : (place + 1) * BLOCK]
        return b"\x00\x00"

    def _lists(self, body: bytes, most: int, services: set[int]) -> _Lists | bytes:
        """The service and block lists, or the status flags that refuse them."""
        if not body or body[0] != 1 or len(body) < 4:
            return BAD_SERVICE_COUNT
        service = int.from_bytes(body[1:3], "little")
        if service not in services:
            return BAD_SERVICE
        count, rest, blocks = body[3], body[4:], []
        if not 1 <= count <= most:
            return BAD_BLOCK_COUNT
        for _ in range(count):
            size = 2 if rest[:1] >= b"\x80" else 3  # bit 7: block number of one byte
            element, rest = rest[:size], rest[size:]
            if len(element) < size or element[0] & 0x0F:
                return BAD_BLOCK_COUNT
            blocks.append(int.from_bytes(element[1:], "little"))
        if any(number >= len(self._blocks) for number in blocks):
            return BAD_BLOCK
        return _Lists(service, tuple(blocks), rest)
