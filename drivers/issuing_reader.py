"""The one place where a card is issued or wiped: opens a reader, waits for the card, does the order, closes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from msgspec import Struct

from drivers.card_presence import RefusedBecause, sighting
from drivers.cards import issuing_ntag21x, issuing_type4
from drivers.cards.issuing import Counted, Issued, IssueOrder, NotIssued, Run, Say, Why, Wiped, WipeOrder
from drivers.cards.originality import ChipKind
from drivers.cards.values import Card, CardTechnology, TakenAway
from drivers.pn532_chip import Pn532Chip
from hw.errors import DeviceFault

WAIT_S: Final = 60.0
"""Seconds to wait for a card, and for one that was taken away to come back: time to find it in a drawer."""

POLL_S: Final = 0.05
"""Seconds between two looks for a card."""

PATIENCE_S: Final = 1.0
"""Seconds without a right answer from the reader until it counts as lost."""

MOST_DISTURBANCES: Final = 3
"""Times that the reader may fail to answer in the middle of an order until it counts as lost. One that is back is
asked on: the card is finished from where it stands."""

LONGEST_S: Final = 120.0
"""Seconds for all that is done with a card while it lies there; issuing takes some 40 exchanges."""

TAKEN_AWAY: Final = "the card was taken away: lay it on again, nothing is lost"
DISTURBED: Final = "the reader was disturbed: leave the card where it is or lay it on again, nothing is lost"
"""What is said when an order is interrupted."""

Stopping = Callable[[], bool]
T = TypeVar("T")


class Looked(Struct, frozen=True):
    """A card that lies there, and what it is; None: only writing it will tell."""

    card: Card
    kind: ChipKind | None = None


class IssuingReader:
    """A PN532 that issues cards.

    Args:
        name: What the installer calls it; faults carry it.
        port: Its serial port. Nothing else may have it open: a kiosk that runs holds its own.
        wait_s: Seconds to wait for a card.
    """

    def __init__(self, name: str, port: str, wait_s: float = WAIT_S) -> None:
        self._name = name
        self._port = port
        self._wait_s = wait_s

    def look(self, say: Say, stopping: Stopping = lambda: False) -> Looked:
        """See which card is laid on, and write nothing: whoever orders may have to look it up first.

        Raises:
            NotIssued: None was laid on, or it is of no kind that the site issues.
            TakenAway: It was taken away and did not come back.
            CardAnswered: It refuses to say what it is.
            DeviceFault: The reader failed.
        """
        run = Run(say)

        def do(card: Card, chip: Pn532Chip) -> Looked:
            if card.technology is not CardTechnology.TYPE_4:
                return Looked(card)
            return Looked(card, issuing_type4.identify(Counted(chip.type4(LONGEST_S), run), card.identifier))

        return self._with_card(None, run, do, stopping)

    def issue(self, order: IssueOrder, say: Say, stopping: Stopping = lambda: False) -> Issued:
        """Issue the card that is laid on. One that is taken away is waited for, and finished.

        Args:
            order: What it shall be given.
            say: Takes a line for each step, on this thread.
            stopping: Asked between looks; when it says so, nothing more is done.

        Raises:
            NotIssued: The card is refused, or none was laid on. The reason is in it.
            TakenAway: It was taken away and did not come back. Nothing is lost: issue it again.
            CardAnswered: The card refuses a command that it should take.
            DeviceFault: The reader failed. Nothing is lost: issue it again.
            ValueError: The order itself cannot be.
        """
        run = Run(say)

        def do(card: Card, chip: Pn532Chip) -> Issued:
            match card.technology:
                case CardTechnology.TYPE_4:
                    return issuing_type4.issue(chip.type4(LONGEST_S), card.identifier, order, run)
                case CardTechnology.TYPE_2:
                    return issuing_ntag21x.issue(chip.pages(LONGEST_S), card.identifier, order, run)
            raise NotIssued(Why.UNSUPPORTED, f"a card of {card.technology.value}")

        return self._with_card(order.uid, run, do, stopping)

    def wipe(self, order: WipeOrder, say: Say, stopping: Stopping = lambda: False) -> Wiped:
        """Make the card that is laid on as it was delivered. Takes and raises the same as `issue`."""
        run = Run(say)

        def do(card: Card, chip: Pn532Chip) -> Wiped:
            match card.technology:
                case CardTechnology.TYPE_4:
                    return issuing_type4.wipe(chip.type4(LONGEST_S), card.identifier, order, run)
                case CardTechnology.TYPE_2:
                    return issuing_ntag21x.wipe(chip.pages(LONGEST_S), card.identifier, order, run)
            raise NotIssued(Why.UNSUPPORTED, f"a card of {card.technology.value}")

        return self._with_card(order.uid, run, do, stopping)

    def _with_card(self, uid: bytes | None, run: Run, do: Callable[[Card, Pn532Chip], T], stopping: Stopping) -> T:
        chip = Pn532Chip(self._name, self._port)
        try:
            chip.open(stopping)
            return self._until_done(chip, uid, run, do, stopping)
        finally:
            chip.close()

    def _until_done(
        self, chip: Pn532Chip, uid: bytes | None, run: Run, do: Callable[[Card, Pn532Chip], T], stopping: Stopping
    ) -> T:
        run.say("lay the card on the reader")
        gone: TakenAway | None = None
        disturbances = 0
        while (card := self._next_card(chip, stopping)) is not None:
            if uid is not None and card.identifier != uid:
                detail = f"card {card.identifier.hex().upper()} in place of {uid.hex().upper()}"
                raise NotIssued(Why.OTHER_CARD, detail, run.failed)
            uid = card.identifier
            try:
                return do(card, chip)
            except TakenAway as fault:
                gone = fault
                run.say(TAKEN_AWAY)
            except DeviceFault:
                disturbances += 1
                if not chip.usable or disturbances > MOST_DISTURBANCES:
                    raise
                chip.calm()
                run.say(DISTURBED)
        raise gone or NotIssued(Why.NO_CARD, failed_authentications=run.failed)

    def _next_card(self, chip: Pn532Chip, stopping: Stopping) -> Card | None:
        """The next card that is seen; None: none came in time, or it shall stop."""
        began = answered = time.monotonic()
        while not stopping() and (now := time.monotonic()) - began < self._wait_s:
            try:
                look = sighting(chip.sense())
            except DeviceFault:
                if not chip.usable or now - answered >= PATIENCE_S:
                    raise
                chip.calm()
                continue
            answered = time.monotonic()
            if isinstance(look, Card):
                return look
            if look is not None and look is not RefusedBecause.UNREADABLE:
                raise NotIssued(Why.UNSUPPORTED, look.value)
            time.sleep(POLL_S)
        return None
