"""Decides and writes for consoles, one after the other: what was decided still holds when it is written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager

import structlog

from kiosk.core import events as ev
from kiosk.core.times import Moment
from kiosk.gatehouse.recorded import ToRecord
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.head import Head
from kiosk.station.recorder import Recorder


class Doing:
    """Writes entries for staff.

    Args:
        recorder: Writes them.
        now: Reads both clocks.
        post: Takes what the lane has to know of them.
    """

    def __init__(self, recorder: Recorder, now: Callable[[], Moment], post: Callable[[ev.Event], None]) -> None:
        self._recorder = recorder
        self._now = now
        self._post = post
        self._lock = asyncio.Lock()
        self._log = structlog.get_logger("station").bind(part="consoles")

    def now(self) -> Moment:
        """Both clocks."""
        return self._now()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Nobody else decides meanwhile."""
        async with self._lock:
            yield

    async def write(self, *wanted: ToRecord) -> tuple[int, ...]:
        """Write entries, in this order; each is durable, and in the gatehouse's book, when this returns.

        Raises:
            LedgerError: One was not written; those before it were.
        """
        return tuple([await self._write(each) for each in wanted])

    async def try_write(self, *wanted: ToRecord) -> None:
        """The same, for what has happened already: a ledger that does not take it is told by the health line."""
        try:
            await self.write(*wanted)
        except LedgerError as fault:
            self._log.warning("not recorded", kinds=[each.kind for each in wanted], fault=str(fault))

    def write_later(self, *wanted: ToRecord) -> None:
        """The same, and nobody waits for it: written before anything that is asked from now on."""
        for each in wanted:
            at = self._now()
            self._recorder.record(each.kind, each.body, at).add_done_callback(self._written_late)

    def _written_late(self, written: Future[Head]) -> None:
        if not written.cancelled() and (fault := written.exception()) is not None:
            self._log.warning("not recorded", fault=str(fault))

    async def _write(self, wanted: ToRecord) -> int:
        at = self._now()
        head = await asyncio.wrap_future(self._recorder.record(wanted.kind, wanted.body, at))
        self._post(ev.StaffRecorded(wanted.kind, wanted.body, at))
        return head.count
