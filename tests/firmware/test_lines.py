"""A plain engine's bytes become reads, however they are cut and whatever rubbish stands between them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.engine import LONGEST, split_aim
from reader.lines import _STALL_MS as STALL_MS
from reader.lines import Lines
from sealwire.messages import Heartbeat

ENDS = [b"\r", b"\n", b"\r\n", b"\t"]

seals = st.binary(min_size=1, max_size=40).map(
    lambda data: bytes(byte for byte in data if byte not in b"\r\n\t") or b"S"
)


def lines_of(end: bytes) -> tuple[Lines, list[str]]:
    broken: list[str] = []
    return Lines(end, broken.append), broken


def fed(lines: Lines, data: bytes, cuts: list[int] | None = None, now: int = 0) -> list[bytes]:
    """What is read of some bytes that come in pieces."""
    reads = []
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts or [])})
    for begin, end in itertools.pairwise(edges):
        for ssi_type, read in lines.take(data[begin:end], now):
            assert ssi_type == 0, "a plain engine does not say it"
            reads.append(read)
    return reads


@given(st.sampled_from(ENDS), st.lists(seals, max_size=6), st.lists(st.integers(0, 400), max_size=12))
def test_every_line_is_one_read_however_it_is_cut(end: bytes, sent: list[bytes], cuts: list[int]) -> None:
    lines, broken = lines_of(end)
    assert fed(lines, b"".join(read + end for read in sent), cuts) == sent
    assert broken == []


@given(st.sampled_from(ENDS), st.binary(max_size=3000), seals)
def test_after_any_rubbish_and_a_silence_the_next_line_is_read_whole(end: bytes, rubbish: bytes, seal: bytes) -> None:
    lines, _ = lines_of(end)
    fed(lines, rubbish, now=0)
    lines.take(b"", STALL_MS)
    assert fed(lines, seal + end, now=STALL_MS + 1) == [seal]


@given(st.sampled_from(ENDS), st.binary(max_size=3000), seals)
def test_after_any_rubbish_without_a_silence_the_line_after_the_next_end_is_read_whole(
    end: bytes, rubbish: bytes, seal: bytes
) -> None:
    lines, _ = lines_of(end)
    assert fed(lines, rubbish + end + seal + end)[-1:] == [seal]


@pytest.mark.parametrize("end", ENDS)
def test_the_longest_read_is_taken_and_one_byte_more_is_told_once_and_dropped(end: bytes) -> None:
    lines, broken = lines_of(end)
    assert fed(lines, b"x" * LONGEST + end) == [b"x" * LONGEST]
    assert fed(lines, b"x" * (LONGEST + 1) + end + b"next" + end) == [b"next"]
    assert [str(LONGEST) in what for what in broken] == [True]


@pytest.mark.parametrize("end", ENDS)
def test_a_line_without_an_end_is_told_once_and_takes_bounded_room(end: bytes) -> None:
    lines, broken = lines_of(end)
    for _ in range(50):
        assert fed(lines, b"x" * 100) == []
        assert len(lines._line) <= LONGEST + len(end)
    lines.take(b"", STALL_MS)
    assert len(broken) == 1
    assert fed(lines, b"next" + end) == [b"next"]


def test_the_first_byte_of_a_two_byte_end_inside_a_line_is_data() -> None:
    lines, _ = lines_of(b"\r\n")
    assert fed(lines, b"a\rb\r\r\n") == [b"a\rb\r"]


def test_a_two_byte_end_is_seen_when_it_lies_across_the_limit() -> None:
    lines, _ = lines_of(b"\r\n")
    assert fed(lines, b"x" * (LONGEST + 1) + b"\r" + b"\nnext\r\n") == [b"next"]


def test_a_line_whose_end_was_lost_is_told_after_the_stall_and_not_glued_to_the_next() -> None:
    lines, broken = lines_of(b"\r")
    fed(lines, b"half", now=100)
    assert lines.take(b"", 100 + STALL_MS - 1) == []
    assert broken == []
    lines.take(b"", 100 + STALL_MS)
    assert len(broken) == 1
    assert broken[0].startswith("4 bytes")
    assert fed(lines, b"whole\r", now=2000) == [b"whole"]


def test_an_empty_line_is_no_read() -> None:
    lines, broken = lines_of(b"\r")
    assert fed(lines, b"\r\r\r") == []
    assert broken == []


def test_an_interrupt_character_in_the_data_is_data() -> None:
    lines, _ = lines_of(b"\r")
    assert fed(lines, b"\x03A\x03\x04\r") == [b"\x03A\x03\x04"]


def test_how_the_engine_is_stays_unknown_until_it_says_something() -> None:
    lines, _ = lines_of(b"\r")
    lines.press(True, 0)
    lines.take(b"", 60_000)
    assert (lines.state, bytes(lines.out)) == (Heartbeat.ENGINE_UNKNOWN, b"")
    lines.take(b"x", 60_001)
    assert lines.state == Heartbeat.ENGINE_READY


@pytest.mark.parametrize(
    ("data", "aim", "rest"),
    [
        (b"]C0SEAL", "]C0", b"SEAL"),
        (b"]d2", "]d2", b""),
        (b"]XaS", "]Xa", b"S"),
        (b"SEAL", "", b"SEAL"),
        (b"]C", "", b"]C"),
        (b"]1CS", "", b"]1CS"),
        (b"]C-S", "", b"]C-S"),
        (b"]\xc30S", "", b"]\xc30S"),
        (b"]C\xe9S", "", b"]C\xe9S"),
        (b"", "", b""),
    ],
)
def test_an_aim_identifier_is_taken_off_the_data_and_nothing_else_is(data: bytes, aim: str, rest: bytes) -> None:
    assert split_aim(data) == (aim, rest)
