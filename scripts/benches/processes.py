"""How processes are started that are measured, and programs in a terminal of their own."""

import fcntl
import os
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

from msgspec import Struct

from scripts.benches.figures import BenchFailed

ROOT: Final = Path(__file__).resolve().parent.parent.parent
"""The project."""

READY_S: Final = 30
"""Seconds for a program to be ready; it takes less than one."""

END_S: Final = 15
"""Seconds for a program to end when asked: the kiosk closes its ports and its ledger, which takes tenths."""

ROWS, COLUMNS = 24, 80
ESCAPES: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[PX^_\]][^\x1b\x07]*(?:\x1b\\|\x07)|[()][0-9A-Za-z]|[=>78])")
"""ECMA-48 control sequences and strings, which part the words on a screen."""


def python_command(*arguments: str) -> list[str]:
    """The command of a Python program, run by the Python of this one."""
    return [sys.executable, "-P", *arguments]


def python_environment() -> Mapping[str, str]:
    """The environment in which measured programs run: the same for both sides, with Python as it is installed.

    A developer's PYTHONDONTWRITEBYTECODE would have our modules compiled anew at every start, and the packages not.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return plain | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


class Started(Struct, frozen=True):
    """A program that was started, showed what was waited for, and was ended.

    Attributes:
        words_ms: Of each of the words, milliseconds from before the start until they, and all before, had come.
        peak_mib: Its peak resident memory with the first of them, MiB.
    """

    words_ms: tuple[float, ...]
    peak_mib: float


def start_in_terminal(command: Sequence[str], *words: str) -> Started:
    """Start a program in a terminal of its own, wait until words are on the screen, and end it.

    Args:
        command: The program.
        words: What to wait for, one after the other.

    Raises:
        BenchFailed: when words do not come, or the program cannot be ended.
    """
    ours, its = os.openpty()
    try:
        termios.tcsetwinsize(its, (ROWS, COLUMNS))
        began = perf_counter()
        process = subprocess.Popen(
            command, stdin=its, stdout=its, stderr=its, env=python_environment(), start_new_session=True
        )
        os.close(its)
        try:
            seen, moments, peak = b"", list[float](), 0.0
            for each in words:
                seen = _read_until(ours, each.encode(), seen)
                moments.append((perf_counter() - began) * 1000)
                peak = peak or peak_mib(process.pid)
            return Started(tuple(moments), peak)
        finally:
            _end(process, ours)
    finally:
        os.close(ours)


def _read_until(terminal: int, words: bytes, seen: bytes) -> bytes:
    until = perf_counter() + READY_S
    while words not in ESCAPES.sub(b"", seen):
        if not select.select([terminal], [], [], max(0.0, until - perf_counter()))[0]:
            raise BenchFailed(f"expected {words!r} on the terminal within {READY_S} s, got {_plain(seen)}")
        data = _read(terminal)
        if not data:
            raise BenchFailed(f"expected {words!r} on the terminal, got {_plain(seen)} and the program's end")
        seen += data
    return seen


def _read(terminal: int) -> bytes:
    """What came; nothing at the end, which a terminal tells by an error (Linux: EIO)."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def _plain(seen: bytes) -> str:
    return repr(ESCAPES.sub(b"", seen).decode("utf-8", "replace")[-500:])


def peak_mib(pid: int) -> float:
    """A process's peak resident memory since its program began, MiB.

    Raises:
        BenchFailed: when the system does not tell it.
    """
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    if found is None:
        raise BenchFailed(f"expected the peak memory in /proc/{pid}/status, got {status!r}")
    return int(found[1]) / 1024


def _end(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Ask it to end, reading on meanwhile so that it can write; kill it when it does not."""
    process.send_signal(signal.SIGTERM)
    fcntl.fcntl(terminal, fcntl.F_SETFL, os.O_NONBLOCK)
    until = perf_counter() + END_S
    while process.poll() is None and perf_counter() < until:
        if select.select([terminal], [], [], 0.02)[0] and not _read(terminal):
            break
    try:
        process.wait(max(0.0, until - perf_counter()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise BenchFailed(f"expected {process.args!r} to end within {END_S} s of SIGTERM; it was killed") from None
