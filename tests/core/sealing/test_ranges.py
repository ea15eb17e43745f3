"""Seal numbers in a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import BadNumber
from kiosk.core.sealing.ranges import MOST, numbers_between


def test_a_range_is_every_number_from_the_first_to_the_last_with_its_letters_and_zeros() -> None:
    assert numbers_between("NZ000098", "NZ000101") == ("NZ000098", "NZ000099", "NZ000100", "NZ000101")
    assert numbers_between("7", "7") == ("7",)
    assert numbers_between("A1B09", "A1B11") == ("A1B09", "A1B10", "A1B11")


@given(st.text("AZ-", max_size=4), st.integers(0, 99_999), st.integers(0, MOST - 1))
def test_a_range_has_as_many_numbers_as_it_says_all_alike_in_shape(letters: str, first: int, more: int) -> None:
    numbers = numbers_between(f"{letters}{first:06}", f"{letters}{first + more:06}")
    assert len(set(numbers)) == len(numbers) == more + 1
    assert {len(number) for number in numbers} == {len(letters) + 6}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("NZ000001", "NZ1", "as many digits"),
        ("NZ000001", "AU000009", "the same letters"),
        ("NZ", "NZ000001", "ends in digits"),
        ("NZ000001", "NZ00000A", "ends in digits"),
        ("NZ000002", "NZ000001", "the last number behind the first"),
        ("NZ000001", f"NZ{MOST + 1:06}", f"at most {MOST}"),
    ],
)
def test_what_is_no_range_is_refused(first: str, last: str, expected: str) -> None:
    with pytest.raises(BadNumber, match=expected):
        numbers_between(first, last)
