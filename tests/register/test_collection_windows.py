"""When a load is booked to be collected: two columns that a sheet may have, and times that are told, never guessed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from openpyxl import Workbook

from kiosk.core.loads import CollectionWindow
from kiosk.register.cells import BadCell, instant_or_none
from kiosk.register.grid import Number
from kiosk.register.instants import in_zone, said
from kiosk.register.kinds import Kind
from kiosk.register.values import Holds, plain
from kiosk.site import SheetSettings, parse_site
from tests.register.sheets import DIGITS, ROWS, SEAL_TYPES, WIDEST, Office, csv_text, good
from tests.test_site import LEAST

AUCKLAND = ZoneInfo("Pacific/Auckland")
COLUMNS = (*WIDEST[Kind.BOOKINGS], "collect_from", "collect_until")
HERE = SheetSettings(zone=AUCKLAND)
EVENING = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
"""22:00 in New Zealand, in daylight time."""
MORNING = datetime(2026, 12, 24, 17, 30, tzinfo=UTC)


def booked(opens: str, closes: str, columns: tuple[str, ...] = COLUMNS) -> str:
    """A good sheet whose first load has a time to collect."""
    first, second = map(dict, ROWS[Kind.BOOKINGS])
    empty = {"collect_from": "", "collect_until": ""}
    rows = [first | {"collect_from": opens, "collect_until": closes}, second | empty]
    return csv_text(rows, columns)


def window(office: Office) -> CollectionWindow | None:
    (load,) = office.store.load(DIGITS).records.loads_of("HHH")
    return load.collect


def stored(office: Office) -> bytes:
    return office.stored()["records/bookings.csv"]


# --- in our own form ----------------------------------------------------------------------------------


def test_a_sheet_without_the_columns_is_stored_byte_for_byte_and_its_loads_have_no_window(office: Office) -> None:
    office.bring(Kind.BOOKINGS, good(Kind.BOOKINGS))
    assert stored(office) == good(Kind.BOOKINGS).encode()
    assert window(office) is None


def test_times_with_their_offset_are_our_own_form_stored_byte_for_byte(office: Office) -> None:
    sheet = booked("2026-12-24T22:00+13:00", "2026-12-24T17:30:00Z")
    office.bring(Kind.BOOKINGS, sheet)
    assert stored(office) == sheet.encode()
    assert window(office) == CollectionWindow(EVENING, MORNING)


def test_the_columns_may_stand_anywhere(office: Office) -> None:
    columns = ("collect_until", *COLUMNS[:4], "collect_from", *COLUMNS[4:8])
    office.bring(Kind.BOOKINGS, booked("2026-12-24T22:00+13:00", "2026-12-25T06:30+13:00", columns))
    assert window(office) == CollectionWindow(EVENING, MORNING)


@pytest.mark.parametrize(
    ("opens", "closes", "line"),
    [
        (
            *("", "2026-12-25T06:30+13:00"),
            "column collect_from: expected both ends of the time to collect, or neither, got an empty cell",
        ),
        (
            *("2026-12-24T22:00+13:00", ""),
            "column collect_until: expected both ends of the time to collect, or neither, got an empty cell",
        ),
        (
            *("2026-12-24T22:00+13:00", "2026-12-24T09:00Z"),
            "column collect_until: expected a time after collect_from, got one at or before it",
        ),
        (
            *("2026-12-32T22:00+13:00", "2026-12-25T06:30+13:00"),
            "column collect_from: expected a date and time with its offset, such as 2026-12-24T22:00+13:00, "
            "got '2026-12-32T22:00+13:00'",
        ),
        (
            *("2026-12-24 22:00", "2026-12-25T06:30+13:00"),
            "column collect_from: expected a date and time with its offset, such as 2026-12-24T22:00+13:00, "
            "got a local time: 2026-12-24 22:00",
        ),
    ],
)
def test_what_is_no_time_to_collect_is_told_by_its_cell(office: Office, opens: str, closes: str, line: str) -> None:
    assert office.told(Kind.BOOKINGS, booked(opens, closes)) == [f"bookings.csv row 2, {line}"]


def test_a_column_that_is_there_twice_is_told(office: Office) -> None:
    sheet = good(Kind.BOOKINGS).replace('"booking"', '"booking","collect_from","collect_from","collect_until"', 1)
    assert "column collect_from: expected the column once, got it twice" in office.told(Kind.BOOKINGS, sheet)[0]


# --- as offices write it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "evening",
    [
        "24/12/2026 22:00",
        "24/12/2026 10:00 pm",
        "24/12/2026 10:00PM",
        "24/12/2026, 10:00 p.m.",
        "24-Dec-26 22:00",
        "24 December 2026 22:00:00",
        "2026-12-24 22:00",
        "2026-12-24T22:00",
        "2026-12-24T22:00+13:00",
        "2026-12-24T22:00+1300",
        "2026-12-24 22:00 +13",
        "2026-12-24T09:00Z",
        "24/12/2026 09:00z",
        "2026-12-24T09:00-00:00",
    ],
)
def test_times_are_taken_as_new_zealand_writes_them_and_as_iso_8601_does_with_and_without_offset(
    office: Office, evening: str
) -> None:
    office.bring_sheet(Kind.BOOKINGS, booked(evening, "25/12/2026 6:30 am"), HERE)
    assert window(office) == CollectionWindow(EVENING, MORNING)
    assert b"2026-12-24T22:00+13:00,2026-12-25T06:30+13:00\n" in stored(office)
    again = Office(office.folder / "again")
    again.folder.mkdir()
    again.bring(Kind.BOOKINGS, stored(office))
    assert stored(again) == stored(office)


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("24/12/2026", "expected a date and time, got a date without a time: '24/12/2026'"),
        ("2026-12-24", "expected a date and time, got a date without a time: '2026-12-24'"),
        ("24 Dec 2026", "expected a date and time, got a date without a time: '24 Dec 2026'"),
        ("22:00", "such as 2026-12-24T22:00+13:00, got '22:00'"),
        ("12/24/2026 22:00", "such as 2026-12-24T22:00+13:00, got '12/24/2026 22:00'"),
        ("24/12/2026 24:00", "such as 2026-12-24T22:00+13:00, got '24/12/2026 24:00'"),
        ("24/12/2026 13:00 pm", "such as 2026-12-24T22:00+13:00, got '24/12/2026 13:00 pm'"),
        ("24/12/2026 0:30 am", "such as 2026-12-24T22:00+13:00, got '24/12/2026 0:30 am'"),
        ("24/12/2026 22:00+99", "such as 2026-12-24T22:00+13:00, got '24/12/2026 22:00+99'"),
        ("24/12/2026 22:00+13:75", "such as 2026-12-24T22:00+13:00, got '24/12/2026 22:00+13:75'"),
        ("0001-01-01 00:00", "such as 2026-12-24T22:00+13:00, got '0001-01-01"),
        ("Friday night", "such as 2026-12-24T22:00+13:00, got 'Friday night'"),
        (
            "27/09/2026 02:30",
            "expected a time that there is, got 2026-09-27 02:30, which clocks leave out that night",
        ),
        (
            "05/04/2026 02:30",
            "expected a date and time with its offset, such as 2026-12-24T22:00+13:00, got 2026-04-05 02:30, "
            "which comes twice that night: say +13:00 or +12:00 behind it",
        ),
    ],
)
def test_a_time_that_is_none_or_not_sure_is_told(office: Office, cell: str, fault: str) -> None:
    (line,) = office.told(Kind.BOOKINGS, booked(cell, "2035-12-25 06:30"), HERE)
    assert line.startswith("bookings.csv row 2, column collect_from: expected ")
    assert fault in line


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("05/04/2026 02:30 +13:00", datetime(2026, 4, 4, 13, 30, tzinfo=UTC)),
        ("05/04/2026 02:30 +12:00", datetime(2026, 4, 4, 14, 30, tzinfo=UTC)),
        ("05/04/2026 01:59", datetime(2026, 4, 4, 12, 59, tzinfo=UTC)),
        ("05/04/2026 03:00", datetime(2026, 4, 4, 15, 0, tzinfo=UTC)),
        ("27/09/2026 01:59", datetime(2026, 9, 26, 13, 59, tzinfo=UTC)),
        ("27/09/2026 03:00", datetime(2026, 9, 26, 14, 0, tzinfo=UTC)),
    ],
)
def test_around_a_change_of_clocks_a_time_that_is_sure_is_taken(office: Office, cell: str, instant: datetime) -> None:
    office.bring_sheet(Kind.BOOKINGS, booked(cell, "2035-12-25 06:30"), HERE)
    found = window(office)
    assert found is not None
    assert found.opens == instant


@given(st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2060-01-01")))
def test_whatever_is_taken_without_an_offset_is_the_one_instant_that_this_local_time_is(local: datetime) -> None:
    local = local.replace(second=0, microsecond=0)
    instants = {
        each
        for hours in (11, 12, 13, 14)
        for each in ((local - timedelta(hours=hours)).replace(tzinfo=UTC),)
        if each.astimezone(AUCKLAND).replace(tzinfo=None, fold=0) == local
    }
    if len(instants) == 1:
        taken = in_zone(local, AUCKLAND)
        assert instants == {taken.astimezone(UTC)}
        assert instant_or_none(said(taken)) == taken
    else:
        with pytest.raises(BadCell) as caught:
            in_zone(local, AUCKLAND)
        assert ("twice" in caught.value.got) is (len(instants) == 2)


def test_columns_of_the_offices_own_names_are_read_and_must_then_be_there(office: Office) -> None:
    settings = replace(HERE, columns={"collect_from": "Gate from", "collect_until": "Gate to"})
    sheet = booked("24/12/2026 22:00", "25/12/2026 06:30")
    named = sheet.replace("collect_from", "Gate from").replace("collect_until", "Gate to")
    office.bring_sheet(Kind.BOOKINGS, named, settings)
    assert window(office) == CollectionWindow(EVENING, MORNING)
    lines = office.told(Kind.BOOKINGS, "Week 52\n" + good(Kind.BOOKINGS), settings)
    assert [line.partition("expected ")[2] for line in lines] == [
        "the column, got none that the sheet calls 'Gate from'",
        "the column, got none that the sheet calls 'Gate to'",
    ]


def test_of_an_offices_sheet_without_them_the_columns_are_not_made_up(office: Office) -> None:
    titled = "Week 52\n" + good(Kind.BOOKINGS)
    office.bring_sheet(Kind.BOOKINGS, titled, HERE)
    assert stored(office).startswith(b"load_id,mode,unit,seal_type,seal_number,goods,operator_id,booking\n")


def test_a_dry_run_tells_that_a_time_to_collect_came_or_moved(office: Office) -> None:
    office.bring(Kind.BOOKINGS, good(Kind.BOOKINGS))
    changes = office.bring_sheet(
        Kind.BOOKINGS, booked("24/12/2026 22:00", "25/12/2026 06:30"), HERE, dry_run=True, seal_types=SEAL_TYPES
    ).changes
    assert [str(each) for each in changes] == [
        "row 2: changed: load_id 'L1': collect_from an empty cell -> '2026-12-24T22:00+13:00'; "
        "collect_until an empty cell -> '2026-12-25T06:30+13:00'"
    ]


# --- workbooks ------------------------------------------------------------------------------------------

WITH_TIME, WITHOUT = "dd/mm/yyyy hh:mm", 'dd/mm/yyyy "(hand it over)"'


def workbook(path: Path, opens: object, number_format: str) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(COLUMNS)
    first = ROWS[Kind.BOOKINGS][0]
    sheet.append([*(first[name] for name in COLUMNS[:8]), opens, datetime.fromisoformat("2026-12-25T06:30:00")])
    sheet["I2"].number_format = number_format
    sheet["J2"].number_format = WITH_TIME
    book.save(path)
    return path


def test_a_workbooks_own_times_are_taken_to_the_second(office: Office, tmp_path: Path) -> None:
    opens = datetime.fromisoformat("2026-12-24T22:00:00")
    office.bring_sheet(Kind.BOOKINGS, workbook(tmp_path / "b.xlsx", opens, WITH_TIME), HERE)
    assert window(office) == CollectionWindow(EVENING, MORNING)


@pytest.mark.parametrize(
    ("opens", "number_format", "fault"),
    [
        (datetime.fromisoformat("2026-12-24T00:00:00"), "dd/mm/yyyy", "a date without a time: 2026-12-24"),
        (datetime.fromisoformat("2026-12-24T22:00:00"), WITHOUT, "a date without a time: 2026-12-24"),
        (46015.5, "0.00", "a number that is not shown as a date; have the column as dates with times"),
        (True, "General", "true or false; have the column as dates with times"),
        (datetime.fromisoformat("2026-04-05T02:30:00"), WITH_TIME, "2026-04-05 02:30, which comes twice that night"),
    ],
)
def test_what_a_workbooks_cell_does_not_show_is_not_guessed(
    office: Office, tmp_path: Path, opens: object, number_format: str, fault: str
) -> None:
    (line,) = office.told(Kind.BOOKINGS, workbook(tmp_path / "b.xlsx", opens, number_format), HERE)
    assert fault in line


def test_midnight_is_a_time_where_the_cell_shows_one(office: Office, tmp_path: Path) -> None:
    opens = datetime.fromisoformat("2026-12-24T00:00:00")
    office.bring_sheet(Kind.BOOKINGS, workbook(tmp_path / "b.xlsx", opens, WITH_TIME), HERE)
    found = window(office)
    assert found is not None
    assert found.opens == datetime(2026, 12, 23, 11, 0, tzinfo=UTC)


def test_a_number_is_no_time() -> None:
    with pytest.raises(BadCell):
        plain(Number(7), Holds.INSTANT, AUCKLAND)


def test_the_sites_own_zone_is_that_of_its_sheets() -> None:
    site = parse_site(LEAST + '[import.bookings]\nsheet = "Week 5"\n')
    assert site.sheet_of("bookings") == SheetSettings(sheet="Week 5", zone=AUCKLAND)
    assert site.sheet_of("drivers") == HERE
