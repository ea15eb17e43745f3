"""The office's own workbook, updated by seal number: only our columns change, and nothing else is lost."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from kiosk.register.exports.files import ExportRefused
from kiosk.register.exports.into import package
from kiosk.register.exports.into import update as patching
from kiosk.register.exports.into.update import Register, Updated, update_workbook
from kiosk.register.exports.sheets import REGISTER
from tests.register.exports import excel_made
from tests.register.exports.excel_made import MAIN, parts, workbook
from tests.register.exports.years import Said, a_life, applied, entries, kept, received

OFFICE = Path(__file__).parent / "workbooks" / "office.xlsx"
"""Made by LibreOffice 7.4 from office.fods: a picture, a chart, a pivot table, a filter, formats and formulas."""

COLUMNS = {"Seal number": "Seal No.", "Container number": "Container", "State": "Status"}
NOW = datetime(2026, 2, 1, 3, 4, 5, tzinfo=UTC)
OURS = "xl/worksheets/sheet1.xml"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return Path(shutil.copy(OFFICE, tmp_path / "office.xlsx"))


def register(said: list[Said]) -> Register:
    made = Register()
    for row in kept(said)[0].rows["register"]:
        made.write(REGISTER, row)
    return made


def update(path: Path, *said: tuple[str, dict[str, Any]], **more: Any) -> Updated:
    asked = {"sheet": None, "columns": {}, "now": NOW} | more
    return update_workbook(path, register(entries(*(said or a_life()))), **asked)


def cells(path: Path, sheet: str) -> dict[str, Any]:
    book = load_workbook(path)
    return {cell.coordinate: cell.value for row in book[sheet].iter_rows() for cell in row if cell.value is not None}


def test_only_our_columns_change_in_the_rows_of_our_seals(office: Path) -> None:
    before = cells(office, "Register")
    made = update(office, columns=COLUMNS)
    after = cells(office, "Register")
    day = datetime(2026, 1, 31)  # noqa: DTZ001 - a workbook's days have no zone
    changed = {"B4": day, "C4": day, "E4": "Mere Tamihana (S01)", "F4": "uplifted"}
    changed |= {"B5": day, "F5": "in store", "B6": day, "F6": "in store", "B8": day, "F8": "in store"}
    assert after == before | changed
    assert (made.plan.found, made.plan.updated, made.plan.added) == (4, 4, 0)


def test_all_other_parts_of_a_workbook_of_libreoffice_are_the_same_byte_for_byte(office: Path) -> None:
    update(office, columns=COLUMNS)
    before, after = parts(OFFICE), parts(office)
    assert list(after) == list(before)
    touched = {name for name in before if before[name] != after[name]}
    assert touched == {"xl/workbook.xml", OURS, "xl/worksheets/sheet2.xml"}
    kept_whole = ("xl/charts/chart1.xml", "xl/media/image1.png", "xl/pivotTables/pivotTable1.xml", "xl/styles.xml")
    assert set(kept_whole) <= after.keys() - touched


def test_formulas_formats_and_rules_stay_and_only_what_they_came_to_is_forgotten(office: Path) -> None:
    update(office, columns=COLUMNS)
    before, after = parts(OFFICE), parts(office)
    forgotten = re.compile(rb"(</f>)<v>[^<]*</v>")
    sums = "xl/worksheets/sheet2.xml"
    assert after[sums] == forgotten.sub(rb"\1", before[sums])
    head, _, tail = before[OURS].partition(b"<sheetData>")
    assert after[OURS].startswith(head + b"<sheetData>")
    assert after[OURS].endswith(tail.partition(b"</sheetData>")[2])
    styles = re.compile(rb'<c r="([A-Z]+\d+)"(?: s="(\d+)")?')
    assert styles.findall(after[OURS]) == styles.findall(before[OURS])
    formulas = re.compile(rb"<f.*?</f>")
    assert formulas.findall(after[OURS]) == formulas.findall(before[OURS])
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


def test_what_the_workbook_was_is_kept_beside_it(office: Path) -> None:
    made = update(office, columns=COLUMNS)
    backup = office.with_name("office.backup-20260201T030405Z.xlsx")
    assert (made.backup, backup.read_bytes()) == (backup, OFFICE.read_bytes())
    update(office, received("ES0001", when="2026-02-02T10:00:00+13:00"), columns=COLUMNS)
    assert office.with_name("office.backup-20260201T030405Z-2.xlsx").is_file(), "no backup takes another's place"


def test_a_second_update_finds_nothing_to_change_and_leaves_the_file_alone(office: Path) -> None:
    update(office, columns=COLUMNS)
    before = (office.read_bytes(), sorted(office.parent.iterdir()))
    made = update(office, columns=COLUMNS)
    assert (made.backup, made.plan.changes) == (None, [])
    assert (office.read_bytes(), sorted(office.parent.iterdir())) == before
    assert next(made.lines()) == "sheet 'Register' says what the register says; it was left as it is"


def test_what_the_register_does_not_know_is_left_as_the_office_has_it(office: Path) -> None:
    update(office, received("OLD-77"), columns=COLUMNS)
    after = cells(office, "Register")
    assert (after["D7"], after["E7"], after["H7"]) == ("TCLU7654320", "J. Smith", "before the kiosk")


def test_a_new_seal_is_a_row_after_the_last_one_with_its_formats_and_the_filter_takes_it_in(office: Path) -> None:
    made = update(office, received("ES0009", "0012"), columns=COLUMNS)
    sheet = load_workbook(office)["Register"]
    assert [sheet[f"A{row}"].value for row in (8, 9, 10)] == ["ES0004", "ES0009", "0012"]
    assert sheet["A9"].font.b
    assert sheet["B9"].number_format == sheet["B8"].number_format == "dd/mm/yyyy"
    assert sheet.auto_filter.ref == "A3:H10"
    assert b"Register!$A$3:$H$10</definedName>" in parts(office)["xl/workbook.xml"]
    assert (made.plan.added, list(made.plan.without_formulas)) == (2, ["G"])
    assert "fill the formulas of columns G down over the new rows" in list(made.lines())


def test_a_text_that_looks_like_a_formula_is_text_in_the_workbook(office: Path) -> None:
    said = applied("ES0001", unit='=HYPERLINK("x")&<')
    update(office, said, columns=COLUMNS)
    cell = load_workbook(office)["Register"]["D4"]
    assert (cell.value, cell.data_type) == ('=HYPERLINK("x")&<', "s")


def test_a_workbook_of_excel_keeps_its_extensions_and_its_table_grows(tmp_path: Path) -> None:
    path = workbook(tmp_path / "excel.xlsm")
    before = parts(path)
    made = update(path)
    after = parts(path)
    assert (made.plan.updated, made.plan.added) == (2, 2)
    for name in ("[Content_Types].xml", "xl/sharedStrings.xml", "xl/charts/chart1.xml", "xl/vbaProject.bin"):
        assert after[name] == before[name]
    assert after["xl/tables/table1.xml"] == before["xl/tables/table1.xml"].replace(b"A1:E3", b"A1:E5")
    sheet = after[OURS].decode()
    assert sheet.endswith(before[OURS].decode().partition("</sheetData>")[2])
    assert '<dimension ref="A1:E5"/>' in sheet
    assert (
        '<row r="2" spans="1:5" x14ac:dyDescent="0.25"><c r="A2" t="s"><v>4</v></c>'
        '<c r="B2" s="1"><v>46053.895833333336</v></c>'
        '<c r="C2" t="inlineStr"><is><t>Mere Tamihana (S01)</t></is></c><c r="D2" t="s"><v>5</v></c>'
        '<c r="E2"><f>B2*2</f></c></row>'
    ) in sheet
    assert (
        '<row r="4" ht="18" customHeight="1"><c r="A4" t="inlineStr"><is><t>ES0003</t></is></c>'
        '<c r="B4" s="1"><v>46053.895833333336</v></c><c r="E4" s="3"/></row>'
    ) in sheet
    assert after["xl/worksheets/sheet2.xml"] == before["xl/worksheets/sheet2.xml"].replace(b"<v>46034</v>", b"")
    assert b'</sheets><calcPr fullCalcOnLoad="1"/></workbook>' in after["xl/workbook.xml"]


def test_a_date_in_a_cell_that_shows_numbers_gets_a_style_that_shows_dates(tmp_path: Path) -> None:
    rows = excel_made.ROWS.replace('<c r="B3" s="1"/>', '<c r="B3" s="2"/>')
    path = workbook(tmp_path / "excel.xlsx", rows=rows)
    update(path, received("ES0002"))
    after = parts(path)
    assert b'<c r="B3" s="4"><v>46053.895833333336</v></c>' in after[OURS]
    added = b'<xf numFmtId="22" fontId="1" applyNumberFormat="1"><alignment wrapText="1"/></xf></cellXfs>'
    assert added in after["xl/styles.xml"]
    assert b'<cellXfs count="5">' in after["xl/styles.xml"]


def test_dates_count_from_1904_where_the_workbook_does(tmp_path: Path) -> None:
    path = workbook(tmp_path / "excel.xlsx", properties='date1904="1"')
    update(path, received("ES0002"))
    assert b'<c r="B3" s="1"><v>44591.895833333336</v></c>' in parts(path)[OURS]


def test_xml_with_prefixes_and_without_references_is_updated_in_kind(tmp_path: Path) -> None:
    rows = (
        '<x:row><x:c t="inlineStr"><x:is><x:t>Seal number</x:t></x:is></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>State</x:t></x:is></x:c></x:row>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>ES0001</x:t></x:is></x:c></x:row><x:row/>'
    )
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    path = workbook(tmp_path / "excel.xlsx", more={OURS: sheet})
    update(path, received("ES0001", "ES0002"))
    made = parts(path)[OURS].decode()
    assert '<x:c r="B2" t="inlineStr"><x:is><x:t>in store</x:t></x:is></x:c></x:row>' in made
    assert '<x:row><x:c r="A3" t="inlineStr"><x:is><x:t>ES0002</x:t></x:is></x:c><x:c r="B3"' in made


def test_a_formula_in_one_of_our_columns_is_left_and_told(tmp_path: Path) -> None:
    rows = excel_made.ROWS.replace('<c r="B3" s="1"/>', '<c r="B3" s="1"><f>B2</f><v>46034.25</v></c>')
    path = workbook(tmp_path / "excel.xlsx", rows=rows)
    made = update(path)
    assert b'<c r="B3" s="1"><f>B2</f></c>' in parts(path)[OURS]
    assert "1 cells of our columns hold formulas and were left as they are" in list(made.lines())


def test_cells_that_an_array_formula_fills_are_left(tmp_path: Path) -> None:
    array = '<c r="B2" s="1"><f t="array" ref="B2:B3">TODAY()</f><v>46034.25</v></c>'
    rows = excel_made.ROWS.replace('<c r="B2" s="1"><v>46034.25</v></c>', array)
    path = workbook(tmp_path / "excel.xlsx", rows=rows)
    assert update(path, received("ES0001", "ES0002")).plan.kept_formulas == 2
    assert b'<c r="B3" s="1"/>' in parts(path)[OURS]


def test_a_row_that_says_between_which_columns_it_lies_says_it_of_new_cells_too(tmp_path: Path) -> None:
    rows = excel_made.ROWS.replace('<row r="3" spans="1:5"', '<row r="3" spans="1:2"').replace(
        '<c r="E3" s="3"><f>B3*2</f><v>0</v></c>', ""
    )
    path = workbook(tmp_path / "excel.xlsx", rows=rows)
    update(path, applied("ES0002"))
    assert b'<row r="3" spans="1:3" ht="18"' in parts(path)[OURS]


def test_a_workbook_that_calculates_when_told_to_keeps_what_its_formulas_came_to(tmp_path: Path) -> None:
    """LibreOffice shows 0 for every formula of such a workbook that has no value."""
    path = workbook(tmp_path / "excel.xlsx")
    book = parts(path)["xl/workbook.xml"].decode().replace("</sheets>", '</sheets><calcPr calcMode="manual"/>')
    before = parts(workbook(path, more={"xl/workbook.xml": book}))
    made = update(path, applied("ES0002"))
    after = parts(path)
    assert after["xl/worksheets/sheet2.xml"] == before["xl/worksheets/sheet2.xml"]
    assert b"<f>B2*2</f><v>92068.5</v>" in after[OURS]
    assert b'calcMode="manual" fullCalcOnLoad="1"' in after["xl/workbook.xml"]
    assert any("until F9" in line for line in made.lines())


def test_a_table_with_a_row_of_totals_takes_no_new_rows(tmp_path: Path) -> None:
    """Excel takes the last row of such a table for its totals, whatever stands there."""
    path = workbook(tmp_path / "excel.xlsx")
    table = parts(path)["xl/tables/table1.xml"].decode().replace('totalsRowShown="0"', 'totalsRowCount="1"')
    path = workbook(path, more={"xl/tables/table1.xml": table})
    assert "a table without a row of totals, where new rows come, got one in row 3; switch" in refusal(path)
    assert update(path, applied("ES0002")).plan.added == 0


def test_a_part_whose_name_is_written_in_another_case_is_found(tmp_path: Path) -> None:
    path = workbook(tmp_path / "excel.xlsx")
    relations = parts(path)["xl/_rels/workbook.xml.rels"].decode().replace("sharedStrings.xml", "SharedStrings.xml")
    path = workbook(path, more={"xl/_rels/workbook.xml.rels": relations})
    assert update(path, applied("ES0002")).plan.updated == 1


def test_what_cannot_be_found_again_is_not_put_in_place(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patching, "patch_sheet", lambda data, *_, **__: data)
    assert "expected to find what was written, got another value in row 4" in refusal(office, columns=COLUMNS)


def test_a_file_that_was_not_written_as_meant_is_not_put_in_place(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = package.Package.save

    def lossy(self: package.Package, out: Any, changed: Any) -> None:
        save(self, out, {**changed, "xl/charts/chart1.xml": b""})

    monkeypatch.setattr(package.Package, "save", lossy)
    with pytest.raises(ExportRefused, match=r"got another xl/charts/chart1\.xml"):
        update(office, columns=COLUMNS)
    assert office.read_bytes() == OFFICE.read_bytes()


def test_a_seal_number_that_is_a_number_there_is_found_when_nothing_is_lost(tmp_path: Path) -> None:
    rows = excel_made.ROWS.replace('<c r="A3" t="s"><v>6</v></c>', '<c r="A3"><v>4711</v></c>')
    path = workbook(tmp_path / "excel.xlsx", rows=rows)
    made = update(path, received("4711"))
    assert (made.plan.updated, made.plan.added) == (1, 0)
    assert b'<c r="A3"><v>4711</v></c>' in parts(path)[OURS]


def refusal(path: Path, *said: tuple[str, dict[str, Any]], **more: Any) -> str:
    before = (path.read_bytes(), sorted(path.parent.iterdir()))
    with pytest.raises(ExportRefused) as refused:
        update(path, *said, **more)
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == before, "a workbook that is refused stays as it was"
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_lost_zeros_are_told_and_never_guessed(tmp_path: Path) -> None:
    rows = excel_made.ROWS.replace('<c r="A3" t="s"><v>6</v></c>', '<c r="A3"><v>4711</v></c>')
    line = refusal(workbook(tmp_path / "excel.xlsx", rows=rows), received("004711"))
    assert "seal number as text in A3, got the number 4711, while the register has seal 004711: its zeros" in line


REFUSED = [
    ("D8:D9", {"after": '<mergeCells count="1"><mergeCell ref="B3:C3"/></mergeCells>'}, "merged cells B3:C3"),
    ("totals", {"rows": excel_made.ROWS + '<row r="9"><c r="D9" t="s"><v>5</v></c></row>'}, "something in D9"),
    ("twice", {"rows": excel_made.ROWS.replace('<c r="A3" t="s"><v>6', '<c r="A3" t="s"><v>4')}, "it in rows 2 and 3"),
    ("title twice", {"rows": excel_made.ROWS.replace("<v>3</v>", "<v>2</v>", 1)}, "got it in C and D"),
    ("no title", {"rows": excel_made.ROWS.replace("<v>0</v>", "<v>5</v>", 1)}, "a column 'Seal number', got none"),
    ("alone", {"rows": '<row><c t="s"><v>0</v></c></row>'}, "another of our columns beside the seal numbers, got none"),
    ("digits", {"rows": excel_made.ROWS.replace('t="s"><v>6', "><v>1E15")}, "a number of more than 15 digits"),
    ("formula", {"rows": excel_made.ROWS.replace('t="s"><v>6</v>', "><f>B3</f>")}, "a formula that was not worked out"),
    ("signed", {"more": {"_xmlsignatures/sig1.xml": ""}}, "one that is signed"),
    ("shared", {"more": {"xl/revisions/a.xml": ""}}, "a shared one"),
    ("doctype", {"more": {OURS: "<!DOCTYPE a><a/>"}}, "a document type declaration"),
    ("broken", {"more": {OURS: f'<worksheet xmlns="{MAIN}"><sheetData>'}}, "got no element found"),
    ("latin", {"more": {"xl/sharedStrings.xml": "<?xml version='1.0' encoding='ISO-8859-1'?><a/>"}}, "ISO-8859-1"),
]


@pytest.mark.parametrize(("made", "told"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_what_could_be_spoiled_is_refused_with_the_reason(tmp_path: Path, made: dict[str, Any], told: str) -> None:
    assert told in refusal(workbook(tmp_path / "excel.xlsx", **made))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "one with a password, or one of an old Excel"),
        (b"Seal number,State\r\n", "expected an XLSX workbook, got excel.xlsx, which is none"),
    ],
)
def test_a_file_that_is_no_open_workbook_is_refused(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "excel.xlsx"
    path.write_bytes(data)
    assert told in refusal(path)


@pytest.mark.parametrize("beside", ["~$office.xlsx", ".~lock.office.xlsx#"])
def test_a_workbook_that_somebody_has_open_is_refused(office: Path, beside: str) -> None:
    office.with_name(beside).touch()
    assert f"got {beside} beside it" in refusal(office, columns=COLUMNS)


def test_two_sheets_with_seal_numbers_need_a_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "excel.xlsx")
    path = workbook(path, more={"xl/worksheets/sheet2.xml": parts(path)[OURS].decode()})
    assert "got several: 'Register', 'Sums'" in refusal(path)
    assert update(path, sheet="Sums").sheet == "Sums"


def test_a_column_that_is_none_of_ours_is_refused(office: Path) -> None:
    assert "got 'Seal'" in refusal(office, columns={"Seal": "Seal No."})


def test_a_workbook_that_was_saved_meanwhile_is_left_as_it_then_is(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = package.Package.save

    def meanwhile(self: package.Package, *words: Any) -> None:
        save(self, *words)
        office.write_bytes(b"another")

    monkeypatch.setattr(package.Package, "save", meanwhile)
    with pytest.raises(ExportRefused, match="somebody saved meanwhile"):
        update(office, columns=COLUMNS)
    assert office.read_bytes() == b"another"
    assert not office.with_name("office.xlsx.new").exists()
