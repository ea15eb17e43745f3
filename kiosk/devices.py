"""The one place where a driver's report becomes an event of the core, and an effect a driver's call. No decisions."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drivers import gate as gate_driver
from drivers import nfc_reader, serial_scanner
from drivers import seal_reader_values as seal
from drivers.barcode import AimUse
from drivers.gate_values import GateReport
from drivers.reports import DeviceIdentified, DeviceLost, DeviceReady
from drivers.scan_framing import Framing
from drivers.symbology import Symbology as DriversSymbology
from hw import clock
from hw.boards import load_board
from hw.errors import DeviceFault
from hw.pins import Pins
from hw.serial_ports import PathPort, PortName, UsbPort
from kiosk.card_events import LoadCardKeys, asked, asked_at_first, event_of_card, make_prover, no_card_keys
from kiosk.core import events as ev
from kiosk.core.effects import (
    ChallengeCards,
    Effect,
    ExpectScan,
    Indicate,
    OpenBarrier,
    ScanJudged,
    ScanKept,
    Signal,
)
from kiosk.core.errors import SealgateError
from kiosk.core.seals import Symbology
from kiosk.core.times import ClockState, Moment
from kiosk.site import ScannerSettings, SealReaderSettings, Site, UsbIdentity

if TYPE_CHECKING:  # loaded where a seal reader is configured
    from drivers.seal_reader import SealReader

Post = Callable[[ev.Event], None]
"""Takes an event from any thread and returns at once."""


def read_clock() -> Moment:
    """The moment that is now, on both clocks."""
    state = ClockState[clock.clock_state().name]
    return Moment(datetime.now(UTC), time.monotonic(), state, _boot_id())


_boot_id: Final = cache(clock.boot_id)


_LAMP: Final = {
    Signal.IDLE: gate_driver.Lamp.OFF,
    Signal.GOOD: gate_driver.Lamp.AMBER,
    Signal.ASK: gate_driver.Lamp.AMBER,
    Signal.STOP: gate_driver.Lamp.RED,
    Signal.OPEN: gate_driver.Lamp.GREEN,
}

"""Trying again changes no lamp: what is asked stands as it was."""

_TONE: Final = {
    Signal.GOOD: gate_driver.Tone.ACCEPTED,
    Signal.ASK: gate_driver.Tone.ATTENTION,
    Signal.AGAIN: gate_driver.Tone.AGAIN,
    Signal.STOP: gate_driver.Tone.REFUSED,
    Signal.OPEN: gate_driver.Tone.GO,
}


class Devices:
    """The station's card reader, scanner, seal readers and gate, each in a supervised thread of its driver's.

    Args:
        site: Which devices and how they are connected.
        pins_factory: Opens the pins; on a Pi, hw.rpi_pins'.
        now: Reads both clocks.
        card_keys: Reads the keys by which the site knows its cards. Where it cannot, the kiosk is out of service.

    Raises:
        DeviceFault: when the site's wiring makes no sense.
    """

    def __init__(
        self,
        site: Site,
        pins_factory: Callable[[], Pins],
        now: Callable[[], Moment] = read_clock,
        card_keys: LoadCardKeys = no_card_keys,
    ) -> None:
        self._now = now
        self._lamp = gate_driver.Lamp.OFF
        self._post: Post = _nobody_listens
        self._on_death: Callable[[BaseException], None] = _raise
        reader = nfc_reader.NfcReaderSettings(name=site.reader.name, port=str(site.reader.port))
        scanner = _scanner_settings(site.scanner) if site.scanner is not None else None
        gate = gate_driver.GateSettings(
            site.gate.name, load_board(site.gate.board, site.gate.wiring).wiring, site.gate.pulse_s
        )
        self._parts = {reader.name: ev.Part.READER, gate.name: ev.Part.GATE}
        self._parts |= dict.fromkeys(site.plan.scanners, ev.Part.SCANNER)
        names = (reader.name, *site.plan.scanners, gate.name)
        if len(self._parts) != len(names):
            raise DeviceFault(
                "site.toml",
                expected="a name of its own for each device",
                got=", ".join(names),
                mend="name each of them otherwise",
            )
        self._reader, self._cards_lack = self._make_reader(reader, site, card_keys)
        self._scanner = serial_scanner.SerialScanner(scanner, self._report, self._died) if scanner else None
        self._seal_readers = self._make_seal_readers(site)
        self._gate = gate_driver.Gate(gate, pins_factory, self._report, self._died)
        scanners = (self._scanner,) if self._scanner else ()
        self._drivers = (self._gate, self._reader, *scanners, *self._seal_readers.values())
        self._doers: Mapping[type[Effect], Callable[[Any], None]] = {
            OpenBarrier: lambda _: self._gate.open_barrier(),
            Indicate: self._indicate,
            ExpectScan: self._expect_scan,
            ScanJudged: self._tell_scan,
            ScanKept: self._let_go,
            ChallengeCards: lambda effect: self._reader.ask(asked(effect)),
        }

    def start(self, post: Post, on_death: Callable[[BaseException], None]) -> None:
        """Start the drivers.

        Args:
            post: Takes each event.
            on_death: Told when a driver died by an error of ours; the process must not go on without it.
        """
        self._post, self._on_death = post, on_death
        for driver in self._drivers:
            driver.start()

    def stop(self) -> None:
        """Stop every driver, whatever becomes of the others: outputs go to rest, ports are closed.

        Raises:
            ExceptionGroup: of what did not stop.
        """
        errors: list[Exception] = []
        for driver in self._drivers:
            try:
                driver.stop()
            except (TimeoutError, DeviceFault) as error:
                errors.append(error)
        if errors:
            raise ExceptionGroup("devices that did not stop", errors)

    def perform(self, effect: Effect) -> None:
        """Do what the core wants of a device. Returns at once; what comes of it comes as events."""
        self._doers[type(effect)](effect)

    def _make_reader(
        self, reader: nfc_reader.NfcReaderSettings, site: Site, card_keys: LoadCardKeys
    ) -> tuple[nfc_reader.NfcReader, SealgateError | None]:
        """The card reader, and what it lacks to know the site's cards."""
        try:
            prover, lack = make_prover(site, card_keys), None
        except SealgateError as error:
            prover, lack = None, error
        driver = nfc_reader.NfcReader(reader, self._report, self._died, prover)
        if prover is not None:
            driver.ask(asked_at_first(site))
        return driver, lack

    def _make_seal_readers(self, site: Site) -> "Mapping[str, SealReader]":
        if not site.seal_readers:
            return {}
        from importlib.metadata import version

        from drivers.seal_reader import SealReader

        settings = (seal_reader_settings(each, site.plan.site_id) for each in site.seal_readers)
        ours = version("sealgate")
        return {each.name: SealReader(each, self._report, self._died, ours) for each in settings}

    def _expect_scan(self, effect: ExpectScan) -> None:
        if self._scanner is not None:
            self._scanner.expect(effect.wanted)
        for reader in self._seal_readers.values():
            reader.expect(effect.wanted, turn=effect.turn)

    def _tell_scan(self, effect: ScanJudged) -> None:
        reader = self._seal_readers.get(effect.source)
        if reader is None:
            if self._scanner is not None:
                self._scanner.beep(good=effect.accepted)
        elif effect.seq is not None:
            reader.answer(effect.seq, effect.accepted, effect.why)

    def _let_go(self, effect: ScanKept) -> None:
        self._seal_readers[effect.source].kept(effect.unit, effect.seq)

    def _indicate(self, effect: Indicate) -> None:
        if effect.signal in _LAMP:
            self._lamp = _LAMP[effect.signal]
            self._gate.show_lamp(self._lamp)
        if effect.signal in _TONE:
            self._gate.sound(_TONE[effect.signal])

    def _show_lamp_again(self, device: str) -> None:
        """A gate that comes back is dark: what was lit counts still."""
        if self._parts[device] is ev.Part.GATE:
            self._gate.show_lamp(self._lamp)

    def _ready(self, device: str, at: Moment) -> ev.Event:
        """A card reader that answers is of no use where no card could be known by it."""
        part, lack = self._parts[device], self._cards_lack
        if part is ev.Part.READER and lack is not None:
            return ev.PartChanged(part, False, f"expected {lack.expected}, got {lack.got}", lack.mend, at, device)
        return ev.PartChanged(part, True, "", "", at, device)

    def _died(self, error: BaseException) -> None:
        self._on_death(error)

    def _report(self, report: object) -> None:
        event = self._event_of(report, self._now())
        if event is not None:
            self._post(event)

    def _event_of(self, report: object, at: Moment) -> ev.Event | None:  # noqa: PLR0911 - one case a report
        match report:
            case DeviceReady(device):
                self._show_lamp_again(device)
                return self._ready(device, at)
            case DeviceLost(device, expected, got, mend):
                return ev.PartChanged(self._parts[device], False, f"expected {expected}, got {got}", mend, at, device)
            case DeviceIdentified(device, serial):
                return ev.DeviceConnected(device, serial, at)
            case nfc_reader.CardSeen() | nfc_reader.CardGone() | nfc_reader.CardRefused():
                return event_of_card(report, at)
            case serial_scanner.BarcodeRead(scanner, text, symbology, elements):
                return ev.ScanRead(text, _named(symbology), elements, at, scanner)
            case serial_scanner.BarcodeUnreadable(scanner, why):
                return ev.ScanUnreadable(why, at, scanner)
            case seal.SealReaderHealth():
                return None
            case _ if isinstance(report, GateReport):
                return _event_of_gate(report, at)
            case _:
                return _event_of_seal_reader(report, at)


def _event_of_gate(report: GateReport, at: Moment) -> ev.Event | None:
    match report:
        case gate_driver.BarrierFailed(_, why):
            return ev.BarrierFailed(why, at)
        case gate_driver.LoopChanged(_, loop, occupied):
            return ev.LoopChanged(ev.Loop[loop.name], occupied, at)
        case gate_driver.TamperChanged(_, is_open):
            return ev.TamperChanged(is_open, at)
        case _:
            return None


def _event_of_seal_reader(report: object, at: Moment) -> ev.Event:
    match report:
        case seal.SealReaderReady(reader):
            return ev.PartChanged(ev.Part.SCANNER, True, "", "", at, reader)
        case seal.SealScanned(reader, unit, seq, turn, text, symbology, elements):
            return ev.ScanRead(text, _named(symbology), elements, at, reader, ev.Bound(unit, seq, turn))
        case seal.SealUnreadable(reader, unit, seq, turn, text, why):
            return ev.ScanUnreadable(why, at, reader, ev.Bound(unit, seq, turn), text)
        case seal.StrayScan(reader, unit, seq, text, because, age_ms):
            return ev.StrayScan(reader, unit, seq, text, ev.Stray[because.name], age_ms, at)
        case seal.SealReaderFault(reader, part, is_over, what, mend):
            return ev.ReaderFault(reader, part, is_over, what, mend, at)
        case _:
            raise TypeError(f"expected a report that a driver makes, got {type(report).__name__}")


def _named(symbology: DriversSymbology | None) -> Symbology | None:
    return Symbology[symbology.name] if symbology is not None else None


def _scanner_settings(scanner: ScannerSettings) -> serial_scanner.ScannerSettings:
    return serial_scanner.ScannerSettings(
        name=scanner.name,
        port=_port(scanner.port),
        baud=scanner.baud,
        framing=Framing(scanner.framing),
        aim=AimUse(scanner.aim),
    )


def seal_reader_settings(reader: SealReaderSettings, host: str) -> seal.SealReaderSettings:
    """A seal reader of site.toml as its driver takes it.

    Args:
        reader: What site.toml says.
        host: Who the kiosk is, for the reader's log.
    """
    setup = seal.SealReaderSetup(
        engine=seal.EngineKind(reader.engine),
        engine_baud=reader.engine_baud,
        end=seal.LineEnd(reader.end),
        volume=reader.volume,
    )
    return seal.SealReaderSettings(name=reader.name, port=_port(reader.port), setup=setup, host=host)


def _port(port: Path | UsbIdentity) -> PortName:
    return UsbPort(port.vendor, port.product, port.serial) if isinstance(port, UsbIdentity) else PathPort(port)


def _nobody_listens(event: ev.Event) -> None:
    raise RuntimeError(f"expected the devices to be started before they report, got {type(event).__name__}")


def _raise(error: BaseException) -> None:
    raise error
