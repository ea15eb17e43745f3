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

    __slots__ = ("_seqs", "_starts", "_stops", "shown")

    def __init__(self) -> None:
        self._seqs = array("Q")
        self._starts = array("Q")
        self._stops = array("Q")
        self.shown = 0

    def __len__(self) -> int:
        return len(self._seqs)

    @property
    def last_stop(self) -> int:
        """Where the last entry ends, in bytes."""
        return self._stops[-1] if self._stops else 0

    def add(self, place: Place, *, table_change: bool) -> None:
        """Adds the next entry; a change of another table is not shown in the ledger table."""
        self._seqs.append(place.seq)
        self._starts.append(place.start)
        self._stops.append(place.stop)
        self.shown += not table_change

    def find(self, seq: int) -> Place | None:
        """The place of an entry, or None when there is no whole one of that number."""
        at = bisect_left(self._seqs, seq)
        return self._place(at) if at < len(self._seqs) and self._seqs[at] == seq else None

    def _place(self, at: int) -> Place:
        return Place(self._seqs[at], self._starts[at], self._stops[at])
