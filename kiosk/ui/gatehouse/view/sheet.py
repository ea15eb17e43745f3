"""A list on screen: its columns, its rows, what a filter leaves of them and in which order."""

from collections.abc import Sequence

from msgspec import Struct

from kiosk.ui.gatehouse.view.words import Piece

Order = str | float
"""What a column is sorted by."""


class Column(Struct, frozen=True):
    """A column.

    Attributes:
        title: Its heading.
        least: Characters that it needs at least; it gets more where there is room and something to fill it.
        right: Its cells stand to the right.
    """

    title: str
    least: int
    right: bool = False


class Row(Struct, frozen=True):
    """A row.

    Attributes:
        key: What it is about, the same at every telling.
        cells: One for each column.
        order: What each column is sorted by.
        words: What the filter looks through beside the cells.
    """

    key: str
    cells: tuple[Piece, ...]
    order: tuple[Order, ...]
    words: str = ""


class Sheet(Struct, frozen=True):
    """A list as a whole.

    Attributes:
        columns: Its columns.
        rows: Its rows, in the order in which it was told.
        empty: What is said instead of rows where there are none.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str


class Arrangement(Struct, frozen=True):
    """How the person wants a list.

    Attributes:
        wanted: Words that a row must hold, all of them.
        by: The column that it is sorted by; None as it was told.
        backwards: The other way round.
    """

    wanted: str = ""
    by: int | None = None
    backwards: bool = False

    def next_column(self, columns: int) -> "Arrangement":
        """Sorted by the next column; after the last one as it was told."""
        following = 0 if self.by is None else self.by + 1
        return Arrangement(self.wanted, following if following < columns else None, self.backwards)


def arranged(sheet: Sheet, how: Arrangement) -> tuple[Row, ...]:
    """The rows that the filter leaves, in the order that is wanted."""
    words = how.wanted.casefold().split()
    rows = [row for row in sheet.rows if all(word in _text(row) for word in words)]
    by = how.by
    if by is not None and by < len(sheet.columns):
        rows.sort(key=lambda row: _sortable(row.order[by]))
    return tuple(reversed(rows) if how.backwards else rows)


def _text(row: Row) -> str:
    return " ".join((*(cell.text for cell in row.cells), row.words)).casefold()


def _sortable(order: Order) -> tuple[bool, float, str]:
    return (False, order, "") if isinstance(order, int | float) else (True, 0.0, order.casefold())


def widths(sheet: Sheet, rows: Sequence[Row], room: int) -> tuple[int, ...]:
    """How wide each column is: what it needs where all find room, else its least and a fair part of what is left.

    Args:
        sheet: The list.
        rows: The rows on show.
        room: Characters for all columns together, the gap after each included.
    """
    needed = [
        max(len(column.title), *(len(row.cells[at].text) for row in rows), 0) for at, column in enumerate(sheet.columns)
    ]
    room -= len(needed)
    if sum(needed) <= room:
        return (*needed[:-1], room - sum(needed[:-1]))
    given = [min(need, column.least) for need, column in zip(needed, sheet.columns, strict=True)]
    left = room - sum(given)
    for at in sorted(range(len(needed)), key=lambda each: needed[each] - given[each]):
        waiting = sum(1 for each in range(len(needed)) if needed[each] > given[each])
        more = min(needed[at] - given[at], max(left, 0) // max(waiting, 1))
        given[at] += more
        left -= more
    given[-1] = max(given[-1] + left, 1)
    return tuple(given)
