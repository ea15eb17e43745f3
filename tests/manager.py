"""A service manager for tests: listens as systemd does (sd_notify(3)), on a datagram socket of its own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

PATIENCE_S = 20.0
"""Seconds that any word may take."""


class Listening:
    """What a service said, in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: list[str] = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))

    def hear(self, limit_s: float = PATIENCE_S) -> str | None:
        """The next word; None when there is none for so long."""
        self.socket.settimeout(limit_s)
        try:
            word = self.socket.recv(65536).decode().strip()
        except TimeoutError:
            return None
        self.said.append(word)
        return word

    def until(self, begins: str) -> str:
        """The next word that begins like this."""
        ends = monotonic() + PATIENCE_S
        while (left_s := ends - monotonic()) > 0:
            word = self.hear(left_s)
            if word is not None and word.startswith(begins):
                return word
        raise AssertionError(f"expected {begins!r}, got {self.said}")

    def forget(self) -> None:
        """Drop what waits to be heard."""
        while self.hear(0.001) is not None:
            pass
        self.said.clear()


@contextmanager
def listening(folder: Path) -> Iterator[Listening]:
    """A service manager that listens in a folder."""
    manager = Listening(folder / "notify")
    try:
        yield manager
    finally:
        manager.socket.close()
