"""What flows in the circuits of the output and the input board, at the worst that the supply and the parts allow."""

from __future__ import annotations

from msgspec import Struct

from hw.pins import Level, OutputLine, Pull
from scripts.cabinet.source import Cabinet

LOGIC_VOLTS = 3.3


class OutputFigures(Struct, frozen=True):
    """One channel of the output board.

    Attributes:
        led_ma_most: Through pin and LED, at most.
        led_ma_least: The same, at least.
        passed_ma: What the optocoupler's transistor passes at least, in years.
        gate_ma: What the gate's resistors take at most.
        gate_least: Volts at the gate, at least.
        gate_most: Volts at the gate, at most.
        hold_ma: Through the resistor that holds the channel at rest, while it is driven.
    """

    led_ma_most: float
    led_ma_least: float
    passed_ma: float
    gate_ma: float
    gate_least: float
    gate_most: float
    hold_ma: float


class InputFigures(Struct, frozen=True):
    """One channel of the input board.

    Attributes:
        led_ma_least: Through contact and LED, at least.
        led_ma_most: The same, at most.
        led_watts: In the LED's resistor, at most.
        surge_ma: Through the LED while the suppressor holds a surge down.
        passed_ma: What the optocoupler's transistor passes at least, in years.
        pulled_ma: What it has to take away from the pulls.
        closed_volts: How far from its rail the pin stays while the contact is closed.
        mistaken_ma: Through the pin, should it ever be set as an output.
    """

    led_ma_least: float
    led_ma_most: float
    led_watts: float
    surge_ma: float
    passed_ma: float
    pulled_ma: float
    closed_volts: float
    mistaken_ma: float


def output_figures(cabinet: Cabinet) -> OutputFigures:
    """What flows in a channel of A2."""
    source, parts = cabinet.source, cabinet.source.output_channel
    opto = source.optocoupler
    least = (cabinet.limits.voh - opto.led_volts_most) / parts.led * 1000
    divided = parts.gate_down / (parts.gate + parts.gate_down)
    return OutputFigures(
        led_ma_most=(LOGIC_VOLTS - opto.led_volts_least) / parts.led * 1000,
        led_ma_least=least,
        passed_ma=least * opto.transfer * opto.aged,
        gate_ma=source.supply.high / (parts.gate + parts.gate_down) * 1000,
        gate_least=(source.supply.low - opto.saturated_volts) * divided,
        gate_most=source.supply.high * divided,
        hold_ma=LOGIC_VOLTS / parts.hold * 1000,
    )


def input_figures(cabinet: Cabinet) -> InputFigures:
    """What flows in a channel of A3."""
    source, parts = cabinet.source, cabinet.source.input_channel
    opto = source.optocoupler
    least = (source.supply.low - opto.led_volts_most) / parts.led * 1000
    most = (source.supply.high - opto.led_volts_least) / parts.led * 1000
    inside_ma = LOGIC_VOLTS / cabinet.limits.pull_least * 1000
    return InputFigures(
        led_ma_least=least,
        led_ma_most=most,
        led_watts=(most / 1000) ** 2 * parts.led,
        surge_ma=source.suppressor.clamping / parts.led * 1000,
        passed_ma=least * opto.transfer * opto.aged,
        pulled_ma=LOGIC_VOLTS / parts.pull * 1000 + inside_ma,
        closed_volts=opto.saturated_volts + inside_ma / 1000 * parts.pin,
        mistaken_ma=LOGIC_VOLTS / parts.pin * 1000,
    )


def led_volts_at_reset(cabinet: Cabinet, line: OutputLine) -> float:
    """What the LED of a channel sees while its pin is an input with the chip's own pull at reset.

    The resistor that holds the channel leads to the resting level; the chip's pull may lead the other way.
    """
    reset = cabinet.board.place(line.bcm).reset_pull
    against = Pull.UP if line.safe is Level.LOW else Pull.DOWN
    if reset is not against:
        return 0.0
    hold = cabinet.source.output_channel.hold
    return LOGIC_VOLTS * hold / (hold + cabinet.limits.pull_least)
