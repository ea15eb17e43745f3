"""The scanner's driver against an emulated scanner that speaks Zebra's SSI: acknowledged packets, commands, power."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from drivers import ssi
from drivers.reports import DeviceLost, DeviceReady
from drivers.scan_framing import Framing
from drivers.serial_scanner import BarcodeRead, BarcodeUnreadable, SerialScanner
from drivers.ssi import Beep
from hw.bench.line import PtyLine
from hw.bench.scanner import PlainScanner, SsiScanner
from hw.bench.ssi import Fate
from hw.bench.ssi import Opcode as BenchOpcode
from hw.bench.symbology import Symbology as Printed
from tests.drivers.scanner_bench import LIMIT_S, Reports, driven

pytestmark = pytest.mark.usefixtures("nothing_is_left_at_once")

SSI_RESPONSE_S = 0.4
"""Seconds after which the emulated scanner sends again; the driver's refusal takes 0.2 s of silence."""


@contextmanager
def ssi_pair() -> Iterator[tuple[SsiScanner, SerialScanner, Reports]]:
    with (
        SsiScanner(response_timeout_s=SSI_RESPONSE_S) as scanner,
        driven(scanner.path, Framing.SSI) as (driver, reports),
    ):
        reports.wait(DeviceReady)
        yield scanner, driver, reports


def settled(scanner: SsiScanner, count: int, condition: Callable[[], bool] = lambda: True) -> list[Fate]:
    """What became of the barcodes, once the scanner knows it of so many."""
    assert scanner.wait_until(lambda: len(scanner.outcomes) >= count and condition(), LIMIT_S)
    return [outcome.fate for outcome in scanner.outcomes]


def test_an_ssi_scanner_is_ready_once_it_has_acknowledged() -> None:
    with ssi_pair() as (scanner, _, reports):
        assert reports.of(DeviceReady)[0].detail == f"ssi framing on {scanner.path}"
        assert [packet.opcode for packet in scanner.heard if packet] == [BenchOpcode.SCAN_ENABLE]


def test_a_lost_acknowledgement_leads_to_one_read_and_no_more() -> None:
    with ssi_pair() as (scanner, _, reports):
        scanner.line.from_driver.drop_next(6)  # the whole ACK
        scanner.fire(Printed.CODE_128, b"NZ1")
        assert settled(scanner, 1) == [Fate.DELIVERED]
        scanner.fire(Printed.CODE_128, b"NZ2")
        reads = reports.wait(BarcodeRead, 2)
        assert [read.text for read in reads] == ["NZ1", "NZ2"]
        assert reports.of(BarcodeUnreadable) == []


@pytest.mark.parametrize("fault", ["drop", "corrupt"])
def test_a_spoilt_packet_is_refused_and_the_resent_one_read_once(fault: str) -> None:
    with ssi_pair() as (scanner, _, reports):
        faults = scanner.line.to_driver
        (faults.drop_next if fault == "drop" else faults.corrupt_next)(1)
        scanner.fire(Printed.CODE_128, b"NZ0012345")
        assert settled(scanner, 1) == [Fate.DELIVERED]
        assert [read.text for read in reports.wait(BarcodeRead)] == ["NZ0012345"]
        assert BenchOpcode.CMD_NAK in [packet.opcode for packet in scanner.heard if packet]


def test_a_read_spoilt_in_all_three_sendings_is_reported_unreadable() -> None:
    with ssi_pair() as (scanner, _, reports):
        packet = 4 + 1 + len(b"NZ0012345") + 2
        scanner.line.to_driver.corrupt_next(3 * packet)
        scanner.fire(Printed.CODE_128, b"NZ0012345")
        assert "3 packets in a row" in reports.wait(BarcodeUnreadable)[0].why
        assert settled(scanner, 1) != [Fate.DELIVERED]
        scanner.fire(Printed.CODE_128, b"NZ2")
        assert [read.text for read in reports.wait(BarcodeRead)] == ["NZ2"]


def test_a_long_barcode_in_several_packets_is_one_read_byte_by_byte_too() -> None:
    with ssi_pair() as (scanner, _, reports):
        for count, one_byte in enumerate((False, True), start=1):
            scanner.line.to_driver.one_byte = one_byte
            text = "".join(f"{number:04}" for number in range(127))
            scanner.fire(Printed.QR, text.encode())
            assert reports.wait(BarcodeRead, count)[-1].text == text
        assert settled(scanner, 2) == [Fate.DELIVERED] * 2


def test_many_reads_over_a_line_that_loses_bytes_never_give_a_wrong_text() -> None:
    with ssi_pair() as (scanner, _, reports):
        for way in (scanner.line.to_driver, scanner.line.from_driver):
            way.drop_rate = 0.01
        sent = [f"NZ{number:05}" for number in range(40)]
        for count, text in enumerate(sent, start=1):
            scanner.fire(Printed.CODE_128, text.encode())
            settled(scanner, count)
        texts = [read.text for read in reports.of(BarcodeRead)]
        assert texts == [text for text in sent if text in texts]  # in order, none twice, none wrong
        delivered = [o.data.decode() for o in scanner.outcomes if o.fate is Fate.DELIVERED]
        assert set(delivered) <= set(texts)
        assert len(delivered) > 30


def test_scanning_is_switched_off_and_on_at_the_scanner() -> None:
    with ssi_pair() as (scanner, driver, reports):
        driver.expect(False)
        assert scanner.wait_until(lambda: not scanner.enabled, LIMIT_S)
        assert not scanner.fire(Printed.CODE_128, b"NZ1")
        driver.expect(True)
        assert scanner.wait_until(lambda: scanner.enabled, LIMIT_S)
        assert scanner.fire(Printed.CODE_128, b"NZ2")
        assert [read.text for read in reports.wait(BarcodeRead)] == ["NZ2"]


def test_a_read_already_under_way_when_the_port_is_opened_is_sent_again_and_taken() -> None:
    with SsiScanner(response_timeout_s=SSI_RESPONSE_S) as scanner:
        scanner.fire(Printed.CODE_128, b"NZ1")  # before anyone listens: opening the port throws it away
        with driven(scanner.path, Framing.SSI) as (_, reports):
            assert [read.text for read in reports.wait(BarcodeRead)] == ["NZ1"]
            assert settled(scanner, 1) == [Fate.DELIVERED]
            assert reports.of(BarcodeUnreadable) == []


def test_the_scanner_beeps_good_and_bad() -> None:
    with ssi_pair() as (scanner, driver, _):
        driver.beep(good=True)
        driver.beep(good=False)
        assert scanner.wait_until(lambda: len(scanner.beeps) == 2, LIMIT_S)
        assert scanner.beeps == [Beep.GOOD, Beep.BAD]


def test_a_scanner_that_lost_its_power_is_told_again_whether_to_scan() -> None:
    with ssi_pair() as (scanner, driver, reports):
        driver.expect(False)
        assert scanner.wait_until(lambda: not scanner.enabled, LIMIT_S)
        scanner.lose_power()
        assert scanner.enabled
        reports.wait(DeviceLost)
        scanner.power_up()
        reports.wait(DeviceReady, 2)
        assert scanner.wait_until(lambda: not scanner.enabled, LIMIT_S)


def test_a_scanner_asleep_is_woken_and_its_command_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssi, "RESPONSE_S", 0.3)
    with ssi_pair() as (scanner, driver, reports):
        scanner.asleep = True
        driver.expect(False)
        assert scanner.wait_until(lambda: not scanner.enabled, LIMIT_S)
        assert reports.of(DeviceLost) == []


def test_a_silent_ssi_scanner_is_lost_and_the_fault_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssi, "RESPONSE_S", 0.3)
    with PtyLine() as line, driven(line.path, Framing.SSI) as (_, reports):
        (lost,) = reports.wait(DeviceLost)
        assert lost.expected == "the scanner to acknowledge SCAN_ENABLE"
        assert lost.got == "no answer to 3 sendings within 0.3 s each"
        assert reports.of(DeviceReady) == []


def test_a_plain_scanner_set_up_as_ssi_gives_no_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssi, "RESPONSE_S", 0.3)
    with PlainScanner(aim_ids=True) as scanner, driven(scanner.path, Framing.SSI) as (_, reports):
        scanner.fire(Printed.CODE_128, b"NZ0012345")
        reports.wait(DeviceLost)
        assert reports.of(BarcodeRead) == []
