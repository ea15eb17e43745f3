import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso6346

from kiosk.core.errors import BadNumber
from kiosk.core.units import ContainerNumber, PackageNumber, parse_unit

OWNERS = st.text(string.ascii_uppercase, min_size=3, max_size=3)
SERIALS = st.text(string.digits, min_size=6, max_size=6)


@pytest.mark.parametrize("text", ["CSQU3054383", "TASU1170000", "csqu 305438-3", " CSQU 305438 3 "])
def test_the_standards_own_examples_are_container_numbers(text: str) -> None:
    assert ContainerNumber.parse(text).text in {"CSQU3054383", "TASU1170000"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CSQU305438",
        "CSQU30543833",
        "CSQR3054383",
        "CSQ13054383",
        "1A_U0000000",
        "CSQU30543\u0663\u0668\u0663",
        "\uff23SQU3054383",
        "CSQU\n3054383",
        "C\u017fQU3054383",
    ],
)
def test_what_has_another_shape_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(BadNumber, match="expected a container number: 3 letters, U, J or Z, then 7 digits, got"):
        ContainerNumber.parse(text)


def test_a_wrong_check_digit_is_named_with_the_right_one() -> None:
    with pytest.raises(BadNumber) as caught:
        ContainerNumber.parse("CSQU3054384")
    assert str(caught.value) == (
        "expected check digit 3 for CSQU305438, got 4; check each letter and digit against the container's door"
    )
    assert caught.value.diagnostics()[1] == "Got: 4"


@given(OWNERS, st.sampled_from("UJZ"), SERIALS)
def test_every_number_with_its_own_check_digit_is_taken(owner: str, category: str, serial: str) -> None:
    body = owner + category + serial
    number = body + iso6346.calc_check_digit(body)
    assert str(ContainerNumber.parse(number)) == number
    assert parse_unit(number.lower()) == ContainerNumber(number)


def read_or_refuse(text: str) -> str:
    try:
        return str(parse_unit(text))
    except BadNumber as error:
        return str(error)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_short_ascii_line(text: str) -> None:
    line = read_or_refuse(text)
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 400


def test_a_container_number_with_a_wrong_check_digit_is_never_taken_for_a_package() -> None:
    with pytest.raises(BadNumber, match="check digit"):
        parse_unit("CSQU3054384")


def test_a_package_number_is_tidied_and_bounded() -> None:
    assert parse_unit(" uld-7701 ") == PackageNumber("ULD-7701")
    with pytest.raises(BadNumber, match="package number"):
        PackageNumber.parse("A" * 36)
    with pytest.raises(BadNumber, match="container number"):
        parse_unit("A*")
