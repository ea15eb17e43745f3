"""Drivers before a kiosk in made-up time: what they do, step by step, and what is true of them."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, TypeVar

from drivers.cards.values import CardTechnology
from drivers.nfc_reader import CardGone, CardSeen
from drivers.serial_scanner import BarcodeRead
from drivers.symbology import Symbology
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core.loads import LoadRecord
from kiosk.core.parties import Driver as DriverRecord
from kiosk.core.records import Records
from kiosk.core.units import ContainerNumber
from tests.chaos.evidence import Entry
from tests.chaos.judge import wrong_with_check
from tests.chaos.looks import On
from tests.chaos.made_up.kiosk import READER, SCANNER, Kiosk
from tests.chaos.visits import Visit, Way
from tests.chaos.yard import BOLT, CABLE, Driver, Fault, Load, container
from tests.core.samples import BOLT as BOLTED
from tests.core.samples import CABLE as CABLED
from tests.core.samples import INDUCTED, card, load, records_with

OPERATOR: Final = "harbour"
PATIENCE_S: Final = 6.0
LOOK_S: Final = 0.02
WALKS_S: Final = 2.0
"""Seconds from the truck to the kiosk: the barrier's relay has rested by then."""

D = TypeVar("D", bound=msg.Display)


class Leaves(Exception):
    """The driver goes: the kiosk has stopped them, or shows nothing more."""


def make_driver(number: int) -> Driver:
    """The n-th driver."""
    return Driver(f"d{number}", f"Driver {number}", OPERATOR, f"C{number:03}", str(number), Fault.NONE, True)


def make_load(number: int) -> Load:
    """The n-th container."""
    kind = CABLE if number % 3 == 0 else BOLT
    return Load(f"L{number}", container(number), OPERATOR, kind, f"NZ{number % 900_000 + 100_000:06}", True)


def records_of(drivers: Sequence[Driver], loads: Sequence[Load]) -> Records:
    """The kiosk's records of them."""
    return records_with(
        drivers=tuple(
            DriverRecord(each.driver_id, each.name, OPERATOR, INDUCTED, after_hours=True) for each in drivers
        ),
        cards=tuple(card(int(each.credential), each.driver_id) for each in drivers),
        loads=tuple(_record(each) for each in loads),
    )


def _record(of: Load) -> LoadRecord:
    kind = BOLTED if of.seal_type == BOLT else CABLED
    return load(of.load_id, ContainerNumber.parse(of.unit), kind, of.seal, of.operator)


class Callers:
    """Whoever stands before the kiosk.

    Args:
        kiosk: The kiosk.
        chance: The run's.

    Attributes:
        visit: Who is there, and what they did.
    """

    def __init__(self, kiosk: Kiosk, chance: random.Random) -> None:
        self._kiosk, self._chance = kiosk, chance
        self.visit: Visit | None = None

    def wrong_with(self, entry: Entry) -> list[str]:
        """What is wrong with an uplift's entry, by what was really done."""
        visit = self.visit
        if visit is None:
            return ["expected somebody at the kiosk, got nobody"]
        if not visit.may_open:
            return [f"expected it shut for one who {visit.way.value}"]
        return list(wrong_with_check(entry.body, visit))

    async def come(self, way: Way, driver: Driver, loads: list[Load]) -> bool:
        """A whole visit; whether it came to a departure."""
        try:
            async for _ in self.steps(way, driver, loads):
                pass
        except Leaves:
            return False
        finally:
            self.leave()
        return True

    def leave(self) -> None:
        """Nobody is there any more."""
        self.visit = None
        self._kiosk.put(self._kiosk.wiring.entry_loop, on=False)
        self._kiosk.put(self._kiosk.wiring.exit_loop, on=False)

    async def steps(self, way: Way, driver: Driver, loads: list[Load]) -> AsyncIterator[str]:
        """A visit, stopping after each thing that the driver does.

        Raises:
            Leaves: The driver goes before the end.
        """
        kiosk = self._kiosk
        self.visit = visit = Visit(way, driver, loads, None)
        kiosk.put(kiosk.wiring.entry_loop, on=True)
        yield "the truck arrives"
        await asyncio.sleep(WALKS_S)
        self._tap(visit, driver)
        yield "the first tap"
        await self._until(msg.DriverKnown)
        kiosk.ask(wishes.Cancel() if way is Way.GIVES_UP else wishes.GoOn())
        yield "goes on"
        for place, each in enumerate(loads):
            async for did in self._check(visit, each):
                yield did
            await self._until(msg.MoreOrSign)
            kiosk.ask(wishes.AddUplift() if place + 1 < len(loads) else wishes.FinishUplifts())
            yield "one more, or not"
        await self._until(msg.Sign)
        self._tap(visit, driver)
        yield "the second tap"
        await self._until(msg.BarrierOpen)
        yield "the barrier opens"
        for line, on in ((kiosk.wiring.entry_loop, False), (kiosk.wiring.exit_loop, True)):
            kiosk.put(line, on=on)
        yield "drives out"
        await asyncio.sleep(0.6)
        kiosk.put(kiosk.wiring.exit_loop, on=False)
        yield "is gone"
        await self._until(msg.Attract)

    async def _check(self, visit: Visit, load: Load) -> AsyncIterator[str]:
        kiosk = self._kiosk
        await self._until(msg.ChooseContainer)
        kiosk.ask(wishes.ChooseLoad(load.load_id))
        yield "chooses"
        await self._answer(visit, load, msg.Step.VIEW, On.VIEW, good=visit.way is not Way.DAMAGED)
        yield "looks at the seal"
        await self._until(msg.VerifySeal)
        seal = f"NZ{(int(load.seal[2:]) + 1) % 1_000_000:06}" if visit.way is Way.WRONG_SEAL else load.seal
        visit.fired.append(seal)
        kiosk.report(BarcodeRead(SCANNER, seal, Symbology.CODE_128, ()))
        yield "scans"
        await self._answer(visit, load, msg.Step.TUG, On.TUG, good=visit.way is not Way.LOOSE)
        yield "pulls"
        if load.seal_type == BOLT:
            await self._answer(visit, load, msg.Step.TWIST, On.TWIST, good=True)
            yield "twists"

    async def _answer(self, visit: Visit, load: Load, step: msg.Step, on: On, *, good: bool) -> None:
        await self._until(msg.CheckSeal, lambda shown: shown.step is step)
        visit.answered.append((load.unit, on, good))
        self._kiosk.ask(wishes.AnswerStep(step, good=good))

    def _tap(self, visit: Visit, driver: Driver) -> None:
        uid = bytes([4, 0, 0, 0, 0, 0, int(driver.credential)])
        visit.laid.append((self._kiosk.clockwork.now, driver.driver_id))
        self._kiosk.report(CardSeen(READER, CardTechnology.TYPE_2, uid))
        self._kiosk.report(CardGone(READER, uid))

    async def _until(self, kind: type[D], why: Callable[[D], bool] = lambda _: True) -> D:
        ends = self._kiosk.clockwork.now + PATIENCE_S
        while self._kiosk.running and self._kiosk.clockwork.now < ends:
            display = self._kiosk.display
            if isinstance(display, kind) and why(display):
                return display
            if isinstance(display, msg.Stopped) and kind is not msg.Stopped:
                self._kiosk.ask(wishes.GoOn())
                raise Leaves
            await asyncio.sleep(LOOK_S)
        raise Leaves
