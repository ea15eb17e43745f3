"""Big buttons in a row or a grid: where they stand and what is on each of their rows, without a terminal."""

from collections.abc import Sequence

from msgspec import Struct

from kiosk.ui.driver.dialogue import Press
from kiosk.ui.driver.lettering import large
from kiosk.ui.glyphs import Glyphs

LEAST_HEIGHT = 3
"""Rows of a button: what a gloved finger hits."""
_LARGE_CHIP_MOST = 2
"""Characters of a key that is set in large type."""


class Button(Struct, frozen=True):
    """What a button shows and does.

    Attributes:
        press: What touching it is the same as.
        chip: The key that does the same, shown at its left; empty for a keyboard's key.
        label: The rows that say what it does, large or plain.
        details: Further lines under the label.
        look: Which of the looks of Buttons colours it.
    """

    press: Press
    chip: str
    label: tuple[str, ...]
    details: tuple[str, ...]
    look: str


class Placed(Struct, frozen=True):
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
