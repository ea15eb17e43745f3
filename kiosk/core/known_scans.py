"""Which stray scans of late the ledger holds: a reader that was not told so sends them again."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from kiosk.core.effects import Json

MOST_OF_A_UNIT: Final = 64
"""Scans of a reader that are known: more than fit into its spool, which sends one at a time."""

MOST_UNITS: Final = 16
"""Readers of which scans are known; the one that was heard of least lately gives way."""


class KnownScans:
    """The newest stray scans of each reader, by its serial number and its own number of the scan."""

    def __init__(self) -> None:
        self._seqs: dict[str, deque[int]] = {}

    @classmethod
    def from_json(cls, units: Mapping[str, Sequence[int]]) -> "KnownScans":
        """Reads what `to_json` gives."""
        known = cls()
        for unit, seqs in units.items():
            for seq in seqs:
                known.add(unit, seq)
        return known

    def to_json(self) -> Json:
        """As an entry keeps it."""
        return {unit: list(seqs) for unit, seqs in self._seqs.items()}

    def add(self, unit: str, seq: int) -> None:
        """The ledger holds a scan."""
        seqs = self._seqs.pop(unit, None) or deque(maxlen=MOST_OF_A_UNIT)
        seqs.append(seq)
        self._seqs[unit] = seqs
        if len(self._seqs) > MOST_UNITS:
            del self._seqs[next(iter(self._seqs))]

    def has(self, unit: str, seq: int) -> bool:
        """Whether the ledger holds a scan."""
        return seq in self._seqs.get(unit, ())
