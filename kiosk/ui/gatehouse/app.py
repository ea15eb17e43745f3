"""The staff console as a program: hears the station, and shows the screen for what it is at."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar, Final, Literal

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.signal import Signal

from kiosk.console.gatehouse import Done, Result
from kiosk.console.gatehouse_link import NoAnswer, StaffLink
from kiosk.console.gatehouse_wishes import LogOn, StillHere, TakeOver, Wish
from kiosk.ui.gatehouse.board import Board
from kiosk.ui.gatehouse.colours import DARK, LIGHT, Inks, inks_of
from kiosk.ui.gatehouse.doing import Doing, Keep
from kiosk.ui.gatehouse.form import FormScreen
from kiosk.ui.gatehouse.keys import KeysInTurn, Typed
from kiosk.ui.gatehouse.lines import TooSmall
from kiosk.ui.gatehouse.view import accounts
from kiosk.ui.gatehouse.view.forms import Step
from kiosk.ui.gatehouse.view.frame import too_small
from kiosk.ui.gatehouse.view.known import Known, Stage, told
from kiosk.ui.glyphs import Glyphs, terminal_glyphs

TICK_S: Final = 10.0
"""Seconds between two looks at the clock: ages are told in minutes."""

BUSY_S: Final = 15.0
"""Seconds between two words that somebody is there; the station counts idle minutes."""


def utc_now() -> datetime:
    """The moment that is now."""
    return datetime.now(UTC)


class GatehouseApp(App[None]):
    """Shows what the station tells a staff console, and asks what a person wants of it."""

    TITLE = "Sealgate gatehouse"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "deed('evacuation')", "evacuation", priority=True),
        Binding("f4", "deed('theme')", "light or dark", priority=True),
        Binding("f1", "deed('help')", "help", priority=True),
    ]
    CSS = """
    GatehouseApp.-too-small Screen > Container { display: none; }
    GatehouseApp.-too-small TooSmall { display: block; }
    Toast { width: 72; max-width: 90%; padding: 0 1; margin: 0; }
    """

    def __init__(
        self,
        link: StaffLink,
        *,
        keep: Keep,
        dark: bool = True,
        on_theme: Callable[[bool], None] = lambda _: None,
        take_over: int | None = None,
        clock: Callable[[], datetime] = utc_now,
        glyphs: Glyphs | None = None,
    ) -> None:
        """Make the program.

        Args:
            link: To the station.
            keep: Keeps a document as a file, and says where.
            dark: Begin dark, not light.
            on_theme: Told when the person turns it light or dark: whether it is dark.
            take_over: A session that was begun at the kiosk by badge and PIN: this console goes on with it, and ends
                with it. None where people log on here.
            clock: The moment that is now, in UTC.
            glyphs: Which characters the terminal can draw; None looks at the terminal.
        """
        super().__init__()
        self.animation_level = "none"
        self.news: Signal[Known] = Signal(self, "news")
        self._link = link
        self._take_over = take_over
        self._clock = clock
        self._glyphs = glyphs or terminal_glyphs()
        self._on_theme = on_theme
        self._doing = Doing(self, keep)
        self._keys = KeysInTurn(self, self._hand_on)
        self._known = Known()
        self._shown_for: tuple[Stage, str] = (Stage.NOT_WELCOMED, "")
        self._last_name, self._last_staff = "", ""
        self._busy_since: datetime | None = None
        self._inks: dict[str, Inks] = {theme.name: inks_of(theme) for theme in (DARK, LIGHT)}
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = (DARK if dark else LIGHT).name

    # --- what screens use ---------------------------------------------------------------------------

    @property
    def known(self) -> Known:
        """All that the station told."""
        return self._known

    @property
    def inks(self) -> Inks:
        """How each tone looks now."""
        return self._inks[self.theme]

    @property
    def stage(self) -> Stage:
        """What the console is at."""
        return self._known.stage(self.now())

    @property
    def last_staff(self) -> str:
        """The account that is logged on, or was last."""
        return self._last_staff

    def now(self) -> datetime:
        """The moment that is now."""
        return self._clock()

    async def ask(self, wish: Wish) -> Result:
        """Ask the kiosk.

        Raises:
            NoAnswer: there was none.
        """
        if isinstance(wish, LogOn):
            self._last_name = wish.name
        return await self._link.ask(wish)

    def do(self, deed: str) -> None:
        """Do what a deed says, where the person is."""
        self._doing.do(deed)

    def take(self, step: Step) -> None:
        """Go on with a step."""
        self._doing.take(step)

    def say(self, text: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """Tell something that needs no answer."""
        self.notify(text, severity=severity, markup=False)

    # --- what the station tells ---------------------------------------------------------------------

    def on_mount(self) -> None:
        """Hear the station, and the clock."""
        self.set_interval(TICK_S, self._tick)
        self.run_worker(self._listen(), group="station", exclusive=True)
        self.run_worker(self._keys.run(), group="keys", exclusive=True)

    async def _listen(self) -> None:
        while True:
            known = told(self._known, await self._link.told(), self.now())
            if known != self._known:
                self._known = known
                await self._follow()

    async def _tick(self) -> None:
        await self._follow()

    async def _follow(self) -> None:
        """Show the screen for what the console is at, and have it show what is known."""
        known = self._known
        stage = self.stage
        wanted = (stage, self._because(stage))
        if wanted != self._shown_for:
            before, self._shown_for = self._shown_for[0], wanted
            await self._show(stage, before)
        if known.session is not None:
            self._last_staff = known.session.staff
        self.news.publish(known)

    def _because(self, stage: Stage) -> str:
        """What the screen of this stage says of it, so that one that says something else is another screen."""
        match stage:
            case Stage.LOG_ON:
                return self._known.line.words or self._known.ended
            case Stage.MUST_CHANGE:
                return self._known.session.must_change if self._known.session else ""
            case Stage.OPEN:
                return self._known.session.staff if self._known.session else ""
            case _:
                return ""

    async def _show(self, stage: Stage, before: Stage) -> None:
        known = self._known
        match stage:
            case Stage.LOG_ON if self._take_over is not None:
                await self._go_on_with_session(self._take_over, before)
            case Stage.LOG_ON:
                await self._only(FormScreen(self, accounts.log_on(known, self._last_name), closed=True))
            case Stage.MUST_CHANGE:
                await self._only(FormScreen(self, accounts.change_password(known), closed=True))
            case Stage.LOCKED:
                self._clear_hidden()
                await self.push_screen(FormScreen(self, accounts.unlock(known), closed=True))
            case Stage.OPEN if before is Stage.LOCKED and any(isinstance(each, Board) for each in self.screen_stack):
                await self.pop_screen()
            case Stage.OPEN:
                await self._only(Board(self, self._glyphs))
            case Stage.NOT_WELCOMED:
                await self._only()

    async def _go_on_with_session(self, session: int, before: Stage) -> None:
        """Take over what began elsewhere; where it is over, or cannot be had, this console ends."""
        with suppress(NoAnswer):
            if before is Stage.NOT_WELCOMED and isinstance(await self._link.ask(TakeOver(session)), Done):
                return
        self.exit()

    async def _only(self, *screens: Screen[None] | FormScreen) -> None:
        """These screens and no others."""
        self._doing.keep_drafts()
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        for screen in screens:
            await self.push_screen(screen)

    def _clear_hidden(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, FormScreen):
                screen.clear_hidden()

    # --- what the person does -----------------------------------------------------------------------

    def action_deed(self, deed: str) -> None:
        """Do what a key says that counts everywhere."""
        self.do(deed)

    def turn_theme(self) -> None:
        """From dark to light, or back."""
        dark = self.theme != DARK.name
        self.theme = (DARK if dark else LIGHT).name
        self._on_theme(dark)
        self.news.publish(self._known)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers."""
        return self._doing.commands(screen)

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is there; take keys in turn, and none that does what nobody can see."""
        if isinstance(event, Typed | events.MouseDown | events.MouseScrollDown | events.MouseScrollUp):
            self._somebody_is_there()
        if not isinstance(event, Typed) or event.is_forwarded or _leaves(event):
            await super().on_event(event)
        elif not too_small(*self.size):
            self._keys.put(event)

    async def _hand_on(self, key: Typed) -> None:
        await super().on_event(key)

    def _somebody_is_there(self) -> None:
        now = self.now()
        since = self._busy_since
        if self.stage is Stage.OPEN and (since is None or (now - since).total_seconds() >= BUSY_S):
            self._busy_since = now
            self.run_worker(self._tell_busy(), group="busy")

    async def _tell_busy(self) -> None:
        with suppress(NoAnswer):
            await self._link.ask(StillHere())

    def _fatal_error(self) -> None:
        """The toolkit would show every local value, and so what somebody keyed as a password."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False))

    def on_resize(self, event: events.Resize) -> None:
        """Say so where there is too little room."""
        self.set_class(too_small(*event.size), "-too-small")
        for screen in self.screen_stack:
            for each in screen.query(TooSmall):
                each.refresh()


def _leaves(event: Typed) -> bool:
    """Whether it is the key that ends the console, which waits for nothing."""
    return isinstance(event, events.Key) and event.key == "ctrl+q"
