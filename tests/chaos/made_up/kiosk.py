"""A kiosk in made-up time: all its own is real, but for screen, consoles and the lines to reader and scanner.

What those lines would bring is given to `kiosk.devices` as the drivers report it. The gate's driver runs on bench pins.
A power cut or SIGKILL leaves files, pins and nothing else: whatever of the process still unwinds here has no effect.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from unittest.mock import patch

import structlog

from drivers.gate import Gate
from drivers.gate_cycle import Orders
from drivers.reports import DeviceReady
from hw.bench.pins import BenchBoard
from hw.boards import load_board
from hw.pins import InputLine, Level, Line, OutputLine, Pins
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.effects import CommitEntry, Effect, EntryKind
from kiosk.core.records import Records
from kiosk.core.times import ClockState, Moment
from kiosk.devices import Devices
from kiosk.ledger.ledger import Ledger
from kiosk.site import Site
from kiosk.station.records_watch import RecordsWatch
from kiosk.station.station import Station
from tests.chaos.made_up.clockwork import Clockwork, patches
from tests.chaos.made_up.witness import Disk
from tests.station.rig import Given

READER, SCANNER = "card reader", "seal scanner"
BUSY_POLL_S: Final = 0.05
"""Seconds between two looks of the gate's driver at its pins while something may change: five times its own."""
IDLE_POLL_S: Final = 5.0
"""The same while nothing is energised, asked for or about to settle. It is woken when that changes."""
LOOK_S: Final = 0.05
SERVES_S: Final = 10.0
"""Seconds within which it is in service."""
SETTLES_S: Final = 0.5
"""Seconds for which the gate's driver looks often after a contact has moved."""


class Kiosk:
    """One site's kiosk through all its starts.

    Args:
        site: The site's settings.
        data: The data folder.
        records: Who may take what; may be replaced while it runs.
        clockwork: Its time.
        noon: The wall clock's time when the made-up clock begins.
        segment_entries: How many entries a segment of its ledger has.
    """

    def __init__(
        self, site: Site, data: Path, records: Records, clockwork: Clockwork, noon: datetime, segment_entries: int
    ) -> None:
        self.site, self.data, self.records, self.clockwork = site, data, records, clockwork
        self.version = 0
        self.held: list[str] = []
        """Visits that were held."""
        self.board = BenchBoard()
        self.wiring = load_board(site.gate.board, site.gate.wiring).wiring
        self.disk = Disk()
        self.wall_offset = timedelta(0)
        self.leapt_s = 0.0
        self.boots = 0
        self._noon, self._began = noon, clockwork.now
        self._open_ledger = partial(Ledger.open, segment_entries=segment_entries, in_background=False)
        self._pins: list[_MortalPins] = []
        self._moved_at = -1e9
        self._task: asyncio.Task[None] | None = None
        self.station: Station | None = None
        self.devices: _Devices | None = None
        self.show: msg.Show | None = None
        self.health: msg.Health | None = None
        clockwork.poll_s = self._poll_s
        for line in self.wiring.inputs:
            self.put(line, on=False)

    # --- its life ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start a process."""
        self.boots += 1
        self.show = self.health = None
        watch = RecordsWatch(lambda: self.version, lambda: Given(self.records))
        self.devices = devices = _Devices(self.site, self._open_pins, self.moment, self._wake_gate)
        self.station = Station(self.site, self.data, watch, devices, self.moment, self._told, self._witness)
        recorder = self.station._recorder
        recorder._open_ledger = self._open_ledger
        self._task = self.clockwork.loop.create_task(self.station.run())

    async def serve(self) -> bool:
        """Start a process and wait until it serves; whether it came to that."""
        self.start()
        await asyncio.sleep(0.01)
        for device in (READER, SCANNER):
            self.report(DeviceReady(device, "made up"))
        return await self.served_within(SERVES_S)

    async def served_within(self, limit_s: float) -> bool:
        """Wait until it is in service; whether it was in time."""
        ends = self.clockwork.now + limit_s
        while self.running and not self.in_service and self.clockwork.now < ends:  # noqa: ASYNC110 - time is made up
            await asyncio.sleep(LOOK_S)
        return self.in_service

    @property
    def gate_lives(self) -> bool:
        """Whether the thread that ends each pulse is there."""
        return any(thread.is_alive() for thread in self.clockwork.threads)

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._task is not None and not self._task.done()

    def failure(self) -> BaseException | None:
        """What its process ended by; None after an orderly end."""
        assert self._task is not None, "it was started"
        return None if self._task.cancelled() else self._task.exception()

    async def stop(self) -> None:
        """End it in an orderly way."""
        if self.running and self.station is not None and self._task is not None:
            self.station.stop()
            await asyncio.wait([self._task])
        self._bury()

    async def kill(self) -> None:
        """As SIGKILL and a power cut do."""
        if self.station is not None:
            self.station._recorder._thread.die()  # type: ignore[attr-defined]
            self.station._recorder._answering.die()  # type: ignore[attr-defined]
        for pins in self._pins:
            pins.dead = True
        if self.running and self._task is not None:
            self._task.cancel()
            with suppress(BaseException):
                await self._task
        self._bury()

    def rest(self) -> None:
        """What the service manager runs after each end: `hw.at_rest`, here on bench pins."""
        for line in self.wiring.outputs:
            self.board.make_output(line.bcm, line.safe)
            self.board.make_input(line.bcm, line.safe_pull)

    def _bury(self) -> None:
        """Nothing of a process is left once it has ended."""
        for pins in self._pins:
            pins.dead = True
        self._pins.clear()
        self.clockwork.kill()
        if self.station is not None:
            _close_files(self.station._recorder._ledger)
        self.station = self.devices = None

    # --- what it sees and shows -------------------------------------------------------------------------

    def moment(self) -> Moment:
        """Both clocks."""
        ran = timedelta(seconds=self.clockwork.now - self._began + self.leapt_s)
        utc = self._noon + ran + self.wall_offset
        return Moment(utc, self.clockwork.now + self.leapt_s, ClockState.SYNCHRONISED, f"boot-{self.boots}")

    def report(self, report: object) -> None:
        """A driver reports something; an error of ours on the way ends its thread, as `drivers.supervision` has it."""
        devices = self.devices
        if devices is not None:
            try:
                devices._report(report)
            except Exception as error:  # noqa: BLE001 - as the driver's own thread does
                devices._died(error)

    def put(self, line: InputLine, *, on: bool) -> None:
        """Close or open a contact of the gate."""
        self._moved_at = self.clockwork.now
        self.board.set_input(line.bcm, line.active if on else line.active.opposite)
        self._wake_gate()

    def post(self, event: ev.Event) -> None:
        """Something that staff have done at their console."""
        if self.station is not None:
            self.station.post(event)

    def _witness(self, what: object) -> None:
        if isinstance(what, CommitEntry) and what.kind is EntryKind.HOLD:
            self.held.append(str(what.body["visit"]))

    def ask(self, wish: wishes.Wish) -> None:
        """Press a key on what is shown."""
        if self.station is not None and self.show is not None:
            with suppress(Exception):  # it would be the screen that crashes
                self.station.post(wishes.Ask(self.show.revision, wish))

    @property
    def display(self) -> msg.Display | None:
        """What the driver's screen shows."""
        return self.show.display if self.show is not None else None

    @property
    def in_service(self) -> bool:
        """Whether every part works and it serves."""
        health = self.health
        well = health is not None and all(part.condition is msg.Condition.WORKING for part in health.parts)
        return self.running and well and not isinstance(self.display, msg.OutOfService | None)

    @property
    def outputs_rest(self) -> bool:
        """Whether nothing is energised."""
        return all(self.board.level(line.bcm) is line.safe for line in self.wiring.outputs)

    def _told(self, told: msg.Told) -> None:
        if isinstance(told, msg.Show):
            self.show = told
        elif isinstance(told, msg.Health):
            self.health = told

    def _open_pins(self) -> "_MortalPins":
        pins = _MortalPins(self.board.open())
        self._pins.append(pins)
        return pins

    def _poll_s(self, asked_s: float) -> float:
        if asked_s > BUSY_POLL_S:
            return asked_s  # a pause after a loss
        settling = self.clockwork.now - self._moved_at < SETTLES_S
        gate = self.devices.gate if self.devices is not None else None
        asked = gate is not None and gate._orders != _NO_ORDERS
        energised = any(self.board.level(line.bcm) is line.active for line in self._bounded)
        return BUSY_POLL_S if settling or asked or energised else IDLE_POLL_S

    @property
    def _bounded(self) -> tuple[OutputLine, ...]:
        """Outputs whose time is short."""
        return (self.wiring.barrier, self.wiring.buzzer)

    def _wake_gate(self) -> None:
        """The gate's driver waits for nothing and so looks seldom: let it look now."""
        for thread in self.clockwork.threads:
            self.clockwork.loop.call_soon(thread.resume)


_NO_ORDERS: Final = Orders()


class _Devices(Devices):
    """The kiosk's devices, of which the gate's driver alone runs: the others' reports are given by hand."""

    def __init__(
        self, site: Site, open_pins: Callable[[], Pins], now: Callable[[], Moment], wake: Callable[[], None]
    ) -> None:
        super().__init__(site, open_pins, now)
        self.gate = self._gate
        self._drivers = (self._gate,)
        self._wake = wake

    def perform(self, effect: Effect) -> None:
        super().perform(effect)
        self._wake()


class _MortalPins:
    """Bench pins that do nothing more once their process is dead."""

    def __init__(self, pins: Any) -> None:
        self._pins = pins
        self.dead = False

    @property
    def detail(self) -> str:
        return str(self._pins.detail)

    def claim_output(self, line: OutputLine) -> None:
        if not self.dead:
            self._pins.claim_output(line)

    def claim_input(self, line: InputLine) -> None:
        if not self.dead:
            self._pins.claim_input(line)

    def drive(self, line: OutputLine, level: Level) -> None:
        if not self.dead:
            self._pins.drive(line, level)

    def read(self, line: Line) -> Level:
        return Level.LOW if self.dead else self._pins.read(line)

    def close(self) -> None:
        if not self.dead:
            self._pins.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.dead:
            self._pins.__exit__(kind, error, trace)


def _close_files(ledger: Ledger | None) -> None:
    """What the system does with a dead process's files. A ledger that was closed has none."""
    if ledger is None:
        return
    book = ledger._book
    ledger._book.archivist.close()
    holders: tuple[Any, ...] = (book._journal, book._head_file, book._hold)
    for holder in holders:
        if holder is not None and holder._handle >= 0:
            with suppress(OSError):
                os.close(holder._handle)
            holder._handle = -1


async def _nothing(*_: object) -> None:
    """Stands in place of what has sockets, processes or threads of its own."""


@contextmanager
def made_up_world(**settings: Any) -> Iterator[Kiosk]:
    """A kiosk in a world of its own, not started; nothing of it is left afterwards.

    Args:
        settings: As for `Kiosk`, but for the clockwork.
    """
    clockwork = Clockwork()
    with ExitStack() as stack:
        for place, there in patches(clockwork).items():
            stack.enter_context(patch(place, there))
        defaults = {**(Gate.__init__.__kwdefaults__ or {}), "now": lambda: clockwork.now}
        stack.enter_context(patch.object(Gate.__init__, "__kwdefaults__", defaults))
        # Commands and consoles come over sockets, keepers have processes and threads: the real-time run has them.
        stack.enter_context(patch.object(Station, "_open_desk", _nothing))
        stack.enter_context(patch.object(Station, "_start_keepers", _nothing))
        logs = structlog.get_config()
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[lambda *_: ""])
        stack.callback(lambda: structlog.configure(**logs))
        asyncio.set_event_loop(clockwork.loop)
        kiosk = Kiosk(clockwork=clockwork, **settings)
        kiosk.disk.watched(stack)
        try:
            yield kiosk
        finally:
            clockwork.loop.run_until_complete(kiosk.kill())
            clockwork.loop.close()
            asyncio.set_event_loop(None)
