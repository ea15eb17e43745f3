"""Frames: found however they are cut, never made of rubbish, and taken after any rubbish."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sealwire.frames import KINDS, MAX_ENCODED, MAX_PAYLOAD, Deframer, Frame

U16 = st.integers(0, 65535)

frames = st.builds(
    Frame, st.integers(0, KINDS - 1), U16, U16, U16, st.binary(max_size=40) | st.binary(max_size=MAX_PAYLOAD)
)

rubbish = st.binary(max_size=40) | st.binary(max_size=40).map(lambda few: few * 50)
"""Bytes of any length, longer than any frame too."""


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """Cut bytes into pieces of these sizes, again and again."""
    found, at, turn = [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found.append(data[at : at + size])
        at, turn = at + size, turn + 1
    return found


@given(frames)
def test_a_frame_on_the_line_is_little_longer_than_its_payload(frame: Frame) -> None:
    wire = frame.to_wire()
    assert wire[0] == wire[-1] == 0
    assert 0 not in wire[1:-1]
    assert len(wire) <= len(frame.payload) + 14 + len(frame.payload) // 254
    assert len(wire) <= MAX_ENCODED + 2


@given(st.lists(frames, max_size=5), st.lists(st.integers(1, 700), min_size=1))
def test_frames_are_found_however_the_line_is_cut(sent: list[Frame], sizes: list[int]) -> None:
    deframer = Deframer()
    found: list[Frame] = []
    for piece in pieces(b"".join(frame.to_wire() for frame in sent), sizes):
        found += deframer.feed(piece)
    assert found == sent
    assert deframer.spoiled == 0


@given(rubbish, frames)
def test_after_any_rubbish_the_next_frame_is_taken(before: bytes, frame: Frame) -> None:
    deframer = Deframer()
    made_of_rubbish = deframer.feed(before)
    assume(made_of_rubbish == [])
    assert deframer.feed(frame.to_wire()) == [frame]


@given(frames, st.data())
def test_a_frame_with_a_bit_flipped_is_not_taken_for_another(frame: Frame, draw: st.DataObject) -> None:
    wire = bytearray(frame.to_wire())
    at = draw.draw(st.integers(0, len(wire) * 8 - 1))
    wire[at // 8] ^= 1 << at % 8
    deframer = Deframer()
    # A flip in a delimiter leaves the frame between what is left of them, or cuts off what follows.
    assert [other for other in deframer.feed(bytes(wire) + b"\0") if other != frame] == []
    assert deframer.feed(frame.to_wire()) == [frame]


@given(frames, frames)
def test_a_frame_that_is_cut_off_costs_nothing_but_itself(cut: Frame, whole: Frame) -> None:
    wire = cut.to_wire()
    deframer = Deframer()
    assert deframer.feed(wire[: len(wire) // 2] + whole.to_wire()) == [whole]
    assert deframer.spoiled == 1


def test_a_line_without_end_is_taken_in_a_buffer_that_does_not_grow() -> None:
    deframer = Deframer()
    frame = Frame(1, 2, 3, 4, b"x" * MAX_PAYLOAD)
    for _ in range(100):
        assert deframer.feed(b"\x01" * 5_000) == []
        assert len(deframer._buffer) == MAX_ENCODED
    assert deframer.feed(frame.to_wire()) == [frame]
    assert deframer.spoiled == 1


def test_delimiters_alone_are_no_spoiled_frame() -> None:
    deframer = Deframer()
    assert deframer.feed(bytes(10)) == []
    assert deframer.spoiled == 0


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_are_taken_in_whatever_they_come(kind: Any) -> None:
    frame = Frame(2, 1, 2, 3, b"")
    assert Deframer().feed(kind(frame.to_wire())) == [frame]


def test_a_payload_is_the_frames_own_when_the_next_one_has_come() -> None:
    deframer = Deframer()
    (first,) = deframer.feed(Frame(1, 0, 0, 0, b"first").to_wire())
    deframer.feed(Frame(1, 0, 1, 0, b"second").to_wire())
    assert first.payload == b"first"


@given(frames, frames)
def test_frames_are_the_same_when_they_are_the_same_on_the_line(one: Frame, other: Frame) -> None:
    assert (one == other) == (one.to_wire() == other.to_wire())
    assert hash(one) == hash(Frame(one.kind, one.session, one.seq, one.ack, one.payload))
    assert eval(repr(one), {"Frame": Frame}) == one
    assert one != "no frame"
