"""A driver and the yard around one session of the kiosk: what a person does there, step by step."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.effects import CommitEntry, Effect, EntryKind
from kiosk.core.loads import LoadRecord
from kiosk.core.plan import Timeouts
from kiosk.core.seals import SealForm
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.stamp import Stamp
from kiosk.station.recorder import Recorder
from kiosk.station.records_watch import RecordsWatch
from tests.station.rig import PATIENCE_S, SITE, Given, Rig
from tests.station.yard import FIRST_CARD, RECORDS, YardClock

WRONG_SEAL: Final = "NZ999999"


class CannotRecord(Exception):
    """The kiosk has said that it cannot record.

    Attributes:
        display: On which display.
        ledger: What its health line says of the ledger, or of the disk.
    """

    def __init__(self, display: msg.Display, ledger: msg.PartHealth) -> None:
        super().__init__(f"{display!r}, {ledger!r}")
        self.display = display
        self.ledger = ledger


def _says_that_it_cannot(display: msg.Display) -> bool:
    """Whether a display tells the driver that nothing can be recorded now."""
    if isinstance(display, msg.Stopped):
        return display.reference is msg.NoNumber.LEDGER_LOST
    return isinstance(display, msg.OutOfService) and any(map(_records_nothing, display.faults))


def _records_nothing(part: msg.PartHealth) -> bool:
    """Whether a part keeps the kiosk from recording: the ledger, or the disk that it has no room on."""
    lost = part.part is msg.Part.LEDGER and part.condition is msg.Condition.LOST
    return lost or (part.part is msg.Part.DISK and part.condition is msg.Condition.FULL)


SEGMENT_ENTRIES: Final = 16
"""Entries in a segment of the ledger here: every second journey or so begins one."""


def open_ledger(folder: Path, now: Callable[[], Stamp]) -> Ledger:
    """Opens a ledger of short segments. They are archived on the recorder's own thread: strace counts by threads."""
    return Ledger.open(folder, now, segment_entries=SEGMENT_ENTRIES, in_background=False)


class Traveller(Rig):
    """The driver of one place in the yard. Whatever is awaited raises CannotRecord once the kiosk says that it cannot.

    Args:
        data: The kiosk's data folder.
        place: Which of the yard's drivers it is: the card and the loads are those of this place.
        clock: The session's clock.
        timeouts: How long the kiosk waits.
    """

    recorder = Recorder

    def __init__(self, data: Path, place: int, clock: YardClock, timeouts: Timeouts) -> None:
        site = replace(SITE, plan=replace(SITE.plan, timeouts=timeouts))
        super().__init__(data, site, RecordsWatch(lambda: 1, lambda: Given(RECORDS)), clock)
        self.station._recorder = self.recorder(data / "ledger", clock, self.station.post, open_ledger)
        self.place = place
        self.card = FIRST_CARD + place
        self.yard_clock = clock

    def look_out(self) -> None:
        parts = (part for health in self.health for part in health.parts)
        lost = next(filter(_records_nothing, parts), None)
        display = next((show.display for show in self.shown if _says_that_it_cannot(show.display)), None)
        if lost is not None and display is not None:
            raise CannotRecord(display, lost)

    def witness(self, what: ev.Event | Effect) -> None:
        with self._news:
            super().witness(what)
            self._news.notify_all()

    def settle(self) -> None:
        """Wait until every entry that the station asked for is on the disk."""
        self._wait_for(lambda asked, done: asked == done)

    def recorded(self, kind: EntryKind) -> CommitEntry:
        """The newest entry of a kind, once it is on the disk."""
        self._wait_for(lambda _, done: any(each.kind is kind for each in done))
        return next(each for each in reversed(self._done()) if each.kind is kind)

    def _wait_for(self, there: Callable[[list[CommitEntry], list[CommitEntry]], bool]) -> None:
        def watched() -> bool:
            self.look_out()
            return there([each for each in self.happened if isinstance(each, CommitEntry)], self._done())

        with self._news:
            assert self._news.wait_for(watched, PATIENCE_S), f"expected entries to be recorded, got {self.happened}"

    def _done(self) -> list[CommitEntry]:
        """The entries that the ledger has answered for, in the order in which they were asked for."""
        answered = {each.ref for each in self.happened if isinstance(each, ev.EntryCommitted)}
        return [each for each in self.happened if isinstance(each, CommitEntry) and each.ref in answered]

    # --- one visit, step by step --------------------------------------------------------------------

    def welcomed(self, card: int) -> None:
        """From nobody there to the choice of a container."""
        self.admitted(card)
        self.ask(wishes.GoOn())
        self.until(msg.ChooseContainer)

    def admitted(self, card: int) -> None:
        """The first tap; a driver is slower than the disk with the record of it."""
        self.until(msg.Attract)
        self.tap(card)
        self.until(msg.DriverKnown)
        self.settle()

    def take(self, load: LoadRecord) -> None:
        """Choose a load from the list, and look at its seal."""
        self.ask(wishes.ChooseLoad(load.load_id))
        self.answer(msg.Step.VIEW)
        self.until(msg.VerifySeal)

    def answer(self, step: msg.Step, *, good: bool = True) -> None:
        self.until(msg.CheckSeal, lambda shown: shown.step is step)
        self.ask(wishes.AnswerStep(step, good=good))

    def tug_and_twist(self, load: LoadRecord) -> None:
        self.answer(msg.Step.TUG)
        if load.seal_type.form is SealForm.BOLT:
            self.answer(msg.Step.TWIST)
        self.until(msg.MoreOrSign)

    def checked(self, load: LoadRecord) -> None:
        """The whole check of one seal, by scan."""
        self.take(load)
        self.scan(load.seal_number.text)
        self.tug_and_twist(load)

    def signed(self, card: int) -> msg.BarrierOpen:
        self.ask(wishes.FinishUplifts())
        self.until(msg.Sign)
        self.tap(card)
        return self.until(msg.BarrierOpen)

    def drive_out(self) -> None:
        for occupied in (True, False):
            self.devices.post(ev.LoopChanged(ev.Loop.EXIT, occupied, self.clock()))
        self.until(msg.Attract)

    def stopped(self, reason: str) -> None:
        """The visit has ended for this reason, the driver is told the number and goes."""
        self.until(msg.Stopped, lambda shown: shown.reason == reason and isinstance(shown.reference, int))
        self.ask(wishes.GoOn())

    def left_uplifted(self, card: int, load: LoadRecord) -> None:
        """The whole visit as it should be."""
        self.welcomed(card)
        self.checked(load)
        self.signed(card)
        self.drive_out()
