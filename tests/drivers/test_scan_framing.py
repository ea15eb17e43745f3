from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scan_framing import STALL_S, Broken, Frame, Framer, Framing

IDLE_S = 0.05
PLAIN = [framing for framing in Framing if framing is not Framing.SSI]
SUFFIX = {
    Framing.CR: b"\r",
    Framing.LF: b"\n",
    Framing.CRLF: b"\r\n",
    Framing.TAB: b"\t",
    Framing.STX_ETX: b"\x03",
    Framing.ANY_LINE_END: b"\r\n",
    Framing.IDLE: b"",
}


def framer(framing: Framing, max_length: int = 40) -> Framer:
    return Framer(framing, max_length=max_length, idle_s=IDLE_S)


def framed(framing: Framing, data: bytes) -> bytes:
    return (b"\x02" if framing is Framing.STX_ETX else b"") + data + SUFFIX[framing]


def run(framing: Framing, chunks: Sequence[bytes], max_length: int = 40) -> list[Frame | Broken]:
    """Everything that comes out of the chunks and of the silence after them."""
    subject = framer(framing, max_length)
    out = [item for chunk in chunks for item in subject.feed(chunk, now=10.0)]
    return out + subject.quiet(10.0 + STALL_S)


@pytest.mark.parametrize("framing", PLAIN)
def test_a_read_comes_out_exactly_without_its_frame(framing: Framing) -> None:
    assert run(framing, [framed(framing, b"  Seal 01 ")]) == [Frame(b"  Seal 01 ")]


@pytest.mark.parametrize("framing", PLAIN)
def test_a_read_that_arrives_byte_by_byte_is_one_read(framing: Framing) -> None:
    data = framed(framing, b"NZ0012345")
    assert run(framing, [data[at : at + 1] for at in range(len(data))]) == [Frame(b"NZ0012345")]


@pytest.mark.parametrize("framing", [framing for framing in PLAIN if framing is not Framing.IDLE])
def test_reads_in_one_chunk_are_told_apart(framing: Framing) -> None:
    data = framed(framing, b"ONE") + framed(framing, b"TWO")
    assert run(framing, [data]) == [Frame(b"ONE"), Frame(b"TWO")]


def test_silence_ends_an_idle_read_and_the_next_begins_after_it() -> None:
    subject = framer(Framing.IDLE)
    assert subject.feed(b"ONE", 10.0) == []
    assert subject.quiet(10.0 + IDLE_S - 0.001) == []
    assert subject.quiet(10.0 + IDLE_S) == [Frame(b"ONE")]
    assert subject.quiet(11.0) == []
    assert subject.feed(b"TWO", 12.0) == []
    assert subject.quiet(12.1) == [Frame(b"TWO")]


def test_a_reader_that_slept_does_not_split_an_idle_read() -> None:
    subject = framer(Framing.IDLE)
    assert subject.feed(b"NZ001", 10.0) == []
    assert subject.feed(b"2345", 99.0) == []
    assert subject.quiet(99.0 + IDLE_S) == [Frame(b"NZ0012345")]


@pytest.mark.parametrize("framing", [Framing.CR, Framing.LF, Framing.CRLF, Framing.TAB, Framing.STX_ETX])
def test_a_lost_end_does_not_glue_two_reads_together(framing: Framing) -> None:
    subject = framer(framing)
    whole = framed(framing, b"ONE")
    assert subject.feed(whole.removesuffix(SUFFIX[framing]), 10.0) == []
    assert subject.quiet(10.0 + STALL_S - 0.001) == []
    assert subject.quiet(10.0 + STALL_S) == [Broken("3 bytes, then no end of the read within 1 s")]
    assert subject.feed(framed(framing, b"TWO"), 12.0) == [Frame(b"TWO")]


def test_a_second_stx_ends_what_was_begun() -> None:
    out = run(Framing.STX_ETX, [b"\x02ONE\x02TWO\x03"])
    assert out == [Broken("3 bytes, then a new read began before the end of it"), Frame(b"TWO")]


def test_bytes_outside_stx_and_etx_are_told_of_but_not_a_line_end() -> None:
    assert run(Framing.STX_ETX, [b"\x02ONE\x03\r\nabc\x02TWO\x03\r\n"]) == [
        Frame(b"ONE"),
        Broken("3 bytes outside STX and ETX; is the framing stx-etx right?"),
        Frame(b"TWO"),
    ]


def test_any_line_end_takes_all_three_and_makes_no_empty_reads() -> None:
    assert run(Framing.ANY_LINE_END, [b"\n\rA\rB\nC\r\n\r\nD\n"]) == [Frame(b) for b in (b"A", b"B", b"C", b"D")]


def test_a_lone_carriage_return_is_data_under_cr_lf() -> None:
    assert run(Framing.CRLF, [b"A\rB\r\r\n"]) == [Frame(b"A\rB\r")]


@pytest.mark.parametrize("framing", [Framing.CR, Framing.LF, Framing.CRLF, Framing.TAB, Framing.STX_ETX])
def test_an_empty_read_is_no_read(framing: Framing) -> None:
    assert run(framing, [framed(framing, b"")]) == [Broken(f"an empty read; is the framing {framing.value} right?")]


@pytest.mark.parametrize("framing", PLAIN)
def test_the_longest_read_passes_and_one_byte_more_is_refused_once(framing: Framing) -> None:
    assert run(framing, [framed(framing, b"x" * 40)]) == [Frame(b"x" * 40)]
    for length in (41, 42, 5000):
        (out,) = run(framing, [framed(framing, b"x" * length)])
        assert out == Broken(f"more than 40 bytes without an end; is the framing {framing.value} right?")


@pytest.mark.parametrize("framing", [framing for framing in PLAIN if framing is not Framing.IDLE])
def test_after_an_overlong_read_the_next_is_whole(framing: Framing) -> None:
    out = run(framing, [framed(framing, b"x" * 99) + framed(framing, b"NEXT")])
    assert out[1:] == [Frame(b"NEXT")]


@pytest.mark.parametrize("framing", PLAIN)
def test_noise_without_an_end_keeps_no_memory(framing: Framing) -> None:
    subject = framer(framing)
    for _ in range(100):
        subject.feed(b"x" * 1000, 1.0)
    assert len(subject._buffer) <= 42


@pytest.mark.parametrize("framing", PLAIN)
def test_a_read_cut_off_by_an_unplug_is_told_of_and_not_kept(framing: Framing) -> None:
    subject = framer(framing)
    assert subject.feed(framed(framing, b"NZ00123").removesuffix(SUFFIX[framing]), 1.0) == []
    assert subject.abandon() == [Broken("7 bytes, then the scanner went away in the middle of it")]
    assert subject.abandon() == []
    assert subject.quiet(99.0) == []


def test_ssi_is_refused_as_a_framing_of_bytes() -> None:
    with pytest.raises(ValueError, match="got SSI"):
        framer(Framing.SSI)


FRAME_BYTES = st.lists(st.sampled_from(b"\x02\x03\r\n\tAB\x00\xff"), max_size=60).map(bytes)


@given(
    framing=st.sampled_from(PLAIN),
    data=st.one_of(FRAME_BYTES, st.binary(max_size=60)),
    cuts=st.sets(st.integers(0, 60)),
    max_length=st.integers(1, 8),
)
def test_framing_does_not_depend_on_how_bytes_are_chunked(
    framing: Framing, data: bytes, cuts: set[int], max_length: int
) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    chunks = [data[a:b] for a, b in pairwise(edges)]
    assert run(framing, chunks, max_length) == run(framing, [data], max_length)


@given(
    framing=st.sampled_from([framing for framing in PLAIN if framing is not Framing.IDLE]),
    reads=st.lists(st.binary(min_size=1, max_size=40), max_size=5),
)
def test_every_read_without_a_frame_byte_comes_back(framing: Framing, reads: list[bytes]) -> None:
    clean = [data for data in reads if not set(data) & set(b"\x02\x03\r\n\t")]
    assert run(framing, [framed(framing, data) for data in clean]) == [Frame(data) for data in clean]
