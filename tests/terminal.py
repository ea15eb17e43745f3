"""A real terminal for tests: tmux with a server of its own, keys typed and the screen read as a person would."""

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic

from kiosk.ui.driver.lettering import Type, large
from kiosk.ui.glyphs import Glyphs
from tests.tools import require_tool

LOOK_S = 0.03
"""Seconds between two looks at the screen."""

LARGEST = 1000
"""Columns and rows in which any words find room in large type."""

PATIENCE_S = 20.0
"""Seconds that anything on the screen may take."""


class Terminal:
    """One tmux session."""

    def __init__(self, socket: Path) -> None:
        self._tmux = [str(require_tool("tmux", package="tmux")), "-S", str(socket), "-f", "/dev/null"]

    def command(self, *arguments: str) -> str:
        # The size that this process was told, by its caller or by a library, is not that of the terminal made here.
        told = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        return subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_S, env=told
        ).stdout

    def start(self, program: Sequence[str], columns: int, rows: int) -> None:
        size = ("-x", str(columns), "-y", str(rows))
        self.command("new-session", "-d", "-s", "kiosk", *size, f"{shlex.join(program)}; echo ENDED $?; exec cat")

    def text(self) -> str:
        return self.command("capture-pane", "-t", "kiosk", "-p")

    def keys(self, *names: str) -> None:
        self.command("send-keys", "-t", "kiosk", *names)

    def kill_program(self) -> None:
        """End the program as a power cut does: at once, and without a word to it."""
        self.signal_program(signal.SIGKILL)

    def signal_program(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        shell = self.command("display-message", "-t", "kiosk", "-p", "#{pane_pid}").strip()
        program = Path(f"/proc/{shell}/task/{shell}/children").read_text(encoding="ascii").split()
        os.kill(int(program[0]), number)

    def until(self, *words: str, gone: str = "\0") -> str:
        """The screen, once it shows all of these words, and no longer those that should be gone. See `reads`."""
        wanted = f"{words} on the screen and not {gone}"
        return self.until_such(lambda text: all(reads(text, word) for word in words) and not reads(text, gone), wanted)

    def until_such(self, condition: Callable[[str], bool], wanted: str = "another screen") -> str:
        """The screen, once it is as wanted: a look may fall between two halves of what is being drawn."""
        pause, ends = Event(), monotonic() + PATIENCE_S
        while True:
            text = self.text()
            if condition(text):
                return text
            assert monotonic() < ends, f"expected {wanted}, got:\n{text}"
            pause.wait(LOOK_S)

    def press_until(self, key: str, *words: str) -> str:
        """Press a key, again if need be, until the screen shows these words: a press just after a change is dropped."""
        pause, ends = Event(), monotonic() + PATIENCE_S
        while True:
            self.keys(key)
            soon = monotonic() + 1.0
            while monotonic() < soon:
                text = self.text()
                if all(reads(text, word) for word in words):
                    return text
                pause.wait(LOOK_S)
            assert monotonic() < ends, f"expected {words} after {key}, got:\n{text}"


def reads(text: str, words: str) -> bool:
    """Whether a person who looks at the screen reads these words: plain, with letters set apart, or in large type."""
    if words in text or " ".join(words) in text:
        return True
    screen = text.split("\n")
    return any(
        _stands_in(screen, large(words, LARGEST, LARGEST, Glyphs.BLOCKS, size)) for size in (Type.TALL, Type.SMALL)
    )


def _stands_in(screen: list[str], drawn: tuple[str, ...]) -> bool:
    """Whether large type stands somewhere on the screen: its longest row is looked for, then the others beside it."""
    if not drawn:
        return False
    anchor = max(range(len(drawn)), key=lambda at: len(drawn[at]))
    for y in range(anchor, len(screen) - len(drawn) + anchor + 1):
        x = screen[y].find(drawn[anchor])
        while x >= 0:
            rows = screen[y - anchor : y - anchor + len(drawn)]
            if all(
                row[x : x + len(wanted)].ljust(len(wanted)) == wanted for row, wanted in zip(rows, drawn, strict=True)
            ):
                return True
            x = screen[y].find(drawn[anchor], x + 1)
    return False


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
