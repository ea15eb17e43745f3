"""Messages: what is written is read back, what does not fit is not written, and rubbish is refused by name."""

import inspect
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwire.frames import MAX_PAYLOAD
from sealwire.messages import MESSAGES, Arm, BadMessage, Hello, Result, Scan, from_bytes, to_bytes
from tests.wire.messages import fields, forms, messages

every_kind = pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)


@given(messages())
def test_a_message_that_is_written_is_read_back(message: Any) -> None:
    assert fields(from_bytes(to_bytes(message))) == fields(message)


@given(messages())
def test_no_message_is_longer_than_a_frame_holds(message: Any) -> None:
    assert len(to_bytes(message)) <= MAX_PAYLOAD


@given(messages(), st.data())
def test_a_message_cut_short_or_with_bytes_left_over_is_refused(message: Any, draw: st.DataObject) -> None:
    data = to_bytes(message)
    for wrong in (data[: draw.draw(st.integers(0, len(data) - 1))], data + b"\0"):
        with pytest.raises(BadMessage):
            from_bytes(wrong)


@given(st.binary(max_size=700) | st.builds(lambda kind, rest: bytes([kind]) + rest, st.integers(1, 11), st.binary()))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        message = from_bytes(data)
    except BadMessage:
        return
    assert to_bytes(message) == data


@every_kind
def test_a_kinds_fields_are_what_it_is_made_with_and_explained(kind: Any) -> None:
    names = list(forms(kind))
    assert set(names) == set(inspect.signature(kind).parameters)
    assert len(names) == len(set(names))
    explained = re.findall(r"^ {4}(\w+): ", inspect.cleandoc(kind.__doc__), re.MULTILINE)
    assert explained in (names, []), "expected all of a message's fields explained in their order, or none"


def test_the_numbers_of_the_kinds_are_their_places_in_the_table() -> None:
    assert [kind.ID for kind in MESSAGES] == list(range(1, len(MESSAGES) + 1))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (Arm(bytes(7)), "Arm.nonce: expected b8, got b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00'"),
        (Arm(bytes(9)), "Arm.nonce: expected b8"),
        (Arm(None), "Arm.nonce: expected b8, got None"),  # type: ignore[arg-type]
        (Result(-1, 1, ""), "Result.seq: expected u32, got -1"),
        (Result(1 << 32, 1, ""), "Result.seq: expected u32, got 4294967296"),
        (Result(1, 256, ""), "Result.verdict: expected u8, got 256"),
        (Result(1, 1, "x" * 81), "Result.why: expected t80, got 'xxx"),
        (Result(1, 1, "ū" * 41), "Result.why: expected t80"),
        (Result(1, 1, b"bytes"), "Result.why: expected t80, got b'bytes'"),  # type: ignore[arg-type]
        (Scan(1, bytes(8), 1, 1, 0, "]C1", 0, bytes(513)), "Scan.data: expected v512"),
        (Hello("u" * 33, "1", "b"), "Hello.unit: expected t32"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(message: Any, said: str) -> None:
    with pytest.raises(BadMessage, match=re.escape(said)):
        to_bytes(message)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "expected a message's number, got b''"),
        (b"\x63", "expected a message's number, got b'c'"),
        (b"\x02" + bytes(7), "nonce: expected 8 bytes, got 7"),
        (b"\x02" + bytes(9), "Arm: expected 9 bytes, got 10"),
        (b"\x04\0\0\0\0\x01\x51" + b"x" * 81, "why: expected 80 bytes at most, got 81"),
        (b"\x04\0\0\0\0\x01\x02\xc3\x28", "why: expected UTF-8, got b'\\xc3('"),
    ],
)
def test_what_is_no_message_is_refused_with_what_was_expected_and_what_came(data: bytes, said: str) -> None:
    with pytest.raises(BadMessage, match=re.escape(said)):
        from_bytes(data)
