"""The one place where a driver's report becomes an event of the core, and an effect a driver's call. No decisions."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from drivers import gate as gate_driver
from drivers import nfc_reader, serial_scanner
from drivers.barcode import AimUse
from drivers.reports import DeviceLost, DeviceReady
from drivers.scan_framing import Framing
from hw import clock
from hw.boards import load_board
from hw.errors import DeviceFault
from hw.pins import Pins
from hw.serial_ports import PathPort, UsbPort
from kiosk.core import events as ev
from kiosk.core.cards import CardProof, CardTechnology, Credential
from kiosk.core.effects import Effect, ExpectScan, Indicate, OpenBarrier, Signal
from kiosk.core.reasons import Reason
from kiosk.core.seals import Symbology
from kiosk.core.times import ClockState, Moment
from kiosk.site import Site, UsbIdentity

Post = Callable[[ev.Event], None]
"""Takes an event from any thread and returns at once."""


def read_clock() -> Moment:
    """The moment that is now, on both clocks."""
    state = ClockState[clock.clock_state().name]
    return Moment(datetime.now(UTC), time.monotonic(), state, _boot_id())


_boot_id: Final = cache(clock.boot_id)


_REFUSED: Final = {
    nfc_reader.RefusedBecause.RANDOM_UID: Reason.CARD_RANDOM_ID,
    nfc_reader.RefusedBecause.UNREADABLE: Reason.CARD_UNREADABLE,
    nfc_reader.RefusedBecause.UNSUPPORTED: Reason.CARD_UNSUPPORTED,
}

_LAMP: Final = {
    Signal.IDLE: gate_driver.Lamp.OFF,
    Signal.GOOD: gate_driver.Lamp.AMBER,
    Signal.ASK: gate_driver.Lamp.AMBER,
    Signal.STOP: gate_driver.Lamp.RED,
    Signal.OPEN: gate_driver.Lamp.GREEN,
}

_TONE: Final = {
    Signal.GOOD: gate_driver.Tone.ACCEPTED,
    Signal.ASK: gate_driver.Tone.ATTENTION,
    Signal.STOP: gate_driver.Tone.REFUSED,
    Signal.OPEN: gate_driver.Tone.ACCEPTED,
}


class Devices:
    """The station's card reader, scanner and gate, each in a supervised thread of its driver's.

    Args:
        site: Which devices and how they are connected.
        pins_factory: Opens the pins; on a Pi, hw.rpi_pins'.
        now: Reads both clocks.

    Raises:
        DeviceFault: when the site's wiring makes no sense.
    """

    def __init__(self, site: Site, pins_factory: Callable[[], Pins], now: Callable[[], Moment] = read_clock) -> None:
        self._now = now
        self._lamp = gate_driver.Lamp.OFF
        self._post: Post = _nobody_listens
        self._on_death: Callable[[BaseException], None] = _raise
        reader = nfc_reader.NfcReaderSettings(name=site.reader.name, port=str(site.reader.port))
        scanner = _scanner_settings(site)
        gate = gate_driver.GateSettings(
            site.gate.name, load_board(site.gate.board, site.gate.wiring).wiring, site.gate.pulse_s
        )
        self._parts = {reader.name: ev.Part.READER, scanner.name: ev.Part.SCANNER, gate.name: ev.Part.GATE}
        if len(self._parts) != 3:
            raise DeviceFault(
                "site.toml",
                expected="a name of its own for reader, scanner and gate",
                got=", ".join((reader.name, scanner.name, gate.name)),
                mend="name each of them otherwise",
            )
        self._reader = nfc_reader.NfcReader(reader, self._report, self._died)
        self._scanner = serial_scanner.SerialScanner(scanner, self._report, self._died)
        self._gate = gate_driver.Gate(gate, pins_factory, self._report, self._died)
        self._doers: Mapping[type[Effect], Callable[[Any], None]] = {
            OpenBarrier: lambda _: self._gate.open_barrier(),
            Indicate: self._indicate,
            ExpectScan: lambda effect: self._scanner.expect(effect.wanted),
        }

    def start(self, post: Post, on_death: Callable[[BaseException], None]) -> None:
        """Start the drivers.

        Args:
            post: Takes each event.
            on_death: Told when a driver died by an error of ours; the process must not go on without it.
        """
        self._post, self._on_death = post, on_death
        for driver in (self._gate, self._reader, self._scanner):
            driver.start()

    def stop(self) -> None:
        """Stop every driver, whatever becomes of the others: outputs go to rest, ports are closed.

        Raises:
            ExceptionGroup: of what did not stop.
        """
        errors: list[Exception] = []
        for driver in (self._gate, self._scanner, self._reader):
            try:
                driver.stop()
            except (TimeoutError, DeviceFault) as error:
                errors.append(error)
        if errors:
            raise ExceptionGroup("devices that did not stop", errors)

    def perform(self, effect: Effect) -> None:
        """Do what the core wants of a device. Returns at once; what comes of it comes as events."""
        self._doers[type(effect)](effect)

    def _indicate(self, effect: Indicate) -> None:
        self._lamp = _LAMP[effect.signal]
        self._gate.show_lamp(_LAMP[effect.signal])
        if effect.signal in _TONE:
            self._gate.sound(_TONE[effect.signal])

    def _show_lamp_again(self, device: str) -> None:
        """A gate that comes back is dark: what was lit counts still."""
        if self._parts[device] is ev.Part.GATE:
            self._gate.show_lamp(self._lamp)

    def _died(self, error: BaseException) -> None:
        self._on_death(error)

    def _report(self, report: object) -> None:
        event = self._event_of(report, self._now())
        if event is not None:
            self._post(event)

    def _event_of(self, report: object, at: Moment) -> ev.Event | None:  # noqa: C901, PLR0911 - one case a report
        match report:
            case DeviceReady(device):
                self._show_lamp_again(device)
                return ev.PartChanged(self._parts[device], True, "", "", at)
            case DeviceLost(device, expected, got, mend):
                return ev.PartChanged(self._parts[device], False, f"expected {expected}, got {got}", mend, at)
            case nfc_reader.CardSeen(_, technology, identifier):
                credential = Credential(CardTechnology[technology.name], identifier)
                return ev.CardPresented(credential, CardProof.IDENTIFIER, at)
            case nfc_reader.CardGone():
                return ev.CardRemoved(at)
            case nfc_reader.CardRefused(_, why):
                return ev.CardNotTaken(_REFUSED[why], at)
            case serial_scanner.BarcodeRead(_, text, symbology, elements):
                named = Symbology[symbology.name] if symbology is not None else None
                return ev.ScanRead(text, named, tuple((each[0], each[1]) for each in elements), at)
            case serial_scanner.BarcodeUnreadable(_, why):
                return ev.ScanUnreadable(why, at)
            case gate_driver.BarrierFailed(_, why):
                return ev.BarrierFailed(why, at)
            case gate_driver.LoopChanged(_, loop, occupied):
                return ev.LoopChanged(ev.Loop[loop.name], occupied, at)
            case gate_driver.TamperChanged(_, is_open):
                return ev.TamperChanged(is_open, at)
            case gate_driver.BarrierOpened() | gate_driver.BarrierClosed():
                return None
            case _:
                raise TypeError(f"expected a report that a driver makes, got {type(report).__name__}")


def _scanner_settings(site: Site) -> serial_scanner.ScannerSettings:
    port = site.scanner.port
    return serial_scanner.ScannerSettings(
        name=site.scanner.name,
        port=UsbPort(port.vendor, port.product, port.serial) if isinstance(port, UsbIdentity) else PathPort(port),
        baud=site.scanner.baud,
        framing=Framing(site.scanner.framing),
        aim=AimUse(site.scanner.aim),
    )


def _nobody_listens(event: ev.Event) -> None:
    raise RuntimeError(f"expected the devices to be started before they report, got {type(event).__name__}")


def _raise(error: BaseException) -> None:
    raise error
