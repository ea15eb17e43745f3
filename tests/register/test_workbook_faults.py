"""Workbooks and archives that are damaged, made to harm, or hold what a column does not: each is told in a line."""

import io
import zipfile
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from kiosk.register.errors import ImportRefused
from kiosk.register.kinds import Kind
from kiosk.register.workbook import MOST_UNPACKED
from tests.register.sheets import WIDEST, WORKBOOKS, Office
from tests.register.test_office_sheets import BOOKINGS
from tests.test_import_hygiene import loaded_by


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\xd0\xcf\x11\xe0rest", "expected CSV or an XLSX workbook, got an XLS workbook, or one with a password"),
        (b"PK\x03\x04rest", "expected an XLSX workbook, got a damaged or encrypted archive: 'File is not a zip file'"),
    ],
)
def test_another_kind_of_file_is_told_for_what_it_is(office: Office, content: bytes, line: str) -> None:
    assert office.refused(Kind.RACAS, content) == [f"racas.csv: {line}"]


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({"content.xml": b""}, "expected an XLSX workbook, got an OpenDocument sheet: save it as XLSX"),
        ({"word/document.xml": b""}, "expected an XLSX workbook, got another kind of archive"),
        (
            {"xl/workbook.xml": bytes(MOST_UNPACKED), "xl/more.xml": bytes(2**20)},
            "expected at most 192 MiB when unpacked, got 193 MiB",
        ),
        (
            {"xl/workbook.xml": b"<workbook/>"},
            "expected an XLSX workbook that can be read, got one that is not (KeyError: ",
        ),
    ],
    ids=["OpenDocument", "another", "a bomb", "nothing in it"],
)
def test_an_archive_that_is_no_workbook_or_too_large_is_told(
    office: Office, parts: dict[str, bytes], line: str
) -> None:
    (told,) = office.refused(Kind.RACAS, archive(parts), name="racas.xlsx")
    assert told.startswith(f"racas.xlsx: {line}")


def test_text_that_unfolds_without_end_is_refused_before_it_fills_the_memory(office: Office) -> None:
    with zipfile.ZipFile(WORKBOOKS / "number-seals.xlsx") as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    texts = "xl/sharedStrings.xml"
    folded = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE sst [<!ENTITY a0 "{"a" * 60}">{folded}]><sst'
    parts[texts] = parts[texts].replace(b"<sst", doctype.encode(), 1).replace(b"apples", b"&a9;")
    (office.folder / "folded.xlsx").write_bytes(archive(parts))
    assert office.told(Kind.BOOKINGS, office.folder / "folded.xlsx", BOOKINGS) == [
        "folded.xlsx: expected an XLSX workbook that can be read, "
        "got one that is not (ParseError: 'limit on input amplification factor (fr...'); "
        "open it in Excel or LibreOffice and save it as XLSX"
    ]


def test_a_formula_that_nobody_calculated_is_no_empty_cell(office: Office) -> None:
    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append([*WIDEST[Kind.RACAS]])
    sheet.append(["KSF", "=A1", "RACA-1", "2030-06-30"])
    workbook.save(office.folder / "made.xlsx")
    assert office.told(Kind.RACAS, office.folder / "made.xlsx") == [
        "made.xlsx, sheet 'Sheet' row 2, column operator_name: expected words, "
        "got a formula without its result; open and save it in a spreadsheet"
    ]


def test_times_and_numbers_in_the_wrong_columns_are_told(office: Office) -> None:
    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append([*WIDEST[Kind.DRIVERS]])
    sheet.append(["D1", time(9, 5), -3, 46053, 1, timedelta(hours=30), "TYPE_2:04A1B2C3D4E5F6", True, date(2026, 1, 1)])
    workbook.save(office.folder / "made.xlsx")
    assert [line.partition(", column ")[2] for line in office.told(Kind.DRIVERS, office.folder / "made.xlsx")] == [
        "name: expected words, got a time of day",
        "operator_id: expected words or a number as text, got a number below zero; have the column as text and key it "
        "again",
        "inducted_until: expected a date, got a number that is not shown as a date; have the column as dates",
        "after_hours: expected yes or no, got a number",
        "card_number: expected words, got a length of time",
        "card_valid_until: expected a date, got true or false; have the column as dates",
        "card_revoked: expected yes or no, got a date",
    ]


def test_a_workbook_that_says_it_is_smaller_than_it_is_is_read_whole(office: Office) -> None:
    with zipfile.ZipFile(WORKBOOKS / "number-seals.xlsx") as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'<dimension ref="A1:F3"/>' in parts[sheet]
    parts[sheet] = parts[sheet].replace(b'<dimension ref="A1:F3"/>', b'<dimension ref="A1:B2"/>')
    (office.folder / "small.xlsx").write_bytes(archive(parts))
    assert office.bring_sheet(Kind.BOOKINGS, office.folder / "small.xlsx", BOOKINGS).rows == 2


def test_an_empty_sheet_is_told(office: Office) -> None:
    from openpyxl import Workbook

    Workbook().save(office.folder / "empty.xlsx")
    assert office.told(Kind.RACAS, office.folder / "empty.xlsx") == [
        "empty.xlsx, sheet 'Sheet': expected a row of column names and rows below it, got an empty sheet"
    ]


def test_only_a_workbook_loads_the_library_that_reads_workbooks() -> None:
    assert "openpyxl" not in loaded_by("import kiosk.register.store, kiosk.commands.imports")


def test_a_workbook_with_any_byte_changed_is_read_or_told_in_a_line(tmp_path: Path) -> None:
    data = (WORKBOOKS / "number-seals.xlsx").read_bytes()
    good_rows = Office(tmp_path).bring_sheet(Kind.BOOKINGS, WORKBOOKS / "number-seals.xlsx", BOOKINGS).digest
    office = Office(tmp_path / "other")
    office.folder.mkdir()
    path = office.folder / "spoiled.xlsx"
    for at in range(0, len(data), 37):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        try:
            report = office.bring_sheet(Kind.BOOKINGS, path, BOOKINGS)
        except ImportRefused as refused:
            told = str(refused)
        else:
            told = "spoiled.xlsx" if report.digest == good_rows else "other rows"
        assert told.startswith("spoiled.xlsx")
        assert told.isprintable()
