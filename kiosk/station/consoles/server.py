"""The station's end of the staff consoles: a Unix socket in the data folder (kiosk.console.gatehouse).

Everything here runs on the station's loop and waits for nothing on it: entries are written on the recorder's thread,
passwords checked on one of their own. A console that hangs, floods or breaks the protocol harms itself alone.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.console.desk import address_in
from kiosk.core.times import Moment
from kiosk.gatehouse.book import GatehouseBook
from kiosk.station.consoles.board import Standing, told_to
from kiosk.station.consoles.connection import MOST_ASKED_BYTES, BadFrame, Connection
from kiosk.station.consoles.door import AT_KIOSK, Door, Entered
from kiosk.station.consoles.office import Asker, Office
from kiosk.station.consoles.wishes import IDLE, UNCHANGED, do

MOST_CONSOLES: Final = 64
"""At once. A site has a handful; whoever opens more of them gets none."""

BEFORE_LOG_ON_S: Final = 600.0
"""Seconds for which a console may stand at the log-on screen; then it connects anew."""

LONGEST_PLACE: Final = 80
"""Characters of the place that a console names; an IPv6 address and some words are half of it."""

CLOSE_S: Final = 5.0
"""Seconds for what consoles had asked for when the kiosk stops: a password that is being checked takes half of one."""

LOOK_S: Final = 1.0
"""Seconds between two looks at what goes by the clock: idle minutes, what is overdue, how long trucks stand."""


class Consoles:
    """Serves the staff consoles of one data folder.

    Args:
        folder: The data folder.
        welcome: What everybody is told first.
        book: What the gatehouse has open.
        standing: How things stand, besides that.
        door: Checks people.
        office: Does what they ask for.
        now: Reads both clocks.
    """

    def __init__(
        self,
        folder: Path,
        welcome: gt.Welcome,
        book: Callable[[], GatehouseBook],
        standing: Callable[[Moment], Standing],
        door: Door,
        office: Office,
        now: Callable[[], Moment],
    ) -> None:
        self._folder = folder
        self._welcome = welcome
        self._book = book
        self._standing = standing
        self._door = door
        self._office = office
        self._now = now
        self._server: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None
        self._consoles: dict[_Console, asyncio.Task[None] | None] = {}
        self._due: asyncio.Handle | None = None
        self._log = structlog.get_logger("station").bind(part="consoles")

    async def open(self) -> None:
        """Begin to listen. A folder that takes no socket is logged: the gate goes on without consoles."""
        path, listener = self._folder / g.SOCKET, socket.socket(socket.AF_UNIX)
        try:
            path.unlink(missing_ok=True)
            with address_in(self._folder, g.SOCKET) as address:
                listener.bind(address)
            path.chmod(0o660)  # its group, too: consoles run as other users than the kiosk, who cannot read its secrets
            self._server = await asyncio.start_unix_server(
                self._serve, sock=listener, limit=MOST_ASKED_BYTES, start_serving=False
            )
            await self._server.start_serving()
        except OSError as fault:
            listener.close()
            self._log.error("no socket for consoles", fault=str(fault))
            return
        self._looking = asyncio.get_running_loop().create_task(self._look_on())

    async def close(self) -> None:
        """End every console, saying so, and listen no more."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        if self._due is not None:
            self._due.cancel()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        serving = [task for task in self._consoles.values() if task is not None]
        for console in tuple(self._consoles):
            console.line.tell(gt.LoggedOff("the kiosk is stopping"))
            await console.line.flush()  # which ends its reading, and so its task
        if serving:
            await asyncio.wait(serving, timeout=CLOSE_S)
        await server.wait_closed()
        with suppress(OSError):
            (self._folder / g.SOCKET).unlink(missing_ok=True)

    def changed(self) -> None:
        """Something that consoles show has changed: they are told soon, all at once."""
        if self._due is None and self._consoles:
            self._due = asyncio.get_running_loop().call_soon(self._tell_all)

    def _tell_all(self) -> None:
        self._due = None
        everyone = [console for console in self._consoles if console.entered is not None]
        if everyone:
            standing = self._standing(self._now())
            for console in everyone:
                self._tell(console, standing)

    def _tell(self, console: "_Console", standing: Standing) -> None:
        """Tell one console: who it is, and what is on show, unless it is locked or its session is over."""
        assert console.entered is not None, "told are those who are logged on"
        who = self._door.standing(console.entered.session)
        if who is None:
            console.leave("the session is over")
            return
        shut = who.locked or who.must_change
        if shut:
            console.line.forget()
        console.line.tell(who)
        if not shut:
            for message in told_to(console.entered.actor, self._book(), standing, self._door):
                console.line.tell(message)

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._door.look()
            self._tell_all()

    # --- one console --------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        console = _Console(Connection(reader, writer))
        if len(self._consoles) >= MOST_CONSOLES:
            console.line.tell(gt.LoggedOff("too many consoles are open; close one"))
            await console.line.flush()
            return
        self._consoles[console] = asyncio.current_task()
        console.line.tell(self._welcome)
        writing = asyncio.get_running_loop().create_task(console.line.write_on())
        try:
            await self._listen(console)
        except BadFrame as fault:
            self._log.warning("a console speaks another protocol", fault=str(fault)[:200])
            console.line.tell(gt.LoggedOff("this console speaks another protocol; update it"))
        finally:
            del self._consoles[console]
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            if console.entered is not None:
                await asyncio.shield(self._door.log_off(console.entered.session, "the console was closed"))
            await console.line.flush()

    async def _listen(self, console: "_Console") -> None:
        while True:
            try:
                async with asyncio.timeout(None if console.entered is not None else BEFORE_LOG_ON_S):
                    request = await console.line.asked()
            except TimeoutError:
                return
            if request is None:
                return
            result = await self._result(console, request.wish)
            self._tell_all()
            console.line.answer(g.Answer(request.number, result))

    async def _result(self, console: "_Console", wish: gw.Wish) -> g.Result:
        if console.entered is None:
            return await self._log_on(console, wish)
        if isinstance(wish, gw.LogOn | gw.TakeOver):
            return g.NotDone("a console that nobody is logged on to", console.entered.actor.name, "log off first")
        who = self._door.standing(console.entered.session)
        if who is None:
            console.leave("the session is over")
            return g.NotDone("a session", "one that is over", "log on again")
        if who.locked and type(wish) not in IDLE:
            return g.NotDone("a session that is not locked", "a locked one", "give your password")
        if who.must_change and type(wish) not in UNCHANGED:
            return g.NotDone("a password of your own", who.must_change, "choose one first")
        if not isinstance(wish, gw.Unlock):
            self._door.active(console.entered.session)
        session = console.entered.session
        asker = Asker(console.entered.actor, session, self._door.where(session))
        return await do(self._office, asker, wish)

    async def _log_on(self, console: "_Console", wish: gw.Wish) -> g.Result:
        match wish:
            case gw.LogOn(name, password, where):
                entered = await self._door.log_on(name, password, _place(where))
            case gw.TakeOver(session):
                entered = self._door.taken_over(session)
            case _:
                return g.NotDone("a log-on", type(wish).__name__, "log on first")
        if isinstance(entered, g.NotDone):
            return entered
        console.enter(entered)
        return g.Done()


def _place(said: str) -> str:
    """Where a console says that it is. The kiosk's own screen is told by the session that it takes over, never so."""
    fits = said.isprintable() and 0 < len(said) <= LONGEST_PLACE and said != AT_KIOSK
    return said if fits else gw.TERMINAL


class _Console:
    """A connection, and who is behind it."""

    def __init__(self, line: Connection) -> None:
        self.line = line
        self.entered: Entered | None = None

    def enter(self, entered: Entered) -> None:
        """Somebody logged on."""
        self.line.forget()
        self.entered = entered

    def leave(self, why: str) -> None:
        """The session is over: nothing of it is shown any more."""
        self.line.forget()
        self.entered = None
        self.line.tell(gt.LoggedOff(why))
