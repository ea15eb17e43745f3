"""The bench: emulated hardware for one kiosk, behind the genuine drivers and libraries, and a truck that drives."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hw.bench.pins import BenchBoard, PinChange
from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from hw.boards import Wiring, load_board
from hw.pins import InputLine
from kiosk.site import Site

PULL_AWAY_S: Final = 3.0
"""Seconds from the barrier's pulse to the truck on the exit loop: long enough to read the screen."""

CROSSING_S: Final = 0.6
"""Seconds that the truck stands on the exit loop."""


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
        scanner: The scanner; None when a port of the caller's takes its place, or the site has none.
        board: The pins.
        truck: The truck in the lane.
        site: The site's settings with the bench's ports in them.
    """

    reader: BenchReader | None
    scanner: PlainScanner | None
    board: BenchBoard
    truck: Truck
    site: Site


@contextmanager
def bench_for(
    site: Site, reader_port: Path | None, scanner_port: Path | None, pull_away_s: float = PULL_AWAY_S
) -> Iterator[Bench]:
    """Set up a bench.

    Args:
        site: The site's settings.
        reader_port: A port to use instead of the bench's card reader, such as a real PN532's.
        scanner_port: A port to use instead of the bench's scanner.
        pull_away_s: Seconds from the barrier's pulse to the truck on the exit loop.
    """
    board = BenchBoard()
    truck = Truck(board, load_board(site.gate.board, site.gate.wiring).wiring, pull_away_s)
    with tempfile.TemporaryDirectory(prefix="sealgate-bench-") as folder:
        reader = scanner = None
        if reader_port is None:
            reader = BenchReader(Path(folder) / "card-reader")
            reader_port = reader.path
        if scanner_port is None and site.scanner is not None:
            scanner = PlainScanner(Path(folder) / "scanner", aim_ids=True)
            scanner_port = scanner.path
        ports = replace(site, reader=replace(site.reader, port=reader_port))
        if site.scanner is not None and scanner_port is not None:
            ports = replace(ports, scanner=replace(site.scanner, port=scanner_port))
        try:
            yield Bench(reader, scanner, board, truck, ports)
        finally:
            truck.close()
            if scanner is not None:
                scanner.close()
            if reader is not None:
                reader.close()
