"""The in-process link between the station's thread and a screen's event loop."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from kiosk.console.messages import Ask, Health, Show, Told


class ScreenLink(Protocol):
    """A screen's end: what it is told, and how it asks. The Unix socket's client end is another one."""

    async def told(self) -> Told:
        """Wait for the next message. The newest Show and Health stand for those that they replaced."""

    def ask(self, request: Ask) -> None:
        """Send a request. Never blocks."""


class InProcessLink:
    """Carries messages from the station's thread to a screen in the same process, and requests back.

    The station must never wait for a screen, and a screen that hangs must not fill memory: what the
    screen has not taken yet is replaced by what is newer.
    """

    def __init__(self, asked: Callable[[Ask], None]) -> None:
        self._asked = asked
        self._loop: asyncio.AbstractEventLoop | None = None
        self._something = asyncio.Event()
        self._show: Show | None = None
        self._health: Health | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the event loop on which the screen runs. Called by the screen before told()."""
        self._loop = loop
        self._something = asyncio.Event()
        if self._show is not None or self._health is not None:
            self._something.set()

    def tell(self, message: Told) -> None:
        """Called on the station's thread."""
        if isinstance(message, Health):
            self._health = message
        else:
            self._show = message
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._something.set)

    async def told(self) -> Told:
        """Wait for the next message; health first, since it is small and always on show."""
        while True:
            health, self._health = self._health, None
            if health is not None:
                return health
            show, self._show = self._show, None
            if show is not None:
                return show
            self._something.clear()
            if self._health is None and self._show is None:
                await self._something.wait()

    def ask(self, request: Ask) -> None:
        """Hand the request to the station."""
        self._asked(request)
