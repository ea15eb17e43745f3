"""The seam between a ledger and the register: plain rows, and what is asked of whoever has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from msgspec import Struct

NO_DIGEST: Final = "00" * 32
"""What stands for the digest before the first entry."""


class Row(Struct, frozen=True, gc=False):
    """One entry.

    Attributes:
        seq: Its number, from 1, without gaps.
        time: When it happened: RFC 3339, UTC.
        clock: State of the kiosk's clock.
        boot: Which run of the machine.
        monotonic_ms: Milliseconds within that run.
        kind: What sort of entry.
        body: What it records, as JSON.
        digest: The line's digest, in hex; each names the one before it.
    """

    seq: int
    time: str
    clock: str
    boot: str
    monotonic_ms: int
    kind: str
    body: str
    digest: str


class Batch(Struct, frozen=True):
    """A run of entries, one or more, none left out.

    Attributes:
        prev: Digest of the entry before the first, in hex.
        rows: The entries.
    """

    prev: str
    rows: Sequence[Row]

    @property
    def before(self) -> int:
        """Number of the entry before the first."""
        return self.rows[0].seq - 1

    @property
    def last(self) -> Row:
        """The newest."""
        return self.rows[-1]


class History(Protocol):
    """A kiosk's ledger as it stands at one moment: only what is on its own disk for good."""

    @property
    def kiosk(self) -> str:
        """The ledger's id."""

    @property
    def count(self) -> int:
        """How many entries it has."""

    def digest(self, seq: int) -> str:
        """An entry's digest, in hex."""

    def batches(self, after: int) -> Iterator[Batch]:
        """The entries after a number, in order."""

    def begins_with(self, size: int, root: str) -> bool:
        """Whether its first entries are so many, and have this Merkle root, in hex."""
