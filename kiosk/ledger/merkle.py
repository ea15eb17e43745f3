"""The Merkle tree of RFC 6962, section 2.1, over the ledger's lines.

A leaf's hash is SHA-256(0x00 || line), a node's SHA-256(0x01 || left || right); the two prefixes keep a node from
passing as a leaf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

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

    __slots__ = ("_count", "_peaks")

    def __init__(self) -> None:
        self._count = 0
        self._peaks: list[bytes] = []

    @property
    def count(self) -> int:
        """How many leaves the tree has."""
        return self._count

    def add(self, leaf: bytes) -> None:
        """Adds the next leaf's hash; on average one node is hashed."""
        filled = self._count
        while filled & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            filled >>= 1
        self._peaks.append(leaf)
        self._count += 1

    def root(self) -> bytes:
        """The root over all leaves so far; of an empty tree SHA-256 of nothing."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes in their order."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()
