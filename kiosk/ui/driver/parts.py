"""The parts of the driver's screen that are always there: health, large words, the drawing, the countdown."""

import math
import textwrap
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from kiosk.console.messages import Condition, Countdown, Health, Part, PartHealth
from kiosk.ui.driver.drawings import HEIGHT, WIDTH, draw
from kiosk.ui.driver.lettering import Glyphs, Type, large
from kiosk.ui.driver.raster import Ink
from kiosk.ui.driver.view import Line, Sketch

LAST_SECONDS = 10
"""Seconds before its end from which a countdown is loud: the time to read the screen once more."""

_COUNTDOWN_WORDS = 20
"""Columns kept for the countdown's plain words, so that its bar does not jump as the digits get fewer."""
_HEALTH_MARKS = {
    Condition.WORKING: ("+", "OK", "works"),
    Condition.STARTING: ("~", "STARTING", "starts"),
    Condition.LOST: ("!", "LOST", "lost"),
}
_UNKNOWN = Health(tuple(PartHealth(part, Condition.STARTING) for part in Part))


def health_words(health: Health | None) -> tuple[tuple[str, str], ...]:
    """Each part's words on the health line, and which look ``health--<look>`` colours them."""
    words = []
    for part in (health or _UNKNOWN).parts:
        mark, word, look = _HEALTH_MARKS[part.condition]
        words.append((f"{mark} {part.part.name} {word}", look))
    return tuple(words)


def countdown_rows(left_s: float, length_s: float, width: int, height: int, glyphs: Glyphs) -> tuple[str, ...]:
    """The countdown: words, then a bar that grows shorter.

    Args:
        left_s: Seconds left.
        length_s: Seconds of the whole time-out.
        width: Columns.
        height: Rows.
        glyphs: Which characters the terminal can draw.
    """
    seconds = seconds_left(left_s)
    words = f"HURRY! {seconds} s left" if is_last(left_s, length_s) else f"TIME {seconds} s left"
    rows = large(words, width, height, glyphs, Type.SMALL) or (words,)
    taken = max(_COUNTDOWN_WORDS, *map(len, rows)) + 2
    room = max(width - taken - 1, 0)
    full = min(room, round(room * left_s / length_s)) if length_s > 0 else 0
    bar = "█" * full + "░" * (room - full)
    return tuple(f" {row}".ljust(taken) + bar for row in (*rows, *[""] * (height - len(rows))))[:height]


def is_last(left_s: float, length_s: float) -> bool:
    """Whether time runs out soon. What is short from the start goes on by itself and hurries nobody."""
    return seconds_left(left_s) <= LAST_SECONDS < length_s


def seconds_left(left_s: float) -> int:
    """Whole seconds, rounded up: 0 only at the end."""
    return max(0, math.ceil(left_s))


def plain_rows(lines: Sequence[Line], width: int) -> int:
    """Rows that lines of text take at least."""
    return sum(max(1, len(textwrap.wrap(line.text, max(width, 1)))) for line in lines)


def set_lines(
    lines: Sequence[Line], width: int, height: int, glyphs: Glyphs, *, roomy: bool = False
) -> tuple[str, ...]:
    """Set lines of text in the room there is: the strong ones large, and on a roomy screen the others too.

    Returns:
        Rows, at most `height`.
    """
    blocks = [tuple(textwrap.wrap(line.text, max(width, 1))) or ("",) for line in lines]
    for index in sorted(range(len(lines)), key=lambda at: (not lines[at].strong, at)):
        line = lines[index]
        if not line.strong and not roomy:
            break
        free = height - sum(map(len, blocks)) + len(blocks[index])
        size = Type.TALL if line.exact else Type.ANY if line.strong else Type.SMALL
        if set_large := large(line.text, width, free - 2, glyphs, size):
            blocks[index] = ("", *set_large, "")
        elif line.exact and free >= 2:
            blocks[index] = ("", *textwrap.wrap(" ".join(line.text), width)[:1])
    rows = [row for block in blocks for row in block]
    tidy = [row for at, row in enumerate(rows) if row or (at and rows[at - 1])]
    return tuple(tidy[:height])


class HealthLine(Widget):
    """Reader, scanner, gate and ledger, each with a mark and a word."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"health--works", "health--starts", "health--lost"}
    DEFAULT_CSS = """
    HealthLine { height: 1; width: 1fr; background: #000000; }
    HealthLine > .health--works { background: #202020; color: #e0e0e0; }
    HealthLine > .health--starts { background: #ffd800; color: #000000; text-style: bold; }
    HealthLine > .health--lost { background: #a80000; color: #ffffff; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._words = health_words(None)

    def tell(self, health: Health | None) -> None:
        """Show this health from now on."""
        words = health_words(health)
        if words != self._words:
            self._words = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the row: each part has the same share of it."""
        width, count = self.size.width, len(self._words)
        segments = []
        for index, (text, look) in enumerate(self._words):
            share = (index + 1) * width // count - index * width // count
            style = self.get_component_rich_style(f"health--{look}")
            segments.append(Segment(f" {text}".ljust(share)[:share], style))
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
    """A drawing, as large as a whole number of times fits."""

    DEFAULT_CSS = "Picture { background: #000000; }"

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._grid: tuple[tuple[Ink | None, ...], ...] = ()

    def show(self, sketch: Sketch | None, width: int, height: int) -> int:
        """Show a drawing in at most so many columns and rows.

        Returns:
            The columns that it takes; 0 when there is none or no room for it.
        """
        scale = min(width // WIDTH, height * 2 // HEIGHT)
        grid = draw(sketch, scale) if sketch is not None and scale > 0 else ()
        self.display = bool(grid)
        if grid != self._grid and grid:
            self._grid = grid
            self.styles.width, self.styles.height = WIDTH * scale, HEIGHT * scale // 2
            self.refresh()
        return WIDTH * scale if grid else 0

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
    """How long the screen waits."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"countdown--calm", "countdown--loud"}
    DEFAULT_CSS = """
    CountdownBar { height: 1; width: 1fr; }
    CountdownBar > .countdown--calm { background: #000000; color: #ffffff; }
    CountdownBar > .countdown--loud { background: #ffd800; color: #000000; text-style: bold; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._countdown: Countdown | None = None
        self._rows: tuple[str, ...] = ()
        self._loud = False

    @property
    def running(self) -> bool:
        """Whether a countdown is on show."""
        return self._countdown is not None

    def tell(self, countdown: Countdown | None, now: float, width: int, height: int) -> None:
        """Show this countdown from now on, in so many columns and rows."""
        self._countdown = countdown
        self.visible = countdown is not None
        self.styles.height = height
        self._set(now, width, height)

    def tick(self, now: float) -> None:
        """Redraw if a second or a cell has gone."""
        self._set(now, *self.size)

    def _set(self, now: float, width: int, height: int) -> None:
        if self._countdown is None:
            return
        left_s = max(0.0, self._countdown.ends - now)
        rows = countdown_rows(left_s, self._countdown.length_s, width, height, self._glyphs)
        if rows != self._rows:
            self._rows, self._loud = rows, is_last(left_s, self._countdown.length_s)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        style = self.get_component_rich_style("countdown--loud" if self._loud else "countdown--calm")
        text = self._rows[y] if self._countdown is not None and y < len(self._rows) else ""
        return Strip([Segment(text, style)]).crop_extend(0, self.size.width, style)
