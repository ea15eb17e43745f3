"""The symbols of devices on a sheet: resistors, diodes, contacts and the like, between points."""

from __future__ import annotations

from collections.abc import Callable

from schemdraw import elements
from schemdraw.segments import SegmentCircle

from scripts.cabinet.pen import SMALL, THICK, Point, Sheet


def resistor(sheet: Sheet, start: Point, end: Point, name: str) -> None:
    """A resistor, its name above it, or beside one that stands."""
    _two_ends(sheet, elements.ResistorIEC, start, end)
    _name(sheet, start, end, name)


def fuse(sheet: Sheet, start: Point, end: Point, name: str) -> None:
    """A fuse."""
    _two_ends(sheet, elements.FuseIEC, start, end)
    _name(sheet, start, end, name)


def diode(sheet: Sheet, start: Point, end: Point) -> None:
    """A diode, which passes from start to end."""
    _two_ends(sheet, elements.Diode, start, end, fill=True)


def suppressor(sheet: Sheet, start: Point, end: Point, name: str) -> None:
    """A suppressor in both directions."""
    _two_ends(sheet, elements.DiodeTVS, start, end, fill=True)
    _name(sheet, start, end, name)


def coil(sheet: Sheet, start: Point, end: Point) -> None:
    """A relay's coil: a box."""
    (x, top), (_, bottom) = start, end
    middle = (top + bottom) / 2
    sheet.path([start, (x, middle + 0.5)])
    sheet.rectangle(x - 0.7, middle - 0.5, 1.4, 1.0, fill="white")
    sheet.rectangle(x - 0.7, middle - 0.5, 1.4, 1.0)
    sheet.path([(x, middle - 0.5), end])


def contact(sheet: Sheet, start: Point, end: Point, *, closed: bool) -> None:
    """A contact between two points under one another, or beside one another, as it is at rest."""
    _two_ends(sheet, elements.Switch, start, end, nc=closed)


def loop(sheet: Sheet, start: Point, end: Point) -> None:
    """A loop in the lane."""
    _two_ends(sheet, elements.Inductor2, start, end, loops=3)


def optocoupler(sheet: Sheet, x: float, y: float) -> tuple[Point, Point, Point, Point]:
    """An optocoupler, its LED left; gives anode, cathode, collector and emitter, the outer ends of its leads.

    Args:
        sheet: Where it is drawn.
        x: Left edge of its outline.
        y: Lower edge.
    """
    sheet.rectangle(x, y, 3.2, 2.4)
    anode, cathode = (x + 0.8, y + 2.4), (x + 0.8, y)
    _two_ends(sheet, elements.Diode, anode, cathode, fill=True)
    for rise in (1.42, 1.02):
        sheet.path([(x + 1.3, y + rise), (x + 1.85, y + rise - 0.12)])
        sheet.path([(x + 1.7, y + rise + 0.02), (x + 1.85, y + rise - 0.12), (x + 1.67, y + rise - 0.2)])
    collector, emitter = (x + 2.6, y + 2.4), (x + 2.6, y)
    sheet.path([(x + 2.15, y + 1.75), (x + 2.15, y + 0.65)], width=THICK)
    sheet.path([collector, (x + 2.6, y + 1.9), (x + 2.15, y + 1.4)])
    sheet.path([(x + 2.15, y + 1.0), (x + 2.6, y + 0.5), emitter])
    sheet.path([(x + 2.33, y + 0.58), (x + 2.55, y + 0.55), (x + 2.5, y + 0.78)])
    return anode, cathode, collector, emitter


def transistor(sheet: Sheet, x: float, y: float, name: str) -> tuple[Point, Point, Point]:
    """An N-channel MOSFET with its drain at (x, y); gives gate, drain and source."""
    sheet.element(elements.NMos().at((x, y)).anchor("drain").theta(0))
    sheet.text(x + 0.3, y - 0.83, name, size=SMALL)
    return (x - 0.83, y - 1.17), (x, y), (x, y - 1.67)


def lamp(sheet: Sheet, start: Point, end: Point) -> None:
    """A lamp between two points beside one another."""
    (left, y), (right, _) = start, end
    x = (left + right) / 2
    sheet.path([start, (x - 0.45, y)])
    sheet.path([(x + 0.45, y), end])
    ring = elements.Element()
    ring.segments.append(SegmentCircle((0, 0), 0.45, fill="none"))
    sheet.element(ring.at((x, y)).theta(0))
    for rise in (1, -1):
        sheet.path([(x - 0.32, y - 0.32 * rise), (x + 0.32, y + 0.32 * rise)])


def _name(sheet: Sheet, start: Point, end: Point, name: str) -> None:
    """Write a symbol's name above it, or right of one that stands."""
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    if start[1] == end[1]:
        sheet.text(x, y + 0.48, name, size=SMALL, align="center")
    else:
        sheet.text(x + 0.4, y, name, size=SMALL)


def _two_ends(
    sheet: Sheet, kind: Callable[..., elements.Element2Term], start: Point, end: Point, **options: object
) -> None:
    sheet.element(kind(**options).at(start).to(end))
