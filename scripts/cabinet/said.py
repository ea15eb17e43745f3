"""What drawings, lists and checks say of a line of the gate: one wording, so that a check can read it back."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from hw.pins import InputLine, Level, Pull
from scripts.cabinet.source import Cabinet

_SAID: Final = re.compile(
    r"(?P<holder>[a-z ]+): GPIO (?P<bcm>\d+), pin (?P<pin>\d+), (?P<way>in|out), active (?P<active>high|low), "
    r"(?:pull (?P<pull>up|down|off)|rests (?P<rests>high|low), held (?P<held>up|down))"
)


class Said(Struct, frozen=True):
    """What a drawing says of a line.

    Attributes:
        holder: Who has it.
        bcm: GPIO number.
        pin: Place on the header.
        way: ``in`` or ``out``.
        active: The active level.
        pull: Of an input the chip's pull; None for outputs.
        held: Of an output, where its resistor holds it; None for inputs.
    """

    holder: str
    bcm: int
    pin: int
    way: str
    active: Level
    pull: Pull | None
    held: Pull | None


def line_words(cabinet: Cabinet, name: str) -> str:
    """A line as every drawing has it."""
    line, pin = cabinet.line(name), cabinet.pin(name).pin
    if isinstance(line, InputLine):
        return f"{line.holder}: GPIO {line.bcm}, pin {pin}, in, active {line.active.value}, pull {line.pull.value}"
    rests = f"rests {line.safe.value}, held {line.safe_pull.value}"
    return f"{line.holder}: GPIO {line.bcm}, pin {pin}, out, active {line.active.value}, {rests}"


def read_back(words: str) -> Said | None:
    """What a drawing's words say; None for other words."""
    match = _SAID.fullmatch(words)
    if match is None:
        return None
    pull, held = match["pull"], match["held"]
    return Said(
        match["holder"],
        int(match["bcm"]),
        int(match["pin"]),
        match["way"],
        Level(match["active"]),
        Pull(pull) if pull else None,
        Pull(held) if held else None,
    )


def ohms(value: float) -> str:
    """A resistor's value as it is written."""
    return f"{value / 1000:g} kΩ" if value >= 1000 else f"{value:g} Ω"
