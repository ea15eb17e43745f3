"""The Merkle tree of RFC 6962, section 2.1, over the ledger's lines.

A leaf's hash is SHA-256(0x00 || line), a node's SHA-256(0x01 || left || right); the two prefixes keep a node from
passing as a leaf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from hashlib import sha256

DIGEST_BYTES = 32

EMPTY_ROOT = hashlib.sha256().digest()
"""The root over no leaves: the hash of nothing (RFC 6962, 2.1)."""


def leaf_hash(line: bytes) -> bytes:
    """The digest of one entry's line, without its line end (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node from those of its children (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: what is needed to add leaves and to tell the root.

    It holds one hash for each power of two in the leaf count (20 of them at a million leaves), largest subtree first.
    """

    __slots__ = ("_peaks", "count")

    def __init__(self, count: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Begins with a tree that has grown already.

        Args:
            count: How many leaves it has.
            peaks: Its `peaks`.

        Raises:
            ValueError: A tree of that size has another number of peaks, or one is no hash.
        """
        self.count = count
        """How many leaves the tree has."""
        self._peaks = list(peaks)
        if len(self._peaks) != count.bit_count() or any(len(peak) != DIGEST_BYTES for peak in self._peaks):
            raise ValueError(f"expected {count.bit_count()} hashes for {count} leaves, got {len(self._peaks)}")

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The hashes that it holds, largest subtree first."""
        return tuple(self._peaks)

    def add(self, leaf: bytes, level: int = 0) -> None:
        """Adds the next leaf's hash; on average one node is hashed.

        Args:
            leaf: The hash of the leaf, or of the next complete subtree.
            level: The leaf's is 0; a subtree of 2**level leaves may come where so many fit.
        """
        filled = self.count >> level
        while filled & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            filled >>= 1
        self._peaks.append(leaf)
        self.count += 1 << level

    def root(self) -> bytes:
        """The root over all leaves so far; of an empty tree SHA-256 of nothing."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def levels_over(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """The hashes of all complete subtrees over leaves, leaves first: 64 bytes of hashes a leaf."""
    level, levels = leaves, [leaves]
    while len(level) > 1:
        pairs = iter(level)
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        levels.append(level)
    return levels


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes in their order."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()
