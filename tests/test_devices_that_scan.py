"""Scanner and seal readers, as the station has them: armed together, and each told what became of its own scan."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from drivers.scan_framing import Framing
from hw.bench.pins import BenchBoard
from hw.bench.scanner import SsiScanner
from hw.bench.seal_reader_peer import SealReaderPeer
from hw.bench.symbology import Symbology
from kiosk.core import events as ev
from kiosk.core.effects import ExpectScan, ScanJudged
from kiosk.devices import Devices
from kiosk.site import ScannerSettings, SealReaderSettings, Site
from tests.station.rig import PATIENCE_S, SITE
from tests.test_devices import Posted


def site_with(scanner: Path | None, **readers: Path) -> Site:
    """A site with a scanner that speaks SSI, or none, and seal readers by their names."""
    there = ScannerSettings("scanner", scanner, Framing.SSI.value, 9600, "detect") if scanner else None
    names = (*(("scanner",) if scanner else ()), *readers)
    made = (SealReaderSettings(name, port, "lines", 9600, "cr", 7) for name, port in readers.items())
    return replace(SITE, scanner=there, seal_readers=tuple(made), plan=replace(SITE.plan, scanners=names))


@contextmanager
def started(site: Site) -> Iterator[tuple[Devices, Posted]]:
    """The devices, once all that scan are there."""
    posted = Posted()
    devices = Devices(site, BenchBoard().open)
    devices.start(posted.queue.put, posted.deaths.append)
    try:
        waiting = set(site.plan.scanners)
        while waiting:
            event = posted.until(lambda event: isinstance(event, ev.PartChanged) and event.part is ev.Part.SCANNER)
            assert isinstance(event, ev.PartChanged)
            assert event.working, event
            waiting.discard(event.device)
        yield devices, posted
    finally:
        devices.stop()
    assert posted.deaths == []


def test_every_reader_is_armed_and_each_is_told_what_became_of_its_own_scan() -> None:
    with (
        SealReaderPeer() as left,
        SealReaderPeer(seed=1) as right,
        started(site_with(None, left=left.path, right=right.path)) as (devices, posted),
    ):
        devices.perform(ExpectScan(True, 9))
        for name, peer, other in (("left", left, right), ("right", right, left)):
            peer.until(lambda peer=peer: any(peer.armed_with))  # type: ignore[misc]
            told = len(other.results)
            seq = peer.scan(b"NZ1")
            scan = posted.until(lambda event: isinstance(event, ev.ScanRead))
            assert isinstance(scan, ev.ScanRead)
            assert (scan.text, scan.source, scan.bound) == ("NZ1", name, ev.Bound("E6614C31", seq, 9))
            devices.perform(ScanJudged(name, seq, False, "Scan again."))
            peer.until(lambda peer=peer: bool(peer.results))  # type: ignore[misc]
            assert [(each.seq, each.why) for each in peer.results] == [(seq, "Scan again.")]
            assert len(other.results) == told
        devices.perform(ExpectScan(False))
        for peer in (left, right):
            peer.until(lambda peer=peer: not any(peer.armed_with))  # type: ignore[misc]


def test_a_scanner_beside_a_reader_is_switched_on_with_it_and_beeps_for_its_own_scans() -> None:
    with (
        SealReaderPeer() as reader,
        SsiScanner() as scanner,
        started(site_with(scanner.path, reader=reader.path)) as (devices, posted),
    ):
        devices.perform(ExpectScan(True, 4))
        reader.until(lambda: any(reader.armed_with))
        scanner.fire(Symbology.CODE_128, b"NZ2")
        scan = posted.until(lambda event: isinstance(event, ev.ScanRead))
        assert isinstance(scan, ev.ScanRead)
        assert (scan.text, scan.source, scan.bound) == ("NZ2", "scanner", None)
        for accepted in (True, False):
            devices.perform(ScanJudged("scanner", None, accepted, "" if accepted else "No."))
        assert scanner.wait_until(lambda: len(scanner.beeps) == 2, PATIENCE_S)
        assert len(set(scanner.beeps)) == 2
        assert reader.results == []
        devices.perform(ExpectScan(False))
        assert scanner.wait_until(lambda: not scanner.enabled, PATIENCE_S)


def test_a_reader_alone_is_a_gate_that_can_scan_and_one_without_a_scanner_beeps_at_nobody() -> None:
    with SealReaderPeer() as reader, started(site_with(None, reader=reader.path)) as (devices, _):
        devices.perform(ScanJudged("somebody else", None, True, ""))
        devices.perform(ScanJudged("reader", 3, True, ""))
        reader.until(lambda: bool(reader.results))
        assert [each.seq for each in reader.results] == [3]
