"""A person at a console: presses keys, reads the screen, waits until it shows what it should."""

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot

from kiosk.ui.gatehouse.app import GatehouseApp

PATIENCE_S = 30.0
"""Seconds that anything on the screen may take."""


class Hands:
    """One person's."""

    def __init__(self, pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, GatehouseApp)
        self._pilot = pilot
        self.app = pilot.app
        self.pressed = 0

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other; each is done before the next."""
        for key in keys:
            self.pressed += 1
            await self._pilot.press(key)
            await self._pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text."""
        for character in text:
            await self.press(_KEYS.get(character, character))

    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, condition: Callable[[], bool], wanted: str) -> None:
        """Wait until the console is as wanted."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    await self._pilot.pause()
        except TimeoutError:
            raise AssertionError(f"expected {wanted}, got:\n{self.text()}") from None
        await self._pilot.pause()

    async def reads(self, *words: str) -> None:
        """Wait until all of these words stand on the screen."""
        await self.until(lambda: all(word in self.text() for word in words), f"{words} on the screen")

    async def misses(self, *words: str) -> None:
        """Wait until none of these words stands on the screen."""
        await self.until(lambda: not any(word in self.text() for word in words), f"no {words} on the screen")


_KEYS = {" ": "space", "\n": "enter", ".": "full_stop", ",": "comma", ":": "colon", "/": "slash", "-": "minus"}
