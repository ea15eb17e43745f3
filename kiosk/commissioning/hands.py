"""The site's devices, each in its own driver's thread as the kiosk has them; their reports come here as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from drivers.gate import Gate
from drivers.gate_values import LoopChanged, TamperChanged
from drivers.nfc_reader import NfcReader
from drivers.reports import DeviceIdentified, DeviceLost, DeviceReady, Report
from drivers.seal_reader_values import SealReaderReady, StrayBecause, StrayScan
from drivers.serial_scanner import SerialScanner
from kiosk.card_events import CardKeys, make_prover
from kiosk.commissioning.card_look import LookingProver
from kiosk.core.errors import SealgateError
from kiosk.devices import gate_settings, reader_settings, scanner_settings, seal_reader_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.gate_values import Loop
    from drivers.seal_reader import SealReader
    from hw.pins import Pins
    from kiosk.site import Site

HOST: Final = "commissioning"
"""Who the walk says that it is, for a seal reader's log."""


class DriverDied(Struct, frozen=True):
    """A driver's thread ended by an error of ours."""

    error: BaseException


class Hands:
    """The devices of a site while the walk has them.

    Args:
        site: Which, and how they are connected.
        open_pins: Opens the pins.
        card_keys: Reads the keys by which the site knows its cards.
        report: Takes what the devices report, from any thread.

    Attributes:
        reader: The card reader.
        scanner: The scanner; None where the site has none.
        seal_readers: The seal readers, by name.
        gate: The gate.
        cards_lack: Why cards cannot be asked for their proof; None where they can.
        serials: By which serial number each device is known that has one.
        holding: Seal readers that hold scans for the kiosk.

    Raises:
        DeviceFault: The site's wiring makes no sense.
    """

    def __init__(
        self, site: Site, open_pins: Callable[[], Pins], card_keys: Callable[[], CardKeys], report: Report
    ) -> None:
        self._report = report
        self._said: dict[str, object] = {}
        self._loops: dict[Loop, bool] = {}
        self._cabinet_open: bool | None = None
        self.serials: dict[str, str] = {}
        self.holding: set[str] = set()
        self.cards_lack: SealgateError | None = None
        try:
            prover = make_prover(site, card_keys)
        except SealgateError as fault:
            prover, self.cards_lack = None, fault
        looking = LookingProver(prover, report)
        self.reader = NfcReader(reader_settings(site.reader), report, self._on_death, looking)
        self.scanner = (
            SerialScanner(scanner_settings(site.scanner), report, self._on_death) if site.scanner is not None else None
        )
        self.seal_readers = self._make_seal_readers(site, report)
        self.gate = Gate(gate_settings(site.gate), open_pins, report, self._on_death)

    @contextmanager
    def working(self) -> Iterator[None]:
        """The devices are served for as long as the block lasts; outputs are at rest at its end.

        Raises:
            TimeoutError: A driver does not end.
        """
        scanners = (self.scanner,) if self.scanner is not None else ()
        with ExitStack() as stack:
            for driver in (self.gate, self.reader, *scanners, *self.seal_readers.values()):
                driver.start()
                stack.callback(driver.stop)
            yield

    def heed(self, report: object) -> None:
        """Keep what a report says of how things stand.

        Raises:
            BaseException: What a driver died of: an error of ours.
        """
        match report:
            case DriverDied(error):
                raise error
            case DeviceReady(device) | DeviceLost(device):
                self._said[device] = report
            case SealReaderReady(reader, unit):
                self._said[reader], self.serials[reader] = report, unit
            case DeviceIdentified(device, serial):
                self.serials[device] = serial
            case LoopChanged(_, loop, occupied):
                self._loops[loop] = occupied
            case TamperChanged(_, is_open):
                self._cabinet_open = is_open
            case StrayScan(reader, unit, seq, _, because):
                self._stray(reader, unit, seq, because)

    def _stray(self, reader: str, unit: str, seq: int, because: StrayBecause) -> None:
        """A scan of before is evidence, and stays in the reader for the kiosk. One that is made now is nobody's."""
        if because is StrayBecause.LATE:
            self.holding.add(reader)
        else:
            self.seal_readers[reader].kept(unit, seq)

    def lost(self) -> list[str]:
        """Of each device that does not answer, what is wrong and what to do."""
        return [str_of(each) for each in self._said.values() if isinstance(each, DeviceLost)]

    def lost_one(self, device: str) -> DeviceLost | None:
        """How a device is lost; None when it answers, or has said nothing yet."""
        said = self._said.get(device)
        return said if isinstance(said, DeviceLost) else None

    def ready(self, device: str) -> bool:
        """Whether a device answers."""
        return isinstance(self._said.get(device), DeviceReady | SealReaderReady)

    def occupied(self, loop: Loop) -> bool | None:
        """Whether a vehicle is on a loop; None while that is not known."""
        return self._loops.get(loop)

    @property
    def cabinet_open(self) -> bool | None:
        """Whether the cabinet is open; None while that is not known."""
        return self._cabinet_open

    def details(self) -> Mapping[str, str]:
        """What each device that has answered says of itself."""
        return {
            device: said.detail if isinstance(said, DeviceReady) else f"firmware {said.version} on {said.board}"
            for device, said in self._said.items()
            if isinstance(said, DeviceReady | SealReaderReady)
        }

    def _make_seal_readers(self, site: Site, report: Report) -> Mapping[str, SealReader]:
        if not site.seal_readers:
            return {}
        from drivers.seal_reader import SealReader

        settings = [seal_reader_settings(each, HOST) for each in site.seal_readers]
        return {each.name: SealReader(each, report, self._on_death) for each in settings}

    def _on_death(self, error: BaseException) -> None:
        self._report(DriverDied(error))


def str_of(lost: DeviceLost) -> str:
    """A loss in a line."""
    return f"{lost.device}: expected {lost.expected}, got {lost.got}; {lost.mend}"
