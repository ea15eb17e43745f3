"""Where the parts of the driver's screen go, for any size from 80x24 up: numbers only, no terminal."""

from dataclasses import dataclass

from kiosk.ui.driver.buttons import LEAST_HEIGHT, Button, Placed, arrange
from kiosk.ui.driver.dialogue import Key, Pick
from kiosk.ui.driver.lettering import Glyphs, banner, large
from kiosk.ui.driver.view import Card, Choice, Tone, View

LEAST_COLUMNS = 80
LEAST_ROWS = 24
_ROOMY_COLUMNS, _ROOMY_ROWS = 110, 36
"""From this size on, buttons and titles are set larger."""
_LARGE_BUTTON = 5
"""Rows of a button where there is room."""
_CARD_COLUMNS = 26
"""Columns that a load takes at least: its number, a container number and a word of its goods."""
_POSTER_ROWS = 11
"""Rows that a poster's title may take: two lines of the largest type."""
_FIELD_ROWS = 3
_KEYBOARD = ("1234567890", "QWERTYUIOP", "ASDFGHJKL ", "ZXCVBNM-/<")
"""The keyboard on screen, as on a telephone; the space is a key, ``<`` takes the last character back."""
_KEY_LABELS = {" ": ("space", "SPACE"), "<": ("backspace", "BACK")}
_CHIPS = {"enter": "ENTER", "escape": "ESC"}
_MARGIN = 2
"""Free columns at the left of titles and text."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of the screen and what stands in them.

    Attributes:
        title: The title's rows.
        title_height: Rows of the screen for the title, with the free row under it.
        field: The entry field's rows; empty when it is closed.
        body_height: Rows of the screen for the text and the drawing, or for cards or keyboard.
        grid: The cards or the keyboard's keys.
        choices: The choices' buttons.
        choices_height: Rows of the screen for them; 0 when there are none.
        notices: The notices' rows.
    """

    title: tuple[str, ...]
    title_height: int
    field: tuple[str, ...]
    body_height: int
    grid: tuple[Placed, ...]
    choices: tuple[Placed, ...]
    choices_height: int
    notices: tuple[str, ...]


def too_small(width: int, height: int) -> bool:
    """Whether the screen can not hold what a driver must see."""
    return width < LEAST_COLUMNS or height < LEAST_ROWS


def page_size(width: int, height: int, notices: int) -> int:
    """How many loads fit on a page."""
    title = 6 if _roomy(width, height) else 4
    free = height - 3 - title - _choice_height(width, height) - notices
    return max(1, free // LEAST_HEIGHT) * (width // _CARD_COLUMNS)


def lay_out(view: View, width: int, height: int, glyphs: Glyphs) -> Layout:
    """Share the screen out.

    Args:
        view: What is on it.
        width: Its columns, at least LEAST_COLUMNS.
        height: Its rows, at least LEAST_ROWS.
        glyphs: Which characters the terminal can draw.
    """
    inner = width - 2 * _MARGIN
    title = banner(view.title, inner, _title_most(view, width, height), glyphs)
    notices = tuple(f"{'!!' if notice.loud else '>>'} {notice.text}"[: width - 1] for notice in view.notices)
    choice_height = _choice_height(width, height) if view.choices else 0
    field = _field(view, inner, glyphs)
    spare = 0 if view.keyed and not _roomy(width, height) else 1
    body = height - 3 - len(title) - spare - choice_height - len(notices) - len(field)
    return Layout(
        title=title,
        title_height=len(title) + spare,
        field=field,
        body_height=body,
        grid=_grid(view, width, body),
        choices=_choices(view.choices, width, choice_height),
        choices_height=choice_height,
        notices=notices,
    )


def indented(rows: tuple[str, ...]) -> tuple[str, ...]:
    """Rows with the free columns at their left."""
    return tuple(" " * _MARGIN + row for row in rows)


def _roomy(width: int, height: int) -> bool:
    return width >= _ROOMY_COLUMNS and height >= _ROOMY_ROWS


def _choice_height(width: int, height: int) -> int:
    return _LARGE_BUTTON if _roomy(width, height) else LEAST_HEIGHT


def _title_most(view: View, width: int, height: int) -> int:
    if view.poster:
        return _POSTER_ROWS
    if _roomy(width, height):
        return 5
    return 1 if view.keyed else 3


def _field(view: View, width: int, glyphs: Glyphs) -> tuple[str, ...]:
    if view.keyed is None:
        return ()
    text = f"{view.keyed.text}_"
    rows = large(text, width, _FIELD_ROWS, glyphs) or ("", text)
    return (*rows, *[""] * (_FIELD_ROWS - len(rows)))


def _choices(choices: tuple[Choice, ...], width: int, height: int) -> tuple[Placed, ...]:
    buttons = [
        Button(Key(choice.key), _CHIPS.get(choice.key, choice.key), choice.label, (), choice.tone.value)
        for choice in choices
    ]
    return arrange(buttons, max(len(buttons), 1), width, height, 0)


def _grid(view: View, width: int, height: int) -> tuple[Placed, ...]:
    if view.keyed is not None:
        return arrange(_keys(), len(_KEYBOARD[0]), width, min(_LARGE_BUTTON, height // len(_KEYBOARD)), 0)
    if not view.cards:
        return ()
    columns = min(-(-len(view.cards) * LEAST_HEIGHT // height), width // _CARD_COLUMNS)
    columns = max(columns, 1)
    rows = -(-len(view.cards) // columns)
    row_height = min(_LARGE_BUTTON, height // rows)
    gap = 1 if rows * (row_height + 1) <= height else 0
    return arrange(
        [_card(card, index, columns) for index, card in enumerate(view.cards)], columns, width, row_height, gap
    )


def _card(card: Card, index: int, columns: int) -> Button:
    row, column = divmod(index, columns)
    look = Tone.PLAIN.value if (row + column) % 2 == 0 else "other"
    return Button(Pick(card.number), str(card.number), card.unit, (card.goods, card.booking), look)


def _keys() -> list[Button]:
    keys = []
    for row, letters in enumerate(_KEYBOARD):
        for column, letter in enumerate(letters):
            name, label = _KEY_LABELS.get(letter, (letter, letter))
            look = Tone.PLAIN.value if (row + column) % 2 == 0 else "other"
            keys.append(Button(Key(" " if name == "space" else name), "", label, (), look))
    return keys
