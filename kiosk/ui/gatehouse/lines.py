"""The lines around every place: who and when, the tabs, what shouts, and the keys of the moment."""

from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from kiosk.ui.gatehouse.colours import Inks, inked
from kiosk.ui.gatehouse.view.calls import Call
from kiosk.ui.gatehouse.view.deeds import TABS, Place
from kiosk.ui.gatehouse.view.frame import KeyHint, Tab, too_small_words
from kiosk.ui.gatehouse.view.words import Piece, Tone


class Steady(Static):
    """Text that is drawn again only when it says something else, and laid out again only when its height may change."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id=id, classes=classes)
        self._said: object = None

    def say(self, text: Text, *, grows: bool = False) -> None:
        """Show this.

        Args:
            text: The text.
            grows: Its height follows from the text; otherwise from the style sheet.
        """
        said = (text.plain, tuple(text.spans), text.style)
        if said != self._said:
            self._said = said
            self.update(text, layout=grows)


class TopLine(Steady):
    """The site, who is logged on, and the site's time."""

    DEFAULT_CSS = "TopLine { height: 1; background: $secondary; color: $foreground; text-style: bold; }"

    def show(self, pieces: tuple[Piece, Piece], inks: Inks) -> None:
        """Show it."""
        self.say(inked(pieces, inks))


class Clickable(Steady):
    """A line of words, each of which stands for a deed that a click does."""

    DEFAULT_CSS = "Clickable { height: 1; text-wrap: nowrap; }"

    class Chosen(Message):
        """Words were clicked that stand for this deed."""

        def __init__(self, deed: str) -> None:
            super().__init__()
            self.deed = deed

    def __init__(self, id: str) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id)
        self._spans: list[tuple[int, int, str]] = []

    def show(self, parts: list[tuple[Text, str]]) -> None:
        """Show these words, each with its deed."""
        line, self._spans = Text(end="", no_wrap=True), []
        for text, deed in parts:
            self._spans.append((len(line), len(line) + len(text), deed))
            line.append_text(text)
        self.say(line)

    def on_click(self, event: events.Click) -> None:
        """Say what was clicked."""
        event.stop()
        deed = next((deed for begin, end, deed in self._spans if begin <= event.x < end), "")
        if deed:
            self.post_message(self.Chosen(deed))


class TabLine(Clickable):
    """The tabs. The chosen one stands in brackets, and what shouts has a mark: neither is told by colour alone."""

    DEFAULT_CSS = "TabLine { background: $panel; color: $foreground; }"

    def show_tabs(self, tabs: tuple[Tab, ...], inks: Inks) -> None:
        """Show them."""
        self.show([(self._words(tab, inks), f"go_{tab.place.name.lower()}") for tab in tabs])

    @staticmethod
    def _words(tab: Tab, inks: Inks) -> Text:
        style = inks[tab.tone] + (Style(reverse=True, bold=True) if tab.chosen else Style())
        return Text(tab.text, style)


class Banner(Steady):
    """What shouts."""

    DEFAULT_CSS = """
    Banner {
        height: auto; background: $shout-background; color: $shout-foreground; text-style: bold;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def show(self, calls: tuple[Call, ...]) -> None:
        """Show it, or nothing where nothing shouts."""
        self.display = bool(calls)
        lines = [f" ! {call.text}{self._where(call.place)}" for call in calls]
        self.say(Text("\n".join(lines), end=""), grows=True)

    @staticmethod
    def _where(place: Place | None) -> str:
        return f"  [{TABS.index(place) + 1}]" if place is not None else ""


class KeyLine(Clickable):
    """The keys of the moment."""

    DEFAULT_CSS = "KeyLine { dock: bottom; background: $panel; color: $foreground; }"

    def show_hints(self, hints: tuple[KeyHint, ...], inks: Inks) -> None:
        """Show them; what this person may not do is dim, and is told why when it is tried."""
        self.show([(self._words(hint, inks), hint.deed) for hint in hints])

    @staticmethod
    def _words(hint: KeyHint, inks: Inks) -> Text:
        if not hint.may:
            return Text(f" {hint.key} {hint.label} ", inks[Tone.QUIET] + Style(strike=True))
        return Text.assemble((f" {hint.key}", inks[Tone.WARN] + Style(bold=True)), f" {hint.label} ")


class TooSmall(Widget):
    """Takes the place of all else while the window is too small."""

    DEFAULT_CSS = "TooSmall { display: none; width: 100%; height: 100%; }"

    def render(self) -> str:
        """The words."""
        return too_small_words(*self.app.size)
