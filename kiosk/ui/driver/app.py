"""The driver's screen as a program of its own."""

import time
from collections.abc import Callable

from textual.app import App, ComposeResult

from kiosk.console.link import ScreenLink
from kiosk.core.said import Language
from kiosk.ui.driver.pane import DriverPane
from kiosk.ui.glyphs import Glyphs


class DriverApp(App[int]):
    """Shows the driver's pane alone, on the whole terminal. When staff are let in it ends, with their session."""

    TITLE = "Sealgate"
    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { background: #000000; overflow: hidden; }"

    def __init__(
        self,
        link: ScreenLink,
        *,
        clock: Callable[[], float] = time.monotonic,
        glyphs: Glyphs | None = None,
        language: Language = Language.ENGLISH,
        on_first_draw: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the program; `run()` shows it until its owner calls `exit()`.

        Args:
            link: To the station.
            clock: CLOCK_MONOTONIC seconds.
            glyphs: Which characters the terminal can draw; None looks at the terminal.
            language: The language until the station has told one: the site's own.
            on_first_draw: Called once the first display that was told is on the screen.
        """
        super().__init__()
        self.animation_level = "none"
        self._link = link
        self._clock = clock
        self._glyphs = glyphs
        self._language = language
        self._on_first_draw = on_first_draw

    def compose(self) -> ComposeResult:
        """The pane, and nothing else."""
        yield DriverPane(
            self._link,
            clock=self._clock,
            glyphs=self._glyphs,
            language=self._language,
            on_first_draw=self._on_first_draw,
            on_staff=self.exit,
        )

    async def action_quit(self) -> None:
        """Nothing: the screen of a gate is ended by its owner, not by a driver's keys."""

    def action_help_quit(self) -> None:
        """Nothing, for the same reason."""

    def action_suspend_process(self) -> None:
        """Nothing: a gate is not put to sleep by a key."""
