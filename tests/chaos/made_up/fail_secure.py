"""Random steps of a kiosk in made-up time, with exceptions at random calls: what may open, and what rests."""

import asyncio
import random
import sys
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from drivers.cards.values import CardTechnology
from drivers.nfc_reader import CardGone, CardSeen
from drivers.reports import DeviceLost, DeviceReady
from drivers.serial_scanner import BarcodeRead, BarcodeUnreadable
from kiosk.console import messages as msg
from kiosk.console import wishes
from tests.chaos.evidence import Unsound, read_all
from tests.chaos.judge import visits_without_one_end
from tests.chaos.made_up.callers import Callers, Leaves, make_driver, make_load, records_of
from tests.chaos.made_up.injection import Injector, errors
from tests.chaos.made_up.kiosk import READER, SCANNER, Kiosk, made_up_world
from tests.chaos.made_up.witness import Openings
from tests.chaos.visits import Way
from tests.core.samples import NOON
from tests.station.rig import SITE

T = TypeVar("T")

SAFE_S: Final = 1.0
"""Seconds from a crash to all outputs at rest."""
PULSE_S: Final = SITE.gate.pulse_s
STEP_S: Final = 0.2
"""Made-up seconds from a step to the next."""
RESTART_S: Final = 0.5
"""Seconds after an end at which the service manager has put the outputs to rest."""
SEGMENT_ENTRIES: Final = 64
RECENT: Final = 50
"""Steps of a kind by which it is known how many calls one makes."""
DRIVERS: Final = 200
VISIT_ENDS_S: Final = 60.0
"""Seconds after which whatever is left of a visit has ended by itself."""
WAITING: Final = 24
WAYS: Final = (*[Way.GOOD] * 6, Way.TWO, Way.WRONG_SEAL, Way.DAMAGED, Way.LOOSE, Way.GIVES_UP)
_BEFORE_GRAVE: Final = frozenset({"one more, or not", "the second tap", "the barrier opens"})
"""After these comes what matters most: the signature, its entry, the pulse and its end."""
GRAVE: Final = 0.6
ELSE: Final = 0.06
"""Chance of an exception in such a step, and in another: with one in each, hardly a visit would come so far."""
BACK_S: Final = 15.0
"""Seconds within which a process that goes on is in service again: a commit that nobody answers lasts 10."""


class FailSecure:
    """The run.

    Args:
        kiosk: The kiosk.
        seed: Of its chance.
    """

    def __init__(self, kiosk: Kiosk, seed: int) -> None:
        self._kiosk, self._chance = kiosk, random.Random(seed)
        self._callers = Callers(kiosk, self._chance)
        self.openings = Openings(
            kiosk.board,
            kiosk.wiring.barrier,
            kiosk.data / "ledger",
            kiosk.disk,
            lambda: kiosk.clockwork.now,
            self._callers.wrong_with,
        )
        self.injector = Injector()
        self._calls: dict[str, deque[int]] = {}
        self._visit: AsyncIterator[str] | None = None
        self._made = self._visits = 0
        self._last = ""
        self._grave = False
        self.violations: list[str] = []
        self.crashes: Counter[str] = Counter()
        self.left_to_the_manager = 0
        self.steps = 0

    def until(self, done: Coroutine[Any, Any, T]) -> T:
        """Let the world go on until this is done."""
        return self._kiosk.clockwork.loop.run_until_complete(done)

    async def go(self, steps: int) -> None:
        """Take so many steps."""
        await self._renew_loads()
        await self._kiosk.serve()
        for _ in range(steps):
            self.steps += 1
            await self._step()
        await self._kiosk.stop()
        self._judge_ledger()

    async def strike_signature(self, calls: Iterable[int] | None) -> int:
        """An exception at each of these calls from the second tap to the pulse's end, each in an uplift of its own.

        Args:
            calls: Which; None: only count how many there are.

        Returns:
            How many calls there are.
        """
        await self._renew_loads()
        await self._kiosk.serve()
        count = 0
        for call in (0,) if calls is None else calls:
            self.steps += 1
            self.injector.arm(0, errors(self._chance))
            if len(self._waiting) < 2:
                await self._renew_loads()
            await self._until_nobody_is_served()
            self._visits += 1
            load = [self._waiting.pop(0)]
            visit = self._callers.steps(Way.GOOD, self._drivers[self._visits % DRIVERS], load)
            with suppress(Leaves, StopAsyncIteration):
                while await anext(visit) != "one more, or not":
                    pass
                await asyncio.sleep(STEP_S)
                self.injector.arm(call, errors(self._chance))
                self._kiosk.clockwork.profile = self.injector
                sys.setprofile(self.injector)
                await anext(visit)
                await asyncio.sleep(PULSE_S + SAFE_S)
            sys.setprofile(None)
            self._kiosk.clockwork.profile = None
            count = max(count, self.injector.count)
            self._last = f"uplift {self.steps}, an exception at call {call}: {self.injector.fired}"
            with suppress(Leaves, StopAsyncIteration):
                while self._kiosk.running:
                    await anext(visit)
            self._gone()
            await self._see()
        await self._kiosk.stop()
        self._judge_ledger()
        return count

    async def _until_nobody_is_served(self) -> None:
        ends = self._kiosk.clockwork.now + VISIT_ENDS_S
        while not isinstance(self._kiosk.display, msg.Attract) and self._kiosk.clockwork.now < ends:  # noqa: ASYNC110 - made up
            await asyncio.sleep(STEP_S)

    async def _step(self) -> None:
        kiosk, name = self._kiosk, self._choose()
        if self._visit is None and name not in _OTHERS:
            self._visit = await self._next_visit()
        before = self._calls.setdefault(name, deque(maxlen=RECENT))
        usual = self._chance.choice(before) if before else 0
        strikes = self._chance.random() < (GRAVE if self._grave else ELSE)
        self.injector.arm(self._chance.randrange(usual) + 1 if usual and strikes else 0, errors(self._chance))
        kiosk.clockwork.profile = self.injector
        sys.setprofile(self.injector)
        try:
            await self._do(name)
            await asyncio.sleep(STEP_S)
        finally:
            sys.setprofile(None)
            kiosk.clockwork.profile = None
        if self.injector.fired is None:
            before.append(self.injector.count)
        self._last = f"step {self.steps} ({name}), an exception at {self.injector.fired}"
        await self._see()

    def _choose(self) -> str:
        if self._chance.random() < 0.8:
            return "the driver goes on" if self._visit is not None else "a driver comes"
        return self._chance.choice(list(_OTHERS))

    async def _do(self, name: str) -> None:
        if name in _OTHERS:
            await _OTHERS[name](self)
            return
        assert self._visit is not None, "a driver has come"
        try:
            did = await anext(self._visit)
            self._grave = did in _BEFORE_GRAVE
        except (StopAsyncIteration, Leaves):
            self._gone()

    async def _next_visit(self) -> AsyncIterator[str]:
        self._visits += 1  # each is another driver's: what one has left half done, no other signs
        way = self._chance.choice(WAYS)
        if len(self._waiting) < 2:
            await self._renew_loads()
        loads = [self._waiting.pop(0) for _ in range(2 if way is Way.TWO else 1)]
        return self._callers.steps(way, self._drivers[self._visits % DRIVERS], loads)

    async def _renew_loads(self) -> None:
        """New containers, and drivers of whom none is on site by an exit that was not seen."""
        self._drivers = [make_driver(number) for number in range(1, DRIVERS + 1)]
        self._waiting = [make_load(self._made + each + 1) for each in range(WAITING)]
        self._made += WAITING
        self._kiosk.records = records_of(self._drivers, self._waiting)
        self._kiosk.version += 1
        self._kiosk.leapt_s += 13 * 3600  # whoever has gone unseen counts as gone
        if self._kiosk.running:
            await asyncio.sleep(2.5)

    def _gone(self) -> None:
        self._visit, self._grave = None, False
        self._callers.leave()

    # --- what must hold after each step ----------------------------------------------------------------

    async def _see(self) -> None:
        kiosk = self._kiosk
        self._judge()
        if kiosk.running and not kiosk.gate_lives:
            await asyncio.sleep(SAFE_S)
            if kiosk.running and not kiosk.gate_lives:
                self.violations.append(f"the gate's thread died and the process goes on: {self._last}")
        served = not self.injector.fired or kiosk.in_service or await kiosk.served_within(BACK_S)
        if not served and kiosk.running:
            self.violations.append(f"not in service within {BACK_S:g} s: {self._last}")
            await kiosk.kill()
        if not kiosk.running:
            await self._restart()
        self._judge()

    async def _restart(self) -> None:
        kiosk = self._kiosk
        self.crashes[self.injector.fired or "none"] += 1
        self._gone()
        self.left_to_the_manager += not kiosk.outputs_rest
        await kiosk.kill()
        await asyncio.sleep(RESTART_S)
        kiosk.rest()
        if not kiosk.outputs_rest:
            self.violations.append(f"outputs do not rest after the end: {self._last}")
        kiosk.disk.fault = None
        kiosk.board.break_down(None)
        if not await kiosk.serve():
            self.violations.append(f"not in service after a restart: {self._last}, {kiosk.health}")

    def _judge(self) -> None:
        openings = self.openings
        for each in openings.violations:
            self.violations.append(f"{each}: {self._last}")
        openings.violations.clear()
        lasted = max(openings.energised_s, openings.longest_s)
        if lasted > PULSE_S + SAFE_S:
            self.violations.append(f"the relay was energised for {lasted:.2f} s: {self._last}")
            openings.longest_s = 0.0

    def _judge_ledger(self) -> None:
        try:
            entries = list(read_all(self._kiosk.data / "ledger"))
        except (Unsound, ValueError) as error:
            self.violations.append(f"the ledger is not whole: {error}")
            return
        self.violations += visits_without_one_end(entries)

    # --- what else happens ------------------------------------------------------------------------------

    async def _other_card(self) -> None:
        uid = bytes([4, 0, 0, 0, 0, 0, self._chance.randrange(1, 255)])
        self._kiosk.report(CardSeen(READER, CardTechnology.TYPE_2, uid))
        self._kiosk.report(CardGone(READER, uid))
        self._gone()  # whoever it is, the driver who was there does not answer for what comes of it

    async def _rubbish(self) -> None:
        self._kiosk.report(BarcodeRead(SCANNER, f"NZ{self._chance.randrange(10**6):06}", None, ()))

    async def _unreadable(self) -> None:
        self._kiosk.report(BarcodeUnreadable(SCANNER, "noise"))

    async def _lost(self) -> None:
        device = self._chance.choice((READER, SCANNER))
        self._kiosk.report(DeviceLost(device, "it there", "nothing", "plug it in"))
        await asyncio.sleep(0.5)
        self._kiosk.report(DeviceReady(device, "made up"))

    async def _gate_lost(self) -> None:
        self._kiosk.board.break_down("no power")
        self._kiosk._wake_gate()
        await asyncio.sleep(0.5)
        self._kiosk.board.break_down(None)

    async def _disk_full(self) -> None:
        self._kiosk.disk.fault = OSError(28, "No space left on device")
        if self._visit is not None:
            with suppress(StopAsyncIteration, Leaves):
                await anext(self._visit)
        await asyncio.sleep(0.3)
        self._kiosk.disk.fault = None

    async def _clock_set(self) -> None:
        self._kiosk.wall_offset = timedelta(seconds=self._chance.randint(-120, 120))

    async def _cabinet(self) -> None:
        for on in (True, False):
            self._kiosk.put(self._kiosk.wiring.tamper, on=on)
            await asyncio.sleep(0.2)

    async def _records(self) -> None:
        self._kiosk.version += 1
        await asyncio.sleep(2.5)

    async def _time_passes(self) -> None:
        await asyncio.sleep(self._chance.choice((1.0, 5.0, 70.0)))
        self._gone()

    async def _stopped(self) -> None:
        self._gone()
        await self._kiosk.stop()

    async def _cancel(self) -> None:
        self._kiosk.ask(wishes.Cancel())
        self._gone()


_OTHERS: Final[dict[str, Callable[[FailSecure], Awaitable[None]]]] = {
    "another card is tapped": FailSecure._other_card,
    "rubbish is scanned": FailSecure._rubbish,
    "a scan cannot be read": FailSecure._unreadable,
    "a device is unplugged": FailSecure._lost,
    "the gate loses power": FailSecure._gate_lost,
    "the disk is full": FailSecure._disk_full,
    "the clock is set": FailSecure._clock_set,
    "the cabinet is opened": FailSecure._cabinet,
    "new records": FailSecure._records,
    "time passes": FailSecure._time_passes,
    "the kiosk is stopped": FailSecure._stopped,
    "a key is pressed": FailSecure._cancel,
}


@contextmanager
def fail_secure(data: Path, seed: int) -> Iterator[FailSecure]:
    """A kiosk to be struck, in a world of its own."""
    records = records_of([], [])
    with made_up_world(site=SITE, data=data, records=records, noon=NOON, segment_entries=SEGMENT_ENTRIES) as kiosk:
        kiosk.clockwork.loop.set_exception_handler(lambda *_: None)
        yield FailSecure(kiosk, seed)


def run(data: Path, steps: int, seed: int) -> FailSecure:
    """Take so many random steps, with exceptions; returns what came of it."""
    with fail_secure(data, seed) as made:
        made.until(made.go(steps))
    return made


def run_each_call(data: Path, seed: int, some: int | None = None) -> tuple[FailSecure, int]:
    """Strike every call of a signature, or some at random.

    Returns:
        What came of it, and how many calls a signature makes.
    """
    with fail_secure(data / "counted", seed) as counting:
        count = counting.until(counting.strike_signature(None))
    calls = range(1, count + 1)
    chosen = calls if some is None else sorted(random.Random(seed).sample(calls, some))
    chosen = [0, *chosen, 0]  # before and after, one in which nothing is struck
    with fail_secure(data / "struck", seed) as made:
        made.until(made.strike_signature(chosen))
    return made, count
