"""What a key leads to: a deed becomes a step, a step a screen or a wish, and its answer is told."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Final

from textual.app import SystemCommand
from textual.screen import Screen

from kiosk.console.gatehouse import Document, Done, NotDone, OneTimeCode, Result, UpliftDetail
from kiosk.console.gatehouse_link import NoAnswer
from kiosk.console.gatehouse_wishes import DraftIncident, EvacuationList, Export, Wish
from kiosk.ui.gatehouse.board import Board
from kiosk.ui.gatehouse.detail import DetailScreen
from kiosk.ui.gatehouse.draft import DraftScreen
from kiosk.ui.gatehouse.evacuation import EvacuationScreen
from kiosk.ui.gatehouse.form import FormScreen
from kiosk.ui.gatehouse.texts import code_screen, facts_screen, help_screen
from kiosk.ui.gatehouse.view.deeds import BY_NAME, GO, Place, deeds_at, key_shown, why_not
from kiosk.ui.gatehouse.view.forms import Ask, Draft, Facts, Form, Look, Mark, Say, Step
from kiosk.ui.gatehouse.view.known import Stage
from kiosk.ui.gatehouse.view.places import EXPORTS, FACTS, STEPS

if TYPE_CHECKING:
    from kiosk.ui.gatehouse.app import GatehouseApp

Keep = Callable[[Document], str]
"""Keeps a document as a file; returns where. Raises OSError."""

PlaceScreen = Board | EvacuationScreen | DetailScreen
"""Screens on which deeds are done."""

_REST: Final = ("theme", "leave")
"""What can be done before anybody is logged on."""


class Doing:
    """Does what a person asks for."""

    def __init__(self, app: "GatehouseApp", keep: Keep) -> None:
        self._app = app
        self._keep = keep
        self._drafts: dict[tuple[str, int], str] = {}

    # --- a deed becomes a step ----------------------------------------------------------------------

    def do(self, deed: str) -> None:
        """Do what a deed says, where the person is."""
        if deed in _REST:
            self._own(deed)
            return
        if self._app.stage is not Stage.OPEN:
            return
        known = self._app.known
        refusal = why_not(BY_NAME[deed], known.session) if deed in BY_NAME else ""
        if refusal:
            self._app.say(refusal, "warning")
            return
        screen = self._app.screen
        if not isinstance(screen, PlaceScreen):
            self._over_a_form(deed)
        elif deed in STEPS:
            self.take(STEPS[deed](known, screen.picked))
        elif not screen.own(deed):
            self._own(deed)

    def _over_a_form(self, deed: str) -> None:
        """What can be done while something is being written: to call everybody together, above all."""
        if deed in {"evacuation", "help"}:
            self._own(deed)

    def _own(self, deed: str) -> None:
        """What no list leads to."""
        if deed in GO:
            self._go(GO[deed])
            return
        doing: dict[str, Callable[[], object]] = {
            "evacuation": lambda: self._go(Place.EVACUATION),
            "help": self._help,
            "palette": self._app.action_command_palette,
            "theme": self._app.turn_theme,
            "leave": self._app.exit,
            "export": self._export,
            "print": lambda: self.ask(EvacuationList(printed=True)),
        }
        doing[deed]()

    def _go(self, place: Place) -> None:
        if place is Place.EVACUATION:
            if not isinstance(self._app.screen, EvacuationScreen):
                self._app.push_screen(EvacuationScreen(self._app))
            return
        above = self._app.screen_stack[::-1]
        board = next(at for at, screen in enumerate(above) if isinstance(screen, Board))
        if not all(isinstance(screen, PlaceScreen) for screen in above[:board]):
            self._app.say("Escape goes back to what you were writing.", "warning")
            return
        for _ in range(board):
            self._app.pop_screen()
        if isinstance(screen := above[board], Board):
            screen.go(place)

    def _help(self) -> None:
        places = [screen for screen in self._app.screen_stack if isinstance(screen, PlaceScreen)]
        self._app.push_screen(help_screen(places[-1].place, self._app.known, self._app.inks))

    def _export(self) -> None:
        screen = self._app.screen
        place = screen.place if isinstance(screen, PlaceScreen) else Place.GATE
        if place is Place.EVACUATION:
            self.ask(EvacuationList())
        elif place in EXPORTS:
            self.ask(Export(EXPORTS[place]))

    def commands(self, screen: Screen[object]) -> Iterator[SystemCommand]:
        """What the command palette offers over a screen."""
        place = screen.place if isinstance(screen, PlaceScreen) else None
        for deed in deeds_at(place) if place is not None else ():
            if deed.name not in {"palette", "mark"}:
                refusal = why_not(deed, self._app.known.session)
                keys = " ".join(map(key_shown, deed.keys))
                said = refusal or (f"key {keys}" if keys else "")
                yield SystemCommand(deed.text, said, lambda name=deed.name: self.do(name))
        for name in _REST if place is None else ():
            yield SystemCommand(BY_NAME[name].text, "", lambda name=name: self.do(name))

    # --- a step becomes a screen or a wish ----------------------------------------------------------

    def take(self, step: Step) -> None:
        """Go on with a step."""
        app = self._app
        match step:
            case Form():
                app.push_screen(FormScreen(app, step), lambda result: self._formed(step, result))
            case Ask(wish):
                self.ask(wish)
            case Say(text):
                app.say(text, "warning")
            case Mark():
                if isinstance(app.screen, PlaceScreen):
                    app.screen.mark(step)
            case Look(entry):
                order = app.screen.picked.shown if isinstance(app.screen, PlaceScreen) else ()
                app.push_screen(DetailScreen(app, entry, order))
            case Facts(key):
                self._show_facts(key)
            case Draft(incident):
                app.run_worker(self._draft(incident), exclusive=True, group="draft")

    def _show_facts(self, key: str) -> None:
        screen = self._app.screen
        if isinstance(screen, PlaceScreen) and screen.place in FACTS:
            facts = FACTS[screen.place](self._app.known, key, self._app.now())
            self._app.push_screen(facts_screen(screen.place.value, facts, self._app.inks))

    def ask(self, wish: Wish) -> None:
        """Ask the kiosk, and tell what came of it."""
        self._app.run_worker(self._ask(wish), group="asking")

    async def _ask(self, wish: Wish) -> None:
        result = await self._result_of(wish)
        if result is not None:
            self._tell(result, "Done")

    async def _result_of(self, wish: Wish) -> Result | None:
        """The answer; None when there was none, or it was not done, which is told."""
        try:
            result = await self._app.ask(wish)
        except NoAnswer as fault:
            self._app.say(str(fault), "error")
            return None
        if isinstance(result, NotDone):
            self._app.say(f"Expected {result.expected}, got {result.got}. {result.mend}.", "error")
            return None
        return result

    # --- what came of it is told --------------------------------------------------------------------

    def _formed(self, form: Form, result: Result | None) -> None:
        """A form was left; with a result when it was done."""
        if result is None:
            return
        self._tell(result, form.button)
        screen = self._app.screen
        if isinstance(screen, DetailScreen) and form.entry:
            screen.settled(form.entry)
        elif isinstance(screen, DraftScreen):
            incident = screen.incident
            screen.dismiss("")
            self._drafts.pop(self._draft_key(incident), None)

    def _tell(self, result: Result, what: str) -> None:
        match result:
            case Done(entries, words):
                numbers = f" (entry {', '.join(map(str, entries))})" if entries else ""
                self._app.say(f"{words[:1].upper()}{words[1:]}{numbers}" if words else f"{what}: done.{numbers}")
            case OneTimeCode(code):
                self._app.push_screen(code_screen(code))
            case Document():
                self._deliver(result)
            case NotDone() | UpliftDetail():
                raise AssertionError(f"expected what was done, got {result!r}")

    def _deliver(self, document: Document) -> None:
        """As a file here; in a browser as a download."""
        if self._app.is_web:
            self._app.deliver_binary(BytesIO(document.content), save_filename=document.name, mime_type=document.media)
            return
        try:
            self._app.say(f"Written: {self._keep(document)}")
        except OSError as fault:
            self._app.say(f"expected to write {document.name}, got {fault}; make room, or start it elsewhere", "error")

    # --- drafts -------------------------------------------------------------------------------------

    def _draft_key(self, incident: int) -> tuple[str, int]:
        session = self._app.known.session
        return (session.staff if session is not None else "", incident)

    async def _draft(self, incident: int) -> None:
        key = self._draft_key(incident)
        text = self._drafts.get(key, "")
        if not text:
            draft = await self._result_of(DraftIncident(incident))
            if not isinstance(draft, Document):
                return
            text = draft.content.decode("utf-8", errors="replace")
        screen = DraftScreen(self._app, incident, text)
        self._app.push_screen(screen, lambda written: self._kept(key, written))

    def _kept(self, key: tuple[str, int], written: str | None) -> None:
        if written:
            self._drafts[key] = written

    def keep_drafts(self) -> None:
        """Keep what is being written: the screens are about to be taken away."""
        for screen in self._app.screen_stack:
            if isinstance(screen, DraftScreen):
                self._kept((self._app.last_staff, screen.incident), screen.text)
