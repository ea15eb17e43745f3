"""Pins through the API of RPi.GPIO 0.7.1, which rpi-lgpio provides on a Pi 5. Loaded only when opened.

Read in RPi.GPIO 0.7.1 (source/py_gpio.c) and rpi-lgpio 0.6: ``setup(pin, OUT, initial=level)`` writes the
output latch before the direction, so the pad never shows another level; ``cleanup`` leaves a pin floating;
a pin that another function of the chip uses (a serial port, I2C) is only warned of and then taken all the same.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

from hw.errors import DeviceFault, FaultKind
from hw.pins import InputLine, Level, Line, OutputLine, Pull, Reservations, close_after

MODULE = "RPi.GPIO"

T = TypeVar("T")


class GpioModule(Protocol):
    """What is used of the module ``RPi.GPIO``."""

    VERSION: str
    RPI_INFO: dict[str, object]
    BCM: int
    IN: int
    OUT: int
    LOW: int
    HIGH: int
    PUD_OFF: int
    PUD_UP: int
    PUD_DOWN: int
    SERIAL: int
    SPI: int
    I2C: int
    HARD_PWM: int

    def setmode(self, mode: int, /) -> None:
        """Choose the numbering; ValueError when another one was chosen before."""

    def setwarnings(self, state: bool, /) -> None:
        """Switch the module's own warnings."""

    def gpio_function(self, channel: int, /) -> int:
        """What the chip uses the pin for."""

    def setup(self, channel: int, direction: int, pull_up_down: int = ..., initial: int = ...) -> None:
        """Set a pin's direction, with its pull or its first level."""

    def output(self, channel: int, value: int, /) -> None:
        """Put a level on an output."""

    def input(self, channel: int, /) -> int:
        """The level on a pin."""

    def cleanup(self, channel: list[int] = ..., /) -> None:
        """Make the pins floating inputs and forget them."""


def _load() -> object:
    return importlib.import_module(MODULE)


class RpiPins:
    """The header pins of a Raspberry Pi, by BCM number.

    Args:
        extra: The extra of this package that brings the library for this board: ``pi`` or ``pi5``.
        load: Imports the GPIO module; given otherwise by tests alone.

    Raises:
        DeviceFault: when the module is missing, refuses this machine, or another numbering is in force.
    """

    def __init__(self, *, extra: str, load: Callable[[], object] = _load) -> None:
        self._extra = extra
        self._gpio = _import_gpio(extra, load)
        self._errors = _errors_of(self._gpio)
        self._reserved = Reservations()
        # A pin that our own crash left as an output is expected at start; pins in other use are refused below.
        self._call(MODULE, "to switch its warnings off", lambda: self._gpio.setwarnings(False))
        self._call(MODULE, "to number pins as BCM", lambda: self._gpio.setmode(self._gpio.BCM))

    @property
    def detail(self) -> str:
        """Library, its version and the board that it found."""
        board = self._gpio.RPI_INFO.get("TYPE", "unknown board")
        if hasattr(self._gpio, "lgpio"):
            return f"rpi-lgpio (API of RPi.GPIO {self._gpio.VERSION}) on a {board}"
        return f"RPi.GPIO {self._gpio.VERSION} on a {board}"

    def claim_output(self, line: OutputLine) -> None:
        """See Pins."""
        with self._claiming(line):
            self._call(
                line.holder,
                f"GPIO {line.bcm} to become an output at {line.safe.value}",
                lambda: self._gpio.setup(line.bcm, self._gpio.OUT, initial=self._number(line.safe)),
            )

    def claim_input(self, line: InputLine) -> None:
        """See Pins."""
        with self._claiming(line):
            self._make_input(line.holder, line.bcm, line.pull)

    def drive(self, line: OutputLine, level: Level) -> None:
        """See Pins."""
        self._reserved.require(line)
        self._call(
            line.holder,
            f"GPIO {line.bcm} to go {level.value}",
            lambda: self._gpio.output(line.bcm, self._number(level)),
        )

    def read(self, line: Line) -> Level:
        """See Pins."""
        self._reserved.require(line)
        value = self._call(line.holder, f"GPIO {line.bcm} to be read", lambda: self._gpio.input(line.bcm))
        return Level.HIGH if value else Level.LOW

    def close(self) -> None:
        """See Pins. Outputs become inputs pulled to their safe level: ``cleanup`` would let them float."""
        faults: list[DeviceFault] = []
        for line in self._reserved.outputs():
            for release in (self._rest, self._let_go):
                try:
                    release(line)
                except DeviceFault as fault:
                    faults.append(fault)
        inputs = [line.bcm for line in self._reserved.inputs()]
        self._reserved.clear()
        if inputs:
            try:
                self._call(MODULE, f"to clean up GPIO {inputs}", lambda: self._gpio.cleanup(inputs))
            except DeviceFault as fault:
                faults.append(fault)
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

    @contextmanager
    def _claiming(self, line: Line) -> Iterator[None]:
        """Reserve the pin; a pin that another has, or that cannot be set up, stays untouched, also at closing."""
        self._reserved.take(line)
        try:
            self._refuse_other_use(line)
            yield
        except DeviceFault:
            self._reserved.drop(line)
            raise

    def _rest(self, line: OutputLine) -> None:
        self.drive(line, line.safe)

    def _let_go(self, line: OutputLine) -> None:
        self._make_input(line.holder, line.bcm, line.safe_pull)

    def _make_input(self, holder: str, bcm: int, pull: Pull) -> None:
        number = {Pull.OFF: self._gpio.PUD_OFF, Pull.UP: self._gpio.PUD_UP, Pull.DOWN: self._gpio.PUD_DOWN}[pull]
        self._call(
            holder,
            f"GPIO {bcm} to become an input with pull {pull.value}",
            lambda: self._gpio.setup(bcm, self._gpio.IN, pull_up_down=number),
        )

    def _number(self, level: Level) -> int:
        return self._gpio.HIGH if level is Level.HIGH else self._gpio.LOW

    def _refuse_other_use(self, line: Line) -> None:
        gpio = self._gpio
        function = self._call(
            line.holder, f"to learn what GPIO {line.bcm} is used for", lambda: gpio.gpio_function(line.bcm)
        )
        if function in (gpio.IN, gpio.OUT):
            return
        uses = {gpio.SERIAL: "a serial port", gpio.SPI: "SPI", gpio.I2C: "I2C", gpio.HARD_PWM: "PWM"}
        raise DeviceFault(
            line.holder,
            expected=f"GPIO {line.bcm} to be free",
            got=f"the chip uses it for {uses.get(function, 'another function')}",
            mend="give it another pin, or switch that function off in /boot/firmware/config.txt and restart",
        )

    def _call(self, holder: str, expected: str, call: Callable[[], T]) -> T:
        try:
            return call()
        except self._errors as error:
            got = str(error)
            mend, kind = _mend(got, self._extra), _kind(got)
            raise DeviceFault(holder, expected=expected, got=got, mend=mend, kind=kind) from error


def _import_gpio(extra: str, load: Callable[[], object]) -> GpioModule:
    """Import the module.

    Raises:
        DeviceFault: when it is not installed, a part of it is missing, or it refuses this machine.
    """
    install = f"install it with: pip install 'sealgate[{extra}]'"
    try:
        return cast(GpioModule, load())
    except ModuleNotFoundError as error:
        got = f"no module {error.name} is installed"
        raise DeviceFault("pins", expected=f"the module {MODULE}", got=got, mend=install) from error
    except ImportError as error:
        mend = f"install it anew, alone: pip uninstall RPi.GPIO rpi-lgpio, then pip install 'sealgate[{extra}]'"
        raise DeviceFault("pins", expected=f"the module {MODULE}", got=str(error), mend=mend) from error
    except Exception as error:
        mend = f"run the kiosk on a Raspberry Pi 3, 4 or 5, with the extra '{extra}' installed"
        if ".lgd-nfy" in str(error):
            # lgpio makes a named pipe in the working folder, or in the folder that LG_WD names.
            mend = "start the kiosk in a folder that it may write to, or name one in the environment as LG_WD"
        raise DeviceFault("pins", expected=f"{MODULE} to take this machine", got=str(error), mend=mend) from error


def _errors_of(gpio: GpioModule) -> tuple[type[BaseException], ...]:
    """What the library raises for a pin that does not do as asked; lgpio's own error derives from Exception alone."""
    own = getattr(getattr(gpio, "lgpio", None), "error", None)
    return (RuntimeError, ValueError, OSError, SystemError) if own is None else (RuntimeError, ValueError, OSError, own)


def _kind(message: str) -> FaultKind:
    if "/dev/mem" in message or "can not open gpiochip" in message:
        return FaultKind.DENIED
    return FaultKind.BUSY if "busy" in message.lower() else FaultKind.OTHER


def _mend(message: str, extra: str) -> str:
    if "/dev/mem" in message or "can not open gpiochip" in message:
        return "add the kiosk's user to the group gpio and log in anew"
    if "peripheral base" in message:
        return "on a Pi 5 remove RPi.GPIO and install the extra 'pi5'"
    if "busy" in message.lower():
        return "stop the other program that holds this pin (gpioinfo names it)"
    if "different mode" in message:
        return "let no other part of this process use RPi.GPIO"
    return f"run 'sealgate doctor' and check that the extra '{extra}' fits this board"
