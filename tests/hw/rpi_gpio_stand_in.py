"""A recording stand-in of the module RPi.GPIO 0.7.1, written from its C source.

It keeps the registers that the module writes (function select, output latch, pull) in the order in which
source/py_gpio.c and source/c_gpio.c write them, and shows what the pads would show. It raises and warns with the
texts of the source. Only what the source does for a channel given as one number, or cleanup's list, is here.
"""

import warnings

from msgspec import Struct

from hw.bench.pins import PinChange
from hw.pins import Direction, Level


class Registers(Struct):
    """One pin's part of the GPIO block: function select as gpio_function() gives it (0 input, 1 output, 4 ALT0)."""

    pull: int
    function: int = 0
    latch: int = 0
    floating: int = 0
    outside: int | None = None


class GpioStandIn:
    """The module. Its attributes and methods in capitals and lower case are the real module's."""

    # source/constants.c, source/constants.h
    VERSION = "0.7.1"
    BOARD, BCM, UNKNOWN = 10, 11, -1
    IN, OUT, LOW, HIGH = 1, 0, 0, 1
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22
    SERIAL, SPI, I2C, HARD_PWM = 40, 41, 42, 43

    def __init__(
        self, *, setup_failure: str | None = None, failures: dict[tuple[str, int], Exception] | None = None
    ) -> None:
        # What tests look at and set.
        self.calls: list[tuple[object, ...]] = []
        self.changes: list[PinChange] = []
        self.setup_failure = setup_failure
        self.failures = failures or {}

        self.RPI_INFO: dict[str, object] = {"P1_REVISION": 3, "TYPE": "Pi 4 Model B", "PROCESSOR": "BCM2711"}
        self.registers = {bcm: Registers(pull=22 if bcm <= 8 else 21) for bcm in range(54)}
        for register in self.registers.values():
            register.floating = int(register.pull == self.PUD_UP)
        self._directions: dict[int, int] = {}
        self._mode = self.UNKNOWN
        self._warnings = True
        self._mapped = False

    def setmode(self, mode: int, /) -> None:
        self.calls.append(("setmode", mode))
        if self._mode not in (self.UNKNOWN, mode):
            raise ValueError("A different mode has already been set!")
        if mode not in (self.BOARD, self.BCM):
            raise ValueError("An invalid mode was passed to setmode()")
        self._mode = mode

    def setwarnings(self, state: bool, /) -> None:
        self.calls.append(("setwarnings", state))
        self._warnings = bool(state)

    def gpio_function(self, channel: int, /) -> int:
        self.calls.append(("gpio_function", channel))
        bcm = self._number(channel)
        self._map_registers()
        function = self.registers[bcm].function
        if function in (0, 1):
            return self.OUT if function == 1 else self.IN
        if function != 4:
            return self.UNKNOWN
        alt0 = {(0, 1, 2, 3): self.I2C, (7, 8, 9, 10, 11): self.SPI, (12, 13): self.HARD_PWM, (14, 15): self.SERIAL}
        return next((use for pins, use in alt0.items() if bcm in pins), self.UNKNOWN)

    def setup(self, channel: int, direction: int, pull_up_down: int = 20, initial: int = -1) -> None:
        given = {"pull_up_down": pull_up_down} if pull_up_down != self.PUD_OFF else {}
        given |= {"initial": initial} if initial != -1 else {}
        self.calls.append(("setup", channel, direction, given))
        self._map_registers()
        if direction not in (self.IN, self.OUT):
            raise ValueError("An invalid direction was passed to setup()")
        if direction == self.OUT and pull_up_down != self.PUD_OFF:
            raise ValueError("pull_up_down parameter is not valid for outputs")
        if direction == self.IN and initial != -1:
            raise ValueError("initial parameter is not valid for inputs")
        if pull_up_down not in (self.PUD_OFF, self.PUD_DOWN, self.PUD_UP):
            raise ValueError("Invalid value for pull_up_down - should be either PUD_OFF, PUD_UP or PUD_DOWN")
        bcm = self._number(channel)
        function = self.registers[bcm].function
        if function not in (0, 1) or (bcm not in self._directions and function == 1):
            self._warn(
                "This channel is already in use, continuing anyway.  Use GPIO.setwarnings(False) to disable warnings."
            )
        if bcm in (2, 3) and pull_up_down in (self.PUD_UP, self.PUD_DOWN):
            self._warn("A physical pull up resistor is fitted on this channel!")
        self._fail_if_asked("setup", bcm)
        if direction == self.OUT and initial in (self.LOW, self.HIGH):
            self._write(bcm, latch=initial)
        self._write(bcm, pull=pull_up_down)
        self._write(bcm, function=1 if direction == self.OUT else 0)
        self._directions[bcm] = direction

    def output(self, channel: int, value: int, /) -> None:
        self.calls.append(("output", channel, value))
        bcm = self._number(channel)
        if self._directions.get(bcm) != self.OUT:
            raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
        self._fail_if_asked("output", bcm)
        self._write(bcm, latch=int(bool(value)))

    def input(self, channel: int, /) -> int:
        self.calls.append(("input", channel))
        bcm = self._number(channel)
        if bcm not in self._directions:
            raise RuntimeError("You must setup() the GPIO channel first")
        self._fail_if_asked("input", bcm)
        return self.level(bcm)

    def cleanup(self, channel: list[int], /) -> None:
        self.calls.append(("cleanup", tuple(channel)))
        found = False
        # Registers that nothing has mapped yet are left alone, and the numbering is not even looked at.
        for one in channel if self._mapped else ():
            bcm = self._number(one)
            if bcm in self._directions:
                self._write(bcm, pull=self.PUD_OFF)
                self._write(bcm, function=0)
                del self._directions[bcm]
                found = True
        if not found:
            self._warn(
                "No channels have been set up yet - nothing to clean up!  "
                "Try cleaning up at the end of your program instead!"
            )

    def drive_from_outside(self, bcm: int, level: Level | None) -> None:
        """What a contact puts on the pad."""
        before = self._shown(bcm)
        self.registers[bcm].outside = None if level is None else int(level is Level.HIGH)
        self._note(bcm, before)

    def forget_process(self) -> None:
        """A new process loads the module: the registers stay as they are, what the module knew is gone."""
        self._directions.clear()
        self._mode = self.UNKNOWN
        self._warnings = True
        self._mapped = False

    def _number(self, channel: int) -> int:
        if self._mode == self.UNKNOWN:
            raise RuntimeError("Please set pin numbering mode using GPIO.setmode(GPIO.BOARD) or GPIO.setmode(GPIO.BCM)")
        if self._mode == self.BOARD:
            raise NotImplementedError("the stand-in has no BOARD numbering")
        if not 0 <= channel <= 53:
            raise ValueError("The channel sent is invalid on a Raspberry Pi")
        return channel

    def _map_registers(self) -> None:
        if self.setup_failure is not None:
            raise RuntimeError(self.setup_failure)
        self._mapped = True

    def _fail_if_asked(self, call: str, bcm: int) -> None:
        if (call, bcm) in self.failures:
            raise self.failures[call, bcm]

    def _warn(self, text: str) -> None:
        if self._warnings:
            warnings.warn(text, RuntimeWarning, stacklevel=3)

    def _write(
        self, bcm: int, *, latch: int | None = None, pull: int | None = None, function: int | None = None
    ) -> None:
        before = self._shown(bcm)
        register = self.registers[bcm]
        register.floating = self.level(bcm)
        register.latch = register.latch if latch is None else latch
        register.pull = register.pull if pull is None else pull
        register.function = register.function if function is None else function
        self._note(bcm, before)

    def level(self, bcm: int) -> int:
        """What the pad carries: 0 or 1."""
        register = self.registers[bcm]
        if register.function == 1:
            return register.latch
        if register.outside is not None:
            return register.outside
        return {self.PUD_UP: 1, self.PUD_DOWN: 0}.get(register.pull, register.floating)

    def _shown(self, bcm: int) -> PinChange:
        direction = Direction.OUT if self.registers[bcm].function == 1 else Direction.IN
        return PinChange(bcm, direction, Level.HIGH if self.level(bcm) else Level.LOW)

    def _note(self, bcm: int, before: PinChange) -> None:
        after = self._shown(bcm)
        if after != before:
            self.changes.append(after)
