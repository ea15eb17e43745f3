"""The host's side of Zebra's Simple Serial Interface (SSI). Pure, as reader.engine says.

Source: Zebra, Simple Serial Interface Programmer's Guide, 72E-40451. A packet is length, opcode, source (0 engine, 4 host),
status, data and a checksum of two bytes, high byte first, which the length leaves out. Each is acknowledged.
"""

from sealwire.link import elapsed
from sealwire.messages import Heartbeat

from reader.engine import LONGEST

CMD_ACK = 0xD0
CMD_NAK = 0xD1
REQUEST_REVISION = 0xA3
START_SESSION = 0xE4
STOP_SESSION = 0xE5
SCAN_ENABLE = 0xE9
DECODE_DATA = 0xF3
EVENT = 0xF6

ANSWERS = (CMD_ACK, CMD_NAK, 0xA4, 0xC6, 0xD4)  # with REPLY_REVISION, PARAM_SEND, CAPABILITIES_REPLY

RESEND = 1
BAD_CONTEXT = 2
"""Causes of a refusal (CMD_NAK)."""

RETRANSMIT = 0x01
CONTINUED = 0x02
"""Bits of the status."""

HEADER = 4
LONGEST_PACKET = 0xFF + 2

GAP_MS = 200
"""Silence inside a packet after which its end counts as lost: the engine's default for the host's characters."""

RESPONSE_MS = 1000
"""Wait for an answer. The engine's own limit is 2 s by default, but it answers within some 20 ms."""

SENDINGS = 3
"""How often a command is sent before the engine counts as silent, as the engine itself does."""

REPEAT_MS = 6000
"""How long a resent packet can be a repeat of one that came: the engine's three sendings of 2 s each."""

ABANDON_MS = 7000
"""Silence after which a read in several packets will not be finished: longer than the engine goes on trying."""

PROBE_MS = 5000
"""Between two questions whether the engine is there, when it says nothing by itself."""

COMMANDS_MOST = 4


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
        self._commands = bytearray((SCAN_ENABLE, REQUEST_REVISION))
        self._sendings = 0
        self._sent_at = 0

    def press(self, is_on: bool, now: int) -> None:
        """Begin or end a session: the trigger. An engine whose own trigger counts refuses that, which does not matter."""
        command = START_SESSION if is_on else STOP_SESSION
        if len(self._commands) < COMMANDS_MOST:
            self._commands.append(command)
        self._speak(now)

    def lost(self, why: str) -> None:
        """The line is gone: what is under way will not be finished, and the engine forgets what it was told."""
        if self._packet or self._read:
            self._broken("a packet, then " + why)
        self._packet[:] = b""
        self._read = None
        self._is_garbled = False
        self._commands[:] = bytes((SCAN_ENABLE, REQUEST_REVISION))
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
        is_quiet = not data and elapsed(now, self._last) >= GAP_MS
        while self._packet and self._search(reads, now, is_quiet):
            pass
        if is_quiet and self._is_garbled:  # told only now: before, the engine may still be at it and would not hear
            self._is_garbled = False
            self._garbled += 1
            self._say(CMD_NAK, RESEND)
            if self._garbled == SENDINGS:
                self._garbled = 0
                self._broken("%d packets in a row that were cut short or fail their checksum" % SENDINGS)
        if self._read is not None and elapsed(now, self._accepted_at) >= ABANDON_MS:
            self._cut_short("nothing for %d ms" % ABANDON_MS)
        self._speak(now)
        return reads

    def _search(self, reads: "list[tuple[int, bytes]]", now: int, is_quiet: bool) -> bool:
        """Look at the buffer's beginning: True when something was taken off it."""
        packet = self._packet
        end = packet[0] + 2
        if packet[0] < HEADER:  # NUL and other noise of a line that is being plugged in
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
            self._take_packet(packet[1], packet[3], bytes(packet[HEADER : end - 2]), reads, now)
            self._is_garbled = False
            skip = end
        self._packet = packet[skip:]
        return True

    def _take_packet(self, opcode: int, status: int, data: bytes, reads: "list[tuple[int, bytes]]", now: int) -> None:
        self._garbled = 0
        self._heard = now
        self.state = Heartbeat.ENGINE_READY
        if opcode in ANSWERS:
            if self._sendings:
                if opcode == CMD_NAK and data[:1] == b"\x01" and self._sendings < SENDINGS:
                    self._send(now)
                else:
                    self._next_command()
            return
        if opcode not in (DECODE_DATA, EVENT):
            self._say(CMD_NAK, BAD_CONTEXT)
            return
        self._say(CMD_ACK)
        # The bit alone does not say that it is a repeat: a packet whose first sending was lost has it too.
        same = bytes((opcode, status & ~RETRANSMIT)) + data
        is_repeat = status & RETRANSMIT and same == self._accepted and elapsed(now, self._accepted_at) < REPEAT_MS
        self._accepted = same
        if not is_repeat:
            self._accepted_at = now
            if opcode == DECODE_DATA:
                self._take_data(status, data, reads)

    def _take_data(self, status: int, data: bytes, reads: "list[tuple[int, bytes]]") -> None:
        if not data:
            self._broken("a DECODE_DATA packet without a bar code type")
            return
        if self._read and self._read[0] != data[0]:
            self._cut_short("a packet of another bar code type")
        read = self._read or bytearray(data[:1])
        # Beyond the limit only the fact is kept: an engine that does not stop must not fill the memory.
        read.extend(data[1 : 1 + LONGEST + 2 - len(read)])
        self._read = read if status & CONTINUED else None
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
            if elapsed(now, self._sent_at) < RESPONSE_MS:
                return
            if self._sendings < SENDINGS:
                self.out.append(0)  # wakes an engine in low power mode, which loses the first byte
                self._send(now)
                return
            self.state = Heartbeat.ENGINE_SILENT
            self._next_command()
            self._heard = now  # the next question in its own time
        elif not self._commands and elapsed(now, self._heard) >= PROBE_MS:
            # A question, and whether to scan, for one that has lost its power and forgotten it.
            self._commands.extend(bytes((SCAN_ENABLE, REQUEST_REVISION)))
        if self._commands:
            self._send(now)

    def _send(self, now: int) -> None:
        self._say(self._commands[0], status=RETRANSMIT if self._sendings else 0)
        self._sendings += 1
        self._sent_at = now

    def _next_command(self) -> None:
        self._commands = self._commands[1:]
        self._sendings = 0

    def _say(self, opcode: int, cause: int = 0, status: int = 0) -> None:
        packet = bytearray((HEADER, opcode, 4, status))
        if cause:
            packet.append(cause)
            packet[0] += 1
        total = -sum(packet) & 0xFFFF
        packet.append(total >> 8)
        packet.append(total & 0xFF)
        self.out.extend(packet)
