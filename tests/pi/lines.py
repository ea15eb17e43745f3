"""The lines to the emulated machine: QEMU's monitor, its test port, and the agent on the board."""

import json
import socket
import threading
import time
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

LOOK_S = 0.02
"""Seconds between two attempts to reach a socket that QEMU is about to open."""

COMMAND_S = 60.0
"""Seconds for QEMU to answer: it takes milliseconds, on a busy machine more."""


class MachineLost(AssertionError):
    """QEMU or the board did not answer."""


def connect(path: Path, limit_s: float, alive: Callable[[], bool]) -> socket.socket:
    """A socket of QEMU's, as soon as it is there.

    Raises:
        MachineLost: it is not there in time, or QEMU has ended.
    """
    ends, pause = time.monotonic() + limit_s, threading.Event()
    while time.monotonic() < ends and alive():
        line = socket.socket(socket.AF_UNIX)
        with suppress(OSError):
            line.connect(str(path))
            return line
        line.close()
        pause.wait(LOOK_S)
    raise MachineLost(f"expected QEMU to open {path.name} within {limit_s:g} s")


class Monitor:
    """QEMU's monitor: QMP, JSON lines (docs/interop/qmp-spec in QEMU)."""

    def __init__(self, line: socket.socket) -> None:
        line.settimeout(COMMAND_S)
        self._line = line
        self._file = line.makefile("rwb")
        self._file.readline()  # the greeting
        self.do("qmp_capabilities")

    def do(self, command: str, **arguments: object) -> Any:
        self._file.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self._file.flush()
        while True:
            told = self._file.readline()
            if not told:
                raise MachineLost(f"expected QEMU to answer {command}, it has ended")
            answer = json.loads(told)
            if "error" in answer:
                raise MachineLost(f"expected QEMU to do {command}, got {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
        self._line.close()


class TestPort:
    """QEMU's test port: memory and lines of the board from outside (docs/devel/qtest in QEMU).

    Args:
        line: The socket.
        order: Held while a change of an output is told.
        on_change: Told of each change of an intercepted output: its number, and whether it is high.
    """

    __test__ = False

    def __init__(self, line: socket.socket, order: "threading.RLock", on_change: Callable[[int, bool], None]) -> None:
        self._line = line
        self._order = order
        self._on_change = on_change
        self._buffered = b""
        self._answers: deque[str] = deque()
        self._answered = threading.Condition()
        self._one = threading.Lock()
        self._gone = False
        self._thread = threading.Thread(target=self._listen, name="test port of the emulated board")
        self._thread.start()

    def write(self, address: int, value: int) -> None:
        self._do(f"writel {address:#x} {value:#x}")

    def read(self, address: int) -> int:
        return int(self._do(f"readl {address:#x}").split()[1], 16)

    def intercept_outputs(self, path: str) -> None:
        """Have changes of a device's output lines told."""
        self._do(f"irq_intercept_out {path}")

    def drain(self) -> None:
        """Take in what QEMU has said until now: what it says later is told after this returns."""
        with self._order, suppress(BlockingIOError, OSError):
            while True:
                chunk = self._line.recv(65536, socket.MSG_DONTWAIT)
                if not chunk:
                    return
                self._take(chunk)

    def close(self) -> None:
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._line.close()

    def _do(self, command: str) -> str:
        with self._one:
            self._line.sendall(command.encode() + b"\n")
            with self._answered:
                done = self._answered.wait_for(lambda: self._answers or self._gone, COMMAND_S)
                if not done or not self._answers:
                    raise MachineLost(f"expected QEMU's test port to answer {command!r}")
                answer = self._answers.popleft()
        if not answer.startswith("OK"):
            raise MachineLost(f"expected QEMU's test port to do {command!r}, got {answer!r}")
        return answer

    def _listen(self) -> None:
        self._line.settimeout(None)
        with suppress(OSError):
            while self._line.recv(1, socket.MSG_PEEK):
                self.drain()
        with self._answered:
            self._gone = True
            self._answered.notify_all()

    def _take(self, chunk: bytes) -> None:
        *lines, self._buffered = (self._buffered + chunk).split(b"\n")
        for each in lines:
            words = each.decode().split()
            if words[:1] == ["IRQ"]:
                self._on_change(int(words[2]), words[1] == "raise")
            else:
                with self._answered:
                    self._answers.append(each.decode())
                    self._answered.notify_all()


class Board:
    """The agent on the emulated board: runs commands there (on_board/agent.py)."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._file = line.makefile("rwb")

    def await_ready(self, limit_s: float) -> None:
        self._line.settimeout(limit_s)
        try:
            told = self._file.readline()
        except TimeoutError:
            told = b""
        if not told:
            raise MachineLost(f"expected the emulated board to come up within {limit_s:g} s")
        assert json.loads(told) == {"ready": True}, told

    def do(self, what: str, /, patience_s: float = COMMAND_S, **given: object) -> Any:
        self._line.settimeout(patience_s)
        self._file.write(json.dumps({"do": what, **given}).encode() + b"\n")
        self._file.flush()
        try:
            told = self._file.readline()
        except TimeoutError:
            told = b""
        if not told:
            raise MachineLost(f"expected the emulated board to do {what} within {patience_s:g} s")
        answer = json.loads(told)
        assert "error" not in answer, f"the emulated board was asked for {what} and told: {answer['error']}"
        return answer["answer"]

    def run(self, *command: str, limit_s: float = 120.0, code: int | None = 0) -> str:
        """Run a program to its end; returns what it printed."""
        done = self.do("run", patience_s=limit_s + COMMAND_S, command=command, limit_s=limit_s)
        assert code is None or done["code"] == code, f"{command} ended with {done['code']}: {done['out']}{done['err']}"
        return str(done["out"])

    def read(self, path: str) -> bytes:
        return b64decode(self.do("read", path=path))

    def write(self, path: str, data: bytes) -> None:
        self.do("write", path=path, data=b64encode(data).decode())

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
        self._line.close()
