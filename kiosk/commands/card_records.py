"""Whom and which card the commands of cards mean."""

from kiosk.commands.export import WrongUse as WrongUse  # noqa: PLC0414 - one error for what cannot be meant
from kiosk.core.card_steps import CardRefused
from kiosk.core.known_cards import KnownCard, KnownCards
from kiosk.core.parties import StaffMember
from kiosk.core.records import Records


def staff_named(records: Records, staff_id: str) -> StaffMember:
    """Who does it.

    Raises:
        WrongUse: There is no such member of staff.
    """
    member = records.staff_member(staff_id)
    if member is None:
        raise WrongUse(f"--staff: expected the id of one of the site's staff, got {staff_id!r}; import staff first")
    return member


def the_card(cards: KnownCards, text: str) -> KnownCard:
    """The one card that somebody means.

    Raises:
        CardRefused: There is none, or several have this number.
    """
    found = cards.named(text)
    if not found:
        raise CardRefused(
            expected="the number printed on a card of the site, or the card as a reader sees it (TYPE_4:04...)",
            got=repr(text),
            mend="look it up with 'sealgate card list --all'",
        )
    if len(found) > 1:
        raise CardRefused(
            expected=f"one card of the number {text}",
            got=", ".join(str(card.credential) for card in found),
            mend="name the one you mean as a reader sees it",
        )
    return found[0]
