"""Everything that is done to the kiosk while it runs, each with its beginning and its end."""

import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from msgspec import Struct

from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from tests.chaos.clock import Clock
from tests.chaos.disk import Disk
from tests.chaos.manager import Manager


class Fault(Struct, frozen=True):
    """One kind of fault.

    Attributes:
        name: What it is called.
        begin: Begins it.
        end: Ends it.
        lasts_s: How long it lasts, from and to.
        weight: How often it comes, beside the others.
        kills: It may end the process, so it has no place where one process's memory is watched.
        ends_it: It ends the process for sure: what its screen still shows is nobody's.
    """

    name: str
    begin: Callable[[], None]
    end: Callable[[], None] = lambda: None
    lasts_s: tuple[float, float] = (0.0, 0.0)
    weight: int = 10
    kills: bool = False
    ends_it: bool = False


class Target(Struct, frozen=True):
    """What faults are done to."""

    reader: BenchReader
    scanner: PlainScanner
    manager: Manager
    disk: Disk
    clock: Clock
    command: Sequence[str]
    environment: dict[str, str]
    chance: random.Random
    in_next_pulse: Callable[[], None]
    """Has the kiosk killed while the barrier's relay is energised the next time."""


IN_A_PULSE: Final = "kiosk killed in a pulse"
"""Begins when the barrier opens next."""
SLOW_S: Final = 0.004
"""Seconds between bytes on a slow line: 2,500 baud."""
STAYS_S: Final = 240
"""Seconds by which the clock may be set and stay so: less than what a kiosk takes for a clock that was lost."""


def all_faults(to: Target) -> tuple[Fault, ...]:
    """The kinds of faults."""
    return (*_of_lines(to), *_of_processes(to), *_of_the_disk(to.disk), *_of_the_clock(to))


def _of_lines(to: Target) -> Iterator[Fault]:
    reader, scanner, chance = to.reader, to.scanner, to.chance
    lines = (reader.line, scanner.line)

    def slow(on: bool) -> None:
        for line in lines:
            for way in (line.to_driver, line.from_driver):
                way.one_byte, way.byte_pause_s = on, SLOW_S if on else 0.0

    def lossy(rate: float) -> None:
        for line in lines:
            line.to_driver.drop_rate = line.from_driver.drop_rate = rate

    def both(do: str) -> None:
        for line in lines:
            getattr(line, do)()
        reader.reset()

    def rubbish() -> bytes:
        return chance.randbytes(chance.choice((1, 7, 40, 700)))

    yield Fault("card reader unplugged", reader.unplug, reader.plug_in, (0.2, 15))
    yield Fault("scanner unplugged", scanner.line.hang_up, scanner.line.come_back, (0.2, 15))
    yield Fault("both unplugged", lambda: both("hang_up"), lambda: both("come_back"), (0.5, 8), 5)
    yield Fault("rubbish from the card reader", lambda: reader.line.write(rubbish()))
    yield Fault("rubbish from the scanner", lambda: scanner.fire_raw(rubbish()))
    yield Fault("card reader hangs", reader.freeze, reader.reset, (1, 12))
    yield Fault("slow lines", lambda: slow(True), lambda: slow(False), (3, 15), 6)
    yield Fault("lines lose bytes", lambda: lossy(0.01), lambda: lossy(0.0), (2, 12), 6)


def _of_processes(to: Target) -> Iterator[Fault]:
    manager = to.manager

    def stop() -> None:
        manager.signal(signal.SIGSTOP)

    def go_on() -> None:
        manager.signal(signal.SIGCONT)

    def kill_children() -> None:
        main = manager.process.pid if manager.process else 0
        for each in manager.group():
            if each != main:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)

    yield Fault("kiosk killed", lambda: manager.signal(signal.SIGKILL), weight=16, kills=True, ends_it=True)
    yield Fault(IN_A_PULSE, to.in_next_pulse, weight=12, kills=True)
    yield Fault("kiosk stopped in an orderly way", manager.ask_to_end, weight=4, kills=True, ends_it=True)
    yield Fault("kiosk stalled for a moment", stop, go_on, (0.2, 4))
    yield Fault("kiosk stalled for long", stop, go_on, (7, 12), 4, kills=True)
    yield Fault("what the kiosk started is killed", kill_children, weight=5)
    yield Fault("a command is killed", lambda: _kill_a_command(to), weight=4)


def _of_the_disk(disk: Disk) -> Iterator[Fault]:
    yield Fault("disk full", disk.fill, disk.free, (1, 15), 12)
    yield Fault("disk stalls", disk.freeze, disk.thaw, (0.3, 4), 8)
    yield Fault("disk stalls for long", disk.freeze, disk.thaw, (11, 14), 3, kills=True)


def _of_the_clock(to: Target) -> Iterator[Fault]:
    clock, chance = to.clock, to.chance

    def far() -> None:
        clock.set_by(chance.choice((-1, 1)) * chance.randrange(3600, 4 * 3600))

    yield Fault("clock set", lambda: clock.set_by(chance.randint(-STAYS_S, STAYS_S)))
    yield Fault("clock far off", far, lambda: clock.set_by(0), (3, 25), 6)


def _kill_a_command(to: Target) -> None:
    """Staff's command to the kiosk is killed half-way."""
    command = [*to.command[:1], "staff", to.chance.choice(("on", "off")), "--staff", "S03", *to.command[1:]]
    done = subprocess.Popen(command, env=to.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        done.wait(timeout=to.chance.uniform(0.2, 1.2))
    except subprocess.TimeoutExpired:
        done.kill()
        done.wait()
