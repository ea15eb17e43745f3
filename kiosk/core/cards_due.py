"""What is to be done about cards before it troubles somebody at the gate (clauses 1.8, 2.4, 5.1)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from kiosk.core.known_cards import IN_USE, CardState, KnownCard, KnownCards

SOON: Final = timedelta(days=30)
"""How long before its last day a card is spoken of: time to have the holder come by."""


def running_out(cards: KnownCards, today: date) -> list[KnownCard]:
    """Cards in use whose last day is near or has passed."""
    return [
        card
        for card in cards.all()
        if card.state in IN_USE and card.valid_until is not None and card.valid_until <= today + SOON
    ]


def stopped(cards: KnownCards) -> list[KnownCard]:
    """Cards in use that the gate leaves alone until staff say otherwise."""
    return [card for card in cards.all() if card.state in IN_USE and (card.left_alone or card.pin_locked)]


def contradicted(cards: KnownCards) -> list[KnownCard]:
    """Cards that were issued here to one and that imported records give to another: the gate refuses them."""
    found = []
    for recorded in cards.records.cards():
        story = cards.book.story(recorded.credential)
        if story.holder_id and story.holder_id != recorded.holder_id:
            found.append(cards.of(recorded.credential))
    return found


def without_proof(cards: KnownCards, holders: Iterable[str]) -> list[str]:
    """Who of some people has no card in use that was written here, and so none that can prove itself."""
    proven = {card.holder_id for card in cards.all() if card.state is CardState.ISSUED}
    return [holder for holder in holders if holder not in proven]
