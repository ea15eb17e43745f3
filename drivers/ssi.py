"""The host's side of Zebra's Simple Serial Interface (SSI). Pure: bytes and times in, packets and reads out.

Source: Zebra, Simple Serial Interface Programmer's Guide, 72E-40451. A packet is length, opcode, source, status, data
and a checksum of two bytes; the length counts all but the checksum. Each packet is acknowledged before the next.
"""

from collections import deque
from collections.abc import Sequence
from enum import IntEnum

from msgspec import Struct, field
from msgspec.structs import replace

from drivers.scan_framing import Broken
from drivers.ssi_packets import Garbled, Opcode, Packet, PacketReader, Source

RESPONSE_S = 2.0
"""Seconds that either end waits for an answer: the scanner's default (parameter Serial Response Time-out)."""

CHARACTER_GAP_S = 0.2
"""Seconds of silence inside a packet after which its end counts as lost: the scanner's default for the host's
characters (parameter Host Character Time-out), taken for both directions."""

SENDINGS = 3
"""How often a packet is sent before giving up: once, and resent twice as the scanner does (CMD_NAK)."""

REPEAT_S = SENDINGS * RESPONSE_S
"""Seconds within which a resent packet can be a repeat of one that arrived. Later, the same data is a new read."""

ABANDON_S = REPEAT_S + 1.0
"""Seconds after which a read in several packets will not be finished: longer than the scanner goes on trying."""

REFRESH_S = 30.0
"""Seconds between two reminders of whether to scan. They show that the scanner is alive, and tell one that lost its
power what it has forgotten, within one truck's time at the gate."""

WAKE_S = 0.02
"""Seconds between waking a sleeping scanner and speaking to it: the guide asks for 10 ms at least and 1 s at most."""

WAKEUP = b"\x00"
"""Wakes a scanner in low power mode, which loses the first byte that it hears; one that is awake ignores it."""


class NakCause(IntEnum):
    """Why a packet was refused (guide, CMD_NAK)."""

    RESEND = 1
    BAD_CONTEXT = 2
    DENIED = 6
    CANCEL = 10


class Beep(IntEnum):
    """Beep codes (guide, BEEP): four long low beeps are the scanner's own for a failed transmission, so not used."""

    GOOD = 0x01  # two short high
    BAD = 0x11  # three long low


class Send(Struct, frozen=True):
    """Bytes for the scanner."""

    data: bytes


class Decoded(Struct, frozen=True):
    """One whole read.

    Attributes:
        type_code: The guide's bar code type.
        data: The barcode's data with whatever prefix and suffix the scanner is set up to add.
    """

    type_code: int
    data: bytes


class Answered(Struct, frozen=True):
    """The scanner did what the command says."""

    command: Packet


class CommandFailed(Struct, frozen=True):
    """The scanner did not do what the command says.

    Attributes:
        command: What it was told.
        got: What came instead of its acknowledgement.
        silent: It did not answer at all.
    """

    command: Packet
    got: str
    silent: bool


Output = Send | Decoded | Broken | Answered | CommandFailed

ANSWERS = frozenset(
    {Opcode.CMD_ACK, Opcode.CMD_NAK, Opcode.REPLY_REVISION, Opcode.CAPABILITIES_REPLY, Opcode.PARAM_SEND}
)
"""What the scanner sends in answer to the host: not acknowledged."""


class _Pending(Struct):
    """The command under way."""

    command: Packet
    due: float
    sendings: int = 1
    waking: bool = False


class _Message(Struct):
    """A read in several packets, so far."""

    type_code: int
    data: bytearray = field(default_factory=bytearray)
    due: float = 0.0


def beep(*, good: bool) -> Packet:
    """The command that lets the scanner beep."""
    return Packet(Opcode.BEEP, bytes((Beep.GOOD if good else Beep.BAD,)))


class SsiHost:
    """One session with a scanner. All times are monotonic seconds.

    Attributes:
        gap_s: Seconds of silence that end a packet; to be watched for with reads no longer than this.

    Args:
        max_length: Bytes of data that a read may have at most.
    """

    def __init__(self, *, max_length: int) -> None:
        self.gap_s = CHARACTER_GAP_S
        self._max_length = max_length
        self._reader = PacketReader(Source.DECODER)
        self._last_byte = 0.0
        self._garbled = 0
        self._accepted: tuple[Packet, float] | None = None
        self._message: _Message | None = None
        self._pending: _Pending | None = None
        self._queue: deque[Packet] = deque()
        self._told: tuple[bool, float] | None = None

    def feed(self, data: bytes, now: float) -> list[Output]:
        """Take the bytes that arrived, in any chunks."""
        if data:
            self._last_byte = now
        return self._handle(self._reader.feed(data), now)

    def quiet(self, now: float) -> list[Output]:
        """Take note that nothing arrived since the last `feed`, up to `now`."""
        ended = self._reader.end() if now >= self._last_byte + self.gap_s else []
        return self._handle(ended, now)

    def abandon(self) -> list[Output]:
        """The line is gone: what was under way will not be finished."""
        begun = self._reader.held or self._message is not None
        self._message = None
        self._reader = PacketReader(Source.DECODER)
        return [Broken("the scanner went away in the middle of a packet")] if begun else []

    def send(self, command: Packet, now: float) -> list[Output]:
        """Give a command; it waits for those before it."""
        self._queue.append(command)
        return self._next_command(now)

    def want(self, scanning: bool, now: float) -> list[Output]:
        """Say whether scanning is wanted. Sent when it is news to the scanner, or time for a reminder."""
        if self._told and self._told[0] == scanning and now - self._told[1] < REFRESH_S:
            return []
        self._told = (scanning, now)
        return self.send(Packet(Opcode.SCAN_ENABLE if scanning else Opcode.SCAN_DISABLE), now)

    def _handle(self, heard: Sequence[Packet | Garbled], now: float) -> list[Output]:
        out: list[Output] = []
        for item in heard:
            out += self._take(item, now) if isinstance(item, Packet) else self._refuse_garbled()
        return out + self._check_times(now)

    def _refuse_garbled(self) -> list[Output]:
        self._garbled += 1
        out: list[Output] = [_nak(NakCause.RESEND)]
        if self._garbled == SENDINGS:
            self._garbled = 0
            out.append(Broken(f"{SENDINGS} packets in a row that were cut short or fail their checksum"))
        return out

    def _take(self, packet: Packet, now: float) -> list[Output]:
        self._garbled = 0
        if packet.opcode in ANSWERS:
            return self._take_answer(packet, now)
        if packet.opcode not in (Opcode.DECODE_DATA, Opcode.EVENT):
            return [_nak(NakCause.BAD_CONTEXT)]
        if self._is_repeat(packet, now):
            return [_ack()]
        self._accepted = (replace(packet, retransmit=False), now)
        return [*(self._take_data(packet, now) if packet.opcode == Opcode.DECODE_DATA else ()), _ack()]

    def _is_repeat(self, packet: Packet, now: float) -> bool:
        """Whether this is the last packet once more, because its acknowledgement was lost.

        The bit alone does not say it: a packet whose first sending was lost is resent with it too.
        """
        if not packet.retransmit or self._accepted is None:
            return False
        last, at = self._accepted
        return replace(packet, retransmit=False) == last and now - at < REPEAT_S

    def _take_data(self, packet: Packet, now: float) -> list[Output]:
        if not packet.data:
            return [Broken("a DECODE_DATA packet without a bar code type")]
        type_code, data = packet.data[0], packet.data[1:]
        out: list[Output] = []
        if self._message and self._message.type_code != type_code:
            out.append(self._cut_short("a packet of another bar code type"))
        message = self._message or _Message(type_code)
        # Beyond the limit only the fact is kept: a scanner that does not stop must not fill the memory.
        message.data += data[: self._max_length + 1 - len(message.data)]
        message.due = now + ABANDON_S
        self._message = message if packet.continued else None
        if packet.continued:
            return out
        if len(message.data) > self._max_length:
            return [*out, Broken(f"more than {self._max_length} bytes")]
        return [*out, Decoded(type_code, bytes(message.data))]

    def _cut_short(self, got: str) -> Broken:
        self._message = None
        return Broken(f"expected the rest of a read in several packets, got {got}")

    def _take_answer(self, packet: Packet, now: float) -> list[Output]:
        pending = self._pending
        if pending is None:
            return []
        if packet.opcode != Opcode.CMD_NAK:
            self._pending = None
            return [Answered(pending.command), *self._next_command(now)]
        cause = packet.data[0] if packet.data else 0
        if cause == NakCause.RESEND and pending.sendings < SENDINGS:
            return self._resend(pending, now)
        return self._fail(pending, f"a refusal (CMD_NAK, cause {cause})", now, silent=False)

    def _check_times(self, now: float) -> list[Output]:
        out: list[Output] = []
        if self._message and now >= self._message.due:
            out.append(self._cut_short(f"nothing for {ABANDON_S:g} s"))
        pending = self._pending
        if pending is None or now < pending.due:
            return out
        if pending.waking:
            return out + self._resend(pending, now)
        if pending.sendings >= SENDINGS:
            got = f"no answer to {SENDINGS} sendings within {RESPONSE_S:g} s each"
            return out + self._fail(pending, got, now, silent=True)
        pending.waking, pending.due = True, now + WAKE_S
        return [*out, Send(WAKEUP)]

    def _resend(self, pending: _Pending, now: float) -> list[Output]:
        pending.sendings += 1
        pending.waking, pending.due = False, now + RESPONSE_S
        return [Send(replace(pending.command, retransmit=True).to_bytes())]

    def _fail(self, pending: _Pending, got: str, now: float, *, silent: bool) -> list[Output]:
        self._pending = None
        return [CommandFailed(pending.command, got, silent), *self._next_command(now)]

    def _next_command(self, now: float) -> list[Output]:
        if self._pending or not self._queue:
            return []
        command = self._queue.popleft()
        self._pending = _Pending(command, due=now + RESPONSE_S)
        return [Send(command.to_bytes())]


def _ack() -> Send:
    return Send(Packet(Opcode.CMD_ACK).to_bytes())


def _nak(cause: NakCause) -> Send:
    return Send(Packet(Opcode.CMD_NAK, bytes((cause,))).to_bytes())
