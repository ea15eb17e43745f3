"""A seal reader's driver for tests: started on a port, its reports collected."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.seal_reader import SealReader
from drivers.seal_reader_values import (
    SealReaderReady,
    SealReaderSettings,
    SealReaderSetup,
    SealScanned,
    SealUnreadable,
    StrayScan,
)
from hw.bench.seal_reader_peer import SealReaderPeer
from hw.serial_ports import PathPort
from sealwire.messages import NO_NONCE
from tests.drivers.scanner_bench import Reports

NAME = "seal reader"


@contextmanager
def driven(
    path: Path, name: str = NAME, setup: SealReaderSetup | None = None, *, keeps: bool = True
) -> Iterator[tuple[SealReader, Reports]]:
    """A driver that is started, with somebody who takes its reports, and keeps each scan unless told otherwise."""
    reports = Reports()

    def take(report: object) -> None:
        reports(report)
        if keeps and isinstance(report, SealScanned | SealUnreadable | StrayScan):
            driver.kept(report.unit, report.seq)

    settings = SealReaderSettings(name=name, port=PathPort(path), setup=setup or SealReaderSetup(), host="gate 1")
    driver = SealReader(settings, take, reports.on_death, "0.1.0")
    driver.start()
    try:
        yield driver, reports
    finally:
        driver.stop()
    assert reports.deaths == []


@contextmanager
def served(*, keeps: bool = True) -> Iterator[tuple[SealReaderPeer, SealReader, Reports]]:
    """A reader, and its driver once both know that they are connected."""
    with SealReaderPeer() as peer, driven(peer.path, keeps=keeps) as (driver, reports):
        reports.wait(SealReaderReady)
        peer.until(lambda: peer.is_up)
        yield peer, driver, reports


def arm(peer: SealReaderPeer, driver: SealReader, turn: int = 1) -> bytes:
    """Await a scan; the nonce that the reader then holds."""
    before = peer.armed_with
    driver.expect(True, turn=turn)
    peer.until(lambda: peer.armed_with not in (NO_NONCE, before))
    return peer.armed_with
