"""Puts closed segments away: checks them, compresses them, enters them in the catalogue, then removes the plain file.

Order, for each: the archive is written, synced and renamed; read back from the disk and compared; the catalogue takes
the segment in; the plain file goes. A power cut anywhere leaves the plain file or the whole archive, and the rest is
done again. A segment that is not what was written is left as it is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.durable import sync_folder, write_file
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import EntryMalformed, LedgerError
from kiosk.ledger.history import History, closed_lines
from kiosk.ledger.merkle import levels_over
from kiosk.ledger.segments import Segment
from kiosk.ledger.sums import Leaves, sum_up
from kiosk.ledger.terms import Term, terms_of

if TYPE_CHECKING:
    from kiosk.ledger.catalogue import Catalogue, SegmentFacts

_TIME: Final = slice(-26, -2)
"""Where the time stands in a line, from its end."""


class Archivist:
    """Archives the closed segments of one ledger, one after the other. Any thread may call it."""

    def __init__(self, folder: Path, history: History, *, in_background: bool) -> None:
        """Begins; nothing is done before `look`.

        Args:
            folder: The ledger's folder.
            history: Its closed segments.
            in_background: Whether to work on a thread of its own.
        """
        self._folder = folder
        self._history = history
        self._in_background = in_background
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._asked = self._ended = False
        self._catalogue: Catalogue | None = None
        self._known: set[int] | None = None
        self.fault = ""
        """Why a segment could not be put away, or empty."""

    @property
    def covered(self) -> int:
        """The first entry that the catalogue does not know of."""
        known = self._known or set()
        return next((first for first in self._history.firsts if first not in known), self._history.end)

    def look(self) -> None:
        """There may be something to do."""
        if not self._history.firsts:
            return
        if not self._in_background:
            self._work()
            return
        with self._changed:
            self._asked = True
            if self._thread is None and not self._ended:
                self._thread = threading.Thread(target=self._run, name="archivist", daemon=True)
                self._thread.start()

    def settle(self) -> None:
        """Waits until there is nothing to do, or nothing that can be done."""
        with self._changed:
            self._changed.wait_for(lambda: self._thread is None)

    def catalogue(self) -> Catalogue:
        """The catalogue, open.

        Raises:
            CatalogueUnreadable: It cannot be made.
        """
        from kiosk.ledger.catalogue import Catalogue

        with self._changed:
            if self._catalogue is None:
                self._catalogue = Catalogue(self._folder, writing=True)
                self._known = set(self._catalogue.segments())
            return self._catalogue

    def close(self) -> None:
        """Ends the work after the segment that is being put away, and closes the catalogue."""
        with self._changed:
            self._ended = True
        self.settle()
        with self._changed:
            if self._catalogue is not None:
                self._catalogue.close()
                self._catalogue = None

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._ended or not self._asked:
                    self._thread = None
                    self._changed.notify_all()
                    return
                self._asked = False
            self._work()

    def _work(self) -> None:
        try:
            catalogue = self.catalogue()
            for first in self._history.firsts:
                if self._ended:
                    return
                self._put_away(first, catalogue)
        except (OSError, LedgerError) as fault:
            self.fault = str(fault)
        else:
            self.fault = ""

    def _put_away(self, first: int, catalogue: Catalogue) -> None:
        assert self._known is not None
        plain = self._folder / Segment(first).name
        waiting = plain.exists()
        if first in self._known and not waiting:
            return
        lines = closed_lines(self._folder, first)
        leaves = sum_up(lines, first)
        if leaves is None or len(lines) != self._history.size(first):
            raise EntryMalformed(expected=f"{Segment(first).name} as it was written", got="something else")
        if waiting:
            _archive(self._folder, first, lines)
        if first not in self._known:
            catalogue.add(_facts(first, lines, leaves), _terms(first, lines))
            self._known.add(first)
        if waiting:
            plain.unlink()
            sync_folder(plain.parent)


def _archive(folder: Path, first: int, lines: Sequence[bytes]) -> None:
    """Writes an archive, and reads it back from the disk."""
    from kiosk.ledger.archive import Archive, compress

    path = folder / Segment(first, archived=True).name
    write_file(path, compress(lines))
    handle = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)
    with Archive(path) as archive:
        if list(archive.all_lines()) != lines:
            raise EntryMalformed(expected=f"{path.name} to read back as it was written", got="something else")


def _facts(first: int, lines: Sequence[bytes], leaves: Leaves) -> SegmentFacts:
    from kiosk.ledger.catalogue import SegmentFacts

    times = [line[_TIME].decode() for line in lines]
    root = levels_over(leaves.digests)[-1][0]
    return SegmentFacts(first, len(lines), root, leaves.last, min(times), max(times))


def _terms(first: int, lines: Sequence[bytes]) -> Iterator[tuple[Term, str, int]]:
    for seq, line in enumerate(lines, start=first):
        entry = LedgerEntry.read_back(line)
        for term, value in terms_of(entry.kind, entry.body):
            yield term, value, seq
