"""The link with real MicroPython at its far end, over a pty, in real time."""

import os
import random
import select
import subprocess
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import closing

import pytest

from sealwire.link import TICKS
from tests.firmware.interpreter import FIRMWARE, environment, every_version, micropython
from tests.wire.ends import End, message
from tests.wire.line import DELAYED, LOSSY, ONE_BYTE, PLAIN, Faults, Line

ECHO = FIRMWARE / "tests" / "link_echo.py"

SOME = 24
"""Messages there and back: several windows full, in a second or two on the worst line."""

LIMIT_S = 30
"""For an exchange that takes a few seconds on the worst line."""


class FarEnd:
    """Real MicroPython on one end of a pty, ours on the other, and a line with faults each way.

    Attributes:
        end: Ours.
    """

    def __init__(self, faults: Faults, interpreter: str | None = None) -> None:
        self._interpreter = interpreter or micropython()
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        settings = termios.tcgetattr(self._slave)
        settings[6][termios.VMIN] = (
            0  # MicroPython's read gives what is there, instead of waiting for all that it asked for
        )
        termios.tcsetattr(self._slave, termios.TCSANOW, settings)
        self._out, self._into = Line(faults, 11), Line(faults, 12)
        self.end = End("kiosk", random.Random(13), self._now % TICKS)
        self._program = self._start(1)

    def _start(self, nonce: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self._interpreter, ECHO, os.ttyname(self._slave), str(nonce)], env=environment(), stdin=subprocess.DEVNULL
        )

    @property
    def _now(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def restart(self) -> None:
        """Kill it, as a power cut does, and start it anew."""
        self._program.kill()
        self._program.wait()
        self._program = self._start(2)

    def close(self) -> None:
        self._program.kill()
        self._program.wait()
        os.close(self._master)
        os.close(self._slave)

    def turn(self) -> None:
        """Wait for something to do, and do it."""
        link = self.end.link
        now = self._now
        dues = [due - now for line in (self._out, self._into) if (due := line.next_at) is not None]
        wait_ms = max(0, min([link.wait_ms(now % TICKS), *dues]))
        ready, _, _ = select.select([self._master], [], [], wait_ms / 1000)
        now = self._now
        if ready:
            self._into.put_bytes(os.read(self._master, 4096), now)
        for piece in self._into.take(now):
            self.end.take(link.receive(piece, now % TICKS))
        data, events = link.poll(now % TICKS)
        self.end.take(events)
        self._out.put(data, now)
        for piece in self._out.take(now):
            os.write(self._master, piece)

    def exchange(self, numbers: range) -> list[int]:
        """Send messages; gives the numbers of those that came back by the time that as many had."""
        link = self.end.link
        left = list(numbers)
        before = len(self.end.arrived)
        until = time.monotonic() + LIMIT_S
        while len(self.end.arrived) - before < len(numbers):
            assert time.monotonic() < until, f"expected {len(numbers)} messages back, got {self.end.arrived[before:]}"
            while left and link.can_send:
                self.end.send(left.pop(0), self._now % TICKS)
            self.turn()
        return self.end.arrived[before:]


@pytest.fixture
def far_end(request: pytest.FixtureRequest) -> Iterator[FarEnd]:
    far = FarEnd(request.param)
    yield far
    far.close()


@pytest.mark.parametrize(
    "far_end",
    [PLAIN, ONE_BYTE, LOSSY, DELAYED],
    ids=["plain", "one byte at a time", "lossy", "delayed"],
    indirect=True,
)
def test_messages_come_back_from_micropython_once_in_order_and_whole(far_end: FarEnd) -> None:
    assert far_end.exchange(range(SOME)) == list(range(SOME))
    assert far_end.end.downs == []


@pytest.mark.parametrize("far_end", [PLAIN], ids=["plain"], indirect=True)
def test_micropython_that_loses_its_power_is_told_and_the_link_comes_up_again(far_end: FarEnd) -> None:
    far_end.exchange(range(5))
    far_end.restart()
    until = time.monotonic() + LIMIT_S
    while far_end.end.ups < 2:
        assert time.monotonic() < until, "expected the link to come up again"
        far_end.turn()
    assert far_end.end.downs == ["the other end started anew"]
    assert far_end.exchange(range(5, 10)) == list(range(5, 10))


@every_version
def test_messages_come_back_from_each_version_of_micropython(interpreter: str | None) -> None:
    with closing(FarEnd(PLAIN, interpreter)) as far:
        assert far.exchange(range(SOME)) == list(range(SOME))


def test_message_numbers_tell_them_apart() -> None:
    assert len({message(number).data for number in range(SOME)}) == SOME
