"""The list to be called at the assembly point: one key away from every screen (clause 9.1)."""

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Input

from kiosk.ui.gatehouse.asking import Gatehouse
from kiosk.ui.gatehouse.lines import Clickable, KeyLine, Steady, TooSmall, TopLine
from kiosk.ui.gatehouse.pane import ListPane
from kiosk.ui.gatehouse.table import LiveTable
from kiosk.ui.gatehouse.view.deeds import Place, deed_of
from kiosk.ui.gatehouse.view.evacuation import roll_title
from kiosk.ui.gatehouse.view.forms import Mark, Picked
from kiosk.ui.gatehouse.view.frame import hints, top
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.words import Tone


class EvacuationScreen(Screen[None]):
    """Everyone on site, who is missing first; space ticks a person off."""

    DEFAULT_CSS = """
    EvacuationScreen #title {
        text-wrap: nowrap; text-overflow: ellipsis; height: 3; padding: 1 2; text-style: bold; background: $panel;
    }
    EvacuationScreen #title.-bad { background: $shout-background; color: $shout-foreground; }
    EvacuationScreen #title.-well { color: $success; }
    """

    def __init__(self, gatehouse: Gatehouse) -> None:
        super().__init__()
        self._gatehouse = gatehouse
        self._top, self._title, self._keys = TopLine(), Steady("title"), KeyLine("keys")
        self._pane = ListPane(Place.EVACUATION, facts=False)

    def compose(self) -> ComposeResult:
        """The count, and the list."""
        with Container():
            yield self._top
            yield self._title
            yield self._pane
            yield self._keys
        yield TooSmall()

    def on_mount(self) -> None:
        """Hear what was told; the list has the keys at once."""
        self._gatehouse.news.subscribe(self, self._show)
        self._show(self._gatehouse.known)
        self._pane.take_focus()

    @property
    def place(self) -> Place:
        """This place."""
        return Place.EVACUATION

    @property
    def picked(self) -> Picked:
        """What the person means."""
        return self._pane.picked

    def on_screen_resume(self) -> None:
        """What was told meanwhile."""
        self._show(self._gatehouse.known)

    def on_resize(self) -> None:
        """Lay the lines out anew."""
        self._show(self._gatehouse.known)

    def _show(self, known: Known) -> None:
        now, inks, width = self._gatehouse.now(), self._gatehouse.inks, self.app.size.width
        title = roll_title(known, now)
        self._top.show(top(known, now, width), inks)
        self._title.say(Text(title.text))
        self._title.set_class(title.tone is Tone.BAD, "-bad")
        self._title.set_class(title.tone is Tone.WELL, "-well")
        self._pane.show(known, now, inks)
        self._keys.show_hints(hints(Place.EVACUATION, known.session, width), inks)

    def mark(self, mark: Mark) -> None:
        """Nothing: who is safe is the station's to say."""

    def own(self, deed: str) -> bool:
        """Do what concerns the screen alone; returns whether it was that."""
        doing = {"filter": self._pane.ask_filter, "sort": self._pane.sort, "backwards": self._pane.turn_round}
        if deed in doing:
            doing[deed]()
        return deed in doing

    def on_key(self, event: events.Key) -> None:
        """Do what the key does here; escape goes back to where one was."""
        if isinstance(self.focused, Input):
            return
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
            return
        deed = deed_of(Place.EVACUATION, event.key) or deed_of(Place.EVACUATION, event.character or "")
        if deed is not None:
            event.stop()
            self._gatehouse.do(deed.name)

    @on(LiveTable.RowSelected)
    def _row_chosen(self, event: LiveTable.RowSelected) -> None:
        event.stop()
        self._gatehouse.do("safe")

    @on(Clickable.Chosen)
    def _word_chosen(self, event: Clickable.Chosen) -> None:
        event.stop()
        self._gatehouse.do(event.deed)
