"""The card reader: a PN532 on a serial port, polled in a supervised thread that reports cards laid on and taken off.

Theory of operation. Each session opens the chip and then asks it for a card again and again. The reader reports
*presentations*: a card is seen once when it is laid on, and gone once it has been missing for some polls in a row. A
presentation outlives the loss of the reader: a card that lies there through a cut cable is still the same tap,
for a second tap signs a seal check and must be a person's act. A card that must not count, such as a phone with
its random UID, is refused once for each presentation.

A card is proven once for each presentation, on this thread, right after it was found: a further look would switch the
field off and end what it had begun. One that fails is refused, and is asked again only once it was taken off: each
authentication that is not finished counts against the card.
"""

import time
from collections.abc import Callable
from threading import Event
from typing import Protocol

import structlog
from msgspec import Struct

from drivers.card_presence import Change, LaidOn, NotTaken, Presence, RefusedBecause, sighting
from drivers.cards.channel import Reach
from drivers.cards.values import (
    BY_NUMBER,
    Card,
    CardFault,
    CardProof,
    CardTechnology,
    LeftAlone,
    ProofFailed,
    TakenAway,
)
from drivers.pn532_chip import Pn532Chip
from drivers.reports import DeviceIdentified, DeviceReady, Report
from drivers.supervision import SupervisedDevice
from hw.errors import DeviceFault
from hw.serial_ports import usb_seen

POLL_S = 0.05
"""Seconds between two looks for a card by default: with the chip's own 40 ms some ten looks a second, so that nobody
waits for the reader, at a tenth of the line's capacity."""

PATIENCE_S = 1.0
"""Seconds without a right answer until the reader counts as lost. Shorter disturbances are ridden out."""


class CardSeen(Struct, frozen=True):
    """A card was laid on, and asked for what the site wants of it.

    Attributes:
        reader: The reader's configured name.
        technology: What it speaks.
        identifier: UID of 4, 7 or 10 bytes, or FeliCa IDm of 8.
        proof: What stands behind the identifier; by the number alone nothing does.
    """

    reader: str
    technology: CardTechnology
    identifier: bytes
    proof: CardProof = BY_NUMBER


class CardGone(Struct, frozen=True):
    """The card that was laid on before was taken off, whether it was seen or refused.

    Attributes:
        reader: The reader's configured name.
        identifier: As in its report.
    """

    reader: str
    identifier: bytes


class CardRefused(Struct, frozen=True):
    """A card was laid on that cannot count. Said once.

    Attributes:
        reader: The reader's configured name.
        why: The reason.
        card: What it says it is, where it has a number that lasts.
        showed: What it had shown before it failed; None for nothing.
    """

    reader: str
    why: RefusedBecause | ProofFailed
    card: Card | None = None
    showed: CardProof | None = None


CardReport = CardSeen | CardGone | CardRefused


class Prover(Protocol):
    """What a card is asked once it is laid on; `drivers.cards.prover` where the site wants more than its number."""

    def prove(self, card: Card, reach: Reach, *, always_challenge: bool) -> CardProof:
        """Ask the card.

        Args:
            card: What lies there.
            reach: How to speak to it.
            always_challenge: A card that sends a message is challenged, too.

        Raises:
            CardFault: when it fails, or was taken away.
            DeviceFault: when the reader failed.
        """


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


class Asked(Struct, frozen=True):
    """Whom to ask, and how.

    Attributes:
        always_challenge: Cards that send messages are challenged, too.
        not_these: Cards that are left alone.
        only_these: The cards that are asked at all; the others' numbers are enough. None: all are asked.
    """

    always_challenge: bool = False
    not_these: frozenset[Card] = frozenset()
    only_these: frozenset[Card] | None = None


class NfcReader:
    """A supervised card reader.

    Reports `DeviceReady`, `DeviceIdentified`, `DeviceLost`, `CardSeen`, `CardGone` and `CardRefused`, on its own
    thread. A PN532 has no serial number that it would tell: what is identified is the USB adapter that it is on.

    Args:
        settings: The reader.
        report: Takes the reports.
        on_death: Called when the thread ends by an error of ours, which no retry would mend.
        prover: Asks the cards; None: their numbers are enough.
    """

    def __init__(
        self,
        settings: NfcReaderSettings,
        report: Report,
        on_death: Callable[[BaseException], None],
        prover: Prover | None = None,
    ) -> None:
        self._settings = settings
        self._report = report
        self._prover = prover
        self._asked = Asked()
        self._presence = Presence(settings.technologies)
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

    def ask(self, asked: Asked) -> None:
        """Say which cards to ask from now on, and how. May be called on any thread; counts for the next card."""
        self._asked = asked

    def _session(self, stop: Event) -> None:
        chip = Pn532Chip(self._settings.name, self._settings.port)
        try:
            detail = chip.open(stop.is_set)
            if not stop.is_set():
                self._device.mark_ready()
                self._report(DeviceReady(self._settings.name, f"{detail} on {self._settings.port}"))
                if (seen := usb_seen(self._settings.port)).identity:
                    self._report(DeviceIdentified(self._settings.name, seen.identity, seen.place))
                self._serve(chip, stop)
        finally:
            chip.close()

    def _serve(self, chip: Pn532Chip, stop: Event) -> None:
        answered_at = time.monotonic()
        while not stop.is_set():
            try:
                found = chip.sense()
                answered_at = time.monotonic()
                for change in self._presence.look(sighting(found)):
                    self._tell(change, chip)
            except DeviceFault as fault:
                if not chip.usable or time.monotonic() - answered_at >= PATIENCE_S:
                    raise
                self._log.debug("the reader failed, trying again", got=fault.got)
                chip.calm()
            stop.wait(self._settings.poll_s)

    def _tell(self, change: Change, reach: Reach) -> None:
        match change:
            case LaidOn(card):
                self._prove(card, reach)
            case NotTaken(why):
                self._report(CardRefused(self._settings.name, why))
            case _:
                self._report(CardGone(self._settings.name, change.card.identifier))

    def _prove(self, card: Card, reach: Reach) -> None:
        """Ask a card that was laid on, and report it.

        Raises:
            DeviceFault: when the reader failed in the midst. The card is refused as one that was taken away, for its
                chip may have counted: it shall be asked again by a person's act alone.
        """
        asked, name = self._asked, self._settings.name
        try:
            if card in asked.not_these:
                raise LeftAlone("one that failed too often")
            proof = BY_NUMBER
            if self._prover is not None and (asked.only_these is None or card in asked.only_these):
                proof = self._prover.prove(card, reach, always_challenge=asked.always_challenge)
        except CardFault as fault:
            self._log.info("card refused", why=fault.why.name, said=str(fault))
            self._report(CardRefused(name, fault.why, card, fault.showed))
        except DeviceFault:
            self._report(CardRefused(name, TakenAway.why, card))
            raise
        else:
            self._report(CardSeen(name, card.technology, card.identifier, proof))
