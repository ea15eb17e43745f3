"""A service manager for one service, as systemd is for an installed kiosk: hw/systemd/sealgate-kiosk.service.

It starts the program, hears its sd_notify words, aborts it when it has not said for too long that it is alive, kills
what is left of it, runs what the unit has to run after each end, and starts it anew.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from msgspec import Struct

RESTART_S = 1.0
"""RestartSec."""
WATCHDOG_S = 6.0
"""WatchdogSec."""
ABORT_S = 2.0
"""TimeoutAbortSec: from the signal that has it write down where it hangs to the one that ends it."""


class Ended(Struct, frozen=True):
    """An end of the service.

    Attributes:
        at: When, CLOCK_MONOTONIC.
        code: Its exit code, a signal's negated.
        rest_s: Seconds from there until what is run after each end was done.
        rest_code: The exit code of that.
    """

    at: float
    code: int
    rest_s: float
    rest_code: int


class Manager:
    """Runs the service.

    Args:
        command: What to run.
        after: What to run after each end, before the next start (ExecStopPost).
        environment: Both programs'.
        tty: The terminal that the service gets.
        folder: For the socket, and for the service's RuntimeDirectory.

    Attributes:
        process: The service's process while it runs.
        started_at: When it was started last.
        starts: How often.
        ends: Each end.
        heard: Whether this process has said that it is alive: from then on it must go on to.
        ready: Whether it has said that it serves.
        on_end: Called after each end, once what comes after it is done.
    """

    def __init__(
        self,
        command: Sequence[str],
        after: Sequence[str],
        environment: Mapping[str, str],
        tty: Path,
        folder: Path,
    ) -> None:
        self._command, self._after, self._tty = command, after, tty
        self.on_end: Callable[[], None] = lambda: None
        self.runtime = folder / "run"
        self.runtime.mkdir()
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._listening.bind(str(folder / "notify"))
        self._environment = {
            **environment,
            "NOTIFY_SOCKET": str(folder / "notify"),
            "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6)),
            "RUNTIME_DIRECTORY": str(self.runtime),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = self._alive_at = 0.0
        self.starts = 0
        self.ends: list[Ended] = []
        self.aborts = 0
        self.heard = self.ready = False
        self._aborted_at: float | None = None
        self._start_at = 0.0

    def start(self) -> None:
        """Start the service now."""
        handle = os.open(self._tty, os.O_RDWR | os.O_NOCTTY)
        try:
            self.process = subprocess.Popen(
                self._command,
                stdin=handle,
                stdout=handle,
                stderr=handle,
                env=self._environment | dict([self._mark(self.starts + 1).split("=")]),
                start_new_session=True,
            )
        finally:
            os.close(handle)
        self.started_at = self._alive_at = monotonic()
        self.starts += 1
        self.heard = self.ready = False
        self._aborted_at = None

    def turn(self) -> None:
        """Hear it, see whether it has ended, and do what is due. To be called many times a second."""
        self._hear()
        now = monotonic()
        if self.process is None:
            if self._start_at and now >= self._start_at:
                self._start_at = 0.0
                self.start()
            return
        code = self.process.poll()
        if code is not None:
            self._clean_up(code, now)
        elif self.heard and self._aborted_at is None and now - self._alive_at > WATCHDOG_S:
            self._aborted_at = now
            self.aborts += 1
            self.signal(signal.SIGABRT)
        elif self._aborted_at is not None and now - self._aborted_at > ABORT_S:
            self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send the service a signal; nothing while it does not run."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def group(self) -> list[int]:
        """Its processes that run, the main one among them."""
        return processes_of(self._mark())

    def ask_to_end(self) -> None:
        """As systemd does: the signal to end, and one that wakes what is stopped (systemd.kill(5))."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)

    def stop(self) -> int | None:
        """Have it end in an orderly way, and do not start it again; returns its exit code."""
        self._start_at = 0.0
        if self.process is None:
            return None
        self.ask_to_end()
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGABRT)  # it writes on the terminal where each of its threads is
            code = self.process.wait()
        self._clean_up(code, monotonic())
        self._start_at = 0.0
        return code

    def close(self) -> None:
        """Let go of the socket."""
        self._listening.close()

    def _clean_up(self, code: int, now: float) -> None:
        """KillMode=mixed: what is left is killed at once. Then what comes after each end."""
        assert self.process is not None
        for left in self.group():
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)
        self.process = None
        done = subprocess.run(self._after, env=self._environment, capture_output=True, check=False)
        self.ends.append(Ended(now, code, monotonic() - now, done.returncode))
        self.on_end()
        self._start_at = monotonic() + RESTART_S

    def _mark(self, start: int | None = None) -> str:
        return f"CHAOS_SERVICE={os.getpid()}.{self.starts if start is None else start}"

    def _hear(self) -> None:
        while True:
            try:
                words = self._listening.recv(65536).decode().split("\n")
            except BlockingIOError:
                return
            self.ready |= "READY=1" in words
            if "WATCHDOG=1" in words:
                self.heard, self._alive_at = True, monotonic()


def processes_of(mark: str) -> list[int]:
    """Processes that were given an environment with this mark, or whose parents were: a service's control group."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - a glob looks at each, and it may be gone
        try:
            if mark.encode() in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                found.append(int(name))
        except OSError:  # it has ended
            continue
    return found
