"""When what the pane was told is on the terminal: a terminal that notes when bytes came, and a link that is watched."""

import asyncio
from collections.abc import Callable
from queue import Queue
from time import perf_counter
from typing import Final

from msgspec import Struct
from textual import events
from textual.driver import Driver
from textual.geometry import Size

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.link import InProcessLink

STEADY_ROUNDS: Final = 2
"""Rounds of Textual's refresh without a further byte until a screen counts as drawn: widgets that were laid out anew
draw themselves in the round after."""

SCREEN_SIZE: Final = (80, 24)


class Drawn(Struct, frozen=True):
    """A display that is on the terminal.

    Attributes:
        show: The display.
        told_at: When the pane was told, perf_counter seconds.
        drawn_at: When the terminal got the last byte of it.
        text: What the terminal got.
    """

    show: msg.Show
    told_at: float
    drawn_at: float
    text: str


class Terminal:
    """Notes what is written, and when."""

    def __init__(self) -> None:
        self.writes: list[tuple[float, str]] = []

    def driver_class(self) -> type[Driver]:
        """A Textual driver that writes to this terminal. Unlike Textual's headless one it has every byte made."""
        writes = self.writes

        class NotingDriver(Driver):
            def write(self, data: str) -> None:
                writes.append((perf_counter(), data))

            def start_application_mode(self) -> None:
                size = Size(*SCREEN_SIZE)
                self.send_message(events.Resize(size, size))

            def disable_input(self) -> None:
                pass

            def stop_application_mode(self) -> None:
                pass

        return NotingDriver


class WatchedLink:
    """The pane's end of the link. When the pane asks for the next message it has handed the last to its widgets."""

    def __init__(self, link: InProcessLink, terminal: Terminal) -> None:
        self._link = link
        self._terminal = terminal
        self._told: tuple[msg.Show, float, int] | None = None
        self._undrawn: list[tuple[msg.Show, float, int]] = []
        self._steady = 0
        self._seen = 0
        self.call_after_refresh: Callable[..., object] = lambda *_: None
        self.drawn: Queue[Drawn] = Queue()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """As InProcessLink.attach."""
        self._link.attach(loop)

    def ask(self, request: wishes.Ask) -> None:
        """As InProcessLink.ask."""
        self._link.ask(request)

    async def told(self) -> msg.Told:
        """As InProcessLink.told."""
        if self._told is not None:
            self._steady = 0
            self._undrawn.append(self._told)
            if len(self._undrawn) == 1:
                self.call_after_refresh(self._look)
            self._told = None
        told = await self._link.told()
        if isinstance(told, msg.Show):
            self._told = (told, perf_counter(), len(self._terminal.writes))
        return told

    def _look(self) -> None:
        """Called after a refresh of the screen, until nothing more is drawn: then all that was told is on it."""
        written = len(self._terminal.writes)
        self._steady = self._steady + 1 if written == self._seen else 0
        self._seen = written
        if self._steady < STEADY_ROUNDS:
            self.call_after_refresh(self._look)
            return
        for show, told_at, first in self._undrawn:
            writes = self._terminal.writes[first:]
            drawn_at = writes[-1][0] if writes else told_at
            self.drawn.put(Drawn(show, told_at, drawn_at, "".join(text for _, text in writes)))
        self._undrawn.clear()
