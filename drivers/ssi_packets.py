"""Packets of Zebra's Simple Serial Interface: to bytes and back. Pure.

Source: Zebra, Simple Serial Interface Programmer's Guide, 72E-40451, chapter on packets.
"""

from enum import IntEnum, IntFlag

from msgspec import Struct

HEADER = 4
"""Bytes of length, opcode, source and status; the least that a length can say."""

CHECKSUM = 2
"""Bytes of the checksum, high byte first; the length leaves them out."""

MAX_DATA = 0xFF - HEADER
"""Bytes of data in one packet at most, since the length is one byte."""


class Opcode(IntEnum):
    """The operations that this host knows."""

    REQUEST_REVISION = 0xA3
    REPLY_REVISION = 0xA4
    PARAM_SEND = 0xC6
    CMD_ACK = 0xD0
    CMD_NAK = 0xD1
    CAPABILITIES_REPLY = 0xD4
    START_SESSION = 0xE4
    STOP_SESSION = 0xE5
    BEEP = 0xE6
    SCAN_ENABLE = 0xE9
    SCAN_DISABLE = 0xEA
    DECODE_DATA = 0xF3
    EVENT = 0xF6


class Source(IntEnum):
    """Which end sent a packet."""

    DECODER = 0
    HOST = 4


class Status(IntFlag):
    """Bits of the status byte that this host uses. Bit 3, a permanent parameter change, is never sent."""

    RETRANSMIT = 0x01
    CONTINUED = 0x02


class Packet(Struct, frozen=True):
    """One packet.

    Attributes:
        opcode: What it is; not every value is an Opcode.
        data: At most MAX_DATA bytes.
        source: Which end sent it.
        retransmit: It was sent before, without an answer.
        continued: More packets of the same message follow.
    """

    opcode: int
    data: bytes = b""
    source: Source = Source.HOST
    retransmit: bool = False
    continued: bool = False

    def to_bytes(self) -> bytes:
        """The packet with its checksum.

        Raises:
            ValueError: more than MAX_DATA bytes of data.
        """
        if len(self.data) > MAX_DATA:
            raise ValueError(f"expected at most {MAX_DATA} bytes in an SSI packet, got {len(self.data)}")
        status = Status.RETRANSMIT * self.retransmit | Status.CONTINUED * self.continued
        body = bytes((HEADER + len(self.data), self.opcode, self.source, status)) + self.data
        return body + checksum(body)


class Garbled(Struct, frozen=True):
    """Bytes since the last good packet that should have been one."""


def checksum(body: bytes | bytearray) -> bytes:
    """The two's complement of the sum of all bytes, 16 bits, high byte first."""
    return (-sum(body) & 0xFFFF).to_bytes(CHECKSUM, "big")


class PacketReader:
    """Finds packets in a stream of bytes, and finds its way back after bytes were lost or changed.

    A packet that fails is searched, byte by byte, for one that begins inside it: when a byte was lost, the
    sender's next packet has already run into it.

    Args:
        source: Whose packets to look for; a packet that names the other end is none.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer = bytearray()
        self._lost = False

    @property
    def held(self) -> int:
        """Bytes of a packet that has not ended."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Packet]:
        """Take bytes, in any chunks, and give the packets that they complete."""
        self._buffer += data
        return self._search(ended=False)

    def end(self) -> list[Packet | Garbled]:
        """Silence: a packet that has not ended will not.

        Only now are garbled bytes told of, once: before, their sender may still be at it and would not hear.
        """
        found: list[Packet | Garbled] = [*self._search(ended=True)]
        if self._lost:
            found.append(Garbled())
        self._lost = False
        return found

    def _search(self, *, ended: bool) -> list[Packet]:
        found: list[Packet] = []
        buffer = self._buffer
        while buffer:
            size = buffer[0] + CHECKSUM
            if buffer[0] < HEADER:  # NUL and other noise of a line that is being plugged in
                del buffer[0]
            elif len(buffer) > 2 and buffer[2] != self._source:
                self._skip()
            elif len(buffer) < size and not ended:
                break
            elif len(buffer) < size or checksum(buffer[: size - CHECKSUM]) != buffer[size - CHECKSUM : size]:
                self._skip()
            else:
                found.append(self._packet(bytes(buffer[: size - CHECKSUM])))
                del buffer[:size]
                self._lost = False
        return found

    def _skip(self) -> None:
        del self._buffer[0]
        self._lost = True

    def _packet(self, body: bytes) -> Packet:
        status = body[3]
        return Packet(
            opcode=body[1],
            data=body[HEADER:],
            source=self._source,
            retransmit=bool(status & Status.RETRANSMIT),
            continued=bool(status & Status.CONTINUED),
        )
