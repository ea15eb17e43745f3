"""What the ledger tells of cards: who was given which, what became of it, and what it showed at earlier taps.

Folded from entries, as the roster is, and said again with it: so it is the same after a restart and in a ledger that
was restored. What a tap tells counts as soon as it has come, before an entry says so; the entry then says how far the
card had come by it, so that taking it once more changes nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from msgspec.structs import replace

from kiosk.core.card_story import UNKNOWN, CardLife, CardStory
from kiosk.core.cards import Card, CardLevel, CardProof, Credential
from kiosk.core.effects import EntryKind, Json
from kiosk.core.reasons import Reason

MOST_FAILURES: Final = 10
"""Failed authentications in a row after which a card is left alone. An NTAG 424 DNA slows down after 50 and dies at
1,000 (NT4H2421Gx data sheet, 8.2.4); whoever lays a card on ten times in vain needs staff, not an eleventh time."""

MOST_PIN_TRIES: Final = 3
"""Wrong PINs in a row after which it is locked (NZISM 3.9: lock after three failures)."""

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

_FAILED: Final = frozenset({Reason.CARD_CLONED, Reason.CARD_NOT_GENUINE, Reason.CARD_TAKEN_AWAY})
"""Refusals of the reader's by which the chip counted a failed authentication: it counts at the first part, so one that
was pulled away half-way counts, too."""

_OF_STAFF_AND_PINS: Final = frozenset(
    kind.value for kind in (EntryKind.PIN_WRONG, EntryKind.CARD_PIN_SET, EntryKind.CARD_UNLOCKED)
)

MOST_STRANGERS: Final = 1000
"""Cards of which only failures are known: whoever makes up numbers fills no memory. Who failed least goes first."""

_OF_TAPS: Final = frozenset(
    kind.value
    for kind in (
        *(EntryKind.CARD_TAPPED, EntryKind.PIN_ASKED, EntryKind.VISIT_OPENED, EntryKind.UPLIFT, EntryKind.HOLD),
        *(EntryKind.REFUSAL, EntryKind.ABANDONED, EntryKind.INTERRUPTED),
    )
)
"""Kinds of entries that tell what a card showed. All others may have the same keys for something else."""


def counts_as_failure(reason: Reason) -> bool:
    """Whether the chip counted a failed authentication when the reader refused a card for this."""
    return reason in _FAILED


class CardBook:
    """The stories of all cards. Its size goes with the cards, not with the years."""

    def __init__(self) -> None:
        self._stories: dict[str, CardStory] = {}
        self._strangers: set[str] = set()
        self._challenge_all = False

    # --- what the rules ask ---------------------------------------------------------------------------

    def story(self, credential: Credential) -> CardStory:
        """What is known of a card; of one that nobody knows, that it is unknown."""
        return self._stories.get(str(credential), UNKNOWN)

    def told_of(self) -> tuple[Credential, ...]:
        """The cards that any entry told something of, in no order that means anything."""
        return tuple(map(Credential.parse, self._stories))

    def issued(self, credential: Credential) -> Card | None:
        """The card that was issued here under this credential; None when none was."""
        story = self.story(credential)
        if story.life is None or story.valid_until is None:
            return None
        revoked = story.life is CardLife.REVOKED
        return Card(story.number, credential, story.holder_id, story.valid_until, revoked)

    def out_of_use(self, credential: Credential) -> Reason | None:
        """Why a card that was issued opens nothing any more; None while it does."""
        life = self.story(credential).life
        return _REFUSED.get(life) if life is not None else None

    def given_to_another(self, card: Card) -> bool:
        """Whether it was issued here to another than this card's holder: nobody knows who holds it."""
        story = self.story(card.credential)
        return story.life is CardLife.ISSUED and story.holder_id != card.holder_id

    def outdated(self, credential: Credential, proof: CardProof) -> bool:
        """Whether a card was proven with an older key than it was written with last: it no longer has that one.

        Whoever stole a master key that was replaced makes copies with it until it is retired.
        """
        written = self.story(credential).key_version
        return proof.key_version is not None and written is not None and proof.key_version < written

    def is_fresh(self, credential: Credential, proof: CardProof) -> bool:
        """Whether a message, if there is one, is newer than all that this card has sent so far.

        Once a ledger was restored nobody knows how far a card had come: from then on a message counts only together
        with a challenge.
        """
        if proof.counter is None:
            return True
        if self._challenge_all and not proof.challenged:
            return False
        return not self.came_before(credential, proof)

    def came_before(self, credential: Credential, proof: CardProof) -> bool:
        """Whether what a card showed is a message that is not newer than all that it has sent so far."""
        return proof.counter is not None and proof.counter <= self.story(credential).counter

    def left_alone(self) -> frozenset[Credential]:
        """Cards that failed so often that they are not asked again before staff have said so."""
        return frozenset(
            Credential.parse(key) for key, story in self._stories.items() if story.failures >= MOST_FAILURES
        )

    def written_here(self) -> frozenset[Credential]:
        """Cards in use that have keys of the site's."""
        return frozenset(
            Credential.parse(key)
            for key, story in self._stories.items()
            if story.key_version is not None and story.life is CardLife.ISSUED
        )

    def pin_locked(self, credential: Credential) -> bool:
        """Whether too many wrong PINs were given."""
        return not self.pin_tries_left(credential)

    def pin_tries(self, credential: Credential) -> int:
        """Wrong PINs since the last right one."""
        return self.story(credential).pin_tries

    def pin_tries_left(self, credential: Credential) -> int:
        """How many more wrong PINs it takes until it is locked."""
        return max(0, MOST_PIN_TRIES - self.pin_tries(credential))

    @property
    def challenge_all(self) -> bool:
        """Whether the ledger was restored, so that messages alone are not trusted."""
        return self._challenge_all

    # --- what is learnt -------------------------------------------------------------------------------

    def heard(self, credential: Credential, proof: CardProof) -> bool:
        """Learn of a message, whoever sent it, before an entry tells of it; whether that changed anything."""
        before = self.story(credential)
        if proof.counter is not None:
            self._raise(str(credential), proof.counter)
        return self.story(credential) != before

    def saw(self, credential: Credential, proof: CardProof) -> bool:
        """Learn of a card that proved itself, before an entry tells of it; whether that changed anything."""
        before = self.story(credential)
        self.heard(credential, proof)
        if proof.level is not CardLevel.UID:  # where no card is challenged, what its chip counts stays at nought
            self._change(str(credential), failures=0)
        return self.story(credential) != before

    def failed(self, credential: Credential) -> int:
        """Learn of a failed authentication, before an entry tells of it; how many there were in a row by now."""
        failures = self.story(credential).failures + 1
        self._change(str(credential), failures=failures)
        return failures

    def apply(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take one entry, in the ledger's order."""
        if kind == EntryKind.RESTORED.value:
            self._challenge_all = True
        elif kind in _OF_TAPS:
            self._showed(kind, body)
        elif kind in _LIFE_OF:
            self._lives_on(_LIFE_OF[kind], body)
        elif kind in _OF_STAFF_AND_PINS:
            self._tried(kind, str(body["credential"]), body)

    def to_json(self) -> dict[str, Json]:
        """As an entry of the kind ON_SITE keeps it."""
        stories: dict[str, Json] = {key: story.to_json() for key, story in self._stories.items()}
        return {"stories": stories, "challenge_all": self._challenge_all}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "CardBook":
        """Reads what `to_json` gives; entries of earlier versions say nothing."""
        book = cls()
        book._stories = {key: CardStory.from_json(story) for key, story in said.get("stories", {}).items()}
        book._strangers = {key for key, story in book._stories.items() if story.is_strangers}
        book._challenge_all = said.get("challenge_all", False)
        return book

    # --- one kind of entry after the other --------------------------------------------------------------

    def _tried(self, kind: str, key: str, body: Mapping[str, Any]) -> None:
        match kind:
            case EntryKind.PIN_WRONG.value:
                self._change(key, pin_tries=max(self._of(key).pin_tries, int(body["tries"])))
            case EntryKind.CARD_PIN_SET.value:
                self._change(key, pin_tries=0)
            case _:
                self._change(key, failures=0, pin_tries=0)

    def _lives_on(self, life: CardLife, body: Mapping[str, Any]) -> None:
        key = str(body["credential"])
        if life is CardLife.ISSUED:
            until = date.fromisoformat(body["valid_until"])
            self._change(
                key, life=life, number=str(body["card"]), holder_id=str(body["holder"]), valid_until=until,
                failures=0, pin_tries=0, key_version=body.get("key_version"),
            )  # fmt: skip
            self._raise(key, int(body.get("counter", -1)))
        else:
            before = self._of(key)  # a card of imported records is named by its step, if at all
            number, holder_id = (str(body.get(said, "")) for said in ("card", "holder"))
            self._change(key, life=life, number=before.number or number, holder_id=before.holder_id or holder_id)

    def _showed(self, kind: str, body: Mapping[str, Any]) -> None:
        """What an entry tells of the cards that were tapped."""
        for key, proof in _taps(body):
            if proof.get("counter") is not None:
                self._raise(key, proof["counter"])
        if kind == EntryKind.CARD_TAPPED.value and "failures" in body:
            key, failures = str(body["credential"]), int(body["failures"])
            self._change(key, failures=max(self._of(key).failures, failures) if failures else 0)
        if kind == EntryKind.VISIT_OPENED.value and "pin" in body:
            self._change(str(body["credential"]), pin_tries=0)

    def _raise(self, key: str, counter: int) -> None:
        if counter > self._of(key).counter:
            self._change(key, counter=counter)

    def _of(self, key: str) -> CardStory:
        return self._stories.get(key, UNKNOWN)

    def _change(self, key: str, **changes: Any) -> None:  # noqa: ANN401 - CardStory's own fields, checked by replace
        after = replace(self._of(key), **changes)
        self._stories[key] = after
        self._strangers.discard(key)
        if after == UNKNOWN:
            del self._stories[key]
        elif after.is_strangers:
            self._make_room()
            self._strangers.add(key)

    def _make_room(self) -> None:
        """For one more stranger. Who goes hangs on what is known alone, not on the order in which it came."""
        if len(self._strangers) >= MOST_STRANGERS:
            least = min(self._strangers, key=lambda key: (self._stories[key].failures, key))
            self._strangers.discard(least)
            del self._stories[least]


def _taps(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The taps that an entry tells of: card, and what it showed. A visit's entries tell of each tap until then."""
    if body.get("credential") is not None:
        yield from ((str(body["credential"]), body[each]) for each in ("proof", "signed_proof") if body.get(each))
    for other in body.get("other_cards", ()):
        if other.get("proof"):
            yield str(other["credential"]), other["proof"]
