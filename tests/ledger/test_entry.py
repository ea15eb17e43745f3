import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.ledger.canonical import LARGEST_INT, MAX_DEPTH
from kiosk.ledger.entry import MAX_LINE_BYTES, NO_PREV, LedgerEntry
from kiosk.ledger.errors import EntryMalformed, EntryRefused
from kiosk.ledger.merkle import leaf_hash
from kiosk.ledger.stamp import Clock, Stamp

CLOCK = Clock("synchronised", "boot-1", 1000)
TIME = datetime(2026, 1, 31, 9, 5, tzinfo=UTC)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_INT, LARGEST_INT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))
BODIES = st.dictionaries(TEXT, VALUES, max_size=5)
ZONES = st.timezones() | st.just(UTC)
TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001  (bounds have no zone)


def made(body: dict[str, Any] | None = None, *, time: datetime = TIME, seq: int = 1) -> tuple[LedgerEntry, bytes]:
    return LedgerEntry.make(seq=seq, stamp=Stamp(time, CLOCK), kind="uplift", body=body or {}, prev=NO_PREV)


def test_a_line_is_canonical_json_with_its_fields_in_order() -> None:
    entry, line = made({"seal": "NZ1"}, seq=7)
    assert line == (
        b'{"body":{"seal":"NZ1"},"clock":{"boot":"boot-1","monotonic_ms":1000,"state":"synchronised"},'
        b'"kind":"uplift","prev":"' + b"0" * 64 + b'","seq":7,'
        b'"time":"2026-01-31T09:05:00.000Z"}'
    )
    assert entry.digest == leaf_hash(line).hex()


@given(BODIES, TIMES, st.integers(1, LARGEST_INT))
def test_what_is_written_is_read_back_the_same(body: dict[str, Any], time: datetime, seq: int) -> None:
    entry, line = made(body, time=time, seq=seq)
    assert b"\n" not in line
    assert LedgerEntry.from_line(line) == LedgerEntry.read_back(line) == entry
    assert entry.to_line() == line
    assert entry.body == body
    assert timedelta(0) <= time - entry.time < timedelta(milliseconds=1)


@given(st.floats(min_value=2.0**53, allow_infinity=False))
def test_a_large_float_is_read_back_as_the_same_number(number: float) -> None:
    entry, line = made({"n": number})
    assert LedgerEntry.from_line(line).body == entry.body == {"n": number}


@given(BODIES.filter(bool), st.data())
def test_the_same_values_written_another_way_are_no_entry(body: dict[str, Any], data: st.DataObject) -> None:
    _, line = made(body)
    other = data.draw(
        st.sampled_from(
            [json.dumps(json.loads(line)).encode(), line.replace(b',"seq":', b', "seq":'), line + b" ", b" " + line]
        )
    )
    with pytest.raises(EntryMalformed):
        LedgerEntry.from_line(other)


@pytest.mark.parametrize(
    ("body", "where", "got"),
    [
        ({"n": LARGEST_INT + 1}, "body.n", "a whole number beyond"),
        ({"n": 10**5000}, "body.n", "a whole number beyond"),
        ({"a": [1, {"b": float("nan")}]}, "body.a[1].b", "the number nan"),
        ({"a": float("inf")}, "body.a", "the number inf"),
        ({"weight": Decimal(1)}, "body.weight", "a Decimal"),
        ({"when": TIME}, "body.when", "a datetime"),
        ({"raw": b"x"}, "body.raw", "a bytes"),
        ({"a": {1: 2}}, "body.a", "the key 1 of type int"),
        ({"t": "\ud800"}, "body.t", "half a character"),
        ({"a": {"\udfff": 1}}, "key of body.a", "half a character"),
        ({"s": {1, 2}}, "body.s", "a set"),
    ],
)
def test_a_value_that_json_cannot_hold_exactly_is_refused_by_its_place(
    body: dict[str, Any], where: str, got: str
) -> None:
    with pytest.raises(EntryRefused) as caught:
        made(body)
    assert caught.value.what == where
    assert got in caught.value.got


def test_nesting_is_refused_before_any_reader_runs_out_of_stack() -> None:
    deep: dict[str, Any] = {}
    for _ in range(MAX_DEPTH - 1):
        deep = {"a": deep}
    LedgerEntry.from_line(made(deep)[1])
    for _ in range(2000):
        deep = {"a": deep}
    with pytest.raises(EntryRefused, match="inside one another"):
        made(deep)


def test_a_line_too_long_is_refused() -> None:
    with pytest.raises(EntryRefused, match=f"under {MAX_LINE_BYTES} bytes"):
        made({"t": "x" * MAX_LINE_BYTES})


@pytest.mark.parametrize(
    "time", [TIME.replace(tzinfo=None), datetime.min.replace(tzinfo=timezone(timedelta(hours=12))), "now"]
)
def test_a_time_that_is_no_instant_is_refused(time: Any) -> None:
    with pytest.raises(EntryRefused, match="entry's time"):
        made(time=time)


def test_an_entry_without_kind_is_refused() -> None:
    with pytest.raises(EntryRefused, match="entry's kind"):
        LedgerEntry.make(seq=1, stamp=Stamp(TIME, CLOCK), kind="", body={}, prev=NO_PREV)


@pytest.mark.parametrize("lack", [{"state": ""}, {"boot": ""}, {"monotonic_ms": -1}, {"monotonic_ms": 2**53}])
def test_an_entry_whose_clock_says_too_little_is_refused(lack: dict[str, Any]) -> None:
    with pytest.raises(EntryRefused, match="entry's clock"):
        LedgerEntry.make(seq=1, stamp=Stamp(TIME, replace(CLOCK, **lack)), kind="uplift", body={}, prev=NO_PREV)


GOOD = made({"seal": "NZ1"})[1]


@pytest.mark.parametrize(
    ("line", "got"),
    [
        (b"", "Expecting value"),
        (b"[]", "a JSON list"),
        (b"{}", "none"),
        (GOOD[:-1], "Expecting"),
        (GOOD.replace(b'"seq":1', b'"seq":1,"seq":1'), "the key 'seq' twice"),
        (GOOD.replace(b'"seal":"NZ1"', b'"seal":"NZ1","seal":"NZ2"'), "the key 'seal' twice"),
        (GOOD.replace(b'"NZ1"', b"NaN"), "the word NaN"),
        (GOOD.replace(b'"NZ1"', b"1e999"), "not representable"),
        (GOOD.replace(b'"NZ1"', b"1" * 400), "not representable"),
        (GOOD.replace(b'"NZ1"', b"1.0"), "written another way"),
        (GOOD.replace(b'"NZ1"', b'"\\u004e"'), "written another way"),
        (GOOD.replace(b'"NZ1"', b'"\\ud800"'), "surrogates"),
        (GOOD.replace(b"NZ1", b"\xff"), "byte 0xff"),
        (GOOD.replace(b'"NZ1"', b"[" * 100_000), "nesting without end"),
        (GOOD.replace(b'"seq":1', b'"seq":0'), "seq 0"),
        (GOOD.replace(b'"seq":1', b'"seq":true'), "seq True"),
        (GOOD.replace(b'"seq":1', b'"seq":1,"sum":2'), "sum"),
        (GOOD.replace(b'"kind":"uplift"', b'"kind":""'), "''"),
        (GOOD.replace(b'"kind":"uplift"', b'"kind":5'), "5"),
        (GOOD.replace(b'"boot":"boot-1",', b""), "{'monotonic_ms': 1000, 'state': 'synchronised'}"),
        (GOOD.replace(b'"boot-1"', b'""'), "'boot': ''"),
        (GOOD.replace(b":1000", b":true"), "'monotonic_ms': True"),
        (GOOD.replace(b":1000", b":-1"), "'monotonic_ms': -1"),
        (GOOD.replace(b'"state"', b'"satz":1,"state"'), "'satz': 1"),
        (GOOD.replace(b'{"seal":"NZ1"}', b"[]"), "a list"),
        (GOOD.replace(b"0" * 64, b"0" * 63), "'000"),
        (GOOD.replace(b"0" * 64, b"A" * 64), "'AAA"),
        (GOOD.replace(b".000Z", b"Z"), "09:05:00Z"),
        (GOOD.replace(b".000Z", b".000+00:00"), "+00:00"),
        (GOOD.replace(b"2026-01-31T", b"2026-02-31T"), "02-31"),
        (GOOD.replace(b'"2026-01-31T09:05:00.000Z"', b"12"), "12"),
    ],
)
def test_a_line_that_is_no_entry_is_refused_by_what_it_is(line: bytes, got: str) -> None:
    with pytest.raises(EntryMalformed) as caught:
        LedgerEntry.from_line(line)
    assert got in caught.value.got
