"""Pins of the board's header: lines with a holder and a polarity, and what a backend must do with them."""

from collections.abc import Iterable, Sequence
from enum import Enum
from types import TracebackType
from typing import Protocol, Self

from msgspec import Struct

from hw.errors import DeviceFault

LAST_HEADER_GPIO = 27
"""Highest BCM number that the 40-pin header carries (GPIO 0 to 27 on every Raspberry Pi with that header)."""


class Level(Enum):
    """What stands on a pin: LOW is 0 V, HIGH is 3.3 V."""

    LOW = "low"
    HIGH = "high"

    @property
    def opposite(self) -> "Level":
        """The other level."""
        return Level.HIGH if self is Level.LOW else Level.LOW


class Pull(Enum):
    """The pull resistor inside the chip (about 50 kΩ)."""

    OFF = "off"
    UP = "up"
    DOWN = "down"


class Direction(Enum):
    """Which way a pin works."""

    IN = "in"
    OUT = "out"


class OutputLine(Struct, frozen=True):
    """A pin that drives something, such as a relay.

    Attributes:
        holder: Who has the pin, in the installer's words, such as ``barrier relay``.
        bcm: Broadcom (GPIO) number, 0 to LAST_HEADER_GPIO.
        active: The level that energises what hangs on the pin. LOW for an active-low relay board.
        held_outside: A resistor outside the chip keeps what hangs on the pin at rest while the pin is an input.
    """

    holder: str
    bcm: int
    active: Level = Level.HIGH
    held_outside: bool = False

    def __post_init__(self) -> None:
        _refuse_off_header(self.holder, self.bcm)

    @property
    def safe(self) -> Level:
        """The level at which nothing is energised."""
        return self.active.opposite

    @property
    def safe_pull(self) -> Pull:
        """The pull that leads to the safe level while the pin is an input."""
        return Pull.UP if self.safe is Level.HIGH else Pull.DOWN


class InputLine(Struct, frozen=True):
    """A pin that is read, such as a loop detector's contact.

    Attributes:
        holder: Who has the pin, in the installer's words, such as ``entry loop``.
        bcm: Broadcom (GPIO) number, 0 to LAST_HEADER_GPIO.
        active: The level that means yes: occupied, open.
        pull: The pull resistor that holds the pin while its contact is open.
    """

    holder: str
    bcm: int
    active: Level = Level.LOW
    pull: Pull = Pull.UP

    def __post_init__(self) -> None:
        _refuse_off_header(self.holder, self.bcm)


Line = OutputLine | InputLine


class Pins(Protocol):
    """The pins of one board while they are open. For one thread alone.

    Every call raises DeviceFault when the board does not do as asked. Leaving the context closes.
    """

    @property
    def detail(self) -> str:
        """What drives the pins, such as ``RPi.GPIO 0.7.1 on a Pi 4 Model B``."""
        ...

    def claim_output(self, line: OutputLine) -> None:
        """Make the pin an output at its safe level, level first, so that nothing blips."""
        ...

    def claim_input(self, line: InputLine) -> None:
        """Make the pin an input with its pull resistor."""
        ...

    def drive(self, line: OutputLine, level: Level) -> None:
        """Put the level on a claimed output."""
        ...

    def read(self, line: Line) -> Level:
        """The level on a claimed pin now.

        On an output RPi.GPIO tells what its pad carries, rpi-lgpio what was last written.
        """
        ...

    def close(self) -> None:
        """Drive each output to its safe level and let go of it, held there by its pull. Twice does no harm.

        Every pin is tried, whatever happens at another; the first fault is raised at the end.
        """
        ...

    def __enter__(self) -> Self:
        """The pins themselves."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close, whatever was raised. What was raised goes on its way; a fault at closing is noted on it."""
        ...


class Reservations:
    """Which holder has which pin. One for each opened backend."""

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}

    def take(self, line: Line) -> None:
        """Reserve the line's pin.

        Raises:
            DeviceFault: when another holder, or the same one before, has it.
        """
        held = self._lines.get(line.bcm)
        if held is not None:
            raise shared_pin(line.bcm, held.holder, line.holder)
        self._lines[line.bcm] = line

    def drop(self, line: Line) -> None:
        """Let one pin go, as when it could not be set up."""
        del self._lines[line.bcm]

    def require(self, line: Line) -> None:
        """Hold that this very line was claimed.

        Raises:
            DeviceFault: when it was not.
        """
        if self._lines.get(line.bcm) != line:
            raise DeviceFault(
                line.holder,
                expected=f"GPIO {line.bcm} to be claimed before it is used",
                got="no such claim",
                mend="report this as an error of the program",
            )

    def outputs(self) -> Sequence[OutputLine]:
        """The reserved outputs in the order in which they were taken."""
        return [line for line in self._lines.values() if isinstance(line, OutputLine)]

    def inputs(self) -> Sequence[InputLine]:
        """The reserved inputs in the order in which they were taken."""
        return [line for line in self._lines.values() if isinstance(line, InputLine)]

    def clear(self) -> None:
        """Let every pin go."""
        self._lines.clear()


def refuse_shared_pins(lines: Iterable[tuple[str, int]]) -> None:
    """Hold that no pin has two holders.

    Args:
        lines: Holder and BCM number of everything that uses a pin.

    Raises:
        DeviceFault: naming the pin and both holders.
    """
    holders: dict[int, str] = {}
    for holder, bcm in lines:
        if bcm in holders:
            raise shared_pin(bcm, holders[bcm], holder)
        holders[bcm] = holder


def close_after(pins: Pins, error: BaseException | None) -> None:
    """Close the pins on leaving their context: a fault at closing must not hide what led there.

    Raises:
        DeviceFault: from closing, when nothing else was raised.
    """
    try:
        pins.close()
    except DeviceFault as fault:
        if error is None:
            raise
        error.add_note(f"and at closing, {fault}")


def shared_pin(bcm: int, first: str, second: str) -> DeviceFault:
    """The fault of one pin asked for twice."""
    return DeviceFault(
        f"GPIO {bcm}",
        expected="one holder",
        got=f"{first} and {second}",
        mend="give one of them another pin in the wiring",
    )


def _refuse_off_header(holder: str, bcm: int) -> None:
    if not 0 <= bcm <= LAST_HEADER_GPIO:
        raise ValueError(f"{holder}: expected a GPIO (BCM) number from 0 to {LAST_HEADER_GPIO}, got {bcm}")
