"""Proofs of inclusion and consistency against the definition, and against what others published."""

import base64
import hashlib
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.errors import NotProved
from kiosk.ledger.merkle import EMPTY_ROOT, leaf_hash, merkle_root, node_hash
from kiosk.ledger.proofs import (
    MOST_LEAVES,
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
    root_of,
)
from tests.ledger.leaf_hashes import LeafHashes
from tests.ledger.test_merkle import LEAVES, ROOTS

SIZES = range(71)
"""All trees of up to 70 leaves: beyond the sixth power of two, with every shape of a right edge below it."""

LARGE = st.integers(min_value=1, max_value=3000)


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4)) for number in range(count)]


ALL = leaves_of(3000)


# The definition, to the letter (RFC 6962, 2.1, 2.1.1 and 2.1.2). It shares nothing with what is tested.


def split_of(count: int) -> int:
    split = 1
    while split * 2 < count:
        split *= 2
    return split


def mth(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split_of(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split_of(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], b: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if b else [mth(leaves)]
    k = split_of(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], b), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


# Makers.


def test_every_root_and_every_proof_of_inclusion_up_to_70_leaves_is_the_definitions() -> None:
    for size in SIZES:
        root = mth(ALL[:size])
        assert root_of(size, LeafHashes(ALL[:size])) == root == merkle_root(ALL[:size])
        for index in range(size):
            proof = prove_inclusion(index, size, LeafHashes(ALL[:size]))
            assert list(proof) == path(index, ALL[:size])
            check_inclusion(ALL[index], index, size, proof, root)


def test_every_proof_of_consistency_up_to_70_leaves_is_the_definitions() -> None:
    roots = [mth(ALL[:size]) for size in SIZES]
    for new in SIZES:
        for old in range(new + 1):
            proof = prove_consistency(old, new, LeafHashes(ALL[:new]))
            assert list(proof) == (subproof(old, ALL[:new], True) if old else [])
            check_consistency(old, roots[old], new, roots[new], proof)


@given(LARGE, st.data())
def test_proofs_over_larger_trees_are_the_definitions_and_are_taken(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    leaves, root = ALL[:size], merkle_root(ALL[:size])
    hashes = LeafHashes(leaves)
    inclusion, growth = prove_inclusion(index, size, hashes), prove_consistency(old, size, hashes)
    assert list(inclusion) == path(index, leaves)
    assert list(growth) == subproof(old, leaves, True)
    check_inclusion(leaves[index], index, size, inclusion, root)
    check_consistency(old, merkle_root(leaves[:old]), size, root, growth)


def test_a_proof_for_a_smaller_tree_is_made_from_the_subtrees_of_a_larger_one() -> None:
    hashes = LeafHashes(ALL[:70])
    for size in range(1, 70):
        assert root_of(size, hashes) == mth(ALL[:size])
        assert list(prove_inclusion(size // 2, size, hashes)) == path(size // 2, ALL[:size])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (7, 5)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="expected a leaf under"):
        prove_inclusion(index, size, LeafHashes(ALL[:8]))
    with pytest.raises(NotProved, match="expected a leaf under"):
        check_inclusion(ALL[0], index, size, (), ALL[0])


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1)])
def test_a_tree_that_shrank_has_no_proof(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="expected an older tree"):
        prove_consistency(old, new, LeafHashes(ALL[:8]))
    with pytest.raises(NotProved):
        check_consistency(old, ALL[0], new, ALL[0], ())


# What is wrong is refused.


def refused(check: Callable[..., None], *values: Any) -> bool:
    try:
        check(*values)
    except NotProved:
        return True
    return False


def mutations(proof: Sequence[bytes], dice: random.Random) -> list[list[bytes]]:
    """A bit flipped in each hash; each taken out, doubled, cut short, made longer; neighbours swapped; one put on."""
    out = [[*proof, ALL[0]], [ALL[0], *proof], [*proof, EMPTY_ROOT]]
    for at, digest in enumerate(proof):
        flipped = bytearray(digest)
        flipped[dice.randrange(32)] ^= 1 << dice.randrange(8)
        others: tuple[list[bytes], ...] = ([bytes(flipped)], [], [digest, digest], [digest[:31]], [digest + b"\0"])
        out += [[*proof[:at], *other, *proof[at + 1 :]] for other in others]
        if at:
            out.append([*proof[: at - 1], digest, proof[at - 1], *proof[at + 1 :]])
    return out


@given(st.integers(1, 300), st.data())
def test_an_altered_proof_of_inclusion_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    dice = random.Random(size)
    leaf, root = ALL[index], merkle_root(ALL[:size])
    proof = list(prove_inclusion(index, size, LeafHashes(ALL[:size])))
    for wrong in mutations(proof, dice):
        assert refused(check_inclusion, leaf, index, size, wrong, root)
    for other in {0, index ^ 1, index + 1, index - 1, size - 1, size} - {index}:
        assert refused(check_inclusion, leaf, other, size, proof, root)
    assert refused(check_inclusion, ALL[2999], index, size, proof, root)
    assert refused(check_inclusion, leaf, index, size, proof, ALL[2999])
    # A node passes for no leaf: the prefixes differ.
    if proof:
        parent = node_hash(leaf, proof[0]) if index % 2 == 0 else node_hash(proof[0], leaf)
        assert refused(check_inclusion, parent, index // 2, (size + 1) // 2, proof, root)


@given(st.integers(2, 300), st.data())
def test_an_altered_proof_of_consistency_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    dice = random.Random(new)
    old_root, new_root = merkle_root(ALL[:old]), merkle_root(ALL[:new])
    proof = list(prove_consistency(old, new, LeafHashes(ALL[:new])))
    for wrong in mutations(proof, dice):
        assert refused(check_consistency, old, old_root, new, new_root, wrong)
    assert refused(check_consistency, old, ALL[2999], new, new_root, proof)
    assert refused(check_consistency, old, old_root, new, ALL[2999], proof)
    assert refused(check_consistency, 0, old_root, new, new_root, ())


@given(st.integers(2, 200), st.data())
def test_a_fork_is_found_whatever_proof_either_side_offers(new: int, data: st.DataObject) -> None:
    """A leaf under the older root is another one under the newer."""
    old = data.draw(st.integers(1, new))
    struck = data.draw(st.integers(0, old - 1))
    forked = [*ALL[:struck], leaf_hash(b"forged"), *ALL[struck + 1 : new]]
    old_root, new_root = merkle_root(ALL[:old]), merkle_root(forked)
    for side in (ALL[:new], forked):
        proof = prove_consistency(old, new, LeafHashes(side))
        assert refused(check_consistency, old, old_root, new, new_root, proof)


def test_the_empty_tree_goes_on_as_any_other_but_has_one_root() -> None:
    root = merkle_root(ALL[:3])
    check_consistency(0, EMPTY_ROOT, 3, root, ())
    check_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    assert refused(check_consistency, 0, root, 3, root, ())
    assert refused(check_consistency, 0, EMPTY_ROOT, 0, root, ())
    assert refused(check_consistency, 0, EMPTY_ROOT, 3, root, (root,))


def test_a_tree_larger_than_any_is_refused_before_anything_is_counted() -> None:
    assert refused(check_inclusion, ALL[0], 0, MOST_LEAVES + 1, (), ALL[0])
    assert refused(check_consistency, 1, ALL[0], 2**64, ALL[0], ())


def test_a_refusal_says_in_one_line_what_was_expected_and_what_came() -> None:
    with pytest.raises(NotProved) as caught:
        check_inclusion(ALL[0], 0, 2, (), ALL[0])
    assert str(caught.value) == (
        "proof: expected 1 hashes, as the sizes have it, got 0; "
        "do not rely on it; ask the site for it anew, and if it fails again it was altered"
    )


# Published over the same leaves as the roots: the "happy path" files of inclusion and consistency in testdata of
# transparency-dev/merkle at 417fb0c3.

PUBLISHED = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]


def decoded(hashes: str) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(digest) for digest in hashes.split())


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, ""),
        (
            0,
            8,
            "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c= Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4= "
            "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
        ),
        (
            5,
            8,
            "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms= yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA= "
            "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
        ),
        (2, 3, "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU="),
        (
            1,
            5,
            "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0= Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4= "
            "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
        ),
    ],
)
def test_the_published_proof_of_inclusion_is_made_and_taken(index: int, size: int, proof: str) -> None:
    assert prove_inclusion(index, size, LeafHashes(PUBLISHED)) == decoded(proof)
    check_inclusion(PUBLISHED[index], index, size, decoded(proof), bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [
        (1, 1, ""),
        (
            1,
            8,
            "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c= Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4= "
            "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
        ),
        (
            6,
            8,
            "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o= yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA= "
            "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
        ),
        (2, 5, "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4= vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms="),
        (
            6,
            7,
            "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o= sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8= "
            "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
        ),
    ],
)
def test_the_published_proof_of_consistency_is_made_and_taken(old: int, new: int, proof: str) -> None:
    assert prove_consistency(old, new, LeafHashes(PUBLISHED)) == decoded(proof)
    check_consistency(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), decoded(proof))


def test_what_is_no_hash_is_refused() -> None:
    assert refused(check_inclusion, b"", 0, 1, (), b"")
    assert refused(check_consistency, 0, EMPTY_ROOT, 1, b"short", ())
