"""The whole cabinet: what is where, and which wires go from what to what."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from scripts.cabinet.pen import SMALL, Point, Sheet
from scripts.cabinet.source import Cabinet

COLOURS: Final = {
    "WH": "white", "BN": "brown", "GN": "green", "YE": "yellow", "GY": "grey", "PK": "pink", "BU": "blue", "RD": "red",
    "BK": "black", "VT": "violet", "OG": "orange", "GNYE": "green and yellow",
}  # fmt: skip
"""IEC 60757."""

BOXES: Final = {
    "A5": ("A5", "seal scanner", (1.3, 24.9, 4.8, 2.5)),
    "A6": ("A6", "seal reader", (1.3, 20.3, 4.8, 2.5)),
    "A10": ("A10", "the site's network", (1.3, 16.3, 4.8, 2.5)),
    "W0": ("W0", "mains 230 V", (1.3, 6.2, 4.8, 2.6)),
    "A7": ("A7", "screen with touch", (9.4, 22.2, 5.0, 3.0)),
    "A8": ("A8", "numeric keypad", (9.4, 18.3, 5.0, 2.5)),
    "A4": ("A4", "card reader", (9.4, 13.6, 5.0, 2.9)),
    "A1": ("A1", "Raspberry Pi", (18.2, 12.0, 4.0, 15.2)),
    "A2": ("A2", "output board", (25.2, 18.4, 3.8, 8.8)),
    "K1": ("K1", "relay", (31.0, 24.4, 2.4, 2.4)),
    "A3": ("A3", "input board", (25.2, 11.0, 3.8, 6.4)),
    "B1": ("B1", "detector", (30.9, 15.6, 2.5, 1.9)),
    "B2": ("B2", "detector", (30.9, 13.3, 2.5, 1.9)),
    "S1": ("S1", "switch", (30.9, 11.0, 2.5, 1.9)),
    "A9": ("A9", "barrier's controller", (36.4, 24.4, 5.0, 2.4)),
    "H1": ("H1", "traffic light", (36.4, 21.2, 5.0, 2.2)),
    "P1": ("P1", "buzzer", (36.4, 18.4, 5.0, 2.0)),
    "L1": ("L1", "loop, entry", (36.4, 15.6, 5.0, 1.9)),
    "L2": ("L2", "loop, exit", (36.4, 13.3, 5.0, 1.9)),
    "Q1": ("F9, Q1", "arrester, RCBO", (9.4, 6.2, 4.2, 2.6)),
    "G1": ("G1", "24 V", (15.6, 6.2, 2.4, 2.6)),
    "F": ("F1 to F4", "fuses", (20.0, 6.2, 2.6, 2.6)),
    "G2": ("G2", "5 V", (24.6, 6.2, 2.4, 2.6)),
    "E1": ("E1", "heater", (30.4, 6.2, 3.0, 2.6)),
}
"""What is written in each box, and its lower left corner, width and height."""


def draw(cabinet: Cabinet, sheet: Sheet) -> None:
    """Draw boxes and bundles; the numbers on a bundle are those of the wires between its ends."""
    sheet.rectangle(8.1, 4.3, 25.9, 24.0, dashed=True, width=1.8)
    sheet.text(8.4, 27.75, "cabinet: IP65, locked, earthed; cables in from below through glands")
    for name, words, (x, y, wide, high) in BOXES.values():
        sheet.rectangle(x, y, wide, high, width=1.8)
        sheet.text(x + wide / 2, y + high / 2 + 0.32, name, align="center")
        sheet.text(x + wide / 2, y + high / 2 - 0.35, words, size=SMALL, align="center")
    _header_side(cabinet, sheet)
    _lane_side(cabinet, sheet)
    _power(cabinet, sheet)
    _legend(sheet)


def _header_side(cabinet: Cabinet, sheet: Sheet) -> None:
    for device, start, y, via in (
        ("A5", 6.1, 26.2, ()),
        ("A7", 14.4, 23.7, ()),
        ("A6", 6.1, 21.5, ()),
        ("A8", 14.4, 19.5, ()),
        ("A10", 6.1, 17.4, ()),
        ("A4", 14.4, 15.0, ("G3",)),
    ):
        _bundle(sheet, [(start, y), (18.2, y)], _between(cabinet, (device, *via), ("A1",)), at=16.3)


def _lane_side(cabinet: Cabinet, sheet: Sheet) -> None:
    _bundle(sheet, [(22.2, 22.6), (25.2, 22.6)], _between(cabinet, ("A1",), ("A2",)))
    _bundle(sheet, [(22.2, 14.6), (25.2, 14.6)], _between(cabinet, ("A1",), ("A3",)))
    _bundle(sheet, [(29.0, 25.6), (31.0, 25.6)], _between(cabinet, ("A2",), ("K1",)))
    _bundle(sheet, [(33.4, 25.6), (36.4, 25.6)], _between(cabinet, ("X3",), ("A9",)), at=35.2)
    _bundle(sheet, [(29.0, 22.3), (36.4, 22.3)], _between(cabinet, ("X3",), ("H1",)), at=35.2)
    _bundle(sheet, [(29.0, 19.4), (36.4, 19.4)], _between(cabinet, ("X3",), ("P1",)), at=35.2)
    for device, loop, y in (("B1", "L1", 16.55), ("B2", "L2", 14.25)):
        _bundle(sheet, [(29.0, y), (30.9, y)], _between(cabinet, (device,), ("A3",)))
        _bundle(sheet, [(33.4, y), (36.4, y)], _between(cabinet, ("X5",), (loop,)), at=35.2)
    _bundle(sheet, [(29.0, 11.95), (30.9, 11.95)], _between(cabinet, ("S1",), ("A3",)))


def _power(cabinet: Cabinet, sheet: Sheet) -> None:
    _bundle(sheet, [(6.1, 7.5), (9.4, 7.5)], _between(cabinet, ("W0",), ("F9", "X0")), at=7.1)
    _bundle(sheet, [(13.6, 7.5), (15.6, 7.5)], _between(cabinet, ("X6", "X0"), ("G1",)))
    _bundle(sheet, [(18.0, 7.5), (20.0, 7.5)], _between(cabinet, ("G1",), ("F1", "X2")))
    _bundle(sheet, [(22.6, 7.5), (24.6, 7.5)], _between(cabinet, ("G2",), ("F1", "X2")))
    _bundle(sheet, [(25.8, 8.8), (25.8, 10.0), (20.2, 10.0), (20.2, 12.0)], _between(cabinet, ("G2",), ("A1",)))
    _bundle(sheet, [(11.5, 6.2), (11.5, 5.1), (31.9, 5.1), (31.9, 6.2)], _between(cabinet, ("X6", "X0"), ("E1",)))
    sheet.words(
        9.4, 11.6, ["F1 feeds G2", "F2: A2, K1, H1, P1 (X1)", "F3: B1, B2, S1 (X4)", "F4: A7; 0 V: X2"], size=6.5
    )


def _between(cabinet: Cabinet, some: Iterable[str], others: Iterable[str]) -> list[int]:
    """The wires from some devices to others."""
    one, other = set(some), set(others)
    found = []
    for wire in cabinet.wires():
        ends = (wire.start.partition(":")[0], wire.end.partition(":")[0])
        if (ends[0] in one and ends[1] in other) or (ends[1] in one and ends[0] in other):
            found.append(wire.number)
    return sorted(found)


def _bundle(sheet: Sheet, points: list[Point], numbers: list[int], *, at: float | None = None) -> None:
    """A bundle with its wires' numbers over its longest level part, in the middle or at an x."""
    sheet.path(points, width=2.4)
    level = max(
        (part for part in pairwise(points) if part[0][1] == part[1][1]),
        key=lambda part: abs(part[0][0] - part[1][0]),
    )
    (left, y), (right, _) = level
    x = (left + right) / 2 if at is None else at
    sheet.text(x, y + 0.36, ranges(numbers), size=6.5, align="center")


def ranges(numbers: list[int]) -> str:
    """Numbers, runs of them by their ends: ``101-106, 111``."""
    if not numbers:
        raise ValueError("expected wires between these devices, got none")
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}\N{EN DASH}{run[-1]}" for run in runs)


def _legend(sheet: Sheet) -> None:
    codes = [f"{code} {name}" for code, name in COLOURS.items()]
    lines = [
        "At both ends each wire carries its number, as in the wire list (hw/wiring/wires.md). A name such as A2:IN1",
        "is terminal IN1 of device A2; a pointed tag is a terminal that is drawn elsewhere. 24 V, the Pi's wires and",
        "the mains each run in a duct of their own. Colours: " + ", ".join(codes[:5]) + ",",
        ", ".join(codes[5:]) + ".",
    ]
    sheet.words(1.3, 3.6, lines, size=6.5)
