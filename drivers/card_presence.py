"""What a card's bare answer says of it, and how single looks become presentations. Pure: no I/O, no clock."""

from enum import Enum

from msgspec import Struct

from drivers.cards.values import Card, CardTechnology
from drivers.pn532_chip import Found

GONE_AFTER_POLLS = 3
"""Looks in a row without the card until it counts as gone. One or two are missed at the edge of the field."""

UNREADABLE_AFTER_POLLS = 3
"""Looks in a row with a damaged answer until the card is refused: a card on its way into the field gives some."""

RANDOM_UID_SIZE, RANDOM_UID_START = 4, 0x08
"""ISO/IEC 14443-3, table of single-size UIDs: 08 begins one that is made up afresh at every power-up."""

UID_SIZES = (4, 7, 10)
"""Bytes of a type A UID: single, double, triple size (ISO/IEC 14443-3)."""

SAK_ISO_14443_4 = 0x20
"""Bit 6 of SAK: the card speaks ISO/IEC 14443-4 (ISO/IEC 14443-3; NXP AN10833)."""

SAK_TYPE_2 = 0x00
"""SAK of Type 2 tags such as NTAG and MIFARE Ultralight (AN10833). MIFARE Classic, with bit 4, is none."""

SENSF_RESPONSE_CODE, IDM_SIZE, SENSF_LEAST_SIZE = 0x01, 8, 17
"""JIS X 6319-4: the answer to polling is 01, eight bytes of IDm, eight of PMm."""

NFC_DEP_IDM = bytes.fromhex("01FE")
"""NFC Forum Digital: an IDm so begun is a peer device's and random, no card's."""


class RefusedBecause(Enum):
    """Why a card cannot count as a driver's."""

    RANDOM_UID = "its number changes at every tap, as a phone's does"
    UNREADABLE = "its answers are damaged"
    UNSUPPORTED = "it is of a kind that this site does not use"


Sighting = Card | RefusedBecause | None
"""What one look found; None: nothing there."""


def sighting(found: Found | None) -> Sighting:
    """What a card's bare answer says of it."""
    if found is None:
        return None
    if found.sensf_res:
        return _felica(found.sensf_res)
    if not found.sdd_res:  # a Type 1 tag
        return RefusedBecause.UNSUPPORTED
    if len(found.sdd_res) not in UID_SIZES or len(found.sel_res) != 1:
        return RefusedBecause.UNREADABLE
    return _type_a(found.sdd_res, found.sel_res[0])


def _type_a(uid: bytes, sak: int) -> Sighting:
    if len(uid) == RANDOM_UID_SIZE and uid[0] == RANDOM_UID_START:
        return RefusedBecause.RANDOM_UID
    if sak & SAK_ISO_14443_4:
        return Card(CardTechnology.TYPE_4, uid)
    return Card(CardTechnology.TYPE_2, uid) if sak == SAK_TYPE_2 else RefusedBecause.UNSUPPORTED


def _felica(answer: bytes) -> Sighting:
    if len(answer) < SENSF_LEAST_SIZE or answer[0] != SENSF_RESPONSE_CODE:
        return RefusedBecause.UNREADABLE
    idm = answer[1 : 1 + IDM_SIZE]
    return RefusedBecause.UNSUPPORTED if idm.startswith(NFC_DEP_IDM) else Card(CardTechnology.FELICA, idm)


class LaidOn(Struct, frozen=True):
    """A card was laid on."""

    card: Card


class TakenOff(Struct, frozen=True):
    """The card that was laid on before was taken off."""

    card: Card


class NotTaken(Struct, frozen=True):
    """Something was laid on that is no card of the site's. Said once, and its being taken off is not told."""

    why: RefusedBecause


Change = LaidOn | TakenOff | NotTaken


class Presence:
    """Makes presentations of single looks.

    While one card is held, another that is seen in between counts as a look that missed it: of two cards in one wallet
    the first one stays. What was refused stays refused until nothing of the kind has been there for some looks,
    as a phone shows another UID each time, and sometimes another technology.

    Args:
        technologies: What cards the site uses; others are refused as unsupported.
    """

    def __init__(self, technologies: frozenset[CardTechnology]) -> None:
        self._technologies = technologies
        self._present: Sighting = None
        self._missed = 0
        self._unreadable = 0

    def look(self, found: Sighting) -> tuple[Change, ...]:
        """Take what one look found; returns what has changed by it, in order."""
        if isinstance(found, Card) and found.technology not in self._technologies:
            found = RefusedBecause.UNSUPPORTED
        if self._is_still_there(found):
            self._missed = 0
            return ()
        if self._present is None:
            return self._laid_on(found)
        self._missed += 1
        if self._missed < GONE_AFTER_POLLS:
            return ()
        gone, self._present, self._missed = self._present, None, 0
        changes = self._laid_on(found)
        return (TakenOff(gone), *changes) if isinstance(gone, Card) else changes

    def _is_still_there(self, found: Sighting) -> bool:
        if isinstance(self._present, RefusedBecause):
            return isinstance(found, RefusedBecause)
        return self._present is not None and found == self._present

    def _laid_on(self, found: Sighting) -> tuple[Change, ...]:
        self._unreadable = self._unreadable + 1 if found is RefusedBecause.UNREADABLE else 0
        if found is None or 0 < self._unreadable < UNREADABLE_AFTER_POLLS:
            return ()
        self._present = found
        self._unreadable = 0
        return (LaidOn(found),) if isinstance(found, Card) else (NotTaken(found),)
