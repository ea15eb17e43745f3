"""Who is on site: drivers by name and company, visitors, staff on duty, the longest first."""

import pytest
from msgspec.structs import replace

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.duty import DutyBook
from kiosk.core.effects import EntryKind
from kiosk.core.records import Records
from kiosk.core.roster import OnSite, Roster
from kiosk.core.times import ClockState, Moment
from kiosk.core.visitor_form import SignIn
from kiosk.gatehouse.people import LongStays, OnDuty, on_site, staff_to_call
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


def signed_on(since: Moment) -> DutyBook:
    duty = DutyBook()
    duty.apply(EntryKind.STAFF_SIGNED_ON.value, {"staff": "S01", "name": "Hana Whaanga", "how": "badge"}, since)
    return duty


NEXT_BOOT = replace(at(2 * HOUR), boot="boot-2", monotonic=3.0)


@pytest.mark.parametrize(
    ("since", "now", "sure"),
    [
        (at(), at(13 * HOUR), True),
        (at(), NEXT_BOOT, True),
        (at(), replace(NEXT_BOOT, clock=ClockState.DOUBTFUL), False),
        (replace(at(), clock=ClockState.DOUBTFUL), NEXT_BOOT, False),
        (at(3 * HOUR), NEXT_BOOT, False),
    ],
    ids=["in the shift", "known over a restart", "clock in doubt now", "clock in doubt then", "still to come"],
)
def test_staff_are_called_unless_it_is_sure_that_they_are_gone(since: Moment, now: Moment, sure: bool) -> None:
    called = staff_to_call(signed_on(since), now, 14)
    assert called == (OnDuty("S01", "Hana Whaanga", since, sure),)
    (row,) = on_site((), (), called, RECORDS, now, LONG)
    assert row.detail == ("on duty" if sure else "signed on; no clock can tell whether still on duty")


@pytest.mark.parametrize("now", [at(14 * HOUR), replace(at(15 * HOUR), boot="boot-2", monotonic=3.0)])
def test_whose_sign_on_has_lapsed_by_clocks_that_can_be_trusted_is_not_called(now: Moment) -> None:
    assert staff_to_call(signed_on(at()), now, 14) == ()


def test_a_doubtful_clock_hides_nobody_within_one_run_of_the_machine() -> None:
    since, now = (replace(at(hours * HOUR), clock=ClockState.DOUBTFUL) for hours in (0, 1))
    assert [each.sure for each in staff_to_call(signed_on(since), now, 14)] == [True]
    assert staff_to_call(signed_on(since), replace(now, monotonic=now.monotonic + 14 * HOUR), 14) == ()


def test_a_driver_of_an_operator_that_the_records_lack_is_named_with_its_id() -> None:
    driver = next(iter(RECORDS.drivers()))

    (row,) = on_site(
        [OnSite("v", driver.driver_id, at())], (), (), Records(drivers=[replace(driver, operator_id="X9")]), at(), LONG
    )
    assert (row.name, row.company) == (driver.name, "X9")
    assert isinstance(row, PersonRow)
