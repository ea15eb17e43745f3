"""A thread that waits for bytes is woken by another at once, and by silence in its time."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from hw.errors import DeviceFault
from hw.serial_line import SerialLine
from hw.waker import Waker

LONG_S = 30.0


@pytest.fixture
def line() -> Iterator[tuple[SerialLine, int]]:
    master, slave = os.openpty()
    with SerialLine("seal reader", os.ttyname(slave), baud=115_200, wait_s=0.1) as opened:
        os.close(slave)
        yield opened, master
    os.close(master)


def test_bytes_end_the_wait_and_all_of_them_are_given(line: tuple[SerialLine, int]) -> None:
    opened, master = line
    os.write(master, b"\x00\xff\r\n\x03")
    with Waker() as waker:
        assert opened.read_or_wake(LONG_S, waker) == b"\x00\xff\r\n\x03"
        assert opened.read_or_wake(0.0, waker) == b""
        assert opened.read_or_wake(0.01, waker) == b""


def test_another_thread_ends_the_wait_and_once_is_enough(line: tuple[SerialLine, int]) -> None:
    opened, _ = line
    with Waker() as waker:
        other = threading.Timer(0.05, waker.wake)
        other.start()
        began = time.monotonic()
        assert opened.read_or_wake(LONG_S, waker) == b""
        assert time.monotonic() - began < LONG_S / 2
        other.join()
        waker.wake()
        waker.wake()
        assert opened.read_or_wake(LONG_S, waker) == b""
        began = time.monotonic()
        assert opened.read_or_wake(0.05, waker) == b""
        assert time.monotonic() - began >= 0.05


def test_a_hang_up_is_a_fault_and_never_silence(line: tuple[SerialLine, int]) -> None:
    opened, master = line
    spare, other = os.openpty()
    os.dup2(spare, master)  # the line's own master end is closed
    os.close(spare)
    os.close(other)
    with Waker() as waker, pytest.raises(DeviceFault, match="plug the device in again"):
        opened.read_or_wake(LONG_S, waker)


def test_waking_nobody_any_more_does_nothing() -> None:
    waker = Waker()
    waker.close()
    waker.wake()
