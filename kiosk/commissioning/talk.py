"""The talk with the installer: plain lines on any terminal, also over ssh. It listens to devices meanwhile."""

from __future__ import annotations

import os
import select
import termios
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from hw.waker import Waker

if TYPE_CHECKING:
    from rich.console import Console

LONGEST: Final = 4096
"""Bytes of a line that are kept; nobody types so much."""

T = TypeVar("T")


class Ended(Exception):
    """The installer has ended the talk: with q, or by closing the terminal."""


class Reports:
    """What the devices report, from any thread, in the order in which it came."""

    def __init__(self, waker: Waker) -> None:
        self._waker = waker
        self._waiting: deque[object] = deque()

    def put(self, report: object) -> None:
        """Take a report."""
        self._waiting.append(report)
        self._waker.wake()

    def next(self) -> object | None:
        """The oldest one that was not taken yet; None when there is none."""
        return self._waiting.popleft() if self._waiting else None


class Talk:
    """A talk.

    Args:
        keys: The descriptor that the installer's lines come from; a terminal in its ordinary mode.
        console: Takes what is said.
        reports: What the devices report.
        waker: Wakes the talk for a report.
        heed: Is given every report, whether somebody waits for it or not.
    """

    def __init__(
        self, keys: int, console: Console, reports: Reports, waker: Waker, heed: Callable[[object], None]
    ) -> None:
        self._keys = keys
        self._console = console
        self._reports = reports
        self._waker = waker
        self._heed = heed
        self._typed = b""

    def say(self, text: str, style: str = "") -> None:
        """Say a line."""
        from rich.text import Text

        with suppress(OSError):  # a terminal that was closed: the next question ends the talk
            self._console.print(Text(_printable(text), style=style), soft_wrap=True)

    def ask(self, question: str, answers: Mapping[str, str]) -> str:
        """Ask until one of the answers comes.

        Args:
            question: In words.
            answers: By the key that stands for it, what each means.

        Raises:
            Ended: The installer ended the talk.
        """
        choice = ", ".join(f"{key} {meaning}" for key, meaning in answers.items())
        while True:
            self.say(f"  {question} [{choice}, q end]")
            answer = self.line().lower()
            if answer in answers:
                return answer
            self.say(f"  expected one of {', '.join(answers)}, got {answer or 'nothing'}")

    def words(self, question: str) -> str:
        """Ask for words; they may be none. Raises as `ask`."""
        self.say(f"  {question}")
        return self.line(ends=False)

    def line(self, *, ends: bool = True) -> str:
        """The next line that is typed; q ends the talk. Raises as `ask`."""
        while (line := self._taken(ends=ends)) is None:
            self._look(None)
        return line

    def forget_typed(self) -> None:
        """What was typed by now answers nothing that is asked from now on."""
        with suppress(OSError, termios.error):  # a terminal that was closed: the next question ends the talk
            termios.tcflush(self._keys, termios.TCIFLUSH)
        self._typed = b""

    def wait(self, seen: Callable[[object], T | None], longest_s: float) -> T | str | None:
        """Wait for a report, or for the installer to type a line.

        Args:
            seen: What a report means to whoever waits; None: nothing.
            longest_s: Seconds to wait.

        Returns:
            What a report meant; the line, in lower case; None when neither came in time.

        Raises:
            Ended: The installer ended the talk.
        """
        ends = time.monotonic() + longest_s
        while True:
            while (report := self._reports.next()) is not None:
                self._heed(report)
                if (meant := seen(report)) is not None:
                    return meant
            if (line := self._taken()) is not None:
                return line.lower()
            left_s = ends - time.monotonic()
            if left_s <= 0:
                return None
            self._look(left_s)

    def wait_until(self, there: Callable[[], bool], longest_s: float) -> None:
        """Wait until something holds that reports tell, or for so many seconds. Raises as `wait`."""
        ends = time.monotonic() + longest_s
        self.catch_up()
        while not there() and (left_s := ends - time.monotonic()) > 0:
            self._look(left_s)
            self.catch_up()

    def catch_up(self) -> None:
        """Take the reports that have come so far: what was before a question is no answer to it."""
        while (report := self._reports.next()) is not None:
            self._heed(report)

    def _look(self, longest_s: float | None) -> None:
        """Wait until something is typed or reported."""
        look = select.poll()
        look.register(self._keys, select.POLLIN)
        look.register(self._waker.fd, select.POLLIN)
        ready = {each for each, _ in look.poll(None if longest_s is None else longest_s * 1000)}
        if self._waker.fd in ready:
            self._waker.rest()
        if self._keys in ready:
            self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._keys, LONGEST)
        except OSError:
            data = b""  # the terminal was closed
        if not data:
            raise Ended
        self._typed = (self._typed + data)[-LONGEST:]

    def _taken(self, *, ends: bool = True) -> str | None:
        """A line that was typed whole."""
        line, end, rest = self._typed.partition(b"\n")
        if not end:
            return None
        self._typed = rest
        text = line.decode(errors="replace").strip()
        if ends and text.lower() == "q":
            raise Ended
        return text


def _printable(text: str) -> str:
    """What devices say of themselves stands in it: nothing of it may steer the terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
