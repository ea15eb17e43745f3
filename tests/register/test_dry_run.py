"""A dry run: every row that would change is told, and nothing changes."""

from kiosk.register.kinds import Kind
from tests.register.sheets import ROWS, SEAL_TYPES, WIDEST, WORKBOOKS, Office, changed, csv_text, good
from tests.register.test_office_sheets import SEALS


def dry(office: Office, kind: Kind, content: str) -> list[str]:
    before = office.stored()
    report = office.bring_sheet(kind, content, dry_run=True, seal_types=SEAL_TYPES)
    assert office.stored() == before
    return [str(change) for change in report.changes]


def test_into_an_empty_store_every_row_is_new(office: Office) -> None:
    assert dry(office, Kind.DRIVERS, good(Kind.DRIVERS)) == [
        "row 2: new: card_number 'C1'",
        "row 3: new: card_number 'C2'",
        "row 4: new: card_number 'C3'",
    ]


def test_what_is_otherwise_new_and_gone_is_told_by_row_column_and_cell(office: Office) -> None:
    office.bring_all()
    sheet = changed(Kind.DRIVERS, 4, name="Ben Low", after_hours="yes").replace('"C1"', '"C7"')
    assert dry(office, Kind.DRIVERS, sheet) == [
        "row 2: new: card_number 'C7'",
        "row 4: changed: card_number 'C3': name 'Ben Lowe' -> 'Ben Low'; after_hours 'no' -> 'yes'",
        "row 2: gone: card_number 'C1'",
    ]


def test_other_line_ends_and_spaces_change_nothing(office: Office) -> None:
    office.bring_all()
    assert dry(office, Kind.DRIVERS, good(Kind.DRIVERS, end="\n\n").replace('"TVC"', '" TVC "')) == []


def test_a_list_is_compared_with_its_own_version(office: Office) -> None:
    office.bring_all()
    rows = [{**row, "version": "2026-2"} for row in ROWS[Kind.APPROVED_LIST]]
    assert len(dry(office, Kind.APPROVED_LIST, csv_text(rows, WIDEST[Kind.APPROVED_LIST]))) == 2
    assert dry(office, Kind.APPROVED_LIST, good(Kind.APPROVED_LIST)) == []


def test_no_seal_number_is_shown(office: Office) -> None:
    office.bring_all()
    told = dry(office, Kind.BOOKINGS, changed(Kind.BOOKINGS, 2, seal_number="NZB100009"))
    assert told == ["row 2: changed: load_id 'L1': seal_number (not shown)"]
    told = dry(office, Kind.REGISTER, changed(Kind.REGISTER, 3, seal_number="NZB000009"))
    assert told == ["row 3: new: seal_number (not shown)", "row 3: gone: seal_number (not shown)"]


def test_rows_are_those_of_the_offices_own_sheet(office: Office) -> None:
    report = office.bring_sheet(Kind.REGISTER, WORKBOOKS / "seal-register.xlsx", SEALS, dry_run=True)
    assert [change.row for change in report.changes] == [5, 6, 8]
    assert not (office.folder / "records" / "register.csv").exists()
