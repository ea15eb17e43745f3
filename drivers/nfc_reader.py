"""The card reader: a PN532 on a serial port, polled in a supervised thread that reports cards laid on and taken off.

Theory of operation. Each session opens the chip and then asks it for a card again and again. The reader reports
*presentations*: a card is seen once when it is laid on, and gone once it has been missing for some polls in a row. A
presentation outlives the loss of the reader: a card that lies there through a cut cable is still the same tap,
for a second tap signs a seal check and must be a person's act. A card that must not count, such as a phone with
its random UID, is refused once for each presentation.
"""

import time
from collections.abc import Callable
from enum import Enum
from threading import Event

import structlog
from msgspec import Struct

from drivers.pn532_chip import Found, Pn532Chip
from drivers.reports import DeviceReady, Report
from drivers.supervision import SupervisedDevice
from hw.errors import DeviceFault

POLL_S = 0.05
"""Seconds between two looks for a card by default: with the chip's own 40 ms some ten looks a second, so that nobody
waits for the reader, at a tenth of the line's capacity."""

GONE_AFTER_POLLS = 3
"""Looks in a row without the card until it counts as gone. One or two are missed at the edge of the field."""

UNREADABLE_AFTER_POLLS = 3
"""Looks in a row with a damaged answer until the card is refused: a card on its way into the field gives some."""

PATIENCE_S = 1.0
"""Seconds without a right answer until the reader counts as lost. Shorter disturbances are ridden out."""

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


class CardTechnology(Enum):
    """What a card speaks."""

    TYPE_2 = "ISO 14443A type 2"
    TYPE_4 = "ISO 14443A type 4"
    FELICA = "FeliCa"


class RefusedBecause(Enum):
    """Why a card cannot count as a driver's."""

    RANDOM_UID = "its number changes at every tap, as a phone's does"
    UNREADABLE = "its answers are damaged"
    UNSUPPORTED = "it is of a kind that this site does not use"


class CardSeen(Struct, frozen=True):
    """A card was laid on. The identifier alone is no proof of whose it is.

    Attributes:
        reader: The reader's configured name.
        technology: What it speaks.
        identifier: UID of 4, 7 or 10 bytes, or FeliCa IDm of 8.
    """

    reader: str
    technology: CardTechnology
    identifier: bytes


class CardGone(Struct, frozen=True):
    """The card that was seen before was taken off.

    Attributes:
        reader: The reader's configured name.
        identifier: As in its `CardSeen`.
    """

    reader: str
    identifier: bytes


class CardRefused(Struct, frozen=True):
    """A card was laid on that cannot count. Said once, and its being taken off is not reported.

    Attributes:
        reader: The reader's configured name.
        why: The reason.
    """

    reader: str
    why: RefusedBecause


CardReport = CardSeen | CardGone | CardRefused


class NfcReaderSettings(Struct, frozen=True):
    """A reader as the site's settings name it.

    Attributes:
        name: What the installer calls it.
        port: Its serial port, any path; best one by udev that stays the same after a replug.
        poll_s: Seconds between two looks for a card.
        technologies: What cards the site uses; others are refused as unsupported.
    """

    name: str
    port: str
    poll_s: float = POLL_S
    technologies: frozenset[CardTechnology] = frozenset(CardTechnology)


class Card(Struct, frozen=True):
    """A card as one look found it.

    Attributes:
        technology: What it speaks.
        identifier: UID or IDm.
    """

    technology: CardTechnology
    identifier: bytes


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


class Presence:
    """Makes presentations of single looks. Pure: no I/O, no clock.

    While one card is held, another that is seen in between counts as a look that missed it: of two cards in one wallet
    the first one stays. What was refused stays refused until nothing of the kind has been there for some looks,
    as a phone shows another UID each time, and sometimes another technology.
    """

    def __init__(self, settings: NfcReaderSettings) -> None:
        self._reader = settings.name
        self._technologies = settings.technologies
        self._present: Sighting = None
        self._missed = 0
        self._unreadable = 0

    def look(self, found: Sighting) -> tuple[CardReport, ...]:
        """Take what one look found; returns what there is to report, in order."""
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
        reports = self._laid_on(found)
        return (CardGone(self._reader, gone.identifier), *reports) if isinstance(gone, Card) else reports

    def _is_still_there(self, found: Sighting) -> bool:
        if isinstance(self._present, RefusedBecause):
            return isinstance(found, RefusedBecause)
        return self._present is not None and found == self._present

    def _laid_on(self, found: Sighting) -> tuple[CardReport, ...]:
        self._unreadable = self._unreadable + 1 if found is RefusedBecause.UNREADABLE else 0
        if found is None or 0 < self._unreadable < UNREADABLE_AFTER_POLLS:
            return ()
        self._present = found
        self._unreadable = 0
        if isinstance(found, Card):
            return (CardSeen(self._reader, found.technology, found.identifier),)
        return (CardRefused(self._reader, found),)


class NfcReader:
    """A supervised card reader.

    Reports `DeviceReady`, `DeviceLost`, `CardSeen`, `CardGone` and `CardRefused`, on its own thread.

    Args:
        settings: The reader.
        report: Takes the reports.
        on_death: Called when the thread ends by an error of ours, which no retry would mend.
    """

    def __init__(self, settings: NfcReaderSettings, report: Report, on_death: Callable[[BaseException], None]) -> None:
        self._settings = settings
        self._report = report
        self._presence = Presence(settings)
        self._device = SupervisedDevice(settings.name, self._session, report, on_death)
        self._log = structlog.get_logger("drivers").bind(device=settings.name)

    def start(self) -> None:
        """Start the reader's thread. Once only."""
        self._device.start()

    def stop(self) -> None:
        """Close the reader and end its thread.

        Raises:
            TimeoutError: when the thread does not end.
        """
        self._device.stop()

    def _session(self, stop: Event) -> None:
        chip = Pn532Chip(self._settings.name, self._settings.port)
        try:
            detail = chip.open(stop.is_set)
            if not stop.is_set():
                self._device.mark_ready()
                self._report(DeviceReady(self._settings.name, f"{detail} on {self._settings.port}"))
                self._serve(chip, stop)
        finally:
            chip.close()

    def _serve(self, chip: Pn532Chip, stop: Event) -> None:
        answered_at = time.monotonic()
        while not stop.is_set():
            try:
                found = chip.sense()
            except DeviceFault as fault:
                if not chip.usable or time.monotonic() - answered_at >= PATIENCE_S:
                    raise
                self._log.debug("look for a card failed, trying again", got=fault.got)
                chip.calm()
            else:
                answered_at = time.monotonic()
                for report in self._presence.look(sighting(found)):
                    self._report(report)
            stop.wait(self._settings.poll_s)
