"""Hashes of the Merkle tree's complete subtrees: all that a proof is made from.

A complete subtree has 2**level leaves. Its hash never changes again, so it can be kept in a file, in memory, or worked
out while the leaves go by; what makes the proofs does not care which.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from kiosk.ledger.merkle import node_hash


class Node(Struct, frozen=True, order=True):
    """A complete subtree: leaves ``index * 2**level`` up to before ``(index + 1) * 2**level``.

    Attributes:
        level: 0 for a leaf, and one more for each doubling.
        index: Which one of its level, from the left, from 0.
    """

    level: int
    index: int


class Hashes(Protocol):
    """Whatever knows the hashes of complete subtrees."""

    def subtree(self, node: Node) -> bytes:
        """The hash of a complete subtree; LookupError when it is not known."""


class LeafHashes:
    """All complete subtrees over leaves that are in memory: some 64 bytes of hashes a leaf."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = list(leaves)
        self._levels = [level]
        while len(level) > 1:
            level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
            self._levels.append(level)

    def __len__(self) -> int:
        return len(self._levels[0])

    def subtree(self, node: Node) -> bytes:
        """The hash of a complete subtree; LookupError when it is not known."""
        return self._levels[node.level][node.index]


class Gathered:
    """The hashes of the subtrees asked for, caught while the leaves go by: a few dozen hashes, however long the ledger.

    Ask by `nodes_of_root` and its like (`kiosk.ledger.proofs`), `add` every leaf in order, then make the proof of this.
    """

    __slots__ = ("_count", "_found", "_peaks", "_wanted")

    def __init__(self, wanted: Iterable[Node]) -> None:
        self._wanted = frozenset(wanted)
        self._found: dict[Node, bytes] = {}
        self._peaks: list[bytes] = []
        self._count = 0

    @classmethod
    def of(cls, leaves: Iterable[bytes], wanted: Iterable[Node]) -> Gathered:
        """Goes through all the leaves once."""
        gathered = cls(wanted)
        for leaf in leaves:
            gathered.add(leaf)
        return gathered

    @property
    def count(self) -> int:
        """How many leaves went by."""
        return self._count

    def add(self, leaf: bytes) -> None:
        """Takes the next leaf's hash."""
        level, index, digest = 0, self._count, leaf
        self._catch(Node(level, index), digest)
        while index & 1:
            digest = node_hash(self._peaks.pop(), digest)
            level, index = level + 1, index >> 1
            self._catch(Node(level, index), digest)
        self._peaks.append(digest)
        self._count += 1

    def subtree(self, node: Node) -> bytes:
        """The hash of a complete subtree; LookupError when it was not asked for, or its leaves did not all go by."""
        return self._found[node]

    def _catch(self, node: Node, digest: bytes) -> None:
        if node in self._wanted:
            self._found[node] = digest
