"""The in-process link between the station's thread and a screen's event loop."""

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from kiosk.console.messages import CheckpointNews, Health, Show, Told
from kiosk.console.wishes import Ask


class ScreenLink(Protocol):
    """A screen's end: what it is told, and how it asks. The Unix socket's client end is another one."""

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the event loop on which the screen runs. Called on that loop, before told()."""

    async def told(self) -> Told:
        """Wait for the next message. The newest of each kind stands for those that it replaced."""

    def ask(self, request: Ask) -> None:
        """Send a request. Never blocks."""


class InProcessLink:
    """Carries messages from the station's thread to a screen in the same process, and requests back.

    The station must never wait for a screen, and a screen that hangs must not fill memory: what the
    screen has not taken yet is replaced by what is newer. A screen that attaches anew is told
    everything again.
    """

    def __init__(self, asked: Callable[[Ask], None]) -> None:
        self._asked = asked
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._lock = Lock()
        self._latest: dict[type[Told], Told] = {}
        self._untold: set[type[Told]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the event loop on which the screen runs. Called on that loop, before told()."""
        with self._lock:
            self._loop = loop
            self._news = asyncio.Event()
            self._untold = set(self._latest)
            if self._untold:
                self._news.set()

    def tell(self, message: Told) -> None:
        """Called on the station's thread."""
        with self._lock:
            self._latest[type(message)] = message
            self._untold.add(type(message))
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._news.set)

    async def told(self) -> Told:
        """Wait for the next message; health first, since it is small and always on show."""
        while True:
            with self._lock:
                for kind in (Health, CheckpointNews, Show):
                    if kind in self._untold:
                        self._untold.discard(kind)
                        return self._latest[kind]
                self._news.clear()
            await self._news.wait()

    def ask(self, request: Ask) -> None:
        """Hand the request to the station."""
        self._asked(request)
