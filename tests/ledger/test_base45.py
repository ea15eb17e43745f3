"""Base45 as RFC 9285 has it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.base45 import ALPHABET, decode, encode


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_examples_of_the_rfc_come_out(data: bytes, text: str) -> None:
    assert encode(data) == text
    assert decode(text) == data


@pytest.mark.parametrize("text", ["GGW", ":::", "::", "A", "BB8A", "bb8", "BB8,", "Ä00", "BB8\n", "V5"])
def test_what_stands_for_nothing_is_refused(text: str) -> None:
    assert decode(text) is None


@given(st.binary(max_size=200))
def test_any_bytes_come_back_and_the_text_never_ends_with_a_space(data: bytes) -> None:
    text = encode(data)
    assert decode(text) == data
    assert set(text) <= set(ALPHABET)
    assert not text.endswith(" ")


@given(st.text(ALPHABET, max_size=60))
def test_there_is_one_text_for_any_bytes(text: str) -> None:
    data = decode(text)
    assert data is None or encode(data) == text


def test_it_is_shorter_in_a_code_than_base32() -> None:
    assert len(encode(bytes(120))) < len(base64.b32encode(bytes(120)))
