"""An office's sheet as our own: columns by the office's names, dates as New Zealand writes them, titles and doubles.

What it makes are records in the form of our own CSV, which the same readers check that check a stored file. Where it is
not sure what a cell says, it says so and takes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from kiosk.register.cells import BadCell
from kiosk.register.errors import SHOWN, Findings, shown
from kiosk.register.grid import MOST_ROWS, Cell, Grid, GridRow, filled, is_blank
from kiosk.register.headers import Header, find_header, spoken
from kiosk.register.kinds import Kind
from kiosk.register.settings import wanted_columns
from kiosk.register.sheet import Columns, Numbered, csv_records, note_other_separator
from kiosk.register.values import Holds, holds, plain
from kiosk.register.workbook import OLD, ZIP, read_workbook
from kiosk.site import SheetSettings


class OfficeSheet(Struct, frozen=True):
    """What an office's sheet says.

    Attributes:
        records: In the form of our own CSV, the header first; each with its row's number in the office's sheet.
        sheet: The sheet's name in its workbook; empty for a CSV file.
        remarks: What was passed over.
    """

    records: list[Numbered[list[str]]]
    sheet: str
    remarks: tuple[str, ...]


def is_workbook(data: bytes) -> bool:
    """Whether a file is a workbook, or another thing that no CSV file begins like."""
    return data.startswith((ZIP, OLD))


def read_office_sheet(
    kind: Kind, data: bytes, columns: Columns[Any], settings: SheetSettings, findings: Findings
) -> OfficeSheet | None:
    """Read an office's sheet; None when there is no header in it, which is noted, as is every bad cell.

    Args:
        kind: The kind of sheet.
        data: The file, CSV or XLSX.
        columns: What the kind holds.
        settings: How the sheet is to be read.
        findings: Where problems are noted.

    Raises:
        SheetSettingsWrong: when the settings do not fit the kind.
    """
    wanted = wanted_columns(settings, kind, tuple(columns.readers))
    grid = _grid(data, settings.sheet, findings)
    if grid is None:
        return None
    if len(grid.rows) > MOST_ROWS:
        findings.add(None, None, expected=f"at most {MOST_ROWS} rows", got="more")
        return None
    if not grid.rows:
        if not findings.total:
            findings.add(None, None, expected="a row of column names and rows below it", got="an empty sheet")
        return None
    if note_other_separator([cell for cell in grid.rows[0].cells if isinstance(cell, str)], findings):
        return None
    header = find_header(grid.rows, wanted, columns.optional - settings.columns.keys(), findings)
    if header is None:
        return None
    findings.spoken = {name: f"{shown(called)} ({name})" for name, called in wanted.items() if called != name}
    rows = grid.rows[header.below :]
    if not settings.columns:
        rows = _without_strangers(header, wanted, rows, findings)
    records, remarks = _projected(header, rows, columns, settings, findings)
    there = [name for name in columns.readers if name in header.places or name in settings.constants]
    return OfficeSheet([Numbered(header.row, there), *records], grid.sheet, remarks)


def _grid(data: bytes, sheet: str | None, findings: Findings) -> Grid | None:
    if data.startswith(OLD):
        findings.add(None, None, expected="CSV or an XLSX workbook", got="an XLS workbook, or one with a password")
        return None
    if data.startswith(ZIP):
        return read_workbook(data, sheet, findings)
    records = csv_records(data, findings)
    return Grid("", filled(GridRow(each.number, list[Cell](each.row)) for each in records))


def _without_strangers(
    header: Header, wanted: Mapping[str, str], rows: list[GridRow], findings: Findings
) -> list[GridRow]:
    """The rows of a sheet that must have our columns alone, without those that have cells beside them."""
    known = {spoken(name) for name in wanted}
    for name in header.names:
        if name and name not in known:
            findings.add(
                header.row, None, expected=f"only the columns {', '.join(wanted)}", got=f"column {shown(name)}"
            )
    width = len(header.names)
    for row in rows:
        if row.width > width:
            findings.add(row.number, None, expected=f"{width} cells", got=str(row.width))
    return [row for row in rows if row.width <= width]


def _projected(
    header: Header, rows: Sequence[GridRow], columns: Columns[Any], settings: SheetSettings, findings: Findings
) -> tuple[list[Numbered[list[str]]], tuple[str, ...]]:
    """The rows as records with our columns alone, and what is to be said of those that stand there twice."""
    there = header.places.keys() | settings.constants.keys()
    held = {name: holds(reader) for name, reader in columns.readers.items() if name in there}
    first: dict[tuple[str, ...], int] = {}
    records: list[Numbered[list[str]]] = []
    passed: list[str] = []
    for row in rows:
        where = f"{findings.file} row {row.number}"
        if all(is_blank(cell) for place, cell in enumerate(row.cells) if place in header.places.values()):
            passed.append(f"{where} has nothing in the columns that are read, and was passed over")
            continue
        texts = _texts(row, header.places, held, settings, findings)
        if texts is None:
            continue
        earlier = first.setdefault(tuple(texts), row.number)
        if earlier != row.number:
            passed.append(f"{where} says what row {earlier} says, and was passed over")
        else:
            records.append(Numbered(row.number, texts))
    rest = len(passed) - SHOWN
    return records, (*passed[:SHOWN], *((f"and {rest} more rows were passed over",) if rest > 0 else ()))


def _texts(
    row: GridRow,
    places: Mapping[str, int],
    held: Mapping[str, Holds],
    settings: SheetSettings,
    findings: Findings,
) -> list[str] | None:
    """A row's cells in the order of our columns; None when one is bad, which is noted."""
    texts: list[str] = []
    for name, what in held.items():
        try:
            if name in settings.constants:
                texts.append(settings.constants[name])
            else:
                place = places[name]
                texts.append(plain(row.cells[place] if place < len(row.cells) else "", what, settings.zone))
        except BadCell as bad:
            findings.add(row.number, name, expected=bad.expected, got=bad.got)
    return texts if len(texts) == len(held) else None
