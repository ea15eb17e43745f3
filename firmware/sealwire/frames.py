"""Frames: what stands between two delimiters on the line. PROTOCOL.md, "Frames"."""

from sealwire.cobs import DELIMITER, decode_in_place, encode
from sealwire.crc import crc16

HELLO = 0
DATA = 1
ACK = 2
LOOSE = 3
"""Kinds of frames: who is there; a message that will arrive once; an acknowledgement; a message that may be lost."""

KINDS = 4

HEADER_BYTES = 9
CRC_BYTES = 2

MAX_PAYLOAD = 600
"""Bytes of a message at most: a scan of 512 bytes (GS1's longest messages) and what goes with it."""

MAX_FRAME = HEADER_BYTES + MAX_PAYLOAD + CRC_BYTES
MAX_ENCODED = MAX_FRAME + MAX_FRAME // 254 + 1
"""Bytes between two delimiters at most: 52 ms at 115,200 baud."""

_DELIMITER = bytes((DELIMITER,))


class Frame:
    """One frame.

    Attributes:
        kind: HELLO, DATA, ACK or LOOSE.
        session: Which handshake it belongs to; 0 for HELLO.
        seq: Number of a DATA frame; the next one's for all others.
        ack: Which DATA frame the sender expects next.
        payload: The message, or b"" of an ACK.
    """

    def __init__(self, kind: int, session: int, seq: int, ack: int, payload: bytes) -> None:
        self.kind = kind
        self.session = session
        self.seq = seq
        self.ack = ack
        self.payload = payload

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and self.to_wire() == other.to_wire()

    def __hash__(self) -> int:
        return hash(self.to_wire())

    def __repr__(self) -> str:
        return "Frame(%d, %d, %d, %d, %r)" % (self.kind, self.session, self.seq, self.ack, self.payload)

    def to_wire(self) -> bytes:
        """The bytes on the line: a delimiter before as well, so that rubbish on the line spoils no frame after it."""
        raw = bytearray(HEADER_BYTES)
        raw[0] = self.kind
        _put(raw, 1, self.session)
        _put(raw, 3, self.seq)
        _put(raw, 5, self.ack)
        _put(raw, 7, len(self.payload))
        raw.extend(self.payload)
        crc = crc16(raw)
        raw.append(crc & 0xFF)
        raw.append(crc >> 8)
        out = bytearray(1)
        out.extend(encode(raw))
        out.append(DELIMITER)
        return bytes(out)


class Deframer:
    """Finds the frames in what comes from the line, however it is cut into pieces. What is none is dropped and counted.

    Attributes:
        spoiled: How many times there was something between two delimiters that was no frame.
    """

    def __init__(self) -> None:
        self.spoiled = 0
        self._buffer = bytearray(MAX_ENCODED)
        self._length = 0
        self._too_long = False

    def feed(self, data: "bytes | bytearray | memoryview") -> "list[Frame]":
        """Take bytes from the line.

        Returns:
            The frames that they end.
        """
        data = bytes(data)  # of what MicroPython gives here, bytes alone have `find`
        frames = []
        at = 0
        while at < len(data):
            end = data.find(_DELIMITER, at)
            self._keep(data[at:] if end < 0 else data[at:end])
            if end < 0:
                break
            at = end + 1
            if self._length:
                frame = None if self._too_long else self._read()
                if frame is None:
                    self.spoiled += 1
                else:
                    frames.append(frame)
                self._length = 0
                self._too_long = False
        return frames

    def _keep(self, piece: bytes) -> None:
        """Put a piece of what stands between two delimiters behind those before it."""
        end = self._length + len(piece)
        if end > MAX_ENCODED:
            self._too_long = True
            end = MAX_ENCODED
        self._buffer[self._length : end] = piece[: end - self._length]
        self._length = end

    def _read(self) -> "Frame | None":
        """The frame that stands encoded in the buffer, or None."""
        raw = self._buffer
        end = decode_in_place(raw, self._length) - CRC_BYTES
        length = end - HEADER_BYTES
        if length < 0 or raw[0] >= KINDS or _get(raw, 7) != length:
            return None
        view = memoryview(raw)
        if crc16(view[:end]) != _get(raw, end):
            return None
        return Frame(raw[0], _get(raw, 1), _get(raw, 3), _get(raw, 5), bytes(view[HEADER_BYTES:end]))


def _put(raw: bytearray, at: int, number: int) -> None:
    raw[at] = number & 0xFF
    raw[at + 1] = number >> 8


def _get(raw: bytearray, at: int) -> int:
    return raw[at] | raw[at + 1] << 8
