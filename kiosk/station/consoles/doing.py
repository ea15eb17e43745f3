"""Decides and writes for consoles, one after the other: what was decided still holds when it is written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from kiosk.core import events as ev
from kiosk.core.times import Moment
from kiosk.gatehouse.recorded import ToRecord
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

    async def _write(self, wanted: ToRecord) -> int:
        at = self._now()
        head = await asyncio.wrap_future(self._recorder.record(wanted.kind, wanted.body, at))
        self._post(ev.StaffRecorded(wanted.kind, wanted.body, at))
        return head.count
