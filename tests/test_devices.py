from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from msgspec.structs import replace

from drivers import barcode, gate, nfc_reader, reports, serial_scanner, symbology
from drivers import seal_reader_values as seal
from drivers.card_presence import RefusedBecause
from drivers.cards import values
from hw.bench.cards import ntag215
from hw.bench.pins import BenchBoard
from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from hw.bench.symbology import Symbology as Printed
from hw.errors import DeviceFault, FaultKind
from hw.serial_ports import PathPort
from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, CardTechnology, Credential
from kiosk.core.device_causes import How
from kiosk.core.effects import ExpectScan, Indicate, OpenBarrier, Signal
from kiosk.core.reasons import Reason
from kiosk.core.seals import Symbology
from kiosk.demo.bench import Bench, bench_for
from kiosk.devices import Devices, seal_reader_settings
from kiosk.site import SealReaderSettings, UsbIdentity
from tests.core.samples import at
from tests.station.rig import PATIENCE_S, SITE

READERS = tuple(
    SealReaderSettings(name, Path("/dev/none"), "ssi", 57600, "tab", 3) for name in ("left reader", "right reader")
)
SITE_WITH_READERS = replace(
    SITE,
    seal_readers=READERS,
    plan=replace(SITE.plan, scanners=("seal scanner", "left reader", "right reader")),
)
WITH_READERS = (SITE_WITH_READERS, BenchBoard().open)
"""What Devices is made of at a gate with two seal readers."""


class Posted:
    """Events as they come, from any thread."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[ev.Event] = SimpleQueue()
        self.deaths: list[BaseException] = []

    def until(self, wanted: Callable[[ev.Event], bool]) -> ev.Event:
        while True:
            try:
                event = self.queue.get(timeout=PATIENCE_S)
            except Empty:
                raise AssertionError(f"the event did not come; deaths: {self.deaths}") from None
            if wanted(event):
                return event


def told(report: object) -> ev.Event | None:
    """The event that one report becomes."""
    posted: list[ev.Event] = []
    devices = Devices(SITE_WITH_READERS, BenchBoard().open, now=at)
    devices._post = posted.append
    devices._report(report)
    return posted[0] if posted else None


@pytest.mark.parametrize(
    ("report", "event"),
    [
        (
            reports.DeviceReady("card reader", "PN532"),
            ev.PartChanged(ev.Part.READER, True, "", "", at(), "card reader"),
        ),
        (
            reports.DeviceLost("gate", "pins", "none", "look", FaultKind.DENIED),
            ev.PartChanged(ev.Part.GATE, False, "expected pins, got none", "look", at(), "gate", How.DENIED),
        ),
        (
            reports.DeviceIdentified("seal scanner", "05e0:1701 S1", "1-1.3"),
            ev.DeviceConnected("seal scanner", "05e0:1701 S1", at(), "1-1.3"),
        ),
        (
            nfc_reader.CardSeen("card reader", values.CardTechnology.FELICA, b"\x01\x02"),
            ev.CardPresented(Credential(CardTechnology.FELICA, b"\x01\x02"), BY_NUMBER, at()),
        ),
        (nfc_reader.CardGone("card reader", b"\x01"), ev.CardRemoved(at())),
        (
            nfc_reader.CardRefused("card reader", RefusedBecause.RANDOM_UID),
            ev.CardNotTaken(Reason.CARD_RANDOM_ID, at()),
        ),
        (
            serial_scanner.BarcodeRead("seal scanner", "X", symbology.Symbology.GS1_128, (("21", "X"),)),
            ev.ScanRead("X", Symbology.GS1_128, (("21", "X"),), at(), "seal scanner"),
        ),
        (serial_scanner.BarcodeRead("seal scanner", "X", None, ()), ev.ScanRead("X", None, (), at(), "seal scanner")),
        (serial_scanner.BarcodeUnreadable("seal scanner", "noise"), ev.ScanUnreadable("noise", at(), "seal scanner")),
        (
            seal.SealReaderReady("left reader", "E66", "1.0.0", "pico", 3, False),
            ev.PartChanged(ev.Part.SCANNER, True, "", "", at(), "left reader"),
        ),
        (
            reports.DeviceLost("right reader", "an answer", "none", "look"),
            ev.PartChanged(
                ev.Part.SCANNER, False, "expected an answer, got none", "look", at(), "right reader", How.OTHER
            ),
        ),
        (
            seal.SealScanned("left reader", "E6614C31", 4, 7, "X", symbology.Symbology.GS1_128, (("21", "X"),), 1, 900),
            ev.ScanRead("X", Symbology.GS1_128, (("21", "X"),), at(), "left reader", ev.Bound("E6614C31", 4, 7)),
        ),
        (
            seal.SealUnreadable("left reader", "E6614C31", 4, 7, "\\xff", "noise"),
            ev.ScanUnreadable("noise", at(), "left reader", ev.Bound("E6614C31", 4, 7), "\\xff"),
        ),
        (
            seal.StrayScan("left reader", "E6614C31", 4, "X", seal.StrayBecause.LATE, 61_000),
            ev.StrayScan("left reader", "E6614C31", 4, "X", ev.Stray.LATE, 61_000, at()),
        ),
        (
            seal.StrayScan("left reader", "E6614C31", 4, "X", seal.StrayBecause.UNBOUND, None),
            ev.StrayScan("left reader", "E6614C31", 4, "X", ev.Stray.UNBOUND, None, at()),
        ),
        (
            seal.SealReaderFault("left reader", "engine", True, "no answer", "look at its cable"),
            ev.ReaderFault("left reader", "engine", True, "no answer", "look at its cable", at()),
        ),
        (seal.SealReaderHealth("left reader", 1, 2, 3, 4, 5, seal.EngineState.READY, True), None),
        (gate.BarrierFailed("gate", "relay"), ev.BarrierFailed("relay", at())),
        (gate.LoopChanged("gate", gate.Loop.EXIT, True), ev.LoopChanged(ev.Loop.EXIT, True, at())),
        (gate.TamperChanged("gate", True), ev.TamperChanged(True, at())),
        (gate.BarrierOpened("gate"), None),
        (gate.BarrierClosed("gate"), None),
    ],
)
def test_each_report_of_a_driver_is_one_event_of_the_core(report: object, event: ev.Event | None) -> None:
    assert told(report) == event


def test_the_core_has_a_name_for_everything_that_a_driver_can_name() -> None:
    assert [each.name for each in symbology.Symbology] == [each.name for each in Symbology]
    assert [each.value for each in symbology.Symbology] == [each.value for each in Symbology]
    assert [each.name for each in values.CardTechnology] == [each.name for each in CardTechnology]
    for why in RefusedBecause:
        assert isinstance(told(nfc_reader.CardRefused("card reader", why)), ev.CardNotTaken)


def test_the_core_has_a_name_for_every_reason_why_a_scan_is_stray() -> None:
    assert [each.name for each in seal.StrayBecause] == [each.name for each in ev.Stray]


def test_a_seal_reader_is_set_up_as_the_site_says() -> None:
    settings = seal_reader_settings(READERS[0], "SLS001")
    assert settings == seal.SealReaderSettings(
        name="left reader",
        port=PathPort(Path("/dev/none")),
        setup=seal.SealReaderSetup(engine=seal.EngineKind.SSI, engine_baud=57600, end=seal.LineEnd.TAB, volume=3),
        host="SLS001",
    )


def test_what_is_no_report_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError, match="expected a report that a driver makes, got str"):
        told("hello")


def test_devices_of_one_name_are_refused() -> None:
    with pytest.raises(DeviceFault, match="a name of its own for each device"):
        Devices(replace(SITE, gate=replace(SITE.gate, name="card reader")), BenchBoard().open)


def test_a_scanner_by_its_usb_identity_is_looked_for_by_it() -> None:
    assert SITE.scanner is not None
    usb = replace(SITE.scanner, port=UsbIdentity(0x05E0, 0x1701, "S1"))
    Devices(replace(SITE, scanner=usb), BenchBoard().open)
    assert barcode.AimUse(usb.aim) is barcode.AimUse.DETECT


@pytest.fixture
def bench() -> Iterator[Bench]:
    with bench_for(SITE, None, None, pull_away_s=0.1) as made:
        yield made


def test_the_drivers_on_a_bench_report_a_card_a_scan_and_an_opening(bench: Bench) -> None:
    posted = Posted()
    devices = Devices(bench.site, bench.board.open)
    devices.start(posted.queue.put, posted.deaths.append)
    try:
        ready: set[ev.Part] = set()
        while len(ready) < 3:
            event = posted.until(lambda event: isinstance(event, ev.PartChanged))
            assert isinstance(event, ev.PartChanged)
            assert event.working, event
            ready.add(event.part)
        assert isinstance(bench.reader, BenchReader)
        assert isinstance(bench.scanner, PlainScanner)
        bench.reader.lay(ntag215(bytes.fromhex("04112233445566")))
        seen = posted.until(lambda event: isinstance(event, ev.CardPresented))
        assert isinstance(seen, ev.CardPresented)
        assert str(seen.credential) == "TYPE_2:04112233445566"
        devices.perform(ExpectScan(True))
        bench.scanner.fire(Printed.CODE_128, b"NZ100001")
        scan = posted.until(lambda event: isinstance(event, ev.ScanRead))
        assert isinstance(scan, ev.ScanRead)
        assert (scan.text, scan.symbology) == ("NZ100001", Symbology.CODE_128)
        for signal in Signal:
            devices.perform(Indicate(signal))
        devices.perform(OpenBarrier("V1", 1))
        posted.until(lambda event: isinstance(event, ev.LoopChanged) and event.loop is ev.Loop.EXIT and event.occupied)
        posted.until(
            lambda event: isinstance(event, ev.LoopChanged) and event.loop is ev.Loop.EXIT and not event.occupied
        )
    finally:
        devices.stop()
    assert posted.deaths == []


def test_a_port_that_is_not_there_is_a_lost_part_with_its_mend(tmp_path: Path) -> None:
    posted = Posted()
    missing = replace(SITE, reader=replace(SITE.reader, port=tmp_path / "none"))
    assert SITE.scanner is not None
    missing = replace(missing, scanner=replace(SITE.scanner, port=tmp_path / "none either"))
    devices = Devices(missing, BenchBoard().open)
    devices.start(posted.queue.put, posted.deaths.append)
    try:
        lost: set[ev.Part] = set()
        while lost < {ev.Part.READER, ev.Part.SCANNER}:
            event = posted.until(lambda event: isinstance(event, ev.PartChanged) and not event.working)
            assert isinstance(event, ev.PartChanged)
            assert event.mend
            lost.add(event.part)
    finally:
        devices.stop()
    assert posted.deaths == []


class HeardAndSeen:
    """Stands where the gate's driver is, and notes what it is told."""

    def __init__(self) -> None:
        self.lamps: list[gate.Lamp] = []
        self.tones: list[gate.Tone] = []

    def show_lamp(self, lamp: gate.Lamp) -> None:
        self.lamps.append(lamp)

    def sound(self, tone: gate.Tone) -> None:
        self.tones.append(tone)


def test_each_signal_has_a_tone_of_its_own_and_rest_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    devices, noted = Devices(SITE, BenchBoard().open), HeardAndSeen()
    monkeypatch.setattr(devices, "_gate", noted)
    for signal in Signal:
        devices.perform(Indicate(signal))
    assert len(noted.tones) == len(set(noted.tones)) == len(Signal) - 1
    assert set(noted.tones) == set(gate.Tone)


def test_what_is_asked_again_keeps_its_lamp_also_after_the_gate_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    devices, noted = Devices(SITE, BenchBoard().open), HeardAndSeen()
    monkeypatch.setattr(devices, "_gate", noted)
    devices.perform(Indicate(Signal.OPEN))
    devices.perform(Indicate(Signal.AGAIN))
    devices._event_of(reports.DeviceReady("gate", ""), at())
    assert noted.lamps == [gate.Lamp.GREEN, gate.Lamp.GREEN]
