"""The seal reader's driver when things go wrong: cables, restarts, noise, other versions, late scans."""

import time
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from drivers import seal_reader, seal_talk
from drivers.reports import DeviceLost
from drivers.seal_reader import SealReader
from drivers.seal_reader_values import (
    SealReaderHealth,
    SealReaderReady,
    SealReaderSettings,
    SealScanned,
    StrayBecause,
    StrayScan,
)
from hw.bench.line import PtyLine
from hw.bench.seal_reader_peer import SealReaderPeer
from hw.serial_ports import PortName, UsbPort, find_port
from sealwire import link
from tests.drivers.scanner_bench import PROMPT_S, Reports
from tests.drivers.seal_reader_bench import NAME, arm, driven, served

pytestmark = pytest.mark.usefixtures("nothing_is_left_at_once")


def test_a_pulled_cable_is_told_once_and_the_reader_is_armed_as_before_once_it_is_back() -> None:
    with served() as (peer, driver, reports):
        nonce = arm(peer, driver, turn=5)
        began = time.monotonic()
        peer.pull()
        (lost,) = reports.wait(DeviceLost)
        assert time.monotonic() - began < PROMPT_S
        assert (lost.device, lost.mend) == (NAME, "plug the device in again")
        peer.put_back()
        reports.wait(SealReaderReady, 2)
        peer.until(lambda: peer.armed_with == nonce)
        peer.scan(b"NZ1")
        (read,) = reports.wait(SealScanned)
        assert (read.text, read.turn) == ("NZ1", 5)
        assert len({(each.expected, each.got) for each in reports.of(DeviceLost)}) == len(reports.of(DeviceLost))


def test_every_unplug_is_reported_however_short() -> None:
    with served() as (peer, _, reports):
        for count in (1, 2, 3):
            peer.pull()
            peer.put_back()
            reports.wait(DeviceLost, count)
            reports.wait(SealReaderReady, count + 1)


def test_a_scan_taken_while_the_cable_was_out_comes_late_and_counts_for_nothing_though_its_nonce_still_holds() -> None:
    with served() as (peer, driver, reports):
        nonce = arm(peer, driver)
        peer.beat()
        reports.wait(SealReaderHealth)
        peer.pull()
        reports.wait(DeviceLost)
        seq = peer.scan(b"NZ1", nonce=nonce)
        peer.put_back()
        (stray,) = reports.wait(StrayScan)
        assert (stray.reader, stray.seq, stray.text, stray.why) == (NAME, seq, "NZ1", StrayBecause.LATE)
        assert stray.age_ms is not None
        assert 0 <= stray.age_ms < 60_000
        peer.until(lambda: peer.armed_with == nonce and not peer.spool)
        peer.scan(b"NZ2")
        assert [read.text for read in reports.wait(SealScanned)] == ["NZ2"]


def test_a_reader_that_starts_anew_says_so_is_armed_as_before_and_its_scans_of_before_have_no_age() -> None:
    with served() as (peer, driver, reports):
        nonce = arm(peer, driver)
        peer.pull()
        peer.scan(b"NZ1", nonce=nonce)
        peer.restart()
        peer.put_back()
        assert [each.boot for each in reports.wait(SealReaderReady, 2)] == [1, 2]
        (stray,) = reports.wait(StrayScan)
        assert (stray.text, stray.why, stray.age_ms) == ("NZ1", StrayBecause.LATE, None)
        peer.until(lambda: peer.armed_with == nonce)
        peer.restart()  # its port stays open: a reader on a UART
        assert [each.boot for each in reports.wait(SealReaderReady, 3)] == [1, 2, 3]
        peer.until(lambda: peer.armed_with == nonce)
        peer.scan(b"NZ2")
        reports.wait(SealScanned)


def test_a_kiosk_that_starts_anew_arms_with_another_nonce_and_takes_no_scan_of_before() -> None:
    with SealReaderPeer() as peer:
        with driven(peer.path) as (driver, reports):
            reports.wait(SealReaderReady)
            before = arm(peer, driver)
        with driven(peer.path) as (driver, reports):
            reports.wait(SealReaderReady)
            assert arm(peer, driver) != before
            peer.scan(b"NZ1", nonce=before)
            assert reports.wait(StrayScan)[0].why is StrayBecause.UNBOUND
            peer.scan(b"NZ2")
            assert [read.text for read in reports.wait(SealScanned)] == ["NZ2"]


@pytest.mark.parametrize(("protocol", "table"), [(1, b"12345678"), (2, b"")])
def test_another_version_is_told_once_in_plain_words_and_the_reader_is_taken_once_it_is_updated(
    monkeypatch: pytest.MonkeyPatch, protocol: int, table: bytes
) -> None:
    openings = []

    def find(device: str, name: PortName) -> str:
        openings.append(name)
        return find_port(device, name)

    monkeypatch.setattr(seal_reader, "find_port", find)
    with SealReaderPeer() as peer:
        peer.become(version="9.9", protocol=protocol, table=table)
        with driven(peer.path) as (_, reports):
            (lost,) = reports.wait(DeviceLost)
            assert "firmware 9.9: protocol" in lost.got
            assert "this kiosk's version" in lost.expected
            assert "'sealgate reader update'" in lost.mend
            peer.until(lambda: len(openings) >= 3)
            assert len(reports.of(DeviceLost)) == 1
            peer.become(version="1.0.1")
            assert [each.version for each in reports.wait(SealReaderReady)] == ["1.0.1"]


def test_a_port_without_a_reader_behind_it_is_a_lost_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_talk, "ANSWER_MS", 200)
    with PtyLine() as line, driven(line.path) as (_, reports):
        (lost,) = reports.wait(DeviceLost)
        assert (lost.expected, lost.got) == ("a seal reader to answer within 0.2 s", "nothing")
        line.run(lambda: None)
        while len(reports.of(DeviceLost)) < 2:
            line.write(b"U" * 40)
            line.read(0.01)
        assert "bytes without a greeting in them" in reports.of(DeviceLost)[1].got


def test_a_reader_that_falls_silent_is_lost_and_back_when_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "SILENCE_MS", 700)
    with served() as (peer, driver, reports):
        nonce = arm(peer, driver)
        peer.trouble.loss = 1.0
        (lost,) = reports.wait(DeviceLost)
        assert (lost.expected, lost.got) == ("the seal reader to go on talking", "nothing came for 700 ms")
        peer.trouble.loss = 0.0
        reports.wait(SealReaderReady, 2)
        peer.until(lambda: peer.armed_with == nonce)


def test_over_a_bad_line_every_scan_comes_once_and_is_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "RETRY_MS", 20)
    one_by_one, at_once = 60, 100
    sent = {}
    with served() as (peer, driver, reports):
        arm(peer, driver)
        peer.trouble.loss, peer.trouble.twice, peer.trouble.flips = 0.1, 0.1, 0.1
        for number in range(one_by_one + at_once):
            sent[peer.scan(b"NZ%06d" % number)] = f"NZ{number:06}"
            if number < one_by_one:
                peer.until(lambda: peer.is_idle)
        peer.until(lambda: peer.is_idle)
        live, late = reports.of(SealScanned), reports.of(StrayScan)  # what is acknowledged was reported before
        assert [each.seq for each in live][:one_by_one] == list(range(1, one_by_one + 1))
        assert {each.seq: each.text for each in live} | {each.seq: each.text for each in late} == sent
        assert len(live) + len(late) == len(sent)
        assert {each.why for each in late} == {StrayBecause.LATE}


def test_a_scan_that_is_sent_again_after_a_pulled_cable_is_told_once() -> None:
    with served() as (peer, driver, reports):
        arm(peer, driver)
        peer.line.from_driver.drop_rate = 1.0  # the kiosk hears, and its acknowledgement is lost
        peer.scan(b"NZ1")
        reports.wait(SealScanned)
        peer.pull()
        peer.line.from_driver.drop_rate = 0.0
        peer.put_back()
        peer.until(lambda: not peer.spool and peer.ups == 2)
        peer.scan(b"NZ2", nonce=bytes(8))
        assert [stray.text for stray in reports.wait(StrayScan)] == ["NZ2"]
        assert len(reports.of(SealScanned)) == 1


def test_a_reader_that_comes_back_under_another_number_is_found_by_its_usb_identity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with SealReaderPeer() as first, SealReaderPeer(seed=1) as second:
        plugged: list[Path] = [first.path]

        def comports() -> list[ListPortInfo]:
            ports = [ListPortInfo(str(path)) for path in plugged]
            for port in ports:
                port.vid, port.pid, port.serial_number = 0x2E8A, 0x0005, "E6614C31"
            return ports

        def find(device: str, name: UsbPort) -> str:
            return find_port(device, name, ports=comports)

        monkeypatch.setattr(seal_reader, "find_port", find)
        reports = Reports()
        settings = SealReaderSettings(name=NAME, port=UsbPort(0x2E8A, 0x0005, "E6614C31"))
        driver = SealReader(settings, reports, reports.on_death)
        driver.start()
        try:
            reports.wait(SealReaderReady)
            plugged[:] = [second.path]
            first.pull()
            reports.wait(SealReaderReady, 2)
            arm(second, driver)
            second.scan(b"NZ1")
            assert reports.wait(SealScanned)[0].text == "NZ1"
        finally:
            driver.stop()


def test_a_missing_reader_is_reported_once_and_taken_when_it_comes(tmp_path: Path) -> None:
    port = tmp_path / "port"
    with driven(port) as (driver, reports):
        driver.expect(True)
        (lost,) = reports.wait(DeviceLost)
        assert lost.expected == f"a serial port at {port}"
        with SealReaderPeer(port) as peer:
            reports.wait(SealReaderReady)
            peer.until(lambda: any(peer.armed_with))
            assert len(reports.of(DeviceLost)) == 1
            driver.stop()


def test_stopping_is_prompt_whatever_is_on_the_line() -> None:
    with SealReaderPeer() as peer, driven(peer.path) as (driver, reports):
        reports.wait(SealReaderReady)
        began = time.monotonic()
        driver.stop()
        assert time.monotonic() - began < PROMPT_S
        driver.expect(True)
        driver.answer(1, True, "")
