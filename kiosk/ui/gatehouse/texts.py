"""Screens that one reads and leaves: all that is known of a row, the help, a one-time code."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kiosk.ui.gatehouse.colours import Inks
from kiosk.ui.gatehouse.facts import FactSheet
from kiosk.ui.gatehouse.lines import TooSmall
from kiosk.ui.gatehouse.view.deeds import ABOUT, GO, Deed, Place, deeds_at, key_shown, why_not
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.words import Fact, Tone


class TextScreen(ModalScreen[None]):
    """Shows lines until a key is pressed that leaves it."""

    DEFAULT_CSS = """
    TextScreen { align: center middle; }
    TextScreen #box {
        width: 90; max-width: 96%; height: auto; max-height: 96%; background: $surface; border: solid $primary;
        border-title-style: bold; padding: 0 1;
    }
    TextScreen #body { height: auto; max-height: 1fr; scrollbar-size-vertical: 1; }
    TextScreen #keys { color: $quiet; height: 1; margin: 1 0 0 0; }
    """

    def __init__(self, title: str, *parts: Static, keys: str = "Esc back   ↑ ↓ scroll") -> None:
        """Make it.

        Args:
            title: What it is headed by.
            parts: What it shows.
            keys: What its lowest line says.
        """
        super().__init__()
        self._heading = title
        self._parts = parts
        self._keys = keys

    def compose(self) -> ComposeResult:
        """The parts, and how to leave."""
        with Container(id="box") as box:
            box.border_title = Content(self._heading)
            with VerticalScroll(id="body"):
                yield from self._parts
            yield Static(Text(self._keys), id="keys")
        yield TooSmall()

    def on_mount(self) -> None:
        """The arrows scroll."""
        self.query_one("#body").focus()

    def on_key(self, event: events.Key) -> None:
        """Leave it."""
        if event.key in {"escape", "enter", "q", "question_mark", "f1"}:
            event.stop()
            self.dismiss(None)


def facts_screen(title: str, facts: Sequence[Fact], inks: Inks) -> TextScreen:
    """All that is known of something."""
    sheet = FactSheet()
    sheet.show(facts, inks)
    return TextScreen(title, sheet)


def code_screen(code: str) -> TextScreen:
    """A one-time code, once."""
    text = Text.assemble(
        "Give this code to the person, and to nobody else. With it they log on once and choose a password.\n\n",
        (f"    {code}\n\n", "bold"),
        "It is shown this once: it stands nowhere else.",
    )
    return TextScreen("One-time code", Static(text), keys="Esc when you have passed it on")


def help_screen(place: Place, known: Known, inks: Inks) -> TextScreen:
    """What can be done at a place, and what it is about."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(min_width=9, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for deed in deeds_at(place):
        if deed.name not in GO:
            grid.add_row(Text(_keys(deed), inks[Tone.WARN]), _line(deed, known, inks))
    grid.add_row(
        Text(f"1 to {len(GO)}", inks[Tone.WARN]), Text(f"Go to {', '.join(each.value for each in GO.values())}")
    )
    about = Static(Text(f"{ABOUT[place]}\n"))
    signs = "\nSigns: * marked, + well, ! look at it, ? is it one?, - may not or not now. Times are the site's.\n"
    return TextScreen(f"Help: {place.value}", about, Static(grid), Static(Text(signs, inks[Tone.QUIET])))


def _keys(deed: Deed) -> str:
    return " ".join(map(key_shown, deed.keys)) or "palette"


def _line(deed: Deed, known: Known, inks: Inks) -> Text:
    refusal = why_not(deed, known.session)
    if not refusal:
        return Text(deed.text)
    return Text.assemble((f"{deed.text}. ", inks[Tone.QUIET]), (refusal, inks[Tone.WARN]))
