"""Log lines as entries of systemd's journal, by its native protocol: a datagram of fields for each line.

The protocol is stable and public (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). The socket is never waited for: while
the journal takes nothing, lines go where the caller says. Nothing here writes to stderr, which is the driver's screen.
"""

import logging
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

SOCKET: Final = Path("/run/systemd/journal/socket")
"""Where journald listens."""

IDENTIFIER: Final = "sealgate"
"""What ``journalctl -t`` finds the lines by."""

SEND_BUFFER_BYTES: Final = 1 << 20
"""Room for lines that journald has not taken yet: some thousand of them."""

_PRIORITIES: Final = (
    (logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6),
)  # fmt: skip
"""Python's levels as syslog's priorities (syslog(3)); what is below them is 7, debug."""

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Z0-9_]+")


class JournalHandler(logging.Handler):
    """Sends each line to the journal.

    Its sentence and values are the entry's ``MESSAGE``, as a person reads them; each value is a field of its own
    besides, ``SEALGATE_DEVICE`` for ``device``, for whoever looks for one.

    Args:
        otherwise: Takes a line that the journal does not take.
        path: The journal's socket.
    """

    def __init__(self, otherwise: logging.Handler, path: Path = SOCKET) -> None:
        super().__init__()
        self._otherwise = otherwise
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line, by the path and not by a connection: a journal that was started anew takes the next one."""
        try:
            self._socket.sendto(datagram(record), self._path)
        except OSError:
            self._otherwise.handle(record)

    def close(self) -> None:
        """Send no more."""
        self._socket.close()
        self._otherwise.close()
        super().close()


def answers(path: Path = SOCKET) -> bool:
    """Whether a journal listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as knock:
        try:
            knock.connect(str(path))
        except OSError:
            return False
    return True


def datagram(record: logging.LogRecord) -> bytes:
    """A line as the journal takes it."""
    line: Mapping[str, Any] = record.msg if isinstance(record.msg, Mapping) else {"event": record.getMessage()}
    priority = next((theirs for ours, theirs in _PRIORITIES if record.levelno >= ours), 7)
    fields = {
        "MESSAGE": message_of(line),
        "PRIORITY": str(priority),
        "SYSLOG_IDENTIFIER": IDENTIFIER,
        "SEALGATE_LOGGER": record.name,
        **{_name(each): _text(value) for each, value in line.items() if each not in {"level", "timestamp"}},
    }
    return b"".join(_field(name, value) for name, value in fields.items())


def message_of(line: Mapping[str, Any]) -> str:
    """A line as a person reads it: its sentence, then its values, and an exception's calls below."""
    values = [
        f"{name}={_text(value)}"
        for name, value in line.items()
        if name not in {"event", "level", "timestamp", "exception"}
    ]
    first = f"{line.get('event', '')}{': ' if values else ''}{', '.join(values)}"
    return f"{first}\n{line['exception']}" if "exception" in line else first


def _name(name: str) -> str:
    return f"SEALGATE_{_NOT_IN_A_NAME.sub('_', name.upper())}"[:64]


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _field(name: str, value: str) -> bytes:
    """One field; a value with line ends is sent with its length before it."""
    data = value.encode(errors="replace")
    if b"\n" not in data:
        return name.encode() + b"=" + data + b"\n"
    return name.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"
