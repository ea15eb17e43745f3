"""Reads a sheet of an XLSX workbook as cells. openpyxl is loaded here alone, and only when a workbook comes."""

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from zlib import error as ZlibError  # noqa: N812 - an exception's name

from kiosk.register.errors import Findings, shown
from kiosk.register.grid import Cell, Grid, GridRow, Unusable, filled
from kiosk.register.values import cell_of

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

ZIP: Final = b"PK\x03\x04"
"""How an XLSX file begins, as every ZIP archive does (APPNOTE.TXT, 4.3.7)."""
OLD: Final = b"\xd0\xcf\x11\xe0"
"""How an XLS file begins, as every compound file does (MS-CFB, 2.2)."""
MOST_UNPACKED: Final = 192 * 1024 * 1024
"""Bytes of all parts together: XLSX packs some ten times, and what packs much better was made to fill a memory."""

_EXPECTED: Final = "an XLSX workbook"


def read_workbook(data: bytes, wanted: str | None, findings: Findings) -> Grid | None:
    """The rows of a sheet; None when they cannot be read, which is noted.

    Args:
        data: The workbook.
        wanted: The sheet's name; None for a workbook that has one alone.
        findings: Where problems are noted; from here on they name the sheet.
    """
    if not _is_sound(data, findings):
        return None
    try:
        return _read(data, wanted, findings)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - of a damaged workbook openpyxl raises whatever it stumbles on
        findings.add(
            None, None, expected=f"{_EXPECTED} that can be read", got=f"{type(error).__name__}: {_line(error)}"
        )
        return None


def _is_sound(data: bytes, findings: Findings) -> bool:
    """Whether it is a workbook that may be unpacked. Every part is looked at: a damaged one must not be half read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            unpacked = sum(part.file_size for part in archive.infolist())
            if "xl/workbook.xml" not in names:
                got = "an OpenDocument sheet: save it as XLSX" if "content.xml" in names else "another kind of archive"
                findings.add(None, None, expected=_EXPECTED, got=got)
                return False
            if unpacked > MOST_UNPACKED:
                expected = f"at most {MOST_UNPACKED // 2**20} MiB when unpacked"
                findings.add(None, None, expected=expected, got=f"{unpacked // 2**20} MiB")
                return False
            damaged = archive.testzip()
    except (zipfile.BadZipFile, ZlibError, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        findings.add(None, None, expected=_EXPECTED, got=f"a damaged or encrypted archive: {_line(error)}")
        return False
    if damaged is not None:
        findings.add(None, None, expected=_EXPECTED, got=f"one whose part {shown(damaged)} is damaged")
    return damaged is None


def _read(data: bytes, wanted: str | None, findings: Findings) -> Grid | None:
    from openpyxl import load_workbook

    results = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    formulas = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        name = _sheet(results, wanted, findings)
        if name is None:
            return None
        findings.file = f"{findings.file}, sheet {shown(name)}"
        return Grid(name, filled(_rows(results[name], formulas[name])))
    finally:
        results.close()
        formulas.close()


def _sheet(workbook: "Workbook", wanted: str | None, findings: Findings) -> str | None:
    """The name of the sheet to read. Charts that fill a sheet are none."""
    names = [sheet.title for sheet in workbook.worksheets]
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return wanted
    there = ", ".join(shown(name) for name in names)
    if wanted is None:
        findings.add(None, None, expected="one sheet, or its name in site.toml (sheet = ...)", got=f"sheets {there}")
    else:
        findings.add(None, None, expected=f"a sheet {shown(wanted)}", got=f"sheets {there}")
    return None


def _rows(results: Any, formulas: Any) -> Iterator[GridRow]:  # noqa: ANN401 - openpyxl's read-only sheets have no type
    """Each row as it was last calculated; a formula that nobody calculated is no empty cell."""
    for sheet in (results, formulas):
        sheet.reset_dimensions()  # some programs write a wrong one
    for number, (row, asked) in enumerate(zip(results.iter_rows(), formulas.iter_rows(), strict=True), start=1):
        yield GridRow(number, [_cell(cell, formula) for cell, formula in zip(row, asked, strict=True)])


def _cell(cell: Any, formula: Any) -> Cell:  # noqa: ANN401 - openpyxl's cells have no type in common
    if cell.value is None:
        return Unusable("a formula without its result; open and save it in a spreadsheet") if formula.value else ""
    if cell.data_type == "e":
        return Unusable(f"the error {shown(str(cell.value))}")
    return cell_of(cell.value, cell.number_format)


def _line(error: BaseException) -> str:
    return shown(str(error) or type(error).__name__)
