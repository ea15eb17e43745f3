"""Emulated serial barcode scanners on a pty: one that just sends text, and one that speaks Zebra's SSI.

Written from data sheets: Zebra's Simple Serial Interface Programmer's Guide 72E-40451 and the SSI chapters of its
scanner guides; the RS-232 chapters of Zebra, Honeywell and Datalogic user guides for plain text; ISO/IEC 15424.
What a pty cannot show is left out: SSI's RTS/CTS handshake (a host that bypasses it must send WAKEUP first).
"""

import threading
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from hw.bench.line import PtyLine
from hw.bench.ssi import HOST, Cause, Inbox, Opcode, Outbox, Outcome, Packet, Status, nak
from hw.bench.symbology import Symbology

RESPONSE_TIMEOUT_S = 2.0
"""Seconds to an ACK or NAK: default of the Host Serial Response Time-out (DS457 guide, parameter 9Bh)."""

CHARACTER_TIMEOUT_S = 0.2
"""Seconds between two characters of the host before the packet is dropped: default of the Host Character Time-out
(parameter EFh)."""

SESSION_TIMEOUT_S = 9.9
"""Seconds that a decode session lasts at most: default of the Decode Session Timeout (parameter 88h)."""

STX, ETX = b"\x02", b"\x03"


class Suffix(Enum):
    """What a plain scanner sends behind each barcode."""

    CR = b"\r"
    LF = b"\n"
    CRLF = b"\r\n"
    TAB = b"\t"
    NONE = b""


class Trigger(Enum):
    """What makes an SSI scanner look for a barcode (parameter 8Ah)."""

    HAND = "the operator's finger"
    HOST = "START_SESSION alone"


class BenchScanner(Protocol):
    """What the demo and the tests do with a scanner of either kind."""

    line: PtyLine

    @property
    def path(self) -> Path:
        """The port for the driver to open."""
        ...

    def fire(self, symbology: Symbology, data: bytes, modifier: str | None = None) -> bool:
        """Hold a barcode before the scanner and pull the trigger; True when it was read."""
        ...

    def fire_raw(self, data: bytes) -> None:
        """Put bytes on the line as they are, whatever state the scanner is in."""
        ...

    def close(self) -> None:
        """Take the scanner away, with its port."""
        ...


class PlainScanner:
    """A scanner that sends what it reads as text and listens to nothing.

    Args:
        link: Where the driver finds the port; see `PtyLine`.
        suffix: What stands behind each barcode.
        stx_etx: Whether STX stands before and ETX behind it; the suffix then follows ETX.
        aim_ids: Whether the AIM identifier stands before the data.
        seed: For the line's faults.
    """

    def __init__(
        self,
        link: Path | None = None,
        *,
        suffix: Suffix = Suffix.CR,
        stx_etx: bool = False,
        aim_ids: bool = False,
        seed: int = 0,
    ) -> None:
        self.suffix = suffix
        self.stx_etx = stx_etx
        self.aim_ids = aim_ids
        self.line = PtyLine(link, seed=seed)
        self.line.serve(lambda _: None)  # what the host sends is taken and has no effect

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The port for the driver to open."""
        return self.line.path

    def fire(self, symbology: Symbology, data: bytes, modifier: str | None = None) -> bool:
        """Read a barcode and send it. GS1 data carries its separators: see `symbology.element_string`.

        Args:
            symbology: What the barcode is.
            data: Its data as decoded.
            modifier: Modifier of the AIM identifier, where it is not the usual one.
        """
        sent = (symbology.aim_id(modifier) if self.aim_ids else b"") + data
        if self.stx_etx:
            sent = STX + sent + ETX
        self.line.write(sent + self.suffix.value)
        return True

    def fire_raw(self, data: bytes) -> None:
        """Put bytes on the line as they are."""
        self.line.write(data)

    def close(self) -> None:
        """Take the scanner away."""
        self.line.close()


class SsiScanner:
    """A Zebra scanner that sends packeted decode data with ACK/NAK handshaking switched on.

    Where the guides at hand do not say how a command is refused, NAK_DENIED is sent: START_SESSION while scanning is
    disabled or the trigger is not the host's. Parameters (PARAM_SEND) are not kept; they are refused as DENIED.

    Args:
        link: Where the driver finds the port; see `PtyLine`.
        trigger: Whose trigger counts.
        aim_ids: Whether the AIM identifier stands before the data.
        response_timeout_s: Seconds to wait for an ACK or NAK.
        character_timeout_s: Seconds between two characters of the host.
        session_timeout_s: Seconds after which a session ends by itself.
        revision: What REPLY_REVISION says: software, board type, engine code, program checksum.
        seed: For the line's faults.

    Attributes:
        heard: The host's packets as they came; None for a wrong checksum.
        outcomes: What became of each barcode, oldest first.
        beeps: Beep codes that the host asked for.
        transmit_errors: How often the scanner gave up and sounded its error.
        leds: LED bits that the host has switched on.
        unfinished: How many packets were dropped because the host paused within them.
    """

    def __init__(
        self,
        link: Path | None = None,
        *,
        trigger: Trigger = Trigger.HAND,
        aim_ids: bool = False,
        response_timeout_s: float = RESPONSE_TIMEOUT_S,
        character_timeout_s: float = CHARACTER_TIMEOUT_S,
        session_timeout_s: float = SESSION_TIMEOUT_S,
        revision: bytes = b"NBRXXAAS00 N 48 0000",
        seed: int = 0,
    ) -> None:
        self.trigger = trigger
        self.aim_ids = aim_ids
        self.heard: list[Packet | None] = []
        self.outcomes: list[Outcome] = []
        self.beeps: list[int] = []
        self.transmit_errors = 0
        self.leds = 0
        self.unfinished = 0
        self.enabled = True
        self.asleep = False
        self._revision = revision
        self._character_timeout_s = character_timeout_s
        self._session_timeout_s = session_timeout_s
        self._session_end: float | None = None
        self._partial_end: float | None = None
        self._last: Packet | None = None
        self._changed = threading.Condition()
        self.line = PtyLine(link, seed=seed)
        self._inbox = Inbox()
        self._outbox = Outbox(self.line.write, self._settled, response_timeout_s, time.monotonic)
        self.line.run(self._loop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The port for the driver to open."""
        return self.line.path

    @property
    def in_session(self) -> bool:
        """Whether the host has started a session that has not ended."""
        return self._session_end is not None

    def fire(self, symbology: Symbology, data: bytes, modifier: str | None = None) -> bool:
        """Hold a barcode before the scanner and pull the trigger.

        Returns:
            Whether it was read. False: scanning is disabled, or the host triggers and no session is on.
        """
        with self._changed:
            if not self.enabled or (self.trigger is Trigger.HOST and self._session_end is None):
                return False
            self._session_end = None  # a session ends with a successful decode
            self.asleep = False
            self._outbox.put(symbology.ssi_type, (symbology.aim_id(modifier) if self.aim_ids else b"") + data)
        self.line.wake()
        return True

    def fire_raw(self, data: bytes) -> None:
        """Put bytes on the line as they are, such as a damaged packet."""
        self.line.write(data)

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until `condition` of the scanner's attributes holds; False when `timeout` seconds passed first."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def lose_power(self) -> None:
        """Unplug a scanner that is fed over its cable: the port goes, what was not sent is lost, settings fall back."""
        self.line.hang_up()
        with self._changed:
            self._outbox.flush()
            self._inbox.discard()
            self.enabled, self.asleep, self.leds = True, False, 0
            self._session_end = self._partial_end = self._last = None
            self._changed.notify_all()

    def power_up(self) -> None:
        """Plug it in again under the same name."""
        self.line.come_back()

    def close(self) -> None:
        """Take the scanner away."""
        self.line.close()

    def _loop(self) -> None:
        while not self.line.closed:
            data = self.line.read(self._wait_s())
            with self._changed:
                now = time.monotonic()
                self._take(data, now)
                self._expire(now)
                self._outbox.pump()
                self._changed.notify_all()

    def _wait_s(self) -> float | None:
        with self._changed:
            ends = (self._outbox.deadline, self._partial_end, self._session_end)
        due = [end for end in ends if end is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _expire(self, now: float) -> None:
        if self._session_end is not None and now >= self._session_end:
            self._session_end = None
        if self._partial_end is not None and now >= self._partial_end:
            self._inbox.discard()
            self.unfinished += 1
            self._partial_end = self._last = None

    def _take(self, data: bytes, now: float) -> None:
        if not data:
            return
        if self.asleep:
            self.asleep, data = False, data[1:]  # the first byte wakes the scanner and is lost
        for packet in self._inbox.feed(data):
            self.heard.append(packet)
            self._answer(packet, now)
        self._partial_end = now + self._character_timeout_s if self._inbox.partial else None

    def _answer(self, packet: Packet | None, now: float) -> None:
        if packet is None:
            self._last = None
            self._send(nak(Cause.RESEND))
        elif packet.source != HOST:
            self._send(nak(Cause.BAD_CONTEXT))
        elif packet.opcode == Opcode.CMD_ACK:
            self._outbox.acknowledged()
        elif packet.opcode == Opcode.CMD_NAK:
            self._outbox.refused(packet.data[0] if packet.data else Cause.RESEND)
        elif packet.opcode == Opcode.REQUEST_REVISION:
            self._send(Packet(Opcode.REPLY_REVISION, data=self._revision))
        else:
            cause = None if self._is_repeat(packet) else self._carry_out(packet, now)
            self._last = packet
            self._send(Packet(Opcode.CMD_ACK) if cause is None else nak(cause))

    def _is_repeat(self, packet: Packet) -> bool:
        """Whether the host sends a command again whose ACK it missed."""
        last = self._last
        return (
            Status.RETRANSMIT in packet.status
            and last is not None
            and (last.opcode, last.data) == (packet.opcode, packet.data)
        )

    def _carry_out(self, packet: Packet, now: float) -> Cause | None:  # noqa: C901, PLR0912  # one arm a command
        value = packet.data[0] if packet.data else 0
        match packet.opcode:
            case Opcode.SCAN_ENABLE:
                self.enabled = True
            case Opcode.SCAN_DISABLE:
                self.enabled, self._session_end = False, None
            case Opcode.START_SESSION:
                if self.trigger is not Trigger.HOST or not self.enabled:
                    return Cause.DENIED
                self._session_end = now + self._session_timeout_s
            case Opcode.STOP_SESSION:
                self._session_end = None
            case Opcode.BEEP:
                self.beeps.append(value)
            case Opcode.LED_ON:
                self.leds |= value
            case Opcode.LED_OFF:
                self.leds &= ~value
            case Opcode.FLUSH_QUEUE:
                self._outbox.flush()
            case Opcode.SLEEP:
                self.asleep = True
            case Opcode.AIM_ON | Opcode.AIM_OFF:
                pass
            case Opcode.PARAM_SEND | Opcode.PARAM_DEFAULTS:
                return Cause.DENIED
            case _:
                return Cause.BAD_CONTEXT
        return None

    def _settled(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.transmit_errors += outcome.fate.is_failure

    def _send(self, packet: Packet) -> None:
        self.line.write(packet.to_bytes())
