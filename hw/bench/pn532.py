"""An NXP PN532/C106 with firmware 1.6 on its high speed UART: bytes in, bytes out, no I/O and no clock of its own.

Written from the user manual UM0701-02 rev. 02, the PN532/C1 data sheet rev. 3.2 and application note AN10609. Page
numbers are those of UM0701-02 unless said otherwise.

Theory of operation. `hear` takes the host's bytes with the speed of the line and the time, and returns what the chip
sends at once. A command that waits (for a card, or for an answer over the air) leaves a deadline; `due` is called when
that has passed, or when a card was laid on, and returns the late answer. Every command is answered by an ACK frame and
then by its response (6.2.2.1). An ACK frame from the host ends a waiting command without an answer; a new command
takes the place of a waiting one; a NACK frame has the last response sent again.

Not modelled: InAutoPoll and the target commands other than waiting for an initiator that never comes, DEP, Jewel,
type B and the SAM. A known command that is not modelled is answered with a syntax error, as an unknown one is.
"""

from __future__ import annotations

from enum import Enum
from itertools import pairwise

from msgspec import Struct

from hw.bench.pn532_ciu import Ciu
from hw.bench.pn532_commands import CommandRefusedError, Commands, Wait
from hw.bench.pn532_frames import ACK, ERROR, FROM_HOST, TO_HOST, Command, FrameReader, Signal, information
from hw.bench.rf import Field

BAUD_AT_RESET = 115_200
"""Speed of the HSU after a reset, 8N1 (data sheet, 8.3.3)."""
WAKE_EDGES = 5
"""Rising edges on the receive line that wake the chip by HSU; the bytes that bring them are lost (7.2.11, page 99)."""


class Power(Enum):
    """What the chip's processor is doing."""

    LOW_BATTERY = "starting mode of the C106, wakes by HSU (AN10609, low battery mode)"
    AWAKE = "awake"
    DOWN_HSU = "powered down, wakes by HSU"
    DOWN = "powered down, does not wake by HSU"
    FROZEN = "deaf until its power is cycled"


class _Running(Struct, frozen=True):
    """A command that waits.

    Attributes:
        code: Its command code.
        wait: For what, and until when.
    """

    code: int
    wait: Wait


class Pn532:
    """The chip.

    Args:
        field: Its antenna's field, with the cards.
    """

    def __init__(self, field: Field | None = None) -> None:
        self.field = field or Field()
        self._ciu = Ciu(self.field)
        self._frames = FrameReader()
        self.power_cycle()

    @property
    def baud(self) -> int:
        """The speed that the chip sends and understands."""
        return self._baud

    @property
    def agreed_baud(self) -> int | None:
        """The speed that it changes to on the host's next ACK frame (7.2.8, page 83)."""
        return self._agreed_baud

    @property
    def power(self) -> Power:
        """Awake or not."""
        return self._power

    @property
    def deadline(self) -> float | None:
        """When `due` has something to do at the latest, in the caller's clock."""
        return self._running.wait.until if self._running else None

    @property
    def waiting(self) -> int | None:
        """The code of the command that waits."""
        return self._running.code if self._running else None

    def power_cycle(self) -> None:
        """Take the power away and give it back."""
        self._ciu.reset()
        self._commands = Commands(self._ciu)
        self._frames.forget()
        self._power = Power.LOW_BATTERY
        self._edges = 0
        self._baud = BAUD_AT_RESET
        self._agreed_baud: int | None = None
        self._running: _Running | None = None
        self._last = b""

    def freeze(self) -> None:
        """A latch-up: nothing but a power cycle helps. For tests of a reader that has gone silent."""
        self._power = Power.FROZEN
        self._running = None

    def hear(self, data: bytes, *, baud: int, now: float) -> bytes:
        """Take bytes from the host.

        Args:
            data: The bytes.
            baud: The speed at which the host sent them. At another speed than the chip's they are noise to it.
            now: The time in seconds, from any monotonic clock.

        Returns:
            What the chip sends at once.
        """
        if self._power is not Power.AWAKE:
            data = self._rise(data)
        if baud != self._baud:
            self._frames.forget()
            return b""
        return b"".join(self._take(frame, now) for frame in self._frames.feed(data))

    def due(self, now: float) -> bytes:
        """Look again at a command that waits: its card may have come, or its time have passed."""
        if self._running is None:
            return b""
        code, wait = self._running.code, self._running.wait
        answer = wait.probe()
        if answer is None and wait.until is not None and now >= wait.until:
            answer = wait.expired
        if answer is None:
            return b""
        self._running = None
        return self._respond(code, answer)

    def _rise(self, data: bytes) -> bytes:
        """Wake by HSU; return the bytes after those that woke it."""
        if self._power not in {Power.LOW_BATTERY, Power.DOWN_HSU}:
            return b""
        for place, byte in enumerate(data):
            self._edges += _rising_edges(byte)
            if self._edges >= WAKE_EDGES:
                self._power = Power.AWAKE
                self._frames.forget()
                return data[place + 1 :]
        return b""

    def _take(self, frame: Command | Signal, now: float) -> bytes:
        if self._power is not Power.AWAKE:
            return b""
        match frame:
            case Signal.ACK:
                self._acknowledged()
                return b""
            case Signal.NACK:
                return self._last
            case Command():
                return self._execute(frame, now)

    def _acknowledged(self) -> None:
        """The host's ACK: abort (6.2.2.1), or the go-ahead for the new speed (7.2.8)."""
        self._running = None
        if self._agreed_baud is not None:
            self._baud, self._agreed_baud = self._agreed_baud, None

    def _execute(self, command: Command, now: float) -> bytes:
        self._running = None
        self._agreed_baud = None
        if command.tfi != FROM_HOST or command.code is None:
            return self._refuse()
        try:
            outcome = self._commands.run(command.code, command.data, now)
        except CommandRefusedError:
            return self._refuse()
        if isinstance(outcome, Wait):
            self._running = _Running(command.code, outcome)
            return ACK
        answer = ACK + self._respond(command.code, outcome)
        self._follow_up()
        return answer

    def _follow_up(self) -> None:
        """What a command changes only once its response is out."""
        self._agreed_baud = self._commands.take_new_baud()
        wakes = self._commands.take_power_down()
        if wakes is not None:
            self._power = Power.DOWN_HSU if wakes else Power.DOWN
            self._edges = 0
            self._ciu.switch_field(False)

    def _refuse(self) -> bytes:
        self._last = ERROR
        return ACK + ERROR

    def _respond(self, code: int, data: bytes) -> bytes:
        self._last = information(bytes([TO_HOST, code + 1 & 0xFF]) + data)
        return self._last


def _rising_edges(byte: int) -> int:
    """Rising edges of one byte on the line: a start bit of 0, the bits lowest first, a stop bit of 1."""
    levels = [0, *(byte >> bit & 1 for bit in range(8)), 1]
    return sum(before < after for before, after in pairwise(levels))
