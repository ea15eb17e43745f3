"""Bench pins: inputs that can be set, outputs that can be watched, every change on record in its order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition
from types import TracebackType
from typing import Self

from msgspec import Struct

from hw.errors import DeviceFault
from hw.pins import (
    LAST_HEADER_GPIO,
    Direction,
    InputLine,
    Level,
    Line,
    OutputLine,
    Pull,
    Reservations,
    close_after,
)

LAST_PULLED_UP_AT_RESET = 8
"""At reset GPIO 0 to 8 are pulled up, the others of the header down (BCM2835 ARM Peripherals, table 6-31)."""


class PinChange(Struct, frozen=True):
    """What a pin shows from now on: one record for each change of direction or level.

    Attributes:
        bcm: The pin.
        direction: Which way it works.
        level: What stands on it.
    """

    bcm: int
    direction: Direction
    level: Level


Watcher = Callable[[PinChange], None]
"""Called at each change, on the thread that made it; must not block."""


class _Pin(Struct):
    """One pad: what the chip was told, and what the world puts on it."""

    pull: Pull
    level: Level
    direction: Direction = Direction.IN
    latch: Level = Level.LOW
    outside: Level | None = None
    short: Level | None = None

    def settle(self) -> None:
        """Work out what stands on the pad; a floating one keeps what it had."""
        pulled = {Pull.UP: Level.HIGH, Pull.DOWN: Level.LOW, Pull.OFF: self.level}[self.pull]
        driven = self.latch if self.direction is Direction.OUT else self.outside or pulled
        self.level = self.short or driven


class BenchBoard:
    """A board without metal. It outlives the sessions that open its pins, as a board does. For any thread."""

    def __init__(self) -> None:
        self._pins = {bcm: _at_reset(bcm) for bcm in range(LAST_HEADER_GPIO + 1)}
        self._changes: list[PinChange] = []
        self._watchers: list[Watcher] = []
        self._changed = Condition()
        self._fault: str | None = None

    @property
    def changes(self) -> tuple[PinChange, ...]:
        """Every change since the board was made, in order."""
        with self._changed:
            return tuple(self._changes)

    def open(self) -> "BenchPins":
        """The pins, for one session.

        Raises:
            DeviceFault: while the board is broken down.
        """
        self.refuse_if_broken("pins")
        return BenchPins(self)

    def level(self, bcm: int) -> Level:
        """What stands on the pin now."""
        with self._changed:
            return self._pins[bcm].level

    def direction(self, bcm: int) -> Direction:
        """Which way the pin works now."""
        with self._changed:
            return self._pins[bcm].direction

    def pull(self, bcm: int) -> Pull:
        """The pin's pull resistor now."""
        with self._changed:
            return self._pins[bcm].pull

    def set_input(self, bcm: int, level: Level | None) -> None:
        """Put a level on a pin from outside, as a contact does; None opens the contact."""
        with self._changing(bcm) as pin:
            pin.outside = level

    def short(self, bcm: int, level: Level | None) -> None:
        """Short the pin to a level, whatever drives it; None ends the short."""
        with self._changing(bcm) as pin:
            pin.short = level

    def break_down(self, why: str | None) -> None:
        """Let every use of the pins fail with this reason, until it is None again. The levels stay."""
        with self._changed:
            self._fault = why

    def watch(self, watcher: Watcher) -> None:
        """Tell the watcher of every change from now on."""
        with self._changed:
            self._watchers.append(watcher)

    def wait_for(self, seen: Callable[[tuple[PinChange, ...]], bool], limit_s: float) -> bool:
        """Wait until what is on record satisfies the caller.

        Returns:
            Whether it did within ``limit_s`` seconds.
        """
        with self._changed:
            return self._changed.wait_for(lambda: seen(tuple(self._changes)), limit_s)

    def refuse_if_broken(self, holder: str) -> None:
        """Raise the DeviceFault that break_down asked for, if it did."""
        with self._changed:
            why = self._fault
        if why is not None:
            raise DeviceFault(holder, expected="the bench board to work", got=why, mend="mend the bench board")

    def make_output(self, bcm: int, level: Level) -> None:
        """Set level and direction together."""
        with self._changing(bcm) as pin:
            pin.latch, pin.pull, pin.direction = level, Pull.OFF, Direction.OUT

    def make_input(self, bcm: int, pull: Pull) -> None:
        """Let go of the pin, with this pull."""
        with self._changing(bcm) as pin:
            pin.pull, pin.direction = pull, Direction.IN

    def drive(self, bcm: int, level: Level) -> None:
        """Put a level on an output."""
        with self._changing(bcm) as pin:
            pin.latch = level

    @contextmanager
    def _changing(self, bcm: int) -> Iterator[_Pin]:
        with self._changed:
            pin = self._pins[bcm]
            before = (pin.direction, pin.level)
            yield pin
            pin.settle()
            if (pin.direction, pin.level) == before:
                return
            change = PinChange(bcm, pin.direction, pin.level)
            self._changes.append(change)
            self._changed.notify_all()
            watchers = tuple(self._watchers)
        for watcher in watchers:
            watcher(change)


class BenchPins:
    """The pins of a bench board during one session; see Pins for what each call does."""

    def __init__(self, board: BenchBoard) -> None:
        self._board = board
        self._reserved = Reservations()

    @property
    def detail(self) -> str:
        """Says that this is no hardware."""
        return "bench pins"

    def claim_output(self, line: OutputLine) -> None:
        """See Pins."""
        self._board.refuse_if_broken(line.holder)
        self._reserved.take(line)
        self._board.make_output(line.bcm, line.safe)

    def claim_input(self, line: InputLine) -> None:
        """See Pins."""
        self._board.refuse_if_broken(line.holder)
        self._reserved.take(line)
        self._board.make_input(line.bcm, line.pull)

    def drive(self, line: OutputLine, level: Level) -> None:
        """See Pins."""
        self._reserved.require(line)
        self._board.refuse_if_broken(line.holder)
        self._board.drive(line.bcm, level)

    def read(self, line: Line) -> Level:
        """See Pins."""
        self._reserved.require(line)
        self._board.refuse_if_broken(line.holder)
        return self._board.level(line.bcm)

    def close(self) -> None:
        """See Pins."""
        faults: list[DeviceFault] = []
        for line in self._reserved.outputs():
            try:
                self.drive(line, line.safe)
                self._board.make_input(line.bcm, line.safe_pull)
            except DeviceFault as fault:
                faults.append(fault)
        for held in () if faults else self._reserved.inputs():
            self._board.make_input(held.bcm, Pull.OFF)
        self._reserved.clear()
        if faults:
            raise faults[0]

    def __enter__(self) -> Self:
        """See Pins."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See Pins."""
        close_after(self, error)


def _at_reset(bcm: int) -> _Pin:
    up = bcm <= LAST_PULLED_UP_AT_RESET
    return _Pin(Pull.UP if up else Pull.DOWN, Level.HIGH if up else Level.LOW)
