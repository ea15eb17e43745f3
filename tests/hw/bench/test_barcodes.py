from collections.abc import Callable
from pathlib import Path

import pytest

from hw.bench.barcodes import ZBAR_NAMES, ZINT_ARGUMENTS, make, read
from hw.bench.symbology import Symbology, element_string
from hw.errors import DeviceFault

READABLE = [
    (Symbology.CODE_128, "NZS 123456", b"NZS 123456"),
    (Symbology.CODE_39, "NZ-123", b"NZ-123"),
    (Symbology.CODE_93, "NZ-123", b"NZ-123"),
    (Symbology.CODABAR, "A12345B", b"A12345B"),
    (Symbology.ITF, "0002216887", b"0002216887"),
    (Symbology.EAN_13, "978020137962", b"9780201379624"),
    (Symbology.QR, "SEAL:NZ 42", b"SEAL:NZ 42"),
    (Symbology.GS1_128, "[21]ABC123[10]LOT7", element_string(("21", "ABC123"), ("10", "LOT7"))),
    (Symbology.GS1_QR, "[21]ABC123[10]LOT7", element_string(("21", "ABC123"), ("10", "LOT7"))),
    (Symbology.DATABAR, "0950110153001", element_string(("01", "09501101530010"))),
]
"""Symbology, what zint is given, and what a scanner must decode."""


@pytest.mark.parametrize(("symbology", "data", "expected"), READABLE, ids=lambda value: getattr(value, "name", None))
def test_a_drawn_barcode_reads_back_as_what_it_was(
    symbology: Symbology, data: str, expected: bytes, tmp_path: Path
) -> None:
    decoded = read(make(symbology, data, tmp_path))
    assert decoded.data == expected
    assert decoded.symbology is symbology


def test_each_symbology_that_is_said_to_be_read_is_tested() -> None:
    assert set(ZBAR_NAMES.values()) == {symbology for symbology, _, _ in READABLE}


@pytest.mark.parametrize(
    ("symbology", "data", "got"),
    [
        (Symbology.DATA_MATRIX, "SEAL42", "none"),
        (Symbology.GS1_DATA_MATRIX, "[21]SEAL42", "none"),
        (Symbology.PDF417, "SEAL42", "none"),
        (Symbology.AZTEC, "SEAL42", "none"),
        (Symbology.DATABAR_LIMITED, "0950110153001", "none"),
        (Symbology.DATABAR_EXPANDED, "[21]ABC[10]LOT7", "DataBar-Exp"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_what_zbar_does_not_read_or_misreads_is_an_error_and_no_answer(
    symbology: Symbology, data: str, got: str, tmp_path: Path
) -> None:
    picture = make(symbology, data, tmp_path)
    with pytest.raises(DeviceFault, match=f"expected one barcode .*, got {got}; use one that zbar reads rightly"):
        read(picture)


def test_every_symbology_can_be_drawn() -> None:
    assert set(ZINT_ARGUMENTS) == set(Symbology)


def test_data_that_a_symbology_cannot_carry_is_refused_with_zints_words(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault, match=r"data for CODABAR, got 'HELLO': Error"):
        make(Symbology.CODABAR, "HELLO", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_data_that_begins_like_an_option_is_still_data(tmp_path: Path) -> None:
    assert read(make(Symbology.CODE_128, "--help", tmp_path)).data == b"--help"


@pytest.mark.parametrize(
    ("use", "missing"),
    [
        (lambda folder: make(Symbology.QR, "x", folder), "zint: .* apt-get install zint$"),
        (lambda folder: read(folder / "qr.png"), "zbarimg: .* apt-get install zbar-tools$"),
    ],
    ids=["zint", "zbarimg"],
)
def test_a_missing_tool_is_an_error_that_names_its_package(
    use: Callable[[Path], object], missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceFault, match=missing):
        use(tmp_path)
