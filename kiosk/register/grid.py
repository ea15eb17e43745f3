"""A sheet as the office has it: rows of cells, each with what its spreadsheet says that it is."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from msgspec import Struct

MOST_ROWS: Final = 200_000
"""Rows of a sheet that are looked at. A site that seals 500 containers a day fills as many in a year."""


class Number(Struct, frozen=True):
    """A number of a workbook.

    Attributes:
        value: The number.
        digits: How many digits the cell's format shows at least (``000000``); 0 where it shows only those it needs.
    """

    value: int | float
    digits: int = 0


class Unusable(Struct, frozen=True):
    """A cell that holds nothing one could take: what it is, in words."""

    what: str


Cell = str | Number | date | bool | Unusable
"""One cell; an empty one is the empty text. A date and time is a ``datetime``, which is a ``date``."""


class GridRow(Struct, frozen=True):
    """A row, and where the spreadsheet shows it."""

    number: int
    cells: list[Cell]

    @property
    def width(self) -> int:
        """Cells without the empty ones at the end."""
        width = len(self.cells)
        while width and is_blank(self.cells[width - 1]):
            width -= 1
        return width


class Grid(Struct, frozen=True):
    """A sheet.

    Attributes:
        sheet: Its name in the workbook; empty for a CSV file.
        rows: Its rows, without blank ones.
    """

    sheet: str
    rows: list[GridRow]


def is_blank(cell: Cell) -> bool:
    """Whether a cell is empty, but for spaces."""
    return isinstance(cell, str) and not cell.strip()


def filled(rows: Iterable[GridRow]) -> list[GridRow]:
    """The rows that are not blank; one more than MOST_ROWS at most."""
    kept: list[GridRow] = []
    for row in rows:
        if row.width:
            kept.append(row)
            if len(kept) > MOST_ROWS:
                break
    return kept
