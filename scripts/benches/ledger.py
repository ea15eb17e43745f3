"""What one acknowledged insert into the ledger costs, against a raw write, and as the ledger grows."""

import os
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final, TypeVar

from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger
from scripts.benches.entries import documents, fill, stamp
from scripts.benches.figures import Figure, ratio
from scripts.benches.sizes import Sizes

GROWTH_BAR: Final = 1.3
"""Cost does not grow with the ledger (design, "The ledger"); 1.3 leaves room for the disk's moods."""


_T = TypeVar("_T")


class RawFile:
    """A file that takes bytes durably and nothing else."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        self._end = 0

    def append(self, data: bytes) -> None:
        """Write at the end, and wait until the disk has it."""
        os.pwrite(self._handle, data, self._end)
        os.fdatasync(self._handle)
        self._end += len(data)

    def close(self) -> None:
        """Close it."""
        os.close(self._handle)


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Insert the same documents into a short and a long ledger, in turns with raw writes of the same bytes."""
    with ExitStack() as stack:
        short = stack.enter_context(Ledger.open(folder / "short", stamp))
        long = stack.enter_context(Ledger.open(folder / "long", stamp))
        fill(short, sizes.short_ledger)
        fill(long, sizes.long_ledger)
        raw = stack.enter_context(closing(RawFile(folder / "raw")))
        lines = _Lines(folder / "short" / JOURNAL_NAME)
        in_short, in_long, in_raw = list[float](), list[float](), list[float]()
        inserts = (short.table("ledger").insert, in_short), (long.table("ledger").insert, in_long)
        for number, document in enumerate(islice(documents(), sizes.inserts)):
            turns = deque[Callable[[], None]](partial(_time, do, document, into) for do, into in inserts)
            turns.append(partial(_time, raw.append, lines.last, in_raw))
            turns.rotate(number)  # each goes first, second and third as often: a write's cost lingers in the next
            for turn in turns:
                turn()
            lines.follow()
    shorter, longer = f"{sizes.short_ledger} entries ms", f"{sizes.long_ledger} entries ms"
    return [
        ratio("ledger.insert.growth x", GROWTH_BAR, (longer, in_long), (shorter, in_short)),
        ratio("ledger.insert.raw x", None, ("insert ms", in_short), ("pwrite+fdatasync ms", in_raw)),
    ]


class _Lines:
    """The newest line of a journal that grows: the bytes that a raw write is to write too."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._end = journal.stat().st_size
        self.last = journal.read_bytes().splitlines(keepends=True)[-1]

    def follow(self) -> None:
        """Take the line that was added."""
        with self._journal.open("rb") as file:
            file.seek(self._end)
            self.last = file.read()
        self._end += len(self.last)


def _time(do: Callable[[_T], object], what: _T, into: list[float]) -> None:
    """Note the milliseconds that it takes."""
    began = perf_counter()
    do(what)
    into.append((perf_counter() - began) * 1000)
