"""The driver's whole screen as one widget, to be shown alone or beside another."""

import asyncio
import time
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget

from kiosk.console.link import ScreenLink
from kiosk.console.messages import Show, StaffConsole
from kiosk.core.said import Language
from kiosk.ui.driver.dialogue import Dialogue, Key, Press
from kiosk.ui.driver.layout import (
    LEAST_COLUMNS,
    LEAST_ROWS,
    Layout,
    indented,
    lay_body,
    lay_out,
    page_size,
    too_small,
)
from kiosk.ui.driver.sheet import CodeSheet
from kiosk.ui.driver.speech import speech_of
from kiosk.ui.driver.view import Mood, View
from kiosk.ui.driver.widgets import Buttons, CountdownBar, HealthLine, Picture, Rows
from kiosk.ui.glyphs import Glyphs, terminal_glyphs

COUNTDOWN_TICK_S = 0.25
"""Seconds between two looks at the countdown while one is on show: 4 Hz."""
_KEYPAD_WITHOUT_NUM_LOCK = {
    "insert": "0",
    "end": "1",
    "down": "2",
    "pagedown": "3",
    "left": "4",
    "right": "6",
    "home": "7",
    "up": "8",
    "pageup": "9",
    "delete": "backspace",
}
"""What a numeric keypad sends when Num Lock is off. The kiosk has no other use for these keys."""
_NAMED_KEYS = {"enter", "escape", "backspace"}


class DriverPane(Widget, can_focus=True):
    """Shows the driver what the station tells and asks the station what the driver wants.

    Keys reach it only while it has the focus; a touch gives it the focus.
    """

    DEFAULT_CSS = """
    DriverPane { layout: vertical; background: #000000; color: #ffffff; overflow: hidden; }
    DriverPane #where { text-style: bold; }
    DriverPane #title { text-style: bold; }
    DriverPane #lines { text-style: bold; }
    DriverPane #body { height: 1fr; }
    DriverPane #field { background: #ffffff; color: #000000; text-style: bold; }
    DriverPane #notices { background: #ffd800; color: #000000; text-style: bold; }
    DriverPane.-rest #title, DriverPane.-ask #title { color: #ffd800; }
    DriverPane.-bright { background: #ffffff; color: #000000; }
    DriverPane.-go { background: #006b1b; }
    DriverPane.-stop { background: #a80000; }
    DriverPane.-warn { background: #ffd800; color: #000000; }
    DriverPane.-warn #notices, DriverPane.-bright #notices { background: #000000; color: #ffffff; }
    """
    _MOODS: ClassVar[dict[Mood, str]] = {mood: f"-{mood.value}" for mood in Mood}

    def __init__(
        self,
        link: ScreenLink,
        *,
        clock: Callable[[], float] = time.monotonic,
        glyphs: Glyphs | None = None,
        aside: str = "",
        language: Language = Language.ENGLISH,
        on_first_draw: Callable[[], None] = lambda: None,
        on_staff: Callable[[int], None] = lambda _: None,
        id: str | None = None,  # noqa: A002 - the toolkit's word
    ) -> None:
        """Make the pane.

        Args:
            link: To the station. The pane attaches to it when it is mounted.
            clock: CLOCK_MONOTONIC seconds.
            glyphs: Which characters the terminal can draw; None looks at the terminal.
            aside: What the lowest row says while no countdown is on it, to whoever runs the pane; a gate has nothing
                to say there.
            language: The language until the station has told one: the site's own.
            on_first_draw: Called once the first display that was told is on the screen.
            on_staff: Called when somebody of staff was let in: with their session, which a console is to take over.
            id: The widget's name.
        """
        self._dialogue = Dialogue(language)
        super().__init__(id=id, classes=self._MOODS[self._dialogue.view.mood])
        self._link = link
        self._clock = clock
        self._on_staff = on_staff
        self._on_first_draw: Callable[[], None] | None = on_first_draw
        self._glyphs = glyphs or terminal_glyphs()
        self._ticker: Timer | None = None
        self._health = HealthLine()
        self._where, self._title, self._field = Rows(id="where"), Rows(id="title"), Rows(id="field")
        self._picture, self._lines = Picture(self._glyphs), Rows(id="lines")
        self._body = Horizontal(self._picture, self._lines, id="body")
        self._grid, self._choices = Buttons(self._glyphs, id="grid"), Buttons(self._glyphs, id="choices")
        self._notices, self._countdown = Rows(id="notices"), CountdownBar(self._glyphs, aside)
        self._sheet = CodeSheet(self._glyphs)

    @property
    def dialogue(self) -> Dialogue:
        """What the pane shows and what was keyed."""
        return self._dialogue

    def compose(self) -> ComposeResult:
        """The parts, from the top down."""
        yield self._health
        yield self._sheet
        yield self._where
        yield self._title
        yield self._field
        yield self._body
        yield self._grid
        yield self._notices
        yield self._choices
        yield self._countdown

    def on_mount(self) -> None:
        """Listen to the station."""
        self._link.attach(asyncio.get_running_loop())
        self._ticker = self.set_interval(COUNTDOWN_TICK_S, self._tick, pause=True)
        self.run_worker(self._listen(), group="station", exclusive=True)

    async def _listen(self) -> None:
        while True:
            told = await self._link.told()
            self._dialogue.told(told, self._clock())
            self._draw()
            if isinstance(told, Show):
                self._after_draw(told)

    def _after_draw(self, told: Show) -> None:
        """What waits for the first drawing; and the other languages, so that no driver waits for a catalogue."""
        if isinstance(told.display, StaffConsole):
            self._on_staff(told.display.session)
        if self._on_first_draw is not None:
            self.call_after_refresh(self._on_first_draw)
            self._on_first_draw = None
        for language in told.languages:
            speech_of(language)

    # --- what the driver does -----------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Take a key, unless it is none of the driver's."""
        name = _KEYPAD_WITHOUT_NUM_LOCK.get(event.key, event.key)
        if name not in _NAMED_KEYS and len(name) > 1:
            name = event.character if event.character and event.is_printable else ""
        if name:
            event.stop()
            event.prevent_default()
            self._press(Key(name))

    def on_buttons_pressed(self, event: Buttons.Pressed) -> None:
        """Take a touch."""
        event.stop()
        self._press(event.press)

    def _press(self, press: Press) -> None:
        if too_small(*self.size):
            return
        for ask in self._dialogue.press(press, self._clock()):
            self._link.ask(ask)
        self._draw()

    # --- what is drawn ------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Lay everything out anew."""
        self._draw()

    def _tick(self) -> None:
        now = self._clock()
        self._countdown.tick(now)
        if self._dialogue.look(now):
            self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if not width:
            return
        self._health.tell(self._dialogue.health, self._dialogue.news, self._dialogue.say)
        if too_small(width, height):
            self._draw_too_small(width, height)
            return
        view = self._dialogue.view
        self.set_classes(self._MOODS[view.mood])
        self._sheet.display = bool(view.code)
        if view.code:
            self._draw_code(view, width, height)
            return
        self._dialogue.resized(page_size(view, width, height, self._glyphs))
        view = self._dialogue.view
        layout = lay_out(view, width, height, self._glyphs)
        self._where.show(indented(layout.where), len(layout.where))
        self._title.show(indented(layout.title), layout.title_height)
        self._field.show(indented(layout.field), len(layout.field))
        self._draw_body(view, layout, width)
        self._notices.show(indented(layout.notices), len(layout.notices))
        self._choices.display = bool(layout.choices)
        self._choices.styles.height = layout.choices_height
        self._choices.place(layout.choices)
        self._draw_countdown(width, layout.countdown_height)

    def _draw_code(self, view: View, width: int, height: int) -> None:
        """The code takes all rows but the health line's."""
        self._hide_all()
        self._countdown.display = False
        self._sheet.show(view, width, height - 1, self._dialogue.say)
        self._run_ticker()

    def _draw_body(self, view: View, layout: Layout, width: int) -> None:
        self._grid.display = bool(layout.grid)
        self._body.display = not layout.grid
        if layout.grid:
            self._grid.styles.height = layout.body_height
            self._grid.place(layout.grid)
            return
        body = lay_body(view, layout, width, self._glyphs)
        self._picture.show(view.sketch, body.scale)
        self._lines.show(indented(body.rows), layout.body_height)

    def _draw_countdown(self, width: int, height: int) -> None:
        show = self._dialogue.show
        self._countdown.display = True
        self._countdown.tell(show.countdown if show else None, self._clock(), width, height, self._dialogue.say)
        self._run_ticker()

    def _run_ticker(self) -> None:
        """Only while something on the screen goes by the clock."""
        if self._ticker is not None:
            if self._countdown.running or self._dialogue.shows_code:
                self._ticker.resume()
            else:
                self._ticker.pause()

    def _hide_all(self) -> None:
        for part in (self._where, self._title, self._field, self._body, self._grid, self._notices, self._choices):
            part.display = False

    def _draw_too_small(self, width: int, height: int) -> None:
        say = self._dialogue.say
        larger = say("Make this window larger.")
        has = say("It has {columns} columns and {rows} rows.", columns=width, rows=height)
        needs = say("It needs {columns} columns and {rows} rows.", columns=LEAST_COLUMNS, rows=LEAST_ROWS)
        words = ("", f" {larger}", f" {has}", f" {needs}")
        self._hide_all()
        self._sheet.display = False
        self._countdown.display = True
        self._title.show(words, len(words))
        self._countdown.tell(None, self._clock(), width, 1, say)
