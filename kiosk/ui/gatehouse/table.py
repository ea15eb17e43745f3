"""A list that is told anew whole and drawn where it changed: cursor and place stay with the row that they are at."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from kiosk.ui.gatehouse.colours import Inks
from kiosk.ui.gatehouse.view.sheet import Row, Sheet, widths
from kiosk.ui.gatehouse.view.words import Piece

_MOST_STEPS: Final = 100
"""Rows that are taken away one by one; for more, building the list anew is quicker."""


class _Cell(Text):
    """A cell that knows its row, which is what the toolkit's sorting asks cells for."""

    row = ""


class LiveTable(DataTable[_Cell]):
    """Shows rows of a sheet. What is told again unchanged is not drawn again."""

    DEFAULT_CSS = """
    LiveTable { height: auto; max-height: 1fr; background: $background; scrollbar-size-vertical: 1; }
    LiveTable:focus { background-tint: transparent 0%; }
    LiveTable > .datatable--header { background: $panel; color: $foreground; text-style: bold; }
    LiveTable:focus > .datatable--header { background-tint: transparent 0%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_top", show=False),
        Binding("end", "scroll_bottom", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(
            cursor_type="row", cell_padding=0, cursor_foreground_priority="renderable", zebra_stripes=False
        )
        self._rows: tuple[Row, ...] = ()
        self._widths: tuple[int, ...] = ()
        self._inks: Inks = {}

    @property
    def key(self) -> str:
        """The row under the cursor; empty when there is none."""
        return self._rows[self.cursor_row].key if self.cursor_row < len(self._rows) else ""

    @property
    def keys(self) -> tuple[str, ...]:
        """All rows on show, in their order."""
        return tuple(row.key for row in self._rows)

    def show(self, sheet: Sheet, rows: Sequence[Row], room: int, inks: Inks) -> None:
        """Show these rows.

        Args:
            sheet: The list.
            rows: Its rows that are to be shown, in their order.
            room: Columns that there are.
            inks: How each tone looks.
        """
        wide = widths(sheet, rows, room)
        key, at, scrolled = self.key, self.cursor_row, self.scroll_y
        gone = {row.key for row in self._rows} - {row.key for row in rows}
        if wide != self._widths or inks is not self._inks or len(gone) > _MOST_STEPS:
            self._build(sheet, rows, wide, inks)
            self.scroll_to(y=scrolled, animate=False)
        elif tuple(rows) == self._rows:
            return
        else:
            self._change(sheet, rows, gone)
        self._rows = tuple(rows)
        self._keep_cursor(key, at)

    def _keep_cursor(self, key: str, at: int) -> None:
        """The cursor stays with its row; when that is gone, with its place."""
        keys = self.keys
        row = keys.index(key) if key in keys else min(at, max(len(keys) - 1, 0))
        if row != self.cursor_row:
            self.move_cursor(row=row)

    def _build(self, sheet: Sheet, rows: Sequence[Row], wide: tuple[int, ...], inks: Inks) -> None:
        self._widths, self._inks = wide, inks
        self.clear(columns=True)
        for at, (column, width) in enumerate(zip(sheet.columns, wide, strict=True)):
            self.add_column(Text(self._fitted(sheet, at, column.title)), width=width + 1, key=str(at))
        for row in rows:
            self.add_row(*self._cells(sheet, row), key=row.key)

    def _change(self, sheet: Sheet, rows: Sequence[Row], gone: set[str]) -> None:
        before = {row.key: row for row in self._rows}
        for key in gone:
            self.remove_row(key)
        for row in rows:
            old = before.get(row.key)
            if old is None:
                self.add_row(*self._cells(sheet, row), key=row.key)
                continue
            for at, cell in enumerate(row.cells):
                if cell != old.cells[at]:
                    self.update_cell(row.key, str(at), self._cell(sheet, row.key, at, cell))
        place = {row.key: at for at, row in enumerate(rows)}
        self.sort("0", key=lambda cell: place[cell.row])

    def _cells(self, sheet: Sheet, row: Row) -> list[_Cell]:
        return [self._cell(sheet, row.key, at, cell) for at, cell in enumerate(row.cells)]

    def _cell(self, sheet: Sheet, key: str, at: int, piece: Piece) -> _Cell:
        cell = _Cell(self._fitted(sheet, at, piece.text), self._inks[piece.tone], end="", no_wrap=True)
        cell.row = key
        return cell

    def _fitted(self, sheet: Sheet, at: int, text: str) -> str:
        """Words as wide as their column; dots stand for what finds no room."""
        width, words = self._widths[at], text.replace("\n", " ")
        if len(words) > width:
            words = words[: max(width - 1, 0)] + "…"
        return f"{words:>{width}} " if sheet.columns[at].right else f"{words:<{width}} "
