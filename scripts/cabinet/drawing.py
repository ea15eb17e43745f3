"""The whole set of drawings: which sheets there are, for which boards each holds, and all of them as SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from scripts.cabinet.pen import Sheet
from scripts.cabinet.said import line_words
from scripts.cabinet.sheets import header, inputs, outputs, overview, power, readers, seal_reader
from scripts.cabinet.source import Cabinet

Draw = Callable[[Cabinet, Sheet], None]

COMMON: Final[Mapping[str, tuple[str, Draw]]] = {
    "outputs": ("Barrier, lamps, buzzer", outputs.draw),
    "inputs": ("Loops and cabinet switch", inputs.draw),
    "readers": ("Card reader, scanner, screen, keypad", readers.draw),
    "seal-reader": ("Seal reader", seal_reader.draw),
    "power": ("Power and earth", power.draw),
}
"""Sheets that hold for every board that is wired the same."""


class Set(Struct, frozen=True):
    """A set of drawings.

    Attributes:
        svgs: Each sheet's SVG by its file's name, without the ending.
        drawn: The numbers of the wires that are drawn somewhere.
    """

    svgs: Mapping[str, str]
    drawn: frozenset[int]


def draw(cabinets: Sequence[Cabinet], wired: str) -> Set:
    """Draw the sheets for some boards.

    Args:
        cabinets: The cabinet on each board.
        wired: By what they are wired, such as ``wired as hw/boards says``.
    """
    jobs: list[tuple[str, str, str, Cabinet, Draw]] = []
    for group in groups(cabinets):
        names = _boards(group)
        subject = f"Raspberry Pi {', '.join(names)}: {wired}"
        ending = "" if len(group) == len(cabinets) else f"-{'-'.join(each.board.name for each in group)}"
        first = group[0]
        jobs.append((f"overview{ending}", "The cabinet", subject, first, overview.draw))
        for cabinet in group:
            (name,) = _boards([cabinet])
            title = f"The header of Raspberry Pi {name}"
            jobs.append((f"header-{cabinet.board.name}", title, f"Raspberry Pi {name}: {wired}", cabinet, header.draw))
        jobs += [(f"{name}{ending}", title, subject, first, how) for name, (title, how) in COMMON.items()]
    svgs, drawn = {}, set()
    for number, (name, title, subject, cabinet, how) in enumerate(jobs, start=1):
        wires = {wire.number: wire for wire in cabinet.all_wires()}
        sheet = Sheet(title, f"{number} of {len(jobs)}", subject, wires)
        how(cabinet, sheet)
        svgs[name] = sheet.svg()
        drawn |= sheet.drawn
    return Set(svgs, frozenset(drawn))


def groups(cabinets: Sequence[Cabinet]) -> list[list[Cabinet]]:
    """The cabinets, those together whose lines are on the same pins with the same polarity."""
    alike: dict[tuple[str, ...], list[Cabinet]] = {}
    for cabinet in cabinets:
        lines = tuple(line_words(cabinet, name) for name in (*cabinet.outputs, *cabinet.contacts))
        alike.setdefault(lines, []).append(cabinet)
    return list(alike.values())


def _boards(cabinets: Sequence[Cabinet]) -> list[str]:
    return [cabinet.board.name.removeprefix("pi") for cabinet in cabinets]
