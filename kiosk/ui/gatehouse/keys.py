"""Keys in turn: each is taken only once all that came of the one before is done.

The toolkit hands a key to whatever has the focus at that moment, though the key before it is still to move the focus,
or to open a form. Whoever types fast, or on a slow machine, would find a password in the field of the name, and the
words of a reason taken for commands.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump

ROUNDS: Final = 3
"""How often every queue on the way from the focus to the program is waited for: a key becomes a message of its widget,
that one a message to its screen, and what the screen says moves the focus."""

GONE_S: Final = 0.25
"""Seconds that a widget may take to say that its queue is empty; one that is taken away meanwhile never says so."""


Typed = events.Key | events.Paste
"""What comes from a keyboard: keys, and text that was pasted."""


class KeysInTurn:
    """Takes keys as they come, and hands them on in turn.

    Args:
        app: The program.
        hand_on: What the toolkit does with one.
    """

    def __init__(self, app: App[None], hand_on: Callable[[Typed], Awaitable[None]]) -> None:
        self._app = app
        self._hand_on = hand_on
        self._keys: asyncio.Queue[Typed] = asyncio.Queue()

    def put(self, key: Typed) -> None:
        """Take a key; never waits."""
        self._keys.put_nowait(key)

    async def run(self) -> None:
        """Hand keys on, until cancelled."""
        while True:
            key = await self._keys.get()
            await self._settled()
            await self._hand_on(key)

    async def _settled(self) -> None:
        for _ in range(ROUNDS):
            focused: DOMNode = self._app.focused or self._app.screen
            for node in focused.ancestors_with_self:
                await _caught_up(node)


async def _caught_up(pump: MessagePump) -> None:
    """Wait until it has worked through what it had been told."""
    done = asyncio.Event()
    if pump.is_running and pump.call_later(done.set):
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), GONE_S)
