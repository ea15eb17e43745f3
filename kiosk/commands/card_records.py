"""What the commands of cards look at: the records and what the ledger tells of cards, beside a kiosk that runs."""

from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.commands.export import WrongUse as WrongUse  # noqa: PLC0414 - one error for what cannot be meant
from kiosk.core.card_steps import CardRefused
from kiosk.core.effects import EntryKind
from kiosk.core.known_cards import KnownCard, KnownCards
from kiosk.core.parties import StaffMember
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.ledger.moments import moment_of
from kiosk.ledger.newest import since_last

if TYPE_CHECKING:
    from kiosk.site import Site


def ledger_of(data: Path) -> Path:
    """The ledger's folder.

    Raises:
        FileNotFoundError: There is none.
    """
    folder = data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    return folder


def known_cards(site: "Site", data: Path) -> KnownCards:
    """All cards that records or the ledger know, as they stand now.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        SealgateError: The records cannot be used.
        OSError: Something is not there, or the disk does not give it.
    """
    roster = Roster()
    for entry in since_last(ledger_of(data), EntryKind.ON_SITE.value):
        roster.apply(entry.kind, entry.body, moment_of(entry.stamp))
    return KnownCards(records_of(site, data), roster.cards)


def records_of(site: "Site", data: Path) -> Records:
    """The imported records; raises as `known_cards`."""
    from kiosk.register.store import RecordStore
    from kiosk.signed_lists import list_opener

    return RecordStore(data / "records", list_opener(site.list_keys)).load(site.seal_types).records


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
