"""An evacuation: a name goes off the list because a person was seen; what stood partly loaded is repacked (9.1)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.console.gatehouse_told import PersonRow
from kiosk.gatehouse.evacuation import MOST_UNITS, EvacuationBook
from kiosk.gatehouse.recorded import Refused
from tests.core.samples import NOON
from tests.gatehouse.diary import HANA, TAMA, Diary, said_again

UNIT, OTHER = "CSQU3054383", "TASU1170000"


def person(key: str, what: str = "driver") -> PersonRow:
    return PersonRow(f"{what} {key}", what, key.upper(), "Hāwera Heavy Haulage", NOON - timedelta(hours=1), "held")


A, B, C = person("a"), person("b", "visitor"), person("c", "staff")


class Alarm(Diary):
    """A diary with a book of evacuations, and who is on site as a test says."""

    def __init__(self, *here: PersonRow) -> None:
        self.book, self.here = EvacuationBook(), list(here)
        super().__init__(self.book)

    def begin(self) -> int:
        return self.write(self.book.begin("smoke in the cool store", self.here, HANA))

    def see(self, key: str) -> int:
        return self.write(self.book.see(key, self.here, TAMA))

    def unsee(self, key: str) -> int:
        return self.write(self.book.unsee(key, self.here, HANA))

    def end(self, *units: str) -> int:
        return self.write(self.book.end(units, self.here, HANA))

    @property
    def called(self) -> dict[str, bool]:
        return {each.key: each.safe for each in self.book.people(self.here)}


def test_the_list_is_who_was_on_site_when_it_began_and_who_came_since() -> None:
    alarm = Alarm(A, B)
    assert alarm.book.told(alarm.here).evacuation is None
    begun = alarm.begin()
    assert [each["key"] for each in alarm.last["people"]] == ["driver a", "visitor b"]
    assert (alarm.last["reason"], alarm.last["staff_name"]) == ("smoke in the cool store", "Hana Whaanga")
    alarm.here = [B, C]  # the gate saw a leave, and c signed on
    assert alarm.called == {"driver a": False, "visitor b": False, "staff c": False}
    alarm.see("driver a")
    assert alarm.last == {
        "evacuation": begun, "key": "driver a", "name": "A", "staff": "S02", "staff_name": "Tama Reti",
    }  # fmt: skip
    alarm.see("staff c")
    assert alarm.called == {"driver a": True, "visitor b": False, "staff c": True}
    told = alarm.book.told(alarm.here)
    assert (told.evacuation, told.to_repack) == (alarm.moment.utc, ())


def test_a_visitor_who_is_checked_while_people_are_called_is_told_as_checked_and_a_driver_as_at_the_beginning() -> None:
    alone = replace(B, visitor=7, unchecked=True)
    alarm = Alarm(A, alone)
    alarm.begin()
    alarm.here = [replace(A, detail="another visit"), replace(alone, unchecked=False, badge="V7")]
    alarm.see(B.key)
    assert alarm.book.people(alarm.here) == (A, replace(alone, unchecked=False, badge="V7", safe=True))
    alarm.here = []  # signed out: still called as they stood when it began
    assert alarm.book.people(alarm.here) == (A, replace(alone, safe=True))


def test_who_was_ticked_by_mistake_is_missing_again_and_both_entries_stand() -> None:
    alarm = Alarm(A, B)
    begun = alarm.begin()
    alarm.see(A.key)
    alarm.see(B.key)
    alarm.unsee(A.key)
    assert alarm.last == {
        "evacuation": begun, "key": "driver a", "name": "A", "staff": "S01", "staff_name": "Hana Whaanga",
    }  # fmt: skip
    assert [entry.kind for entry in alarm.entries[1:]] == ["evacuation-seen", "evacuation-seen", "evacuation-unseen"]
    assert alarm.called == {"driver a": False, "visitor b": True}
    alarm.see(A.key)
    assert alarm.called == {"driver a": True, "visitor b": True}
    alarm.unsee(B.key)
    alarm.end()
    assert [each["key"] for each in alarm.last["missing"]] == ["visitor b"]


def test_who_was_never_seen_is_named_at_the_end_and_what_stood_partly_loaded_waits() -> None:
    alarm = Alarm(A, B)
    begun = alarm.begin()
    alarm.see("driver a")
    alarm.end("csqu 305438-3", UNIT, "uld-7701")
    assert alarm.last["missing"] == [
        {"key": "visitor b", "what": "visitor", "name": "B", "company": "Hāwera Heavy Haulage"}
    ]
    assert alarm.last["partly_loaded"] == [UNIT, "ULD-7701"]
    assert alarm.book.now is None
    assert alarm.called == {"driver a": False, "visitor b": False}
    assert list(alarm.book.to_repack) == [UNIT, "ULD-7701"]
    alarm.write(alarm.book.repacked(" csqu3054383 ", "emptied, looked through and packed anew", TAMA))
    assert (alarm.last["unit"], alarm.last["evacuation"]) == (UNIT, begun)
    assert list(alarm.book.to_repack) == ["ULD-7701"]
    with pytest.raises(Refused, match="one that waits to be repacked"):
        alarm.book.repacked(UNIT, "again", TAMA)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("CSQU3054384", "check digit 3 for CSQU305438"),
        ("CSQU305438", "a container number"),
        ("CSQU30543833", "a container number"),
        ("?", "a container number (4 letters, 7 digits) or a package number"),
    ],
)
def test_a_number_with_a_slip_in_it_is_not_recorded_for_something_else(number: str, words: str) -> None:
    alarm = Alarm(A)
    alarm.begin()
    with pytest.raises(Refused) as refused:
        alarm.end(UNIT, number)
    assert words in str(refused.value)
    assert number.lower() in str(refused.value).lower()
    assert alarm.book.now is not None


def test_what_cannot_be_done_is_refused() -> None:
    alarm = Alarm(A)
    with pytest.raises(Refused, match="begin one first"):
        alarm.see("driver a")
    with pytest.raises(Refused, match="begin one first"):
        alarm.unsee("driver a")
    with pytest.raises(Refused, match="begin one first"):
        alarm.end()
    with pytest.raises(Refused, match="why everybody leaves"):
        alarm.book.begin(" ", alarm.here, HANA)
    alarm.begin()
    with pytest.raises(Refused, match="one that is on since entry 1"):
        alarm.begin()
    with pytest.raises(Refused, match="somebody of the list, got 'driver z'"):
        alarm.see("driver z")
    with pytest.raises(Refused, match="somebody of the list, got 'driver z'"):
        alarm.unsee("driver z")
    with pytest.raises(Refused, match="somebody who was ticked off, got A; nothing is left to do"):
        alarm.unsee("driver a")
    alarm.see("driver a")
    with pytest.raises(Refused, match="nothing is left to do"):
        alarm.see("driver a")
    with pytest.raises(Refused, match="at most 200 numbers"):
        alarm.end(*(f"PKG-{number}" for number in range(MOST_UNITS + 1)))
    alarm.end(UNIT)
    with pytest.raises(Refused, match="footage reviewed"):
        alarm.book.repacked(UNIT, "", HANA)


def test_entries_without_an_evacuation_change_nothing() -> None:
    alarm = Alarm()
    alarm.add("evacuation-seen", {"key": "driver a"})
    alarm.add("evacuation-unseen", {"key": "driver a"})
    alarm.add("container-repacked", {"unit": UNIT})
    alarm.add("uplift", {})
    assert alarm.book.statement() == EvacuationBook.from_json(None).statement()


@given(st.data(), st.integers(1, 30))
def test_a_book_made_of_its_statement_is_the_same_book_and_nobody_is_safe_who_was_not_seen(
    data: st.DataObject, steps: int
) -> None:
    def pick(*choices: Any) -> Any:
        return data.draw(st.sampled_from(choices))

    alarm, everybody = Alarm(A), (A, B, C)
    seen, called = set[str](), set[str]()
    for _ in range(steps):
        alarm.here = [each for each in everybody if pick(True, False)]
        doing = pick("see", "see", "unsee", "end", "repack")
        if alarm.book.now is None and doing != "repack":
            alarm.begin()
            seen, called = set(), set()
        elif doing == "see" and (waiting := [key for key, safe in alarm.called.items() if not safe]):
            seen.add(key := pick(*waiting))
            alarm.see(key)
        elif doing == "unsee" and (ticked := [key for key, safe in alarm.called.items() if safe]):
            seen.remove(key := pick(*ticked))
            alarm.unsee(key)
        elif doing == "end":
            still = {key for key, safe in alarm.called.items() if not safe}
            alarm.end(*pick((), (UNIT,), (OTHER, "ULD-7701")))
            assert {each["key"] for each in alarm.last["missing"]} == still
        elif doing == "repack" and alarm.book.to_repack:
            alarm.write(alarm.book.repacked(pick(*alarm.book.to_repack), "looked through", TAMA))
        if alarm.book.now is not None:
            called |= {each.key for each in alarm.book.now.people}
            assert {key for key, safe in alarm.called.items() if safe} <= seen
            assert called <= set(alarm.called)
    book = EvacuationBook()
    for entry in alarm.entries:
        book = EvacuationBook.from_json(said_again(book.statement()))
        book.apply(entry)
    assert book.statement() == alarm.book.statement()
    assert book.told(alarm.here) == alarm.book.told(alarm.here)
