"""Draws one sheet of A4, landscape, with schemdraw's own SVG; the ends of its wires come from the wire list.

A unit is 7 mm; (0, 0) is the lower left corner. Everything is black on white and light greys of colour, so that it can
be read when it is printed in grey.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal
from xml.sax.saxutils import escape

import schemdraw
from schemdraw import elements
from schemdraw.segments import SegmentText

from scripts.cabinet.written import Wire

Point = tuple[float, float]
Side = Literal["left", "right", "bottom"]
Align = Literal["left", "center", "right"]

UNIT_MM: Final = 7.0
WIDTH: Final = 297 / UNIT_MM
HEIGHT: Final = 210 / UNIT_MM
EDGE: Final = 0.8
"""Of the frame, from the paper's edge."""

SMALL, NORMAL, LARGE = 7.0, 8.0, 11.0
"""Sizes of letters in points, as printed on A4."""

LINE: Final = 1.0
THICK: Final = 1.8

CAPITAL: Final = 0.72 * 25.4 / 72 / UNIT_MM
"""Height of a capital letter over its size, in units."""

MINUS: Final = "\N{MINUS SIGN}"

GAP: Final = 0.22
"""Between a terminal's dot and its name."""


class Sheet:
    """One sheet while it is drawn.

    Args:
        title: What it shows.
        number: Its number, such as ``5 of 9``.
        subject: For which boards and wiring it holds.
        wires: Every wire by its number, with its ends as they are on this board.
    """

    def __init__(self, title: str, number: str, subject: str, wires: Mapping[int, Wire]) -> None:
        self.title = title
        self.drawn: set[int] = set()
        self._wires = wires
        self._at: dict[str, Point] = {}
        schemdraw.use("svg")
        self._drawing = schemdraw.Drawing(
            show=False,
            canvas="svg",
            inches_per_unit=UNIT_MM / 25.4,
            unit=3,
            fontsize=NORMAL,
            lw=LINE,
            font="sans-serif",
            margin=0,
        )
        self.rectangle(0, 0, WIDTH, HEIGHT, width=0.01, colour="white")
        self.rectangle(EDGE, EDGE, WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE, width=THICK)
        self._title_block(number, subject)

    def _title_block(self, number: str, subject: str) -> None:
        left, top = WIDTH - EDGE - 17, EDGE + 2.1
        self.path([(left, EDGE), (left, top), (WIDTH - EDGE, top)], width=THICK)
        self.text(left + 0.4, top - 0.6, self.title, size=LARGE)
        self.text(left + 0.4, top - 1.35, subject, size=SMALL)
        self.text(
            left + 0.4,
            top - 1.85,
            "Sealgate: cabinet at the gate. Made by scripts/wiring.py from hw/wiring and hw/boards",
            size=5.5,
        )
        self.text(WIDTH - EDGE - 0.4, top - 0.6, f"sheet {number}", size=NORMAL, align="right")

    # --- Plain things ------------------------------------------------------------------------------------------

    def element(self, element: elements.Element) -> None:
        """Add a symbol that has its place already."""
        self._drawing += element

    def path(
        self, points: Sequence[Point], *, width: float = LINE, dashed: bool = False, colour: str = "black"
    ) -> None:
        """A line through points."""
        for start, end in pairwise(points):
            line = elements.Line(lw=width, color=colour).at(start).to(end)
            self.element(line.linestyle("--") if dashed else line)

    def rectangle(
        self,
        x: float,
        y: float,
        width_units: float,
        height: float,
        *,
        width: float = LINE,
        dashed: bool = False,
        fill: str | None = None,
        colour: str = "black",
    ) -> None:
        """A rectangle from its lower left corner."""
        corners = ((0.0, 0.0), (width_units, height))
        shape = elements.Rect(*corners, fill=fill or "none", lw=width, ls="--" if dashed else "-", color=colour)
        self.element(shape.at((x, y)).theta(0).zorder(0 if fill else 1))

    def text(self, x: float, y: float, words: str, *, size: float = NORMAL, align: Align = "left") -> None:
        """Words at a point, their middle at its height.

        Args:
            x: Where they begin, are centred or end, by ``align``.
            y: Height of their middle.
            words: One line.
            size: In points.
            align: Which part is at x.
        """
        label = elements.Element()
        # On its base line, which every viewer knows: half a capital's height below.
        base = (0, -size * CAPITAL / 2)
        label.segments.append(SegmentText(base, words, align=(align, "base"), fontsize=size))
        self.element(label.at((x, y)).theta(0))

    def words(self, x: float, y: float, lines: Sequence[str], *, size: float = SMALL) -> None:
        """Lines under one another, the first at y."""
        pitch = size * 0.068
        for line in lines:
            self.text(x, y, line, size=size)
            y -= pitch

    def dot(self, x: float, y: float) -> None:
        """A joint of lines."""
        self.element(elements.Dot(radius=0.09).at((x, y)))

    # --- Devices, terminals, wires -----------------------------------------------------------------------------

    def device(self, name: str, x: float, y: float, wide: float, high: float, *, sub: str = "") -> None:
        """A device's outline with its name inside, at the top."""
        self.rectangle(x, y, wide, high, width=THICK)
        self.text(x + wide / 2, y + high - 0.42, name, align="center")
        if sub:
            self.text(x + wide / 2, y + high - 0.95, sub, size=SMALL, align="center")

    def terminal(self, name: str, x: float, y: float, side: Side = "left", *, lifted: bool = False) -> None:
        """A terminal on a device's outline: its name stands inside, so on the other side than the wire.

        Args:
            name: Such as ``A2:IN1``.
            x: Where it is.
            y: Where it is.
            side: Of which side of the device it is on.
            lifted: Whether its name stands higher, as a line goes on inside.
        """
        self._at[name] = (x, y)
        self.element(elements.Dot(radius=0.11, open=True).at((x, y)))
        said = name.partition(":")[2].replace("-", MINUS)
        high = y + (0.4 if lifted else 0)
        match side:
            case "left":
                self.text(x + GAP, high, said, size=SMALL)
            case "right":
                self.text(x - GAP, high, said, size=SMALL, align="right")
            case "bottom":
                self.text(x, y + 0.38, said, size=SMALL, align="center")

    def elsewhere(self, name: str, x: float, y: float, side: Side = "left", words: Sequence[str] = ()) -> None:
        """A terminal that is drawn on another sheet: a tag with its name, and lines that say more.

        Args:
            name: Such as ``A1:11``.
            x: Where the wire leaves the tag.
            y: Where the wire leaves the tag.
            side: At which end of the wire the tag is.
            words: Lines beyond the tag.
        """
        self._at[name] = (x, y)
        wide = 0.7 + 0.28 * len(name)
        point = 0.35
        step = -1 if side == "left" else 1
        far = x + step * wide
        outline = [(x, y), (x + step * point, y + 0.36), (far, y + 0.36), (far, y - 0.36), (x + step * point, y - 0.36)]
        self.path([*outline, (x, y)])
        self.text(x + step * (wide + point * 0.4) / 2, y, name.replace("-", MINUS), size=SMALL, align="center")
        high = y + (len(words) - 1) * 0.25
        for line in words:
            self.text(far + step * 0.25, high, line, size=6.5, align="right" if side == "left" else "left")
            high -= 0.5

    def flag(self, x: float, y: float, rail: str, *, up: bool) -> None:
        """The end of a line that is on a rail of its board, such as ``GND``: all flags of one name are joined."""
        step = 1 if up else -1
        self.path([(x - 0.45, y), (x + 0.45, y)], width=THICK)
        self.text(x, y + step * 0.4, rail, size=SMALL, align="center")

    def block(self, name: str, x: float, y: float, *, beside: bool = False) -> None:
        """A terminal of a strip, its name above it or, in an upright strip, beside it; wires come from both sides."""
        self._at[name] = (x, y)
        self.rectangle(x - 0.25, y - 0.3, 0.5, 0.6, fill="white")
        self.rectangle(x - 0.25, y - 0.3, 0.5, 0.6)
        self.element(elements.Dot(radius=0.11, open=True).at((x, y)))
        if beside:
            self.text(x + 0.4, y - 0.45, name, size=SMALL)
        else:
            self.text(x, y + 0.6, name, size=SMALL, align="center")

    def move_aside(self, terminals: Sequence[str]) -> None:
        """Forget where terminals are: another way of building shows them at another place of this sheet."""
        for terminal in terminals:
            del self._at[terminal]

    def place_at(self, terminal: str, point: Point) -> None:
        """Say where a terminal is that a symbol has itself."""
        self._at[terminal] = point

    def wire(
        self,
        number: int,
        *,
        across: float | None = None,
        label: Point | None = None,
        dashed: bool = False,
    ) -> None:
        """Draw a wire of the list between its terminals, with its mark on it.

        Args:
            number: Its number.
            across: x of the upright part, where it goes level, upright, level.
            label: Where its mark stands; on the middle of its longest level part if left out.
            dashed: Whether it is one of another way of building.

        Raises:
            KeyError: There is no such wire, or one of its ends is not on this sheet.
        """
        wire = self._wires[number]
        start, end = self._at[wire.start], self._at[wire.end]
        bends = [] if across is None else [(across, start[1]), (across, end[1])]
        points = [start, *bends, end]
        points = [point for at, point in enumerate(points) if at == 0 or point != points[at - 1]]
        self.path(points, width=LINE * 1.3, dashed=dashed)
        self.drawn.add(number)
        if label is None:
            (x, y), is_level = _middle(points)
            label = (x, y + 0.33) if is_level else (x + 0.12, y)
            self.text(*label, wire.mark, size=SMALL, align="center" if is_level else "left")
        else:
            self.text(*label, wire.mark, size=SMALL, align="center")

    # --- The sheet as a file -----------------------------------------------------------------------------------

    def svg(self) -> str:
        """The sheet as SVG: A4 in millimetres, the same at every run."""
        text = self._drawing.get_imagedata("svg").decode("utf-8")
        head, _, rest = text.partition(">")
        box = re.search(r'viewBox="([^"]+)"', head)
        assert box is not None
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xml:lang="en" role="img" width="297mm" height="210mm" '
            f'viewBox="{" ".join(f"{float(each):.2f}" for each in box[1].split())}">'
            f"<title>{escape(self.title)}</title>"
            '<rect x="-1%" y="-100%" width="102%" height="102%" fill="white"/>'
            f"{_tidy(rest)}\n"
        )


def _middle(points: Sequence[Point]) -> tuple[Point, bool]:
    """The middle of the longest level part, or of the longest at all; and whether that is level."""
    parts = list(pairwise(points))
    level = [part for part in parts if part[0][1] == part[1][1]]
    (left, low), (right, high) = max(
        level or parts, key=lambda part: abs(part[0][0] - part[1][0]) + abs(part[0][1] - part[1][1])
    )
    return ((left + right) / 2, (low + high) / 2), bool(level)


def _tidy(svg: str) -> str:
    """Numbers of two places, one element a line, a typeface that every viewer has, no dashes that are none."""
    svg = svg.replace('font-family="sans"', 'font-family="Arial, Helvetica, sans-serif"').replace(
        "stroke-dasharray:-;", ""
    )
    svg = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", svg)
    return re.sub(r">(?=<(?!/|tspan))", ">\n", svg)
