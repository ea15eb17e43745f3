"""Every way in which a file can be wrong, and the very line that says so."""

import codecs
from pathlib import Path

import pytest

from kiosk.core.errors import SealgateError
from kiosk.register.errors import KEPT, ImportRefused
from kiosk.register.kinds import Kind
from kiosk.register.sheet import LARGEST_FILE
from tests.register.sheets import ROWS, SEAL_TYPES, WIDEST, Office, changed, csv_text, good

A, R, D, S, B = Kind.APPROVED_LIST, Kind.RACAS, Kind.DRIVERS, Kind.STAFF, Kind.BOOKINGS
DAY = "expected a date such as 2027-06-30"
IDS = "expected 1 to 40 letters, digits, spaces, dots, hyphens or slashes"


def test_the_whole_line_says_where_what_was_expected_what_came_and_what_to_do(office: Office) -> None:
    with pytest.raises(ImportRefused) as caught:
        office.bring(D, changed(D, 4, inducted_until="30/6/27"))
    assert str(caught.value) == (
        "drivers.csv row 4, column inducted_until: expected a date such as 2027-06-30, got '30/6/27'; "
        "correct it and import again"
    )
    assert isinstance(caught.value, SealgateError)
    assert caught.value.diagnostics() == (
        "drivers.csv row 4, column inducted_until",
        "Expected: a date such as 2027-06-30",
        "Got: '30/6/27'",
        "Do: correct it and import again",
    )
    (problem,) = caught.value.problems
    assert (problem.file, problem.row, problem.column) == ("drivers.csv", 4, "inducted_until")


@pytest.mark.parametrize(
    ("kind", "row", "cells", "line"),
    [
        (D, 2, {"driver_id": ""}, f"row 2, column driver_id: {IDS}, got an empty cell"),
        (D, 4, {"driver_id": "D#2"}, f"row 4, column driver_id: {IDS}, got 'D#2'"),
        (D, 4, {"driver_id": "x" * 41}, f"row 4, column driver_id: {IDS}, got '{'x' * 39}...'"),
        (D, 4, {"name": ""}, "row 4, column name: expected words, got an empty cell"),
        (
            D,
            4,
            {"name": "Ben\nLowe"},
            "row 4, column name: expected words without control characters, got 'Ben\\nLowe'",
        ),
        (
            D,
            4,
            {"name": "Ben\u202eLowe"},
            "row 4, column name: expected words without control characters, got 'Ben\\u202eLowe'",
        ),
        (
            D,
            4,
            {"name": "n" * 100_000},
            f"row 4, column name: expected at most 80 characters, got 100000 characters: '{'n' * 39}...'",
        ),
        (D, 4, {"inducted_until": "2027-02-29"}, f"row 4, column inducted_until: {DAY}, got '2027-02-29'"),
        (D, 4, {"inducted_until": "20270630"}, f"row 4, column inducted_until: {DAY}, got '20270630'"),
        (D, 4, {"inducted_until": "2027-W26-3"}, f"row 4, column inducted_until: {DAY}, got '2027-W26-3'"),
        (
            D,
            4,
            {"inducted_until": "2027-06-30T00:00"},
            f"row 4, column inducted_until: {DAY}, got '2027-06-30T00:00'",
        ),
        (D, 4, {"inducted_until": ""}, f"row 4, column inducted_until: {DAY}, got an empty cell"),
        (D, 4, {"after_hours": "TRUE"}, "row 4, column after_hours: expected yes or no, got 'TRUE'"),
        (
            D,
            4,
            {"card": "04A1B2C3D4E5F6"},
            "row 4, column card: expected a card such as TYPE_2:04A1B2C3D4E5F6, got '04A1B2C3D4E5F6'",
        ),
        (
            D,
            4,
            {"card": "TYPE_2:04A1B2"},
            "row 4, column card: expected 4 or 7 or 10 bytes behind TYPE_2:, got 3: 'TYPE_2:04A1B2'",
        ),
        (
            D,
            4,
            {"card": "FELICA:04A1B2C3D4E5F6"},
            "row 4, column card: expected 8 bytes behind FELICA:, got 7: 'FELICA:04A1B2C3D4E5F6'",
        ),
        (
            D,
            4,
            {"card": "TYPE_4:08A1B2C3"},
            "row 4, column card: expected a card whose number stays the same, "
            "got one that is new at every tap: 'TYPE_4:08A1B2C3'",
        ),
        (
            D,
            4,
            {"card": "FELICA:01FEB34A8D17C620"},
            "row 4, column card: expected a card whose number stays the same, "
            "got one that is new at every tap: 'FELICA:01FEB34A8D17C620'",
        ),
        (
            D,
            4,
            {"card": "type_2:04a1b2c3d4e5f6"},
            "row 4, column card: expected each card once, got the same as in row 2",
        ),
        (
            D,
            4,
            {"card_number": "C1"},
            "row 4, column card_number: expected each card number once, got the same as in row 2",
        ),
        (
            D,
            3,
            {"name": "Aroha N"},
            "row 3, column name: expected 'Aroha Ngata' as in row 2, got 'Aroha N'",
        ),
        (D, 3, {"after_hours": "no"}, "row 3, column after_hours: expected yes as in row 2, got no"),
        (
            D,
            3,
            {"inducted_until": "2031-01-01"},
            "row 3, column inducted_until: expected '2030-06-30' as in row 2, got '2031-01-01'",
        ),
        (S, 2, {"card_revoked": "maybe"}, "row 2, column card_revoked: expected yes or no, got 'maybe'"),
        (
            A,
            3,
            {"version": "2026-2"},
            "row 3, column version: expected '2026-1' as in row 2, got '2026-2'",
        ),
        (
            A,
            3,
            {"in_force_until": "2026-12-31"},
            "row 3, column in_force_until: expected an empty cell as in row 2, got '2026-12-31'",
        ),
        (
            A,
            3,
            {"operator_id": "HHH"},
            "row 3, column operator_id: expected each operator once, got the same as in row 2",
        ),
        (
            R,
            3,
            {"operator_id": "KSF"},
            "row 3, column operator_id: expected each operator once, got the same as in row 2",
        ),
        (
            R,
            3,
            {"certificate": "RACA-1"},
            "row 3, column certificate: expected each certificate once, got the same as in row 2",
        ),
        (B, 2, {"mode": "road"}, "row 2, column mode: expected air or sea, got 'road'"),
        (
            B,
            2,
            {"unit": "CSQU3054384"},
            "row 2, column unit: expected check digit 3 for CSQU305438, got 4",
        ),
        (
            B,
            2,
            {"unit": "SKID-8"},
            "row 2, column unit: expected a container number: 3 letters, U, J or Z, then 7 digits, got 'SKID-8'",
        ),
        (
            B,
            3,
            {"unit": "TASU1170000"},
            "row 3, column unit: expected a package number, since mode is air, got a container's: 'TASU1170000'",
        ),
        (
            B,
            3,
            {"unit": "TASU-117000-1"},
            "row 3, column unit: expected a package number, since mode is air, got a container's: 'TASU-117000-1'",
        ),
        (
            B,
            3,
            {"unit": ""},
            "row 3, column unit: expected a package number: 3 to 35 letters, digits, hyphens or slashes, "
            "got an empty cell",
        ),
        (B, 3, {"load_id": "L1"}, "row 3, column load_id: expected each load once, got the same as in row 2"),
        (
            B,
            3,
            {"mode": "sea", "unit": "csqu 305438-3"},
            "row 3, column unit: expected each container or package once, got the same as in row 2",
        ),
        (B, 2, {"seal_type": "rope"}, "row 2, column seal_type: expected bolt or sticker, got 'rope'"),
        (B, 2, {"goods": ""}, "row 2, column goods: expected words, got an empty cell"),
        (
            B,
            2,
            {"seal_number": "NZX999999"},
            "row 2, column seal_number: expected a number of a bolt seal, got 9 characters that are none",
        ),
        (
            B,
            2,
            {"seal_number": ""},
            "row 2, column seal_number: expected a number of a bolt seal, got an empty cell",
        ),
        (
            B,
            3,
            {"seal_type": "bolt", "seal_number": "nzb 100001"},
            "row 3, column seal_number: expected each seal once, got the same as in row 2",
        ),
    ],
)
def test_a_wrong_cell_is_told_with_its_row_and_column(
    office: Office, kind: Kind, row: int, cells: dict[str, str], line: str
) -> None:
    assert office.refused(kind, changed(kind, row, **cells)) == [f"{kind.value}.csv {line}"]


def test_a_list_that_ends_before_it_begins_is_refused(office: Office) -> None:
    rows = [{**row, "in_force_until": "2026-01-31"} for row in ROWS[A]]
    assert office.refused(A, csv_text(rows, WIDEST[A])) == [
        "approved-list.csv row 2, column in_force_until: expected 2026-02-01 (in_force_from) or later, got 2026-01-31"
    ]


def test_an_approved_list_without_an_operator_is_refused(office: Office) -> None:
    assert office.refused(A, csv_text([], WIDEST[A])) == [
        "approved-list.csv row 2: expected at least one approved operator, got no row"
    ]


def test_all_problems_of_a_file_come_at_once_in_the_order_of_the_rows(office: Office) -> None:
    sheet = changed(D, 2, after_hours="perhaps") + '"D3","","TVC","soon","no","C3","rubbish","2030-12-31","no"\n'
    sheet += '"D4","Dee","TVC","2030-06-30","no","C3","TYPE_2:04AAAAAAAAAAAA","2030-12-31","no"\n'
    assert office.refused(D, sheet) == [
        "drivers.csv row 2, column after_hours: expected yes or no, got 'perhaps'",
        "drivers.csv row 5, column name: expected words, got an empty cell",
        f"drivers.csv row 5, column inducted_until: {DAY}, got 'soon'",
        "drivers.csv row 5, column card: expected a card such as TYPE_2:04A1B2C3D4E5F6, got 'rubbish'",
        "drivers.csv row 6, column card_number: expected each card number once, got the same as in row 4",
    ]


def test_after_fifty_lines_the_rest_is_counted(office: Office) -> None:
    row = '"x","Kererū","R-{}","never"\n'
    lines = office.refused(R, good(R) + "".join(row.format(number) for number in range(60)))
    assert len(lines) == 51
    assert lines[49].startswith("racas.csv row 53, column valid_until")
    assert lines[50] == "and 10 more"


def test_a_file_of_nothing_but_errors_does_not_fill_the_memory(office: Office) -> None:
    with pytest.raises(ImportRefused) as caught:
        office.bring(R, ",".join(WIDEST[R]) + "\n" + "".join(f"#{row},,,\n" for row in range(50_000)))
    assert (len(caught.value.problems), caught.value.total) == (KEPT, 200_000)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "expected a row of column names and rows below it, got an empty file"),
        (codecs.BOM_UTF8 + b" \r\n", "expected a row of column names and rows below it, got an empty file"),
        (
            codecs.BOM_UTF16_LE + "operator_id".encode("utf-16-le"),
            "expected UTF-8 text (save it as 'CSV UTF-8'), got UTF-16 text",
        ),
        (b"x" * (LARGEST_FILE + 1), "expected at most 16 MiB, got a larger file"),
    ],
    ids=["nothing", "blank", "UTF-16", "huge"],
)
def test_what_is_no_sheet_at_all_is_told_of_the_whole_file(office: Office, content: bytes, line: str) -> None:
    assert office.refused(R, content) == [f"racas.csv: {line}"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (good(R).encode("latin-1", "replace").replace(b"Manawat?", b"Manawat\xfb"), "got byte 0xFB"),
        (good(R).encode().replace(b"Manawat", b"Man\0wat"), "got a NUL byte"),
    ],
    ids=["Latin-1", "NUL"],
)
def test_a_byte_that_is_no_text_is_told_with_its_row_and_column(office: Office, content: bytes, line: str) -> None:
    assert office.refused(R, content) == [
        f"racas.csv row 3, column operator_name: expected UTF-8 text (save it as 'CSV UTF-8'), {line}"
    ]


def test_a_byte_that_is_no_text_behind_broken_csv_is_told_of_the_file(office: Office) -> None:
    content = good(R).encode() + b"z" * 131_073 + b"\xff"
    assert office.refused(R, content) == ["racas.csv: expected UTF-8 text (save it as 'CSV UTF-8'), got byte 0xFF"]


def test_utf_16_without_its_mark_is_refused_at_its_first_nul(office: Office) -> None:
    assert office.refused(R, good(R).encode("utf-16-le")) == [
        "racas.csv row 1: expected UTF-8 text (save it as 'CSV UTF-8'), got a NUL byte"
    ]


@pytest.mark.parametrize(
    ("tail", "row", "got"),
    [
        ('"KSG","never closed', 4, "unexpected end of data"),
        ('"KSG"x,"a","b","2030-01-01"\n', 4, "',' expected after '\"'"),
        ("KSG," + "z" * 131_073 + ",b,2030-01-01\n", 4, "field larger than field limit (131072)"),
    ],
)
def test_broken_csv_is_told_with_the_row_where_it_breaks(office: Office, tail: str, row: int, got: str) -> None:
    assert office.refused(R, good(R) + tail) == [
        f"racas.csv row {row}: expected cells parted by commas, quotes in pairs, got {got}"
    ]


def test_too_many_cells_are_told_by_their_number(office: Office) -> None:
    assert office.refused(R, good(R) + "a,b,c,2030-01-01,e\n") == ["racas.csv row 4: expected 4 cells, got 5"]


def test_wrong_columns_are_told_together_with_wrong_cells_of_the_right_ones(office: Office) -> None:
    sheet = "operator_id,operator_name,certificat,valid_until,operator_id\nKSF,Kererū,R-1,soon,KSF\n"
    assert office.refused(R, sheet) == [
        "racas.csv row 1: expected only the columns operator_id, operator_name, certificate, valid_until, "
        "got column 'certificat'",
        "racas.csv row 1, column operator_id: expected the column once, got it twice",
        "racas.csv row 1, column certificate: expected the column, got none of that name",
        f"racas.csv row 2, column valid_until: {DAY}, got 'soon'",
    ]


@pytest.mark.parametrize(("sign", "called"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_sheet_with_another_separator_is_told_so(office: Office, sign: str, called: str) -> None:
    assert office.refused(R, good(R).replace('"', "").replace(",", sign)) == [
        f"racas.csv row 1: expected cells parted by commas, got cells parted by {called}"
    ]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(office: Office) -> None:
    header, first, second = good(R).splitlines()
    multiline = '"X1","two\nlines","R-9","2030-01-01"'
    sheet = "\n".join((header, "", first, ",,,", multiline, second.replace("2031-06-30", "2031")))
    assert office.refused(R, sheet) == [
        "racas.csv row 5, column operator_name: expected words without control characters, got 'two\\nlines'",
        f"racas.csv row 6, column valid_until: {DAY}, got '2031'",
    ]


def test_no_line_ever_shows_a_seal_number(office: Office) -> None:
    twice = csv_text([*ROWS[B], {**ROWS[B][0], "load_id": "L3", "unit": "TASU1170000"}], WIDEST[B])
    wrong = changed(B, 2, seal_number="SECRET77")
    told = "\n".join(office.refused(B, twice) + office.refused(B, wrong))
    assert "100001" not in told
    assert "SECRET77" not in told


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(office: Office, tmp_path: Path) -> None:
    for path, got in ((tmp_path / "none.csv", "none of that name"), (tmp_path, "a folder")):
        with pytest.raises(ImportRefused) as caught:
            office.store.import_file(D, path, SEAL_TYPES)
        expected = f"{path.name}: expected a CSV file, got {got}; correct it and import again"
        assert str(caught.value) == expected


def test_an_odd_file_name_does_not_break_the_line(office: Office) -> None:
    (line,) = office.refused(R, b"", name="two\nlines.csv")
    assert "two\\nlines.csv: expected a row of column names" in line
