"""A place with a list: the list, what is known of the row under the cursor, and the filter."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from kiosk.ui.gatehouse.colours import Inks
from kiosk.ui.gatehouse.facts import FactSheet
from kiosk.ui.gatehouse.lines import Steady
from kiosk.ui.gatehouse.table import LiveTable
from kiosk.ui.gatehouse.view.deeds import Place
from kiosk.ui.gatehouse.view.forms import Mark, Picked
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.places import FACTS, SHEETS
from kiosk.ui.gatehouse.view.queue import still
from kiosk.ui.gatehouse.view.sheet import Arrangement, Sheet, arranged

WIDE: Final = 110
"""Columns from which on the facts stand beside the list, not under it."""

FACTS_WIDTH: Final = 42
"""Columns of the facts beside the list."""


class ListPane(Widget):
    """Shows one place's list."""

    DEFAULT_CSS = """
    ListPane { layout: vertical; height: 1fr; }
    ListPane #both { layout: vertical; height: 1fr; }
    ListPane #list { height: 1fr; padding: 0 0 0 1; }
    ListPane #nothing { padding: 1 2; color: $quiet; }
    ListPane #facts { height: 7; border-top: solid $panel; padding: 0 1; scrollbar-size-vertical: 1; }
    ListPane.-wide #both { layout: horizontal; }
    ListPane.-wide #facts { height: 1fr; width: 42; border-top: none; border-left: solid $panel; padding: 0 0 0 1; }
    ListPane #filter { display: none; background: $panel; }
    ListPane #how { height: auto; color: $warning; }
    """

    def __init__(self, place: Place, *, facts: bool = True) -> None:
        """Make it.

        Args:
            place: Whose list it is.
            facts: Whether what is known of a row is shown beside it.
        """
        super().__init__(id=f"pane-{place.name.lower()}")
        self._place = place
        self._how = Arrangement()
        self._marked: frozenset[str] = frozenset()
        self._told: tuple[Known, datetime, Inks] | None = None
        self._table = LiveTable()
        self._nothing, self._line = Steady("nothing"), Steady("how")
        self._facts = FactSheet()
        self._with_facts = facts
        self._filter = Input(id="filter", compact=True, placeholder="words that a row must hold")
        self._filter.cursor_blink = False

    def compose(self) -> ComposeResult:
        """The parts, from the top down."""
        with Container(id="both"):
            with Container(id="list"):
                yield self._table
                yield self._nothing
            if self._with_facts:
                with VerticalScroll(id="facts", can_focus=False):
                    yield self._facts
        yield self._line
        yield self._filter

    # --- what is on show ----------------------------------------------------------------------------

    @property
    def picked(self) -> Picked:
        """What the person means."""
        return Picked(self._table.key, self._marked, self._table.keys)

    def show(self, known: Known, now: datetime, inks: Inks) -> None:
        """Show the list as it stands."""
        self._told = (known, now, inks)
        if self._place is Place.QUEUE:
            self._marked = still(known, self._marked)
        self._draw()

    def on_resize(self) -> None:
        """Lay it out anew."""
        self.set_class(self.size.width >= WIDE, "-wide")
        self._draw()

    def _draw(self) -> None:
        if self._told is None or not self.size.width:
            return
        known, now, inks = self._told
        sheet = SHEETS[self._place](known, self._marked, now)
        rows = arranged(sheet, self._how)
        beside = FACTS_WIDTH if self._with_facts and self.size.width >= WIDE else 0
        self._table.show(sheet, rows, self.size.width - beside - 2, inks)
        self._nothing.display = not rows
        self._nothing.say(Text(self._empty(sheet)), grows=True)
        how = self._arrangement(sheet, len(rows))
        self._line.say(how, grows=True)
        self._line.display = bool(how)
        self._draw_facts()

    def _empty(self, sheet: Sheet) -> str:
        if sheet.rows:
            return f"No row holds these words: {self._how.wanted}. Escape shows all."
        return sheet.empty

    def _arrangement(self, sheet: Sheet, shown: int) -> Text:
        """What keeps the list from being all of it, as it was told; empty when nothing does."""
        said = []
        if self._how.wanted:
            said.append(f"/{self._how.wanted}: {shown} of {len(sheet.rows)}, escape shows all")
        if self._how.by is not None:
            said.append(f"sorted by {sheet.columns[self._how.by].title or 'mark'}")
        if self._how.backwards:
            said.append("backwards")
        if self._marked:
            said.append(f"{len(self._marked)} marked")
        return Text(f" {'; '.join(said)}" if said else "")

    @on(LiveTable.RowHighlighted)
    def _draw_facts(self) -> None:
        if self._told is not None and self._with_facts:
            known, now, inks = self._told
            self._facts.show(FACTS[self._place](known, self._table.key, now), inks)

    # --- what the person does -----------------------------------------------------------------------

    def take_focus(self) -> None:
        """The list takes the keys."""
        self._table.focus()

    def mark(self, mark: Mark) -> None:
        """Mark rows as it says."""
        self._marked = mark.marked
        self._draw()
        if mark.onward:
            self._table.action_cursor_down()

    def sort(self) -> None:
        """Sort by the next column."""
        if self._told is not None:
            columns = len(SHEETS[self._place](self._told[0], self._marked, self._told[1]).columns)
            self._how = self._how.next_column(columns)
            self._draw()

    def turn_round(self) -> None:
        """Sort the other way round."""
        self._how = replace(self._how, backwards=not self._how.backwards)
        self._draw()

    def ask_filter(self) -> None:
        """Let the filter's words be typed."""
        self._filter.display = True
        self._filter.value = self._how.wanted
        self._filter.focus()

    def show_all(self) -> bool:
        """Take the filter, the marks and the order away; returns whether there was anything to take away."""
        changed = self._how != Arrangement() or bool(self._marked)
        self._how, self._marked = Arrangement(), frozenset()
        self._filter.display = False
        self._draw()
        self.take_focus()
        return changed

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._how = replace(self._how, wanted=event.value)
        self._draw()

    @on(Input.Submitted, "#filter")
    def _filter_given(self, event: Input.Submitted) -> None:
        event.stop()
        self._filter.display = False
        self.take_focus()

    def on_key(self, event: events.Key) -> None:
        """Escape leaves the filter, and shows all."""
        if event.key == "escape" and self.show_all():
            event.stop()
