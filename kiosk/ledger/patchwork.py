"""A stretch of the Merkle tree's leaves, of which some are known one by one and others only by the subtrees over them.

Any stretch is covered by complete subtrees in one way only: each as large as its place and the stretch's end allow. So
the hashes of those subtrees, in order, stand for the leaves under them, and which subtrees they are need not be said.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.ledger.merkle import EMPTY_ROOT, node_hash


class Patchwork:
    """Leaves from some place on, joined into complete subtrees as they come: a few dozen hashes, however many leaves.

    Args:
        start: Place of the first leaf, from 0.
    """

    __slots__ = ("_stop", "_subtrees", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self._stop = start
        self._subtrees: list[tuple[int, bytes]] = []  # level and hash, from the left; each level is met once

    @property
    def stop(self) -> int:
        """Place after the last leaf."""
        return self._stop

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The hashes that stand for the leaves, from the left."""
        return tuple(digest for _, digest in self._subtrees)

    def add(self, digest: bytes, level: int = 0) -> None:
        """Takes what comes next: a leaf's hash, or that of a complete subtree of 2**level leaves."""
        start = self._stop
        self._stop += 1 << level
        while self._subtrees and self._subtrees[-1][0] == level and start >> level & 1:
            start -= 1 << level
            digest = node_hash(self._subtrees.pop()[1], digest)
            level += 1
        self._subtrees.append((level, digest))

    def add_stretch(self, stop: int, hashes: Sequence[bytes]) -> None:
        """Takes the hashes that stand for all leaves from here to before `stop`.

        Raises:
            ValueError: They are too few or too many for that.
        """
        levels = []
        at = self._stop
        while at < stop:
            room = (stop - at).bit_length() - 1
            levels.append(min(room, (at & -at).bit_length() - 1) if at else room)
            at += 1 << levels[-1]
        for level, digest in zip(levels, hashes, strict=True):
            self.add(digest, level)

    def root(self) -> bytes:
        """The root over all leaves, of a stretch that begins at the first (RFC 6962, 2.1)."""
        assert self.start == 0, "only the whole tree has a root"
        if not self._subtrees:
            return EMPTY_ROOT
        digest = self._subtrees[-1][1]
        for _, left in reversed(self._subtrees[:-1]):
            digest = node_hash(left, digest)
        return digest
