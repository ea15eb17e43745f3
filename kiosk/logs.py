"""Where log lines go: to a file that is turned over, since the terminal belongs to the screen."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import structlog

MOST_BYTES: Final = 5_000_000
"""Bytes of one log file: some weeks of a busy gate."""

OLD_FILES: Final = 4
"""Files kept besides the newest; the ledger, not the log, is the evidence."""


def log_to_file(path: Path) -> None:
    """Write log lines of level INFO and above to a file, as JSON, one a line.

    Raises:
        OSError: when the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=MOST_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=False)
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger("sealgate")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *names: logging.getLogger(".".join(("sealgate", *map(str, names)))),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def log_to_stderr() -> None:
    """Write log lines of level INFO and above to stderr, for the journal or a terminal; of others, their warnings."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=("level", "event")),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
