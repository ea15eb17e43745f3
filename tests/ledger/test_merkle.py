import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.merkle import Frontier, leaf_hash, merkle_root, node_hash

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("count", range(1, len(LEAVES) + 1))
def test_the_root_of_the_published_leaves_is_the_published_root(count: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES[:count]]
    assert merkle_root(leaves).hex() == ROOTS[count - 1]


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert merkle_root([]) == hashlib.sha256(b"").digest()


def recursive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, to the letter."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(recursive_root(leaves[:split]), recursive_root(leaves[split:]))


@given(st.integers(min_value=1, max_value=300))
def test_a_growing_tree_has_the_root_that_the_definition_gives(count: int) -> None:
    leaves = [leaf_hash(number.to_bytes(2)) for number in range(count)]
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    assert frontier.count == count
    assert frontier.root() == recursive_root(leaves)
