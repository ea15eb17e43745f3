"""What a tap tells of its card: whether its message is new, and what is learnt by it. Pure, over the book of cards."""

from typing import Final

from kiosk.core import events as ev
from kiosk.core.card_book import CardBook, counts_as_failure
from kiosk.core.cards import CardLevel, Credential
from kiosk.core.effects import ChallengeCards
from kiosk.core.reasons import Reason

Tap = ev.CardPresented | ev.CardNotTaken

MOST_FAILING: Final = 3
"""Cards of the site's that fail in a row until the kiosk's own keys are doubted. One is a copy, or broken."""

_DOUBTFUL: Final = frozenset(
    {Reason.CARD_CLONED, Reason.CARD_NOT_GENUINE, Reason.CARD_NOT_SIGNED, Reason.CARD_RECORD_COPIED}
)
"""Refusals that the wrong keys at the kiosk lead to, whatever the card."""


def fresh(cards: CardBook, tap: Tap) -> Tap:
    """A card whose message came before is no card; of a copy that was found out, that is what is told."""
    if tap.credential is None or tap.proof is None:
        return tap
    if isinstance(tap, ev.CardNotTaken):
        is_new = not cards.came_before(tap.credential, tap.proof)
    else:
        is_new = cards.is_fresh(tap.credential, tap.proof)
    return tap if is_new else ev.CardNotTaken(Reason.CARD_REPLAYED, tap.at, tap.credential, tap.proof)


def learn(cards: CardBook, tap: Tap) -> tuple[bool, int | None]:
    """Remember what came, whatever becomes of the tap: in or out of service, in a visit or not.

    Returns:
        Whether anything new is known of the card; and how often it failed in a row, if that is what is new.
    """
    if tap.credential is None:
        return False, None
    before = cards.story(tap.credential).failures
    if isinstance(tap, ev.CardNotTaken):
        news = tap.proof is not None and cards.heard(tap.credential, tap.proof)
        failed = counts_as_failure(tap.reason)
        return news or failed, cards.failed(tap.credential) if failed else None
    news = cards.saw(tap.credential, tap.proof)
    now = cards.story(tap.credential).failures
    return news, now if now != before else None


def failing(before: frozenset[Credential], cards: CardBook, tap: Tap, least: CardLevel) -> frozenset[Credential]:
    """Cards that were written here and failed, since one last showed what it should.

    Args:
        before: Those before this tap. No more are kept than are needed.
        cards: What is known of cards.
        tap: The tap.
        least: What must stand behind a card.
    """
    if isinstance(tap, ev.CardPresented):
        if tap.proof.level.reaches(least):
            return frozenset()
    elif tap.reason not in _DOUBTFUL:
        return before
    if tap.credential is None or cards.story(tap.credential).key_version is None or len(before) >= MOST_FAILING:
        return before
    return before | {tap.credential}


def to_challenge(cards: CardBook, least: CardLevel) -> ChallengeCards:
    """What the reader has to know: which cards to ask, and how.

    Where a number is enough, those alone are asked that were written here: of another site's card the chip would count
    a failure at each tap.

    Args:
        cards: What is known of cards.
        least: What must stand behind a card while staff are there.
    """
    only = cards.written_here() if least is CardLevel.UID else None
    return ChallengeCards(cards.challenge_all, cards.left_alone(), only)
