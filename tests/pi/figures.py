"""What the emulated board was measured to need, told in one table at the end of the run."""

import pytest
from msgspec import Struct

HEADING = """Measured on an emulated Raspberry Pi 3B. Its clock counts instructions, one a nanosecond: about what one
core of a real one does at best. Caches, memory and the SD card's speed are not emulated, and three of the four cores
are off. Times are the board's own; they compare one version with another, and are no promise for a real board."""


class Figure(Struct, frozen=True):
    """One measured value, in words."""

    name: str
    value: str


FIGURES = pytest.StashKey[list[Figure]]()


def table(figures: list[Figure]) -> list[str]:
    """Lines to print."""
    wide = max(len(figure.name) for figure in figures)
    return [*HEADING.splitlines(), *(f"  {figure.name:<{wide}}  {figure.value}" for figure in figures)]
