"""The ledger's newest lines, from a ledger in whatever state: damaged, cut short, or being written to meanwhile.

`sealgate ledger verify` says what is wrong with a ledger. Here is read what can be read, segment by segment, the newest
first, and no more than a support bundle needs.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from kiosk.ledger.archive import Archive
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.segments import Segment, list_segments

MOST_LINES: Final = 200_000
"""Lines that are read: at a busy gate some years, on a Pi some ten seconds."""

MOST_LINE_BYTES: Final = 1 << 20


def newest_lines(folder: Path, unread: list[str] | None = None, most: int = MOST_LINES) -> Iterator[bytes]:
    """The lines of the newest segments; those of one segment in their order.

    Args:
        folder: The ledger's.
        unread: Takes, a line each, which segments could not be read, and why.
        most: How many lines at most, up to a segment's end.

    Raises:
        OSError: The folder cannot be listed.
    """
    left = most
    for segment in reversed(list_segments(folder)):
        if left <= 0:
            return
        try:
            for line in _lines(folder / segment.name, segment):
                left -= 1
                yield line
        except (OSError, LedgerError) as fault:
            if unread is not None:
                unread.append(f"{segment.name}: {getattr(fault, 'strerror', None) or type(fault).__name__}")


def entries_of(lines: Iterable[bytes], unread: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """The entries that are JSON objects; how many lines are none is noted at the end."""
    others = 0
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            others += 1
            continue
        if isinstance(entry, dict):
            yield entry
        else:
            others += 1
    if others and unread is not None:
        unread.append(f"{others} lines that are no entries")


def _lines(path: Path, segment: Segment) -> Iterator[bytes]:
    if not segment.archived:
        try:
            file = path.open("rb")
        except FileNotFoundError:  # it was archived since
            path = path.with_name(f"{path.name}.zst")
        else:
            with file:
                while line := file.readline(MOST_LINE_BYTES):
                    yield line
            return
    with Archive(path) as archive:
        yield from archive.all_lines()
