"""The gatehouse of one station: what it has open, kept up with the ledger, and the consoles that show it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_told as gt
from kiosk.console import messages as msg
from kiosk.console.lane_words import in_few_words
from kiosk.core import events as ev
from kiosk.core.effects import CheckStaff, DismissStaff, RecordVisitor
from kiosk.core.lane import Lane
from kiosk.core.said import Said, said
from kiosk.core.times import Moment
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.book import GatehouseBook
from kiosk.gatehouse.logon import WRONG_BADGE
from kiosk.gatehouse.recorded import Recorded
from kiosk.site import Site
from kiosk.station.consoles.alone import record_visitor
from kiosk.station.consoles.board import Standing, told_to
from kiosk.station.consoles.doing import Doing
from kiosk.station.consoles.door import TOO_MANY, Door
from kiosk.station.consoles.office import Office
from kiosk.station.consoles.on_site import on_duty
from kiosk.station.consoles.sealing import Sealing
from kiosk.station.consoles.server import Consoles
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
    """

    def __init__(
        self,
        site: Site,
        data: Path,
        lane: Lane,
        recorder: Recorder,
        now: Callable[[], Moment],
        post: Callable[[ev.Event], None],
        health: Callable[[], msg.Health | None],
    ) -> None:
        self._site = site
        self._lane = lane
        self._recorder = recorder
        self._health = health
        self._now = now
        self._post = post
        self._doings: set[asyncio.Task[None]] = set()
        self._book = GatehouseBook(site=site)
        self._shown: tuple[str, datetime | None] = ("", None)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._doing = doing = Doing(recorder, now, post)
        self._door = door = Door(site, data, self.book, doing, self._over, self._on_duty)
        office = Office(site, data, self.book, lane, doing, door, Sealing(site, data, lambda: now().utc), self._told)
        welcome = gt.Welcome(g.VERSION, site.plan.site_name, str(site.plan.timezone))
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
            self._book = GatehouseBook(said, self._site)
            self._consoles.changed()

    async def close(self) -> None:
        """End every console."""
        await self._consoles.close()
        await asyncio.gather(*self._doings, return_exceptions=True)
        await self._door.close()
        self._loop = None

    def perform(self, effect: CheckStaff | DismissStaff | RecordVisitor) -> None:
        """What the lane wants of the gatehouse; answered by events."""
        self._do(self._perform(effect))

    def _do(self, what: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._doings.add(task)
        task.add_done_callback(self._doings.discard)

    async def _perform(self, effect: CheckStaff | DismissStaff | RecordVisitor) -> None:
        if isinstance(effect, RecordVisitor):
            self._post(await record_visitor(effect, self._book.visitors, self._doing))
            return
        if isinstance(effect, DismissStaff):
            await self._door.log_off(effect.session, "a driver came")
            self._consoles.changed()
            return
        entered = await self._door.badge(effect.staff_id, effect.credential, effect.pin)
        at = self._now()
        if isinstance(entered, g.NotDone):
            self._post(ev.StaffNotAdmitted(effect.ref, _not_admitted(entered), at))
        else:
            self._post(ev.StaffAdmitted(effect.ref, entered.session, at))

    def changed(self) -> None:
        """Something that consoles show has changed."""
        self._consoles.changed()

    def shown(self, display: msg.Display) -> None:
        """The driver's screen shows something else."""
        words = in_few_words(display)
        if words != self._shown[0]:
            self._shown = (words, self._now().utc if words else None)
        self._consoles.changed()

    def _over(self, session: int) -> None:
        """A session is over; the lane cares for the one at the kiosk's screen."""
        self._post(ev.StaffLeft(session, self._now()))

    def _on_duty(self) -> frozenset[str]:
        return frozenset(each.staff_id for each in on_duty(self._lane, self._now()))

    def _heard(self, seq: int, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        """On the recorder's thread, before whoever wanted the entry is answered."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._take, Recorded(seq, kind, body, at))

    def _take(self, entry: Recorded) -> None:
        self._book.apply(entry)
        self._consoles.changed()
        if self._book.alerts.due():
            self._do(self._alert())

    async def _alert(self) -> None:
        """Write the alerts that are due. A ledger that takes none has them written at its next entry."""
        async with self._doing.turn():
            await self._doing.try_write(*self._book.alerts.due())

    def _told(self, who: Actor) -> Iterable[gt.Told]:
        return told_to(who, self._book, self._standing(self._now()), self._door)

    def _standing(self, now: Moment) -> Standing:
        words, since = self._shown
        return Standing(self._lane, self._health() or msg.Health(()), words, since, now, self._site)


NOT_ADMITTED: Final = {
    WRONG_BADGE: said("The PIN is wrong, or this badge cannot log on."),
    TOO_MANY: said("Too many attempts. Wait a minute."),
    "": said("Nobody can log on now. Call the security manager."),
}
"""What somebody is told at the kiosk's screen whose badge and PIN did not let them in."""


def _not_admitted(why: g.NotDone) -> Said:
    return NOT_ADMITTED.get(why.mend) or NOT_ADMITTED.get(why.expected) or NOT_ADMITTED[""]
