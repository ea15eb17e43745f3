"""A year of a gate in made-up time: 200 uplifts a day, and all that goes wrong meanwhile. ``python -m`` it, or test it.

Prints what came of it as JSON. Memory is this process's, the run's own part in it: what is told of each uplift goes to
a file, not into lists.
"""

import argparse
import asyncio
import gc
import json
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Final, TextIO

from msgspec import Struct, field

from drivers.reports import DeviceLost, DeviceReady
from drivers.serial_scanner import BarcodeRead
from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.ledger.verify import verify
from tests.chaos.evidence import Unsound, read_all
from tests.chaos.made_up.callers import Callers, make_driver, make_load, records_of
from tests.chaos.made_up.kiosk import READER, SCANNER, Kiosk, made_up_world
from tests.chaos.made_up.witness import Openings
from tests.chaos.visits import Way
from tests.core.samples import NOON
from tests.station.rig import SITE

DAYS: Final = 365
UPLIFTS_A_DAY: Final = 200
WRONG_A_DAY: Final = 16
"""Drivers a day who are not to be let out, and who give up."""
WRONG: Final = (*[Way.GIVES_UP] * 13, Way.WRONG_SEAL, Way.DAMAGED, Way.LOOSE)
"""What they do: three a day open an incident, and nobody here closes any."""
FAULTS_EACH: Final = 0.03
"""Chance of a fault in a visit: six a day."""
BACK_S: Final = 10.0
RESTART_S: Final = 1.0
WARM_UP: Final = 1 / 12
MOST_GROWTH: Final = 0.05
SEGMENT_ENTRIES: Final = 4096


class Outcome(Struct):
    """What came of a year."""

    seed: int
    uplifts: int = 0
    visits: int = 0
    entries: int = 0
    starts: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    back_s: dict[str, float] = field(default_factory=dict)
    longest_pulse_s: float = 0.0
    memory_mib: list[float] = field(default_factory=list)
    growth: float = 0.0
    threads: tuple[int, int] = (0, 0)
    descriptors: tuple[int, int] = (0, 0)
    seconds: float = 0.0
    cpu_s: float = 0.0
    violations: list[str] = field(default_factory=list)


class Year:
    """The run.

    Args:
        kiosk: The kiosk.
        outcome: To be filled in.
        told: Takes each number that somebody was told, with its entry's digest.
        days: How many days.
    """

    def __init__(self, kiosk: Kiosk, outcome: Outcome, told: TextIO, days: int) -> None:
        self._kiosk, self._outcome, self._told, self._days = kiosk, outcome, told, days
        self._chance = random.Random(outcome.seed)
        self._callers = Callers(kiosk, self._chance)
        self._openings = Openings(
            kiosk.board, kiosk.wiring.barrier, kiosk.data / "ledger", kiosk.disk,
            lambda: kiosk.clockwork.now, self._callers.wrong_with,
        )  # fmt: skip
        self._drivers = [make_driver(number) for number in range(1, UPLIFTS_A_DAY + WRONG_A_DAY + 1)]
        self._made = 0

    async def go(self) -> None:
        """The whole year, and its end."""
        await self._kiosk.serve()
        holds: list[tuple[int, int]] = []
        for day in range(self._days):
            await self._day()
            self._kiosk.board._changes.clear()
            if day % max(1, self._days // 60) == 0:
                gc.unfreeze()  # a killed kiosk is in this process still, and its successor has set aside all there was
                gc.collect()
                self._outcome.memory_mib.append(_memory_mib())
                holds.append(_holds())
        self._outcome.starts = self._kiosk.boots
        await self._kiosk.stop()
        settled = holds[int(len(holds) * WARM_UP) + 1 :] or holds  # the first closed segment brings the catalogue
        self._outcome.threads, self._outcome.descriptors = ((at[0], at[-1]) for at in zip(*settled, strict=True))

    async def _day(self) -> None:
        visits = [Way.GOOD] * UPLIFTS_A_DAY + [self._chance.choice(WRONG) for _ in range(WRONG_A_DAY)]
        self._chance.shuffle(visits)
        loads = [make_load(self._made + each) for each in range(1, len(visits) + 1)]
        self._made += len(loads)
        self._kiosk.records = records_of(self._drivers, loads)
        self._kiosk.version += 1
        await asyncio.sleep(2.5)
        gap_s = 86_400 / len(visits)
        for way, driver, load in zip(visits, self._drivers, loads, strict=True):
            began = self._kiosk.clockwork.now
            fault = self._chance.choice(_FAULTS) if self._chance.random() < FAULTS_EACH else None
            coming = asyncio.ensure_future(self._callers.come(way, driver, [load]))
            if fault is not None:
                await asyncio.sleep(self._chance.uniform(0.0, 4.0))
                await self._strike(fault)
            await coming
            self._note()
            self._kiosk.leapt_s += max(0.0, gap_s - (self._kiosk.clockwork.now - began))
        await self._release()

    async def _release(self) -> None:
        """Staff see to whoever was held in the day: nobody stays on site for ever."""
        for visit in self._kiosk.held:
            await self._kiosk.served_within(BACK_S)
            self._kiosk.post(ev.HoldReleased(visit, "staff-1", "seen to", self._kiosk.moment()))
            await asyncio.sleep(0.01)
        self._kiosk.held.clear()

    async def _strike(self, fault: "Callable[[Year], Awaitable[None]]") -> None:
        kiosk, name = self._kiosk, fault.__name__.strip("_")
        await fault(self)
        ended = kiosk.clockwork.now
        if not await kiosk.served_within(BACK_S):
            self._outcome.violations.append(f"not back in service {BACK_S:g} s after {name}: {kiosk.health}")
            await self._again()
        self._outcome.faults[name] = self._outcome.faults.get(name, 0) + 1
        self._outcome.back_s[name] = max(self._outcome.back_s.get(name, 0.0), kiosk.clockwork.now - ended)

    def _note(self) -> None:
        """What the driver's screen has told, and what the pins have shown."""
        outcome, display = self._outcome, self._kiosk.display
        outcome.visits += 1
        outcome.violations += self._openings.violations
        self._openings.violations.clear()
        outcome.uplifts, outcome.longest_pulse_s = self._openings.count, self._openings.longest_s
        if isinstance(display, msg.Stopped) and isinstance(display.reference, int):
            self._told.write(f"{display.reference}\n")

    # --- what goes wrong --------------------------------------------------------------------------------

    async def _again(self) -> None:
        await self._kiosk.kill()
        await asyncio.sleep(0.5)
        self._kiosk.rest()
        await asyncio.sleep(RESTART_S)
        self._kiosk.start()
        await asyncio.sleep(0.01)
        for device in (READER, SCANNER):
            self._kiosk.report(DeviceReady(device, "made up"))

    async def _killed(self) -> None:
        await self._again()

    async def _stopped(self) -> None:
        await self._kiosk.stop()
        await self._again()

    async def _unplugged(self) -> None:
        device = self._chance.choice((READER, SCANNER))
        self._kiosk.report(DeviceLost(device, "it there", "nothing", "plug it in"))
        await asyncio.sleep(self._chance.uniform(0.1, 20.0))
        self._kiosk.report(DeviceReady(device, "made up"))

    async def _gate_without_power(self) -> None:
        while self._openings.energised_s:  # what has no power ends no pulse; then the relay has none, either
            await asyncio.sleep(0.1)
        self._kiosk.board.break_down("no power")
        self._kiosk._wake_gate()
        await asyncio.sleep(self._chance.uniform(0.1, 20.0))
        self._kiosk.board.break_down(None)

    async def _disk_full(self) -> None:
        await self._disk_refuses(OSError(28, "No space left on device"))

    async def _disk_fails(self) -> None:
        await self._disk_refuses(OSError(5, "Input/output error"))

    async def _disk_refuses(self, fault: OSError) -> None:
        self._kiosk.disk.fault = fault
        await asyncio.sleep(self._chance.uniform(0.5, 20.0))
        self._kiosk.disk.fault = None

    async def _clock_set(self) -> None:
        self._kiosk.wall_offset = timedelta(seconds=self._chance.randint(-120, 120))

    async def _rubbish(self) -> None:
        for _ in range(self._chance.randrange(1, 30)):
            text = "".join(chr(self._chance.randrange(32, 127)) for _ in range(self._chance.randrange(1, 30)))
            self._kiosk.report(BarcodeRead(SCANNER, text, None, ()))
            await asyncio.sleep(0.01)

    async def _records_replaced(self) -> None:
        self._kiosk.version += 1
        await asyncio.sleep(2.5)

    async def _cabinet_opened(self) -> None:
        for on in (True, False):
            self._kiosk.put(self._kiosk.wiring.tamper, on=on)
            await asyncio.sleep(1.0)


_FAULTS: Final[Sequence[Callable[[Year], Awaitable[None]]]] = (
    Year._killed, Year._killed, Year._stopped, Year._unplugged, Year._unplugged, Year._gate_without_power,
    Year._disk_full, Year._disk_fails, Year._clock_set, Year._rubbish, Year._records_replaced, Year._cabinet_opened,
)  # fmt: skip


def _memory_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / (1 << 20)


def _holds() -> tuple[int, int]:
    """Threads and descriptors of this process."""
    return len(list(Path("/proc/self/task").iterdir())), len(list(Path("/proc/self/fd").iterdir()))


def run(data: Path, days: int, seed: int) -> Outcome:
    """Go through so many days; returns what came of them."""
    outcome = Outcome(seed)
    began, cpu = perf_counter(), process_time()
    told = data / "told"
    settings = {"site": SITE, "data": data, "records": records_of([], []), "noon": NOON}
    with told.open("w", encoding="ascii") as file, made_up_world(**settings, segment_entries=SEGMENT_ENTRIES) as kiosk:
        year = Year(kiosk, outcome, file, days)
        kiosk.clockwork.loop.run_until_complete(year.go())
    outcome.seconds, outcome.cpu_s = perf_counter() - began, process_time() - cpu
    _judge(data / "ledger", told, outcome)
    return outcome


def _judge(ledger: Path, told: Path, outcome: Outcome) -> None:
    numbers = {int(line) for line in told.read_text(encoding="ascii").splitlines()}
    uplifts = 0
    try:
        for entry in read_all(ledger):
            outcome.entries = entry.seq
            numbers.discard(entry.seq)
            uplifts += entry.kind == "uplift"
    except (Unsound, ValueError) as error:
        outcome.violations.append(f"the ledger is not whole: {error}")
    if numbers:
        outcome.violations.append(f"entries that were told of and are not there: {sorted(numbers)[:5]}")
    if uplifts < outcome.uplifts:
        outcome.violations.append(f"expected an uplift for each of {outcome.uplifts} openings, got {uplifts}")
    report = verify(ledger)
    if not report.ok:
        outcome.violations += [f"sealgate ledger verify: {line}" for line in report.lines()]
    if outcome.longest_pulse_s > SITE.gate.pulse_s + 1.0:
        outcome.violations.append(f"a pulse of {outcome.longest_pulse_s:.2f} s")
    samples = outcome.memory_mib[int(len(outcome.memory_mib) * WARM_UP) :]
    part = max(1, len(samples) // 6)
    outcome.growth = median(samples[-part:]) / median(samples[:part]) - 1
    for what, (first, last) in (("threads", outcome.threads), ("descriptors", outcome.descriptors)):
        if last > first:
            outcome.violations.append(f"{what}: {first} at the beginning, {last} at the end")


def main() -> int:
    """Run it; exit 1 when something was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sealgate-year-") as folder:
        outcome = run(Path(folder), asked.days, asked.seed)
    if asked.days == DAYS and outcome.growth > MOST_GROWTH:
        outcome.violations.append(f"memory grew by {outcome.growth:.1%}")
    sys.stdout.write(json.dumps({name: getattr(outcome, name) for name in outcome.__struct_fields__}) + "\n")
    return int(bool(outcome.violations))


if __name__ == "__main__":
    sys.exit(main())
