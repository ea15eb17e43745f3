"""The cards of the demo: chips that the site has written, and those of people who are not who they say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import DESFIRE_AID, DESFIRE_DF_NAME
from hw.bench.attackers import clone, replayed_sun
from hw.bench.card_desfire import Desfire, aes_application
from hw.bench.card_ntag424 import Ntag424
from hw.bench.cards import chip_card, sun_chip
from hw.bench.rf import Card
from kiosk.card_holdings import known_cards
from kiosk.card_keys import make_keys, place_of_keys, read_keys
from kiosk.core.cards import Credential
from kiosk.site import Site

DESFIRES: Final = frozenset({"C0103"})
"""Printed numbers of the cards that are DESFires; all others are NTAG 424 DNAs."""

ADDRESS: Final = "https://gate.example.nz/c?picc_data={picc}&cmac={mac}"
"""What a phone opens that is held to a card of the sample site."""

_NTAG_PURPOSES: Final = (
    *(Purpose.APPLICATION, Purpose.META_READ, Purpose.FILE_READ),
    *(Purpose.CHALLENGE, Purpose.WRITE),
)
_SELECT: Final = bytes.fromhex("00A4040007D276000085010100")
_SELECT_FILE: Final = bytes.fromhex("00A4000002E104")
_READ: Final = bytes.fromhex("00B0000080")
"""How any phone reads a tag (NFC Forum Type 4 Tag 2.0, clause 5): the application, the file, 128 bytes of it."""


class CardMaker:
    """Makes the chips by the keys of a data folder, which it makes when there are none.

    Args:
        site: The site.
        data: The data folder.
    """

    def __init__(self, site: Site, data: Path) -> None:
        place = place_of_keys(data)
        if not place.exists():
            make_keys(place, datetime.now(UTC).date())
        self._keys: SiteKeys = read_keys(place).for_cards()
        self._reads: Mapping[Credential, int] = _reads_so_far(site, data)

    def ntag(self, credential: Credential) -> Ntag424:
        """An NTAG 424 DNA of the site's, read as often as the ledger says that it was."""
        keys = self._keys_of(credential, _NTAG_PURPOSES)
        chip = sun_chip(credential.identifier, ADDRESS, keys=keys, picc_key=1, mac_key=2)
        return Ntag424(replace(chip.memory, reads=self._reads.get(credential, 0)))

    def desfire(self, credential: Credential) -> Desfire:
        """A DESFire EV2 of the site's."""
        keys = self._keys_of(credential, (Purpose.DESFIRE_APPLICATION, Purpose.DESFIRE_CHALLENGE))
        application = aes_application(DESFIRE_AID, keys, name=DESFIRE_DF_NAME)
        return Desfire.new(credential.identifier, applications=[application])

    def card(self, number: str, credential: Credential) -> Card:
        """The card that the site gave out under a printed number."""
        return chip_card(self.desfire(credential) if number in DESFIRES else self.ntag(credential))

    def clone_of_desfire(self, credential: Credential) -> Card:
        """A card with the number of a DESFire and all that can be read from it; not its keys."""
        application = aes_application(DESFIRE_AID, [bytes(16)] * 2, name=DESFIRE_DF_NAME)
        return clone(Desfire.new(credential.identifier, applications=[application]))

    def with_message_of(self, credential: Credential, original: Ntag424) -> Card:
        """A card with a number of choice and a message that a phone read from another card a while ago."""
        return replayed_sun(credential.identifier, _message_read_from(original))

    def _keys_of(self, credential: Credential, purposes: tuple[Purpose, ...]) -> list[bytes]:
        return [self._keys.key(purpose, credential.identifier, self._keys.newest) for purpose in purposes]


def _reads_so_far(site: Site, data: Path) -> dict[Credential, int]:
    """How often each chip was read by then: its counter outlives the demo, as a real one's would."""
    if not (data / "ledger").is_dir():
        return {}
    book = known_cards(site, data).book
    return {credential: book.story(credential).counter + 1 for credential in book.told_of()}


def _message_read_from(chip: Ntag424) -> bytes:
    """The NDEF message that a phone gets from a card: it is another one at each reading."""
    chip.reset()
    chip(_SELECT)
    chip(_SELECT_FILE)
    file = chip(_READ)[:-2]
    chip.reset()
    return file[2:][: int.from_bytes(file[:2], "big")]
