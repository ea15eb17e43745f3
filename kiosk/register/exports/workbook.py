"""The sheets as one XLSX workbook.

Theory of operation. openpyxl makes the workbook: its parts, styles, filters, panes. But it makes an object for each
cell, which takes several times as long as to write the cell down. So the rows are written down here, into a file for
each sheet, and put into the sheets that openpyxl made with their headers alone.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from msgspec import Struct
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from kiosk.register.exports.cells import serial, text_xml
from kiosk.register.exports.sheets import SHEETS, Kind, Row, Sheet

MOST_ROWS: Final = 1_048_576
"""Rows of a sheet at most (Excel's specification); what is more goes on in a further sheet."""

MOMENT_FORMAT: Final = "yyyy-mm-dd hh:mm:ss"
TEXT_FORMAT: Final = "@"
"""A cell of this format stays text when somebody edits it."""

_FORMATS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: TEXT_FORMAT,
    Kind.NUMBER: "0",
    Kind.MOMENT: MOMENT_FORMAT,
}

ABOUT: Final = "about"
"""The sheet that says what the export covers."""

_ROWS_END: Final = b"</sheetData>"
_DIMENSION: Final = re.compile(rb'<dimension ref="[^"]*"\s*/>')
_SPOOLED: Final = 1 << 20
_A3: Final = 8
"""Paper that is printed on (ECMA-376, part 1, 18.3.1.63)."""
_READABLE: Final = 250
"""Characters across a page at most: 1.5 mm each on A3."""


Progress = Callable[[int, int, str], object]


def _untold(_done: int, _of: int, _what: str) -> None:
    """Nobody looks."""


class _Part(Struct):
    """The rows of one sheet of the workbook, as XML in a file of their own.

    Attributes:
        sheet: What sheet it is, or is the continuation of.
        title: Its name in the workbook.
        file: The rows.
        rows: How many, with the header.
    """

    sheet: Sheet
    title: str
    file: IO[bytes]
    rows: int = 1


class Book:
    """A sink that gathers the rows of a workbook, and writes it in the end. A context manager."""

    def __init__(self, folder: Path, *, most_rows: int = MOST_ROWS) -> None:
        """Begins.

        Args:
            folder: Where the rows are kept meanwhile: on a disk, since they may be a gigabyte.
            most_rows: Rows of a sheet at most.
        """
        self._folder = folder
        self._most_rows = most_rows
        self._files = ExitStack()
        self._book = Workbook()
        self._before: dict[str, list[tuple[str, str]]] = {}
        self._parts: dict[str, list[_Part]] = {sheet.name: [] for sheet in SHEETS}

    def __enter__(self) -> Book:
        first = self._book.worksheets[0]
        styles = {kind: _style(first, kind) for kind in Kind}
        for sheet in SHEETS:
            self._before[sheet.name] = [
                (f'<c r="{get_column_letter(at)}', f'" s="{styles[column.kind]}"')
                for at, column in enumerate(sheet.columns, 1)
            ]
            self._parts[sheet.name] = [self._begin(sheet, sheet.name)]
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def write(self, sheet: Sheet, row: Row) -> None:
        """Take the next row of a sheet."""
        part = self._parts[sheet.name][-1]
        if part.rows == self._most_rows:
            part = self._begin(sheet, f"{sheet.name} {len(self._parts[sheet.name]) + 1}")
            self._parts[sheet.name].append(part)
        part.rows += 1
        number = part.rows
        made = [f'<row r="{number}">']
        for (reference, style), value in zip(self._before[sheet.name], row, strict=True):
            if value is None:
                continue
            if isinstance(value, str):
                made.append(f'{reference}{number}{style} t="inlineStr">{text_xml(value)}</c>')
            elif isinstance(value, int):
                made.append(f"{reference}{number}{style}><v>{value}</v></c>")
            else:
                made.append(f"{reference}{number}{style}><v>{serial(value)!r}</v></c>")
        made.append("</row>")
        part.file.write("".join(made).encode())

    def save(self, out: IO[bytes], about: Mapping[str, str], made: datetime, progress: Progress = _untold) -> None:
        """Write the workbook.

        Args:
            out: Where to.
            about: What its last sheet says.
            made: When it says that it was made.
            progress: Is told how many bytes are packed, and of how many.
        """
        parts = [part for parts in self._parts.values() for part in parts]
        places = self._add_sheets(parts, about)
        self._book.properties.creator = "Sealgate"
        self._book.properties.created = self._book.properties.modified = made.replace(tzinfo=None)
        bare = BytesIO()
        self._book.save(bare)
        packing = _Packing(sum(part.file.tell() for part in parts), progress)
        with ZipFile(bare) as template, ZipFile(out, "w", ZIP_DEFLATED) as book:
            for info in template.infolist():
                part = places.get(info.filename)
                if part is None:
                    book.writestr(info, template.read(info))
                    continue
                with book.open(info.filename, "w", force_zip64=True) as into:
                    _put_rows(into, template.read(info), part, packing)

    def _begin(self, sheet: Sheet, title: str) -> _Part:
        spool = tempfile.TemporaryFile("w+b", _SPOOLED, dir=self._folder)  # noqa: SIM115 - closed with the others
        return _Part(sheet, title, self._files.enter_context(spool))

    def _add_sheets(self, parts: Sequence[_Part], about: Mapping[str, str]) -> dict[str, _Part]:
        """Makes the sheets with their headers alone; returns which file of the workbook each part's sheet is."""
        self._book.remove(self._book.worksheets[0])
        for part in parts:
            _add_header(self._book.create_sheet(part.title), part)
        _add_about(self._book.create_sheet(ABOUT), about)
        return {f"xl/worksheets/sheet{at}.xml": part for at, part in enumerate(parts, 1)}


def _style(sheet: Worksheet, kind: Kind) -> int:
    """The number by which the workbook knows a style."""
    cell: Any = WriteOnlyCell(sheet)
    cell.number_format = _FORMATS[kind]
    if kind is not Kind.TEXT:  # else it ends where the next column's text begins
        cell.alignment = Alignment(horizontal="left")
    return int(cell.style_id)


def _add_header(sheet: Worksheet, part: _Part) -> None:
    sheet.append(part.sheet.titles)
    for at, column in enumerate(part.sheet.columns, 1):
        cell = sheet.cell(1, at)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDDDDD")
        sheet.column_dimensions[get_column_letter(at)].width = column.width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = _extent(part)
    _lay_out(sheet, pages=ceil(sum(column.width for column in part.sheet.columns) / _READABLE))
    sheet.print_title_rows, sheet.print_title_cols = "1:1", "A:A"


def _lay_out(sheet: Worksheet, *, pages: int) -> None:
    """So that it is so many pages wide where it is printed."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _add_about(sheet: Worksheet, about: Mapping[str, str]) -> None:
    for at, (what, said) in enumerate(about.items(), 1):
        sheet.cell(at, 1, what).font = Font(bold=True)
        cell = sheet.cell(at, 2)
        cell.value, cell.data_type, cell.number_format = said, "s", TEXT_FORMAT
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 72
    _lay_out(sheet, pages=1)


def _extent(part: _Part) -> str:
    return f"A1:{get_column_letter(len(part.sheet.columns))}{part.rows}"


class _Packing:
    """Tells how far the rows are packed."""

    def __init__(self, size: int, progress: Progress) -> None:
        self._size = size
        self._progress = progress
        self._done = 0

    def packed(self, piece: bytes) -> None:
        """One more piece is."""
        self._done += len(piece)
        self._progress(self._done, self._size, "packing the workbook (bytes)")


def _put_rows(into: IO[bytes], bare: bytes, part: _Part, packing: _Packing) -> None:
    """A sheet with its header alone, and the rows after that."""
    head, end, tail = bare.partition(_ROWS_END)
    into.write(_DIMENSION.sub(b'<dimension ref="%b"/>' % _extent(part).encode(), head, count=1))
    part.file.seek(0)
    while piece := part.file.read(_SPOOLED):
        into.write(piece)
        packing.packed(piece)
    into.write(end + tail)
