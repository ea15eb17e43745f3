"""Reads a sheet of an XLSX workbook as cells. openpyxl is loaded here alone, and only when a workbook comes."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from zlib import error as ZlibError  # noqa: N812 - an exception's name

from msgspec import Struct

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

_PIECE: Final = 2**20
_FORMULA: Final = re.compile(rb"<(?:[A-Za-z]{1,8}:)?f[\s/>]")
_LONGEST_TAG: Final = 16
_EXPECTED: Final = "an XLSX workbook"


def read_workbook(data: bytes, wanted: str | None, findings: Findings) -> Grid | None:
    """The rows of a sheet; None when they cannot be read, which is noted.

    Args:
        data: The workbook.
        wanted: The sheet's name; None for a workbook that has one alone.
        findings: Where problems are noted; from here on they name the sheet.
    """
    sound = _looked_through(data, findings)
    if sound is None:
        return None
    try:
        return _read(data, wanted, findings, with_formulas=sound.has_formulas)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - of a damaged workbook openpyxl raises whatever it stumbles on
        what = f"{type(error).__name__}: {_line(error)}"
        got = f"one that is not ({what}); open it in Excel or LibreOffice and save it as XLSX"
        findings.add(None, None, expected=f"{_EXPECTED} that can be read", got=got)
        return None


class _Sound(Struct, frozen=True):
    """A workbook whose every part is whole, and whether one may hold a formula."""

    has_formulas: bool


def _looked_through(data: bytes, findings: Findings) -> _Sound | None:
    """Whether it is a workbook that may be unpacked. Every part is read: a damaged one must not be half taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            unpacked = sum(part.file_size for part in archive.infolist())
            if "xl/workbook.xml" not in names:
                got = "an OpenDocument sheet: save it as XLSX" if "content.xml" in names else "another kind of archive"
                findings.add(None, None, expected=_EXPECTED, got=got)
                return None
            if unpacked > MOST_UNPACKED:
                expected = f"at most {MOST_UNPACKED // 2**20} MiB when unpacked"
                findings.add(None, None, expected=expected, got=f"{unpacked // 2**20} MiB")
                return None
            found = [_holds_formula(archive, name) for name in sorted(names)]
    except (zipfile.BadZipFile, ZlibError, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        findings.add(None, None, expected=_EXPECTED, got=f"a damaged or encrypted archive: {_line(error)}")
        return None
    return _Sound(any(found))


def _holds_formula(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a part may hold a formula (``<f>``, ISO/IEC 29500-1, 18.3.1.40). Read to its end, its sum is checked."""
    found, tail = False, b""
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            found = found or _FORMULA.search(tail + piece) is not None
            tail = piece[-_LONGEST_TAG:]
    return found


def _read(data: bytes, wanted: str | None, findings: Findings, *, with_formulas: bool) -> Grid | None:
    from openpyxl import load_workbook

    results = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    formulas = load_workbook(io.BytesIO(data), read_only=True, keep_links=False) if with_formulas else None
    try:
        name = _sheet(results, wanted, findings)
        if name is None:
            return None
        findings.file = f"{findings.file}, sheet {shown(name)}"
        return Grid(name, filled(_rows(results[name], formulas[name] if formulas is not None else None)))
    finally:
        results.close()
        if formulas is not None:
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
    results.reset_dimensions()  # some programs write a wrong one
    if formulas is None:
        for number, row in enumerate(results.iter_rows(), start=1):
            yield GridRow(number, list(map(_cell, row)))
        return
    formulas.reset_dimensions()
    for number, (row, asked) in enumerate(zip(results.iter_rows(), formulas.iter_rows(), strict=True), start=1):
        yield GridRow(number, [_result(cell, formula) for cell, formula in zip(row, asked, strict=True)])


def _result(cell: Any, formula: Any) -> Cell:  # noqa: ANN401 - openpyxl's cells have no type in common
    if cell.value is None and formula.value is not None:
        return Unusable("a formula without its result; open and save it in a spreadsheet")
    return _cell(cell)


def _cell(cell: Any) -> Cell:  # noqa: ANN401 - as above
    if cell.value is None:
        return ""
    if cell.data_type == "e":
        return Unusable(f"the error {shown(str(cell.value))}")
    return cell_of(cell.value, cell.number_format if cell.data_type in {"n", "d"} else "")


def _line(error: BaseException) -> str:
    return shown(str(error) or type(error).__name__)
