"""Do cards prove themselves, are their keys the service's alone, and which cards need somebody (1.8, 2.4, 5.1)?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.console.messages import Condition
from kiosk.core.cards import CardLevel
from kiosk.core.errors import SealgateError
from kiosk.doctor.check import Kiosk, Verdict, good, named, unseen, wrong

if TYPE_CHECKING:
    from kiosk.core.known_cards import KnownCards
    from kiosk.site import Site

_LEVEL, _KEYS, _CARDS, _HOLDERS = "cards' level", "card keys", "cards", "holders of cards"

CREDENTIALS: Final = (Path("/etc/credstore.encrypted"), Path("/run/credstore.encrypted"))
"""Where systemd keeps encrypted credentials (systemd.exec(5)): docs/card-keys.md has the key put there."""


class CardsCheck:
    """Looks at the cards, by what records and ledger know of them."""

    of = _CARDS

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """The level, the keys that it needs, and the cards that somebody must see to."""
        if kiosk.site is None:
            return
        yield _level(kiosk.site.plan.card_level)
        if kiosk.site.plan.card_level is not CardLevel.UID:
            yield keys_verdict(kiosk, kiosk.site.plan.card_level)
        if kiosk.ledger.is_dir():
            from kiosk.card_holdings import known_cards

            yield from _cards(kiosk, kiosk.site, known_cards(kiosk.site, kiosk.data))


def _level(level: CardLevel) -> Verdict:
    match level:
        case CardLevel.UID:
            finding = "a card counts by its number alone, which a cheap card copies"
            return wrong(_LEVEL, f"uid: {finding}", 'issue cards with keys, and set cards.level = "proven"')
        case CardLevel.SIGNED:
            return good(_LEVEL, "signed: no card can be made up; a copy on a card made for that is not seen")
        case _:
            return good(_LEVEL, "proven: a card must hold a key that nobody can read out of it")


def keys_verdict(kiosk: Kiosk, level: CardLevel) -> Verdict:
    """Whether the keys that a level needs are there, and the service's alone."""
    from kiosk.card_keys import NAME, place_of_keys, read_keys
    from kiosk.card_record_keys import trusted_lines

    if level is CardLevel.SIGNED:
        trusted = len(trusted_lines(kiosk.data))
        if not trusted:
            return wrong(_KEYS, "there is no key by which signed cards are known", "sealgate card key make --records")
        return good(_KEYS, f"signed cards are known by {trusted} public keys")
    path = place_of_keys(kiosk.data)
    sealed = next((folder / NAME for folder in CREDENTIALS if os.path.lexists(folder / NAME)), None)
    if sealed is not None and not os.path.lexists(path):
        return _sealed(kiosk, sealed)
    try:
        keys = read_keys(path)
    except SealgateError as fault:
        return wrong(_KEYS, f"expected {fault.expected}, got {fault.got}", fault.mend)
    owner, service = path.stat().st_uid, kiosk.data.stat().st_uid
    if path.parent == kiosk.data / "keys" and owner != service:
        return wrong(_KEYS, f"{path} is user {owner}'s, and the kiosk runs as user {service}", f"chown {service} it")
    versions = ", ".join(str(each.version) for each in keys.masters)
    return good(_KEYS, f"{path}, its owner's alone: versions {versions}, newest {keys.newest.fingerprint}")


def _sealed(kiosk: Kiosk, where: Path) -> Verdict:
    """Of keys that the service alone is given: a card reader that works has them, for without it is out of service."""
    given = f"systemd gives them to the service out of {where}"
    said = kiosk.running.said if kiosk.running is not None else None
    reader = said.device(kiosk.site.reader.name) if said is not None and kiosk.site is not None else None
    if reader is not None and reader.condition is Condition.WORKING:
        return good(_KEYS, f"{given}; the kiosk that runs has taken them")
    return unseen(_KEYS, f"{given}; they were not looked at", "start the kiosk: its card reader works once it has them")


def _cards(kiosk: Kiosk, site: Site, cards: KnownCards) -> Iterator[Verdict]:
    from kiosk.core.cards_due import contradicted, running_out, stopped, without_proof

    today = kiosk.now.astimezone(site.plan.timezone).date()
    troubles = (
        ("run out soon, or have", running_out(cards, today), "issue them anew, or import newer dates"),
        ("are left alone, or their PIN is locked", stopped(cards), "see them, then 'sealgate card unlock NUMBER'"),
        (
            "were issued here to others than the imported records say, and are refused",
            contradicted(cards),
            "import drivers and staff without these cards",
        ),
    )
    wrongs = [
        wrong(_CARDS, f"{named(each)} {what}", mend)
        for what, found, mend in troubles
        if (each := [card.number or str(card.credential) for card in found])
    ]
    yield from wrongs or [good(_CARDS, f"{len(cards.all())} known; none needs anybody")]
    if site.plan.card_level is CardLevel.PROVEN:
        people = [
            *(each.staff_id for each in cards.records.staff()),
            *(each.driver_id for each in cards.records.drivers()),
        ]
        lacking = without_proof(cards, people)
        if lacking:
            yield wrong(_HOLDERS, f"{named(lacking)} have no card that can prove itself", "sealgate card issue")
        else:
            yield good(_HOLDERS, f"all {len(people)} drivers and staff have a card that can prove itself")
