"""The line to a PN532: frames found in a stream, lost ones asked for again, every failure an OSError."""

import contextlib
import errno
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.pn532_frames import ACK, NACK, DamagedError, take_frame
from drivers.pn532_line import LONG_PREAMBLE, Pn532Line, Trouble
from hw.bench.line import PtyLine

COMMAND = bytes.fromhex("0000FF02FED4022A00")
RESPONSE = bytes.fromhex("0000FF06FAD50332010607E800")
OTHER = bytes.fromhex("0000FF02FED5151600")
EXTENDED = b"\x00\x00\xff\xff\xff\x01\x02\xfd" + b"\xd5" + bytes(257) + b"\x2b\x00"
FRAMES = st.sampled_from([ACK, RESPONSE, OTHER, EXTENDED])


def frames_in(*chunks: bytes) -> list[bytes]:
    held, found = bytearray(), []
    for chunk in chunks:
        held += chunk
        while (frame := take_frame(held)) is not None:
            found.append(bytes(frame))
    return found


@given(st.lists(st.tuples(FRAMES, st.integers(0, 20)), max_size=6), st.lists(st.integers(0, 900), max_size=8))
def test_frames_are_found_however_the_stream_is_cut(sent: list[tuple[bytes, int]], cuts: list[int]) -> None:
    stream = b"".join(bytes(zeros) + frame for frame, zeros in sent)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    assert frames_in(*chunks) == [frame for frame, _ in sent]


@given(FRAMES.filter(lambda frame: frame != ACK), st.data())
def test_a_frame_that_lost_a_byte_is_never_taken_for_whole(frame: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(2, len(frame) - 1))  # of the two zeros before it, the start code needs one
    with contextlib.suppress(DamagedError):
        assert frames_in(frame[:place] + frame[place + 1 :]) == []


@pytest.mark.parametrize("place", [-1, -2, 7])
def test_a_frame_with_a_wrong_byte_is_damaged(place: int) -> None:
    spoilt = bytearray(RESPONSE)
    spoilt[place] ^= 0x10
    with pytest.raises(DamagedError):
        take_frame(spoilt)


@given(st.binary(max_size=400))
def test_rubbish_gives_a_frame_that_checks_or_none_at_all(rubbish: bytes) -> None:
    with contextlib.suppress(DamagedError):
        for frame in frames_in(rubbish):
            assert frame == ACK or frame[-1] == 0


class Chip:
    """The far end of a line by a script: what it heard, and what it says to each thing heard."""

    def __init__(self, line: PtyLine, *answers: bytes) -> None:
        self.heard: list[bytes] = []
        self._answers = list(answers)
        line.serve(self._hear)

    def _hear(self, data: bytes) -> bytes:
        self.heard.append(data)
        return self._answers.pop(0) if self._answers else b""


Script = Callable[..., tuple[Pn532Line, Chip]]


@pytest.fixture
def script() -> Iterator[Script]:
    with contextlib.ExitStack() as stack:

        def start(*answers: bytes) -> tuple[Pn532Line, Chip]:
            far = stack.enter_context(PtyLine())
            chip = Chip(far, *answers)
            line = Pn532Line(str(far.path))
            line.open(line.port)
            stack.callback(line.close)
            return line, chip

        yield start


def test_a_command_gets_its_acknowledgement_and_its_response(script: Script) -> None:
    line, chip = script(ACK + RESPONSE)
    line.write(COMMAND)
    assert [bytes(line.read(100)) for _ in range(2)] == [ACK, RESPONSE]
    assert chip.heard == [COMMAND]


def test_a_command_that_was_lost_is_sent_again(script: Script) -> None:
    line, chip = script(b"", ACK + RESPONSE)
    line.write(COMMAND)
    assert [bytes(line.read(100)) for _ in range(2)] == [ACK, RESPONSE]
    assert chip.heard == [COMMAND, LONG_PREAMBLE + COMMAND]


@pytest.mark.parametrize("place", range(3, len(RESPONSE)))
def test_a_response_that_lost_a_byte_is_asked_for_again(script: Script, place: int) -> None:
    line, chip = script(ACK + RESPONSE[:place] + RESPONSE[place + 1 :], RESPONSE)
    line.write(COMMAND)
    assert [bytes(line.read(100)) for _ in range(2)] == [ACK, RESPONSE]
    assert chip.heard == [COMMAND, NACK]


@pytest.mark.parametrize("place", range(1, len(ACK)))
def test_a_command_whose_acknowledgement_lost_a_byte_is_not_done_twice(script: Script, place: int) -> None:
    line, chip = script(ACK[:place] + ACK[place + 1 :] + RESPONSE)
    line.write(COMMAND)
    assert [bytes(line.read(100)) for _ in range(2)] == [ACK, RESPONSE]
    assert chip.heard == [COMMAND]


def test_silence_is_a_time_out_after_the_last_attempt(script: Script) -> None:
    line, chip = script()
    line.write(COMMAND)
    with pytest.raises(OSError, match="no answer") as caught:
        line.read(100)
    assert caught.value.errno == errno.ETIMEDOUT
    assert line.trouble is Trouble.SILENT
    assert len(chip.heard) == 3


def test_rubbish_is_an_input_error(script: Script) -> None:
    rubbish = bytes(range(1, 200))
    line, _ = script(*[rubbish] * 5)
    line.write(COMMAND)
    assert line.read(100) == ACK  # something answered; what it says decides
    with pytest.raises(OSError, match="no whole PN532 frame") as caught:
        line.read(100)
    assert caught.value.errno == errno.EIO
    assert line.trouble is Trouble.DAMAGED


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_cut_line_is_told_in_reading_writing_and_changing_speed_and_still_closes() -> None:
    before = descriptors()
    with PtyLine() as far:
        line = Pn532Line(str(far.path))
        line.open(line.port)
        far.hang_up()
        for act in (lambda: line.read(100), lambda: line.write(COMMAND), lambda: setattr(line, "baudrate", 9600)):
            with pytest.raises(OSError, match=f"Errno {errno.ENODEV}"):
                act()
            assert line.trouble is Trouble.CUT
        line.close()
        line.close()
    assert descriptors() == before


def test_a_change_of_speed_keeps_the_lock_on_the_port(script: Script) -> None:
    line, _ = script()
    line.open(line.port, 921_600)
    assert line.baudrate == 921_600
    rival = Pn532Line(line.port)
    with pytest.raises(OSError, match="exclusively lock") as caught:
        rival.open(rival.port)
    assert caught.value.errno == errno.EAGAIN


def test_the_port_is_quoted_for_the_shell_and_named_by_its_target(tmp_path: Path) -> None:
    device, link = tmp_path / "tty; touch me", tmp_path / "reader"
    device.touch()
    link.symlink_to(device)
    assert Pn532Line(str(link)).port == f"'{device}'"
