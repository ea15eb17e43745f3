"""Visitors and contractors: nobody is on site unseen, nobody is forgotten, and badges come back or are missed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.visitor_form import SignIn, SignOut
from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.visitors import MOST_BADGES, VisitorBook
from tests.gatehouse.diary import HANA, TAMA, Diary, said_again

MERE = SignIn("Mere Kahu", "Chiller Co", "Hana Whaanga", "service of the chiller", contractor=False, inducted=False)
BUILDER = replace(MERE, name="Ian Boyd", company="Boyd & Sons", contractor=True, inducted=True)


class Lodge(Diary):
    """A diary with a book of visitors."""

    def __init__(self) -> None:
        self.book = VisitorBook()
        super().__init__(self.book)

    def comes(self, who: SignIn = MERE, *, alone: bool = False) -> int:
        return self.write(self.book.sign_in(who, None if alone else HANA))

    def leaves(self, visitor: int, *, returned: bool = True) -> int:
        return self.write(self.book.sign_out(visitor, TAMA, badge_returned=returned))

    def checks(self, visitor: int, badge: str = "", *, inducted: bool = False) -> int:
        return self.write(self.book.check(visitor, badge, HANA, inducted=inducted))

    @property
    def rows(self) -> list[PersonRow]:
        return list(self.book.rows(self.moment, 12.0))

    @property
    def lent(self) -> list[str]:
        return [each.badge for each in self.book.badges()]


@pytest.fixture
def lodge() -> Lodge:
    return Lodge()


def test_who_signs_in_is_on_site_with_all_that_clause_3_1_asks_for(lodge: Lodge) -> None:
    number = lodge.comes(replace(MERE, name="  Mere   Kahu ", badge=" v12 "))
    assert lodge.last == {
        "name": "Mere Kahu",
        "company": "Chiller Co",
        "host": "Hana Whaanga",
        "purpose": "service of the chiller",
        "contractor": False,
        "inducted": False,
        "badge": "V12",
        "checked": True,
        "clause": "3.1",
        "by": "S01",
        "by_name": "Hana Whaanga",
    }
    (row,) = lodge.rows
    assert (row.key, row.what, row.visitor, row.badge) == (f"visitor {number}", "visitor", number, "V12")
    assert row.detail == "visits Hana Whaanga: service of the chiller; escort required"
    lodge.leaves(number)
    assert lodge.rows == []
    assert lodge.last["badge_returned"] is True
    assert lodge.lent == []


@pytest.mark.parametrize(
    ("contractor", "inducted", "alone", "escorted"),
    [
        (False, False, False, True),
        (False, True, False, True),
        (True, False, False, True),
        (True, True, False, False),
        (True, True, True, True),
    ],
)
def test_everybody_is_escorted_but_a_contractor_whose_induction_staff_have_seen_to(
    lodge: Lodge, contractor: bool, inducted: bool, alone: bool, escorted: bool
) -> None:
    number = lodge.comes(replace(MERE, contractor=contractor, inducted=inducted), alone=alone)
    assert lodge.book.visitor(number).escort is escorted
    assert lodge.last["clause"] == ("4.1" if contractor else "3.1")
    assert lodge.last["inducted"] is (contractor and inducted)
    assert ("escort required" in lodge.rows[0].detail) is escorted


def test_who_signs_in_alone_is_flagged_until_staff_have_seen_them(lodge: Lodge) -> None:
    number = lodge.comes(BUILDER, alone=True)
    assert (lodge.last["by"], lodge.last["checked"]) == ("kiosk", False)
    (row,) = lodge.rows
    assert row.unchecked
    assert row.detail.endswith("; signed in alone: identity not checked yet; says they were inducted")
    lodge.checks(number, "c7", inducted=True)
    assert lodge.last == {
        "visitor": number, "inducted": True, "badge": "C7", "by": "S01", "by_name": "Hana Whaanga",
    }  # fmt: skip
    (row,) = lodge.rows
    assert not row.unchecked
    assert row.detail == "visits Hana Whaanga: service of the chiller"
    assert lodge.book.leaving(SignOut("c7", "ian")).visitor == number
    other = lodge.comes(MERE, alone=True)
    lodge.checks(other, inducted=True)
    assert lodge.book.visitor(other).escort  # a visitor has no induction
    lodge.write(lodge.book.sign_out(other, None, badge_returned=False))
    assert lodge.last["by"] == "kiosk"


def test_who_was_seen_at_the_sign_in_or_checked_since_is_checked_by_nobody_else(lodge: Lodge) -> None:
    seen, alone = lodge.comes(MERE), lodge.comes(BUILDER, alone=True)
    assert [row.unchecked for row in lodge.rows] == [False, True]
    lodge.checks(alone, "C7", inducted=True)
    for number, name in ((seen, "Mere Kahu of Chiller Co"), (alone, "Ian Boyd of Boyd & Sons")):
        with pytest.raises(Refused, match=f"somebody who was not checked yet, got {name}, number {number}"):
            lodge.checks(number, "C8")
    with pytest.raises(Refused, match="the number of a visitor on site"):
        lodge.checks(99)


def test_a_contractor_who_claims_no_induction_is_said_to_have_none(lodge: Lodge) -> None:
    lodge.comes(replace(BUILDER, inducted=False), alone=True)
    assert lodge.rows[0].detail.endswith("not checked yet; says they were not inducted")
    lodge.comes(MERE, alone=True)
    assert lodge.rows[1].detail.endswith("not checked yet")  # a visitor has none


def test_a_stay_of_twelve_hours_is_long(lodge: Lodge) -> None:
    lodge.comes()
    lodge.later(hours=11, minutes=59)
    assert not lodge.rows[0].long
    lodge.later(minutes=1)
    assert lodge.rows[0].long


def test_a_badge_that_was_not_returned_is_listed_until_it_is_back(lodge: Lodge) -> None:
    number = lodge.comes(replace(MERE, badge="V1"))
    lodge.leaves(number, returned=False)
    assert [(each.badge, each.name, each.visitor) for each in lodge.book.badges()] == [("V1", "Mere Kahu", number)]
    with pytest.raises(Refused, match="the number of a visitor on site"):
        lodge.leaves(number, returned=False)
    lodge.leaves(number, returned=True)
    assert lodge.last == {
        "visitor": number, "badge": "V1", "badge_returned": True, "by": "S02", "by_name": "Tama Reti",
    }  # fmt: skip
    assert lodge.lent == []


def test_a_badge_that_is_lent_again_was_returned(lodge: Lodge) -> None:
    first, second = lodge.comes(replace(MERE, badge="V1")), lodge.comes(replace(BUILDER, badge="V2"))
    lodge.leaves(first, returned=False)
    lodge.leaves(second, returned=False)
    assert lodge.lent == ["V1", "V2"]
    lodge.comes(replace(MERE, badge="V1"))
    assert lodge.lent == ["V2"]
    lodge.checks(lodge.comes(BUILDER, alone=True), "V2")
    assert lodge.lent == []


def test_who_has_no_badge_gives_none_back(lodge: Lodge) -> None:
    lodge.leaves(lodge.comes(), returned=True)
    assert lodge.last["badge_returned"] is False
    lodge.leaves(lodge.comes(), returned=False)
    assert lodge.lent == []


def test_of_very_many_missing_badges_the_newest_are_remembered(lodge: Lodge) -> None:
    for number in range(MOST_BADGES + 5):
        lodge.leaves(lodge.comes(replace(MERE, badge=f"V{number}")), returned=False)
    assert lodge.lent == [f"V{number}" for number in range(5, MOST_BADGES + 5)]


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (replace(MERE, name=" "), "the visitor's name, got nothing"),
        (replace(MERE, company=""), "for whom they come, got nothing"),
        (replace(MERE, host=""), "whom they visit, who goes along with them, got nothing"),
        (replace(MERE, purpose="\n"), "what they come for, got nothing"),
        (replace(MERE, name="x" * 81), "at most 80 characters, got 81"),
        (replace(MERE, badge="B" * 21), "the badge's number in at most 20 characters"),
        (replace(MERE, purpose="\x00"), "as plain text"),
        (replace(MERE, name="\u202eereM"), "as plain text"),
    ],
)
def test_what_is_missing_or_no_text_is_refused_in_a_line(lodge: Lodge, who: SignIn, words: str) -> None:
    with pytest.raises(Refused) as refused:
        lodge.comes(who)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert lodge.entries == []


def test_nobody_is_on_site_twice_and_no_badge_is_worn_twice(lodge: Lodge) -> None:
    number = lodge.comes(replace(MERE, badge="V1"))
    with pytest.raises(Refused, match=f"Mere Kahu of Chiller Co, number {number}"):
        lodge.comes(replace(MERE, name="MERE kahu"))
    with pytest.raises(Refused, match="V1, which Mere Kahu of Chiller Co wears"):
        lodge.comes(replace(BUILDER, badge="v1"))
    other = lodge.comes(BUILDER, alone=True)
    with pytest.raises(Refused, match="take another badge"):
        lodge.checks(other, "V1")
    lodge.leaves(number)
    number = lodge.comes(replace(MERE, badge="V1"), alone=True)
    lodge.checks(number, "V1")  # its own


@pytest.mark.parametrize(
    ("keyed", "name", "leaves"),
    [
        ("v1", "MERE KAHU", "Mere Kahu"),
        ("V1", "kahu", "Mere Kahu"),
        ("2", "BOYD", "Ian Boyd"),
        ("V1", "BOYD", None),
        ("V9", "KAHU", None),
        ("V1", "KAHU BOYD", None),
        ("V1", " ", None),
        (" ", "KAHU", None),
        ("", "BOYD", None),
        ("V1", "KAH", None),
    ],
)
def test_who_signs_out_alone_says_a_number_and_a_name_that_belong_together(
    lodge: Lodge, keyed: str, name: str, leaves: str | None
) -> None:
    lodge.comes(replace(MERE, badge="V1"))
    assert lodge.comes(BUILDER) == 2
    if leaves is None:
        with pytest.raises(Refused, match="number and name of a visitor on site"):
            lodge.book.leaving(SignOut(keyed, name))
    else:
        assert lodge.book.leaving(SignOut(keyed, name)).name == leaves


def test_entries_about_nobody_change_nothing(lodge: Lodge) -> None:
    lodge.add("visitor-checked", {"visitor": 9, "inducted": True, "badge": ""})
    lodge.add("visitor-signed-out", {"visitor": 9, "badge_returned": False})
    lodge.add("uplift", {})
    assert lodge.book.statement() == VisitorBook().statement() == VisitorBook.from_json(None).statement()


@given(st.data(), st.integers(1, 40))
def test_a_book_made_of_its_statement_is_the_same_book_and_whoever_came_and_did_not_leave_is_in_it(
    data: st.DataObject, steps: int
) -> None:
    def pick(*choices: Any) -> Any:
        return data.draw(st.sampled_from(choices))

    lodge, here = Lodge(), dict[int, str]()
    for _ in range(steps):
        doing = pick("comes", "comes", "leaves", "checks", "waits")
        if doing == "comes":
            guest: SignIn = pick(MERE, BUILDER)
            who = replace(guest, name=pick("A", "B", "C", "D"), badge=pick("", "V1", "V2", "V3"))
            try:
                here[lodge.comes(who, alone=pick(True, False))] = who.name
            except Refused:
                worn = [each.badge for each in lodge.book.everyone()]
                assert who.badge in filter(None, worn) or who.name in here.values()
        elif doing == "waits":
            lodge.later(hours=pick(1, 13))
        elif here:
            visitor = pick(*here)
            if doing == "leaves":
                lodge.leaves(visitor, returned=pick(True, False))
                del here[visitor]
            elif lodge.book.visitor(visitor).checked:
                with pytest.raises(Refused, match="not checked yet"):
                    lodge.checks(visitor)
            else:
                lodge.checks(visitor, inducted=pick(True, False))
                assert lodge.book.visitor(visitor).checked
    book = VisitorBook()
    for entry in lodge.entries:
        book = VisitorBook.from_json(said_again(book.statement()))
        book.apply(entry)
    assert book.statement() == lodge.book.statement()
    assert list(book.rows(lodge.moment, 12.0)) == lodge.rows
    assert {each.visitor: each.name for each in book.everyone()} == here
    worn = [each.badge for each in book.everyone() if each.badge]
    assert len(worn) == len(set(worn))
    assert not set(worn) & set(lodge.lent)
