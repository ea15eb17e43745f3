"""One console in one browser: a websocket at one end, the app's process at the other."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec
import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from msgspec import Struct

from kiosk.web.app_process import AppProcess, Hooks
from kiosk.web.page_words import Blur, Focus, Keys, Ping, Resize, Size, Words, read_words

SLOW_S: Final = 20.0
"""Seconds that a browser may take for what it is shown. The app waits meanwhile, and hears nothing from the kiosk."""

HEARTBEAT_S: Final = 15.0
"""Seconds between two questions whether the browser is still there; half of it later it is taken for gone."""

CLOSE_S: Final = 2.0
"""Seconds for the browser's own good-bye."""


class Limits(Struct, frozen=True):
    """How long a console may wait for its browser.

    Attributes:
        idle_s: Seconds without a key.
        slow_s: Seconds for what it is shown.
    """

    idle_s: float
    slow_s: float = SLOW_S


class Session:
    """One console.

    Args:
        websocket: To the browser; it has been opened.
        make_process: Makes the app's process, which is not started yet.
        limits: How long the console waits.
        abort: Cuts the line to the browser.
    """

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        make_process: Callable[[Hooks], AppProcess],
        limits: Limits,
        abort: Callable[[], None],
        logged_on: Callable[[bool], None],
    ) -> None:
        self._websocket = websocket
        self._limits = limits
        self._abort = abort
        self._process = make_process(Hooks(self._show, self._tell, self._app_ended, logged_on))
        self._idle: asyncio.Timeout | None = None
        self._log = structlog.get_logger("web")

    @property
    def process(self) -> AppProcess:
        """The app's."""
        return self._process

    async def run(self, size: Size) -> str:
        """Serve it until one of the two ends; returns why it ended."""
        await self._process.start(size.width, size.height)
        ways = {
            asyncio.create_task(self._hear(), name="browser"): "the browser went away",
            asyncio.create_task(self._process.ended(), name="app"): "the app ended",
            asyncio.create_task(self._nobody_there(), name="idle"): "nobody pressed a key for too long",
        }
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return ways[done.pop()]
        finally:
            for task in ways:
                task.cancel()
            await asyncio.wait(ways)
            await self.close()
            await self._process.stop()

    async def close(self, code: int = WSCloseCode.OK) -> None:
        """Close the line to the browser; one that does not answer is cut off."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(CLOSE_S):
                await self._websocket.close(code=code)
        self._abort()

    # --- from the browser -------------------------------------------------------------------------------

    async def _hear(self) -> None:
        async for message in self._websocket:
            words = self._words(message)
            if words is None:
                return
            await self._take(words)

    def _words(self, message: WSMessage) -> Words | None:
        """What a message says; None when it is no message of our page, which then has no console any more."""
        if message.type is WSMsgType.TEXT:
            with suppress(msgspec.DecodeError):
                return read_words(message.data)
        self._log.warning("a browser speaks another protocol; its console is ended")
        return None

    async def _take(self, words: Words) -> None:
        match words:
            case Keys():
                self._someone_is_there()
                await self._process.send_bytes(words.text.encode(errors="replace"))
            case Resize():
                size = words.size.within_reason()
                await self._process.set_terminal_size(size.width, size.height)
            case Ping():
                await self._websocket.send_json(["pong", words.stamp])
            case Focus():
                await self._process.focus()
            case Blur():
                await self._process.blur()

    def _someone_is_there(self) -> None:
        if self._idle is not None:
            self._idle.reschedule(asyncio.get_running_loop().time() + self._limits.idle_s)

    async def _nobody_there(self) -> None:
        """Wait until nobody has pressed a key for too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.idle_s) as self._idle:
                await asyncio.get_running_loop().create_future()

    # --- to the browser ---------------------------------------------------------------------------------

    async def _show(self, data: bytes) -> None:
        await self._within_reason(self._websocket.send_bytes, data)

    async def _tell(self, text: str) -> None:
        await self._within_reason(self._websocket.send_str, text)

    async def _app_ended(self) -> None:
        await self.close()

    async def _within_reason(self, send: Callable[..., Awaitable[None]], data: bytes | str) -> None:
        """Send something.

        Raises:
            ConnectionResetError: The browser has gone, or does not take it; it is cut off.
        """
        try:
            async with asyncio.timeout(self._limits.slow_s):
                await send(data)
        except TimeoutError:
            self._log.warning("a browser does not take what it is shown; it is cut off")
            self._abort()
            raise ConnectionResetError from None
