"""A device that another took the place of (clause 11.1): the real drivers, station and ledger, and what staff see."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from drivers import serial_scanner
from hw.bench.seal_reader_peer import SealReaderPeer
from hw.serial_ports import usb_seen
from kiosk.console import gatehouse_told as gt
from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.demo.bench import Bench, bench_for
from kiosk.devices import Devices
from kiosk.gatehouse.roles import Role
from kiosk.site import Site
from kiosk.station.records_watch import RecordsWatch
from tests.station.rig import SCANNER, SITE, Given, Rig, now
from tests.station.test_consoles import console, people
from tests.station.test_seal_reader import READER, site_with
from tests.usb_ports import UsbPorts


@contextmanager
def started(data: Path, bench: Bench) -> Iterator[Rig]:
    """A station on a bench, in service."""
    rig = Rig(data, bench.site, RecordsWatch(lambda: 1, Given), now)
    rig.station._devices = Devices(bench.site, bench.board.open, now=now)
    rig.thread.start()
    try:
        rig.until(msg.Attract)
        rig.until_happened(ev.DeviceConnected)
        yield rig
    finally:
        rig.thread.stop()
    assert rig.thread.failure is None


@contextmanager
def bench_at(data: Path, site: Site) -> Iterator[Bench]:
    """A bench for a kiosk whose security manager has an account."""
    (data / "ledger").mkdir()
    people(data, now, mere=Role.SECURITY_MANAGER)
    with bench_for(site, None, None) as bench:
        yield bench


async def swaps_seen_by_staff(rig: Rig) -> tuple[gt.AlertRow, ...]:
    """The alerts, once there are some."""
    async with console(rig) as mere:
        await mere.log_on("mere")
        return (await mere.until(gt.AlertsNow, lambda now: bool(now.rows))).rows


def connected(rig: Rig) -> list[tuple[str, str]]:
    return [(body["device"], body["serial"]) for kind, body in rig.entries() if kind == "device-connected"]


async def test_a_scanner_in_anothers_place_is_recorded_and_told_to_staff_and_the_same_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usb = UsbPorts()
    monkeypatch.setattr(serial_scanner, "usb_seen", partial(usb_seen, ports=usb))
    with bench_at(tmp_path, SITE) as bench:
        assert bench.scanner is not None
        usb.plug(bench.scanner.path, 0x05E0, 0x1701, "S1")
        for _ in range(2):
            with started(tmp_path, bench) as rig:
                pass
            assert connected(rig) == [(SCANNER, "05e0:1701 S1")]
        with started(tmp_path, bench) as rig:
            bench.scanner.line.hang_up()
            usb.plug(bench.scanner.path, 0x05E0, 0x1701, "S2")
            bench.scanner.line.come_back()
            (alert,) = await swaps_seen_by_staff(rig)
    assert connected(rig) == [(SCANNER, "05e0:1701 S1"), (SCANNER, "05e0:1701 S2")]
    assert (alert.what, alert.text) == (
        "device swapped",
        "The seal scanner is another device: it was 05e0:1701 S1, and is 05e0:1701 S2.",
    )
    bodies = dict(enumerate(rig.entries(), 1))
    kind, raised = bodies[alert.alert]
    assert kind == "alert"
    (about,) = raised["about"]
    assert bodies[about][1]["serial"] == "05e0:1701 S2"


async def test_a_seal_reader_in_anothers_place_is_told_once_whatever_it_scans(tmp_path: Path) -> None:
    data, port = tmp_path / "data", tmp_path / "port"
    data.mkdir()
    with SealReaderPeer(port, unit="E66-1") as first, bench_at(data, site_with(first)) as bench:
        with started(data, bench) as rig:
            first.scan(b"NZ1", nonce=bytes(8))
            first.until(lambda: bool(first.results))
        assert connected(rig) == [(READER, "E66-1")]
        first.close()
        with SealReaderPeer(port, unit="E66-2") as second, started(data, bench) as rig:
            second.scan(b"NZ2", nonce=bytes(8))
            second.until(lambda: bool(second.results))
            (alert,) = await swaps_seen_by_staff(rig)
    assert connected(rig) == [(READER, "E66-1"), (READER, "E66-2")]
    assert rig.kinds().count("stray-scan") == 2
    assert alert.text == "The left reader is another device: it was E66-1, and is E66-2."
