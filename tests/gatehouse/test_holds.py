"""Holds: which trucks are held, who may end that and by what, and that the book is the same after a start."""

from typing import Any

import pytest

from kiosk.core.effects import Json
from kiosk.core.staff_place import LONGEST_WORD
from kiosk.gatehouse import holds
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.holds import LONGEST_REASON, HoldBook
from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.roles import Role
from tests.gatehouse.diary import Diary, said_again

HANA, TAMA = Actor("S01", "Hana Whaanga", Role.GATEHOUSE), Actor("S02", "Tama Pene", Role.GATEHOUSE)
CHECKS = [{"unit": "CSQU3054383", "seal_number": "NZ1"}, {"unit": "ULD-7701", "seal_number": None}]


def hold(visit: str = "v1", driver: str = "D101", reason: str = "SEAL_DAMAGED") -> dict[str, Any]:
    names = {"driver_name": "Aroha Ngata", "operator_name": "Harbour Haulage"}
    return {"visit": visit, "driver": driver, "reason": reason, "clause": "8.10", "checks": CHECKS} | names


@pytest.fixture
def diary() -> Diary:
    diary = Diary(HoldBook())
    diary.add("hold", hold())
    return diary


def book(diary: Diary) -> HoldBook:
    (held,) = diary.books
    assert isinstance(held, HoldBook)
    return held


def test_a_hold_is_shown_with_what_the_driver_gave_and_who_is_at_the_kiosk(diary: Diary) -> None:
    (row,) = holds.rows(book(diary), "v1", "wait")
    assert (row.visit, row.entry, row.since) == ("v1", 1, diary.moment.utc)
    assert (row.driver, row.operator, row.clause) == ("Aroha Ngata", "Harbour Haulage", "8.10")
    assert (row.units, row.seals) == (("CSQU3054383", "ULD-7701"), ("NZ1", ""))
    assert (row.at_kiosk, row.message, row.replaceable) == (True, "wait", True)
    assert (holds.rows(book(diary), "v2", "wait")[0].at_kiosk, holds.rows(book(diary), "", "")[0].message) == (
        False,
        "",
    )


def test_the_newest_comes_first_and_only_a_seal_that_was_found_wanting_can_be_replaced(diary: Diary) -> None:
    diary.add("hold", hold("v2", "D102", "LOAD_UNKNOWN"))
    assert [(row.visit, row.replaceable) for row in holds.rows(book(diary), "", "")] == [("v2", False), ("v1", True)]


@pytest.mark.parametrize("ends", ["hold-released", "hold-turned-away"])
def test_a_hold_ends_by_its_entry_and_no_other(diary: Diary, ends: str) -> None:
    diary.add(ends, {"visit": "v9"})
    diary.add("uplift", {"visit": "v1"})
    assert [held.visit for held in book(diary).holds()] == ["v1"]
    diary.add(ends, {"visit": "v1"})
    assert book(diary).holds() == ()


@pytest.mark.parametrize("kind", ["pin-asked", "visit-opened"])
def test_who_begins_anew_is_held_no_more_and_others_are(diary: Diary, kind: str) -> None:
    diary.add("hold", hold("v2", "D102"))
    diary.add(kind, {"visit": "v3", "driver": "D101"})
    assert [held.visit for held in book(diary).holds()] == ["v2"]


def test_a_release_takes_a_reason_and_a_second_person_who_are_not_the_driver(diary: Diary) -> None:
    wanted = holds.release(book(diary), HANA, TAMA, "v1", "  old paint,\n no damage ")
    assert wanted.kind == "hold-released"
    assert wanted.body == {
        "visit": "v1", "hold": 1, "clause": "8.10", "note": "old paint, no damage",
        "staff": "S01", "staff_name": "Hana Whaanga", "second": "S02", "second_name": "Tama Pene",
    }  # fmt: skip
    driver = Actor("D101", "Aroha Ngata", Role.GATEHOUSE)
    for actor, second, visit, reason, line in (
        (HANA, HANA, "v1", "fine", "a second person"),
        (HANA, TAMA, "v1", " ", "a reason of 1 to"),
        (HANA, TAMA, "v1", "x" * (LONGEST_REASON + 1), "a reason of 1 to"),
        (HANA, TAMA, "v9", "fine", "somebody was quicker"),
        (driver, TAMA, "v1", "fine", "not the driver"),
        (HANA, driver, "v1", "fine", "not the driver"),
    ):
        with pytest.raises(Refused, match=line):
            holds.release(book(diary), actor, second, visit, reason)


def test_a_release_after_another_seal_names_both(diary: Diary) -> None:
    seal: dict[str, Json] = {"old": "NZ1", "new": "NZ2", "entry": 7}
    wanted = holds.release_after(book(diary), HANA, TAMA, "v1", "replaced", seal)
    assert (wanted.kind, wanted.body["seal"]) == ("hold-released", seal)


def test_a_truck_is_turned_away_by_one_person_with_a_reason(diary: Diary) -> None:
    wanted = holds.turn_away(book(diary), HANA, "v1", "wrong load")
    assert (wanted.kind, wanted.body["note"], wanted.body["hold"]) == ("hold-turned-away", "wrong load", 1)
    for visit, reason in (("v9", "wrong load"), ("v1", "")):
        with pytest.raises(Refused):
            holds.turn_away(book(diary), HANA, visit, reason)


def test_words_to_the_driver_are_one_line_that_fits_the_screen() -> None:
    said = holds.speak(HANA, " Please\n wait ", "v1")
    assert (said.kind, said.body) == ("staff-spoke", {"staff": "S01", "text": "Please wait", "visit": "v1"})
    assert holds.speak(HANA, "", "").body == {"staff": "S01", "text": "", "visit": None}
    assert holds.speak(HANA, "x" * LONGEST_WORD, "").kind == "staff-spoke"
    with pytest.raises(Refused, match="two rows"):
        holds.speak(HANA, "x" * (LONGEST_WORD + 1), "")


def test_the_book_is_the_same_after_a_start(diary: Diary) -> None:
    diary.add("hold", hold("v2", "D102"))
    again = HoldBook.from_json(said_again(book(diary).statement()))
    assert again.holds() == book(diary).holds()
    assert HoldBook.from_json(None).holds() == ()
