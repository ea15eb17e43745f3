"""The screen that a console is on: top line, tabs, what shouts, one place, the keys of the moment."""

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input

from kiosk.ui.gatehouse.asking import Gatehouse
from kiosk.ui.gatehouse.dashboard import Dashboard, TileBox
from kiosk.ui.gatehouse.lines import Banner, Clickable, KeyLine, TabLine, TooSmall, TopLine
from kiosk.ui.gatehouse.pane import ListPane
from kiosk.ui.gatehouse.table import LiveTable
from kiosk.ui.gatehouse.view.calls import banner
from kiosk.ui.gatehouse.view.deeds import LISTS, Place, deed_of
from kiosk.ui.gatehouse.view.forms import Mark, Picked
from kiosk.ui.gatehouse.view.frame import LEAST_ROWS, hints, tabs, top
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.glyphs import Glyphs

BANNER_ROWS = 2
"""Lines that shout at most, on the smallest screen; one more for each ten rows beyond it."""


class Board(Screen[None]):
    """Shows one place at a time, whole and anew whenever something was told."""

    DEFAULT_CSS = """
    Board { layout: vertical; }
    Board #places { height: 1fr; }
    """

    def __init__(self, gatehouse: Gatehouse, glyphs: Glyphs) -> None:
        super().__init__()
        self._gatehouse = gatehouse
        self._place = Place.GATE
        self._top, self._tabs, self._banner, self._keys = TopLine(), TabLine("tabs"), Banner(), KeyLine("keys")
        self._dashboard = Dashboard(glyphs)
        with_lists = [place for place in LISTS if place is not Place.EVACUATION]
        self._panes: dict[Place, ListPane] = {place: ListPane(place) for place in with_lists}

    def compose(self) -> ComposeResult:
        """The lines, and the places of which one is on show."""
        with Container():
            yield self._top
            yield self._tabs
            yield self._banner
            with ContentSwitcher(id="places", initial="pane-gate"):
                yield self._dashboard
                yield from self._panes.values()
            yield self._keys
        yield TooSmall()

    def on_mount(self) -> None:
        """Hear what was told."""
        self._gatehouse.news.subscribe(self, self._show)
        self._show(self._gatehouse.known)
        self._dashboard.take_focus()

    @property
    def place(self) -> Place:
        """The place that is on show."""
        return self._place

    @property
    def picked(self) -> Picked:
        """What the person means."""
        pane = self._panes.get(self._place)
        return pane.picked if pane is not None else Picked()

    def on_screen_resume(self) -> None:
        """What was told meanwhile, and the keys where they were."""
        self._show(self._gatehouse.known)

    def on_resize(self) -> None:
        """Lay the lines out anew."""
        self._show(self._gatehouse.known)

    def _show(self, known: Known) -> None:
        now, inks, (width, height) = self._gatehouse.now(), self._gatehouse.inks, self.app.size
        self._top.show(top(known, now, width), inks)
        self._tabs.show_tabs(tabs(known, self._place, width), inks)
        self._banner.show(banner(known, now, BANNER_ROWS + max(height - LEAST_ROWS, 0) // 10))
        self._keys.show_hints(hints(self._place, known.session, width), inks)
        if (pane := self._panes.get(self._place)) is not None:
            pane.show(known, now, inks)
        else:
            self._dashboard.show(known, now, inks)

    # --- what the person does -----------------------------------------------------------------------

    def go(self, place: Place) -> None:
        """Show another place."""
        self._place = place
        self.query_one(ContentSwitcher).current = f"pane-{place.name.lower()}"
        self._show(self._gatehouse.known)
        (self._panes.get(place) or self._dashboard).take_focus()

    def mark(self, mark: Mark) -> None:
        """Mark rows as it says."""
        self._panes[self._place].mark(mark)

    def own(self, deed: str) -> bool:
        """Do what concerns the screen alone; returns whether it was that."""
        pane = self._panes.get(self._place)
        doing = {"filter": pane.ask_filter, "sort": pane.sort, "backwards": pane.turn_round} if pane else {}
        if deed in doing:
            doing[deed]()
        return deed in doing

    def on_key(self, event: events.Key) -> None:
        """Do what the key does here, unless it belongs to words that are being typed."""
        if isinstance(self.focused, Input):
            return
        deed = deed_of(self._place, event.key) or deed_of(self._place, event.character or "")
        if deed is not None:
            event.stop()
            self._gatehouse.do(deed.name)

    @on(LiveTable.RowSelected)
    def _row_chosen(self, event: LiveTable.RowSelected) -> None:
        """Enter, or a click on the row under the cursor."""
        event.stop()
        self._gatehouse.do("look" if self._place is Place.QUEUE else "facts")

    @on(Clickable.Chosen)
    def _word_chosen(self, event: Clickable.Chosen) -> None:
        event.stop()
        self._gatehouse.do(event.deed)

    @on(TileBox.Chosen)
    def _tile_chosen(self, event: TileBox.Chosen) -> None:
        event.stop()
        self.go(event.place)
