"""The short way to write and read a line gives what the long way gives, or leaves it to that."""

from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.line import Line, read_plain, write_plain
from kiosk.ledger.stamp import Clock
from tests.ledger.test_canonical import TEXTS, VALUES, Colour

CLOCK = Clock("synchronised", "boot-1", 1000)


def line_of(body: dict[str, Any]) -> Line:
    return Line(body, CLOCK, "uplift", NO_PREV, 7, "2026-01-31T09:05:00.000Z")


def by_the_reference(body: dict[str, Any]) -> bytes:
    fields: dict[str, Any] = {"body": body, "clock": CLOCK.to_json(), "kind": "uplift", "prev": NO_PREV, "seq": 7}
    return rfc8785.dumps(fields | {"time": "2026-01-31T09:05:00.000Z"})


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
@example({"\ue000": 1, "\U0001f69a": 2})
@example({"a": {"\ue000": 1, "\U0001f69a": 2}, "name": "Tāne"})
def test_what_goes_the_short_way_is_the_references_line_and_comes_back(body: dict[str, Any]) -> None:
    written = write_plain(line_of(body))
    if written is not None:
        line, read = written
        assert line == by_the_reference(body)
        assert read_plain(line) == read == line_of(body)
        assert LedgerEntry.from_line(line).body == body


@pytest.mark.parametrize("body", [{}, {"a": [1, {"b": None}]}, {"name": "Tāne Māhuta", "n": [True, -(2**53 - 1)]}])
def test_what_the_gate_writes_goes_the_short_way(body: dict[str, Any]) -> None:
    assert write_plain(line_of(body)) is not None


@pytest.mark.parametrize(
    "body",
    [
        {"a": 1.0},
        {"a": float("nan")},
        {"a": 2**53},
        {"ā": 1},
        {"a": {"ā": 1}},
        {1: 1},
        {"a": (1, 2)},
        {"a": {1, 2}},
        {"a": b"x"},
        {"a": datetime(2026, 1, 31, tzinfo=UTC)},
        {"a": object()},
        {"a": "\ud800"},
        {"a": [[[[[[[1]]]]]]]},
    ],
)
def test_what_may_be_written_in_two_ways_or_not_at_all_is_left_to_the_long_way(body: dict[Any, Any]) -> None:
    assert write_plain(line_of(body)) is None


def test_a_text_of_another_class_is_recorded_as_the_text_that_it_is() -> None:
    written = write_plain(line_of({"a": Colour.RED}))
    assert written is None or written[1].body == {"a": "red"}
