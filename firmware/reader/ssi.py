"""The host's side of Zebra's Simple Serial Interface (SSI). Pure, as reader.engine says.

Source: Zebra, Simple Serial Interface Programmer's Guide, 72E-40451. A packet is length, opcode, source (0 engine,
4 host), status, data and a checksum of two bytes, high byte first, which the length leaves out. Each is acknowledged.
"""

from reader import const
from reader.engine import LONGEST
from sealwire.link import elapsed
from sealwire.messages import Heartbeat

_CMD_ACK = const(0xD0)
_CMD_NAK = const(0xD1)
_REQUEST_REVISION = const(0xA3)
_START_SESSION = const(0xE4)
_STOP_SESSION = const(0xE5)
_SCAN_ENABLE = const(0xE9)
_DECODE_DATA = const(0xF3)
_EVENT = const(0xF6)

_ANSWERS = b"\xd0\xd1\xa4\xc6\xd4"  # CMD_ACK, CMD_NAK, REPLY_REVISION, PARAM_SEND, CAPABILITIES_REPLY

_RESEND = const(1)
_BAD_CONTEXT = const(2)
"""Causes of a refusal (_CMD_NAK)."""

_RETRANSMIT = const(0x01)
_CONTINUED = const(0x02)
"""Bits of the status."""

_HEADER = const(4)

_GAP_MS = const(200)
"""Silence inside a packet after which its end counts as lost: the engine's default for the host's characters."""

_RESPONSE_MS = const(1000)
"""Wait for an answer. The engine's own limit is 2 s by default, but it answers within some 20 ms."""

_SENDINGS = const(3)
"""How often a command is sent before the engine counts as silent, as the engine itself does."""

_REPEAT_MS = const(6000)
"""How long a resent packet can be a repeat of one that came: the engine's three sendings of 2 s each."""

_ABANDON_MS = const(7000)
"""Silence after which a read in several packets will not be finished: longer than the engine goes on trying."""

_PROBE_MS = const(5000)
"""Between two questions whether the engine is there, when it says nothing by itself."""

_COMMANDS_MOST = const(4)


class Ssi:
    """An engine that speaks SSI.

    Attributes:
        out: What it is to be told next; the caller sends and empties it.
        state: As in Heartbeat: ready or silent, and unknown before it had to answer.
    """

    def __init__(self, broken) -> None:
        """Begins; `broken` is called with a text for what makes no whole read."""
        self.out = bytearray()
        self.state = Heartbeat.ENGINE_UNKNOWN
        self._broken = broken
        self._packet = bytearray()
        self._is_garbled = False
        self._garbled = 0
        self._last = 0  # byte
        self._heard = 0  # packet
        self._accepted = b""
        self._accepted_at = 0
        self._read: "bytearray | None" = None  # type and data of a read in several packets
        self._commands = bytearray((_SCAN_ENABLE, _REQUEST_REVISION))
        self._sendings = 0
        self._sent_at = 0

    def press(self, is_on: bool, now: int) -> None:
        """Begin or end a session: the trigger. An engine whose own trigger counts refuses that; no matter."""
        command = _START_SESSION if is_on else _STOP_SESSION
        if len(self._commands) < _COMMANDS_MOST:
            self._commands.append(command)
        self._speak(now)

    def lost(self, why: str) -> None:
        """The line is gone: what is under way will not be finished, and the engine forgets what it was told."""
        if self._packet or self._read:
            self._broken("a packet, then " + why)
        self._packet[:] = b""
        self._read = None
        self._is_garbled = False
        self._commands[:] = bytes((_SCAN_ENABLE, _REQUEST_REVISION))
        self._sendings = 0

    def take(self, data: bytes, now: int) -> "list[tuple[int, bytes]]":
        """Take what came.

        Returns:
            The reads that it ends, each with Zebra's code of its type.
        """
        reads: "list[tuple[int, bytes]]" = []
        if data:
            self._last = now
            self._packet.extend(data)
        is_quiet = not data and elapsed(now, self._last) >= _GAP_MS
        if self._accepted and elapsed(now, self._accepted_at) >= _REPEAT_MS:
            self._accepted = b""
        while self._packet and self._search(reads, now, is_quiet):
            pass
        if is_quiet and self._is_garbled:  # told only now: before, the engine may still be at it and would not hear
            self._is_garbled = False
            self._garbled += 1
            self._say(_CMD_NAK, _RESEND)
            if self._garbled == _SENDINGS:
                self._garbled = 0
                self._broken("%d packets in a row that were cut short or fail their checksum" % _SENDINGS)
        if self._read is not None and elapsed(now, self._accepted_at) >= _ABANDON_MS:
            self._cut_short("nothing for %d ms" % _ABANDON_MS)
        self._speak(now)
        return reads

    def _search(self, reads: "list[tuple[int, bytes]]", now: int, is_quiet: bool) -> bool:
        """Look at the buffer's beginning: True when something was taken off it."""
        packet = self._packet
        end = packet[0] + 2
        if packet[0] < _HEADER:  # NUL and other noise of a line that is being plugged in
            skip = 1
        elif len(packet) > 2 and packet[2]:  # not from an engine
            self._is_garbled = True
            skip = 1
        elif len(packet) < end and not is_quiet:
            return False
        elif len(packet) < end or (sum(packet[: end - 2]) + (packet[end - 2] << 8) + packet[end - 1]) & 0xFFFF:
            self._is_garbled = True  # another packet may begin inside it, when a byte was lost
            skip = 1
        else:
            self._take_packet(packet[1], packet[3], bytes(packet[_HEADER : end - 2]), reads, now)
            self._is_garbled = False
            skip = end
        self._packet = packet[skip:]
        return True

    def _take_packet(self, opcode: int, status: int, data: bytes, reads: "list[tuple[int, bytes]]", now: int) -> None:
        self._garbled = 0
        self._heard = now
        self.state = Heartbeat.ENGINE_READY
        if opcode in _ANSWERS:
            if self._sendings:
                if opcode == _CMD_NAK and data[:1] == b"\x01" and self._sendings < _SENDINGS:
                    self._send(now)
                else:
                    self._next_command()
            return
        if opcode not in (_DECODE_DATA, _EVENT):
            self._say(_CMD_NAK, _BAD_CONTEXT)
            return
        self._say(_CMD_ACK)
        # The bit alone does not say that it is a repeat: a packet whose first sending was lost has it too.
        same = bytes((opcode, status & ~_RETRANSMIT)) + data
        is_repeat = status & _RETRANSMIT and same == self._accepted
        self._accepted = same
        if not is_repeat:
            self._accepted_at = now
            if opcode == _DECODE_DATA:
                self._take_data(status, data, reads)

    def _take_data(self, status: int, data: bytes, reads: "list[tuple[int, bytes]]") -> None:
        if not data:
            self._broken("a _DECODE_DATA packet without a bar code type")
            return
        if self._read and self._read[0] != data[0]:
            self._cut_short("a packet of another bar code type")
        read = self._read or bytearray(data[:1])
        # Beyond the limit only the fact is kept: an engine that does not stop must not fill the memory.
        read.extend(data[1 : 1 + LONGEST + 2 - len(read)])
        self._read = read if status & _CONTINUED else None
        if self._read is None:
            if len(read) > LONGEST + 1:
                self._broken("more than %d bytes in one read" % LONGEST)
            else:
                reads.append((read[0], bytes(read[1:])))

    def _cut_short(self, got: str) -> None:
        self._read = None
        self._broken("expected the rest of a read in several packets, got " + got)

    def _speak(self, now: int) -> None:
        """Send the next command, or the one under way again."""
        if self._sendings:
            if elapsed(now, self._sent_at) < _RESPONSE_MS:
                return
            if self._sendings < _SENDINGS:
                self.out.append(0)  # wakes an engine in low power mode, which loses the first byte
                self._send(now)
                return
            self.state = Heartbeat.ENGINE_SILENT
            self._commands[:] = b""  # what the trigger said meanwhile must not happen later
            self._sendings = 0
            self._heard = now  # the next question in its own time
        elif not self._commands and elapsed(now, self._heard) >= _PROBE_MS:
            # A question, and whether to scan, for one that has lost its power and forgotten it.
            self._commands.extend(bytes((_SCAN_ENABLE, _REQUEST_REVISION)))
        if self._commands:
            self._send(now)

    def _send(self, now: int) -> None:
        self._say(self._commands[0], status=_RETRANSMIT if self._sendings else 0)
        self._sendings += 1
        self._sent_at = now

    def _next_command(self) -> None:
        self._commands = self._commands[1:]
        self._sendings = 0

    def _say(self, opcode: int, cause: int = 0, status: int = 0) -> None:
        packet = bytearray((_HEADER, opcode, 4, status))
        if cause:
            packet.append(cause)
            packet[0] += 1
        total = -sum(packet) & 0xFFFF
        packet.append(total >> 8)
        packet.append(total & 0xFF)
        self.out.extend(packet)
