"""What the seal reader's firmware and its link add to a scan: from the trigger, and from the engine, to the kiosk."""

import statistics
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter
from typing import Final, TypeVar

from drivers.scan_framing import Framing
from drivers.seal_reader import SealReader
from drivers.seal_reader_values import (
    EngineKind,
    SealReaderReady,
    SealReaderSettings,
    SealReaderSetup,
    SealScanned,
)
from drivers.serial_scanner import BarcodeRead, ScannerSettings, SerialScanner
from hw.bench.micropython import micropython
from hw.bench.scanner import SsiScanner
from hw.bench.seal_reader import SealReaderBench
from hw.bench.symbology import Symbology
from hw.errors import DeviceFault
from hw.serial_ports import PathPort
from scripts.benches.figures import BenchFailed, Figure, percentile
from scripts.benches.sizes import Sizes
from sealwire.messages import Config

SCAN_BAR_MS: Final = 5.0
"""Milliseconds beyond the bytes' own time on the lines, which a pty carries in none."""

WAIT_S: Final = 10.0
"""Seconds for what takes hundredths."""

BAUD: Final = 9600
PAUSE_S: Final = 0.1
"""Seconds between two scans: the reader is armed by then, and no finger is faster."""

R = TypeVar("R")


class Reports:
    """What a driver reports, and when each report came."""

    def __init__(self) -> None:
        self._came: SimpleQueue[tuple[float, object]] = SimpleQueue()

    def take(self, report: object) -> None:
        """Take a report, on the driver's thread."""
        self._came.put((perf_counter(), report))

    def until(self, kind: type[R]) -> tuple[float, R]:
        """The next report of a kind, and when it came.

        Raises:
            BenchFailed: when there is none in time.
        """
        until = monotonic() + WAIT_S
        try:
            while True:
                at, report = self._came.get(timeout=max(0.0, until - monotonic()))
                if isinstance(report, kind):
                    return at, report
        except Empty:
            raise BenchFailed(f"expected a {kind.__name__} within {WAIT_S:g} s, got none") from None


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Scan with a seal reader, and with the same engine on the kiosk's own port."""
    direct = _scan_directly(sizes.scans)
    try:
        interpreter = micropython()
    except DeviceFault as fault:
        raise BenchFailed(str(fault)) from None
    ssi = Config(Config.SSI, BAUD, "\r", 0)
    with SealReaderBench(folder, interpreter, link=folder / "port", config=ssi) as bench:
        triggered, scanned = _scan_by_reader(bench, sizes.scans)
    peers = {"direct ms": statistics.median(direct), "runs": float(sizes.scans)}
    return [
        _figure("reader.trigger", triggered, peers),
        _figure("reader.scan", scanned, peers),
    ]


def _figure(name: str, took: list[float], peers: dict[str, float]) -> Figure:
    told = {"p50 ms": statistics.median(took), "most ms": max(took)}
    return Figure(f"{name}.p99 ms", percentile(took), SCAN_BAR_MS, told | peers)


def _scan_by_reader(bench: SealReaderBench, scans: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the trigger to the kiosk's report, and from the engine's first byte to it."""
    reports = Reports()
    settings = SealReaderSettings(
        name="bench",
        port=PathPort(bench.port),
        setup=SealReaderSetup(engine=EngineKind.SSI, engine_baud=BAUD, volume=0),
    )
    reader = SealReader(settings, reports.take, _raise)
    reader.start()
    try:
        reports.until(SealReaderReady)
        both = [_one_scan(bench, reader, reports, number + 1) for number in range(scans)]
    finally:
        reader.stop()
    return [trigger for trigger, _ in both], [scan for _, scan in both]


def _one_scan(bench: SealReaderBench, reader: SealReader, reports: Reports, turn: int) -> tuple[float, float]:
    engine = bench.scanner
    assert isinstance(engine, SsiScanner), "the bench was set up with one"
    reader.expect(True, turn=turn)
    bench.wait_until(lambda: False, PAUSE_S)
    pressed = perf_counter()
    bench.press_trigger()
    _expect(engine.wait_until(lambda: engine.in_session, WAIT_S), "the engine to be told to look")
    read = perf_counter()
    _expect(engine.fire(Symbology.CODE_128, b"NZB%07d" % turn), "the engine to read")
    came, scanned = reports.until(SealScanned)
    bench.release_trigger()
    reader.kept(scanned.unit, scanned.seq)  # as the station does, before it says what became of the scan
    reader.answer(scanned.seq, True, "")
    return (came - pressed) * 1000, (came - read) * 1000


def _scan_directly(scans: int) -> list[float]:
    """The same engine on the kiosk's own port."""
    reports, took = Reports(), []
    with SsiScanner() as engine:
        port = PathPort(engine.path)
        scanner = SerialScanner(ScannerSettings(name="peer", port=port, framing=Framing.SSI), reports.take, _raise)
        scanner.start()
        try:
            _expect(engine.wait_until(lambda: bool(engine.heard), WAIT_S), "the scanner to be set up")
            for number in range(scans):
                began = perf_counter()
                engine.fire(Symbology.CODE_128, b"NZB%07d" % number)
                took.append((reports.until(BarcodeRead)[0] - began) * 1000)
        finally:
            scanner.stop()
    return took


def _expect(came: bool, what: str) -> None:
    if not came:
        raise BenchFailed(f"expected {what} within {WAIT_S:g} s, it has not")


def _raise(error: BaseException) -> None:
    raise error
