"""Programs that the station runs beside itself, one at a time, and can give up at any moment."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from typing import Final

from msgspec import Struct

TOLD_CHARS: Final = 200
"""How much of what a program says is passed on."""


class Ran(Struct, frozen=True):
    """How a program ended.

    Attributes:
        code: Its exit code; negative when a signal ended it.
        out: What it wrote to standard output.
        said: The first line that it wrote to standard error, or None; cut short when long.
    """

    code: int
    out: str
    said: str

    @property
    def why(self) -> str:
        """Why it failed: as a command of ours tells programs, or in its own words; empty when it did not."""
        return (_reason(self.out) or self.said or f"exit code {self.code}") if self.code else ""


class Errands:
    """Runs programs, each in a session of its own: keys of a terminal do not reach them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._given_up = False

    def run(self, words: Sequence[str], given: bytes, patience_s: float) -> Ran:
        """Run a program to its end.

        Args:
            words: The program and its arguments.
            given: What it reads on standard input.
            patience_s: Seconds after which it is killed.

        Raises:
            OSError: It cannot be started.
            TimeoutError: It took too long.
            InterruptedError: `give_up` was called.
        """
        pipe = subprocess.PIPE
        with self._lock:
            if self._given_up:
                raise InterruptedError("given up")
            child = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)  # noqa: S603 - ours, or the installer's
            self._child = child
        try:
            out, told = child.communicate(given, timeout=patience_s)
        except subprocess.TimeoutExpired:
            self._kill(child)
            child.communicate()
            raise TimeoutError(f"{words[0]} took longer than {patience_s:g} s") from None
        finally:
            with self._lock:
                self._child = None
        if self._given_up:
            raise InterruptedError("given up")
        lines = told.decode(errors="replace").strip().splitlines()
        return Ran(child.returncode, out.decode(errors="replace"), lines[0][:TOLD_CHARS] if lines else "")

    def give_up(self) -> None:
        """Kill what runs, and run nothing more. From any thread."""
        with self._lock:
            self._given_up = True
            if self._child is not None:
                self._kill(self._child)

    @staticmethod
    def _kill(child: "subprocess.Popen[bytes]") -> None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _reason(out: str) -> str:
    try:
        return str(json.loads(out)["reason"])
    except (ValueError, KeyError, TypeError):
        return ""
