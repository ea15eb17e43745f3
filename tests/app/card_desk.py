"""A site's data folder, a bench reader and the command ``sealgate card``, for tests end to end."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
from msgspec.structs import replace

from drivers.cards.originality import ChipKind
from hw.bench.card_a import CardA
from hw.bench.card_ntag424 import Ntag424
from hw.bench.cards import chip_card, ntag213
from hw.bench.pn532_reader import BenchReader
from kiosk.card_keys import load_card_keys
from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core.cards import CardLevel
from kiosk.demo.bench import Bench, bench_for
from kiosk.demo.yard import staffed_all_day
from kiosk.devices import Devices, read_clock
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.register.store import RecordStore
from kiosk.site import read_site
from kiosk.station.records_watch import RecordsWatch
from tests.drivers.cards.chips import GENUINE, Signed
from tests.station.rig import PATIENCE_S, Rig, numbered

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site"

NTAG_424 = [each for each in GENUINE if each.chip is ChipKind.NTAG_424_DNA]
NTAG_213 = [each for each in GENUINE if each.chip is ChipKind.NTAG21X]


class CardDesk:
    """Runs the command on a data folder, with a reader on which cards are laid."""

    def __init__(self, at: Path, reader: BenchReader, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = at / "data"
        self.config = at / "site.toml"
        self.reader = reader
        self.said: list[str] = []
        self._capsys = capsys
        sample = (SAMPLE / "site.toml").read_text(encoding="utf-8")
        self.config.write_text(sample.replace("/dev/sealgate-card-reader", str(reader.path)), encoding="utf-8")
        (self.data / "records").mkdir(parents=True)
        lists = self.data / "records" / "approved-lists"
        lists.mkdir()
        shutil.copy(SAMPLE / "approved-list.csv", lists / "2025-1.csv")
        for name in ("drivers", "staff", "racas", "bookings"):
            shutil.copy(SAMPLE / f"{name}.csv", self.data / "records")
        Ledger.open(self.data / "ledger", stamp_now).close()

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Run ``sealgate card``: its exit code, and what it wrote to stdout and stderr."""
        return self.run("card", *words)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Run any command on this data folder."""
        code = main([*words, "--data", str(self.data), "--config", str(self.config)])
        out, err = self._capsys.readouterr()
        self.said += [out, err]
        return code, out, err

    def issue(self, holder: str = "D101", number: str = "N1", *words: str) -> tuple[int, str, str]:
        """Issue the card that lies there."""
        who = ("--holder", holder, "--number", number, "--staff", "S01")
        return self("issue", *who, "--valid-until", "2035-12-31", "--wait", "1", *words)

    def make_keys(self) -> None:
        """The site's keys, of both sorts."""
        assert self("key", "make")[0] == 0
        assert self("key", "make", "--records")[0] == 0

    @contextmanager
    def lying(self, card: CardA) -> Iterator[CardA]:
        """Lay a card on, and take it off afterwards."""
        self.reader.lay(card)
        try:
            yield card
        finally:
            if card in self.reader.cards:
                self.reader.take_off(card)

    def entries(self) -> list[tuple[str, dict[str, Any]]]:
        """What is in the ledger of cards."""
        return [
            (entry.kind, entry.body) for entry in read_entries(self.data / "ledger") if entry.kind.startswith("card-")
        ]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[CardDesk]:
    """The site's keys are made."""
    with BenchReader(tmp_path / "reader") as reader:
        made = CardDesk(tmp_path, reader, capsys)
        made.make_keys()
        yield made


def chip(made: Signed = NTAG_424[0]) -> Ntag424:
    """An NTAG 424 DNA as delivered."""
    return Ntag424.new(made.uid, signature=made.signature)


def card_of(chip: Ntag424) -> CardA:
    """The card around it."""
    return chip_card(chip)


def tag(made: Signed = NTAG_213[0]) -> CardA:
    """An NTAG213 as delivered."""
    return ntag213(made.uid, signature=made.signature)


def until(there: Callable[[], bool]) -> bool:
    """Whether something came to be, in good time."""
    ends, wait = monotonic() + PATIENCE_S, Event()
    while not there() and monotonic() < ends:
        wait.wait(0.01)
    return there()


class ProvenGate(Rig):
    """The kiosk on this data folder at level proven, with the genuine drivers on the bench."""

    def __init__(self, desk: CardDesk, bench: Bench) -> None:
        watch = RecordsWatch(lambda: 1, lambda: RecordStore(desk.data / "records").load(bench.site.seal_types))
        super().__init__(desk.data, bench.site, watch, read_clock)
        load = partial(load_card_keys, CardLevel.PROVEN, desk.data)
        self.station._devices = Devices(bench.site, bench.board.open, card_keys=load)
        self._desk = desk

    def tap(self, card: CardA) -> None:  # type: ignore[override]  # a card, not the number of a sample
        """Lay a card on until the gate has made up its mind, and take it off until the reader has missed it."""
        before = len(self.shown)
        with self._desk.lying(card), self._news:
            decided = (msg.DriverKnown, msg.Stopped)
            assert self._news.wait_for(
                lambda: any(isinstance(each.display, decided) for each in self.shown[before:]), PATIENCE_S
            )
        # A refused card's going is no event of the gate's; the next one must not pass for it.
        assert until(lambda: self.station._devices._reader._presence._present is None)  # type: ignore[attr-defined]

    def refused(self, card: CardA) -> str:
        """Tap a card that is refused; the reason, once the gate waits for the next."""
        self.until(msg.Attract)
        self.tap(card)
        reason = self.until(msg.Stopped, numbered).reason
        self.ask(wishes.GoOn())
        self.until(msg.Attract)
        return reason


@contextmanager
def gate_at(desk: CardDesk) -> Iterator[ProvenGate]:
    """A kiosk that runs; it holds the reader, so that no card is issued with it meanwhile."""
    site = staffed_all_day(read_site(desk.config))
    site = replace(site, plan=replace(site.plan, card_level=CardLevel.PROVEN))
    with bench_for(site, desk.reader.path, None) as bench:
        gate = ProvenGate(desk, bench)
        gate.thread.start()
        try:
            yield gate
        finally:
            gate.thread.stop()
