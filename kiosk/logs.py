"""Where log lines go: to systemd's journal, or to a file that is turned over. The terminal belongs to the screen.

Whatever takes them, `kiosk.log_rules` says what a line may hold, and how often it comes.
"""

import logging
import os
import sys
import threading
from collections.abc import Mapping
from enum import Enum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

import structlog

from kiosk.core.errors import SealgateError
from kiosk.log_journal import SOCKET, JournalHandler, answers
from kiosk.log_rules import Damper, only_what_may_be_said, without_what_it_held

MOST_BYTES: Final = 5_000_000
"""Bytes of one log file: some weeks of a busy gate."""

OLD_FILES: Final = 4
"""Files kept besides the newest; the ledger, not the log, is the evidence."""

NAME: Final = "kiosk.log"
"""The file, in the data folder's ``log``."""

ROOT: Final = "sealgate"
"""The logger above all of ours."""


class LogTo(Enum):
    """Where a kiosk logs to."""

    AUTO = "auto"
    """The journal where systemd started the kiosk and a journal listens; else the file."""
    JOURNAL = "journal"
    FILE = "file"


class NoJournal(SealgateError):
    """There is no journal to log to."""


def log_for_kiosk(data: Path, to: LogTo, environment: Mapping[str, str] = os.environ, journal: Path = SOCKET) -> None:
    """Log as a kiosk does, whose stderr is the driver's screen: nothing of the process is written there.

    Args:
        data: The data folder.
        to: Where to.
        environment: The process's; systemd says in it that it started this.
        journal: The journal's socket.

    Raises:
        NoJournal: There is none, and no other place is allowed.
        OSError: The file cannot be written.
    """
    heard = answers(journal)
    if to is LogTo.JOURNAL and not heard:
        raise NoJournal(
            expected=f"a journal at {journal}", got="none", mend="start systemd-journald, or use --log file"
        )
    by_systemd = "INVOCATION_ID" in environment or "JOURNAL_STREAM" in environment
    path = data / "log" / NAME
    if to is LogTo.JOURNAL or (to is LogTo.AUTO and heard and by_systemd):
        path.parent.mkdir(parents=True, exist_ok=True)
        _log_by(JournalHandler(_file_handler(path, delay=True), journal))
    else:
        log_to_file(path)
    logging.getLogger().handlers[:] = [_OfLibraries(logging.WARNING)]
    logging.captureWarnings(True)
    threading.excepthook, sys.unraisablehook = _thread_died, _unraisable


def log_death(error: BaseException) -> None:
    """Say what ended the kiosk, where log lines go: its terminal is gone, and with it what was printed there."""
    if structlog.is_configured():
        structlog.get_logger("app").error("the kiosk ended by an error", exc_info=error)


def log_to_file(path: Path) -> None:
    """Write log lines of level INFO and above to a file, as JSON, one a line.

    Raises:
        OSError: when the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _log_by(_file_handler(path, delay=False))


def log_for_server(environment: Mapping[str, str] = os.environ, journal: Path = SOCKET) -> None:
    """Log as a server does that has no screen: to the journal where its stderr leads there, else to stderr."""
    if _leads_to_journal(sys.stderr.fileno(), environment) and answers(journal):
        _log_by(JournalHandler(logging.NullHandler(), journal))
        logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    else:
        log_to_stderr()


def log_to_stderr() -> None:
    """Write log lines of level INFO and above to stderr, for a terminal; of others, their warnings."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            *_rules(),
            structlog.processors.LogfmtRenderer(key_order=("level", "event")),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )


def _rules() -> list[structlog.types.Processor]:
    return [without_what_it_held, only_what_may_be_said, Damper(structlog.DropEvent)]


def _log_by(handler: logging.Handler) -> None:
    """Have our lines of level INFO and above taken by a handler, each as a mapping."""
    root = logging.getLogger(ROOT)
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_rules(),
            _handed_on,
        ],
        logger_factory=lambda *names: logging.getLogger(".".join((ROOT, *map(str, names)))),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _handed_on(_logger: object, _method: str, line: structlog.types.EventDict) -> tuple[tuple[Any], dict[str, Any]]:
    """The last processor: the handler takes the line as it is, and writes it in its own form."""
    return (dict(line),), {}


def _leads_to_journal(handle: int, environment: Mapping[str, str]) -> bool:
    """Whether systemd connected a handle with the journal, as systemd.exec(5) has a program find out."""
    device, _, inode = environment.get("JOURNAL_STREAM", "").partition(":")
    try:
        status = os.fstat(handle)
    except OSError:
        return False
    return (device, inode) == (str(status.st_dev), str(status.st_ino))


def _file_handler(path: Path, *, delay: bool) -> logging.Handler:
    handler = _File(path, maxBytes=MOST_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=delay)
    handler.setFormatter(_AsJson())
    return handler


class _File(RotatingFileHandler):
    """A disk that takes no line must not be told of on stderr: that is the driver's screen."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Let it go: the health line and the ledger tell what is wrong with the disk."""


class _AsJson(logging.Formatter):
    """A line as JSON; what another library hands to the same handler is said as it is."""

    def format(self, record: logging.LogRecord) -> str:
        """The line's text."""
        if not isinstance(record.msg, Mapping):
            return super().format(record)
        text = structlog.processors.JSONRenderer()(None, "", dict(record.msg))
        return text if isinstance(text, str) else text.decode()


class _OfLibraries(logging.Handler):
    """What other libraries warn of: which one and where, not in its words, which may quote what somebody typed."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it as a line of ours."""
        where = f"{record.module}:{record.lineno}"
        log = structlog.get_logger("libraries")
        log.warning("a library complains", library=record.name, where=where, exc_info=record.exc_info)


def _unraisable(fault: "sys.UnraisableHookArgs") -> None:
    """An error where none can be raised, such as while something is taken away: Python would print that, too."""
    structlog.get_logger("app").error("an error that nobody could be told of", exc_info=fault.exc_value)


def _thread_died(died: threading.ExceptHookArgs) -> None:
    """Python would print it across the driver's screen."""
    if died.exc_value is not None and not isinstance(died.exc_value, SystemExit):
        part = died.thread.name if died.thread is not None else ""
        structlog.get_logger("app").error("a thread died", part=part, exc_info=died.exc_value)
