"""The report to Customs: its draft in a text field, with the gaps that a person fills (clause 12.3)."""

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Static, TextArea

from kiosk.ui.gatehouse.asking import Gatehouse
from kiosk.ui.gatehouse.lines import Steady, TooSmall, TopLine
from kiosk.ui.gatehouse.view.frame import top
from kiosk.ui.gatehouse.view.incidents import gap_after, gaps_in, sending
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.words import some


class DraftScreen(Screen[str]):
    """Lets a person write the report. What was written is given back when it is left, so that nothing is lost."""

    DEFAULT_CSS = """
    DraftScreen #title { height: 1; text-style: bold; padding: 0 1; background: $panel; }
    DraftScreen TextArea { height: 1fr; border: none; padding: 1 2; }
    DraftScreen TextArea:focus { border: none; }
    DraftScreen #keys { dock: bottom; height: 1; background: $panel; }
    """

    def __init__(self, gatehouse: Gatehouse, incident: int, text: str) -> None:
        """Make it.

        Args:
            gatehouse: The app.
            incident: Its number.
            text: The draft, or what was written of it before.
        """
        super().__init__()
        self._gatehouse = gatehouse
        self._incident = incident
        self._top, self._title = TopLine(), Steady("title")
        self._area = TextArea(text, tab_behavior="focus", show_line_numbers=False, soft_wrap=True)
        self._area.cursor_blink = False

    @property
    def incident(self) -> int:
        """Whose report it is."""
        return self._incident

    @property
    def text(self) -> str:
        """What is written."""
        return self._area.text

    def compose(self) -> ComposeResult:
        """What is left to write, the text, and the keys."""
        with Container():
            yield self._top
            yield self._title
            yield self._area
            yield Static(Text(" F3 next gap   ^S send   Esc back: what you wrote is kept   F9 evacuation"), id="keys")
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin at the first gap."""
        self._gatehouse.news.subscribe(self, self._show)
        self._area.focus()
        self._to_gap(-1)
        self._show(self._gatehouse.known)

    def on_resize(self) -> None:
        """Lay the lines out anew."""
        self._show(self._gatehouse.known)

    def _show(self, known: Known) -> None:
        inks, width = self._gatehouse.inks, self.app.size.width
        self._top.show(top(known, self._gatehouse.now(), width), inks)
        gaps = len(gaps_in(self.text))
        left = f"! {some(gaps, 'place is', 'places are')} to be written" if gaps else "+ nothing is left to be written"
        self._title.say(Text(f"Report of incident {self._incident} to Customs: {left}"))

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._show(self._gatehouse.known)

    def _to_gap(self, after: int) -> None:
        """Choose the next gap whole, so that what is typed takes its place."""
        found = gap_after(self.text, after)
        if found is None:
            return
        end = self.text.find("]", found)
        self._area.selection = self._area.selection.__class__(
            self._place_of(found), self._place_of(end + 1 if end >= 0 else found)
        )

    def _place_of(self, at: int) -> tuple[int, int]:
        before = self.text[:at]
        return before.count("\n"), at - (before.rfind("\n") + 1)

    def _here(self) -> int:
        row, column = min(self._area.selection)
        return sum(len(line) + 1 for line in self.text.split("\n")[:row]) + column

    def on_key(self, event: events.Key) -> None:
        """To the next gap, out, or back."""
        if event.key == "f3":
            event.stop()
            self._to_gap(self._here())
        elif event.key == "ctrl+s":
            event.stop()
            self._gatehouse.take(sending(self._incident, self.text))
        elif event.key == "escape":
            event.stop()
            self.dismiss(self.text)
