"""Turns shapes into a grid of inked points, two to a character cell (upper and lower half)."""

from collections.abc import Callable, Sequence
from enum import Enum

from msgspec import Struct


class Ink(Enum):
    """What a point is made of; the widget knows its colour."""

    METAL = "m"
    DARK = "d"
    LIGHT = "w"
    BLACK = "k"
    MARK = "y"
    BEAM = "r"
    CARTON = "c"
    GO = "g"


Inside = Callable[[float, float], bool]


class Shape(Struct, frozen=True):
    """An area of one ink, in points of the drawing at scale 1.

    Attributes:
        ink: What it is made of.
        inside: Whether a point lies in it.
        box: Left, top, right and bottom edge: nothing outside is in it.
    """

    ink: Ink
    inside: Inside
    box: tuple[float, float, float, float]


def rectangle(ink: Ink, x: float, y: float, width: float, height: float) -> Shape:
    """An upright rectangle from its left top corner."""
    return Shape(ink, lambda _x, _y: True, (x, y, x + width, y + height))


def disc(ink: Ink, x: float, y: float, across: float, down: float) -> Shape:
    """An ellipse from its middle and its two half axes."""
    return ring(ink, x, y, across, down, thick=max(across, down))


def ring(ink: Ink, x: float, y: float, across: float, down: float, *, thick: float) -> Shape:
    """An ellipse's rim, `thick` points wide, from its middle and its two outer half axes."""
    inner_across, inner_down = across - thick, down - thick

    def inside(px: float, py: float) -> bool:
        if ((px - x) / across) ** 2 + ((py - y) / down) ** 2 > 1:
            return False
        if inner_across <= 0 or inner_down <= 0:
            return True
        return ((px - x) / inner_across) ** 2 + ((py - y) / inner_down) ** 2 >= 1

    return Shape(ink, inside, (x - across, y - down, x + across, y + down))


def polygon(ink: Ink, *corners: tuple[float, float]) -> Shape:
    """A polygon from its corners, by the even-odd rule."""

    def inside(px: float, py: float) -> bool:
        odd = False
        for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
            if (ay > py) != (by > py) and px < (bx - ax) * (py - ay) / (by - ay) + ax:
                odd = not odd
        return odd

    across, down = [x for x, _ in corners], [y for _, y in corners]
    return Shape(ink, inside, (min(across), min(down), max(across), max(down)))


def cut(shape: Shape, left: float, top: float, right: float, bottom: float) -> Shape:
    """The part of a shape that lies in a rectangle."""
    box = shape.box
    return Shape(
        shape.ink, shape.inside, (max(box[0], left), max(box[1], top), min(box[2], right), min(box[3], bottom))
    )


def points(shapes: Sequence[Shape], width: int, height: int, scale: int) -> tuple[tuple[Ink | None, ...], ...]:
    """Ink the shapes one over the other.

    Args:
        shapes: From the back to the front.
        width: Points across at scale 1.
        height: Points down at scale 1.
        scale: Points drawn for each, both ways.

    Returns:
        The rows of points; None where there is no ink.
    """
    grid: list[list[Ink | None]] = [[None] * (width * scale) for _ in range(height * scale)]
    for shape in shapes:
        left, top, right, bottom = (round(edge * scale) for edge in shape.box)
        for y in range(max(top, 0), min(bottom, height * scale)):
            for x in range(max(left, 0), min(right, width * scale)):
                if shape.inside((x + 0.5) / scale, (y + 0.5) / scale):
                    grid[y][x] = shape.ink
    return tuple(tuple(row) for row in grid)
