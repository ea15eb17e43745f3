"""Frames between host and PN532 (user manual UM0701-02, 6.2.1, pages 28 to 31).

The manual gives no time-out between the bytes of one frame, so none is modelled: a frame that was cut off takes
bytes of the next one, until its length is reached and its checksum shows the damage.
"""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

START = b"\x00\xff"
ACK = bytes.fromhex("0000FF00FF00")
NACK = bytes.fromhex("0000FFFF0000")
ERROR = bytes.fromhex("0000FF01FF7F8100")
"""Syntax error at application level (6.2.1.5)."""
FROM_HOST, TO_HOST = 0xD4, 0xD5
LONGEST_NORMAL = 255
LONGEST_EXTENDED = 265
"""TFI and packet data (6.2.1.1, 6.2.1.2)."""


class Signal(Enum):
    """The two frames of the host that carry no data."""

    ACK = auto()
    NACK = auto()


class Command(Struct, frozen=True):
    """An information frame with right checksums.

    Attributes:
        tfi: D4h from the host.
        code: The command code, or None for a frame with nothing after its TFI.
        data: What follows the code.
    """

    tfi: int
    code: int | None
    data: bytes


def information(body: bytes) -> bytes:
    """The frame for TFI and packet data: normal up to 255 bytes, else extended (6.2.1.2)."""
    if len(body) <= LONGEST_NORMAL:
        head = bytes([len(body), -len(body) & 0xFF])
    else:
        length = len(body).to_bytes(2, "big")
        head = b"\xff\xff" + length + bytes([-sum(length) & 0xFF])
    return b"\x00" + START + head + body + bytes([-sum(body) & 0xFF, 0x00])


class FrameReader:
    """Finds frames in a stream. Whatever fits no frame, or has a wrong checksum, is passed over in silence.

    UM0701-02, 6.2.2.1: on an error at the data link the PN532 sends no ACK, and the host tries again.
    """

    def __init__(self) -> None:
        self._held = bytearray()

    def forget(self) -> None:
        """Drop what has been collected."""
        self._held.clear()

    def feed(self, data: bytes) -> list[Command | Signal]:
        """Take bytes and return the frames that they complete."""
        self._held += data
        found: list[Command | Signal] = []
        while True:
            start = self._held.find(START)
            if start < 0:
                del self._held[: max(0, len(self._held) - 1)]  # the last byte may begin a start code
                return found
            del self._held[:start]
            if not self._take(found):
                return found

    def _take(self, found: list[Command | Signal]) -> bool:
        """Take the frame whose start code stands first; False when bytes are wanting."""
        held = self._held
        if len(held) < 4:
            return False
        kind = bytes(held[2:4])
        if kind in {b"\x00\xff", b"\xff\x00"}:
            found.append(Signal.ACK if kind == b"\x00\xff" else Signal.NACK)
            del held[:4]
            return True
        begin, length, check = 4, held[2], held[3]
        if kind == b"\xff\xff":
            if len(held) < 7:
                return False
            begin, length, check = 7, int.from_bytes(held[4:6], "big"), held[6]
        summed = sum(length.to_bytes(2, "big")) + check
        if summed & 0xFF or not 1 <= length <= LONGEST_EXTENDED:
            del held[:2]  # the length is wrong: look for the next start code
            return True
        if len(held) < begin + length + 1:
            return False
        body, dcs = bytes(held[begin : begin + length]), held[begin + length]
        del held[: begin + length + 1]
        if not (sum(body) + dcs) & 0xFF:
            found.append(Command(body[0], body[1] if length > 1 else None, body[2:]))
        return True
