"""The demo without a person: journeys through the real station, drivers and libraries, on bench hardware."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from msgspec import Struct

from hw.bench.pn532_reader import BenchReader
from hw.bench.rf import Card
from hw.bench.symbology import Symbology
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.link import InProcessLink
from kiosk.core.effects import CommitEntry, Effect
from kiosk.core.events import Event
from kiosk.demo.bench import Truck
from kiosk.demo.duty import Sign
from kiosk.demo.yard import CLONE, COPY, OLD_MESSAGE, Person, SealedLoad, Yard

STEP_S: Final = 20.0
"""Seconds that one step of a journey may take: many times what it needs, on a Pi too."""

D = TypeVar("D", bound=msg.Display)


class JourneyFailed(Exception):
    """A journey did not go as it should."""


class Hands(Struct, frozen=True):
    """What people do with their hands: cards, whatever reads barcodes, a truck; and staff sign on and off."""

    reader: BenchReader
    read: Callable[[Symbology, bytes], object]
    truck: Truck
    sign: Sign

    def tap(self, card: Card) -> Callable[[], None]:
        """Lay a card on the reader; returns how to take it off again."""
        self.reader.lay(card)
        return lambda: self.reader.take_off(card)

    def scan(self, number: str) -> None:
        """Scan a seal's barcode."""
        self.read(Symbology.CODE_128, number.encode())


def _said(display: msg.Display) -> str:
    """A display in some words: its name, and what it says is wrong."""
    if isinstance(display, msg.OutOfService):
        faults = ", ".join(f"{fault.part.value} {fault.detail or fault.condition.value}" for fault in display.faults)
        return f"OutOfService: {faults}"
    if isinstance(display, msg.Stopped):
        return f"{display.kind.name} {display.reason}"
    return type(display).__name__


class Screen:
    """Reads what the driver's screen shows and presses its keys, through the same link as the real one."""

    def __init__(self, link: InProcessLink) -> None:
        self._link = link
        self._show: msg.Show | None = None

    async def until(self, kind: type[D], why: Callable[[D], bool] = lambda _: True) -> D:
        """Wait for a display.

        Raises:
            JourneyFailed: when it does not come; says what was on instead.
        """
        try:
            async with asyncio.timeout(STEP_S):
                while True:
                    display = self._show.display if self._show is not None else None
                    if isinstance(display, kind) and why(display):
                        return display
                    told = await self._link.told()
                    if isinstance(told, msg.Show):
                        self._show = told
        except TimeoutError:
            shown = _said(self._show.display) if self._show is not None else "no screen"
            raise JourneyFailed(
                f"expected the screen {kind.__name__} within {STEP_S:g} s, got {shown}; see the log in the data folder"
            ) from None

    async def until_card_is_off(self) -> None:
        """Wait until the reader has seen that the card is gone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STEP_S):
                while self._show is None or self._show.card_on_reader:
                    told = await self._link.told()
                    if isinstance(told, msg.Show):
                        self._show = told
                return
        raise JourneyFailed(f"expected the reader to see the card go within {STEP_S:g} s")

    def press(self, wish: wishes.Wish) -> None:
        """Ask for something, on the screen that is on."""
        assert self._show is not None, "a screen is on before a key is pressed"
        self._link.ask(wishes.Ask(self._show.revision, wish))


async def _tap_in(screen: Screen, hands: Hands, card: Card) -> None:
    take_off = hands.tap(card)
    await screen.until(msg.DriverKnown)
    take_off()
    await screen.until_card_is_off()
    screen.press(wishes.GoOn())


async def _to_verify(screen: Screen, load: SealedLoad) -> None:
    await screen.until(msg.ChooseContainer)
    screen.press(wishes.ChooseLoad(load.load_id))
    await screen.until(msg.CheckSeal, lambda shown: shown.step is msg.Step.VIEW)
    screen.press(wishes.AnswerStep(msg.Step.VIEW, good=True))
    await screen.until(msg.VerifySeal)


async def unattended_uplift(screen: Screen, hands: Hands, yard: Yard) -> None:
    """Nobody is on duty: a driver takes a container that is booked for now; nobody has verified it."""
    await _uplift(screen, hands, yard.person("Mere Paraone"), yard.load("L007"))


async def unattended_refusal(screen: Screen, hands: Hands, yard: Yard) -> None:
    """Nobody is on duty: a container that is booked for another day stays."""
    await _tap_in(screen, hands, yard.person("Aroha Ngata").card)
    await screen.until(msg.ChooseContainer)
    screen.press(wishes.KeyUnit(yard.load("L005").unit))
    stopped = await screen.until(msg.Stopped, lambda shown: isinstance(shown.reference, int))
    _expect(stopped, msg.StopKind.REFUSAL, "OUTSIDE_COLLECTION_WINDOW")
    screen.press(wishes.GoOn())
    await screen.until(msg.Attract)


async def approved_uplift(screen: Screen, hands: Hands, yard: Yard) -> None:
    """Staff come on duty; a driver of an approved operator takes a container under a bolt seal."""
    await asyncio.to_thread(hands.sign, yard.staff[0], True)
    await _uplift(screen, hands, yard.person("Aroha Ngata"), yard.load("L001"))


async def _uplift(screen: Screen, hands: Hands, driver: Person, load: SealedLoad) -> None:
    hands.truck.arrive()
    await _tap_in(screen, hands, driver.card)
    await _to_verify(screen, load)
    hands.scan(load.seal_number)
    for step in (msg.Step.TUG, msg.Step.TWIST):
        await screen.until(msg.CheckSeal, lambda shown, step=step: shown.step is step)  # type: ignore[misc]
        screen.press(wishes.AnswerStep(step, good=True))
    await screen.until(msg.MoreOrSign)
    screen.press(wishes.FinishUplifts())
    await screen.until(msg.Sign)
    take_off = hands.tap(driver.card)
    await screen.until(msg.BarrierOpen)
    take_off()
    await screen.until(msg.Attract)


async def mismatch_held(screen: Screen, hands: Hands, yard: Yard) -> None:
    """The number on the seal is not the paperwork's."""
    driver, load = yard.person("Tom Wilkins"), yard.load("L002")
    await _tap_in(screen, hands, driver.card)
    await _to_verify(screen, load)
    hands.scan(yard.load("L005").seal_number)
    stopped = await screen.until(msg.Stopped, lambda shown: isinstance(shown.reference, int))
    _expect(stopped, msg.StopKind.HOLD, "SEAL_MISMATCH")
    screen.press(wishes.GoOn())
    await screen.until(msg.Attract)


async def refused_driver(screen: Screen, hands: Hands, yard: Yard) -> None:
    """The driver's operator is not on the approved list."""
    await _refused(screen, hands, yard.person("Carl Jensen").card, "OPERATOR_NOT_APPROVED")


async def clone_refused(screen: Screen, hands: Hands, yard: Yard) -> None:
    """A card has the number of another one, and not its key."""
    await _refused(screen, hands, yard.impostor(CLONE).card, "CARD_CLONED")


async def copy_refused(screen: Screen, hands: Hands, yard: Yard) -> None:
    """A card carries what was read from another one."""
    await _refused(screen, hands, yard.impostor(COPY).card, "CARD_RECORD_COPIED")


async def replay_refused(screen: Screen, hands: Hands, yard: Yard) -> None:
    """A card shows a message that was read before its genuine card was last tapped."""
    await _refused(screen, hands, yard.impostor(OLD_MESSAGE).card, "CARD_REPLAYED")


async def _refused(screen: Screen, hands: Hands, card: Card, reason: str) -> None:
    take_off = hands.tap(card)
    stopped = await screen.until(msg.Stopped, lambda shown: isinstance(shown.reference, int))
    take_off()
    _expect(stopped, msg.StopKind.REFUSAL, reason)
    await screen.until_card_is_off()
    screen.press(wishes.GoOn())
    await screen.until(msg.Attract)


def _expect(stopped: msg.Stopped, kind: msg.StopKind, reason: str) -> None:
    if (stopped.kind, stopped.reason) != (kind, reason):
        raise JourneyFailed(f"expected {kind.name} {reason}, got {stopped.kind.name} {stopped.reason}")


Journey = Callable[[Screen, Hands, Yard], Awaitable[None]]
JOURNEYS: Final[tuple[Journey, ...]] = (
    *(unattended_uplift, unattended_refusal, approved_uplift, mismatch_held, refused_driver),
    *(clone_refused, copy_refused, replay_refused),
)


async def drive(link: InProcessLink, hands: Hands, yard: Yard) -> None:
    """Go on every journey, one after the other.

    Raises:
        JourneyFailed: when one did not go as it should.
    """
    link.attach(asyncio.get_running_loop())
    screen = Screen(link)
    await screen.until(msg.Attract)
    for journey in JOURNEYS:
        _print(f"--- {(journey.__doc__ or '').strip()}")
        await journey(screen, hands, yard)


def print_happening(happening: Event | Effect) -> None:
    """One line for an event or effect. Of an entry only its kind, visit and reason: bodies stay in the ledger."""
    name = type(happening).__name__
    if isinstance(happening, CommitEntry):
        reason = happening.body.get("reason", "")
        _print(f"{'':2}-> {name} {happening.kind.value} {reason or ''}".rstrip())
        return
    fields = (
        f"{field}={_short(getattr(happening, field))}"
        for field in happening.__struct_fields__
        if field not in _UNPRINTED
    )
    indent = "  -> " if isinstance(happening, Effect) else ""
    _print(f"{indent}{name} {' '.join(fields)}".rstrip())


_UNPRINTED: Final = ("at", "digest", "records", "visit_id", "mend", "body")


def _short(value: object) -> str:
    text = str(getattr(value, "name", value))
    return text if " " not in text and text else repr(text)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
