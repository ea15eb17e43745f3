"""A document that is filled from the top: what does not fit on a page goes on the next. Each page says which it is."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from kiosk.paper.canvas import HEIGHT, MARGIN, WIDTH, Canvas, pdf_of
from kiosk.paper.fonts import BOLD, PLAIN, wrapped

ROOM: Final = WIDTH - 2 * MARGIN
"""Points from margin to margin."""

_TOP: Final = HEIGHT - 56.0
_FOOT: Final = 64.0
_TEXT: Final = 10.0
_LEADING: Final = 1.35
_APART: Final = 6.0
"""Points between two columns."""

_NAMES: Final = 165.0
"""Points for the names of fields, left of what they say."""

_BOX: Final = 14.0
"""Side of a box that is ticked with a pen."""

_INDENT: Final = _BOX + _APART

_Faces = Sequence[tuple[str, float]]
"""Font and size of each cell of a row."""

_FACE: Final[_Faces] = ((PLAIN, _TEXT),)
_NAME_FACE: Final[_Faces] = ((BOLD, _TEXT),)
_TICK_FACES: Final[_Faces] = ((BOLD, 14.0), (PLAIN, _TEXT))
"""The name is read at arm's length, in the open, by somebody who is in a hurry."""


class Tick(Struct, frozen=True):
    """A row to be ticked: its cells, and whether it was ticked before."""

    cells: Sequence[str]
    ticked: bool = False


class Document:
    """Pages of A4.

    Args:
        title: In large type on the first page, in small type at the foot of each.
        below: What stands below the title.
        foot: At the foot of each page, such as where it comes from.
    """

    def __init__(self, title: str, below: str, foot: str) -> None:
        self._title = title
        self._foot = foot
        self._pages: list[Canvas] = []
        self._y = _TOP
        self._turn()
        self._write(BOLD, 20, title)
        self._write(PLAIN, 12, below)
        self.gap(8)

    def gap(self, points: float) -> None:
        """Leave some room."""
        self._y -= points

    def heading(self, text: str) -> None:
        """Begin a part; a line above it, and never alone at a page's end."""
        self._need(4 * 13 * _LEADING)
        self.gap(6)
        self._pages[-1].line(self._y + 4)
        self.gap(12)
        self._write(BOLD, 13, text)
        self.gap(2)

    def paragraph(self, text: str) -> None:
        """A text, in as many lines as it takes."""
        self._write(PLAIN, _TEXT, text)

    def blanks(self, lines: int) -> None:
        """Lines to write on by hand."""
        for _ in range(lines):
            self._need(22)
            self._y -= 22
            self._pages[-1].line(self._y)
        self.gap(16)

    def fields(self, fields: Iterable[tuple[str, str]]) -> None:
        """Names and what they say, side by side."""
        for name, said in fields:
            lines = wrapped(said or "-", PLAIN, _TEXT, ROOM - _NAMES)
            for at, line in enumerate(lines):
                self._need(_TEXT * _LEADING)
                if at == 0:
                    self._pages[-1].text(BOLD, _TEXT, self._y, name)
                self._pages[-1].text(PLAIN, _TEXT, self._y, line, MARGIN + _NAMES)
                self._y -= _TEXT * _LEADING

    def table(self, names: Sequence[str], shares: Sequence[float], rows: Iterable[Sequence[str]]) -> None:
        """Rows below the names of their columns, which stand again on each page.

        Args:
            names: Of the columns.
            shares: How much of the page's width each takes; they add up to 1.
            rows: A text for each column.
        """
        self._row(names, shares, _NAME_FACE)
        for row in rows:
            if self._height(row, shares, _FACE) > self._y - _FOOT:
                self._turn()
                self._row(names, shares, _NAME_FACE)
            self._row(row, shares, _FACE)

    def rows(self, shares: Sequence[float], rows: Iterable[Sequence[str]]) -> None:
        """The same of columns that need no names."""
        for row in rows:
            self._row(row, shares, _FACE)

    def ticks(self, names: Sequence[str], shares: Sequence[float], rows: Iterable[Tick]) -> None:
        """A table whose rows have a box to be ticked by hand, and their first column in large type."""
        self._row(names, shares, _NAME_FACE, _INDENT)
        for row in rows:
            if self._height(row.cells, shares, _TICK_FACES, _INDENT) + _APART > self._y - _FOOT:
                self._turn()
                self._row(names, shares, _NAME_FACE, _INDENT)
            self._y -= _APART
            self._pages[-1].box(MARGIN, self._y - 2, _BOX, _BOX, crossed=row.ticked)
            self._row(row.cells, shares, _TICK_FACES, _INDENT)

    def code(self, text: str, side: float, beside: Iterable[str] = ()) -> None:
        """A QR code, and lines of text at its right.

        Args:
            text: What it says.
            side: Its width in points.
            beside: The lines, each broken where it is too long.
        """
        self._need(side)
        page, top = self._pages[-1], self._y
        page.code(text, side, top - side)
        y = top - 2 * _TEXT
        for each in beside:
            for line in wrapped(each, PLAIN, _TEXT, ROOM - side - 12):
                page.text(PLAIN, _TEXT, y, line, MARGIN + side + 12)
                y -= _TEXT * _LEADING
        self._y = top - side - _TEXT

    def pdf(self) -> bytes:
        """The document."""
        for at, page in enumerate(self._pages, 1):
            page.text(PLAIN, 8, 38, f"{self._title}  -  {self._foot}")
            page.text(PLAIN, 8, 26, f"page {at} of {len(self._pages)}")
        return pdf_of(self._pages)

    def _write(self, font: str, size: float, text: str) -> None:
        for line in wrapped(text, font, size, ROOM):
            self._need(size * _LEADING)
            self._pages[-1].text(font, size, self._y, line)
            self._y -= size * _LEADING

    def _row(self, cells: Sequence[str], shares: Sequence[float], faces: _Faces, indent: float = 0.0) -> None:
        """A row; of fewer faces than cells the last one is that of all others."""
        height = self._height(cells, shares, faces, indent)
        self._need(height)
        x = MARGIN + indent
        for at, (cell, share) in enumerate(zip(cells, shares, strict=True)):
            font, size = faces[min(at, len(faces) - 1)]
            width = (ROOM - indent) * share
            for down, line in enumerate(wrapped(cell, font, size, width - _APART)):
                self._pages[-1].text(font, size, self._y - down * size * _LEADING, line, x)
            x += width
        self._y -= height

    def _height(self, cells: Sequence[str], shares: Sequence[float], faces: _Faces, indent: float = 0.0) -> float:
        heights = []
        for at, (cell, share) in enumerate(zip(cells, shares, strict=True)):
            font, size = faces[min(at, len(faces) - 1)]
            lines = wrapped(cell, font, size, (ROOM - indent) * share - _APART)
            heights.append(len(lines) * size * _LEADING)
        return max(heights)

    def _need(self, points: float) -> None:
        if self._y - points < _FOOT:
            self._turn()

    def _turn(self) -> None:
        self._pages.append(Canvas())
        self._y = _TOP
