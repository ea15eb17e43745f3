"""Sheets as offices keep them: what is taken as it is meant, and what is told instead of guessed."""

import hashlib
import json
from datetime import date

import pytest
from msgspec.structs import replace

from kiosk.core.cards import Credential
from kiosk.core.parties import Driver
from kiosk.core.seals import SealNumber
from kiosk.core.units import ContainerNumber
from kiosk.register import grid
from kiosk.register.errors import SheetSettingsWrong
from kiosk.register.kinds import Kind
from kiosk.register.seals import RegisteredSeal
from kiosk.site import SheetSettings
from tests.register.sheets import DIGITS, ROWS, WIDEST, WORKBOOKS, Office, csv_text, good

SEALS = SheetSettings(
    columns={
        "seal_number": "Seal No.",
        "seal_type": "Seal type",
        "received": "Date received",
        "applied": "Date applied",
        "unit": "Container",
        "applied_by": "Applied by",
    },
    sheet="Seal register",
)
BOOKINGS = SheetSettings(
    columns={
        "load_id": "Load",
        "unit": "Container",
        "seal_number": "seal",
        "goods": "Goods",
        "operator_id": "Carrier",
        "booking": "Booking",
    },
    constants={"mode": "sea", "seal_type": "digits"},
)
LISTS = SheetSettings(
    columns={
        "version": "Version",
        "issued": "Issued",
        "in_force_from": "From",
        "in_force_until": "Until",
        "operator_id": "Operator",
        "operator_name": "Name",
    }
)
BOOKING_HEADER = "Load,Container,Seal,Goods,Carrier,Booking,Remark\n"


def stored_text(office: Office, name: str) -> str:
    return office.stored()[f"records/{name}"].decode()


# --- workbooks that LibreOffice made ----------------------------------------------------------------


def test_a_register_with_a_title_a_merged_header_blank_rows_and_a_row_twice_is_read(office: Office) -> None:
    report = office.bring_sheet(Kind.REGISTER, WORKBOOKS / "seal-register.xlsx", SEALS)
    bolt, when, who = DIGITS["bolt"], date(2026, 1, 31), "Hana Whaanga"
    assert office.store.load(DIGITS).register == (
        RegisteredSeal(SealNumber("NZB000001"), bolt, when, date(2026, 2, 3), ContainerNumber("CSQU3054383"), who),
        RegisteredSeal(SealNumber("NZB000002"), bolt, when, when, ContainerNumber("TASU1170000"), who),
        RegisteredSeal(SealNumber("NZB000003"), bolt, when, None, None, ""),
    )
    where = "seal-register.xlsx, sheet 'Seal register'"
    assert report.remarks == (
        f"{where} row 9 says what row 8 says, and was passed over",
        f"{where} row 10 has nothing in the columns that are read, and was passed over",
    )


def test_of_a_workbook_our_own_form_is_stored_and_whose_it_was_beside_it(office: Office) -> None:
    path = WORKBOOKS / "seal-register.xlsx"
    report = office.bring_sheet(Kind.REGISTER, path, SEALS)
    assert stored_text(office, "register.csv") == (
        "seal_number,seal_type,received,applied,unit,applied_by\n"
        "NZB000001,bolt,2026-01-31,2026-02-03,CSQU 305438 3,Hana Whaanga\n"
        "NZB000002,bolt,2026-01-31,2026-01-31,TASU1170000,Hana Whaanga\n"
        "NZB000003,bolt,2026-01-31,,,\n"
    )
    given = hashlib.sha256(path.read_bytes()).hexdigest()
    assert json.loads(stored_text(office, "register.source.json")) == {
        "stored": report.digest,
        "file": "seal-register.xlsx",
        "sha256": given,
        "sheet": "Seal register",
    }
    assert report.source_digest == given
    assert office.store.load(DIGITS).digests.keys() == {"register.csv", "register.source.json"}


def test_of_a_file_that_came_later_a_source_says_nothing(office: Office) -> None:
    office.bring_sheet(Kind.REGISTER, WORKBOOKS / "seal-register.xlsx", SEALS)
    office.bring(Kind.REGISTER, good(Kind.REGISTER))
    assert office.store.load(DIGITS).digests.keys() == {"register.csv"}
    (office.folder / "records" / "register.source.json").write_text("no JSON")
    assert office.store.load(DIGITS).digests.keys() == {"register.csv"}


def test_numbers_are_taken_with_the_zeros_that_their_cells_show(office: Office) -> None:
    office.bring_sheet(Kind.BOOKINGS, WORKBOOKS / "number-seals.xlsx", BOOKINGS)
    first, second = office.store.load(DIGITS).records.loads_of("HHH")
    assert (first.seal_number, first.booking) == (SealNumber("01234567"), "70012")
    assert (second.seal_number, second.load_id) == (SealNumber("00123456"), "2")


def test_what_a_spreadsheet_spoiled_is_told_by_sheet_row_and_column(office: Office) -> None:
    where = "spoiled-seals.xlsx, sheet 'Bookings' row"
    again = "have the column as text and key it again"
    assert office.told(Kind.BOOKINGS, WORKBOOKS / "spoiled-seals.xlsx", BOOKINGS) == [
        f"{where} 2, column 'seal' (seal_number): expected a number of a digits seal, got 7 characters that are none; "
        "with a zero or more before them they would be: a spreadsheet dropped it, have the column as text",
        f"{where} 3, column 'seal' (seal_number): expected words or a number as text, "
        f"got a date, into which the spreadsheet made it; {again}",
        f"{where} 4, column 'seal' (seal_number): expected words or a number as text, "
        f"got a number with a fraction; {again}",
        f"{where} 5, column 'Goods' (goods): expected words, got the error '#DIV/0!'",
        f"{where} 5, column 'Booking' (booking): expected words or a number as text, "
        f"got a number of more than 15 digits, of which the last are lost; {again}",
        f"{where} 6, column 'Goods' (goods): expected words or a number as text, "
        f"got true or false, into which the spreadsheet made it; {again}",
    ]


def test_what_opening_a_csv_file_in_a_spreadsheet_spoils_is_told(office: Office) -> None:
    zeros, made_date = office.told(Kind.BOOKINGS, WORKBOOKS / "opened-bookings.xlsx")
    assert "row 2, column seal_number: expected a number of a digits seal, got 6 characters that are none;" in zeros
    assert "row 3, column booking: expected words or a number as text, got a date, into which" in made_date


def test_results_of_formulas_dates_and_true_and_false_are_what_the_sheet_shows(office: Office) -> None:
    office.bring_sheet(Kind.DRIVERS, WORKBOOKS / "drivers.xlsx")
    records = office.store.load(DIGITS).records
    assert records.driver("D1") == Driver("D1", "Aroha Ngata", "HHH", date(2030, 6, 30), after_hours=True)
    card = records.card(Credential.parse("TYPE_2:04A1B2C3D4E5F6"))
    assert card is not None
    assert (card.number, card.valid_until, card.revoked) == ("17", date(2030, 12, 31), False)


def test_an_approved_list_of_a_workbook_is_a_version_like_any(office: Office) -> None:
    report = office.bring_sheet(Kind.APPROVED_LIST, WORKBOOKS / "approved-list.xlsx", LISTS)
    assert (report.version, report.stored_as) == ("2026-3", "approved-lists/2026-3.csv")
    assert "records/approved-lists/2026-3.source.json" in office.stored()
    approved = office.store.load(DIGITS).records.approved_list_on(date(2026, 7, 1))
    assert approved is not None
    assert (approved.in_force_until, approved.operator_ids) == (date(2027, 6, 30), frozenset({"HHH", "TVC"}))
    again = office.bring_sheet(Kind.APPROVED_LIST, WORKBOOKS / "approved-list.xlsx", LISTS)
    assert not again.changed


def test_which_of_several_sheets_is_meant_must_be_said(office: Office) -> None:
    path = WORKBOOKS / "seal-register.xlsx"
    assert office.told(Kind.REGISTER, path, replace(SEALS, sheet=None)) == [
        "seal-register.xlsx: expected one sheet, or its name in site.toml (sheet = ...), "
        "got sheets 'Seal register', 'Notes'"
    ]
    assert office.told(Kind.REGISTER, path, replace(SEALS, sheet="Seals")) == [
        "seal-register.xlsx: expected a sheet 'Seals', got sheets 'Seal register', 'Notes'"
    ]


def test_a_column_that_the_sheet_does_not_have_is_told_of_the_row_that_is_most_like_a_header(office: Office) -> None:
    other = replace(SEALS, columns={**SEALS.columns, "applied_by": "Sealed by"})
    assert office.told(Kind.REGISTER, WORKBOOKS / "seal-register.xlsx", other) == [
        "seal-register.xlsx, sheet 'Seal register' row 4, column applied_by: expected the column, "
        "got none that the sheet calls 'Sealed by'"
    ]


def test_settings_that_do_not_fit_the_kind_are_told_by_their_key(office: Office) -> None:
    path = WORKBOOKS / "number-seals.xlsx"
    with pytest.raises(
        SheetSettingsWrong, match=r"^site\.toml import\.bookings\.columns: expected only load_id, .*'seal'"
    ):
        office.bring_sheet(Kind.BOOKINGS, path, SheetSettings(columns={"seal": "Seal"}))
    with pytest.raises(SheetSettingsWrong, match=r"import\.bookings\.constants: expected no column that the sheet has"):
        office.bring_sheet(Kind.BOOKINGS, path, replace(BOOKINGS, constants={"unit": "CSQU3054383"}))


# --- CSV files --------------------------------------------------------------------------------------


def test_a_csv_file_with_the_offices_columns_is_taken_and_its_others_left_alone(office: Office) -> None:
    report = office.bring_sheet(
        Kind.BOOKINGS,
        f"Bookings of week 5,,,,,,\n\n{BOOKING_HEADER}L1 ,CSQU3054383,00123456,apples,HHH,B-1,fragile\n,,,,,,\n",
        BOOKINGS,
    )
    assert (report.rows, report.remarks[:-1]) == (1, ())
    assert stored_text(office, "bookings.csv") == (
        "load_id,mode,unit,seal_type,seal_number,goods,operator_id,booking\n"
        "L1,sea,CSQU3054383,digits,00123456,apples,HHH,B-1\n"
    )


def test_a_sheet_by_our_names_may_lack_what_site_toml_says_for_every_row(office: Office) -> None:
    always = SheetSettings(constants={"mode": "sea"})
    columns = [name for name in WIDEST[Kind.BOOKINGS] if name != "mode"]
    report = office.bring_sheet(Kind.BOOKINGS, csv_text(ROWS[Kind.BOOKINGS][:1], columns), always)
    assert (report.rows, "L1,sea,CSQU3054383," in stored_text(office, "bookings.csv")) == (1, True)
    assert office.told(Kind.BOOKINGS, csv_text(ROWS[Kind.BOOKINGS][:1], columns[1:]), always) == [
        "bookings.csv row 1, column load_id: expected the column, got none of that name"
    ]


def test_a_column_that_nobody_named_is_refused_where_site_toml_names_no_columns(office: Office) -> None:
    columns = [*WIDEST[Kind.RACAS], "remark"]
    rows = [{**row, "valid_until": "31/01/2030", "remark": "x"} for row in ROWS[Kind.RACAS]]
    assert office.refused(Kind.RACAS, csv_text(rows, columns)) == [
        "racas.csv row 1: expected only the columns operator_id, operator_name, certificate, valid_until, "
        "got column 'remark'"
    ]


def test_a_file_that_is_in_our_own_form_is_stored_byte_for_byte_whatever_the_settings_say(office: Office) -> None:
    office.bring_sheet(Kind.BOOKINGS, good(Kind.BOOKINGS, end="\r\n"), BOOKINGS)
    assert office.stored() == {"records/bookings.csv": good(Kind.BOOKINGS, end="\r\n").encode()}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("31/01/2030", "2030-01-31"),
        ("1/2/2030", "2030-02-01"),
        ("31-Jan-30", "2030-01-31"),
        ("31-JAN-2030", "2030-01-31"),
        ("1 September 2030", "2030-09-01"),
        ("1-Sept-30", "2030-09-01"),
        ("31/01/2030 14:05", "2030-01-31"),
        ("2030-01-31 00:00:00", "2030-01-31"),
    ],
)
def test_dates_are_read_with_their_day_first(office: Office, written: str, meant: str) -> None:
    rows = [{**row, "valid_until": written} for row in ROWS[Kind.RACAS]]
    office.bring(Kind.RACAS, csv_text(rows, WIDEST[Kind.RACAS]))
    records = office.store.load(DIGITS).records
    operator = records.operator("KSF")
    assert operator is not None
    assert operator.raca is not None
    assert operator.raca.valid_until == date.fromisoformat(meant)


@pytest.mark.parametrize(
    "written", ["01/31/2030", "31/1/30", "30/02/2030", "31-Foo-30", "Jan-30", "46053", "2030.01.31"]
)
def test_a_date_that_could_be_another_one_or_is_none_is_told(office: Office, written: str) -> None:
    rows = [dict(row) for row in ROWS[Kind.RACAS]]
    rows[1]["valid_until"] = written
    assert office.refused(Kind.RACAS, csv_text(rows, WIDEST[Kind.RACAS])) == [
        f"racas.csv row 3, column valid_until: expected a date such as 2027-06-30, got '{written}'"
    ]


def test_a_number_cut_short_in_a_csv_file_is_told(office: Office) -> None:
    line = "L1,CSQU3054383,1.23457E+11,apples,HHH,B-1,\n"
    assert office.told(Kind.BOOKINGS, BOOKING_HEADER + line, BOOKINGS) == [
        "bookings.csv row 2, column 'seal' (seal_number): expected all digits of a number, "
        "got a number cut short, such as 1.2E+11; have the column as text and key it again"
    ]


def test_rows_that_say_the_same_are_passed_over_and_rows_that_differ_are_refused(office: Office) -> None:
    rows = [*ROWS[Kind.RACAS], ROWS[Kind.RACAS][0]]
    report = office.bring(Kind.RACAS, csv_text(rows, WIDEST[Kind.RACAS]))
    assert report.rows == 2
    assert report.remarks == ("racas.csv row 4 says what row 2 says, and was passed over",)
    other = {**ROWS[Kind.RACAS][0], "valid_until": "2031-01-01"}
    assert office.refused(Kind.RACAS, csv_text([*rows, other], WIDEST[Kind.RACAS])) == [
        "racas.csv row 5, column operator_id: expected each operator once, got the same as in row 2",
        "racas.csv row 5, column certificate: expected each certificate once, got the same as in row 2",
    ]


def test_after_fifty_rows_that_were_passed_over_the_rest_is_counted(office: Office) -> None:
    rows = [*ROWS[Kind.RACAS], *[ROWS[Kind.RACAS][0]] * 60]
    report = office.bring(Kind.RACAS, csv_text(rows, WIDEST[Kind.RACAS]))
    assert (len(report.remarks), report.remarks[50]) == (51, "and 10 more rows were passed over")


def test_a_column_named_twice_in_the_sheet_is_told(office: Office) -> None:
    sheet = BOOKING_HEADER.replace("Remark", "SEAL") + "L1,CSQU3054383,00123456,apples,HHH,B-1,\n"
    assert office.told(Kind.BOOKINGS, sheet, BOOKINGS) == [
        "bookings.csv row 1, column seal_number: expected the column once, got it twice"
    ]


def test_a_sheet_that_is_longer_than_any_register_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_ROWS", 3)
    monkeypatch.setattr("kiosk.register.office.MOST_ROWS", 3)
    sheet = BOOKING_HEADER + "".join(f"L{n},CSQU3054383,0012345{n},apples,HHH,B,\n" for n in range(4))
    assert office.told(Kind.BOOKINGS, sheet, BOOKINGS) == ["bookings.csv: expected at most 3 rows, got more"]


@pytest.mark.parametrize(("titles", "found"), [(19, True), (20, False)])
def test_a_header_is_looked_for_in_the_first_twenty_rows_that_are_not_blank(
    office: Office, titles: int, found: bool
) -> None:
    sheet = "title,,,,,,\n\n" * titles + BOOKING_HEADER + "L1,CSQU3054383,00123456,apples,HHH,B-1,\n"
    if found:
        assert office.bring_sheet(Kind.BOOKINGS, sheet, BOOKINGS).rows == 1
    else:
        assert "column load_id: expected the column" in office.told(Kind.BOOKINGS, sheet, BOOKINGS)[0]
