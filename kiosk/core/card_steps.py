"""The steps of a card's life as staff record them: issue, revoke, lost, return, unlock, a PIN (clauses 1.8, 2.4, 5.3).

Whether a step is possible is decided here, by what records and the ledger know; whoever asks writes the entry.
"""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from kiosk.core.card_book import CardBook
from kiosk.core.cards import Credential
from kiosk.core.effects import EntryKind, Json
from kiosk.core.errors import SealgateError
from kiosk.core.known_cards import IN_USE, CardState, KnownCard, KnownCards
from kiosk.core.parties import StaffMember

Body = dict[str, Json]

CARD_KINDS: Final = frozenset(
    {
        *(EntryKind.CARD_ISSUED, EntryKind.CARD_REVOKED, EntryKind.CARD_LOST, EntryKind.CARD_RETURNED),
        *(EntryKind.CARD_UNLOCKED, EntryKind.CARD_PIN_SET),
    }
)
"""The kinds of the entries that these steps make."""


class CardRefused(SealgateError):
    """A step that is not possible. Nothing was recorded.

    Attributes:
        clause: The clause that it would break.
    """

    def __init__(self, *, expected: str, got: str, mend: str, clause: str = "1.8") -> None:
        super().__init__(expected=expected, got=got, mend=mend)
        self.clause = clause

    def __str__(self) -> str:
        return f"{super().__str__()} (clause {self.clause})"


class Chip(Enum):
    """What a card is made of."""

    NTAG424 = "ntag424"
    DESFIRE = "desfire"
    NTAG21X = "ntag21x"


class Wish(Struct, frozen=True):
    """A card that somebody shall get.

    Attributes:
        holder_id: The driver's or staff member's id.
        number: What is printed on it.
        valid_until: The last day on which it opens anything.
    """

    holder_id: str
    number: str
    valid_until: date


class Written(Struct, frozen=True):
    """What was written onto a card, and read back.

    Attributes:
        credential: What a reader sees.
        chip: What it is made of.
        key_version: With which of the site's master keys.
        counter: Of the message by which it was proven; None where it sent none. Whoever had the card before may have
            kept messages up to that one.
    """

    credential: Credential
    chip: Chip
    key_version: int
    counter: int | None = None


class Outcome(Struct, frozen=True):
    """A step that is possible.

    Attributes:
        kind: Of its entry.
        body: Its entry's body.
        remarks: What whoever did it has to know or to do next, in words.
    """

    kind: EntryKind
    body: Body
    remarks: tuple[str, ...] = ()


# --- issuing ----------------------------------------------------------------------------------------


def check_wish(wish: Wish, cards: KnownCards, today: date) -> None:
    """Look whether somebody can get a card, before one is laid on.

    Raises:
        CardRefused: There is no such driver or member of staff, or the day has passed.
    """
    if not cards.name_of(wish.holder_id):
        raise CardRefused(
            expected="--holder ID of a driver or a member of staff",
            got=repr(wish.holder_id),
            mend="look it up in the records, or import drivers or staff first",
        )
    if not wish.number.strip():
        raise CardRefused(expected="--number: what is printed on the card", got="none", mend="print one, and give it")
    if wish.valid_until < today:
        raise CardRefused(
            expected=f"--valid-until a day from {today} on", got=str(wish.valid_until), mend="give a later day"
        )


def check_card(wish: Wish, credential: Credential, cards: KnownCards) -> None:
    """Look whether this card can become that one, before anything is written onto it.

    Raises:
        CardRefused: It is somebody else's, is out of use, or another card has its number.
    """
    others = [each for each in cards.named(wish.number) if each.credential != credential]
    if others:
        raise CardRefused(
            expected=f"a number that no other card has, not {wish.number}",
            got=f"that of {others[0]}, {others[0].state.value}",
            mend="print a number of its own on each card",
        )
    card = cards.of(credential)
    if card.state in {CardState.LOST, CardState.REVOKED}:
        raise _not_free(f"{card}, {card.state.value}")
    if card.state is CardState.ISSUED and (card.holder_id, card.number) != (wish.holder_id, wish.number):
        raise _not_free(f"{card}, which {_person(card)} has")
    recorded = cards.records.card(credential)
    if recorded is not None and Wish(recorded.holder_id, recorded.number, recorded.valid_until) != wish:
        raise CardRefused(
            expected="holder, number and day as the imported records have this card:"
            f" {recorded.holder_id}, {recorded.number}, {recorded.valid_until}",
            got=f"{wish.holder_id}, {wish.number}, {wish.valid_until}",
            mend="give those, or import drivers and staff without this card first: until then the gate refuses it",
        )


def issue(wish: Wish, written: Written, cards: KnownCards, who: StaffMember) -> Outcome:
    """The entry of a card that was written and read back; it was asked before whether that can be.

    Args:
        wish: Who gets it.
        written: What the card is now.
        cards: What is known.
        who: Who issues it.
    """
    others = [each for each in cards.held_by(wish.holder_id) if each.credential != written.credential]
    body: Body = {
        "credential": str(written.credential),
        "card": wish.number,
        "holder": wish.holder_id,
        "holder_name": cards.name_of(wish.holder_id),
        "valid_until": wish.valid_until.isoformat(),
        "chip": written.chip.value,
        "key_version": written.key_version,
        "again": cards.of(written.credential).state is CardState.ISSUED,
    }
    if written.counter is not None:
        body["counter"] = written.counter
    remarks = tuple(
        f"{wish.holder_id} has {each}, too: have it given back, or revoke it, if this one takes its place"
        for each in others
    )
    return Outcome(EntryKind.CARD_ISSUED, body | _signed(who, "1.8"), remarks)


# --- what becomes of it -----------------------------------------------------------------------------


def revoke(card: KnownCard, who: StaffMember, reason: str) -> Outcome:
    """Take a card out of use, wherever it is (clause 2.4).

    Raises:
        CardRefused: It is out of use already.
    """
    _must_be(card, IN_USE, "2.4", "it opens nothing as it is")
    return Outcome(EntryKind.CARD_REVOKED, _body(card, who, reason, "2.4"), ("have the card given back",))


def lose(card: KnownCard, who: StaffMember, reason: str) -> Outcome:
    """A card is where nobody knows.

    Raises:
        CardRefused: It is lost already.
    """
    _must_be(card, frozenset(CardState) - {CardState.LOST, CardState.UNKNOWN}, "1.8", "it opens nothing as it is")
    remark = "once it is found, record it: 'sealgate card return'"
    return Outcome(EntryKind.CARD_LOST, _body(card, who, reason, "1.8"), (remark,))


def take_back(card: KnownCard, who: StaffMember, reason: str) -> Outcome:
    """A card was given back, or a lost one was found: the site has it (clause 2.4).

    Raises:
        CardRefused: The site has it already.
    """
    _must_be(card, frozenset(CardState) - {CardState.RETURNED, CardState.UNKNOWN}, "1.8", "it is in the site's hands")
    body = _body(card, who, reason, "1.8") | {"found": card.state is CardState.LOST}
    return Outcome(EntryKind.CARD_RETURNED, body, ("it can be issued anew",))


def unlock(card: KnownCard, who: StaffMember, reason: str) -> Outcome:
    """Let a card that failed too often, or whose PIN is locked, be tried again (clause 5.1).

    Raises:
        CardRefused: There is nothing to unlock, or nobody says why.
    """
    if not card.failures and not card.pin_tries:
        raise CardRefused(
            expected=f"{card} to have failed, or wrong PINs to have been given for it",
            got="neither",
            mend="look why the gate refuses it: 'sealgate card list'",
            clause="5.1",
        )
    if not reason.strip():
        raise CardRefused(
            expected="a --reason: why its failures are no attack",
            got="none",
            mend="have the card shown to you, ask its holder, and give what you found",
            clause="5.1",
        )
    undone: Body = {"failures": card.failures, "pin_tries": card.pin_tries}
    return Outcome(EntryKind.CARD_UNLOCKED, _body(card, who, reason, "5.1") | undone)


def set_pin(card: KnownCard, who: StaffMember) -> Outcome:
    """Its holder has chosen a PIN, which is in no entry (clause 5.3).

    Raises:
        CardRefused: The card is out of use.
    """
    _must_be(card, IN_USE, "5.3", "issue the card first")
    return Outcome(EntryKind.CARD_PIN_SET, _body(card, who, "", "5.3"))


def fits(kind: EntryKind, body: Mapping[str, Any]) -> bool:
    """Whether the gate can go by such an entry, now and at each start: no other may stand in the ledger.

    Args:
        kind: One of CARD_KINDS.
        body: The entry's.
    """
    words = ("credential", "card", "holder", "valid_until") if kind is EntryKind.CARD_ISSUED else ("credential",)
    version = body.get("key_version")
    if not all(isinstance(body.get(word), str) for word in words) or not isinstance(version, int | None):
        return False
    try:
        CardBook().apply(kind.value, body)
        credential = str(Credential.parse(body["credential"]))
    except ValueError:
        return False
    return bool(credential == body["credential"])


def _must_be(card: KnownCard, states: frozenset[CardState], clause: str, why: str) -> None:
    if card.state not in states:
        wanted = " or ".join(state.value for state in CardState if state in states)
        raise CardRefused(expected=f"{card} to be {wanted}", got=card.state.value, mend=why, clause=clause)


def _body(card: KnownCard, who: StaffMember, reason: str, clause: str) -> Body:
    named: Body = {"credential": str(card.credential), "card": card.number, "holder": card.holder_id}
    return named | ({"reason": reason.strip()} if reason.strip() else {}) | _signed(who, clause)


def _signed(who: StaffMember, clause: str) -> Body:
    return {"staff": who.staff_id, "staff_name": who.name, "clause": clause}


def _person(card: KnownCard) -> str:
    return f"{card.holder_name} ({card.holder_id})" if card.holder_name else card.holder_id


def _not_free(got: str) -> CardRefused:
    return CardRefused(
        expected="a new card, or one that was given back",
        got=got,
        mend="record first that it was given back: 'sealgate card return'",
    )
