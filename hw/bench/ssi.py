"""Zebra's Simple Serial Interface as its scanners speak it: packets, and the sender's side of ACK and NAK.

Sources: Simple Serial Interface Programmer's Guide 72E-40451, and the SSI chapters of the SE-923, SE955, DS457, DS4308,
DS8178, DS9908 and CR6080 guides, which repeat it packet by packet. Nothing here does I/O; the clock is handed in.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum, IntEnum, IntFlag

from msgspec import Struct
from msgspec.structs import replace

DECODER, HOST = 0, 4
"""The message source byte."""

MAX_LENGTH = 0xFF
"""Largest length byte: the packet without its checksum."""

HEADER = 4
"""Length, opcode, source and status: the shortest packet, without its checksum."""

DATA_PER_PACKET = MAX_LENGTH - HEADER - 1
"""Bytes of a barcode in one DECODE_DATA packet, beside its code type."""

RESENDS = 2
"""A scanner sends twice more before it declares a transmit error (CR6080 guide, "Software Handshaking")."""


class Opcode(IntEnum):
    """The opcodes that the bench scanner knows (DS9908 guide, table 15)."""

    REQUEST_REVISION = 0xA3
    REPLY_REVISION = 0xA4
    AIM_OFF = 0xC4
    AIM_ON = 0xC5
    PARAM_SEND = 0xC6
    PARAM_DEFAULTS = 0xC8
    CMD_ACK = 0xD0
    CMD_NAK = 0xD1
    FLUSH_QUEUE = 0xD2
    START_SESSION = 0xE4
    STOP_SESSION = 0xE5
    BEEP = 0xE6
    LED_ON = 0xE7
    LED_OFF = 0xE8
    SCAN_ENABLE = 0xE9
    SCAN_DISABLE = 0xEA
    SLEEP = 0xEB
    DECODE_DATA = 0xF3


class Status(IntFlag):
    """Bits of the status byte."""

    NONE = 0
    RETRANSMIT = 1
    CONTINUED = 2  # an intermediate packet of a message of several packets
    PERMANENT = 8


class Cause(IntEnum):
    """Why a packet was refused (CMD_NAK, data byte)."""

    RESEND = 1
    BAD_CONTEXT = 2
    DENIED = 6
    CANCEL = 10


class Packet(Struct, frozen=True):
    """One SSI packet.

    Attributes:
        opcode: What it is; not limited to `Opcode`, as a host may send anything.
        source: `DECODER` or `HOST`.
        status: Retransmit, continued, permanent.
        data: What follows the status, without the checksum.
    """

    opcode: int
    source: int = DECODER
    status: Status = Status.NONE
    data: bytes = b""

    def to_bytes(self) -> bytes:
        """The packet with its checksum, high byte first."""
        body = bytes((HEADER + len(self.data), self.opcode, self.source, self.status)) + self.data
        return body + checksum(body)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Packet | None":
        """The packet in `raw`, which has the length that its first byte says; None when the checksum is wrong."""
        body = raw[:-2]
        if checksum(body) != raw[-2:]:
            return None
        return cls(body[1], body[2], Status(body[3]), body[4:])


def checksum(body: bytes) -> bytes:
    """Two's complement of the sum of all bytes, high byte first."""
    return (-sum(body) & 0xFFFF).to_bytes(2, "big")


def nak(cause: Cause) -> Packet:
    """The scanner's refusal."""
    return Packet(Opcode.CMD_NAK, data=bytes((cause,)))


class Inbox:
    """Cuts the host's bytes into packets. A NUL between packets is WAKEUP and says nothing more."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Packet | None]:
        """The packets that `data` completes; None stands for one with a wrong checksum."""
        self._buffer += data
        packets: list[Packet | None] = []
        while True:
            self._buffer = self._buffer.lstrip(b"\x00")
            if not self._buffer or len(self._buffer) < self._buffer[0] + 2:
                return packets
            size = self._buffer[0] + 2
            raw, self._buffer = self._buffer[:size], self._buffer[size:]
            packets.append(Packet.from_bytes(raw) if size >= HEADER + 2 else None)

    @property
    def partial(self) -> bool:
        """Whether a packet has begun and not ended."""
        return bool(self._buffer)

    def discard(self) -> None:
        """Forget a packet that the host did not finish in time."""
        self._buffer = b""


class Fate(Enum):
    """What became of a barcode."""

    DELIVERED = "acknowledged by the host"
    NO_ANSWER = "neither ACK nor NAK after the first send and the resends"
    REFUSED = "refused by the host with a NAK"
    FLUSHED = "thrown away by FLUSH_QUEUE or loss of power"

    @property
    def is_failure(self) -> bool:
        """Whether the scanner sounds its transmit error."""
        return self in (Fate.NO_ANSWER, Fate.REFUSED)


class Outcome(Struct, frozen=True):
    """What became of which barcode, and for a refusal the host's cause."""

    data: bytes
    fate: Fate
    cause: int | None = None


class Outbox:
    """Sends barcodes packet by packet, each of which waits for its ACK.

    Args:
        send: Puts bytes on the line.
        settled: Hears of each barcode's end.
        timeout_s: Serial response time-out in seconds, counted from the end of the sending.
        clock: Seconds that only rise.

    Attributes:
        deadline: When the answer to the packet under way is overdue, by `clock`; None with none under way.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        settled: Callable[[Outcome], None],
        timeout_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._timeout_s = timeout_s
        self._clock = clock
        self.deadline: float | None = None
        self._send = send
        self._settled = settled
        self._waiting: deque[tuple[bytes, list[Packet]]] = deque()
        self._resent = 0

    @property
    def busy(self) -> bool:
        """Whether a barcode is under way or waiting."""
        return bool(self._waiting)

    def put(self, code_type: int, data: bytes) -> None:
        """Queue a barcode, cut into as many packets as it needs; each repeats the code type."""
        pieces = [data[at : at + DATA_PER_PACKET] for at in range(0, len(data), DATA_PER_PACKET)] or [b""]
        last = len(pieces) - 1
        packets = [
            Packet(
                Opcode.DECODE_DATA,
                status=Status.CONTINUED if index < last else Status.NONE,
                data=bytes((code_type,)) + piece,
            )
            for index, piece in enumerate(pieces)
        ]
        self._waiting.append((data, packets))

    def pump(self) -> None:
        """Send what is due: the next packet, or one again whose time-out has passed."""
        if self.deadline is not None and self._clock() >= self.deadline:
            self._resend(Outcome(b"", Fate.NO_ANSWER))
        if self._waiting and self.deadline is None:
            self._transmit(Status.NONE)

    def acknowledged(self) -> None:
        """The host took the packet under way."""
        if self.deadline is None:
            return
        data, packets = self._waiting[0]
        packets.pop(0)
        self.deadline, self._resent = None, 0
        if not packets:
            self._end(Outcome(data, Fate.DELIVERED))

    def refused(self, cause: int) -> None:
        """The host refused the packet under way."""
        if self.deadline is None:
            return
        if cause == Cause.RESEND:
            self._resend(Outcome(b"", Fate.REFUSED, cause))
        else:
            self._end(Outcome(self._waiting[0][0], Fate.REFUSED, cause))

    def flush(self) -> None:
        """Throw everything away."""
        while self._waiting:
            self._end(Outcome(self._waiting[0][0], Fate.FLUSHED))

    def _resend(self, failure: Outcome) -> None:
        if self._resent == RESENDS:
            self._end(replace(failure, data=self._waiting[0][0]))
            return
        self._resent += 1
        self._transmit(Status.RETRANSMIT)

    def _transmit(self, extra: Status) -> None:
        packet = self._waiting[0][1][0]
        self._send(replace(packet, status=packet.status | extra).to_bytes())
        self.deadline = self._clock() + self._timeout_s

    def _end(self, outcome: Outcome) -> None:
        self._waiting.popleft()
        self.deadline, self._resent = None, 0
        self._settled(outcome)
