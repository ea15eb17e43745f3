"""The parts of the driver's screen, each drawn as one widget: nothing is mounted anew when the screen changes."""

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from kiosk.console.messages import CheckpointNews, Countdown, Health
from kiosk.ui.driver.buttons import Placed, face
from kiosk.ui.driver.dialogue import Press
from kiosk.ui.driver.drawings import HEIGHT, WIDTH, draw
from kiosk.ui.driver.raster import Ink
from kiosk.ui.driver.speech import Speech
from kiosk.ui.driver.text import checkpoint_words, countdown_rows, fitting, health_shares, health_words, is_last
from kiosk.ui.driver.view import Sketch
from kiosk.ui.glyphs import Glyphs

_HEALTH: Final = {
    "works": Style(color="#e0e0e0", bgcolor="#202020"),
    "starts": Style(color="#000000", bgcolor="#ffd800", bold=True),
    "lost": Style(color="#ffffff", bgcolor="#a80000", bold=True),
}
"""The looks of a part's health. Looks that differ within a widget are fixed and so no component classes, which Textual
would work out anew, for each widget, whenever the screen's mood changes."""

_CALM: Final = Style(color="#ffffff", bgcolor="#000000")
_LOUD: Final = Style(color="#000000", bgcolor="#ffd800", bold=True)
_ASIDE: Final = Style(color="#b0c4de", bgcolor="#101820")

_CHIP: Final = Style(color="#000000", bgcolor="#ffd800", bold=True)
_BUTTONS: Final = {
    "go": Style(color="#ffffff", bgcolor="#006b1b", bold=True),
    "stop": Style(color="#ffffff", bgcolor="#a80000", bold=True),
    "plain": Style(color="#000000", bgcolor="#ffffff", bold=True),
    "other": Style(color="#000000", bgcolor="#c8c8c8", bold=True),
    "quiet": Style(color="#ffffff", bgcolor="#444444", bold=True),
}


class HealthLine(Widget):
    """Reader, scanner, gate and ledger, each with a mark and a word; what cards must show; backups and checkpoints."""

    DEFAULT_CSS = "HealthLine { height: 1; width: 1fr; background: #000000; }"

    def __init__(self) -> None:
        super().__init__()
        self._words: tuple[tuple[str, str], ...] = ()

    def tell(self, health: Health | None, news: CheckpointNews | None, say: Speech) -> None:
        """Show this health from now on."""
        words = (*health_words(health, say), *checkpoint_words(news, say))
        if words != self._words:
            self._words = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the row."""
        width = self.size.width
        words = fitting(self._words, width)
        shares = health_shares([text for text, _ in words], width)
        segments = [
            Segment(f" {text}".ljust(share)[:share], _HEALTH[look])
            for (text, look), share in zip(words, shares, strict=True)
        ]
        return Strip(segments).crop_extend(0, width, None) if y == 0 else Strip.blank(width)


class Rows(Widget):
    """Rows of text or large type, as they are given."""

    DEFAULT_CSS = "Rows { height: auto; width: 1fr; }"

    def __init__(self, *, id: str) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id=id)
        self._rows: tuple[str, ...] = ()

    def show(self, rows: tuple[str, ...], height: int) -> None:
        """Show these rows from now on, in so many rows of the screen."""
        self.display = height > 0
        if rows != self._rows or self.styles.height is None or self.styles.height.value != height:
            self._rows = rows
            self.styles.height = height
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        style = self.rich_style
        text = self._rows[y] if y < len(self._rows) else ""
        return Strip([Segment(text, style)]).crop_extend(0, self.size.width, style)


_INKS = {
    Ink.METAL: "#b8b8b8",
    Ink.DARK: "#5f5f5f",
    Ink.LIGHT: "#ffffff",
    Ink.BLACK: "#000000",
    Ink.MARK: "#ffd800",
    Ink.BEAM: "#ff3030",
    Ink.CARTON: "#9c6b30",
    Ink.GO: "#00a030",
}


class Picture(Widget):
    """A drawing, a whole number of times as large as it is at least."""

    DEFAULT_CSS = "Picture { background: #000000; }"

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._grid: tuple[tuple[Ink | None, ...], ...] = ()

    def show(self, sketch: Sketch | None, scale: int) -> None:
        """Show a drawing from now on, so many times its least size; none at 0."""
        grid = draw(sketch, scale) if sketch is not None and scale > 0 else ()
        self.display = bool(grid)
        if grid != self._grid and grid:
            self._grid = grid
            self.styles.width, self.styles.height = WIDTH * scale, HEIGHT * scale // 2
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row: two rows of points."""
        ground = self.background_colors[1].hex
        if 2 * y + 1 >= len(self._grid):
            return Strip.blank(self.size.width, self.rich_style)
        pairs = zip(self._grid[2 * y], self._grid[2 * y + 1], strict=True)
        return Strip([self._cell(upper, lower, ground) for upper, lower in pairs]).simplify()

    def _cell(self, upper: Ink | None, lower: Ink | None, ground: str) -> Segment:
        over = _INKS[upper] if upper else ground
        under = _INKS[lower] if lower else ground
        if self._glyphs is Glyphs.CONSOLE or over == under:
            return Segment(" ", Style(bgcolor=over if upper else under))
        return Segment("▀", Style(color=over, bgcolor=under))


class CountdownBar(Widget):
    """How long the screen waits; while it waits for nothing, a line for whoever runs it, if there is one."""

    DEFAULT_CSS = "CountdownBar { height: 1; width: 1fr; }"

    def __init__(self, glyphs: Glyphs, aside: str) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._aside = aside
        self._countdown: Countdown | None = None
        self._say: Speech | None = None
        self._rows: tuple[str, ...] = ()
        self._loud = False

    @property
    def running(self) -> bool:
        """Whether a countdown is on show."""
        return self._countdown is not None

    def tell(self, countdown: Countdown | None, now: float, width: int, height: int, say: Speech) -> None:
        """Show this countdown from now on, in so many columns and rows."""
        self._say = say
        if (countdown is None) is not (self._countdown is None):
            self.refresh()
        self._countdown = countdown
        self.visible = countdown is not None or bool(self._aside)
        self.styles.height = height
        self._set(now, width, height)

    def tick(self, now: float) -> None:
        """Redraw if a second or a cell has gone."""
        self._set(now, *self.size)

    def _set(self, now: float, width: int, height: int) -> None:
        if self._countdown is None or self._say is None:
            return
        left_s = max(0.0, self._countdown.ends - now)
        rows = countdown_rows(left_s, self._countdown.length_s, width, height, self._glyphs, self._say)
        if rows != self._rows:
            self._rows, self._loud = rows, is_last(left_s, self._countdown.length_s)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width, height = self.size
        if self._countdown is None:
            if y < height - 1:
                return Strip.blank(width, self.rich_style)
            return Strip([Segment(f" {self._aside}", _ASIDE)]).crop_extend(0, width, _ASIDE)
        style = _LOUD if self._loud else _CALM
        text = self._rows[y] if y < len(self._rows) else ""
        return Strip([Segment(text, style)]).crop_extend(0, width, style)


class Buttons(Widget):
    """Draws buttons and says which one was touched."""

    DEFAULT_CSS = "Buttons { height: 3; width: 1fr; }"

    class Pressed(Message):
        """A button was touched.

        Attributes:
            press: What that is the same as.
        """

        def __init__(self, press: Press) -> None:
            super().__init__()
            self.press = press

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id=id)
        self._glyphs = glyphs
        self._placed: tuple[Placed, ...] = ()

    def place(self, placed: tuple[Placed, ...]) -> None:
        """Show these buttons from now on."""
        if placed != self._placed:
            self._placed = placed
            self.refresh()

    @property
    def placed(self) -> tuple[Placed, ...]:
        """The buttons on show, and where."""
        return self._placed

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        ground = Style(bgcolor=self.background_colors[1].rich_color)
        segments: list[Segment] = []
        x = 0
        for placed in self._placed:
            if not placed.y <= y < placed.y + placed.height:
                continue
            chip, rest = face(placed, y - placed.y, self._glyphs)
            segments.append(Segment(" " * (placed.x - x), ground))
            if chip:
                segments.append(Segment(chip, _CHIP))
            segments.append(Segment(rest, _BUTTONS[placed.button.look]))
            x = placed.x + placed.width
        segments.append(Segment(" " * max(self.size.width - x, 0), ground))
        return Strip(segments).crop_extend(0, self.size.width, ground)

    def on_click(self, event: events.Click) -> None:
        """Find the button under the finger."""
        for placed in self._placed:
            inside_x = placed.x <= event.x < placed.x + placed.width
            if inside_x and placed.y <= event.y < placed.y + placed.height:
                self.post_message(self.Pressed(placed.button.press))
                return
