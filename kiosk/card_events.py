"""What the card reader reports as the core's events, and what it is told to ask: part of devices.py. No decisions.

The keys are handed over, not read here: what they stand in is kiosk/card_keys.py's to know.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from drivers import nfc_reader
from drivers.card_presence import RefusedBecause
from drivers.cards import values
from kiosk.core import events as ev
from kiosk.core.attendance import ever_unattended
from kiosk.core.cards import CardLevel, CardProof, CardTechnology, Credential, Means, SignedRecord
from kiosk.core.effects import ChallengeCards
from kiosk.core.errors import SealgateError
from kiosk.core.reasons import Reason
from kiosk.core.times import Moment
from kiosk.site import CardsBy, Site

if TYPE_CHECKING:  # loaded where cards are asked: it brings the cryptography
    from drivers.cards.keys import SiteKeys

_REFUSED: Final = {
    RefusedBecause.RANDOM_UID: Reason.CARD_RANDOM_ID,
    RefusedBecause.UNREADABLE: Reason.CARD_UNREADABLE,
    RefusedBecause.UNSUPPORTED: Reason.CARD_UNSUPPORTED,
    values.ProofFailed.TAKEN_AWAY: Reason.CARD_TAKEN_AWAY,
    values.ProofFailed.CLONED: Reason.CARD_CLONED,
    values.ProofFailed.NOT_GENUINE: Reason.CARD_NOT_GENUINE,
    values.ProofFailed.NOT_SIGNED: Reason.CARD_NOT_SIGNED,
    values.ProofFailed.RECORD_COPIED: Reason.CARD_RECORD_COPIED,
    values.ProofFailed.FAILED_TOO_OFTEN: Reason.CARD_FAILED_TOO_OFTEN,
}


class CardKeys(Struct, frozen=True):
    """By what the site knows its cards.

    Attributes:
        masters: The master keys of cards that prove themselves.
        signed_by: Raw Ed25519 public keys of whoever signs the records of signed cards.
    """

    masters: "SiteKeys | None" = None
    signed_by: tuple[bytes, ...] = ()


class CardKeysMissing(SealgateError):
    """The site asks more of cards than it can check."""


LoadCardKeys = Callable[[], CardKeys]
"""Reads the keys; called only where cards are asked.

Raises:
    SealgateError: when they cannot be used.
    OSError: when the disk does not give them.
"""


def no_card_keys() -> CardKeys:
    """Of a kiosk that was given none."""
    return CardKeys()


def make_prover(site: Site, load: LoadCardKeys) -> nfc_reader.Prover | None:
    """What asks the cards; None where the site takes their numbers at any hour.

    Where it takes them only while staff are there, cards that can prove themselves are asked all the same: by night
    they must. Without keys none can, and the gate goes on without; `sealgate doctor` says so.

    Raises:
        SealgateError: when the keys that the site's level needs are not there, or cannot be used.
    """
    if site.plan.card_level is CardLevel.UID:
        return _make_prover_by_night(site, load) if ever_unattended(site.plan) else None
    keys = _keys_of(load)
    if site.plan.card_level is CardLevel.PROVEN and keys.masters is None:
        raise CardKeysMissing(
            expected='the card keys that cards.level = "proven" needs',
            got="none",
            mend="make them, or put the site's own back (docs/cards.md)",
        )
    if site.plan.card_level is CardLevel.SIGNED and not keys.signed_by:
        raise CardKeysMissing(
            expected='the public key that cards.level = "signed" needs',
            got="none",
            mend="make the key that signs cards, or put its public half back (docs/cards.md)",
        )
    return _prover_by(site, keys)


def _make_prover_by_night(site: Site, load: LoadCardKeys) -> nfc_reader.Prover | None:
    try:
        keys = _keys_of(load)
    except SealgateError:
        return None
    return _prover_by(site, keys) if keys.masters is not None else None


def _keys_of(load: LoadCardKeys) -> CardKeys:
    try:
        return load()
    except OSError as error:
        raise CardKeysMissing(expected="the site's card keys", got=str(error), mend="see to the disk") from error


def _prover_by(site: Site, keys: CardKeys) -> nfc_reader.Prover:
    from drivers.cards.prover import CardProver, Level, ProverSettings

    level = Level(site.plan.card_level.value)
    by_message, challenged_too = site.cards_by is not CardsBy.CHALLENGE, site.cards_by is CardsBy.BOTH
    return CardProver(
        ProverSettings(
            level, by_message=by_message, challenged_too=challenged_too, keys=keys.masters, signed_by=keys.signed_by
        )
    )


def event_of_card(report: nfc_reader.CardReport, at: Moment) -> ev.Event:
    """A report of the card reader's as the core takes it."""
    match report:
        case nfc_reader.CardSeen(_, technology, identifier, proof):
            return ev.CardPresented(Credential(CardTechnology[technology.name], identifier), _proof(proof), at)
        case nfc_reader.CardRefused(_, why, card, showed):
            credential = _credential(card) if card is not None else None
            return ev.CardNotTaken(_REFUSED[why], at, credential, _proof(showed) if showed is not None else None)
        case _:
            return ev.CardRemoved(at)


def asked(effect: ChallengeCards) -> nfc_reader.Asked:
    """What the core wants of the reader, as that takes it."""
    only = effect.only_these
    return nfc_reader.Asked(effect.always, _cards(effect.not_these), _cards(only) if only is not None else None)


def asked_at_first(site: Site) -> nfc_reader.Asked:
    """Whom the reader asks until the core says more: where a number is enough nobody, for it may be a strange card."""
    return nfc_reader.Asked(only_these=frozenset() if site.plan.card_level is CardLevel.UID else None)


def _cards(credentials: frozenset[Credential]) -> frozenset[values.Card]:
    return frozenset(values.Card(values.CardTechnology[each.technology.name], each.identifier) for each in credentials)


def _credential(card: values.Card) -> Credential:
    return Credential(CardTechnology[card.technology.name], card.identifier)


def _proof(proof: values.CardProof) -> CardProof:
    said = proof.record
    record = SignedRecord(said.holder_id, said.issued, said.valid_until) if said is not None else None
    return CardProof(Means[proof.means.name], proof.counter, proof.challenged, record, proof.key_version)
