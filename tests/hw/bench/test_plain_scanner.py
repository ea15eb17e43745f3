from pathlib import Path

import pytest
import serial

from hw.bench.barcodes import make, read
from hw.bench.scanner import PlainScanner, Suffix
from hw.bench.symbology import Symbology, element_string

WAIT_S = 5.0
"""Seconds that a test allows something which should come at once, on a busy machine."""

QUICK_S = 0.05
"""Seconds of silence that show that nothing more is sent."""


def opened(scanner: PlainScanner) -> serial.Serial:
    return serial.Serial(str(scanner.path), 9600, timeout=WAIT_S, exclusive=True)


@pytest.mark.parametrize(
    ("suffix", "end"),
    [(Suffix.CR, b"\r"), (Suffix.LF, b"\n"), (Suffix.CRLF, b"\r\n"), (Suffix.TAB, b"\t"), (Suffix.NONE, b"")],
)
def test_a_plain_scanner_sends_the_data_and_its_suffix(suffix: Suffix, end: bytes) -> None:
    with PlainScanner(suffix=suffix) as scanner, opened(scanner) as port:
        assert scanner.fire(Symbology.CODE_39, b"NZ 123")
        assert port.read(6 + len(end)) == b"NZ 123" + end
        port.timeout = QUICK_S
        assert port.read(1) == b""


def test_stx_and_etx_enclose_identifier_and_data() -> None:
    with PlainScanner(stx_etx=True, aim_ids=True) as scanner, opened(scanner) as port:
        scanner.fire(Symbology.CODE_128, b"NZ1")
        assert port.read_until(b"\r") == b"\x02]C0NZ1\x03\r"


@pytest.mark.parametrize(
    ("symbology", "modifier", "identifier"),
    [
        (Symbology.CODE_39, None, b"]A0"),
        (Symbology.CODE_39, "1", b"]A1"),
        (Symbology.CODE_128, None, b"]C0"),
        (Symbology.CODE_128, "2", b"]C2"),
        (Symbology.GS1_128, None, b"]C1"),
        (Symbology.ITF, "1", b"]I1"),
        (Symbology.CODABAR, None, b"]F0"),
        (Symbology.CODE_93, None, b"]G0"),
        (Symbology.DATABAR, None, b"]e0"),
        (Symbology.DATA_MATRIX, None, b"]d1"),
        (Symbology.GS1_DATA_MATRIX, None, b"]d2"),
        (Symbology.QR, None, b"]Q1"),
        (Symbology.GS1_QR, None, b"]Q3"),
        (Symbology.PDF417, "2", b"]L2"),
    ],
)
def test_aim_identifiers_are_those_of_the_standard(
    symbology: Symbology, modifier: str | None, identifier: bytes
) -> None:
    with PlainScanner(aim_ids=True) as scanner, opened(scanner) as port:
        scanner.fire(symbology, b"1", modifier)
        assert port.read_until(b"\r") == identifier + b"1\r"


def test_gs1_elements_of_variable_length_are_separated_unless_last() -> None:
    assert element_string(("21", "ABC"), ("10", "L7")) == b"21ABC\x1d10L7"
    assert element_string(("01", "09501101530010"), ("21", "ABC")) == b"010950110153001021ABC"
    assert element_string(("8004", "X1"), ("00", "1" * 18)) == b"8004X1\x1d00" + b"1" * 18


def test_a_drawn_gs1_barcode_is_sent_with_identifier_and_separator(tmp_path: Path) -> None:
    decoded = read(make(Symbology.GS1_128, "[21]ABC123[10]LOT7", tmp_path))
    with PlainScanner(aim_ids=True) as scanner, opened(scanner) as port:
        scanner.fire(decoded.symbology, decoded.data)
        assert port.read_until(b"\r") == b"]C121ABC123\x1d10LOT7\r"


def test_raw_bytes_go_out_as_they_are_and_the_host_is_not_heard() -> None:
    with PlainScanner(aim_ids=True, stx_etx=True) as scanner, opened(scanner) as port:
        port.write(b"\x16T\r")
        scanner.fire_raw(b"\x00\xffhalf")
        assert port.read(6) == b"\x00\xffhalf"


def test_a_plain_scanner_comes_back_under_its_name() -> None:
    with PlainScanner() as scanner:
        scanner.line.hang_up()
        assert scanner.fire(Symbology.QR, b"lost")
        scanner.line.come_back()
        with opened(scanner) as port:
            scanner.fire(Symbology.QR, b"seen")
            assert port.read_until(b"\r") == b"seen\r"
