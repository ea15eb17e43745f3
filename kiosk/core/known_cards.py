"""Which cards there are and who has them (clause 1.8): what imported records and the ledger know, brought together."""

from collections.abc import Iterable
from datetime import date
from enum import Enum

from msgspec import Struct

from kiosk.core.card_book import MOST_FAILURES, MOST_PIN_TRIES, CardBook
from kiosk.core.card_story import CardLife
from kiosk.core.cards import Card, Credential
from kiosk.core.records import Records


class CardState(Enum):
    """Where a card stands."""

    UNKNOWN = "not known here"
    RECORDED = "in use by imported records"
    """It was never issued here: the office's list of drivers or staff has it."""
    ISSUED = "issued"
    REVOKED = "revoked"
    LOST = "lost"
    RETURNED = "returned"


IN_USE = frozenset({CardState.RECORDED, CardState.ISSUED})
"""The states of a card that opens something, while its date lasts."""

_STATE = {
    CardLife.ISSUED: CardState.ISSUED,
    CardLife.REVOKED: CardState.REVOKED,
    CardLife.LOST: CardState.LOST,
    CardLife.RETURNED: CardState.RETURNED,
}


class KnownCard(Struct, frozen=True):
    """What is known of one card.

    Attributes:
        credential: What a reader sees.
        state: Where it stands.
        number: What is printed on it; empty where nobody says.
        holder_id: Who has it, or had it last; empty likewise.
        holder_name: Their name, by the records; empty for one who is not in them any more.
        valid_until: The last day on which it opens anything; None where nobody says.
        key_version: With which of the site's master keys it was written; None for one that was not issued here.
        failures: Failed authentications in a row.
        pin_tries: Wrong PINs in a row.
    """

    credential: Credential
    state: CardState
    number: str = ""
    holder_id: str = ""
    holder_name: str = ""
    valid_until: date | None = None
    key_version: int | None = None
    failures: int = 0
    pin_tries: int = 0

    @property
    def left_alone(self) -> bool:
        """Whether it failed so often that the gate does not ask it again."""
        return self.failures >= MOST_FAILURES

    @property
    def pin_locked(self) -> bool:
        """Whether too many wrong PINs were given."""
        return self.pin_tries >= MOST_PIN_TRIES

    def __str__(self) -> str:
        return f"card {self.number} ({self.credential})" if self.number else f"card {self.credential}"


class KnownCards:
    """All cards that records or the ledger know.

    Attributes:
        records: The imported records.
        book: What the ledger tells of cards.
    """

    def __init__(self, records: Records, book: CardBook) -> None:
        self.records = records
        self.book = book

    def of(self, credential: Credential) -> KnownCard:
        """What is known of a card; of one that nobody knows, that it is unknown."""
        card, story = self.records.card(credential), self.book.story(credential)
        known = card or Card(story.number, credential, story.holder_id, story.valid_until or date.max, revoked=False)
        return KnownCard(
            credential,
            self._state(card, story.life),
            known.number,
            known.holder_id,
            self.name_of(known.holder_id),
            card.valid_until if card is not None else story.valid_until,
            story.key_version,
            story.failures,
            story.pin_tries,
        )

    def all(self) -> list[KnownCard]:
        """Every card that was ever given to somebody, by number; not the strangers that were only tapped."""
        credentials = dict.fromkeys((*(card.credential for card in self.records.cards()), *self.book.told_of()))
        cards = (self.of(each) for each in credentials)
        known = (card for card in cards if card.state is not CardState.UNKNOWN)
        return sorted(known, key=lambda card: (card.number, str(card.credential)))

    def named(self, text: str) -> list[KnownCard]:
        """The cards that somebody means by what is printed on one, or by what a reader sees: most often one.

        A stranger's card that was tapped has no number: it is named as a reader sees it.
        """
        try:
            seen = self.of(Credential.parse(text.strip().upper()))
        except ValueError:
            return [card for card in self.all() if card.number == text.strip()]
        told = seen.state is not CardState.UNKNOWN or seen.credential in self.book.told_of()
        return [seen] if told else []

    def held_by(self, holder_id: str) -> list[KnownCard]:
        """The cards in use that somebody has."""
        return [card for card in self.all() if card.holder_id == holder_id and card.state in IN_USE]

    def name_of(self, holder_id: str) -> str:
        """The name of a driver or a member of staff; empty when there is none of this id."""
        person = self.records.driver(holder_id) or self.records.staff_member(holder_id)
        return person.name if person is not None else ""

    def with_key(self, version: int, states: Iterable[CardState]) -> list[KnownCard]:
        """The cards in some states that were written with a version of the master keys."""
        wanted = frozenset(states)
        return [card for card in self.all() if card.key_version == version and card.state in wanted]

    @staticmethod
    def _state(card: Card | None, life: CardLife | None) -> CardState:
        if card is not None and card.revoked and life in (None, CardLife.ISSUED):
            return CardState.REVOKED
        if life is not None:
            return _STATE[life]
        return CardState.UNKNOWN if card is None else CardState.RECORDED
