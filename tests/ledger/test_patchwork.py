"""Any stretch of leaves may be replaced by the hashes that stand for it: the root stays what it was."""

from itertools import combinations

import pytest

from kiosk.ledger.merkle import EMPTY_ROOT, leaf_hash, merkle_root
from kiosk.ledger.patchwork import Patchwork

LEAVES = [leaf_hash(bytes([number])) for number in range(20)]


def stretch(start: int, stop: int) -> Patchwork:
    made = Patchwork(start)
    for leaf in LEAVES[start:stop]:
        made.add(leaf)
    return made


def test_leaves_one_by_one_lead_to_the_root() -> None:
    assert Patchwork(0).root() == EMPTY_ROOT
    for size in range(1, len(LEAVES) + 1):
        assert stretch(0, size).root() == merkle_root(LEAVES[:size])
        assert stretch(0, size).stop == size


def test_any_stretch_that_is_stood_for_by_its_hashes_leads_to_the_same_root() -> None:
    for size in range(1, len(LEAVES) + 1):
        for start, stop in combinations(range(size + 1), 2):
            whole = stretch(0, start)
            whole.add_stretch(stop, stretch(start, stop).hashes)
            for leaf in LEAVES[stop:size]:
                whole.add(leaf)
            assert whole.root() == merkle_root(LEAVES[:size])


def test_what_stands_for_a_long_stretch_is_short() -> None:
    made = Patchwork(1)
    for _ in range(10_000):
        made.add(LEAVES[0])
    assert len(made.hashes) <= 2 * 14


@pytest.mark.parametrize("hashes", [[], LEAVES[:1], LEAVES[:4]])
def test_too_few_or_too_many_hashes_for_a_stretch_are_refused(hashes: list[bytes]) -> None:
    with pytest.raises(ValueError, match="zip"):
        stretch(0, 5).add_stretch(8, hashes)  # which two stand for
