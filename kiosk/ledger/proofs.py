"""Proofs over the Merkle tree: that an entry is in it (RFC 6962, 2.1.1), and that it only grew (RFC 6962, 2.1.2).

Theory of operation. A proof is the hashes of a few ranges of leaves, in an order that the tree's size and the leaf's
place fix; so the ranges are worked out first, in one place, for who makes a proof and for who checks one. Any range
that occurs is covered by subtrees that are complete (they have 2**level leaves), and the hash of a complete subtree
never changes again. So a proof can be made from whatever gives the hashes of complete subtrees
(`kiosk.ledger.subtrees.Hashes`).

To check a proof nothing is needed but the proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Final

from msgspec import Struct

from kiosk.ledger.errors import NotProved
from kiosk.ledger.merkle import DIGEST_BYTES, EMPTY_ROOT, node_hash
from kiosk.ledger.subtrees import Hashes, Node

MOST_LEAVES: Final = 2**62
"""No tree is larger, whatever a file says: so no proof has more than 63 hashes, the bound of C2SP tlog-witness (a proof
of consistency has at most one more than the tree has levels: RFC 6962, 2.1.2)."""


class Range(Struct, frozen=True):
    """Leaves `start` up to before `stop`."""

    start: int
    stop: int


def root_of(size: int, hashes: Hashes) -> bytes:
    """The root over the first `size` leaves.

    Raises:
        LookupError: A subtree's hash is not known.
    """
    return _hash_of(Range(0, size), hashes) if size else EMPTY_ROOT


def prove_inclusion(index: int, size: int, hashes: Hashes) -> tuple[bytes, ...]:
    """The proof that a leaf is one of the first `size`: PATH(m, D[n]) of RFC 6962, 2.1.1.

    Args:
        index: The leaf, from 0.
        size: How many leaves the tree has.
        hashes: What knows the hashes of complete subtrees.

    Raises:
        ValueError: There is no such leaf.
        LookupError: A subtree's hash is not known.
    """
    return tuple(_hash_of(part, hashes) for part in _path(index, size))


def prove_consistency(old: int, new: int, hashes: Hashes) -> tuple[bytes, ...]:
    """The proof that the first `old` of `new` leaves are unchanged: PROOF(m, D[n]) of RFC 6962, 2.1.2.

    The RFC defines it from one leaf on; of the empty tree it is empty, as any tree goes on from that.

    Raises:
        ValueError: The older tree is larger.
        LookupError: A subtree's hash is not known.
    """
    return tuple(_hash_of(part, hashes) for part in _growth(old, new))


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Checks that a leaf is one of those under a root (RFC 6962, 2.1.1).

    Args:
        leaf: The leaf's hash.
        index: Its place, from 0.
        size: How many leaves are under the root.
        proof: The hashes, the leaf's sibling first.
        root: The root.

    Raises:
        NotProved: It is not, or there is no such leaf in a tree of this size.
    """
    if not 0 <= index < size <= MOST_LEAVES:
        raise _unproved(f"a leaf under {size}, numbered from 0", f"leaf {index}")
    parts = _path(index, size)
    _check_count(proof, len(parts))
    _check_lengths(leaf, root, *proof)
    node = leaf
    for part, sibling in zip(parts, proof, strict=True):
        node = node_hash(sibling, node) if part.start < index else node_hash(node, sibling)
    _check_root("the leaf and its hashes to lead to the root", node, root)


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Checks that the tree under a newer root begins with all that is under an older one (RFC 6962, 2.1.2).

    Args:
        old: How many leaves are under the older root.
        old_root: The older root.
        new: How many leaves are under the newer root.
        new_root: The newer root.
        proof: The hashes.

    Raises:
        NotProved: It does not, or the older tree is larger.
    """
    if not 0 <= old <= new <= MOST_LEAVES:
        raise _unproved("two sizes, the older tree's not the larger", f"{old} and {new} leaves")
    parts = _growth(old, new)
    _check_count(proof, len(parts))
    _check_lengths(old_root, new_root, *proof)
    if old == 0:
        _check_root("the older root to be that of an empty tree", old_root, EMPTY_ROOT)
    if old == new:
        _check_root("two trees of one size to have one root", new_root, old_root)
    elif old:
        older, newer = _climb(old, parts, proof, old_root)
        _check_root("the hashes to lead to the older root", older, old_root)
        _check_root("the hashes to lead to the newer root", newer, new_root)


def _climb(old: int, parts: Sequence[Range], proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """The two roots that a proof of consistency leads to.

    The climb starts at the largest complete subtree at the older tree's right edge. Where that is the whole older
    tree, its hash is the older root, which the checker has; else it is the proof's first hash.
    """
    steps = list(zip(parts, proof, strict=True))
    older = newer = old_root
    if steps[0][0].stop == old:
        older = newer = steps.pop(0)[1]
    for part, sibling in steps:
        if part.start >= old:
            newer = node_hash(newer, sibling)
        else:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
    return older, newer


def _path(index: int, size: int) -> list[Range]:
    """The ranges of leaves whose hashes prove a leaf, its sibling first (RFC 6962, 2.1.1, unrolled)."""
    if not 0 <= index < size:
        raise ValueError(f"expected a leaf under {size}, got {index}")
    start, stop, parts = 0, size, []
    while stop - start > 1:
        split = _split(start, stop)
        if index < split:
            parts.append(Range(split, stop))
            stop = split
        else:
            parts.append(Range(start, split))
            start = split
    return parts[::-1]


def _growth(old: int, new: int) -> list[Range]:
    """The ranges of leaves whose hashes prove that a tree grew (SUBPROOF of RFC 6962, 2.1.2, unrolled)."""
    if not 0 <= old <= new:
        raise ValueError(f"expected an older tree of at most {new} leaves, got {old}")
    if old in (0, new):
        return []
    start, stop, parts = 0, new, []
    while stop != old:
        split = _split(start, stop)
        if old <= split:
            parts.append(Range(split, stop))
            stop = split
        else:
            parts.append(Range(start, split))
            start = split
    if start:
        parts.append(Range(start, stop))
    return parts[::-1]


def _split(start: int, stop: int) -> int:
    """Where the tree over a range divides: after the largest power of two that is smaller than its length."""
    return start + (1 << (stop - start - 1).bit_length() - 1)


def _cover(part: Range) -> tuple[Node, ...]:
    """The complete subtrees that make up a range of the tree, largest first."""
    nodes, start = [], part.start
    while start < part.stop:
        level = (part.stop - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return tuple(nodes)


def _hash_of(part: Range, hashes: Hashes) -> bytes:
    """The hash of a range of the tree: its complete subtrees joined from the right."""
    parts = [hashes.subtree(node) for node in reversed(_cover(part))]
    return reduce(lambda right, left: node_hash(left, right), parts)


def _check_count(proof: Sequence[bytes], wanted: int) -> None:
    if len(proof) != wanted:
        raise _unproved(f"{wanted} hashes, as the sizes have it", f"{len(proof)}")


def _check_lengths(*digests: bytes) -> None:
    for digest in digests:
        if len(digest) != DIGEST_BYTES:
            raise _unproved(f"hashes of {DIGEST_BYTES} bytes", f"one of {len(digest)}")


def _check_root(expected: str, computed: bytes, root: bytes) -> None:
    if computed != root:
        raise _unproved(f"{expected} {root.hex()}", computed.hex())


def _unproved(expected: str, got: str) -> NotProved:
    return NotProved("proof", expected=expected, got=got)
