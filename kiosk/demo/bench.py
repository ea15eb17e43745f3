"""The bench: emulated hardware for one kiosk, behind the genuine drivers and libraries, and a truck that drives."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from hw.bench.pins import BenchBoard, PinChange
from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from hw.bench.symbology import Symbology
from hw.boards import Wiring, load_board
from hw.pins import InputLine
from kiosk.site import SealReaderSettings, Site

if TYPE_CHECKING:  # loaded where it is asked for
    from hw.bench.seal_reader import SealReaderBench

PULL_AWAY_S: Final = 3.0
"""Seconds from the barrier's pulse to the truck on the exit loop: long enough to read the screen."""

CROSSING_S: Final = 0.6
"""Seconds that the truck stands on the exit loop."""

SEAL_READER: Final = "seal reader"
"""What the site calls the seal reader on the bench."""

ENGINE_BAUD: Final = 9600
"""Speed of a Zebra engine as it leaves the works."""

VOLUME: Final = 7

ARMED_LAMP: Final = 1
"""Green: reader.indicator's pattern for armed, and for nothing else that lasts."""

ARMED_S: Final = 10.0
"""Seconds for the lamp to turn green: a hundred times what it takes."""


class Truck:
    """A truck in the lane: it drives out when the barrier's relay is energised.

    Args:
        board: The bench pins.
        wiring: Which pins the loops and the barrier are on.
        pull_away_s: Seconds from the barrier's pulse to the truck on the exit loop.
    """

    def __init__(self, board: BenchBoard, wiring: Wiring, pull_away_s: float) -> None:
        self._board = board
        self._pull_away_s = pull_away_s
        self._wiring = wiring
        self._gone = Event()
        self._trips: list[Thread] = []
        self._set(wiring.entry_loop, on=False)
        self._set(wiring.exit_loop, on=False)
        self._set(wiring.tamper, on=False)
        board.watch(self._seen)

    def arrive(self) -> None:
        """Drive onto the entry loop."""
        self._set(self._wiring.entry_loop, on=True)

    def leave_backwards(self) -> None:
        """Drive off the entry loop without passing the barrier."""
        self._set(self._wiring.entry_loop, on=False)

    def cabinet(self, *, opened: bool) -> None:
        """Open or close the kiosk's cabinet."""
        self._set(self._wiring.tamper, on=opened)

    def close(self) -> None:
        """Wait until no truck moves any more."""
        self._gone.set()
        for trip in self._trips:
            trip.join()

    def _seen(self, change: PinChange) -> None:
        barrier = self._wiring.barrier
        if change.bcm == barrier.bcm and change.level is barrier.active:
            trip = Thread(target=self._drive_out, name="bench truck")
            self._trips.append(trip)
            trip.start()

    def _drive_out(self) -> None:
        self._gone.wait(self._pull_away_s)
        self._set(self._wiring.entry_loop, on=False)
        self._set(self._wiring.exit_loop, on=True)
        self._gone.wait(CROSSING_S)
        self._set(self._wiring.exit_loop, on=False)

    def _set(self, line: InputLine, *, on: bool) -> None:
        self._board.set_input(line.bcm, line.active if on else line.active.opposite)


class Bench(Struct, frozen=True):
    """Emulated hardware for one kiosk.

    Attributes:
        reader: The PN532; None when a port of the caller's takes its place.
        scanner: The scanner; None when a port of the caller's, or the seal reader, takes its place.
        seal_reader: The seal reader, its firmware running in MicroPython; None when it is not asked for.
        board: The pins.
        truck: The truck in the lane.
        site: The site's settings with the bench's ports in them.
    """

    reader: BenchReader | None
    scanner: PlainScanner | None
    seal_reader: "SealReaderBench | None"
    board: BenchBoard
    truck: Truck
    site: Site

    @property
    def scan(self) -> Callable[[Symbology, bytes], object] | None:
        """Reads a barcode with what there is to read it with; None when that is a port of the caller's."""
        if self.seal_reader is not None:
            reader = self.seal_reader
            return lambda symbology, data: reader.scan(data, symbology)
        return self.scanner.fire if self.scanner is not None else None

    def read_when_asked(self, symbology: Symbology, data: bytes) -> None:
        """Read a barcode as a driver does it: with a seal reader, once its lamp says that it is wanted."""
        assert self.scan is not None, "there is something to read with on the bench"
        reader = self.seal_reader
        if reader is not None and not reader.wait_until(lambda: reader.lamp == ARMED_LAMP, ARMED_S):
            raise TimeoutError(f"expected the seal reader's lamp to turn green within {ARMED_S:g} s, it has not")
        self.scan(symbology, data)


@contextmanager
def bench_for(
    site: Site,
    reader_port: Path | None,
    scanner_port: Path | None,
    pull_away_s: float = PULL_AWAY_S,
    *,
    seal_reader: bool = False,
) -> Iterator[Bench]:
    """Set up a bench.

    Args:
        site: The site's settings.
        reader_port: A port to use instead of the bench's card reader, such as a real PN532's.
        scanner_port: A port to use instead of the bench's scanner.
        pull_away_s: Seconds from the barrier's pulse to the truck on the exit loop.
        seal_reader: Whether a seal reader stands on the bench in place of the scanner.

    Raises:
        DeviceFault: There is no MicroPython for the seal reader's firmware.
    """
    board = BenchBoard()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sealgate-bench-")))
        reader = scanner = seal = None
        if reader_port is None:
            reader = BenchReader(folder / "card-reader")
            stack.callback(reader.close)
            reader_port = reader.path
        if seal_reader:
            seal = stack.enter_context(_seal_reader(folder))
            site = _with_seal_reader(site, seal.port)
        elif site.scanner is not None:
            if scanner_port is None:
                scanner = PlainScanner(folder / "scanner", aim_ids=True)
                stack.callback(scanner.close)
                scanner_port = scanner.path
            site = replace(site, scanner=replace(site.scanner, port=scanner_port))
        site = replace(site, reader=replace(site.reader, port=reader_port))
        truck = Truck(board, load_board(site.gate.board, site.gate.wiring).wiring, pull_away_s)
        stack.callback(truck.close)
        yield Bench(reader, scanner, seal, board, truck, site)


def _seal_reader(folder: Path) -> "SealReaderBench":
    from hw.bench.micropython import micropython
    from hw.bench.seal_reader import SealReaderBench
    from sealwire.messages import Config

    ssi = Config(Config.SSI, ENGINE_BAUD, "\r", VOLUME)
    port = folder / "seal-reader-port"
    return SealReaderBench(folder / "seal-reader", micropython(), link=port, unit="demo", config=ssi)


def _with_seal_reader(site: Site, port: Path) -> Site:
    """The site with a seal reader in place of its scanner."""
    settings = SealReaderSettings(SEAL_READER, port, "ssi", ENGINE_BAUD, "cr", VOLUME)
    return replace(site, scanner=None, seal_readers=(settings,), plan=replace(site.plan, scanners=(SEAL_READER,)))
