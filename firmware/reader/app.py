"""Builds the reader's tasks out of a board and runs them. All I/O, the clock and asyncio are here and in boards/."""

import asyncio
import logging
import sys
from time import ticks_ms

from reader import VERSION, config, engine, health, indicator
from reader.log import LinkHandler, cut
from reader.spool import Spool
from reader.trigger import NOTHING, START, Trigger
from reader.uplink import Uplink
from reader.watchdog import WATCHDOG_MS, Watch
from sealwire.link import Link
from sealwire.messages import Config, Fault, Heartbeat, Hello

SPOOL_BYTES = 262144
"""Flash for scans that wait: 56 of them, more than a driver scans while the kiosk is away."""

READ_AT_ONCE = 256

LAST_WORDS_MS = 300
"""For the kiosk to hear why the reader starts anew."""


class App:
    """One reader.

    Args:
        board: See firmware/README.md.
        trial: 1 when this image runs on trial.
    """

    def __init__(self, board, trial: int = 0) -> None:
        now = ticks_ms()
        self.board = board
        self.watch = Watch()
        self.signs = indicator.Indicator()
        self.trigger = Trigger()
        self.log = logging.getLogger("reader")
        self.log.setLevel(logging.INFO)
        self.config, config_trouble = config.load(board.root)
        self.spool = Spool(board.root + "/spool", SPOOL_BYTES, random=board.random)
        spool_trouble = ""
        try:
            self.spool.open()
        except OSError as error:
            spool_trouble = "expected to read the spool, got %r" % error
        hello = Hello(board.unit, VERSION, board.name, self.spool.boot, trial)
        link = Link(hello, int.from_bytes(board.random(4), "little"), now)
        self.log.addHandler(LinkHandler(link))
        self.uplink = Uplink(link, self.spool, board.link.write, self.signs, self.take, self.log, now)
        self.uplink.fault("config", config_trouble)
        self.uplink.fault("spool", spool_trouble)
        self.uplink.fault("flash", health.flash_trouble(board.root))
        self.set_up(now)

    def set_up(self, now: int) -> None:
        """Make what the config says hold."""
        self.board.volume = self.config.volume
        self.engine = engine.make(self.config, self.broken)
        try:
            self.board.set_engine_baud(self.config.baud)
        except ValueError as error:
            self.uplink.fault("config", str(error))

    def take(self, message) -> None:
        """Do what the kiosk wants."""
        if isinstance(message, Config):
            why = config.trouble(message)
            if not why:
                self.config = message
                self.set_up(ticks_ms())
                try:
                    config.store(self.board.root, message)
                except OSError as error:
                    why = "expected to keep the config, got %r" % error
            self.uplink.fault("config", why)

    def broken(self, what: str) -> None:
        """The engine sent what makes no read; the person scans again."""
        self.log.warning(what)
        self.signs.signal(indicator.REFUSED)

    async def main(self) -> None:
        """Run for ever."""
        board = self.board
        dog = board.watchdog(WATCHDOG_MS)
        tasks = (
            self.reads("engine", board.engine, self.engine_sent),
            self.reads("link", board.link, self.link_sent),
            self.goes("trigger", 5, 500, self.trigger_step),
            self.goes("engine clock", 20, 1000, self.engine_step),
            self.goes("link clock", 10, 1000, self.link_step),
            self.goes("indicator", 10, 500, self.indicator_step),
            self.goes("health", 1000, 4000, self.health_step),
        )
        for task in tasks:
            asyncio.create_task(task)
        while True:
            late = self.watch.overdue(ticks_ms())
            if late:
                await self.die("the task %s has not come back in its time" % late)
            dog.feed()
            await asyncio.sleep_ms(500)

    async def reads(self, name: str, port, take) -> None:
        """A task that takes what comes from a port."""
        task = self.watch.add(name, 1000, ticks_ms())
        try:
            while True:
                self.watch.seen(task, None)
                data = await port.read(READ_AT_ONCE)
                now = ticks_ms()
                self.watch.seen(task, now)
                take(data, now)
        except Exception as error:
            await self.died(name, error)

    async def goes(self, name: str, every_ms: int, limit_ms: int, step) -> None:
        """A task that takes a step at each turn."""
        task = self.watch.add(name, limit_ms, ticks_ms())
        try:
            while True:
                now = ticks_ms()
                self.watch.seen(task, now)
                step(now)
                await asyncio.sleep_ms(every_ms)
        except Exception as error:
            await self.died(name, error)

    def engine_sent(self, data: bytes, now: int) -> None:
        if not data:
            self.engine.lost("the engine went away")
            self.engine.state = Heartbeat.ENGINE_SILENT
        self.engine_reads(data, now)

    def engine_reads(self, data: bytes, now: int) -> None:
        for ssi_type, read in self.engine.take(data, now):
            aim, rest = engine.split_aim(read)
            self.uplink.scanned(aim, ssi_type, rest, now)
        self.engine_tell()

    def engine_tell(self) -> None:
        out = self.engine.out
        if out:
            self.board.engine.write(bytes(out))
            out[:] = b""

    def engine_step(self, now: int) -> None:
        self.engine_reads(b"", now)
        self.board.engine.flush()
        state = self.engine.state
        self.uplink.engine_state = state
        is_silent = state == Heartbeat.ENGINE_SILENT
        self.uplink.fault("engine", "the scan engine does not answer: look at its cable" if is_silent else "")

    def link_sent(self, data: bytes, now: int) -> None:
        if data:
            self.uplink.receive(data, now)
        else:
            self.uplink.hung_up(now)

    def link_step(self, now: int) -> None:
        self.uplink.tick(now)
        self.board.link.flush()

    def trigger_step(self, now: int) -> None:
        told = self.trigger.tick(self.board.trigger(), now)
        if told != NOTHING:
            self.engine.press(told == START, now)
            self.engine_tell()

    def indicator_step(self, now: int) -> None:
        hz, lamp = self.signs.hz, self.signs.lamp
        if self.signs.tick(now):
            if lamp != self.signs.lamp:
                self.board.lamp(self.signs.lamp)
            if hz != self.signs.hz:
                self.board.tone(self.signs.hz)

    def health_step(self, now: int) -> None:
        self.uplink.heap_used, self.uplink.heap_free = health.heap()
        self.uplink.fault("memory", health.heap_trouble(self.uplink.heap_free))

    async def died(self, name: str, error: Exception) -> None:
        """A task has ended by an error of ours."""
        sys.print_exception(error)
        await self.die("the task %s ended: %r" % (name, error))

    async def die(self, why: str) -> None:
        """Tell why, and start anew."""
        self.uplink.fault("firmware", why)
        self.uplink.tick(ticks_ms())
        await asyncio.sleep_ms(LAST_WORDS_MS)
        self.board.reset()


def run(board, trial: int = 0) -> None:
    """Run a board's reader; never returns."""
    asyncio.run(App(board, trial).main())
