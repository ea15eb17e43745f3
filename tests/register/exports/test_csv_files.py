"""CSV files: exact for programs, and in a form that Excel opens without altering anything."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.register.exports.csv_files import (
    CsvFiles,
    CsvForm,
    cells_for_excel,
    exact_cells,
    text_for_excel,
    write_about,
)
from kiosk.register.exports.sheets import REGISTER, SHEETS, Kind, Row, Sheet
from tests.register.exports.years import local

NOTHING = len(REGISTER.columns) - 5
EXCEL = CsvForm(for_excel=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def row(number: str, unit: str | None = None) -> Row:
    return (number, local(2026, 1, 31, 22, 5), None, unit, None, *([None] * NOTHING))


def written(folder: Path, form: CsvForm, *rows: Row) -> bytes:
    with CsvFiles(folder, form) as sink:
        for each in rows:
            sink.write(REGISTER, each)
    return (folder / "register.csv").read_bytes()


def test_the_exact_form_is_utf_8_with_the_lines_ends_of_rfc_4180(tmp_path: Path) -> None:
    data = written(tmp_path, CsvForm(), row("Ā\n1", '"a",b'))
    head, first, rest = data.split(b"\r\n")[:3]
    assert head.startswith(b"Seal number,Date received,Date applied,Container number,")
    assert first.startswith('"Ā\n1",2026-01-31T22:05:00.000+13:00,,"""a"",b",'.encode())
    assert rest == b""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["incidents.csv", "register.csv", "uplifts.csv"]


def test_the_exact_form_alters_nothing_whatever_it_looks_like(tmp_path: Path) -> None:
    data = written(tmp_path, CsvForm(), row("=1+1", "0012"))
    assert next(csv.reader(io.StringIO(data.decode().split("\r\n")[1])))[:4] == [
        "=1+1",
        "2026-01-31T22:05:00.000+13:00",
        "",
        "0012",
    ]


def test_the_form_for_excel_has_its_mark_and_dates_in_site_time(tmp_path: Path) -> None:
    data = written(tmp_path, EXCEL, row("ES0001", "0012"), row("MAR1", "trUE"), row("-1"))
    assert data.startswith(b"\xef\xbb\xbfSeal number,")
    assert data.split(b"\r\n")[1].startswith(b'ES0001,2026-01-31 22:05:00,,"=""0012""",')
    assert data.split(b"\r\n")[2].startswith(b'"=""MAR1""",2026-01-31 22:05:00,,"=""trUE""",')
    assert data.split(b"\r\n")[3].startswith(b"'-1,")


@pytest.mark.parametrize(("separator", "head"), [(";", b"Seal number;Date received;"), ("\t", b"Seal number\tDate")])
def test_another_separator_is_taken_where_the_machines_region_has_it(
    tmp_path: Path, separator: str, head: bytes
) -> None:
    data = written(tmp_path, CsvForm(for_excel=True, separator=separator), row(f"a{separator}b"))
    assert data.removeprefix(b"\xef\xbb\xbf").startswith(head)
    assert f'"a{separator}b"{separator}'.encode() in data


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "=cmd|' /C calc'!A0", "\uff0d1", "\uff1d1"]
)
def test_a_text_that_could_begin_a_formula_gets_an_apostrophe(text: str) -> None:
    assert text_for_excel(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "0012",
        "1E5",
        "3-4",
        "12/5",
        "1.5",
        "10:30",
        "MAR1",
        "sep 12",
        "Dec-2026",
        "TRUE",
        "false",
        "$5",
        "(3)",
        "1" * 17,
    ],
)
def test_a_text_that_excel_would_convert_is_written_as_that_text(text: str) -> None:
    assert text_for_excel(text) == f'="{text}"'


@pytest.mark.parametrize("text", ["ES0001", "Marie Trew", "CSQU3054383", "Decker", "truely", "O'Neill", "good", "é=1"])
def test_a_text_that_stays_what_it_is_is_left_so(text: str) -> None:
    assert text_for_excel(text) == text


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_column_but_numbers_and_dates_lets_a_formula_through(sheet: Sheet) -> None:
    exact = {Kind.NUMBER, Kind.MOMENT}
    row = tuple(None if column.kind in exact else "=1+1" for column in sheet.columns)
    assert set(cells_for_excel(sheet)(row)) == {"'=1+1", None}


def test_a_quote_in_such_a_text_cannot_end_it() -> None:
    assert text_for_excel('1"&A1&"') == '="1""&A1&"""'


@given(TEXTS)
def test_no_text_becomes_a_cell_that_excel_reads_as_anything_else(text: str) -> None:
    made = cells_for_excel(REGISTER)((text, *([None] * (NOTHING + 4))))[0]
    if made.startswith("="):
        assert made == '="' + text.replace('"', '""') + '"'
    else:
        assert made in (text, f"'{text}")
        assert not made.lstrip().startswith(("=", "+", "-", "@"))
        assert not made.startswith(("\t", "\r", "\n"))


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_the_exact_form_is_read_back_as_it_was(texts: list[str]) -> None:
    out = io.StringIO(newline="")
    cells = exact_cells(REGISTER)
    csv.writer(out).writerows(cells((text, *([None] * (NOTHING + 4)))) for text in texts)
    out.seek(0)
    assert [line[0] for line in csv.reader(out)] == texts


def test_what_the_export_says_of_itself_is_one_more_file(tmp_path: Path) -> None:
    write_about(tmp_path, CsvForm(), {"Root": "ab", "Times": "site time"})
    assert (tmp_path / "about.csv").read_bytes() == b"Root,ab\r\nTimes,site time\r\n"


def test_others_than_owner_and_group_cannot_read_the_names_in_it(tmp_path: Path) -> None:
    written(tmp_path, CsvForm())
    assert all(path.stat().st_mode & 0o007 == 0 for path in tmp_path.iterdir())
