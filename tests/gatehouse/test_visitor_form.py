"""A visitor signs in alone: one question at a time, and no answer that the book would refuse."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.visitor_form import Ask, Form
from kiosk.gatehouse.visitors import VisitorBook

HOSTS = ("Hana Whaanga", "Tama Reti")


def filled(*answers: str, hosts: tuple[str, ...] = HOSTS) -> Form:
    form = Form(hosts)
    for answer in answers:
        form = form.answered(answer)
    return form


def asks(form: Form) -> Ask | None:
    return form.question.ask if form.question is not None else None


def test_a_visitor_is_asked_five_things_and_a_contractor_a_sixth() -> None:
    visitor = filled("Visitor", "Mere Kahu", "Chiller Co", "tama reti", "a meeting")
    assert visitor.question is None
    who = visitor.sign_in()
    assert (who.name, who.host, who.contractor, who.inducted, who.badge) == ("Mere Kahu", "Tama Reti", False, False, "")
    contractor = filled("contractor", "Ian Boyd", "Boyd & Sons", "Hana Whaanga", "the roof")
    assert asks(contractor) is Ask.INDUCTED
    assert contractor.answered("YES").sign_in().inducted
    assert not contractor.answered("no").sign_in().inducted


def test_somebody_who_is_not_on_the_list_of_staff_can_be_named() -> None:
    form = filled("visitor", "Mere", "Chiller Co")
    assert form.question is not None
    assert (form.question.choices, form.question.keyed) == (HOSTS, True)
    assert form.answered("the  new manager").answered("x").sign_in().host == "the new manager"


def test_one_can_go_back_and_the_first_question_stays() -> None:
    form = filled("visitor", "Mere")
    assert asks(form.back()) is Ask.NAME
    assert form.back().back().back() == Form(HOSTS)
    assert asks(filled("contractor").back().answered("visitor")) is Ask.NAME


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (("driver",), "visitor or contractor"),
        (("visitor", " "), "What is your name?, got nothing"),
        (("visitor", "x" * 81), "at most 80 characters"),
        (("contractor", "a", "b", "c", "d", "perhaps"), "yes or no"),
        (("visitor", "a", "b", "c", "d", "e"), "no further answer"),
    ],
)
def test_what_is_no_answer_is_refused_and_the_question_stays(answers: tuple[str, ...], words: str) -> None:
    form = filled(*answers[:-1])
    with pytest.raises(Refused) as refused:
        form.answered(answers[-1])
    assert words in str(refused.value)


def test_nobody_signs_in_with_a_question_open() -> None:
    with pytest.raises(Refused, match=r"none to: What do you come for\?"):
        filled("visitor", "a", "b", "c").sign_in()


@given(st.lists(st.text(max_size=90) | st.sampled_from(["visitor", "contractor", "yes", "no"]), max_size=20))
def test_whatever_is_keyed_a_form_that_is_full_signs_somebody_in(answers: list[str]) -> None:
    form = Form(HOSTS)
    for answer in answers:
        with suppress(Refused):
            form = form.answered(answer)
    if form.question is None:
        assert VisitorBook().sign_in(form.sign_in(), None).body["checked"] is False
