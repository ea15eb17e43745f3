"""The kiosk's terminal: tmux shows it, and a run reads it and types as a person would.

The program does not run under tmux's shell: whoever starts it gives it the terminal, and may kill it. tmux is spoken
to over one lasting line (its control mode), since a look comes many times a second for hours.
"""

import shlex
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.tools import require_tool

COLUMNS, ROWS = 80, 24


class Screen:
    """One terminal.

    Args:
        folder: Where tmux's socket is.

    Attributes:
        tty: The terminal for a program to open.
    """

    def __init__(self, folder: Path) -> None:
        self._tmux = [str(require_tool("tmux", package="tmux")), "-S", str(folder / "tmux.sock"), "-f", "/dev/null"]
        size = ("-x", str(COLUMNS), "-y", str(ROWS))
        self._run("new-session", "-d", "-s", "kiosk", *size, "exec sleep infinity")
        self._line = subprocess.Popen(
            [*self._tmux, "-C", "attach-session", "-t", "kiosk", "-f", "no-output,ignore-size"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._read_answer()  # of attach-session itself
        self.tty = Path(self.command("display-message", "-t", "kiosk", "-p", "#{pane_tty}")[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def text(self) -> str:
        """What stands on it."""
        return "\n".join(self.command("capture-pane", "-t", "kiosk", "-p"))

    def history(self) -> str:
        """What stands on it, and what has gone off it at the top."""
        return "\n".join(self.command("capture-pane", "-t", "kiosk", "-p", "-S", "-200")).strip()

    def type(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self.command("send-keys", "-t", "kiosk", *keys)

    def clear(self) -> None:
        """As a terminal that was switched on anew: what a killed program left on it is gone."""
        self.command("send-keys", "-t", "kiosk", "-R")
        self.command("clear-history", "-t", "kiosk")

    def command(self, *words: str) -> list[str]:
        """Have tmux do something; returns what it says."""
        assert self._line.stdin is not None
        self._line.stdin.write(shlex.join(words) + "\n")
        self._line.stdin.flush()
        return self._read_answer()

    def close(self) -> None:
        """Switch it off."""
        self._run("kill-server")
        self._line.communicate()

    def _read_answer(self) -> list[str]:
        assert self._line.stdout is not None
        lines: list[str] | None = None
        for raw in self._line.stdout:
            line = raw.rstrip("\n")
            if line.startswith("%begin "):
                lines = []
            elif line.startswith(("%end ", "%error ")) and lines is not None:
                return lines
            elif lines is not None:
                lines.append(line)
        raise EOFError("expected tmux to answer, it has ended")

    def _run(self, *words: str) -> None:
        subprocess.run([*self._tmux, *words], check=False, capture_output=True)
