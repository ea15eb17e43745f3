"""A password as it was typed, and one-time codes: what can be one, and that neither shows itself."""

import pytest
import rich.pretty
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.one_time_codes import ALPHABET, BITS, code_of, read_code
from kiosk.core.passwords import FEWEST_CHARACTERS, Password

TYPED = "kauri tui moana 77"


def test_a_password_shows_itself_in_no_repr_and_to_no_drawer_of_locals() -> None:
    password = Password(TYPED)
    shown = [repr(password), str(password), f"{password}", f"{(password,)}", rich.pretty.pretty_repr({"p": password})]
    assert not [text for text in shown if TYPED in text]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TYPED, ""), ("x" * 16, ""), ("x" * 128, ""), ("Māori ngā tai 🌊 e", ""),
        ("", "at least 16"), ("x" * 15, "at least 16"), ("x" * 129, "at most 128"),
        ("x" * 16 + "\n", "control characters"), ("x\ty" * 6, "control characters"),
    ],
)  # fmt: skip
def test_a_password_has_sixteen_characters_and_no_rule_of_which(text: str, line: str) -> None:
    problem = Password(text).problem
    assert line in problem
    assert bool(line) is bool(problem)


def test_the_same_characters_from_another_keyboard_are_the_same_password() -> None:
    assert Password("n\u0067a\u0304 tai o te awa").normal == Password("ng\u0101 tai o te awa").normal


@given(st.integers(0, 2**BITS - 1))
def test_a_code_is_read_as_it_was_told(number: int) -> None:
    code = code_of(number)
    assert len(code) == 14
    assert read_code(code) == code
    for typed in (code.lower(), f" {code} ", code.replace("-", " "), code.replace("-", ""), code.replace("0", "O")):
        assert read_code(typed) == code
    assert read_code(code.replace("1", "l")) == read_code(code.replace("1", "I")) == code


@given(st.integers(0, 2**BITS - 1), st.integers(0, 11), st.integers(1, 31))
def test_one_wrong_symbol_makes_no_other_code(number: int, place: int, other: int) -> None:
    symbols = code_of(number).replace("-", "")
    wrong = ALPHABET[(ALPHABET.index(symbols[place]) + other) % 32]
    assert read_code(symbols[:place] + wrong + symbols[place + 1 :]) is None


def test_two_numbers_have_two_codes_and_all_bits_count() -> None:
    codes = {code_of(1 << bit) for bit in range(BITS)}
    assert len(codes) == BITS


@pytest.mark.parametrize("text", ["", "7K3Q", "7K3Q-9XMZ 2H5T", "7K3Q-9XMZ-2H5T-", "\uff17K3Q-9XMZ-2H5T", TYPED])
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_code(text) is None


@given(st.text(min_size=FEWEST_CHARACTERS))
def test_no_password_is_taken_for_a_code(text: str) -> None:
    if not Password(text).problem and len(text.strip()) >= FEWEST_CHARACTERS:
        assert read_code(text) is None


def test_a_u_is_no_symbol_of_a_code() -> None:
    assert read_code("UUUU-UUUU-UUUU") is None
