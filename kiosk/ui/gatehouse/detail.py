"""Everything that was recorded of one uplift, to be verified or disputed, and on to the next one."""

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.screen import Screen

from kiosk.console.gatehouse import NotDone, UpliftDetail
from kiosk.console.gatehouse_link import NoAnswer
from kiosk.console.gatehouse_wishes import AskUplift
from kiosk.ui.gatehouse.asking import Gatehouse
from kiosk.ui.gatehouse.facts import FactSheet
from kiosk.ui.gatehouse.lines import Clickable, KeyLine, Steady, TooSmall, TopLine
from kiosk.ui.gatehouse.view.deeds import Place, deed_of
from kiosk.ui.gatehouse.view.forms import Mark, Picked
from kiosk.ui.gatehouse.view.frame import hints, top
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.queue import detail, detail_title, row_of
from kiosk.ui.gatehouse.view.words import fact


class DetailScreen(Screen[None]):
    """Shows an uplift."""

    DEFAULT_CSS = """
    DetailScreen #title {
        text-wrap: nowrap; text-overflow: ellipsis; height: 1; text-style: bold; padding: 0 1; background: $panel;
    }
    DetailScreen #body { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1; }
    """

    def __init__(self, gatehouse: Gatehouse, entry: int, order: tuple[str, ...]) -> None:
        """Make it.

        Args:
            gatehouse: The app.
            entry: The uplift's entry.
            order: The queue's entries as they are on show, to go through.
        """
        super().__init__()
        self._gatehouse = gatehouse
        self._entry = entry
        self._order = order
        self._shown = UpliftDetail(entry, ())
        self._top, self._title, self._keys = TopLine(), Steady("title"), KeyLine("keys")
        self._facts = FactSheet()

    def compose(self) -> ComposeResult:
        """Which one, and everything of it."""
        with Container():
            yield self._top
            yield self._title
            with VerticalScroll(id="body"):
                yield self._facts
            yield self._keys
        yield TooSmall()

    def on_mount(self) -> None:
        """Ask for it."""
        self._gatehouse.news.subscribe(self, self._show)
        self.query_one("#body").focus()
        self._open(self._entry)

    @property
    def place(self) -> Place:
        """This place."""
        return Place.DETAIL

    @property
    def picked(self) -> Picked:
        """The uplift on show."""
        return Picked(str(self._entry))

    def on_screen_resume(self) -> None:
        """What was told meanwhile."""
        self._show(self._gatehouse.known)

    def on_resize(self) -> None:
        """Lay the lines out anew."""
        self._show(self._gatehouse.known)

    def _open(self, entry: int) -> None:
        """Show another one: what is done from now on is done to that one."""
        self._entry, self._shown = entry, UpliftDetail(entry, ())
        self._show(self._gatehouse.known)
        self._fetch(entry)

    @work(exclusive=True)
    async def _fetch(self, entry: int) -> None:
        try:
            answer = await self._gatehouse.ask(AskUplift(entry))
        except NoAnswer as fault:
            self._facts.show((fact("No answer", str(fault)),), self._gatehouse.inks)
            return
        match answer:
            case UpliftDetail():
                self._shown = answer
                self._show(self._gatehouse.known)
                self.query_one("#body").scroll_home(animate=False)
            case NotDone(expected, got, mend):
                self._facts.show((fact("Not shown", f"expected {expected}, got {got}; {mend}"),), self._gatehouse.inks)
            case _:
                raise AssertionError(f"expected an uplift's detail, got {answer!r}")

    def _show(self, known: Known) -> None:
        now, inks, width = self._gatehouse.now(), self._gatehouse.inks, self.app.size.width
        self._top.show(top(known, now, width), inks)
        self._keys.show_hints(hints(Place.DETAIL, known.session, width), inks)
        self._title.say(Text(detail_title(known, self._shown)))
        if self._shown.lines:
            self._facts.show(detail(known, self._shown), inks)

    # --- what the person does -----------------------------------------------------------------------

    def settled(self, entry: int) -> None:
        """This uplift was verified or disputed: on to the next one that waits; when none does, back to the queue."""
        at = self._order.index(str(entry)) if str(entry) in self._order else -1
        order = (*self._order[at + 1 :], *self._order[: max(at, 0)])
        waiting = [key for key in order if row_of(self._gatehouse.known, key) is not None]
        if waiting:
            self._open(int(waiting[0]))
        else:
            self.dismiss(None)

    def own(self, deed: str) -> bool:
        """Go to the next uplift or to the one before; returns whether it was that."""
        step = {"next": 1, "previous": -1}.get(deed, 0)
        order = [key for key in self._order if row_of(self._gatehouse.known, key) or key == str(self._entry)]
        if step and str(self._entry) in order:
            self._open(int(order[(order.index(str(self._entry)) + step) % len(order)]))
        return bool(step)

    def mark(self, mark: Mark) -> None:
        """Nothing: one uplift is on show."""

    def on_key(self, event: events.Key) -> None:
        """Do what the key does here; escape goes back."""
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
            return
        deed = deed_of(Place.DETAIL, event.key) or deed_of(Place.DETAIL, event.character or "")
        if deed is not None:
            event.stop()
            self._gatehouse.do(deed.name)

    @on(Clickable.Chosen)
    def _word_chosen(self, event: Clickable.Chosen) -> None:
        event.stop()
        self._gatehouse.do(event.deed)
