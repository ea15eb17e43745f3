"""Which steps of a card's life are possible, what each records, and what becomes of the card by it."""

from datetime import date

import pytest

from kiosk.core import card_steps, cards_due
from kiosk.core.card_book import MOST_FAILURES, MOST_PIN_TRIES, CardBook
from kiosk.core.card_steps import CARD_KINDS, CardRefused, Chip, Outcome, Wish, Written, fits
from kiosk.core.cards import CardProof, Credential, Means
from kiosk.core.effects import EntryKind
from kiosk.core.known_cards import CardState, KnownCards
from kiosk.core.parties import StaffMember
from kiosk.core.records import Records
from tests.core.samples import NOON, RECORDS, credential

HANA = StaffMember("staff-1", "Gate Office")
TODAY = NOON.date()
NEXT_YEAR = date(2027, 11, 18)
NEW = credential(50)
"""A card that nobody knows."""
WISH = Wish("ben", "C050", NEXT_YEAR)
CHIP = Written(NEW, Chip.NTAG424, 1)


class Desk:
    """Records and a book, to which steps are applied as the ledger would."""

    def __init__(self, records: Records = RECORDS) -> None:
        self.book = CardBook()
        self.cards = KnownCards(records, self.book)

    def take(self, outcome: Outcome) -> Outcome:
        self.book.apply(outcome.kind.value, outcome.body)
        return outcome

    def issue(self, wish: Wish = WISH, written: Written = CHIP) -> Outcome:
        card_steps.check_wish(wish, self.cards, TODAY)
        card_steps.check_card(wish, written.credential, self.cards)
        return self.take(card_steps.issue(wish, written, self.cards, HANA))

    def state(self, which: Credential = NEW) -> CardState:
        return self.cards.of(which).state

    def step(self, name: str, which: Credential = NEW, reason: str = "why") -> Outcome:
        steps = {"revoke": card_steps.revoke, "lost": card_steps.lose, "return": card_steps.take_back}
        return self.take(steps[name](self.cards.of(which), HANA, reason))

    def fail(self, times: int, which: Credential = NEW) -> None:
        self.book.apply("card-tapped", {"credential": str(which), "failures": times})


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- issuing ----------------------------------------------------------------------------------------


def test_an_issued_card_is_its_holders_and_the_entry_says_who_gave_it_and_by_which_key(desk: Desk) -> None:
    outcome = desk.issue()
    assert outcome.kind is EntryKind.CARD_ISSUED
    assert outcome.body == {
        "credential": str(NEW), "card": "C050", "holder": "ben", "holder_name": "Ben Lowe", "chip": "ntag424",
        "valid_until": "2027-11-18", "key_version": 1, "again": False,
        "staff": "staff-1", "staff_name": "Gate Office", "clause": "1.8",
    }  # fmt: skip
    card = desk.cards.of(NEW)
    assert (card.state, card.holder_name, card.valid_until, card.key_version) == (
        *(CardState.ISSUED, "Ben Lowe", NEXT_YEAR, 1),
    )
    assert desk.cards.with_key(1, [CardState.ISSUED]) == [card]
    assert desk.cards.with_key(2, [CardState.ISSUED]) == desk.cards.with_key(1, [CardState.LOST]) == []


def test_whoever_gets_a_second_card_is_told_of_the_first(desk: Desk) -> None:
    (remark,) = desk.issue().remarks
    assert "ben has card C002" in remark
    assert desk.issue(Wish("staff-1", "C051", NEXT_YEAR), Written(credential(51), Chip.DESFIRE, 1)).remarks != ()


def test_the_same_card_for_the_same_holder_is_written_anew(desk: Desk) -> None:
    desk.issue()
    desk.fail(3)
    outcome = desk.issue(Wish("ben", "C050", date(2028, 1, 1)), Written(NEW, Chip.NTAG424, 2))
    assert outcome.body["again"] is True
    card = desk.cards.of(NEW)
    assert (card.valid_until, card.key_version, card.failures) == (date(2028, 1, 1), 2, 0)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish("nobody", "C050", NEXT_YEAR), "--holder ID of a driver or a member of staff"),
        (Wish("ben", "  ", NEXT_YEAR), "--number"),
        (Wish("ben", "C050", date(2026, 11, 17)), "a day from 2026-11-18 on"),
        (Wish("ben", "C001", NEXT_YEAR), "a number that no other card has, not C001"),
    ],
)
def test_what_cannot_be_wished_is_refused_with_its_clause(desk: Desk, wish: Wish, expected: str) -> None:
    with pytest.raises(CardRefused, match=r"\(clause 1\.8\)$") as refused:
        desk.issue(wish)
    assert expected in str(refused.value)
    assert desk.state() is CardState.UNKNOWN


def test_somebody_elses_card_is_not_given_away_before_it_is_back(desk: Desk) -> None:
    desk.issue()
    with pytest.raises(CardRefused, match=r"C050 .*, which Ben Lowe \(ben\) has"):
        desk.issue(Wish("aroha", "C050", NEXT_YEAR))
    desk.step("return")
    assert desk.issue(Wish("aroha", "C050", NEXT_YEAR)).body["holder"] == "aroha"


def test_messages_that_a_card_sent_before_it_was_issued_count_for_nothing(desk: Desk) -> None:
    outcome = desk.issue(written=Written(NEW, Chip.NTAG424, 1, counter=9))
    assert outcome.body["counter"] == 9
    assert [desk.book.is_fresh(NEW, CardProof(Means.MESSAGE, counter)) for counter in (9, 10)] == [False, True]
    assert "counter" not in desk.issue(written=Written(NEW, Chip.DESFIRE, 1)).body


@pytest.mark.parametrize("step", ["revoke", "lost"])
def test_a_card_that_is_revoked_or_lost_is_not_issued_before_it_is_back(desk: Desk, step: str) -> None:
    desk.issue()
    desk.step(step)
    with pytest.raises(CardRefused, match="'sealgate card return'"):
        desk.issue()
    desk.step("return")
    desk.issue()
    assert desk.state() is CardState.ISSUED


def test_a_card_of_the_records_can_be_written_for_whom_they_say_alone(desk: Desk) -> None:
    card = Written(credential(1), Chip.NTAG424, 1)
    agreeing = Wish("aroha", "C001", date(2027, 12, 31))
    for other in (
        Wish("ben", "C001", agreeing.valid_until),
        Wish("aroha", "C099", agreeing.valid_until),
        Wish("aroha", "C001", NEXT_YEAR),
    ):
        with pytest.raises(CardRefused, match="as the imported records have this card: aroha, C001, 2027-12-31"):
            desk.issue(other, card)
    desk.step("return", credential(1))
    with pytest.raises(CardRefused, match="as the imported records"):
        desk.issue(Wish("ben", "C001", NEXT_YEAR), card)
    assert desk.issue(agreeing, card).body["again"] is False


def test_a_holder_who_left_the_records_is_named_by_id_alone() -> None:
    desk = Desk()
    desk.issue()
    gone = KnownCards(Records(staff=(HANA,)), desk.book)
    assert gone.of(NEW).holder_name == ""
    with pytest.raises(CardRefused, match="which ben has"):
        card_steps.check_card(Wish("staff-1", "C050", NEXT_YEAR), NEW, gone)


# --- what becomes of it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "step", "after"),
    [
        ((), "revoke", CardState.REVOKED),
        ((), "lost", CardState.LOST),
        ((), "return", CardState.RETURNED),
        (("revoke",), "lost", CardState.LOST),
        (("revoke",), "return", CardState.RETURNED),
        (("lost",), "return", CardState.RETURNED),
        (("return",), "lost", CardState.LOST),
        (("revoke",), "revoke", None),
        (("lost",), "revoke", None),
        (("return",), "revoke", None),
        (("lost",), "lost", None),
        (("return",), "return", None),
    ],
)
@pytest.mark.parametrize("which", [NEW, credential(2)], ids=["issued here", "of the records"])
def test_each_step_is_possible_or_refused(
    desk: Desk, which: Credential, before: tuple[str, ...], step: str, after: CardState | None
) -> None:
    desk.issue()
    for each in before:
        desk.step(each, which)
    if after is None:
        state = desk.state(which)
        with pytest.raises(CardRefused, match=r"expected card C0.., .* to be|expected card C0.* to be"):
            desk.step(step, which)
        assert desk.state(which) is state
    else:
        outcome = desk.step(step, which, " the driver left ")
        assert (outcome.body["staff"], outcome.body["reason"]) == ("staff-1", "the driver left")
        assert outcome.body["holder"] == "ben"
        assert desk.state(which) is after
        assert outcome.body.get("found") == (before == ("lost",) if step == "return" else None)


@pytest.mark.parametrize("step", ["revoke", "lost", "return"])
def test_a_card_that_nobody_knows_takes_no_step(desk: Desk, step: str) -> None:
    with pytest.raises(CardRefused, match="got not known here"):
        desk.step(step)


def test_a_reason_is_left_out_where_none_is_given(desk: Desk) -> None:
    desk.issue()
    assert "reason" not in desk.step("lost", reason=" ").body


def test_what_the_records_revoke_is_revoked_though_it_was_issued_here(desk: Desk) -> None:
    assert desk.state(credential(11)) is CardState.REVOKED
    revoked = credential(11)
    desk.book.apply(
        "card-issued", {"credential": str(revoked), "card": "C011", "holder": "ben", "valid_until": "2028-01-01"}
    )
    assert desk.state(revoked) is CardState.REVOKED
    desk.step("return", revoked)
    assert desk.state(revoked) is CardState.RETURNED


def test_a_card_of_the_records_that_leaves_them_keeps_its_name_in_the_book(desk: Desk) -> None:
    desk.step("lost", credential(2))
    gone = KnownCards(Records(staff=(HANA,)), desk.book).of(credential(2))
    assert (gone.number, gone.holder_id, gone.state) == ("C002", "ben", CardState.LOST)


# --- unlocking, and PINs ----------------------------------------------------------------------------


def test_a_card_that_failed_too_often_is_tried_again_once_somebody_has_said_why(desk: Desk) -> None:
    desk.issue()
    desk.fail(MOST_FAILURES)
    assert desk.cards.of(NEW).left_alone
    with pytest.raises(CardRefused, match=r"a --reason.*\(clause 5\.1\)"):
        card_steps.unlock(desk.cards.of(NEW), HANA, "  ")
    outcome = desk.take(card_steps.unlock(desk.cards.of(NEW), HANA, "cracked wallet"))
    assert (outcome.body["failures"], outcome.body["pin_tries"]) == (MOST_FAILURES, 0)
    assert not desk.cards.of(NEW).left_alone
    with pytest.raises(CardRefused, match="got neither"):
        card_steps.unlock(desk.cards.of(NEW), HANA, "again")


def test_a_stranger_that_only_failed_can_be_unlocked_and_is_in_no_list(desk: Desk) -> None:
    desk.fail(1)
    assert NEW not in {card.credential for card in desk.cards.all()}
    (stranger,) = desk.cards.named(str(NEW).lower())
    assert str(stranger) == f"card {NEW}"
    assert desk.take(card_steps.unlock(stranger, HANA, "a bent card")).body["card"] == ""


def test_a_new_pin_lifts_the_lock_and_is_for_a_card_in_use_alone(desk: Desk) -> None:
    desk.issue()
    desk.book.apply("pin-wrong", {"credential": str(NEW), "tries": MOST_PIN_TRIES})
    assert desk.cards.of(NEW).pin_locked
    outcome = desk.take(card_steps.set_pin(desk.cards.of(NEW), HANA))
    assert outcome.kind is EntryKind.CARD_PIN_SET
    assert not desk.cards.of(NEW).pin_locked
    desk.step("lost")
    with pytest.raises(CardRefused, match="issue the card first"):
        card_steps.set_pin(desk.cards.of(NEW), HANA)


# --- which card, and what the gate can read ---------------------------------------------------------


def test_cards_are_found_by_number_and_by_what_a_reader_sees(desk: Desk) -> None:
    desk.issue()
    assert [card.credential for card in desk.cards.named(" C050 ")] == [NEW]
    assert [card.number for card in desk.cards.named(str(credential(1)))] == ["C001"]
    assert desk.cards.named("C999") == desk.cards.named(str(credential(99))) == []
    assert [card.number for card in desk.cards.all()][:2] == ["C001", "C002"]
    assert [card.number for card in desk.cards.held_by("ben")] == ["C002", "C050"]


def test_what_the_book_says_of_cards_is_the_same_after_it_was_said_again(desk: Desk) -> None:
    desk.issue()
    desk.step("lost", credential(2))
    again = CardBook.from_json(desk.book.to_json())
    assert again.told_of() == desk.book.told_of() == (NEW, credential(2))
    assert [again.story(each) for each in again.told_of()] == [desk.book.story(each) for each in again.told_of()]


@pytest.mark.parametrize("kind", [kind for kind in EntryKind if kind in CARD_KINDS])
def test_an_entry_counts_only_if_the_gate_can_read_it(kind: EntryKind) -> None:
    whole = {"credential": str(NEW), "card": "C050", "holder": "ben", "valid_until": "2027-01-01", "key_version": 1}
    assert fits(kind, whole)
    assert fits(kind, whole | {"key_version": None})
    assert not fits(kind, {})
    assert not fits(kind, whole | {"credential": 4})
    assert not fits(kind, whole | {"credential": "TYPE_9:04"})
    assert not fits(kind, whole | {"credential": str(NEW).replace(":", ": ")})
    assert not fits(kind, whole | {"key_version": "1"})
    assert fits(kind, whole | {"valid_until": "soon"}) is (kind is not EntryKind.CARD_ISSUED)


# --- what is to be done before it troubles somebody -------------------------------------------------


def test_cards_that_run_out_are_told_a_month_before_and_only_those_in_use(desk: Desk) -> None:
    desk.issue(Wish("ben", "C050", TODAY + cards_due.SOON))
    desk.issue(Wish("ben", "C051", NEXT_YEAR), Written(credential(51), Chip.NTAG424, 1))
    named = [card.number for card in cards_due.running_out(desk.cards, TODAY)]
    assert named == ["C010", "C050"]  # the first one ran out long ago
    desk.step("lost")
    assert [card.number for card in cards_due.running_out(desk.cards, TODAY)] == ["C010"]


def test_cards_that_the_gate_leaves_alone_are_told_while_they_are_in_use(desk: Desk) -> None:
    desk.issue()
    desk.fail(MOST_FAILURES)
    desk.fail(MOST_FAILURES, credential(60))
    desk.book.apply("pin-wrong", {"credential": str(credential(2)), "tries": MOST_PIN_TRIES})
    assert [card.number for card in cards_due.stopped(desk.cards)] == ["C002", "C050"]
    desk.step("revoke")
    assert [card.number for card in cards_due.stopped(desk.cards)] == ["C002"]


def test_a_card_that_records_give_to_another_than_it_was_issued_to_is_told(desk: Desk) -> None:
    desk.issue()
    assert cards_due.contradicted(desk.cards) == []
    said = {"credential": str(credential(2)), "card": "C002", "holder": "aroha", "valid_until": "2027-01-01"}
    desk.book.apply("card-issued", said)
    assert [card.number for card in cards_due.contradicted(desk.cards)] == ["C002"]


def test_who_has_no_card_that_was_written_here_is_told(desk: Desk) -> None:
    desk.issue()
    people = [each.driver_id for each in RECORDS.drivers()] + [each.staff_id for each in RECORDS.staff()]
    assert "ben" in people
    assert set(people) - set(cards_due.without_proof(desk.cards, people)) == {"ben"}
    desk.step("lost")
    assert "ben" in cards_due.without_proof(desk.cards, people)
