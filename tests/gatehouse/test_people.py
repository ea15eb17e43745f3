"""Who is on site: drivers by name and company, visitors, staff on duty, the longest first."""

import pytest
from msgspec.structs import replace

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.effects import EntryKind
from kiosk.core.records import Records
from kiosk.core.roster import OnSite, Roster
from kiosk.core.visitor_form import SignIn
from kiosk.gatehouse.people import LongStays, OnDuty, on_site
from kiosk.gatehouse.visitors import VisitorBook
from tests.core.samples import RECORDS, at
from tests.gatehouse.diary import HANA, HOUR, Diary

LONG = LongStays(drivers_h=12, visitors_h=10)


def test_everyone_is_on_the_list_the_longest_first() -> None:
    book, roster = VisitorBook(), Roster()
    diary = Diary(book)
    diary.now = HOUR
    who = SignIn("Mere Kahu", "Chiller Co", "Hana Whaanga", "the chiller", contractor=True, inducted=True)
    diary.write(book.sign_in(who, HANA))
    driver = next(iter(RECORDS.drivers()))
    roster.apply(EntryKind.VISIT_OPENED.value, {"visit": "v1", "driver": driver.driver_id}, at(2 * HOUR))
    roster.apply(EntryKind.VISIT_OPENED.value, {"visit": "v2", "driver": "D999"}, at(3 * HOUR))
    now = at(12 * HOUR)
    rows = on_site(roster.everyone(), book.rows(now, 10), [OnDuty("S01", "Hana Whaanga", at())], RECORDS, now, LONG)
    operator = RECORDS.operator(driver.operator_id)
    assert operator is not None
    assert [(each.key, each.what, each.name, each.company, each.long) for each in rows] == [
        ("staff S01", "staff", "Hana Whaanga", "", True),
        ("visitor 1", "contractor", "Mere Kahu", "Chiller Co", True),
        (f"driver {driver.driver_id}", "driver", driver.name, operator.name, False),
        ("driver D999", "driver", "D999", "", False),
    ]
    assert [each.since for each in rows] == [at().utc, at(HOUR).utc, at(2 * HOUR).utc, at(3 * HOUR).utc]


@pytest.mark.parametrize(
    ("stay", "detail"),
    [
        (OnSite("v", "d", at()), "at the kiosk"),
        (OnSite("v", "d", at(), uplifted=True), "took a load; at the kiosk"),
        (OnSite("v", "d", at(), ended=True, uplifted=True), "took a load; exit not seen"),
        (OnSite("v", "d", at(), ended=True), "exit not seen"),
        (OnSite("v", "d", at(), ended=True, held=True), "held"),
    ],
)
def test_how_a_drivers_visit_stands_is_told(stay: OnSite, detail: str) -> None:
    (row,) = on_site([stay], (), (), RECORDS, at(12 * HOUR), LONG)
    assert row.detail == detail
    assert row.long


def test_a_driver_of_an_operator_that_the_records_lack_is_named_with_its_id() -> None:
    driver = next(iter(RECORDS.drivers()))

    (row,) = on_site(
        [OnSite("v", driver.driver_id, at())], (), (), Records(drivers=[replace(driver, operator_id="X9")]), at(), LONG
    )
    assert (row.name, row.company) == (driver.name, "X9")
    assert isinstance(row, PersonRow)
