"""Reads of closed segments, archived or not: one line, or all of a segment's."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

from kiosk.ledger.entry import FIRST_SEQ
from kiosk.ledger.errors import Damage, EntryMalformed, LedgerDamaged
from kiosk.ledger.segments import Segment, list_segments


def closed_lines(folder: Path, first: int) -> list[bytes]:
    """The lines of a closed segment, without line ends, whichever form it has now.

    Raises:
        EntryMalformed: The file is not what was written.
        OSError: There is none, or the disk does not give it.
    """
    from kiosk.ledger.archive import Archive, split_lines

    try:
        return split_lines((folder / Segment(first).name).read_bytes())
    except FileNotFoundError:  # it is removed only once the archive is there
        with Archive(folder / Segment(first, archived=True).name) as archive:
            return list(archive.all_lines())


class History:
    """The closed segments of a ledger. Any thread may call it.

    What was read last is kept: 64 lines of an archive, or all lines of a segment that is not archived yet.
    """

    def __init__(self, folder: Path, firsts: Sequence[int], end: int) -> None:
        """Begins.

        Args:
            folder: The ledger's folder.
            firsts: Which entries the closed segments begin with, in order.
            end: Which one the open segment begins with.
        """
        self._folder = folder
        self._firsts = list(firsts)
        self.end = end
        """The first entry that is in none of them."""
        self._lock = threading.Lock()
        self._kept: tuple[int, list[bytes]] = (0, [])  # number of the first line's entry, and the lines

    @classmethod
    def of(cls, folder: Path) -> History:
        """The closed segments that there are now."""
        firsts = [segment.first for segment in list_segments(folder)]
        return cls(folder, firsts[:-1], firsts[-1] if firsts else FIRST_SEQ)

    @property
    def firsts(self) -> tuple[int, ...]:
        """Which entries the closed segments begin with, in order."""
        return tuple(self._firsts)

    def size(self, first: int) -> int:
        """How many entries a closed segment has."""
        at = bisect_right(self._firsts, first)
        return (self._firsts[at] if at < len(self._firsts) else self.end) - first

    def segment_of(self, seq: int) -> int:
        """Which entry the closed segment with this one begins with."""
        return self._firsts[bisect_right(self._firsts, seq) - 1]

    def closed(self, end: int) -> None:
        """The open segment was closed; the new one begins with `end`."""
        with self._lock:
            self._firsts.append(self.end)
            self.end = end

    def line(self, seq: int) -> bytes | None:
        """The line of an entry, without line end; None when no closed segment has one of that number.

        Raises:
            LedgerDamaged: What holds it is not what was written.
            OSError: The disk does not give it.
        """
        if not FIRST_SEQ <= seq < self.end or not self._firsts:
            return None
        with self._lock:
            start, lines = self._kept
            if not start <= seq < start + len(lines):
                start, lines = self._kept = self._read_around(seq)
            return lines[seq - start] if seq - start < len(lines) else None

    def lines(self, first: int) -> Iterator[bytes]:
        """All lines of a closed segment; raises as `line`."""
        try:
            yield from closed_lines(self._folder, first)
        except (EntryMalformed, FileNotFoundError) as fault:
            raise LedgerDamaged(_damage(first, first, fault)) from None

    def _read_around(self, seq: int) -> tuple[int, list[bytes]]:
        from kiosk.ledger.archive import FRAME_ENTRIES, Archive, split_lines

        first = self.segment_of(seq)
        try:
            return first, split_lines((self._folder / Segment(first).name).read_bytes())
        except FileNotFoundError:
            pass
        except EntryMalformed as fault:
            raise LedgerDamaged(_damage(seq, first, fault)) from None
        number = (seq - first) // FRAME_ENTRIES
        try:
            with Archive(self._folder / Segment(first, archived=True).name) as archive:
                return first + number * FRAME_ENTRIES, archive.lines(number) if number < archive.frames else []
        except (EntryMalformed, FileNotFoundError) as fault:
            raise LedgerDamaged(_damage(seq, first, fault)) from None


def _damage(seq: int, first: int, fault: EntryMalformed | OSError) -> Damage:
    if isinstance(fault, EntryMalformed):
        return Damage(seq, 0, fault.expected, fault.got, first)
    return Damage(seq, 0, "the file of a closed segment", "none", first)
