"""Where each whole entry stands in the open segment: 24 bytes of memory an entry, whatever its size."""

from __future__ import annotations

from array import array
from bisect import bisect_left

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where one entry's line stands: its number, and the bytes from `start` to before `stop`, line end included."""

    seq: int
    start: int
    stop: int


class Index:
    """Places of the entries, in their order. Damaged ones are left out, so numbers may have gaps."""

    __slots__ = ("_seqs", "_starts", "_stops", "last_stop", "shown")

    def __init__(self) -> None:
        self._seqs = array("Q")
        self._starts = array("Q")
        self._stops = array("Q")
        self.last_stop = 0
        """Where the last entry ends, in bytes."""
        self.shown = 0
        """How many of them the ledger table shows."""

    def __len__(self) -> int:
        return len(self._seqs)

    def add(self, seq: int, start: int, stop: int, *, table_change: bool) -> None:
        """Adds the next entry's `Place`; a change of another table is not shown in the ledger table."""
        self._seqs.append(seq)
        self._starts.append(start)
        self._stops.append(stop)
        self.last_stop = stop
        self.shown += not table_change

    def find(self, seq: int) -> Place | None:
        """The place of an entry, or None when there is no whole one of that number."""
        at = bisect_left(self._seqs, seq)
        return self._place(at) if at < len(self._seqs) and self._seqs[at] == seq else None

    def _place(self, at: int) -> Place:
        return Place(self._seqs[at], self._starts[at], self._stops[at])
