"""A service manager for one kiosk in a temporary root: it does what the units of an installed kiosk ask systemd for.

Before each start of the kiosk ``sealgate-trial start`` is run; the kiosk has a terminal, a runtime folder that goes
with its process, and is started anew when it ends; ``sealgate-update.service`` is ``sealgate-trial watch``.
``systemctl`` is a program that asks this one over a socket, as systemd's does.
"""

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic

from kiosk.updates import trial
from tests.updates.rig import Kiosk

AGAIN_S = 0.1
"""Seconds between the kiosk's end and its next start."""

STOP_S = 20.0
"""Seconds that it has to end when it is told to."""

ASK = """#!{python} -IS
import json, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({socket!r})
    line.sendall(json.dumps(sys.argv[1:]).encode())
    line.shutdown(socket.SHUT_WR)
    line.recv(1)
"""


class Supervisor:
    """The service manager. Use it as a context manager: no process of its services outlives it."""

    def __init__(self, kiosk: Kiosk, program: list[str] | None = None) -> None:
        """Begins.

        Args:
            kiosk: Whose services.
            program: The kiosk's command after its version's program; those of an installed kiosk if None.
        """
        places = kiosk.places
        self._home = places.home
        self._program = program or ["kiosk", "--config", str(places.config), "--data", str(places.data)]
        self._health = places.health
        self._units = places.units
        self._data = places.data
        self._launcher = places.home / "bin" / "sealgate-trial"
        self._launcher.parent.mkdir(exist_ok=True)
        shutil.copy(trial.__file__, self._launcher)
        self._address = kiosk.root / "manager"
        self.systemctl = kiosk.root / "systemctl"
        self.systemctl.write_text(ASK.format(python=os.path.realpath(sys.executable), socket=str(self._address)))
        self.systemctl.chmod(0o755)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._address))
        self._listener.listen()
        self._wanted = threading.Event()
        self._over = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None
        self._watches: list[subprocess.Popen[bytes]] = []
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._answer), threading.Thread(target=self._keep_up)]
        self.asked: list[list[str]] = []
        self.started: list[str] = []
        self.log = (kiosk.root / "journal").open("ab")

    def __enter__(self) -> "Supervisor":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._over.set()
            self._wanted.set()
        self._stop()
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self._address))
        for thread in self._threads:
            thread.join()
        self._end_watches()
        self._listener.close()
        self.log.close()

    def start(self) -> None:
        """Start the kiosk, as the machine does when it is switched on."""
        self._wanted.set()

    def cut_power(self) -> None:
        """End the kiosk and the judge at once, as a power cut does; `start` and `watch` switch the machine on again."""
        with self._changed:
            self._wanted.clear()
            if self._running is not None:
                self._running.kill()
        self._end_watches()
        self._await_end()

    def watch(self) -> None:
        """Judge a version on trial, as the machine does when it was switched on."""
        command: list[str | Path] = [
            sys.executable,
            "-IS",
            self._launcher,
            "watch",
            "--home",
            self._home,
            "--health",
            self._health,
        ]
        command += ["--units", self._units, "--systemctl", self.systemctl, "--data", self._data]
        self._watches.append(subprocess.Popen(command, stderr=self.log, start_new_session=True))

    def _end_watches(self) -> None:
        """With what they have started themselves."""
        while self._watches:
            watch = self._watches.pop()
            with suppress(ProcessLookupError):  # not waited for yet, so its number is still its own
                os.killpg(watch.pid, signal.SIGKILL)
            watch.wait()

    def _answer(self) -> None:
        while True:
            line, _ = self._listener.accept()
            with line:
                data = _all_of(line)
                if not data:
                    return
                asked = json.loads(data)
                self.asked.append(asked)
                self._do(asked[0], asked[-1])
                with suppress(OSError):
                    line.sendall(b".")

    def _do(self, what: str, unit: str) -> None:
        if unit == "sealgate-update.service":
            self.watch()
        elif what == "stop":
            self._wanted.clear()
            self._stop()
        elif what == "start":
            self._wanted.set()
        elif what == "restart":
            self._stop()
            self._wanted.set()

    def _stop(self) -> None:
        with self._changed:
            if self._running is not None:
                self._running.send_signal(signal.SIGTERM)
        self._await_end()

    def _await_end(self) -> None:
        running = self._running
        if running is not None:
            try:
                running.wait(STOP_S)
            except subprocess.TimeoutExpired:
                running.kill()

    def _keep_up(self) -> None:
        while True:
            self._wanted.wait()
            if self._over.is_set():
                return
            pre: list[str | Path] = [sys.executable, "-IS", self._launcher, "start", "--home", self._home]
            subprocess.run(pre, stderr=self.log, check=True)
            self.started.append(trial.current(self._home))
            self._run()
            self._over.wait(AGAIN_S)

    def _run(self) -> None:
        master, terminal = pty.openpty()
        self._health.parent.mkdir(exist_ok=True)
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "RUNTIME_DIRECTORY": str(self._health.parent)}
        with self._changed:
            if self._over.is_set() or not self._wanted.is_set():  # it was told to stop meanwhile
                os.close(terminal)
                os.close(master)
                return
            self._running = subprocess.Popen(
                [self._home / "current/bin/sealgate", *self._program],
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
                env=environment,
                start_new_session=True,
                cwd="/",
            )
        os.close(terminal)
        with suppress(OSError):  # a terminal whose program is gone
            while os.read(master, 65_536):
                pass
        os.close(master)
        self._running.wait()
        shutil.rmtree(self._health.parent, ignore_errors=True)


def _all_of(line: socket.socket) -> bytes:
    pieces = []
    while piece := line.recv(4096):
        pieces.append(piece)
    return b"".join(pieces)


def until(what: str, holds: Callable[[], bool], *, patience_s: float = 30.0) -> None:
    """Wait until something holds."""
    pause, ends = threading.Event(), monotonic() + patience_s
    while not holds():
        assert monotonic() < ends, f"expected {what} within {patience_s:g} s"
        pause.wait(0.02)
