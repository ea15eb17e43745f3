"""Big buttons in a row or a grid, drawn as one widget: nothing is mounted anew when the choices change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from kiosk.ui.driver.dialogue import Press
from kiosk.ui.driver.lettering import Glyphs, large

LEAST_HEIGHT = 3
"""Rows of a button: what a gloved finger hits."""
_LARGE_CHIP_MOST = 2
"""Characters of a key that is set in large type."""


@dataclass(frozen=True, slots=True)
class Button:
    """What a button shows and does.

    Attributes:
        press: What touching it is the same as.
        chip: The key that does the same, shown at its left; empty for a keyboard's key.
        label: The rows that say what it does, large or plain.
        details: Further lines under the label.
        look: Which of the component classes ``buttons--<look>`` colours it.
    """

    press: Press
    chip: str
    label: tuple[str, ...]
    details: tuple[str, ...]
    look: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A button and the cells that it takes."""

    button: Button
    x: int
    y: int
    width: int
    height: int


def chip_columns(chip: str, height: int, glyphs: Glyphs) -> int:
    """Columns that a key's name takes on a button."""
    return max(map(len, _chip(chip, height, glyphs)), default=-2) + 2


def _chip(chip: str, height: int, glyphs: Glyphs) -> tuple[str, ...]:
    set_large = large(chip, 16, height, glyphs) if len(chip) <= _LARGE_CHIP_MOST else ()
    return set_large or ((chip,) if chip else ())


def arrange(buttons: Sequence[Button], columns: int, width: int, row_height: int, gap: int) -> tuple[Placed, ...]:
    """Place buttons in a grid, row by row, with a free column between them.

    Args:
        buttons: In reading order.
        columns: How many stand side by side.
        width: Columns of the screen for all of them.
        row_height: Rows of the screen for each.
        gap: Free rows under each row of buttons.
    """
    placed = []
    for index, button in enumerate(buttons):
        row, column = divmod(index, columns)
        left, right = column * width // columns, (column + 1) * width // columns
        placed.append(Placed(button, left, row * (row_height + gap), right - left - 1, row_height))
    return tuple(placed)


def face(placed: Placed, row: int, glyphs: Glyphs) -> tuple[str, str]:
    """What a button shows on one of its rows.

    Returns:
        The chip's text and the rest's, each as wide as it is drawn.
    """
    button, height = placed.button, placed.height
    chip = _chip(button.chip, height, glyphs)
    chip_width = chip_columns(button.chip, height, glyphs)
    room = placed.width - chip_width
    text = (*button.label, *button.details)[:height]
    centred = not button.chip or (len(button.label) > 1 and not button.details)
    return _row(chip, row, height, chip_width), _row(text, row, height, room, centred=centred)


def _row(text: Sequence[str], row: int, height: int, width: int, *, centred: bool = True) -> str:
    index = row - (height - len(text)) // 2
    shown = text[index] if 0 <= index < len(text) else ""
    block = max(map(len, text), default=0)
    margin = (width - block) // 2 if centred else 1
    return (" " * max(margin, 0) + shown).ljust(width)[:width]


class Buttons(Widget):
    """Draws buttons and says which one was touched."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "buttons--chip",
        "buttons--go",
        "buttons--stop",
        "buttons--plain",
        "buttons--other",
        "buttons--quiet",
    }
    DEFAULT_CSS = """
    Buttons { height: 3; width: 1fr; }
    Buttons > .buttons--chip { background: #ffd800; color: #000000; text-style: bold; }
    Buttons > .buttons--go { background: #006b1b; color: #ffffff; text-style: bold; }
    Buttons > .buttons--stop { background: #a80000; color: #ffffff; text-style: bold; }
    Buttons > .buttons--plain { background: #ffffff; color: #000000; text-style: bold; }
    Buttons > .buttons--other { background: #c8c8c8; color: #000000; text-style: bold; }
    Buttons > .buttons--quiet { background: #444444; color: #ffffff; text-style: bold; }
    """

    @dataclass
    class Pressed(Message):
        """A button was touched.

        Attributes:
            press: What that is the same as.
        """

        press: Press

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
            look = self.get_component_rich_style(f"buttons--{placed.button.look}")
            segments.append(Segment(" " * (placed.x - x), ground))
            if chip:
                segments.append(Segment(chip, self.get_component_rich_style("buttons--chip")))
            segments.append(Segment(rest, look))
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
