"""A clock that stands still, and a link whose station is the test."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from kiosk.console import gatehouse as gh
from kiosk.console import gatehouse_wishes as gw
from kiosk.console.gatehouse_link import Heard, LineNow, LineState, Mailbox, NoAnswer
from kiosk.ui.gatehouse.app import GatehouseApp
from kiosk.ui.glyphs import Glyphs
from tests.ui.gatehouse.samples import DETAIL, DRAFT, NOW, Sample


class Clock:
    """Stands still unless told to go on."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def answer_to(wish: gw.Wish) -> gh.Result:
    """What a station that lets everything pass answers."""
    match wish:
        case gw.AskUplift(entry):
            return gh.UpliftDetail(entry, DETAIL.lines)
        case gw.AddAccount() | gw.ResetAccount():
            return gh.OneTimeCode("KAURI-4417-MOTU", (4060,))
        case gw.EvacuationList(printed=True):
            return gh.Done(words="the list is printed")
        case _:
            return _document(wish) or gh.Done((4060,))


def _document(wish: gw.Wish) -> gh.Document | None:
    match wish:
        case gw.DraftIncident():
            return gh.Document("incident-4052.txt", "text/plain", DRAFT.encode())
        case gw.Export(what):
            return gh.Document(f"{what}.csv", "text/csv", b"entry\r\n1\r\n")
        case gw.EvacuationList():
            return gh.Document("evacuation.pdf", "application/pdf", b"%PDF-1.7")
        case _:
            return None


class Link:
    """The far end is the test: it tells what the test says, keeps what was asked, answers as it is told to."""

    def __init__(self, *told: Heard, answer: Callable[[gw.Wish], gh.Result] = answer_to) -> None:
        self.asked: list[gw.Wish] = []
        self.answer = answer
        self.lost = False
        self._box = Mailbox()
        for message in (LineNow(LineState.UP), *told):
            self._box.put(message)

    @property
    def untold(self) -> bool:
        """Whether something waits to be taken."""
        return bool(self._box._untold)

    def tell(self, *messages: Heard) -> None:
        for message in messages:
            self._box.put(message)

    async def told(self) -> Heard:
        return await self._box.next()

    async def ask(self, wish: gw.Wish) -> gh.Result:
        if self.lost:
            raise NoAnswer("no line to it", sent=False)
        if not isinstance(wish, gw.StillHere):
            self.asked.append(wish)
        return self.answer(wish)


class Kept:
    """Documents that were kept."""

    def __init__(self) -> None:
        self.documents: list[gh.Document] = []

    def __call__(self, document: gh.Document) -> str:
        self.documents.append(document)
        return document.name


def console(told: Sequence[Heard], *, dark: bool = True, clock: Clock | None = None) -> GatehouseApp:
    """A console of a station that told this."""
    return GatehouseApp(Link(*told), keep=Kept(), dark=dark, clock=clock or Clock(), glyphs=Glyphs.BLOCKS)


async def press_all(pilot: Pilot[Any], sample: Sample) -> None:
    """Press a sample's keys, each once what came of the one before is on the screen."""
    await _settled(pilot)
    for key in sample.keys:
        await pilot.press(key)
        await _settled(pilot)
    for line in pilot.app.screen.query(Input):  # the command palette's is the toolkit's own, and blinks
        line.cursor_blink = False
    for screen in pilot.app.screen_stack:  # drawn anew, whatever was drawn before: the same strips every time
        for widget in screen.walk_children():
            widget.refresh(layout=True)
    await _settled(pilot)


async def _settled(pilot: Pilot[Any]) -> None:
    link = pilot.app._link  # type: ignore[attr-defined]
    while link.untold:
        await pilot.pause()
    for _ in range(3):
        await pilot.pause()
