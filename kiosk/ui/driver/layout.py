"""Where the parts of the driver's screen go, for any size from 80x24 up: numbers only, no terminal."""

from msgspec import Struct
from msgspec.structs import replace

from kiosk.ui.driver.buttons import LEAST_HEIGHT, Button, Placed, arrange, chip_columns
from kiosk.ui.driver.dialogue import Key, Pick
from kiosk.ui.driver.drawings import HEIGHT, WIDTH
from kiosk.ui.driver.lettering import Type, alike, banner, large, macron_rows
from kiosk.ui.driver.text import SetText, pieces, plain_rows, set_lines, shortened
from kiosk.ui.driver.view import Card, Choice, Keyed, Tone, View
from kiosk.ui.glyphs import Glyphs

LEAST_COLUMNS = 80
LEAST_ROWS = 24
_ROOMY_COLUMNS, _ROOMY_ROWS = 110, 36
"""From this size on, buttons and titles are set larger."""
_LARGE_BUTTON = 5
"""Rows of a button where there is room."""
_CARD_COLUMNS, _ROOMY_CARD_COLUMNS = 26, 38
"""Columns that a load takes at least: its number, a container number and a word of its goods."""
_POSTER_LINES, _POSTER_ROWS = 2, 11
"""Lines of the largest type that a poster's title may take, and their rows."""
_TALL_ROWS, _SMALL_ROWS = 5, 3
"""Rows of a line of the two large types."""
_LEAST_ROOMY_BODY = 12
"""Rows that the drawing, the cards or the keyboard need before other parts may be larger."""
_NOTICE_ROWS = 2
"""Rows of plain text for one notice: why a long number was not taken, and what to do."""
_NOTICES_BESIDE_KEYBOARD = 2
"""Notices, and their plain rows, that leave a keyboard its rows at 80x24; the least urgent, such as of a card left,
stand last."""
_LARGEST_KEY, _LARGEST_CARD = 7, 8
"""Rows of a keyboard's key and of a load where there is most room."""
_QUIET_COLUMNS = 16
"""Columns of the choice that gives up, at least."""
_KEYBOARD = ("1234567890", "QWERTYUIOP", "ASDFGHJKL ", "ZXCVBNM-/<")
"""The keyboard on screen, as on a telephone; the space is a key, ``<`` takes the last character back."""
_KEYPAD = ("123", "456", "789", "<0")
"""The keypad on screen, as on a telephone and a bank's machine."""
_CHIPS = {"enter": "ENTER", "escape": "ESC"}
_MARGIN = 2
"""Free columns at the left of titles and text."""
_DRAWING_SHARE = 0.6
"""Part of the columns that a drawing may take beside the text."""


class Layout(Struct, frozen=True):
    """Rows of the screen and what stands in them.

    Attributes:
        roomy: Larger type is used than at 80x24.
        where: The context line's rows.
        title: The title's rows.
        title_height: Rows of the screen for the title, with the free row under it.
        field: The entry field's rows; empty when it is closed.
        body_height: Rows of the screen for the text and the drawing, or for cards or keyboard.
        grid: The cards or the keyboard's keys.
        choices: The choices' buttons.
        choices_height: Rows of the screen for them; 0 when there are none.
        notices: The notices' rows.
        countdown_height: Rows of the screen for the countdown.
    """

    roomy: bool
    where: tuple[str, ...]
    title: tuple[str, ...]
    title_height: int
    field: tuple[str, ...]
    body_height: int
    grid: tuple[Placed, ...]
    choices: tuple[Placed, ...]
    choices_height: int
    notices: tuple[str, ...]
    countdown_height: int


class Body(Struct, frozen=True):
    """The drawing and the text beside it.

    Attributes:
        scale: How many times its least size the drawing has; 0 when there is none.
        rows: The text.
    """

    scale: int
    rows: tuple[str, ...]


def too_small(width: int, height: int) -> bool:
    """Whether the screen can not hold what a driver must see."""
    return width < LEAST_COLUMNS or height < LEAST_ROWS


def page_size(view: View, width: int, height: int, glyphs: Glyphs) -> int:
    """How many loads fit on a page beside the rest of what is on screen."""
    layout = lay_out(view, width, height, glyphs)
    columns, least = _card_least(roomy=layout.roomy)
    return max(1, layout.body_height // least) * (width // columns)


def lay_out(view: View, width: int, height: int, glyphs: Glyphs) -> Layout:
    """Share the screen out: in larger type where all of it finds room, else as on the smallest screen.

    Args:
        view: What is on it.
        width: Its columns, at least LEAST_COLUMNS.
        height: Its rows, at least LEAST_ROWS.
        glyphs: Which characters the terminal can draw.
    """
    if width >= _ROOMY_COLUMNS and height >= _ROOMY_ROWS:
        layout = _laid_out(view, width, height, glyphs, roomy=True)
        if layout.body_height >= _LEAST_ROOMY_BODY:
            return layout
    layout = _laid_out(view, width, height, glyphs, roomy=False)
    if plain_rows(view.lines, width - 2 * _MARGIN) > layout.body_height:
        return _laid_out(replace(view, poster=False), width, height, glyphs, roomy=False)
    return layout


def _laid_out(view: View, width: int, height: int, glyphs: Glyphs, *, roomy: bool) -> Layout:
    inner, bar = width - 2 * _MARGIN, 3 if roomy else 1
    where = _bar_text(view.where, inner, 1, glyphs, roomy=roomy)
    title = banner(view.title, inner, _title_most(view, roomy=roomy), glyphs)
    notices = _notices(view, inner, glyphs, roomy=roomy)
    choice_height = _choice_height(view, roomy=roomy)
    field = _field(view, inner, glyphs, roomy=roomy)
    spare = 0 if view.keyed and not roomy else 1
    body = height - 1 - bar - len(where) - len(title) - spare - choice_height - len(notices) - len(field)
    return Layout(
        roomy=roomy,
        where=where,
        title=title,
        title_height=len(title) + spare,
        field=field,
        body_height=body,
        grid=_grid(view, width, body, glyphs, roomy=roomy),
        choices=_choices(view.choices, width, choice_height, glyphs),
        choices_height=choice_height,
        notices=notices,
        countdown_height=bar,
    )


def lay_body(view: View, layout: Layout, width: int, glyphs: Glyphs) -> Body:
    """Share the body between drawing and text.

    A drawing is as large as it can be, but a number that stands out is worth more: where the number finds room in large
    type beside a smaller drawing, or without one, that is how it is.

    Args:
        view: What is on the screen.
        layout: The screen as it was shared out for the view.
        width: The screen's columns.
        glyphs: Which characters the terminal can draw.
    """
    height = layout.body_height

    def room(scale: int) -> int:
        return width - scale * WIDTH - 2 * _MARGIN

    def text(scale: int) -> SetText:
        return set_lines(view.lines, room(scale), height, glyphs, roomy=layout.roomy)

    largest = min(round(width * _DRAWING_SHARE) // WIDTH, height * 2 // HEIGHT) if view.sketch else 0
    scales = [scale for scale in range(largest, 0, -1) if plain_rows(view.lines, room(scale)) <= height]
    chosen = next(iter(scales), 0)
    if any(line.strong and line.exact for line in view.lines):
        chosen = next((scale for scale in (*scales, 0) if text(scale).strong_large), chosen)
    return Body(chosen, text(chosen).rows)


def indented(rows: tuple[str, ...]) -> tuple[str, ...]:
    """Rows with the free columns at their left."""
    return tuple(" " * _MARGIN + row for row in rows)


def _title_most(view: View, *, roomy: bool) -> int:
    more = macron_rows(view.title)
    if view.poster:
        return _POSTER_ROWS + _POSTER_LINES * more
    if roomy:
        return _TALL_ROWS + more
    return 1 if view.keyed else _SMALL_ROWS + more


def _choice_height(view: View, *, roomy: bool) -> int:
    if not view.choices:
        return 0
    labels = "".join(choice.label for choice in view.choices if choice.tone is not Tone.QUIET)
    return _LARGE_BUTTON if roomy else LEAST_HEIGHT + macron_rows(labels)


def _notices(view: View, width: int, glyphs: Glyphs, *, roomy: bool) -> tuple[str, ...]:
    shown = view.notices[:_NOTICES_BESIDE_KEYBOARD] if view.keyed else view.notices
    texts = [f"{'!!' if notice.loud else '>>'} {notice.text}" for notice in shown]
    rows: tuple[str, ...] = ()
    for text in texts:
        more = _bar_text(text, width, _NOTICE_ROWS, glyphs, roomy=roomy)
        if view.keyed is None or roomy or len(rows) + len(more) <= _NOTICES_BESIDE_KEYBOARD:
            rows += more
    return rows


def _bar_text(text: str, width: int, most: int, glyphs: Glyphs, *, roomy: bool) -> tuple[str, ...]:
    """Text across the screen: plain on so many rows at most, or where there is room in small large type."""
    rows = large(text, width, 2 * (_SMALL_ROWS + macron_rows(text)) + 1, glyphs, Type.SMALL) if roomy else ()
    return rows or shortened(text, width, most) or ("",)


def _field(view: View, width: int, glyphs: Glyphs, *, roomy: bool) -> tuple[str, ...]:
    """The entry field: tall type where it fits, else letters set apart, so that each is told from every other."""
    if view.keyed is None:
        return ()
    text = f"{view.keyed.text}_"
    if roomy and " " not in text and (rows := large(text, width, _TALL_ROWS, glyphs, Type.TALL)):
        return ("", *rows, "")
    apart = " ".join(text)
    return ("", apart if len(apart) <= width else text, "")


def _choices(choices: tuple[Choice, ...], width: int, height: int, glyphs: Glyphs) -> tuple[Placed, ...]:
    """The choices side by side: those that give up stand last, small and plain; the others share the rest."""
    chips = [_CHIPS.get(choice.key, choice.key) for choice in choices]
    taken = [chip_columns(chip, height, glyphs) for chip in chips]
    quiet_rows = {
        at: large(choice.label, width // 3, height if height > LEAST_HEIGHT else 0, glyphs, Type.SMALL)
        or (choice.label,)
        for at, choice in enumerate(choices)
        if choice.tone is Tone.QUIET
    }
    quiet = [
        max(_QUIET_COLUMNS, chip + max(map(len, quiet_rows[at])) + 3) if at in quiet_rows else 0
        for at, chip in enumerate(taken)
    ]
    share = (width - sum(quiet)) // max(1, quiet.count(0))
    widths = [columns or share for columns in quiet]
    loud = [at for at, columns in enumerate(quiet) if columns == 0]
    set_alike = alike([choices[at].label for at in loud], [share - taken[at] - 3 for at in loud], height, glyphs)
    labels = quiet_rows | dict(zip(loud, set_alike, strict=True))
    placed, x = [], 0
    for at, choice in enumerate(choices):
        button = Button(Key(choice.key), chips[at], labels[at], (), choice.tone.value)
        left = x if at < len(choices) - 1 or choice.tone is not Tone.QUIET else width - widths[at]
        placed.append(Placed(button, left, 0, widths[at] - 1, height))
        x += widths[at]
    return tuple(placed)


def _card_least(*, roomy: bool) -> tuple[int, int]:
    """Columns and rows that a load takes at least."""
    return (_ROOMY_CARD_COLUMNS, _LARGE_BUTTON + 1) if roomy else (_CARD_COLUMNS, LEAST_HEIGHT)


def _grid(view: View, width: int, height: int, glyphs: Glyphs, *, roomy: bool) -> tuple[Placed, ...]:
    if view.keyed is not None:
        board = _KEYPAD if view.keyed.digits else _KEYBOARD
        row_height = min(_LARGEST_KEY, height // len(board))
        return arrange(_keys(view.keyed, board, row_height, glyphs), len(board[0]), width, row_height, 0)
    if not view.cards:
        return ()
    least_columns, least = _card_least(roomy=roomy)
    columns = _columns(len(view.cards), width // least_columns, height, least)
    rows = -(-len(view.cards) // columns)
    row_height = min(_LARGEST_CARD, height // rows)
    gap = 1 if rows * (row_height + 1) <= height else 0
    column = width // columns
    cards = []
    for index, card in enumerate(view.cards):
        look = Tone.PLAIN.value if sum(divmod(index, columns)) % 2 == 0 else "other"
        cards.append(_card(card, look, column, row_height, glyphs))
    return arrange(cards, columns, width, row_height, gap)


def _columns(count: int, most: int, height: int, least: int) -> int:
    """As few columns as leave each card more than its least height; as many as there is room for if none do."""
    for wanted in (_LARGEST_CARD, least + 1, least):
        for columns in range(1, most + 1):
            if -(-count // columns) * wanted <= height:
                return columns
    return max(1, most)


def _card(card: Card, look: str, width: int, height: int, glyphs: Glyphs) -> Button:
    """A load: its number whole, always; then as much of the goods and the booking as there is room for."""
    chip = str(card.number)
    room = width - chip_columns(chip, height, glyphs) - 3
    label = large(card.unit, room, height - 2, glyphs, Type.TALL) or pieces(card.unit, room)
    free = height - len(label)
    goods = shortened(card.goods, room, max(free - 1, 1))
    return Button(Pick(card.number), chip, label, (*goods, *shortened(card.booking, room, 1))[:free], look)


def _on_key(label: str, height: int, glyphs: Glyphs, *, apart: bool) -> tuple[str, ...]:
    """A key's label; on a keypad, whose keys are wide, with a free row to the key below."""
    tall = large(label, 12, height - apart, glyphs, Type.TALL)
    return (
        tall or (large(label, 12, height - apart, glyphs, Type.SMALL) if apart and len(label) == 1 else ()) or (label,)
    )


def _keys(keyed: Keyed, board: tuple[str, ...], height: int, glyphs: Glyphs) -> list[Button]:
    named = {" ": (" ", keyed.space), "<": ("backspace", keyed.back)}
    keys = []
    for row, letters in enumerate(board):
        for column, letter in enumerate(letters):
            name, label = named.get(letter, (letter, letter))
            look = Tone.PLAIN.value if (row + column) % 2 == 0 else "other"
            shown = _on_key(label, height, glyphs, apart=board is _KEYPAD)
            keys.append(Button(Key(name), "", shown, (), look))
    return keys
