import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.barcode import AimUse, Barcode, UnreadableBarcodeError, read_barcode
from drivers.symbology import AIM_CODES, AIM_IDENTIFIERS, SSI_TYPES, Symbology

S = Symbology


@pytest.mark.parametrize(
    ("identifier", "symbology"),
    [
        *((f"]A{modifier}", S.CODE_39) for modifier in "013457"),
        ("]C0", S.CODE_128),
        ("]C2", S.CODE_128_FNC1_SECOND),
        ("]I0", S.ITF),
        ("]I1", S.ITF),
        ("]I3", S.ITF),
        ("]F0", S.CODABAR),
        ("]G0", S.CODE_93),
        ("]d1", S.DATA_MATRIX),
        ("]Q1", S.QR),
        ("]L0", S.PDF417),
        ("]L1", S.PDF417),
        ("]L2", S.PDF417),
        ("]E0", S.EAN_UPC),
        ("]z0", S.AZTEC),
    ],
)
def test_the_aim_identifier_names_the_symbology_and_is_taken_off(identifier: str, symbology: Symbology) -> None:
    assert read_barcode(identifier.encode() + b"0002216887") == Barcode("0002216887", symbology, ())


@pytest.mark.parametrize(
    ("identifier", "symbology"),
    [("]C1", S.GS1_128), ("]d2", S.GS1_DATA_MATRIX), ("]Q3", S.GS1_QR), ("]e0", S.DATABAR)],
)
def test_gs1_symbologies_give_their_element_strings(identifier: str, symbology: Symbology) -> None:
    # GS1 General Specifications: (21) has variable length and needs GS before the next.
    barcode = read_barcode(identifier.encode() + b"0107032069804988" + b"21SEAL 9".replace(b" ", b"-") + b"\x1d9000123")
    assert barcode.symbology is symbology
    assert barcode.elements == (("01", "07032069804988"), ("21", "SEAL-9"), ("90", "00123"))
    assert barcode.text == "010703206980498821SEAL-9\x1d9000123"


@pytest.mark.parametrize(
    ("data", "elements"),
    [
        (b"00376130321109103420", (("00", "376130321109103420"),)),
        (b"21NZ0012345", (("21", "NZ0012345"),)),
        (b"250ABC\x1d251XYZ", (("250", "ABC"), ("251", "XYZ"))),
        (b"401CONSIGN-1", (("401", "CONSIGN-1"),)),
        (b"8004ASSET/7", (("8004", "ASSET/7"),)),
        (b"90" + b"x" * 30, (("90", "x" * 30),)),
        (b"99" + b"y" * 90, (("99", "y" * 90),)),
        (b"21ENDS\x1d", (("21", "ENDS"),)),
    ],
)
def test_the_application_identifiers_that_a_seal_may_use_are_read(
    data: bytes, elements: tuple[tuple[str, str], ...]
) -> None:
    assert read_barcode(b"]C1" + data).elements == elements


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"07ABC", "broken GS1 message"),  # no such application identifier
        (b"21", "broken GS1 message"),  # no value
        (b"00376130321109103421", "check digit"),
        (b"0107032069804989", "check digit"),
        (b"010703206980498", "broken GS1 message"),  # cut short
        (b"21" + b"x" * 21, "broken GS1 message"),  # over X..20
        (b"21" + b"A" * 20 + b"9055", "expected a group separator"),  # (90) glued on to a full (21)
        (b"\x1d21ABC", "broken GS1 message"),
        (b" 21ABC", "broken GS1 message"),
        (b"21ABC ", "broken GS1 message"),
        (b"21ABC\x1d\x1d90X", "broken GS1 message"),
        (b"11991332", "broken GS1 message"),  # the 13th month
    ],
)
def test_a_broken_gs1_message_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableBarcodeError, match=why):
        read_barcode(b"]C1" + data)


def test_without_an_identifier_the_symbology_is_unknown_and_the_text_whole() -> None:
    assert read_barcode(b" nz-0012345 ") == Barcode(" nz-0012345 ", None, ())


@pytest.mark.parametrize("data", [b"]", b"]C", b"] C1", b"]11x", b"]-1"])
def test_a_bracket_that_begins_no_identifier_is_data(data: bytes) -> None:
    assert read_barcode(data) == Barcode(data.decode(), None, ())


@pytest.mark.parametrize("identifier", ["]A9", "]C7", "]Y0", "]k1", "]QA"])
def test_an_unknown_identifier_is_refused_by_name(identifier: str) -> None:
    with pytest.raises(UnreadableBarcodeError, match=identifier):
        read_barcode(identifier.encode() + b"123")


def test_a_scanner_set_to_send_identifiers_always_is_not_believed_without_one() -> None:
    assert read_barcode(b"]C0123", aim=AimUse.ALWAYS).symbology is S.CODE_128
    with pytest.raises(UnreadableBarcodeError, match="expected an AIM identifier"):
        read_barcode(b"NZ123", aim=AimUse.ALWAYS)


def test_a_scanner_set_to_send_none_lets_no_printed_text_name_the_symbology() -> None:
    assert read_barcode(b"]A0NZ123", aim=AimUse.NEVER) == Barcode("]A0NZ123", None, ())


def test_a_packets_symbology_is_made_more_exact_by_an_identifier_of_its_family_only() -> None:
    assert read_barcode(b"]d221ABC", named=S.DATA_MATRIX) == Barcode("21ABC", S.GS1_DATA_MATRIX, (("21", "ABC"),))
    assert read_barcode(b"]A0ABC", named=S.CODE_128) == Barcode("]A0ABC", S.CODE_128, ())
    assert read_barcode(b"21ABC", named=S.GS1_128) == Barcode("21ABC", S.GS1_128, (("21", "ABC"),))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty barcode"),
        (b"]C0", "empty barcode"),
        (b"NZ\xc4123", "byte 0xC4 at position 3"),
        ("NZ\uff11\uff12".encode(), "expected ASCII"),  # full-width digits
        (b"NZ123\r", r"carriage return \(0x0D\) at position 6 of 6"),
        (b"\nNZ123", "line feed"),
        (b"NZ\t123", "TAB"),
        (b"NZ\x00123", "NUL"),
        (b"NZ\x1b123", "got 0x1B"),
        (b"NZ\x7f", "DEL"),
        (b"21ABC\x1d90X", "group separator"),  # FNC1 without an identifier that would say so
        (b"]C0AB\x1dC", "group separator"),
        (b"]d1[)>\x1e06\x1d21ABC\x1e\x04", "record separator"),
        (b"]Q2\\000009ABC", "ECI"),
    ],
)
def test_what_no_seal_carries_is_refused_with_the_place(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableBarcodeError, match=why):
        read_barcode(data)


def test_fnc1_in_second_position_keeps_its_indicator_and_separators() -> None:
    assert read_barcode(b"]C2aABC\x1dDEF") == Barcode("aABC\x1dDEF", S.CODE_128_FNC1_SECOND, ())


def test_a_backslash_is_data_where_no_escape_is_announced() -> None:
    assert read_barcode(b"]Q1A\\B").text == "A\\B"


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1))
def test_printable_text_is_never_changed(text: str) -> None:
    assert read_barcode(text.encode(), aim=AimUse.NEVER).text == text
    assert read_barcode(b"]C0" + text.encode()).text == text


@given(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda data: b"]C1" + data)))
def test_arbitrary_bytes_are_read_or_refused_and_never_crash(data: bytes) -> None:
    try:
        barcode = read_barcode(data)
    except UnreadableBarcodeError:
        return
    assert data.endswith(barcode.text.encode())


GS1_SOUP = st.lists(
    st.one_of(
        st.sampled_from(
            ["00", "01", "11", "17", "21", "310", "3103", "390", "3909", "3912", "410", "7003", "8008", "99"]
        ),
        st.sampled_from(["\x1d", "0", "00", "123456", "978", "A", "07032069804988", "991332", "000000"]),
    ),
    max_size=8,
).map("".join)


@given(GS1_SOUP)
def test_gs1_like_data_is_read_whole_or_refused(soup: str) -> None:
    try:
        elements = read_barcode(b"]C1" + soup.encode()).elements
    except UnreadableBarcodeError:
        return
    assert "".join(ai + value for ai, value in elements) == soup.replace("\x1d", "")


def test_every_ssi_type_has_an_aim_family() -> None:
    assert set(SSI_TYPES.values()) <= set(AIM_CODES)
    assert set(AIM_IDENTIFIERS.values()) == set(Symbology)


def test_reading_what_is_not_gs1_does_not_load_the_gs1_library() -> None:
    code = "import sys; from drivers.barcode import read_barcode; read_barcode(b']C0X'); print('biip' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert run.stdout.strip() == "False"
