import enum
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.canonical import LARGEST_INT, MAX_DEPTH, canonical, is_plain

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    st.sampled_from('\x00\x1f"\\/\x7fā\ue000\U0001f69a')
)
NUMBERS = st.integers(-LARGEST_INT, LARGEST_INT) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | TEXTS | NUMBERS,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(TEXTS, inner),
    max_leaves=30,
)


class Colour(enum.StrEnum):
    RED = "red"


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@given(VALUES)
def test_the_quick_form_is_the_references_form(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_is_plain_reads_back_as_it_was(value: Any) -> None:
    if is_plain(value):
        assert canonical(msgspec.json.decode(canonical(value))) == canonical(value)


@pytest.mark.parametrize("value", [{"b": 1, "a": [True, None, "ā"]}, LARGEST_INT, -LARGEST_INT, (), nested(MAX_DEPTH)])
def test_what_the_gate_writes_is_plain(value: object) -> None:
    assert is_plain(value)


@pytest.mark.parametrize(
    "value", [0.5, 1.0, LARGEST_INT + 1, {"ā": 1}, {1: 1}, [b"x"], {"x"}, Colour.RED, nested(MAX_DEPTH + 1), object()]
)
def test_what_the_two_libraries_may_write_differently_is_left_to_the_reference(value: object) -> None:
    assert not is_plain(value)


@pytest.mark.parametrize("value", [float("nan"), LARGEST_INT + 1, "\ud800", ["\udfff"], {1: 1}, b"x", {"x"}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        canonical(value)
