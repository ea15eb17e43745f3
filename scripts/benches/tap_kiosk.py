"""One kiosk to be tapped: the real station, ledger, records, device translation and driver's pane, in one process.

The card reader alone is played: its reports are handed over as nfcpy's driver hands them, without the reader's own
time. Scanner and gate are the genuine drivers on bench hardware. The terminal is one that notes when bytes came.

usage: python -m scripts.benches.tap_kiosk FOLDER SIZE     FOLDER holds the records and the ledger

Each line of stdin is a number of taps to make; each is answered on stdout by one line of JSON, a ``Taps``. The end
of stdin ends the kiosk.
"""

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from queue import Empty
from random import Random
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from msgspec import Struct, field
from msgspec.structs import asdict, replace
from textual.app import App

from drivers import nfc_reader
from drivers.cards.values import CardTechnology
from drivers.nfc_reader import CardGone, CardSeen
from drivers.reports import DeviceReady, Report
from kiosk.app import end_app, make_station_thread
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.demo.bench import bench_for
from kiosk.demo.yard import SAMPLE_SITE, staffed_all_day
from kiosk.devices import Devices
from kiosk.logs import log_to_file
from kiosk.site import CheckpointSettings, read_site
from kiosk.ui.driver.pane import DriverPane
from kiosk.ui.glyphs import Glyphs
from scripts.benches.drawing import Drawn, Terminal, WatchedLink
from scripts.benches.figures import BenchFailed
from scripts.benches.site_files import Lack, card_of, lack_of

if TYPE_CHECKING:
    from textual.app import ComposeResult

PATIENCE_S: Final = 30.0
"""Seconds for anything here; all of it takes milliseconds, but the machine may be busy."""

SEED: Final = 2
UNKNOWN_CARD: Final = bytes.fromhex("04FFFFFFFFFFFF")

TURNS: Final = (
    (Lack.NOTHING, "CARD ACCEPTED", True),
    (None, "CARD_UNKNOWN", False),
    (Lack.NOTHING, "CARD ACCEPTED", False),
    (Lack.CARD_REVOKED, "CARD_REVOKED", False),
    (Lack.INDUCTION_EXPIRED, "INDUCTION_EXPIRED", False),
    (Lack.NOTHING, "CARD ACCEPTED", True),
    (Lack.OPERATOR_NOT_APPROVED, "OPERATOR_NOT_APPROVED", False),
)
"""What is tapped in turn: what the card lacks (None: the site does not know it), the words that the screen then shows
in plain letters, and whether the driver goes on to the containers."""


class Taps(Struct, frozen=True):
    """What a number of taps took, in milliseconds.

    Attributes:
        drawn: From the driver's report to the last byte of the answer's screen.
        told: From the driver's report to the pane being told the answer.
        choose: From the wish to go on to the last byte of the list of containers.
    """

    drawn: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    choose: list[float] = field(default_factory=list)


class PlayedReader:
    """Takes the place of drivers.nfc_reader.NfcReader."""

    def __init__(
        self, settings: nfc_reader.NfcReaderSettings, report: Report, _on_death: object, _prover: object
    ) -> None:
        self.name = settings.name
        self.report = report

    def start(self) -> None:
        """Be ready at once."""
        self.report(DeviceReady(self.name, "played"))

    def stop(self) -> None:
        """Nothing is open."""


class KioskApp(App[None]):
    """The driver's pane alone, as kiosk.ui.driver.app shows it, on a link that is watched."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { background: #000000; overflow: hidden; }"

    def __init__(self, link: WatchedLink, terminal: Terminal) -> None:
        super().__init__(driver_class=terminal.driver_class())
        self.animation_level = "none"
        self._link = link
        link.call_after_refresh = self.call_after_refresh

    def compose(self) -> "ComposeResult":
        """The pane, and nothing else."""
        yield DriverPane(self._link, glyphs=Glyphs.BLOCKS)


class Player:
    """Taps cards and goes on, on a thread of its own as the reader's driver has one."""

    def __init__(self, reader: PlayedReader, link: WatchedLink, size: int) -> None:
        self._reader = reader
        self._link = link
        self._random = Random(SEED)
        self._numbers = {lack: [each for each in range(size) if lack_of(each) is lack] for lack in Lack}
        self._turns = cycle(TURNS)
        self._revision = 0

    def until(self, why: Callable[[msg.Display], bool]) -> Drawn:
        """Wait for a display to be on the terminal.

        Raises:
            BenchFailed: when it does not come.
        """
        last: msg.Display | None = None
        while True:
            try:
                drawn = self._link.drawn.get(timeout=PATIENCE_S)
            except Empty:
                raise BenchFailed(f"expected the kiosk's next screen, got none after {last}") from None
            self._revision, last = drawn.show.revision, drawn.show.display
            if why(last):
                return drawn

    def taps(self, number: int) -> Taps:
        """Make so many taps, each from the attract screen back to it."""
        taps = Taps()
        for _ in range(number):
            self._tap(*next(self._turns), taps)
        return taps

    def _tap(self, lack: Lack | None, words: str, goes_on: bool, taps: Taps) -> None:
        uid = UNKNOWN_CARD if lack is None else card_of(self._random.choice(self._numbers[lack]))
        name = self._reader.name
        began = perf_counter()
        self._reader.report(CardSeen(name, CardTechnology.TYPE_2, uid))
        answer = self.until(lambda shown: not isinstance(shown, msg.Attract))
        _expect(words, answer)
        taps.told.append((answer.told_at - began) * 1000)
        taps.drawn.append((answer.drawn_at - began) * 1000)
        self._reader.report(CardGone(name, uid))
        if lack is Lack.NOTHING:
            if goes_on:
                taps.choose.append(self._choose())
            self._ask(wishes.Cancel())
        if not _is_recorded(answer.show.display):
            self.until(_is_recorded)
        self._ask(wishes.GoOn())
        self.until(lambda shown: isinstance(shown, msg.Attract))

    def _choose(self) -> float:
        began = self._ask(wishes.GoOn())
        list_of_loads = self.until(lambda shown: isinstance(shown, msg.ChooseContainer))
        _expect("FIRST LOAD", list_of_loads)
        return (list_of_loads.drawn_at - began) * 1000

    def _ask(self, wish: wishes.Wish) -> float:
        began = perf_counter()
        self._link.ask(wishes.Ask(self._revision, wish))
        return began


def _is_recorded(shown: msg.Display) -> bool:
    """Whether a stop shows the number of its entry: nothing more is told of it then."""
    return isinstance(shown, msg.Stopped) and isinstance(shown.reference, int)


def _expect(words: str, drawn: Drawn) -> None:
    """Fail unless the words were on the screen: what is not there was not drawn."""
    if words not in drawn.text:
        raise BenchFailed(f"expected {words!r} on the terminal, got {drawn.show.display}, drawn as {drawn.text!r}")


def play(player: Player, app: KioskApp) -> None:
    """Do as stdin says, then end the app."""
    try:
        player.until(lambda shown: isinstance(shown, msg.Attract))
        for line in sys.__stdin__ or ():
            _answer(asdict(player.taps(int(line))))
    except BenchFailed as error:
        _answer({"failed": str(error)})
    finally:
        end_app(app)


def _answer(what: dict[str, Any]) -> None:
    print(json.dumps(what), file=sys.__stdout__, flush=True)


def main(folder: Path, size: int) -> None:
    """Run the kiosk until stdin ends."""
    readers: list[PlayedReader] = []

    def played(*arguments: Any) -> PlayedReader:  # noqa: ANN401 - those of NfcReader
        readers.append(PlayedReader(*arguments))
        return readers[0]

    log_to_file(folder / "log" / "kiosk.log")
    with ExitStack() as stack:
        # Without the checkpoint of a missed shift: its process would run beside the taps of the longest ledger most.
        site = replace(staffed_all_day(read_site(SAMPLE_SITE / "site.toml")), checkpoints=CheckpointSettings())
        bench = stack.enter_context(bench_for(site, Path("/dev/null"), None))
        stack.enter_context(mock.patch.object(nfc_reader, "NfcReader", played))
        devices = Devices(bench.site, bench.board.open)
        thread, link = make_station_thread(bench.site, folder, lambda: devices)
        terminal = Terminal()
        watched = WatchedLink(link, terminal)
        app = KioskApp(watched, terminal)
        thread.start()
        stack.callback(thread.stop)
        player = Thread(target=play, args=(Player(readers[0], watched, size), app), name="player")
        player.start()
        stack.callback(player.join)
        app.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
