"""The gate at a glance, as widgets."""

from datetime import datetime
from typing import Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Digits, Static

from kiosk.ui.gatehouse.colours import Inks, inked
from kiosk.ui.gatehouse.facts import FactSheet
from kiosk.ui.gatehouse.lines import Steady
from kiosk.ui.gatehouse.view.bars import bars
from kiosk.ui.gatehouse.view.calls import calls
from kiosk.ui.gatehouse.view.deeds import TABS, Place
from kiosk.ui.gatehouse.view.gate import Tile, gate_facts, part_facts, plot_title, tiles
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.words import Piece, Tone
from kiosk.ui.glyphs import Glyphs

TALL: Final = 32
"""Rows from which on numbers are large, where the terminal has what they are drawn with."""


class TileBox(Widget):
    """One number."""

    DEFAULT_CSS = """
    TileBox { width: 1fr; height: 4; padding: 0 1; background: $panel; margin: 0 1 0 0; }
    TileBox.-last { margin: 0; }
    TileBox #title { text-style: bold; color: $primary; }
    TileBox Digits { display: none; width: auto; }
    TileBox.-tall { height: 7; }
    TileBox.-tall Digits { display: block; }
    TileBox.-tall #number { display: none; }
    TileBox #number { text-style: bold; }
    """

    class Chosen(Message):
        """A tile was clicked."""

        def __init__(self, place: Place) -> None:
            super().__init__()
            self.place = place

    def __init__(self, place: Place) -> None:
        super().__init__(id=f"tile-{place.name.lower()}")
        self._place = place
        self._title, self._number, self._lines = Steady("title"), Steady("number"), Steady("lines")
        self._digits = Digits("")
        self._shown: tuple[Tile, Inks, bool] | None = None

    def compose(self) -> ComposeResult:
        """The title, the number in one of its sizes, and the lines."""
        yield self._title
        yield self._digits
        yield self._number
        yield self._lines

    def show(self, tile: Tile, inks: Inks, *, tall: bool) -> None:
        """Show it; what is told again unchanged is not drawn again."""
        if (tile, inks, tall) == self._shown:
            return
        self._shown = (tile, inks, tall)
        self.set_class(tall, "-tall")
        self._title.say(Text(tile.title))
        self._digits.update(tile.number)
        style = inks[tile.tone]
        self._digits.styles.color = style.color.name if style.color else None
        first = tile.lines[0] if tile.lines else Piece("")
        self._number.say(inked((Piece(tile.number, tile.tone), Piece(f" {first.text}", first.tone)), inks))
        lines = tile.lines if tall else tile.lines[1:]
        self._lines.say(Text("\n").join([inked((line,), inks) for line in lines]), grows=True)

    def on_click(self, event: events.Click) -> None:
        """Go where more of it is."""
        event.stop()
        self.post_message(self.Chosen(self._place))


class Plot(Steady):
    """Uplifts by the hour."""

    DEFAULT_CSS = "Plot { height: 1fr; max-height: 24; color: $primary; text-wrap: nowrap; }"

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self._told: tuple[Known, datetime] | None = None

    def show(self, known: Known, now: datetime) -> None:
        """Show it."""
        self._told = (known, now)
        self.on_resize()

    def on_resize(self) -> None:
        """Draw it as large as there is room."""
        if self._told is None:
            return
        known, now = self._told
        counts = known.gate.uplifts_by_hour if known.gate else ()
        rows = bars(counts, now, known.zone, self.size.width, self.size.height, self._glyphs)
        self.say(Text("\n".join(rows), end=""))


class Dashboard(Widget):
    """All that stands, at a glance."""

    DEFAULT_CSS = """
    Dashboard { layout: vertical; height: 1fr; padding: 0 1; }
    Dashboard #tiles { height: auto; margin: 0 0 1 0; }
    Dashboard #below { height: 1fr; }
    Dashboard #state { width: 1fr; height: 1fr; scrollbar-size-vertical: 1; }
    Dashboard #day { width: 1fr; height: 1fr; padding: 0 0 0 2; }
    Dashboard .heading { text-style: bold; color: $primary; height: 1; }
    Dashboard #parts, Dashboard #call-title { margin: 1 0 0 0; }
    Dashboard #calls { height: auto; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="pane-gate")
        self._glyphs = glyphs
        places = (Place.QUEUE, Place.HOLDS, Place.INCIDENTS, Place.ON_SITE, Place.ALERTS)
        self._tiles = {place: TileBox(place) for place in places}
        self._tiles[places[-1]].add_class("-last")
        self._gate, self._parts, self._plot = FactSheet(), FactSheet(id="parts"), Plot(glyphs)
        self._plot_title = Steady(classes="heading")
        self._call_title, self._calls = (
            Static("What calls for somebody", classes="heading", id="call-title"),
            Steady("calls"),
        )
        self._told: tuple[Known, datetime, Inks] | None = None

    def compose(self) -> ComposeResult:
        """Numbers above; the gate and its parts at the left, the day at the right."""
        with Horizontal(id="tiles"):
            yield from self._tiles.values()
        with Container(id="below"), Horizontal():
            with VerticalScroll(id="state"):
                yield self._gate
                yield self._parts
                yield self._call_title
                yield self._calls
            with Vertical(id="day"):
                yield self._plot_title
                yield self._plot

    def show(self, known: Known, now: datetime, inks: Inks) -> None:
        """Show it as it stands."""
        self._told = (known, now, inks)
        tall = self.size.height >= TALL - 4 and self._glyphs is Glyphs.BLOCKS
        for tile in tiles(known, now):
            self._tiles[tile.place].show(tile, inks, tall=tall)
        self._gate.show(gate_facts(known, now), inks)
        self._parts.show(part_facts(known), inks)
        self._plot_title.say(Text(plot_title(known)))
        self._plot.show(known, now)
        self._calls.say(self._all_calls(known, now, inks), grows=True)

    def on_resize(self) -> None:
        """Lay it out anew."""
        if self._told is not None:
            self.show(*self._told)

    def take_focus(self) -> None:
        """What finds no room is scrolled to."""
        self.query_one("#state").focus()

    @staticmethod
    def _all_calls(known: Known, now: datetime, inks: Inks) -> Text:
        lines = [
            inked((Piece(f"! {call.text}", call.tone), Piece(_where(call.place), Tone.QUIET)), inks)
            for call in calls(known, now)
        ]
        return Text("\n").join(lines) if lines else inked((Piece("+ nothing", Tone.WELL),), inks)


def _where(place: Place | None) -> str:
    return f"  [{TABS.index(place) + 1}]" if place is not None else ""
