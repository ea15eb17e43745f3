"""The gatehouse of one station: what it has open, kept up with the ledger, and the consoles that show it."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk.console import gatehouse as g
from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.core.lane import Lane
from kiosk.core.times import Moment
from kiosk.gatehouse.book import GatehouseBook
from kiosk.gatehouse.recorded import Recorded
from kiosk.site import Site
from kiosk.station.consoles.board import Standing
from kiosk.station.consoles.doing import Doing
from kiosk.station.consoles.doorkeeper import Doorkeeper
from kiosk.station.consoles.sealing import Sealing
from kiosk.station.consoles.server import Consoles
from kiosk.station.consoles.wishes import Office
from kiosk.station.recorder import Recorder


class Gatehouse:
    """On the station's loop, from the first time on that there is a ledger.

    Args:
        site: The site's settings.
        data: The data folder.
        lane: The lane; only looked at.
        recorder: Writes entries, and tells of each.
        now: Reads both clocks.
        post: Takes what the lane has to know.
        health: What the health line says now.
        make_door: Makes what checks people.
    """

    def __init__(
        self,
        site: Site,
        data: Path,
        lane: Lane,
        recorder: Recorder,
        now: Callable[[], Moment],
        post: Callable[[ev.Event], None],
        health: Callable[[], msg.Health],
        make_door: Callable[[Callable[[], GatehouseBook], Doing], Doorkeeper],
    ) -> None:
        self._lane = lane
        self._recorder = recorder
        self._health = health
        self._now = now
        self._book = GatehouseBook()
        self._shown: tuple[str, datetime | None] = ("", None)
        self._loop: asyncio.AbstractEventLoop | None = None
        doing = Doing(recorder, now, post)
        door = make_door(self.book, doing)
        office = Office(self.book, lane, doing, door, Sealing(site, data, lambda: now().utc))
        welcome = g.Welcome(g.VERSION, site.plan.site_name, str(site.plan.timezone))
        self._consoles = Consoles(data, welcome, self.book, self._standing, door, office, now)

    def book(self) -> GatehouseBook:
        """What the gatehouse has open."""
        return self._book

    async def open(self) -> None:
        """Read what is open, and serve consoles."""
        self._loop = asyncio.get_running_loop()
        await self.read()
        await self._consoles.open()

    async def read(self) -> None:
        """Read what is open, from a ledger that has just been opened."""
        said = await asyncio.wrap_future(self._recorder.listen(self._heard))
        if said is not None:
            self._book = GatehouseBook(said)
            self._consoles.changed()

    async def close(self) -> None:
        """End every console."""
        await self._consoles.close()
        self._loop = None

    def shown(self, words: str) -> None:
        """The driver's screen shows something else: a few words of it, empty while nobody is served."""
        if words != self._shown[0]:
            self._shown = (words, self._now().utc if words else None)
        self._consoles.changed()

    def _heard(self, seq: int, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        """On the recorder's thread, before whoever wanted the entry is answered."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._take, Recorded(seq, kind, body, at))

    def _take(self, entry: Recorded) -> None:
        self._book.apply(entry)
        self._consoles.changed()

    def _standing(self, now: datetime) -> Standing:
        words, since = self._shown
        return Standing(self._lane, self._health(), words, since, now)
