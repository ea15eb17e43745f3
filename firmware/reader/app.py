"""Builds the reader's tasks out of a board and runs them. The clock and asyncio are here, the ports in boards/."""

import asyncio
import sys
from time import ticks_diff, ticks_ms

from reader import VERSION, const, health, indicator
from reader.engine import Engine, decoder
from reader.log import cut, logger
from reader.spool import Spool
from reader.trigger import NOTHING, START, Trigger
from reader.uplink import Uplink
from reader.watchdog import WATCHDOG_MS, Watch
from sealwire.link import Down, Link, Up
from sealwire.messages import Config, Fault, Hello, UpdateBegin, UpdateChunk, UpdateState, to_bytes

_SPOOL_BYTES = const(262144)
"""Flash for scans that wait: 56 of them, more than a driver scans while the kiosk is away."""

_READ_AT_ONCE = const(256)

_TRIGGER_MS = const(2)
"""Between two looks at the trigger: the person waits for half of it."""

_WORK_MS = const(5)
"""Of an update's work at a time: a scan waits for it."""

_FEED_MS = const(500)

_LAST_WORDS_MS = const(300)
"""For the kiosk to hear why the reader starts anew."""


def once(name: str):
    """A module that is wanted once in a while, and what it imports: its heap is given back when it is let go of."""
    before = set(sys.modules)
    module = __import__("reader." + name, None, None, (name,))
    for loaded in list(sys.modules):
        if loaded not in before and loaded.startswith("reader."):
            del sys.modules[loaded]
            delattr(sys.modules["reader"], loaded[7:])
    return module


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
        self.trigger = Trigger(now)
        self.updater: "object | None" = None  # reader.update.Updater, while there is an update
        self.has_word = False
        self.spool = Spool(board.root + "/spool", _SPOOL_BYTES, random=board.random)
        selftest = once("selftest")
        troubles = selftest.troubles(board.root, self.spool)
        self.hello = Hello(board.unit, VERSION, board.name, self.spool.boot, trial)
        link = Link(self.hello, int.from_bytes(board.random(4), "little"), now)
        self.uplink = Uplink(link, self.spool, board.link.write, self.signs, self.take, logger(link), now)
        for part, what in troubles:
            self.uplink.fault(part, what)
        words = selftest.last_words(board.root)
        if words:
            self.uplink.say(Fault("firmware", 1, cut("started anew after " + words, 120)))
        config, why = once("config").load(board.root)
        self.uplink.fault("config", why)
        self.kept = b"" if why else to_bytes(config)
        self.engine = Engine(board.engine, decoder(config, self.uplink.no_read), self.uplink.scanned)
        self.set_up(config)

    def set_up(self, config: Config) -> None:
        """Make a config hold that has no trouble."""
        self.board.volume = config.volume
        self.board.set_engine_baud(config.baud)
        self.engine.decoder = decoder(config, self.uplink.no_read)

    def set_up_anew(self, config: Config) -> str:
        """Make a config of the kiosk's hold and keep it; why that cannot be, or "".

        A kiosk says it each time the link comes up: the flash is not written for what it holds already.
        """
        data = to_bytes(config)
        if data == self.kept:
            return ""
        module = once("config")
        why: str = module.trouble(config)
        if not why:
            self.set_up(config)
            why = module.store(self.board.root, config)
            self.kept = b"" if why else data
        return why

    def take(self, message) -> None:
        """Do what the kiosk wants."""
        if isinstance(message, Config):
            self.uplink.fault("config", self.set_up_anew(message))
        elif isinstance(message, Up):
            self.has_word = True
        elif isinstance(message, Down):
            self.end_update()
        elif isinstance(message, (UpdateBegin, UpdateChunk)):
            self.answer(self.update_under_way().take(message))

    def update_under_way(self):  # -> reader.update.Updater
        """The update that is on, begun when there is none."""
        if self.updater is None:
            update = once("update")
            self.updater = update.Updater(update.Images(self.board.root))
            self.signs.set(indicator.UPDATE, True)
        return self.updater

    def answer(self, state: "UpdateState | None") -> None:
        """Tell the kiosk how its update goes, and start what has come whole."""
        if state is not None:
            self.uplink.say(state)
            if state.state == UpdateState.REFUSED:
                self.end_update()
            elif self.updater is not None and self.updater.reset_due:
                self.updater = None
                self.tasks.append(asyncio.create_task(self.restart()))

    def end_update(self) -> None:
        """Let go of an update; what has come of it is kept."""
        if self.updater is not None:
            self.updater.stop()
            self.updater = None
        self.signs.set(indicator.UPDATE, False)

    async def main(self) -> None:
        """Run for ever."""
        tasks = (
            self.reads("engine", self.board.engine, self.engine.take),
            self.reads("link", self.board.link, self.link_sent),
            self.goes("trigger", _TRIGGER_MS, self.trigger_step),
            self.goes("engine clock", 20, self.engine_step),
            self.goes("link clock", 10, self.link_step),
            self.goes("indicator", 10, self.indicator_step),
            self.goes("health", 1000, self.health_step),
        )
        self.tasks = [asyncio.create_task(task) for task in tasks]
        dog = self.board.watchdog(WATCHDOG_MS)
        while True:
            late = self.watch.overdue(ticks_ms())
            if late:
                await self.die(late, "has not come back in its time")
            dog.feed()
            await asyncio.sleep_ms(_FEED_MS)

    async def reads(self, name: str, port, take) -> None:
        """A task that takes what comes from a port."""
        task = self.watch.add(name)
        try:
            while True:
                self.watch.seen(task, None)
                data = await port.read(_READ_AT_ONCE)
                now = ticks_ms()
                self.watch.seen(task, now)
                take(data, now)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader starts anew and says why
            await self.die(name, error)

    async def goes(self, name: str, every_ms: int, step) -> None:
        """A task that takes a step at each turn."""
        task = self.watch.add(name)
        try:
            while True:
                now = ticks_ms()
                self.watch.seen(task, now)
                step(now)
                await asyncio.sleep_ms(every_ms)
        except Exception as error:  # noqa: BLE001 - as above
            await self.die(name, error)

    async def die(self, name: str, why: "str | Exception") -> None:
        """Tell which task has ended or hangs, and start anew."""
        if isinstance(why, Exception):
            sys.print_exception(why)
            why = repr(why)
        why = "the task %s: %s" % (name, why)
        self.uplink.fault("firmware", why)
        self.uplink.tick(ticks_ms())
        once("selftest").keep_last_words(self.board.root, why)
        await self.restart()

    async def restart(self) -> None:
        """Start anew, when the kiosk has had its time to hear why."""
        await asyncio.sleep_ms(_LAST_WORDS_MS)
        self.board.reset()

    def link_sent(self, data: bytes, now: int) -> None:
        """Bytes of the kiosk; b"" says that the port is gone."""
        if data:
            self.uplink.receive(data, now)
        else:
            self.uplink.hung_up(now)

    def link_step(self, now: int) -> None:
        """What is due on the link, and a part of an update's work."""
        while self.updater is not None and self.updater.is_busy and ticks_diff(ticks_ms(), now) < _WORK_MS:
            self.answer(self.updater.step())
        self.uplink.tick(now)
        self.board.link.flush()

    def engine_step(self, now: int) -> None:
        """What is due on the scan engine's line."""
        self.engine.step(now)
        self.uplink.engine_is(self.engine.decoder.state)

    def trigger_step(self, now: int) -> None:
        """A look at the trigger."""
        told = self.trigger.tick(self.board.trigger(), now)
        if told != NOTHING:
            self.engine.press(told == START, now)

    def indicator_step(self, now: int) -> None:
        """Lamp and buzzer as they are to be now."""
        lamp, hz = self.signs.lamp, self.signs.hz
        self.signs.tick(now)
        if lamp != self.signs.lamp:
            self.board.lamp(self.signs.lamp)
        if hz != self.signs.hz:
            self.board.tone(self.signs.hz)

    def health_step(self, _now: int) -> None:
        """A look at the heap, which is cleaned up for it; the word on the last update, when somebody hears it."""
        if self.has_word:
            try:
                word = once("trial").word(self.board.root)
                self.has_word = False
            except OSError as error:
                self.uplink.fault("flash", "expected to write how the update went, got %r" % error)
            else:
                if word is not None and word.state == UpdateState.KEPT:
                    self.hello.trial = 0
                self.answer(word)
        self.uplink.heap_used, self.uplink.heap_free = health.heap()
        self.uplink.fault("memory", health.trouble(self.uplink.heap_free))


def run(board, trial: int = 0) -> None:
    """Run a board's reader; never returns."""
    asyncio.run(App(board, trial).main())
