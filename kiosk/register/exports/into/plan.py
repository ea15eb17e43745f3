"""What an update changes: worked out from the sheet as it is and the register's rows, before anything is touched."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from openpyxl.utils import get_column_letter

from kiosk.register.exports.cells import serial
from kiosk.register.exports.files import ExportRefused
from kiosk.register.exports.into.sheet_places import HEADER_WITHIN, Area, Cell, RowPlace, SheetPlaces
from kiosk.register.exports.into.styles import Styles
from kiosk.register.exports.sheets import REGISTER, Row, Value
from kiosk.register.exports.workbook import MOST_ROWS

KEY: Final = REGISTER.titles[0]
"""The column by which rows are found."""

_EXACT_DIGITS: Final = 10**15
"""Numbers below this a workbook keeps whole."""

_SECOND: Final = 1 / 86_400

Register = Mapping[str, Row]
"""The register's rows, by their seal number."""


class Header(Struct, frozen=True):
    """Where the sheet has our columns.

    Attributes:
        row: The row of the titles.
        columns: For each of our columns that the sheet has, by its place in the register sheet, the sheet's column.
    """

    row: int
    columns: Mapping[int, int]

    @property
    def key(self) -> int:
        """The column of the seal numbers."""
        return self.columns[0]


class Change(Struct, frozen=True):
    """A cell that gets another value.

    Attributes:
        row: Its row.
        column: Its column.
        value: A text; or a number, a moment's as the workbook counts it.
        style: The number of its style; empty for none.
    """

    row: int
    column: int
    value: str | float
    style: str


class Plan(Struct):
    """All that is changed.

    Attributes:
        changes: The cells, row by row.
        found: How many rows of the workbook are of seals that the register has.
        updated: In how many of those a cell changes.
        added: How many rows are new.
        last: The row after which new ones come.
        kept_formulas: Cells that were left, since a formula gives their value.
        without_formulas: Columns whose formulas the rows above have and new rows lack.
    """

    changes: list[Change]
    found: int = 0
    updated: int = 0
    added: int = 0
    last: int = 0
    kept_formulas: int = 0
    without_formulas: Sequence[str] = ()


def find_header(places: SheetPlaces, named: Mapping[str, str]) -> Header | None:
    """Finds the titles of our columns.

    Args:
        places: The sheet.
        named: Titles of ours, and what the workbook calls them; where it says nothing, the title is ours.

    Raises:
        ExportRefused: A title is there twice, so that nobody knows which column is meant.
    """
    titles = {at: _plain(named.get(title, title)) for at, title in enumerate(REGISTER.titles)}
    for row in places.rows[:HEADER_WITHIN]:
        there: dict[str, list[int]] = {}
        for cell in row.cells:
            if cell.is_text:
                there.setdefault(_plain(cell.value), []).append(cell.column)
        if titles[0] not in there:
            continue
        for at, title in titles.items():
            if len(there.get(title, ())) > 1:
                columns = " and ".join(get_column_letter(column) for column in there[title])
                raise refused(f"the title {REGISTER.titles[at]!r} once in row {row.number}", f"it in {columns}")
        return Header(row.number, {at: there[title][0] for at, title in titles.items() if title in there})
    return None


def make_plan(places: SheetPlaces, header: Header, register: Register, styles: Styles, epoch: datetime) -> Plan:
    """Works out what changes.

    Raises:
        ExportRefused: It cannot be done without spoiling something, or a row's seal cannot be told.
    """
    planner = _Planner(places, header, register, styles, epoch)
    planner.update_rows()
    planner.add_rows()
    return planner.plan


def refused(expected: str, got: str, mend: str = "mend it in the workbook, which was left as it is") -> ExportRefused:
    """A workbook that is not updated, and why."""
    return ExportRefused(expected=expected, got=got, mend=mend)


class _Planner:
    """Works out a plan, step by step."""

    def __init__(
        self, places: SheetPlaces, header: Header, register: Register, styles: Styles, epoch: datetime
    ) -> None:
        self._places = places
        self._header = header
        self._register = register
        self._styles = styles
        self._epoch = epoch
        self._rows = [row for row in places.rows if row.number > header.row]
        self._by_number: dict[str, RowPlace] = {}
        self._last: RowPlace | None = None
        self.plan = Plan([], last=header.row)
        self._refuse_merged()
        self._find_seals()

    def update_rows(self) -> None:
        """Plans the changes in rows that are there."""
        for number, place in self._by_number.items():
            before = len(self.plan.changes)
            self._fill(place.number, place, self._register[number])
            self.plan.found += 1
            self.plan.updated += len(self.plan.changes) > before

    def add_rows(self) -> None:
        """Plans the rows of seals that are not there, after the last one that is."""
        missing = [row for number, row in self._register.items() if number not in self._by_number]
        if not missing:
            return
        self._refuse_content_below()
        if self.plan.last + len(missing) > MOST_ROWS:
            raise refused(f"room for {len(missing)} rows", f"the last one in row {self.plan.last}")
        below = {row.number: row for row in self._rows if row.number > self.plan.last}
        for number, row in enumerate(missing, self.plan.last + 1):
            self._fill(number, below.get(number), row, new=True)
        self.plan.added = len(missing)
        if self._last is not None:
            formulas = (cell.column for cell in self._last.cells if cell.formula)
            self.plan.without_formulas = [get_column_letter(column) for column in formulas]

    def _fill(self, number: int, place: RowPlace | None, row: Row, *, new: bool = False) -> None:
        """Plans a row's cells. What the register says nothing of is left as the office has it."""
        for at, column in sorted(self._header.columns.items(), key=lambda both: both[1]):
            value = row[at]
            cell = place.cell(column) if place is not None else Cell(column, 0, 0)
            if value is None or (at == 0 and not new):
                continue
            if cell.formula or self._in_array(number, column):
                self.plan.kept_formulas += 1
                continue
            change = self._change(number, cell, value)
            if change is not None:
                self.plan.changes.append(change)

    def _change(self, row: int, cell: Cell, value: Value) -> Change | None:
        """How a cell gets a value; None where it has it."""
        style = cell.style or self._style_above(cell.column)
        if isinstance(value, datetime):
            shows = self._styles.shows(style)
            moment = serial(value, self._epoch)
            if not shows:
                style = self._styles.with_date(style)
            elif shows == "date":  # the office keeps days here: an hour that nobody sees would spoil its sums
                moment = float(int(moment))
            there = _number(cell)
            same = there is not None and shows and (abs(there - moment) < _SECOND or there == int(moment))
            return None if same else Change(row, cell.column, moment, style)
        if cell.value == str(value) or (isinstance(value, int) and _number(cell) == value):
            return None
        return Change(row, cell.column, value if isinstance(value, str) else float(value or 0), style)

    def _style_above(self, column: int) -> str:
        """The style that the office's last row has in a column, for a cell that is not there."""
        return self._last.cell(column).style if self._last is not None else ""

    def _find_seals(self) -> None:
        """Finds which row is of which seal."""
        lost_zeros = {
            number.lstrip("0"): number for number in self._register if number.isdecimal() and number[0] == "0"
        }
        for row in self._rows:
            cell = row.cell(self._header.key)
            if not cell.filled:
                continue
            self._last, self.plan.last = row, row.number
            number = self._seal_of(cell, row)
            if number in self._register:
                if number in self._by_number:
                    where = f"rows {self._by_number[number].number} and {row.number}"
                    raise refused(f"each seal in one row, and seal {number}", f"it in {where}")
                self._by_number[number] = row
            elif number in lost_zeros and not cell.is_text:
                where = f"{get_column_letter(cell.column)}{row.number}"
                raise refused(
                    f"a seal number as text in {where}",
                    f"the number {number}, while the register has seal {lost_zeros[number]}: its zeros may be lost",
                )

    def _seal_of(self, cell: Cell, row: RowPlace) -> str:
        """The seal number in a cell."""
        if cell.formula and not cell.value:
            where = f"{get_column_letter(cell.column)}{row.number}"
            mend = "open the workbook in Excel or LibreOffice and save it, then try again"
            raise refused(f"a seal number in {where}", "a formula that was not worked out", mend)
        if cell.is_text:
            return cell.value.strip()
        number = _number(cell)
        if number is None or number != int(number) or self._styles.shows(cell.style):
            return ""
        if abs(number) >= _EXACT_DIGITS:
            where = f"{get_column_letter(cell.column)}{row.number}"
            raise refused(
                f"a seal number as text in {where}", "a number of more than 15 digits, of which Excel lost some"
            )
        return str(int(number))

    def _refuse_merged(self) -> None:
        for merged in self._places.merged:
            if merged[3] > self._header.row and any(
                merged[0] <= column <= merged[2] for column in self._header.columns.values()
            ):
                raise refused("a cell for each seal in our columns", f"merged cells {_named(merged)}")

    def _refuse_content_below(self) -> None:
        """New rows come right after the last seal: nothing of the office's may stand there."""
        given = {cell.column for cell in self._last.cells if cell.formula} if self._last is not None else set[int]()
        for row in self._rows:
            if row.number <= self.plan.last:
                continue
            for cell in row.cells:
                prepared = cell.formula and cell.column in given  # filled down by the office for rows to come
                if cell.filled and not prepared:
                    raise refused(
                        f"nothing below the last seal in row {self.plan.last}, where new ones come",
                        f"something in {get_column_letter(cell.column)}{row.number}",
                        "move it above or onto another sheet; the workbook was left as it is",
                    )

    def _in_array(self, row: int, column: int) -> bool:
        return any(a[0] <= column <= a[2] and a[1] <= row <= a[3] for a in self._places.arrays)


def _plain(title: str) -> str:
    """A title without what does not matter: case, line breaks, further spaces."""
    return " ".join(title.split()).casefold()


def _number(cell: Cell) -> float | None:
    if cell.kind not in ("", "n") or not cell.value:
        return None
    try:
        return float(cell.value)
    except ValueError:
        return None


def _named(bounds: Area) -> str:
    return f"{get_column_letter(bounds[0])}{bounds[1]}:{get_column_letter(bounds[2])}{bounds[3]}"


def by_row(changes: Sequence[Change]) -> Iterator[tuple[int, list[Change]]]:
    """The changes of each row, in the order of the rows."""
    rows: dict[int, list[Change]] = {}
    for change in changes:
        rows.setdefault(change.row, []).append(change)
    yield from sorted(rows.items())
