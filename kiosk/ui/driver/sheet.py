"""The ledger's checkpoint as a QR code over the whole screen but the health line, with what it is beside it."""

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.widget import Widget

from kiosk.console import qr
from kiosk.ui.driver.buttons import LEAST_HEIGHT, Button, Placed
from kiosk.ui.driver.code import NO_CODE, code_size
from kiosk.ui.driver.dialogue import Key
from kiosk.ui.driver.lettering import Type, large
from kiosk.ui.driver.speech import Speech
from kiosk.ui.driver.text import set_lines
from kiosk.ui.driver.view import Line, View
from kiosk.ui.driver.widgets import Buttons, Rows
from kiosk.ui.glyphs import Glyphs

_LIGHT, _DARK = "#ffffff", "#000000"
_ROOMY_COLUMNS = 50
"""Columns beside the code from which its words are set larger."""
_LARGE_BUTTON = 5


class CodePicture(Widget):
    """A QR code, dark on light, whatever the screen's colours are."""

    DEFAULT_CSS = "CodePicture { height: 1fr; background: #ffffff; }"

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._points: tuple[tuple[bool, ...], ...] = ()

    def show(self, text: str, width: int, height: int) -> bool:
        """Show a code from now on, as large as it can be beside its words; whether it finds room."""
        size = code_size(len(qr.modules(text)), width, height, self._glyphs)
        rows = qr.modules(text, size.quiet) if size.scale and text != NO_CODE else ()
        points = tuple(
            tuple(dark for dark in row for _ in range(size.scale)) for row in rows for _ in range(size.scale)
        )
        self.display = bool(points)
        if points != self._points:
            self._points = points
            self.styles.width = self.columns
            self.refresh()
        return bool(points)

    @property
    def columns(self) -> int:
        """How many the code takes."""
        return len(self._points) * (1 if self._glyphs is Glyphs.BLOCKS else 2)

    def render_line(self, y: int) -> Strip:
        """Draw one row: two rows of points where there are half blocks, else one of points two columns wide."""
        if self._glyphs is Glyphs.CONSOLE:
            row = self._row(y)
            cells = [Segment("  ", Style(bgcolor=_DARK if dark else _LIGHT)) for dark in row]
        else:
            pairs = zip(self._row(2 * y), self._row(2 * y + 1), strict=True)
            cells = [Segment("▀", Style(color=_ink(over), bgcolor=_ink(under))) for over, under in pairs]
        return Strip(cells).simplify().crop_extend(0, self.size.width, Style(bgcolor=_LIGHT))

    def _row(self, index: int) -> tuple[bool, ...]:
        return self._points[index] if index < len(self._points) else (False,) * len(self._points)


def _ink(dark: bool) -> str:
    return _DARK if dark else _LIGHT


def _too_small(say: Speech) -> Line:
    command = "sealgate ledger checkpoint --qr"
    return Line(say("This screen is too small for the code. Make it larger, or run: {command}", command=command))


class CodeSheet(Widget):
    """The code, and beside it when it was signed, what it is for, and the way back."""

    DEFAULT_CSS = """
    CodeSheet { layout: horizontal; height: 1fr; width: 1fr; background: #ffffff; color: #000000; }
    CodeSheet Vertical { width: 1fr; height: 1fr; }
    CodeSheet #code_words { height: 1fr; text-style: bold; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._picture = CodePicture(glyphs)
        self._words, self._buttons = Rows(id="code_words"), Buttons(glyphs, id="code_close")

    def compose(self) -> ComposeResult:
        """The code at the left, the words and the button at the right."""
        yield self._picture
        with Vertical():
            yield self._words
            yield self._buttons

    def show(self, view: View, width: int, height: int, say: Speech) -> None:
        """Show this from now on, in so many columns and rows."""
        drawn = self._picture.show(view.code, width, height)
        columns = width - self._picture.columns - 2
        roomy = columns >= _ROOMY_COLUMNS
        button = _LARGE_BUTTON if roomy else LEAST_HEIGHT
        lines = view.lines if drawn or view.code == NO_CODE else (*view.lines, Line(""), _too_small(say))
        title = ("", *(large(view.title, columns, 3, self._glyphs, Type.SMALL) or (view.title,)), "")
        room = height - button - len(title)
        rows = (*title, *set_lines(lines, columns, room, self._glyphs).rows)
        self._words.show(tuple(f" {row}" for row in rows), height - button)
        self._buttons.styles.height = button
        (choice,) = view.choices
        label = large(choice.label, columns - 10, button, self._glyphs) or (choice.label,)
        close = Button(Key(choice.key), "ESC", label, (), choice.tone.value)
        self._buttons.place((Placed(close, 1, 0, columns, button),))
