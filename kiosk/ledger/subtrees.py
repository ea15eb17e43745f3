"""Hashes of the Merkle tree's complete subtrees: all that a proof is made from.

A complete subtree has 2**level leaves. Its hash never changes again, so it can be kept in a file, in memory, or worked
out while the leaves go by; what makes the proofs does not care which.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


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
