"""The scanner's driver against emulated scanners that were written from the data sheets: framings, plugs, settings."""

import threading
import time
from functools import partial
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from drivers import serial_scanner
from drivers.barcode import AimUse
from drivers.reports import DeviceIdentified, DeviceLost, DeviceReady
from drivers.scan_framing import Framing
from drivers.serial_scanner import BarcodeRead, BarcodeUnreadable, ScannerSettings, SerialScanner
from drivers.symbology import Symbology
from hw.bench import barcodes
from hw.bench.line import PtyLine
from hw.bench.scanner import PlainScanner, SsiScanner, Suffix
from hw.bench.symbology import Symbology as Printed
from hw.serial_ports import PathPort, UsbPort, find_port, usb_seen
from tests.drivers.scanner_bench import LIMIT_S, PROMPT_S, Reports, driven
from tests.usb_ports import UsbPorts

pytestmark = pytest.mark.usefixtures("nothing_is_left_at_once")

FRAMINGS: list[tuple[Framing, Suffix, bool]] = [
    (Framing.CR, Suffix.CR, False),
    (Framing.LF, Suffix.LF, False),
    (Framing.CRLF, Suffix.CRLF, False),
    (Framing.TAB, Suffix.TAB, False),
    (Framing.STX_ETX, Suffix.NONE, True),
    (Framing.STX_ETX, Suffix.CRLF, True),
    (Framing.IDLE, Suffix.NONE, False),
    (Framing.ANY_LINE_END, Suffix.CR, False),
    (Framing.ANY_LINE_END, Suffix.LF, False),
    (Framing.ANY_LINE_END, Suffix.CRLF, False),
]

BARCODES: list[tuple[Printed, str, Symbology, str, tuple[tuple[str, str], ...]]] = [
    (Printed.CODE_128, "NZ 0012345", Symbology.CODE_128, "NZ 0012345", ()),
    (Printed.CODE_39, "NZ-0012345", Symbology.CODE_39, "NZ-0012345", ()),
    (Printed.CODE_93, "NZ0012345", Symbology.CODE_93, "NZ0012345", ()),
    (Printed.CODABAR, "A0012345B", Symbology.CODABAR, "A0012345B", ()),
    (Printed.ITF, "0002216887", Symbology.ITF, "0002216887", ()),
    (Printed.EAN_13, "978020137962", Symbology.EAN_UPC, "9780201379624", ()),
    (Printed.QR, "NZ0012345", Symbology.QR, "NZ0012345", ()),
    (
        Printed.GS1_128,
        "[21]SEAL-9[90]00123",
        Symbology.GS1_128,
        "21SEAL-9\x1d9000123",
        (("21", "SEAL-9"), ("90", "00123")),
    ),
    (
        Printed.GS1_QR,
        "[00]376130321109103420[401]C7",
        Symbology.GS1_QR,
        "00376130321109103420401C7",
        (("00", "376130321109103420"), ("401", "C7")),
    ),
    (
        Printed.DATABAR,
        "0950110153001",
        Symbology.DATABAR,
        "0109501101530010",
        (("01", "09501101530010"),),
    ),
]


@pytest.fixture(scope="module")
def decoded(tmp_path_factory: pytest.TempPathFactory) -> dict[Printed, bytes]:
    """Real barcodes, drawn by zint and read by zbar."""
    folder = tmp_path_factory.mktemp("barcodes")
    return {printed: barcodes.read(barcodes.make(printed, data, folder)).data for printed, data, *_ in BARCODES}


@pytest.mark.parametrize(("framing", "suffix", "stx_etx"), FRAMINGS, ids=str)
def test_a_real_barcode_is_read_in_every_framing(
    framing: Framing, suffix: Suffix, stx_etx: bool, decoded: dict[Printed, bytes]
) -> None:
    with (
        PlainScanner(suffix=suffix, stx_etx=stx_etx, aim_ids=True) as scanner,
        driven(scanner.path, framing) as (_, reports),
    ):
        reports.wait(DeviceReady)
        scanner.fire(Printed.CODE_128, decoded[Printed.CODE_128])
        (read,) = reports.wait(BarcodeRead)
        assert read == BarcodeRead("seal scanner", "NZ 0012345", Symbology.CODE_128, ())
        scanner.fire(Printed.GS1_128, decoded[Printed.GS1_128])
        assert reports.wait(BarcodeRead, 2)[1].elements == (("21", "SEAL-9"), ("90", "00123"))
        assert reports.of(BarcodeUnreadable) == []


@pytest.mark.parametrize("packeted", [False, True], ids=["plain", "ssi"])
def test_every_real_symbology_is_named_and_read_exactly(packeted: bool, decoded: dict[Printed, bytes]) -> None:
    framing = Framing.SSI if packeted else Framing.CR
    with (
        SsiScanner() if packeted else PlainScanner(aim_ids=True) as scanner,
        driven(scanner.path, framing) as (_, reports),
    ):
        reports.wait(DeviceReady)
        for count, (printed, _, symbology, text, elements) in enumerate(BARCODES, start=1):
            assert scanner.fire(printed, decoded[printed])
            assert reports.wait(BarcodeRead, count)[-1] == BarcodeRead("seal scanner", text, symbology, elements)
        assert reports.of(BarcodeUnreadable) == []


def test_a_scanner_without_identifiers_gives_the_text_alone() -> None:
    with PlainScanner() as scanner, driven(scanner.path) as (_, reports):
        reports.wait(DeviceReady)
        scanner.fire(Printed.CODE_128, b"  nz-0012345 ")
        assert reports.wait(BarcodeRead) == [BarcodeRead("seal scanner", "  nz-0012345 ", None, ())]


def test_bytes_that_arrive_one_at_a_time_make_one_read() -> None:
    with PlainScanner(aim_ids=True) as scanner, driven(scanner.path) as (_, reports):
        scanner.line.to_driver.one_byte, scanner.line.to_driver.byte_pause_s = True, 0.01
        reports.wait(DeviceReady)
        scanner.fire(Printed.ITF, b"0002216887")
        assert reports.wait(BarcodeRead) == [BarcodeRead("seal scanner", "0002216887", Symbology.ITF, ())]


def test_an_idle_read_survives_pauses_shorter_than_its_gap() -> None:
    with PlainScanner(suffix=Suffix.NONE) as scanner, driven(scanner.path, Framing.IDLE, idle_s=0.3) as (_, reports):
        scanner.line.to_driver.one_byte, scanner.line.to_driver.byte_pause_s = True, 0.03
        reports.wait(DeviceReady)
        scanner.fire(Printed.CODE_128, b"NZ0012345")
        assert reports.wait(BarcodeRead) == [BarcodeRead("seal scanner", "NZ0012345", None, ())]


def test_a_lost_terminator_is_reported_and_does_not_glue_two_reads() -> None:
    with PlainScanner() as scanner, driven(scanner.path) as (_, reports):
        reports.wait(DeviceReady)
        scanner.fire_raw(b"NZ001")
        assert "no end of the read" in reports.wait(BarcodeUnreadable)[0].why
        scanner.fire(Printed.CODE_128, b"NZ002")
        assert [read.text for read in reports.wait(BarcodeRead)] == ["NZ002"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"NZ\xff\xfe123\r", "expected ASCII, got byte 0xFF"),
        (b"NZ123\n\r", "line feed"),
        (b"\r", "empty read"),
        (b"x" * 600 + b"\r", "more than 512 bytes"),
        (b"]C107ABC\r", "broken GS1 message"),
        (b"]C9ABC\r", "]C9 is no AIM identifier"),
    ],
)
def test_what_is_no_barcode_is_reported_and_the_next_read_is_taken(raw: bytes, why: str) -> None:
    with PlainScanner() as scanner, driven(scanner.path) as (_, reports):
        reports.wait(DeviceReady)
        scanner.fire_raw(raw)
        (unreadable,) = reports.wait(BarcodeUnreadable)
        assert why in unreadable.why
        assert unreadable.scanner == "seal scanner"
        scanner.fire(Printed.CODE_128, b"NZ0012345")
        assert reports.wait(BarcodeRead)[0].text == "NZ0012345"


def test_a_plain_scanner_goes_on_reporting_when_no_read_is_expected_and_is_sent_nothing() -> None:
    with PtyLine() as line, driven(line.path) as (driver, reports):
        reports.wait(DeviceReady)
        driver.expect(False)
        driver.beep(good=False)
        line.write(b"NZ0012345\r")
        reports.wait(BarcodeRead)
        assert line.read(timeout=0.05) == b""


@pytest.mark.parametrize("framing", [Framing.CR, Framing.IDLE, Framing.STX_ETX])
def test_an_unplug_is_noticed_at_once_and_a_replug_goes_on(framing: Framing) -> None:
    with (
        PlainScanner(stx_etx=framing is Framing.STX_ETX) as scanner,
        driven(scanner.path, framing, idle_s=0.2) as (_, reports),
    ):
        reports.wait(DeviceReady)
        began = time.monotonic()
        scanner.line.hang_up()
        (lost,) = reports.wait(DeviceLost)
        assert time.monotonic() - began < PROMPT_S
        assert lost.device == "seal scanner"
        scanner.line.come_back()
        reports.wait(DeviceReady, 2)
        scanner.fire_raw({Framing.CR: b"NZ1\r", Framing.IDLE: b"NZ1", Framing.STX_ETX: b"\x02NZ1\x03"}[framing])
        assert reports.wait(BarcodeRead)[0].text == "NZ1"


def test_every_unplug_is_reported_however_short() -> None:
    with PlainScanner() as scanner, driven(scanner.path) as (_, reports):
        for count in (1, 2, 3):
            reports.wait(DeviceReady, count)
            scanner.line.hang_up()
            scanner.line.come_back()
            reports.wait(DeviceLost, count)
        reports.wait(DeviceReady, 4)


def test_half_a_read_before_an_unplug_is_not_glued_to_the_next() -> None:
    with PlainScanner() as scanner, driven(scanner.path) as (_, reports):
        reports.wait(DeviceReady)
        scanner.fire_raw(b"NZ99\rNZ00")
        reports.wait(BarcodeRead)  # so the rest is in the driver's hands too
        scanner.line.hang_up()
        assert [u.why for u in reports.wait(BarcodeUnreadable)] == [
            "4 bytes, then the scanner went away in the middle of it"
        ]
        scanner.line.come_back()
        reports.wait(DeviceReady, 2)
        scanner.fire(Printed.CODE_128, b"12345")
        assert [read.text for read in reports.wait(BarcodeRead, 2)] == ["NZ99", "12345"]


def test_a_read_that_began_before_the_port_was_open_is_not_taken_for_a_whole_one() -> None:
    with PlainScanner() as scanner:
        faults = scanner.line.to_driver
        faults.one_byte, faults.byte_pause_s = True, 0.004
        sender = threading.Thread(target=scanner.fire, args=(Printed.CODE_128, b"NZ" * 200))
        sender.start()
        with driven(scanner.path) as (_, reports):
            (unreadable,) = reports.wait(BarcodeUnreadable)
            assert "began before the port was open" in unreadable.why
            reports.wait(DeviceReady)
            sender.join()
            faults.clear()
            scanner.fire(Printed.CODE_128, b"NZ0012345")
            assert [read.text for read in reports.wait(BarcodeRead)] == ["NZ0012345"]


def test_a_line_that_never_pauses_is_a_fault_that_asks_for_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_scanner, "SETTLE_S", 0.2)
    done = threading.Event()
    with PtyLine() as line:

        def babble() -> None:
            while not done.is_set():
                line.write(b"\xa5" * 64)
                done.wait(0.001)

        sender = threading.Thread(target=babble)
        sender.start()
        try:
            with driven(line.path) as (_, reports):
                (lost,) = reports.wait(DeviceLost)
                assert "speed (baud)" in lost.mend
        finally:
            done.set()
            sender.join()


def test_a_missing_scanner_is_reported_once_and_taken_when_it_comes(tmp_path: Path) -> None:
    link = tmp_path / "port"
    with driven(link) as (_, reports):
        (lost,) = reports.wait(DeviceLost)
        assert lost.expected == f"a serial port at {link}"
        with PlainScanner(link) as scanner:
            reports.wait(DeviceReady)
            scanner.fire(Printed.CODE_128, b"NZ1")
            reports.wait(BarcodeRead)
            assert len(reports.of(DeviceLost)) == 1


def test_a_port_that_comes_back_under_another_number_is_found_by_its_usb_identity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with PlainScanner() as first, PlainScanner() as second:
        plugged: list[Path] = [first.path]

        def comports() -> list[ListPortInfo]:
            ports = [ListPortInfo(str(path)) for path in plugged]
            for port in ports:
                port.vid, port.pid, port.serial_number = 0x05E0, 0x1701, "S1"
            return ports

        def find(device: str, name: UsbPort) -> str:
            return find_port(device, name, ports=comports)

        monkeypatch.setattr(serial_scanner, "find_port", find)
        reports = Reports()
        settings = ScannerSettings(name="seal scanner", port=UsbPort(0x05E0, 0x1701, "S1"))
        driver = SerialScanner(settings, reports, reports.on_death)
        driver.start()
        try:
            reports.wait(DeviceReady)
            plugged[:] = [second.path]
            first.line.hang_up()
            reports.wait(DeviceReady, 2)
            second.fire(Printed.CODE_128, b"NZ1")
            assert reports.wait(BarcodeRead)[0].text == "NZ1"
        finally:
            driver.stop()


def test_a_scanner_on_a_usb_port_is_identified_each_time_that_it_is_connected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    link, usb = tmp_path / "port", UsbPorts()
    monkeypatch.setattr(serial_scanner, "usb_seen", partial(usb_seen, ports=usb))
    with PlainScanner() as first, PlainScanner() as second:
        usb.plug(first.path, 0x05E0, 0x1701, "S1")
        usb.plug(second.path, 0x05E0, 0x1701, "S2")
        link.symlink_to(first.path.resolve())
        with driven(link) as (_, reports):
            reports.wait(DeviceIdentified)
            link.unlink()
            link.symlink_to(second.path.resolve())
            first.line.hang_up()
            reports.wait(DeviceIdentified, 2)
    assert [report for report in reports.all if not isinstance(report, DeviceReady | DeviceLost)] == [
        DeviceIdentified("seal scanner", "05e0:1701 S1"),
        DeviceIdentified("seal scanner", "05e0:1701 S2"),
    ]


def test_an_ssi_scanner_on_a_usb_port_is_identified_once_it_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    usb = UsbPorts()
    monkeypatch.setattr(serial_scanner, "usb_seen", partial(usb_seen, ports=usb))
    with SsiScanner() as scanner:
        usb.plug(scanner.path, 0x05E0, 0x1701)
        with driven(scanner.path, Framing.SSI) as (_, reports):
            assert reports.wait(DeviceIdentified) == [DeviceIdentified("seal scanner", "05e0:1701")]
    assert isinstance(reports.all[0], DeviceReady)


def test_a_scanner_on_a_port_that_says_nothing_of_itself_is_served_and_not_identified() -> None:
    with PlainScanner() as scanner, driven(scanner.path) as (_, reports):
        reports.wait(DeviceReady)
        scanner.fire(Printed.CODE_128, b"NZ1")
        reports.wait(BarcodeRead)
        assert reports.of(DeviceIdentified) == []


def test_a_port_held_by_another_program_is_a_fault_that_says_so() -> None:
    with PlainScanner() as scanner, driven(scanner.path) as (_, reports):
        reports.wait(DeviceReady)
        with driven(scanner.path) as (_, others):
            assert others.wait(DeviceLost)[0].mend == "end the other program that holds the port"


@pytest.mark.parametrize("framing", [Framing.CR, Framing.IDLE, Framing.SSI])
def test_stopping_is_prompt(framing: Framing) -> None:
    with SsiScanner() as scanner, driven(scanner.path, framing) as (driver, reports):
        reports.wait(DeviceReady)
        began = time.monotonic()
        driver.stop()
        assert time.monotonic() - began < PROMPT_S


def test_an_error_of_ours_is_handed_on_and_ends_the_thread() -> None:
    reports = Reports()

    def broken(report: object) -> None:
        if isinstance(report, BarcodeRead):
            raise RuntimeError("the station's queue is gone")
        reports(report)

    with PlainScanner() as scanner:
        driver = SerialScanner(
            ScannerSettings(name="seal scanner", port=PathPort(scanner.path)), broken, reports.on_death
        )
        driver.start()
        reports.wait(DeviceReady)
        scanner.fire(Printed.CODE_128, b"NZ1")
        with reports._changed:
            assert reports._changed.wait_for(lambda: reports.deaths, LIMIT_S)
        driver.stop()
        assert [str(error) for error in reports.deaths] == ["the station's queue is gone"]


def test_settings_that_cannot_be_are_refused_when_made(tmp_path: Path) -> None:
    port = PathPort(tmp_path)
    with pytest.raises(ValueError, match="expected baud above 0, got 0"):
        ScannerSettings(name="s", port=port, baud=0)
    with pytest.raises(ValueError, match="idle_s above 0"):
        ScannerSettings(name="s", port=port, idle_s=0.0)
    with pytest.raises(ValueError, match="max_length above 0"):
        ScannerSettings(name="s", port=port, max_length=-1)


def test_a_scanner_set_to_send_no_identifiers_is_taken_at_its_word() -> None:
    with PlainScanner() as scanner, driven(scanner.path, aim=AimUse.NEVER) as (_, reports):
        reports.wait(DeviceReady)
        scanner.fire(Printed.CODE_128, b"]A0NZ1")
        assert reports.wait(BarcodeRead)[0] == BarcodeRead("seal scanner", "]A0NZ1", None, ())
