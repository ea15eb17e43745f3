"""A station on its own thread, with devices that the test plays, a real ledger, and a screen that collects."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Condition
from typing import Any, TypeVar

from msgspec import Struct, field

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.desk import SOCKET
from kiosk.console.gatehouse import SOCKET as CONSOLES
from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER
from kiosk.core.effects import Effect
from kiosk.core.records import Records
from kiosk.core.seals import Symbology
from kiosk.core.times import ClockState, Moment
from kiosk.ledger.ledger import read_entries
from kiosk.site import Site, parse_site
from kiosk.station.records_watch import RecordsWatch
from kiosk.station.station import Station
from kiosk.station.thread import StationThread
from tests.core.samples import NOON, RECORDS, credential

BEGAN = time.monotonic()

PATIENCE_S = 10.0
"""Seconds that anything may take here; all of it takes milliseconds."""

SITE = parse_site(
    """
    site = { id = "SLS001", name = "Test Yard", timezone = "UTC", contact = "Gatehouse 04 555 0100" }
    access = [
        { days = ["mon", "tue", "wed", "thu", "fri"], opens = 00:00:00, closes = 00:00:00, attended = true },
        { days = ["sat", "sun"], opens = 00:00:00, closes = 00:00:00, attended = true },
    ]
    seal_type = [{ name = "SES bolt", form = "bolt", pattern = "NZ[0-9]{6}" }]
    reader = { port = "/dev/reader" }
    scanner = { port = "/dev/scanner" }
    gate = { board = "pi4" }
    """
)

SCANNER = "seal scanner"
"""What SITE calls its scanner."""

D = TypeVar("D", bound=msg.Display)


class Given(Struct, frozen=True):
    """What a source of records gives."""

    records: Records = RECORDS
    digests: dict[str, str] = field(default_factory=lambda: {"drivers.csv": "00"})


class PlayedDevices:
    """Devices that do what the test says."""

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self.performed: list[Effect] = []
        self.stopped = False
        self._clock = clock

    def start(self, post: Callable[[ev.Event], None], on_death: Callable[[BaseException], None]) -> None:
        self.post, self.die = post, on_death
        for part in (ev.Part.READER, ev.Part.SCANNER, ev.Part.GATE):
            device = SCANNER if part is ev.Part.SCANNER else part.value
            post(ev.PartChanged(part, True, "", "", self._clock(), device))

    def perform(self, effect: Effect) -> None:
        self.performed.append(effect)

    def stop(self) -> None:
        self.stopped = True


def now() -> Moment:
    """Both clocks; the wall clock stands near the sample records' day."""
    monotonic = time.monotonic()
    return Moment(NOON + timedelta(seconds=monotonic - BEGAN), monotonic, ClockState.SYNCHRONISED, "boot-1")


class Rig:
    """One station and everything around it."""

    def __init__(self, data: Path, site: Site, watch: RecordsWatch, clock: Callable[[], Moment]) -> None:
        self.data = data
        self.clock = clock
        self.devices = PlayedDevices(clock)
        self._news = Condition()
        self.shown: list[msg.Show] = []
        self.health: list[msg.Health] = []
        self.checkpoints: list[msg.CheckpointNews] = []
        self.happened: list[ev.Event | Effect] = []
        self.station = Station(site, data, watch, self.devices, clock, self._tell, self.witness)
        self.thread = StationThread(lambda: self.station)

    def witness(self, what: ev.Event | Effect) -> None:
        """Told of every event before it is handled, and of every effect before it is done."""
        with self._news:
            self.happened.append(what)
            self._news.notify_all()

    def _tell(self, told: msg.Told) -> None:
        with self._news:
            match told:
                case msg.Show():
                    self.shown.append(told)
                case msg.Health():
                    self.health.append(told)
                case msg.CheckpointNews():
                    self.checkpoints.append(told)
            self._news.notify_all()

    def until(self, kind: type[D], why: Callable[[D], bool] = lambda _: True) -> D:
        """The display that is on, once it is of this kind."""

        def there() -> bool:
            self.look_out()
            return bool(self.shown) and isinstance(self.shown[-1].display, kind) and why(self.shown[-1].display)

        with self._news:
            assert self._news.wait_for(there, PATIENCE_S), f"expected {kind.__name__}, got {self.shown[-1:]}"
            display = self.shown[-1].display
            assert isinstance(display, kind)
            return display

    def look_out(self) -> None:
        """Called at each news while a display is awaited: raises when it can no longer come."""

    def until_word(self, word: str) -> None:
        """Wait until staff's words are on the driver's screen."""
        with self._news:
            assert self._news.wait_for(lambda: bool(self.shown) and self.shown[-1].word == word, PATIENCE_S)

    def until_health(self, why: Callable[[msg.Health], bool]) -> msg.Health:
        with self._news:
            seen = self._news.wait_for(lambda: bool(self.health) and why(self.health[-1]), PATIENCE_S)
            assert seen, f"got {self.health[-1:]}"
            return self.health[-1]

    def until_checkpoint(self, why: Callable[[msg.CheckpointNews], bool]) -> msg.CheckpointNews:
        """The news of the last checkpoint, once they are as wanted."""
        with self._news:
            seen = self._news.wait_for(lambda: bool(self.checkpoints) and why(self.checkpoints[-1]), PATIENCE_S)
            assert seen, f"got {self.checkpoints[-1:]}"
            return self.checkpoints[-1]

    def until_happened(self, kind: type[ev.Event | Effect]) -> None:
        """Wait until there was an event or an effect of a kind."""
        with self._news:
            assert self._news.wait_for(lambda: any(isinstance(each, kind) for each in self.happened), PATIENCE_S)

    def ask(self, wish: wishes.Wish) -> None:
        self.station.post(wishes.Ask(self.shown[-1].revision, wish))

    def tap(self, number: int) -> None:
        self.devices.post(ev.CardPresented(credential(number), BY_NUMBER, self.clock()))
        self.devices.post(ev.CardRemoved(self.clock()))

    def scan(self, text: str) -> None:
        self.devices.post(ev.ScanRead(text, Symbology.CODE_128, (), self.clock(), SCANNER))

    def to_signing(self) -> None:
        """From nobody there to the second tap, for Aroha and CSQU3054383."""
        self.until(msg.Attract)
        self.tap(1)
        self.until(msg.DriverKnown)
        self.ask(wishes.GoOn())
        self.until(msg.ChooseContainer)
        self.ask(wishes.ChooseLoad("L1"))
        self.until(msg.CheckSeal)
        self.ask(wishes.AnswerStep(msg.Step.VIEW, good=True))
        self.until(msg.VerifySeal)
        self.scan("NZ100001")
        for step in (msg.Step.TUG, msg.Step.TWIST):
            self.until(msg.CheckSeal, lambda shown, step=step: shown.step is step)  # type: ignore[misc]
            self.ask(wishes.AnswerStep(step, good=True))
        self.until(msg.MoreOrSign)
        self.ask(wishes.FinishUplifts())
        self.until(msg.Sign)

    def entries(self) -> list[tuple[str, dict[str, Any]]]:
        """What is in the ledger."""
        return [(entry.kind, entry.body) for entry in read_entries(self.data / "ledger")]

    def kinds(self) -> list[str]:
        """The kinds of what is in the ledger."""
        return [kind for kind, _ in self.entries()]


def numbered(shown: msg.Stopped) -> bool:
    """Whether the ledger's number has come. Until then an answer meets the screen that comes with it, and is lost."""
    return isinstance(shown.reference, int)


def copy_data(data: Path, to: Path) -> None:
    """Copy a data folder as it is now, but for its sockets, which are no files."""
    shutil.copytree(data, to, ignore=shutil.ignore_patterns(SOCKET, CONSOLES), dirs_exist_ok=True)


@contextmanager
def running(
    data: Path, *, site: Site = SITE, watch: RecordsWatch | None = None, clock: Callable[[], Moment] = now
) -> Iterator[Rig]:
    """A running station; stopped in an orderly way at the end."""
    rig = Rig(data, site, watch or RecordsWatch(lambda: 1, Given), clock)
    rig.thread.start()
    try:
        yield rig
    finally:
        rig.thread.stop()
