"""The register extract: what clause 8.6 asks of each seal, and no line that shows a seal number."""

from datetime import date

import pytest

from kiosk.core.seals import SealNumber
from kiosk.core.units import ContainerNumber
from kiosk.register.kinds import Kind
from kiosk.register.seals import RegisteredSeal
from tests.register.sheets import ROWS, SEAL_TYPES, WIDEST, Office, changed, csv_text, good

REGISTER = Kind.REGISTER
WHOLE = "expected date, container and person of a seal that was applied, or none of the three, got an empty cell"


def test_the_seals_of_the_register_are_loaded_with_what_it_says_of_each(office: Office) -> None:
    assert office.store.load(SEAL_TYPES).register == ()
    report = office.bring(REGISTER, good(REGISTER))
    assert (report.rows, report.stored_as, report.remarks) == (2, "register.csv", ())
    received, bolt = date(2026, 1, 31), SEAL_TYPES["bolt"]
    assert office.store.load(SEAL_TYPES).register == (
        RegisteredSeal(
            SealNumber("NZB000001"), bolt, received, date(2026, 2, 3), ContainerNumber("CSQU3054383"), "Hana Whaanga"
        ),
        RegisteredSeal(SealNumber("NZB000002"), bolt, received, None, None, ""),
    )


@pytest.mark.parametrize(
    ("row", "cells", "lines"),
    [
        (2, {"applied": ""}, [f"row 2, column applied: {WHOLE}"]),
        (2, {"unit": ""}, [f"row 2, column unit: {WHOLE}"]),
        (2, {"applied_by": ""}, [f"row 2, column applied_by: {WHOLE}"]),
        (3, {"applied_by": "Hana"}, [f"row 3, column applied: {WHOLE}", f"row 3, column unit: {WHOLE}"]),
        (
            2,
            {"applied": "2026-01-30"},
            ["row 2, column applied: expected 2026-01-31 (received) or later, got 2026-01-30"],
        ),
        (
            2,
            {"unit": "CSQU3054384"},
            ["row 2, column unit: expected check digit 3 for CSQU305438, got 4"],
        ),
        (3, {"received": ""}, ["row 3, column received: expected a date such as 2027-06-30, got an empty cell"]),
        (3, {"seal_type": "rope"}, ["row 3, column seal_type: expected bolt or sticker, got 'rope'"]),
        (
            3,
            {"seal_number": "nzb 000001"},
            ["row 3, column seal_number: expected each seal once, got the same as in row 2"],
        ),
        (
            3,
            {"seal_number": "SECRET77"},
            ["row 3, column seal_number: expected a number of a bolt seal, got 8 characters that are none"],
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_row_and_column(
    office: Office, row: int, cells: dict[str, str], lines: list[str]
) -> None:
    assert office.refused(REGISTER, changed(REGISTER, row, **cells)) == [f"register.csv {line}" for line in lines]


def test_a_load_under_a_seal_that_the_register_has_on_another_container_is_remarked(office: Office) -> None:
    office.bring_all()
    booked = changed(Kind.BOOKINGS, 2, seal_number="NZB000001", unit="TASU1170000")
    assert office.bring(Kind.BOOKINGS, booked).remarks == (
        "bookings.csv row 2, column seal_number: register.csv row 2 has this seal on CSQU3054383, "
        "the load is TASU1170000; see which of them is right",
    )
    for seal, unit in (("NZB000001", "CSQU3054383"), ("NZB000002", "TASU1170000")):
        assert office.bring(Kind.BOOKINGS, changed(Kind.BOOKINGS, 2, seal_number=seal, unit=unit)).remarks == ()


@pytest.mark.parametrize(("number", "lost"), [("123", True), ("123456789", False), ("12345X", False), ("", False)])
def test_zeros_are_called_lost_only_where_some_would_make_a_seal_number(
    office: Office, number: str, lost: bool
) -> None:
    rows = [{**ROWS[REGISTER][1], "seal_type": "digits", "seal_number": number}]
    (line,) = office.told(REGISTER, csv_text(rows, WIDEST[REGISTER]))
    assert ("a spreadsheet dropped it" in line) is lost
    assert number not in line or not number
