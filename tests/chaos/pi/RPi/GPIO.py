"""A stand-in of the module RPi.GPIO 0.7.1 whose registers are shared memory: tests.chaos.pads.

It stands before the kiosk's path where a chaos run starts it; the kiosk's own `hw.rpi_pins` takes it for the library.
Each call writes the registers in the order in which source/py_gpio.c and source/c_gpio.c do. What it knows of
directions is the process's own, as in the library; the registers are not. tests/hw/test_pins_contract.py holds it to
the same as the stand-in that the tests of `hw.rpi_pins` use.
"""

import os
from pathlib import Path

from tests.chaos.pads import DOWN, IN, OFF, OUT, UP, Pads

VERSION = "0.7.1"
RPI_INFO: dict[str, object] = {"P1_REVISION": 3, "TYPE": "Pi 4 Model B", "PROCESSOR": "BCM2711"}
BOARD, BCM, UNKNOWN = 10, 11, -1
LOW, HIGH = 0, 1
PUD_OFF, PUD_DOWN, PUD_UP = OFF, DOWN, UP
SERIAL, SPI, I2C, HARD_PWM = 40, 41, 42, 43

_journal = os.environ.get("CHAOS_JOURNAL")
_pads = Pads(
    Path(os.environ["CHAOS_PADS"]),
    Path(_journal) if _journal else None,
    frozenset(map(int, os.environ.get("CHAOS_WITNESSED", "").split())),
)
_directions: dict[int, int] = {}
_modes = [UNKNOWN]


def setmode(mode: int, /) -> None:
    """Choose the numbering."""
    if _modes[0] not in (UNKNOWN, mode):
        raise ValueError("A different mode has already been set!")
    if mode not in (BOARD, BCM):
        raise ValueError("An invalid mode was passed to setmode()")
    _modes[0] = mode


def setwarnings(_state: bool, /) -> None:
    """This module warns of nothing."""


def gpio_function(channel: int, /) -> int:
    """What the pad is used for: this board has no other functions."""
    return _pads.pad(_number(channel)).direction


def setup(channel: int, direction: int, pull_up_down: int = PUD_OFF, initial: int = -1) -> None:
    """Set a pad's direction: the latch first, then the pull, the direction last."""
    if direction not in (IN, OUT):
        raise ValueError("An invalid direction was passed to setup()")
    if direction == OUT and pull_up_down != PUD_OFF:
        raise ValueError("pull_up_down parameter is not valid for outputs")
    if direction == IN and initial != -1:
        raise ValueError("initial parameter is not valid for inputs")
    bcm = _number(channel)
    pad = _pads.pad(bcm)
    latch = initial if direction == OUT and initial in (LOW, HIGH) else pad.latch
    if latch != pad.latch:
        _pads.write(bcm, pad.direction, latch, pad.pull)
    _pads.write(bcm, pad.direction, latch, pull_up_down)
    _pads.write(bcm, direction, latch, pull_up_down)
    _directions[bcm] = direction


def output(channel: int, value: int, /) -> None:
    """Put a level on an output."""
    bcm = _number(channel)
    if _directions.get(bcm) != OUT:
        raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
    _pads.write(bcm, OUT, int(bool(value)), _pads.pad(bcm).pull)


def input(channel: int, /) -> int:  # noqa: A001 - the library's own name
    """The level on a pad."""
    bcm = _number(channel)
    if bcm not in _directions:
        raise RuntimeError("You must setup() the GPIO channel first")
    return _pads.pad(bcm).level


def cleanup(channel: list[int], /) -> None:
    """Make pads floating inputs and forget them."""
    for one in channel:
        bcm = _number(one)
        if _directions.pop(bcm, None) is not None:
            _pads.write(bcm, IN, _pads.pad(bcm).latch, PUD_OFF)


def _number(channel: int) -> int:
    if _modes[0] == UNKNOWN:
        raise RuntimeError("Please set pin numbering mode using GPIO.setmode(GPIO.BOARD) or GPIO.setmode(GPIO.BCM)")
    return channel
