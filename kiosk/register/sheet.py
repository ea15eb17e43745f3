"""A CSV file's bytes as records, and records as rows of checked cells. Knows columns, not what they are about."""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from kiosk.register.cells import BadCell, CellReader, tidied
from kiosk.register.errors import Findings, shown

LARGEST_FILE: Final = 16 * 1024 * 1024
"""Bytes. 10,000 drivers take about 1 MB; what is much more is some other file."""
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Row = TypeVar("Row")


class Numbered(Struct, Generic[Row], frozen=True):
    """A row and where a spreadsheet shows it."""

    number: int
    row: Row


Records = Iterable[Numbered[list[str]]]
"""A sheet's records as they stand, the header first."""


class Columns(Struct, Generic[Row], frozen=True):
    """What a kind of sheet holds.

    Attributes:
        readers: How each column is read, by its name.
        make: Makes a row of what the readers gave, in their order.
        optional: The columns that a sheet need not have; without one each of its cells is an empty one.
    """

    readers: Mapping[str, CellReader]
    make: Callable[[Iterable[Any]], Row]
    optional: frozenset[str] = frozenset()


def csv_records(data: bytes, findings: Findings) -> Iterator[Numbered[list[str]]]:
    """A CSV file's records, up to where it is none any more; that is noted."""
    decoded = _decode(data, findings)
    return iter(()) if decoded is None else _records(decoded, findings)


def csv_bytes(records: Iterable[Iterable[str]]) -> bytes:
    """Records as a CSV file that `csv_records` reads (RFC 4180, but with a line feed as line end)."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(records)
    return out.getvalue().encode()


def read_rows(sheet: Records, columns: Columns[Row], findings: Findings) -> list[Numbered[Row]]:
    """Read every row that can be read; note everything that is wrong.

    A spreadsheet's blank rows are passed over, but counted.
    """
    records = iter(sheet)
    header = next(records, None)
    if header is None:
        return []
    places = _places(header.row, columns, findings)
    width = width_of(header.row)
    rows: list[Numbered[Row]] = []
    for record in records:
        if width_of(record.row) == 0:
            continue
        if width_of(record.row) > width:
            findings.add(record.number, None, expected=f"{width} cells", got=str(width_of(record.row)))
            continue
        values = _values(record, places, columns.readers, findings)
        if len(values) == len(columns.readers):
            rows.append(Numbered(record.number, columns.make(values)))
    return rows


def _decode(data: bytes, findings: Findings) -> str | None:
    if len(data) > LARGEST_FILE:
        findings.add(None, None, expected=f"at most {LARGEST_FILE // 2**20} MiB", got="a larger file")
    elif not data.removeprefix(codecs.BOM_UTF8).strip():
        findings.add(None, None, expected="a row of column names and rows below it", got="an empty file")
    elif data.startswith(_UTF16):
        findings.add(None, None, expected="UTF-8 text (save it as 'CSV UTF-8')", got="UTF-16 text")
    else:
        return _utf8(data.removeprefix(codecs.BOM_UTF8), findings)
    return None


def _utf8(data: bytes, findings: Findings) -> str | None:
    nul = data.find(0)
    try:
        decoded = data.decode("utf-8")
        if nul < 0:
            return decoded
        wrong = nul
    except UnicodeDecodeError as error:
        wrong = error.start if nul < 0 else min(nul, error.start)
    what = "a NUL byte" if data[wrong] == 0 else f"byte 0x{data[wrong]:02X}"
    row, column = _place_of(data[:wrong].decode("utf-8"))
    findings.add(row, column, expected="UTF-8 text (save it as 'CSV UTF-8')", got=what)
    return None


def _place_of(before: str) -> tuple[int | None, str | None]:
    """Row and column of what comes after some text; unknown where the text itself is no CSV."""
    try:
        records = list(csv.reader(io.StringIO(f"{before}x", newline="")))
    except csv.Error:
        return None, None
    row, place = len(records), len(records[-1]) - 1
    name = tidied(records[0][place]) if row > 1 and place < len(records[0]) else ""
    return row, name if name and name.isprintable() and len(name) <= len("in_force_until") else None


def _records(decoded: str, findings: Findings) -> Iterator[Numbered[list[str]]]:
    """The file's records, up to where it is no CSV any more."""
    reader = csv.reader(io.StringIO(decoded, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield Numbered(number, next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            findings.add(number, None, expected="cells parted by commas, quotes in pairs", got=str(error))
            return


def width_of(record: Sequence[str]) -> int:
    """Cells of a record without the empty ones at its end, which spreadsheets add and leave out as they like."""
    width = len(record)
    while width and not record[width - 1].strip():
        width -= 1
    return width


def _places(header: Sequence[str], columns: Columns[Any], findings: Findings) -> dict[str, int | None]:
    """Where each wanted column stands, in the order wanted; None for one that is left out and may be.

    What is unknown, twice there or missing is noted.
    """
    wanted = tuple(columns.readers)
    names = [tidied(cell).lower() for cell in header[: width_of(header)]]
    if note_other_separator(names, findings):
        return {}
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if name not in wanted:
            findings.add(1, None, expected=f"only the columns {', '.join(wanted)}", got=f"column {shown(name)}")
        elif name in places:
            findings.add(1, name, expected="the column once", got="it twice")
        else:
            places[name] = place
    for name in wanted:
        if name not in places and name not in columns.optional:
            findings.add(1, name, expected="the column", got="none of that name")
    return {name: places.get(name) for name in wanted if name in places or name in columns.optional}


def note_other_separator(header: Sequence[str], findings: Findings) -> bool:
    """Whether a header's cells are parted by something else than commas, which is noted."""
    for sign, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and sign in header[0]:
            findings.add(1, None, expected="cells parted by commas", got=f"cells parted by {called}")
            return True
    return False


def _values(
    record: Numbered[list[str]], places: Mapping[str, int | None], readers: Mapping[str, CellReader], findings: Findings
) -> list[object]:
    """What a record's cells mean; those that are wrong are noted and left out."""
    values: list[object] = []
    cells = record.row
    for name, place in places.items():
        try:
            values.append(readers[name](tidied(cells[place]) if place is not None and place < len(cells) else ""))
        except BadCell as bad:
            findings.add(record.number, name, expected=bad.expected, got=bad.got)
    return values
