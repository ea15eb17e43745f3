"""What the ledger tells of cards: who was given which, what became of it, and what it showed at earlier taps.

Folded from entries, as the roster is, and said again with it: so it is the same after a restart and in a ledger that
was restored.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.cards import Card, CardProof, Credential, Means
from kiosk.core.effects import EntryKind, Json
from kiosk.core.reasons import Reason

MOST_FAILURES: Final = 10
"""Failed authentications in a row after which a card is left alone. An NTAG 424 DNA slows down after 50 and dies at
1,000 (NT4H2421Gx data sheet, 8.2.4); whoever lays a card on ten times in vain needs staff, not an eleventh time."""

MOST_PIN_TRIES: Final = 3
"""Wrong PINs in a row after which it is locked (NZISM 3.9: lock after three failures)."""


class CardLife(Enum):
    """Where a card that was issued stands."""

    ISSUED = "issued"
    REVOKED = "revoked"
    LOST = "lost"
    RETURNED = "returned"


_LIFE_OF: Final[Mapping[str, CardLife]] = {
    EntryKind.CARD_ISSUED.value: CardLife.ISSUED,
    EntryKind.CARD_REVOKED.value: CardLife.REVOKED,
    EntryKind.CARD_LOST.value: CardLife.LOST,
    EntryKind.CARD_RETURNED.value: CardLife.RETURNED,
}

_REFUSED: Final[Mapping[CardLife, Reason]] = {
    CardLife.REVOKED: Reason.CARD_REVOKED,
    CardLife.LOST: Reason.CARD_LOST,
    CardLife.RETURNED: Reason.CARD_RETURNED,
}

_FAILED: Final = frozenset({Reason.CARD_CLONED.name, Reason.CARD_TAKEN_AWAY.name})
"""Refusals by which the chip counted a failed authentication: it counts at the first part, so one that was pulled
away half-way counts, too."""


class CardStory(Struct, frozen=True):
    """What is known of one card.

    Attributes:
        life: Where it stands; None for one that only imported records know.
        number: What is printed on it, if it was issued here.
        holder_id: To whom.
        valid_until: The last day on which it opens anything.
        counter: The highest of its messages so far; -1 when none came.
        failures: Failed authentications since the last one that did not fail.
        pin_tries: Wrong PINs since the last right one.
        key_version: With which of the site's master keys it was written; None for a card that was not issued here.
    """

    life: CardLife | None = None
    number: str = ""
    holder_id: str = ""
    valid_until: date | None = None
    counter: int = -1
    failures: int = 0
    pin_tries: int = 0
    key_version: int | None = None

    def to_json(self) -> dict[str, Json]:
        """As an entry of the kind ON_SITE keeps it: only what is not as of a card that nobody knows."""
        said: dict[str, Json] = {
            "life": self.life.value if self.life is not None else None,
            "number": self.number,
            "holder": self.holder_id,
            "valid_until": self.valid_until.isoformat() if self.valid_until is not None else None,
            "counter": self.counter,
            "failures": self.failures,
            "pin_tries": self.pin_tries,
            "key_version": self.key_version,
        }
        return {key: value for key, value in said.items() if value != _NOTHING_SAID[key]}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "CardStory":
        """Reads what `to_json` gives."""
        whole = {**_NOTHING_SAID, **said}
        life, until = whole["life"], whole["valid_until"]
        return cls(
            life=CardLife(life) if life is not None else None,
            number=whole["number"],
            holder_id=whole["holder"],
            valid_until=date.fromisoformat(until) if until is not None else None,
            counter=whole["counter"],
            failures=whole["failures"],
            pin_tries=whole["pin_tries"],
            key_version=whole["key_version"],
        )


_NOTHING_SAID: Final[Mapping[str, Any]] = {
    "life": None,
    "number": "",
    "holder": "",
    "valid_until": None,
    "counter": -1,
    "failures": 0,
    "pin_tries": 0,
    "key_version": None,
}
_UNKNOWN: Final = CardStory()


class CardBook:
    """The stories of all cards. Its size goes with the cards, not with the years."""

    def __init__(self) -> None:
        self._stories: dict[str, CardStory] = {}
        self._challenge_all = False

    # --- what the rules ask ---------------------------------------------------------------------------

    def issued(self, credential: Credential) -> Card | None:
        """The card that was issued here under this credential; None when none was."""
        story = self._stories.get(str(credential), _UNKNOWN)
        if story.life is None or story.valid_until is None:
            return None
        revoked = story.life is CardLife.REVOKED
        return Card(story.number, credential, story.holder_id, story.valid_until, revoked)

    def out_of_use(self, credential: Credential) -> Reason | None:
        """Why a card that was issued opens nothing any more; None while it does."""
        life = self._stories.get(str(credential), _UNKNOWN).life
        return _REFUSED.get(life) if life is not None else None

    def is_fresh(self, credential: Credential, proof: CardProof) -> bool:
        """Whether a message, if there is one, is newer than all that this card has sent so far.

        Once a ledger was restored nobody knows how far a card had come: from then on a message counts only together
        with a challenge.
        """
        if proof.counter is None:
            return True
        story = self._stories.get(str(credential), _UNKNOWN)
        if self._challenge_all and not proof.challenged:
            return False
        return proof.counter > story.counter

    def left_alone(self) -> frozenset[Credential]:
        """Cards that failed so often that they are not asked again before staff have said so."""
        return frozenset(
            Credential.parse(key) for key, story in self._stories.items() if story.failures >= MOST_FAILURES
        )

    def pin_locked(self, credential: Credential) -> bool:
        """Whether too many wrong PINs were given."""
        return self.pin_tries(credential) >= MOST_PIN_TRIES

    def pin_tries(self, credential: Credential) -> int:
        """Wrong PINs since the last right one."""
        return self._stories.get(str(credential), _UNKNOWN).pin_tries

    def story(self, credential: Credential) -> CardStory:
        """What is known of a card; of one that nobody knows, that it is unknown."""
        return self._stories.get(str(credential), _UNKNOWN)

    def told_of(self) -> tuple[Credential, ...]:
        """The cards that any entry told something of, in the order in which the first one did."""
        return tuple(map(Credential.parse, self._stories))

    @property
    def challenge_all(self) -> bool:
        """Whether the ledger was restored, so that messages alone are not trusted."""
        return self._challenge_all

    # --- what is learnt -------------------------------------------------------------------------------

    def saw(self, credential: Credential, proof: CardProof) -> None:
        """Learn of a message as soon as it has come, before an entry tells of it."""
        if proof.counter is not None:
            self._raise(str(credential), proof.counter)

    def apply(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take one entry, in the ledger's order."""
        match kind:
            case EntryKind.RESTORED.value:
                self._challenge_all = True
            case EntryKind.PIN_WRONG.value:
                key = str(body["credential"])
                self._change(key, pin_tries=self._stories.get(key, _UNKNOWN).pin_tries + 1)
            case EntryKind.CARD_UNLOCKED.value:
                self._change(str(body["credential"]), failures=0, pin_tries=0)
            case EntryKind.CARD_PIN_SET.value:
                self._change(str(body["credential"]), pin_tries=0)
            case _ if kind in _LIFE_OF:
                self._lives_on(_LIFE_OF[kind], body)
            case _:
                self._showed(body)
                if body.get("pin") == "right":
                    self._change(str(body["credential"]), pin_tries=0)

    def to_json(self) -> dict[str, Json]:
        """As an entry of the kind ON_SITE keeps it."""
        stories: dict[str, Json] = {key: story.to_json() for key, story in self._stories.items()}
        return {"stories": stories, "challenge_all": self._challenge_all}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "CardBook":
        """Reads what `to_json` gives; entries of earlier versions say nothing."""
        book = cls()
        book._stories = {key: CardStory.from_json(story) for key, story in said.get("stories", {}).items()}
        book._challenge_all = said.get("challenge_all", False)
        return book

    def _lives_on(self, life: CardLife, body: Mapping[str, Any]) -> None:
        key = str(body["credential"])
        if life is CardLife.ISSUED:
            until = date.fromisoformat(body["valid_until"])
            self._change(
                key, life=life, number=str(body["card"]), holder_id=str(body["holder"]), valid_until=until,
                failures=0, pin_tries=0, key_version=body.get("key_version"),
            )  # fmt: skip
        else:
            before = self._stories.get(key, _UNKNOWN)  # a card of imported records is named by its step, if at all
            number, holder_id = (str(body.get(said, "")) for said in ("card", "holder"))
            self._change(key, life=life, number=before.number or number, holder_id=before.holder_id or holder_id)

    def _showed(self, body: Mapping[str, Any]) -> None:
        """What the entries of a visit tell of the cards that were tapped."""
        for key, proof, reason in _taps(body):
            if proof.get("counter") is not None:
                self._raise(key, proof["counter"])
            if proof.get("challenged") or proof.get("means") == Means.CHALLENGE.value:
                self._change(key, failures=0)
            elif reason in _FAILED:
                self._change(key, failures=self._stories.get(key, _UNKNOWN).failures + 1)

    def _raise(self, key: str, counter: int) -> None:
        if counter > self._stories.get(key, _UNKNOWN).counter:
            self._change(key, counter=counter)

    def _change(self, key: str, **changes: Any) -> None:  # noqa: ANN401 - CardStory's own fields, checked by replace
        before = self._stories.get(key, _UNKNOWN)
        after = replace(before, **changes)
        if after != before:
            self._stories[key] = after


def _taps(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """The taps that an entry of a visit tells of: card, what it showed, why it was not taken."""
    if body.get("credential") is not None:
        reason = str(body.get("reason", ""))
        yield str(body["credential"]), body.get("proof") or {}, reason
        if body.get("signed_proof"):
            yield str(body["credential"]), body["signed_proof"], ""
    for other in body.get("other_cards", ()):
        if other.get("credential") is not None:
            yield str(other["credential"]), other.get("proof") or {}, str(other.get("reason", ""))
