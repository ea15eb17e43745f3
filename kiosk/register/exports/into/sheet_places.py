"""Where the cells of a sheet stand, and what they hold, as far as an update needs to know."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from openpyxl.utils import column_index_from_string, range_boundaries

from kiosk.register.exports.into.xml_places import Attributes, has_own_end, read, tag_end

HEADER_WITHIN: Final = 60
"""Rows in which the header is looked for: above it offices have titles, logos and notes."""

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]+)")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")

Area = tuple[int, int, int, int]
"""First column, first row, last column, last row, from 1."""


class Cell(Struct, gc=False):
    """A cell, or the place where one would stand.

    Attributes:
        column: Which, from 1.
        start: Its first byte.
        end: The byte after its last; as `start` where there is none.
        style: The number of its style; empty for none.
        kind: Its type as the file has it; empty for a number.
        value: What it holds, as text: of a text the text itself. Empty where it holds nothing.
        formula: Whether a formula gives the value.
    """

    column: int
    start: int
    end: int
    style: str = ""
    kind: str = ""
    value: str = ""
    formula: bool = False

    @property
    def filled(self) -> bool:
        """Whether it holds anything."""
        return bool(self.value) or self.formula

    @property
    def is_text(self) -> bool:
        """Whether what it holds is text, not a number."""
        return self.kind in ("s", "str", "inlineStr")


class RowPlace(Struct):
    """A row.

    Attributes:
        number: Which, from 1.
        start: Its first byte.
        inside: The byte after its start tag.
        end: The byte after its last.
        empty_tag: Whether it is one tag alone, without cells.
        cells: Its cells, from the left.
    """

    number: int
    start: int
    inside: int
    end: int
    empty_tag: bool
    cells: list[Cell]

    def cell(self, column: int) -> Cell:
        """The cell of a column, or the place where it would stand."""
        at = self.inside
        for cell in self.cells:
            if cell.column == column:
                return cell
            if cell.column > column:
                break
            at = cell.end
        return Cell(column, at, at)


class SheetPlaces(Struct):
    """A sheet.

    Attributes:
        rows: Its rows, in order.
        rows_end: The byte at which its rows end.
        prefix_at: The byte of the tag around its rows: its prefix is that of all others.
        merged: Areas of cells that are merged.
        arrays: Areas that an array formula fills.
        filter: The area of its filter, and the tag's byte.
        dimension: The tag that says how far it extends.
        results: Of cells with a formula, the column, and from where to where the value stands that it had.
    """

    rows: list[RowPlace]
    rows_end: int = 0
    prefix_at: int = 0
    merged: list[Area] = []
    arrays: list[Area] = []
    filter: tuple[Area, int] | None = None
    dimension: tuple[Area, int] | None = None
    results: list[tuple[int, int, int]] = []


def read_sheet(part: str, data: bytes, shared: Sequence[str]) -> SheetPlaces:
    """Finds a sheet's cells.

    Args:
        part: What it is, for the errors.
        data: The sheet's XML.
        shared: The workbook's shared strings.

    Raises:
        ExportRefused: It is no XML of a sheet.
    """
    reader = _SheetReader(data, shared)
    read(part, data, reader)
    return reader.places


class _SheetReader:
    """Follows a sheet's elements."""

    def __init__(self, data: bytes, shared: Sequence[str]) -> None:
        self._data = data
        self._shared = shared
        self._row: RowPlace | None = None
        self._cell: Cell | None = None
        self._text: list[str] | None = None
        self._phonetic = False
        self._value_at = 0
        self.places = SheetPlaces([], merged=[], arrays=[], results=[])

    def begin(self, name: str, attributes: Attributes, start: int) -> None:
        """An element begins."""
        if self._row is not None:
            self._begin_inside(name, attributes, start)
        elif name == "row":
            self._begin_row(attributes, start)
        elif name == "sheetData":
            self.places.prefix_at = start
        elif name == "mergeCell":
            self.places.merged.append(area(attributes["ref"]))
        elif name == "autoFilter" and "ref" in attributes:
            self.places.filter = area(attributes["ref"]), start
        elif name == "dimension" and "ref" in attributes:
            self.places.dimension = area(attributes["ref"]), start

    def end(self, name: str, start: int) -> None:
        """An element ends."""
        if name == "row" and self._row is not None:
            self._row.end = tag_end(self._data, start)
            self._row = None
        elif name == "c" and self._cell is not None:
            self._cell.end = tag_end(self._data, start)
            self._resolve(self._cell)
            self._cell = None
        elif name in ("v", "t"):
            if self._cell is not None and self._text is not None:
                self._cell.value += "".join(self._text)
                if name == "v" and self._cell.formula:
                    self.places.results.append((self._cell.column, self._value_at, tag_end(self._data, start)))
            self._text = None
        elif name == "rPh":
            self._phonetic = False
        elif name == "sheetData":
            self.places.rows_end = start

    def text(self, text: str) -> None:
        """Text comes."""
        if self._text is not None:
            self._text.append(text)

    def _begin_row(self, attributes: Attributes, start: int) -> None:
        rows = self.places.rows
        number = int(attributes["r"]) if "r" in attributes else (rows[-1].number + 1 if rows else 1)
        alone = has_own_end(self._data, start)
        inside = tag_end(self._data, start)
        self._row = RowPlace(number, start, inside, inside, alone, [])
        rows.append(self._row)

    def _begin_inside(self, name: str, attributes: Attributes, start: int) -> None:
        assert self._row is not None, "a row has begun"
        cells = self._row.cells
        if name == "c":
            following = cells[-1].column + 1 if cells else 1
            column = column_of(attributes["r"]) if "r" in attributes else following
            self._cell = Cell(column, start, start, attributes.get("s", ""), attributes.get("t", ""))
            cells.append(self._cell)
        elif name == "f" and self._cell is not None:
            self._cell.formula = True
            if attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
                self.places.arrays.append(area(attributes["ref"]))
        elif name == "rPh":
            self._phonetic = True
        elif name == "v" or (name == "t" and not self._phonetic):
            self._text, self._value_at = [], start

    def _resolve(self, cell: Cell) -> None:
        """Gives a cell the text that it refers to."""
        if cell.kind == "s":
            at = int(cell.value) if cell.value.isdecimal() else -1
            cell.value = self._shared[at] if 0 <= at < len(self._shared) else ""
        elif cell.kind in ("inlineStr", "str"):
            cell.value = unescaped(cell.value)


def read_shared(part: str, data: bytes) -> list[str]:
    """A workbook's shared strings."""
    reader = _SharedReader()
    read(part, data, reader)
    return reader.strings


class _SharedReader:
    """Follows the elements of the shared strings."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._inside = False
        self._phonetic = False

    def begin(self, name: str, _attributes: Attributes, _start: int) -> None:
        """An element begins."""
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._inside = not self._phonetic

    def end(self, name: str, _start: int) -> None:
        """An element ends."""
        if name == "si":
            self.strings.append(unescaped("".join(self._pieces)))
        elif name == "rPh":
            self._phonetic = False
        elif name == "t":
            self._inside = False

    def text(self, text: str) -> None:
        """Text comes; that in furigana is not the cell's."""
        if self._inside:
            self._pieces.append(text)


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold (ECMA-376, part 1, 22.9.2.19)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def column_of(reference: str) -> int:
    """The column of a cell's reference, from 1."""
    found = _REFERENCE.fullmatch(reference)
    return column_index_from_string(found[1]) if found else 0


def area(reference: str) -> Area:
    """A range's bounds."""
    first, top, last, bottom = range_boundaries(reference)
    return first or 1, top or 1, last or 16_384, bottom or 1_048_576
