"""The kiosk's end of a reader's cable, for tests of the firmware alone: a sealwire link in this process's own time."""

import contextlib
import os
import random
import select
import termios
import time
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sealwire.link import TICKS, Delivered, Down, Got, Link, Mismatch, Up
from sealwire.messages import KIOSK, Hello, Result, Scan

PATIENCE_S = 20.0
"""Seconds that anything may take: five times the longest time-out of the reader, for a busy machine."""

REOPEN_S = 0.02

Kind = TypeVar("Kind")


class KioskEnd:
    """A kiosk that takes what a reader says, and keeps each scan; it answers nothing else by itself.

    Args:
        port: Where the reader's data port is; it may go and come back.
        program: What it says that it is.
        keeps: Whether it says of each scan that it keeps it.

    Attributes:
        link: The link.
        got: Messages that came, oldest first.
        times: When each of them came, in monotonic seconds.
        hellos: The reader's Hello at each coming up of the link.
        downs: Why the link went down, each time.
    """

    def __init__(self, port: Path, program: str = KIOSK, *, keeps: bool = True) -> None:
        self.got: list[Any] = []
        self.times: list[float] = []
        self.hellos: list[Hello] = []
        self.downs: list[str] = []
        self._delivered: set[int] = set()  # numbers of the messages that the reader has, since the link came up
        self._port = port
        self._keeps = keeps
        self._to_keep: deque[int] = deque()
        self._fd: int | None = None
        self.link = Link(Hello("gate 1", "0.1.0", program), random.getrandbits(32), self.now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    @property
    def now(self) -> int:
        """Milliseconds as the link wants them."""
        return int(time.monotonic() * 1000) % TICKS

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The messages of a kind."""
        return [message for message in self.got if isinstance(message, kind)]

    @property
    def scans(self) -> list[Scan]:
        return self.of(Scan)

    def send(self, message: object) -> None:
        """Send a message, once the link takes it, and wait until the reader has it; again if the link goes down."""
        while not self._is_sent(message):
            pass

    def _is_sent(self, message: object) -> bool:
        self.until(lambda: self.link.can_send, "the link is up and takes a message")
        downs, number = len(self.downs), self.link.send(message, self.now)
        what = f"the reader has {type(message).__name__}"
        self.until(lambda: number in self._delivered or len(self.downs) > downs, what)
        return number in self._delivered

    def until_up(self) -> None:
        self.until(lambda: self.link.is_up, "the link is up")

    def until(self, condition: Callable[[], bool], what: str = "it is so", patience_s: float = PATIENCE_S) -> None:
        """Serve the link until something is so."""
        deadline = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < deadline, f"expected within {patience_s} s that {what}; got {self.got[-5:]}"
            self.serve()

    def serve_for(self, seconds: float) -> None:
        """Serve the link for a time, where it is to be seen that nothing happens."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.serve()

    def write(self, data: bytes) -> None:
        """Put bytes on the cable as they are."""
        self.until(lambda: self._fd is not None, "the port is there")
        assert self._fd is not None
        os.write(self._fd, data)

    def serve(self) -> None:
        """One turn: take what has come, send what is due."""
        if self._fd is None and not self._open():
            select.select([], [], [], REOPEN_S)
            return
        assert self._fd is not None
        try:
            ready, _, _ = select.select([self._fd], [], [], min(0.05, self.link.wait_ms(self.now) / 1000))
            if ready:
                self._take(self.link.receive(os.read(self._fd, 4096), self.now))
            while self._to_keep and self.link.can_send:
                self.link.send(Result(self._to_keep.popleft(), Result.KEPT, ""), self.now)
            data, events = self.link.poll(self.now)
            self._take(events)
            if data:
                os.write(self._fd, data)
        except OSError:
            self._close()
            events = []
            self.link.fall("the port is lost", events)
            self._take(events)

    def _take(self, events: list[object]) -> None:
        for event in events:
            match event:
                case Got():
                    if isinstance(event.message, Scan) and self._keeps:
                        self._to_keep.append(event.message.seq)
                    self.times.append(time.monotonic())
                    self.got.append(event.message)
                case Up():
                    self._to_keep.clear()
                    self._delivered.clear()
                    self.hellos.append(event.hello)
                case Down():
                    self.downs.append(event.why)
                case Delivered():
                    self._delivered.add(event.number)
                case Mismatch():
                    raise AssertionError("expected a reader of the same version")

    def _open(self) -> bool:
        with contextlib.suppress(OSError, termios.error):
            self._fd = os.open(self._port, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self._fd)
            return True
        self._close()
        return False

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
