import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from hw.bench.line import PtyLine

WAIT_S = 5.0
"""Seconds that a test allows something which should come at once, on a busy machine."""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[PtyLine]:
    with PtyLine(tmp_path / "port") as made:
        yield made


def opened(line: PtyLine, baudrate: int = 115200) -> serial.Serial:
    return serial.Serial(str(line.path), baudrate, timeout=WAIT_S, exclusive=True)


def test_bytes_of_every_value_pass_both_ways(line: PtyLine) -> None:
    every = bytes(range(256))
    with opened(line) as port:
        line.write(every)
        assert port.read(256) == every
        port.write(every)
        came = b""
        while len(came) < 256 and (chunk := line.read(WAIT_S)):
            came += chunk
        assert came == every


def test_nothing_is_echoed_before_the_driver_has_set_the_port(line: PtyLine) -> None:
    line.write(b"early\r\n\x03\x04")
    assert line.read(0.0) == b""


def test_the_line_outlives_the_drivers_close_and_reopen(line: PtyLine) -> None:
    target = line.path.readlink()
    for word in (b"first", b"again"):
        with opened(line) as port:
            port.write(word)
            assert line.read(WAIT_S) == word
            line.write(word)
            assert port.read(len(word)) == word
    assert line.path.readlink() == target


@pytest.mark.parametrize("baudrate", [9600, 115200, 921600, 12345])
def test_the_drivers_speed_is_seen(line: PtyLine, baudrate: int) -> None:
    with opened(line, 38400) as port:
        assert line.speed == 38400
        port.baudrate = baudrate
        assert line.speed == baudrate


def test_a_served_line_answers_and_still_lets_others_write(line: PtyLine) -> None:
    line.serve(lambda data: data[::-1])
    with opened(line) as port:
        port.write(b"a")
        assert port.read(1) == b"a"
        line.write(b"unasked")
        assert port.read(7) == b"unasked"


def test_a_second_thread_on_the_line_is_refused(line: PtyLine) -> None:
    line.serve(lambda _: None)
    with pytest.raises(RuntimeError, match="one thread"):
        line.serve(lambda _: None)


def test_writes_of_many_threads_do_not_mix(line: PtyLine) -> None:
    line.to_driver.one_byte = True
    words = [bytes([65 + number]) * 40 for number in range(6)]
    with opened(line) as port:
        writers = [threading.Thread(target=line.write, args=(word,)) for word in words]
        for writer in writers:
            writer.start()
        came = port.read(6 * 40)
        for writer in writers:
            writer.join(WAIT_S)
    assert sorted(came[at : at + 40] for at in range(0, 240, 40)) == words


def test_one_byte_writes_arrive_singly_and_in_order(line: PtyLine) -> None:
    line.to_driver.one_byte = True
    line.to_driver.byte_pause_s = 0.02
    with opened(line) as port:
        started = time.monotonic()
        writer = threading.Thread(target=line.write, args=(b"abcde",))
        writer.start()
        pieces: list[bytes] = []
        while len(b"".join(pieces)) < 5 and (piece := port.read(port.in_waiting or 1)):
            pieces.append(piece)
        writer.join(WAIT_S)
    assert b"".join(pieces) == b"abcde"
    assert len(pieces) > 1
    assert time.monotonic() - started >= 4 * 0.02


def test_the_drivers_bytes_can_be_read_singly(line: PtyLine) -> None:
    line.from_driver.one_byte = True
    with opened(line) as port:
        port.write(b"xyz")
        assert [line.read(WAIT_S) for _ in range(3)] == [b"x", b"y", b"z"]


def test_latency_delays_each_write(line: PtyLine) -> None:
    line.to_driver.latency_s = 0.1
    with opened(line) as port:
        started = time.monotonic()
        line.write(b"late")
        assert port.read(4) == b"late"
        assert time.monotonic() - started >= 0.1


def test_the_next_bytes_can_be_dropped(line: PtyLine) -> None:
    line.to_driver.drop_next(2)
    line.from_driver.drop_next(1)
    with opened(line) as port:
        line.write(b"12345")
        assert port.read(3) == b"345"
        port.write(b"abc")
        assert line.read(WAIT_S) == b"bc"


def test_the_next_bytes_can_be_changed(line: PtyLine) -> None:
    line.to_driver.corrupt_next(2)
    with opened(line) as port:
        line.write(b"\x00\x00\x00")
        came = port.read(3)
    assert came[0] != 0
    assert came[1] != 0
    assert came[2] == 0


def test_a_drop_rate_is_kept_and_repeats_with_its_seed(tmp_path: Path) -> None:
    def run(seed: int) -> bytes:
        with PtyLine(tmp_path / "lossy", seed=seed) as line, opened(line) as port:
            line.to_driver.drop_rate = 0.25
            line.write(bytes(2000))
            line.to_driver.clear()
            line.write(b"\xff")
            return port.read_until(b"\xff")

    first, again, other = run(7), run(7), run(8)
    assert 1400 < len(first) < 1600
    assert len(first) == len(again)
    assert len(first) != len(other)


def test_a_hang_up_reaches_the_driver_and_takes_the_name_away(line: PtyLine) -> None:
    with opened(line) as port:
        line.hang_up()
        with pytest.raises(serial.SerialException):
            port.read(1)
    assert not os.path.lexists(line.path)
    assert line.speed == 0
    with pytest.raises(serial.SerialException):
        opened(line)


def test_after_coming_back_the_same_name_works_again(line: PtyLine) -> None:
    line.serve(lambda data: data)
    line.hang_up()
    line.write(b"lost, as nothing is plugged in")
    line.come_back()
    with opened(line) as port:
        port.write(b"hello")
        assert port.read(5) == b"hello"


def test_a_reader_waits_through_a_hang_up(line: PtyLine) -> None:
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(line.read(WAIT_S)))
    reader.start()
    line.hang_up()
    line.come_back()
    with opened(line) as port:
        port.write(b"k")
        reader.join(WAIT_S)
    assert came == [b"k"]


def test_a_hang_up_cuts_a_slow_write_short(line: PtyLine) -> None:
    line.to_driver.latency_s = 30.0
    writer = threading.Thread(target=line.write, args=(b"never",))
    writer.start()
    line.hang_up()
    writer.join(WAIT_S)
    assert not writer.is_alive()


def test_a_driver_that_never_reads_does_not_block_the_device(line: PtyLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.bench.line.STALL_S", 0.05)
    with opened(line):
        line.write(bytes(1_000_000))


def test_a_driver_that_flushes_its_output_does_not_end_the_devices_thread(line: PtyLine) -> None:
    line.serve(lambda data: data if data == b"?" else None)
    with opened(line) as port:
        for _ in range(300):
            port.write(b"x")
            port.reset_output_buffer()
        deadline = time.monotonic() + WAIT_S
        port.timeout = 0.1
        answer = b""
        while not answer and time.monotonic() < deadline:
            port.write(b"?")
            answer = port.read(1)
        assert answer == b"?"


def test_waking_ends_a_read_early(line: PtyLine) -> None:
    line.wake()
    started = time.monotonic()
    assert line.read(WAIT_S) == b""
    assert time.monotonic() - started < WAIT_S / 2


def test_closing_leaves_no_descriptor_thread_or_link_behind(tmp_path: Path) -> None:
    fds, threads = set(Path("/proc/self/fd").iterdir()), threading.active_count()
    line = PtyLine(tmp_path / "port")
    line.serve(lambda _: None)
    line.hang_up()
    line.come_back()
    line.close()
    line.close()
    assert set(Path("/proc/self/fd").iterdir()) == fds
    assert threading.active_count() == threads
    assert list(tmp_path.iterdir()) == []


def test_without_a_link_a_folder_of_its_own_comes_and_goes() -> None:
    with PtyLine() as line, opened(line) as port:
        folder = line.path.parent
        line.write(b"x")
        assert port.read(1) == b"x"
    assert not folder.exists()


def test_a_link_left_by_a_killed_run_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "port").symlink_to("/dev/pts/none")
    with PtyLine(tmp_path / "port") as line, opened(line) as port:
        line.write(b"x")
        assert port.read(1) == b"x"


def test_a_file_in_the_links_place_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("precious")
    with pytest.raises(FileExistsError, match="free name"):
        PtyLine(tmp_path / "port")
    assert (tmp_path / "port").read_text() == "precious"
