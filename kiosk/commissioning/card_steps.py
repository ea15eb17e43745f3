"""The card reader's steps: a card, another card, and what the site's keys make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from drivers.cards.values import BY_NUMBER, Means
from drivers.nfc_reader import CardGone, CardRefused, CardSeen
from kiosk.commissioning.card_look import CardLooked
from kiosk.commissioning.step import Failed, Skipped, require_ready, wait_for
from kiosk.core.cards import CardLevel

if TYPE_CHECKING:
    from drivers.cards.values import Card, CardProof
    from kiosk.commissioning.step import Walk

_LEVELS: Final = {
    Means.NUMBER: CardLevel.UID,
    Means.SIGNATURE: CardLevel.SIGNED,
    Means.MESSAGE: CardLevel.PROVEN,
    Means.CHALLENGE: CardLevel.PROVEN,
}
"""Which level a card reaches by what it showed."""

_ORDER: Final = (CardLevel.UID, CardLevel.SIGNED, CardLevel.PROVEN)

_SHOWED: Final = {
    Means.NUMBER: "by its number alone",
    Means.SIGNATURE: "by a record that the site signed",
    Means.MESSAGE: "by a message that counts once",
    Means.CHALLENGE: "by answering a challenge",
}


class Tapped(Struct, frozen=True):
    """A card that was laid on.

    Attributes:
        seen: What the reader reported of it.
        looked: What chip it is, if it was looked at.
    """

    seen: CardSeen | CardRefused
    looked: CardLooked | None


class CardStep:
    """A card is laid on: which chip, which UID, which level by the site's keys, how fast.

    Args:
        first: The step with the first card; None for that one itself. The second card must be another.
    """

    def __init__(self, first: CardStep | None = None) -> None:
        self.name = "a card on the reader" if first is None else "another card on the reader"
        self.card: Card | None = None
        self._first = first

    def walk(self, walk: Walk) -> str:
        """See Step."""
        before = self._first.card if self._first is not None else None
        if self._first is not None and before is None:
            raise Skipped("no first card was seen")
        require_ready(walk, walk.site.reader.name)
        which = "a card of this site's" if before is None else "another card of this site's"
        tapped = _tapped(walk, f"Lay {which} on the reader, and take it off again.")
        detail = _said(tapped)
        match tapped.seen:
            case CardRefused(_, why):
                raise Failed(f"{detail}: {why.value}")
            case CardSeen(_, _, identifier, proof):
                if before is not None and identifier == before.identifier:
                    raise Failed(f"{detail}: it is the first card again")
                _require_level(walk, proof, detail)
        self.card = tapped.looked.card if tapped.looked is not None else None
        return detail


def _tapped(walk: Walk, what: str) -> Tapped:
    """The next card that is laid on; the step goes on once it was taken off."""
    looked: list[CardLooked] = []

    def seen(report: object) -> Tapped | None:
        match report:
            case CardLooked():
                looked[:] = [report]
            case CardSeen() | CardRefused():
                return Tapped(report, looked[0] if looked else None)
        return None

    tapped = wait_for(walk, what, seen)
    walk.talk.say(f"  {_said(tapped)}")
    if isinstance(tapped.seen, CardSeen):
        wait_for(walk, "Take it off.", lambda report: report if isinstance(report, CardGone) else None)
    return tapped


def _said(tapped: Tapped) -> str:
    looked, card = tapped.looked, _identifier(tapped)
    chip = looked.chip if looked is not None else "a card that was not looked at"
    if isinstance(tapped.seen, CardRefused):
        return f"{chip}, {card}"
    proof = tapped.seen.proof
    version = f", key version {proof.key_version}" if proof.key_version is not None else ""
    speed = f", in {looked.proof_s:.2f} s" if looked is not None and looked.proof_s and proof != BY_NUMBER else ""
    return f"{chip}, {card}, level {_LEVELS[proof.means].value} {_SHOWED[proof.means]}{version}{speed}"


def _identifier(tapped: Tapped) -> str:
    match tapped.seen:
        case CardSeen(_, _, identifier):
            return f"UID {identifier.hex().upper()}"
        case CardRefused(card=card):
            return f"UID {card.identifier.hex().upper()}" if card is not None else "without a number that lasts"


def _require_level(walk: Walk, proof: CardProof, detail: str) -> None:
    """Hold that a card shows what the site asks of cards."""
    if walk.hands.cards_lack is not None:
        raise Failed(f"{detail}: the kiosk cannot ask for more, {walk.hands.cards_lack}")
    wanted = walk.site.plan.card_level
    if _ORDER.index(_LEVELS[proof.means]) < _ORDER.index(wanted):
        raise Failed(f"{detail}: the site takes level {wanted.value} alone (cards.level)")
