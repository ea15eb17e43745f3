"""A real terminal for tests: tmux with a server of its own, keys typed and the screen read as a person would."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic

from tests.tools import require_tool

LOOK_S = 0.03
"""Seconds between two looks at the screen."""

PATIENCE_S = 20.0
"""Seconds that anything on the screen may take."""


class Terminal:
    """One tmux session."""

    def __init__(self, socket: Path) -> None:
        self._tmux = [str(require_tool("tmux", package="tmux")), "-S", str(socket), "-f", "/dev/null"]

    def command(self, *arguments: str) -> str:
        run = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        return run.stdout

    def start(self, program: Sequence[str], columns: int, rows: int) -> None:
        size = ("-x", str(columns), "-y", str(rows))
        self.command("new-session", "-d", "-s", "kiosk", *size, f"{shlex.join(program)}; echo ENDED $?; exec cat")

    def text(self) -> str:
        return self.command("capture-pane", "-t", "kiosk", "-p")

    def keys(self, *names: str) -> None:
        self.command("send-keys", "-t", "kiosk", *names)

    def kill_program(self) -> None:
        """End the program as a power cut does: at once, and without a word to it."""
        shell = self.command("display-message", "-t", "kiosk", "-p", "#{pane_pid}").strip()
        program = Path(f"/proc/{shell}/task/{shell}/children").read_text(encoding="ascii").split()
        os.kill(int(program[0]), signal.SIGKILL)

    def until(self, *words: str, gone: str = "\0") -> str:
        """The screen, once it shows all of these words, and no longer those that should be gone."""
        pause, ends = Event(), monotonic() + PATIENCE_S
        while True:
            text = self.text()
            if all(word in text for word in words) and gone not in text:
                return text
            assert monotonic() < ends, f"expected {words} on the screen and not {gone}, got:\n{text}"
            pause.wait(LOOK_S)

    def press_until(self, key: str, *words: str) -> str:
        """Press a key, again if need be, until the screen shows these words: a press just after a change is dropped."""
        pause, ends = Event(), monotonic() + PATIENCE_S
        while True:
            self.keys(key)
            soon = monotonic() + 1.0
            while monotonic() < soon:
                text = self.text()
                if all(word in text for word in words):
                    return text
                pause.wait(LOOK_S)
            assert monotonic() < ends, f"expected {words} after {key}, got:\n{text}"


@contextmanager
def terminal(folder: Path, program: Sequence[str], columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """A terminal that runs a program; its server is gone at the end."""
    made = Terminal(folder / "tmux.sock")
    made.start(program, columns, rows)
    server = int(made.command("display-message", "-p", "#{pid}"))
    try:
        yield made
    finally:
        made.command("kill-server")
        _until_gone(server)


def _until_gone(process: int) -> None:
    pause, ends = Event(), monotonic() + PATIENCE_S
    while Path(f"/proc/{process}").exists():
        with suppress(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
        assert monotonic() < ends, f"expected tmux's server, process {process}, to end"
        pause.wait(LOOK_S)
