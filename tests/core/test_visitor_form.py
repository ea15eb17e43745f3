"""A visitor signs in or out alone: one question at a time, and no answer that the book would refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.said import said
from kiosk.core.visitor_form import Answer, Ask, SignIn, SignOut, VisitorForm
from kiosk.gatehouse.visitors import VisitorBook


def filled(*answers: str) -> VisitorForm:
    form = VisitorForm()
    for answer in answers:
        assert form.takes(answer)
        assert form.why_not(answer) is None
        form = form.answered(answer)
    return form


VISITOR = ("visitor", "MERE KAHU", "CHILLER CO", "TAMA RETI", "A MEETING")
CONTRACTOR = ("contractor", "IAN BOYD", "BOYD & SONS", "HANA WHAANGA", "THE ROOF")


def test_a_visitor_is_asked_four_things_and_reads_them_once_more() -> None:
    form = filled(*VISITOR)
    assert form.ask is Ask.AGREE
    assert filled(*VISITOR, "yes").wanted() == SignIn(*VISITOR[1:], contractor=False, inducted=False)


def test_a_contractor_is_asked_for_the_induction_too() -> None:
    form = filled(*CONTRACTOR)
    assert form.ask is Ask.INDUCTED
    assert filled(*CONTRACTOR, "yes", "yes").wanted() == SignIn(*CONTRACTOR[1:], contractor=True, inducted=True)
    assert filled(*CONTRACTOR, "no", "yes").wanted() == SignIn(*CONTRACTOR[1:], contractor=True, inducted=False)


def test_who_leaves_says_number_and_name() -> None:
    assert filled("leaves").ask is Ask.NUMBER
    form = filled("leaves", " 1046 ", "mere  kahu")
    assert (form.ask, form.wanted()) == (None, SignOut("1046", "mere kahu"))


def test_one_can_go_back_to_what_one_keyed_and_the_first_question_stays() -> None:
    form = filled("visitor", "MERE").back()
    assert (form.ask, form.before) == (Ask.NAME, "MERE")
    assert form.back().back() == VisitorForm()
    assert filled("contractor").back().answered("visitor").ask is Ask.NAME


@pytest.mark.parametrize(
    ("answers", "text", "words"),
    [
        (("visitor",), " ", "Key it in letters."),
        (("visitor",), "12-3", "Key it in letters."),
        (("visitor",), "X" * 31, "That is too long. Make it shorter."),
        (("leaves",), " ", "Key the number on your badge."),
        (("leaves",), "9" * 31, "That is too long. Make it shorter."),
    ],
)
def test_what_is_no_answer_is_told_in_a_sentence(answers: tuple[str, ...], text: str, words: str) -> None:
    assert filled(*answers).why_not(text) == said(words)


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ((), "driver"),
        (("contractor", "A", "B", "C", "D"), "perhaps"),
        ((*VISITOR, "yes"), "yes"),
        (VISITOR, "no"),
        (("visitor",), "A\x1b"),
    ],
)
def test_a_choice_is_one_of_those_on_show_and_a_full_form_takes_nothing(answers: tuple[str, ...], text: str) -> None:
    assert not filled(*answers).takes(text)


KEYED = st.text(max_size=40) | st.sampled_from([each.value for each in Answer])


@given(st.lists(KEYED, max_size=20))
def test_whatever_is_keyed_a_form_that_is_full_is_one_that_the_book_takes(answers: list[str]) -> None:
    form = VisitorForm()
    for answer in answers:
        if form.takes(answer) and form.why_not(answer) is None:
            form = form.answered(answer)
    if form.ask is None:
        wanted = form.wanted()
        if isinstance(wanted, SignIn):
            assert VisitorBook().sign_in(wanted, None).body["checked"] is False
