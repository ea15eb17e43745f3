"""The XLSX workbook: what stands in it when another program opens it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from kiosk.register.exports.cells import LONGEST_TEXT, text_xml
from kiosk.register.exports.into.sheet_places import unescaped
from kiosk.register.exports.sheets import REGISTER, SHEETS, Row
from kiosk.register.exports.workbook import Book
from tests.register.exports.years import local

NOTHING = len(REGISTER.columns) - 5
MADE = datetime(2026, 2, 1, tzinfo=UTC)


def row(number: str, unit: str | None = None, last: int | None = None) -> Row:
    return (number, local(2026, 1, 31, 22, 5), None, unit, None, *([None] * (NOTHING - 1)), last)


def made(folder: Path, *rows: Row, most_rows: int = 1_048_576) -> Any:
    path = folder / "made.xlsx"
    with Book(folder, most_rows=most_rows) as book, path.open("wb") as out:
        for each in rows:
            book.write(REGISTER, each)
        book.save(out, {"Root": "=ab"}, MADE)
    assert [path.name for path in folder.iterdir()] == ["made.xlsx"], "what was spooled is gone"
    return load_workbook(path)


def test_each_sheet_has_its_titles_frozen_with_a_filter_and_widths(tmp_path: Path) -> None:
    book = made(tmp_path, row("A1"), row("A2"))
    assert book.sheetnames == ["register", "uplifts", "incidents", "about"]
    for sheet in SHEETS:
        there = book[sheet.name]
        assert [cell.value for cell in there[1]] == list(sheet.titles)
        assert there.freeze_panes == "B2"
        assert there.column_dimensions["A"].width == sheet.columns[0].width
    assert book["register"].auto_filter.ref == "A1:Y3"
    assert book["register"].dimensions == "A1:Y3"


def test_dates_are_real_dates_in_site_time_and_numbers_are_numbers(tmp_path: Path) -> None:
    sheet = made(tmp_path, row("A1", last=7))["register"]
    assert (sheet["B2"].value, sheet["B2"].is_date) == (local(2026, 1, 31, 22, 5).replace(tzinfo=None), True)
    assert (sheet["Y2"].value, sheet["Y2"].data_type) == (7, "n")
    assert (sheet["C2"].value, sheet["D2"].value) == (None, None)


def test_no_number_runs_into_the_next_column_and_each_sheet_is_printed_across_few_pages(tmp_path: Path) -> None:
    book = made(tmp_path, row("A1", last=7))
    there = book["register"]
    assert {there["B2"].alignment.horizontal, there["Y2"].alignment.horizontal} == {"left"}
    for sheet in book.worksheets:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert [sheet.page_setup.fitToWidth for sheet in book.worksheets] == [2, 2, 2, 1]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@A1", "\t=1", "0012", "1E5", "a&b<c>", " kept ", "two\nlines", "TRUE"]
)
def test_text_is_text_whatever_it_looks_like(tmp_path: Path, text: str) -> None:
    cell = made(tmp_path, row(text))["register"]["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")


def test_what_it_says_of_itself_is_text_too(tmp_path: Path) -> None:
    cell = made(tmp_path)["about"]["B1"]
    assert (cell.value, cell.data_type) == ("=ab", "s")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_text_leaves_its_cell_and_each_can_be_read_back(text: str) -> None:
    made = text_xml(text)
    inside = made.removeprefix("<is>").removesuffix("</t></is>").partition(">")[2]
    assert "<" not in inside
    assert all(each in "\t\n" or each >= " " for each in inside)
    plain = inside.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert unescaped(plain) == text


def test_a_text_that_excel_cannot_keep_is_cut_and_says_so() -> None:
    inside = text_xml("x" * (LONGEST_TEXT + 1))
    assert inside.endswith("x ... (cut: Excel keeps no more in a cell)</t></is>")
    assert len(inside) - len("<is><t></t></is>") == LONGEST_TEXT


def test_rows_that_a_sheet_has_no_room_for_go_on_in_another(tmp_path: Path) -> None:
    book = made(tmp_path, *(row(f"A{number}") for number in range(5)), most_rows=3)
    assert book.sheetnames == ["register", "register 2", "register 3", "uplifts", "incidents", "about"]
    seals = [cell.value for sheet in book.sheetnames[:3] for cell in book[sheet]["A"][1:]]
    assert seals == ["A0", "A1", "A2", "A3", "A4"]
    assert book["register 3"].auto_filter.ref == "A1:Y2"
