"""A signed checkpoint of 100 entries finds every alteration of the journal, whatever else was altered to fit.

The journal is the attacker's: he may write anything there, and take the head file away. He lacks the signing key.
Everything goes the way of ``sealgate ledger verify --checkpoint``; only the disk is left out, and lines that were read
before are not parsed again.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from kiosk.ledger import attest
from kiosk.ledger.chain import GENESIS
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.merkle import leaf_hash, merkle_root
from kiosk.ledger.stamp import Stamp
from tests.ledger.conftest import CLOCK, START, lay_out, small_journal

pytestmark = pytest.mark.timeout(300)
"""Each alteration is laid out as files and read back: thousands of them."""

ENTRIES = 100
LINES = small_journal(ENTRIES)[0]
SIGNED = Checkpoint(f"{attest.ORIGIN}ab", ENTRIES, merkle_root(leaf_hash(line[:-1]) for line in LINES))

Compare = Callable[[Iterable[bytes]], attest.Comparison]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Compare:
    """Compares a journal with the checkpoint as the command does."""
    genuine = LedgerEntry.from_line
    monkeypatch.setattr(LedgerEntry, "from_line", staticmethod(lru_cache(4 * ENTRIES)(genuine)))

    def compare(lines: Iterable[bytes]) -> attest.Comparison:
        lay_out(tmp_path, list(lines))
        return attest.compare(tmp_path, SIGNED)

    return compare


def chained(contents: Iterable[tuple[str, dict[str, Any]]]) -> list[bytes]:
    """A journal with these kinds and bodies in which every number and every link is right: a forger's work."""
    lines, prev = [], NO_PREV
    for seq, (kind, body) in enumerate(contents, start=1):
        entry, line = LedgerEntry.make(seq=seq, stamp=Stamp(START, CLOCK), kind=kind, body=body, prev=prev)
        lines.append(line + b"\n")
        prev = entry.digest
    return lines


CONTENTS = [(entry.kind, entry.body) for entry in (LedgerEntry.from_line(line[:-1]) for line in LINES)]


def flips(bits: Callable[[int], Iterable[int]]) -> Iterator[bytes]:
    data = b"".join(LINES)
    for place, byte in enumerate(data):
        for bit in bits(place):
            yield data[:place] + bytes([byte ^ 1 << bit]) + data[place + 1 :]


def swapped(things: list[Any], one: int, other: int) -> list[Any]:
    out = list(things)
    out[one], out[other] = out[other], out[one]
    return out


def assert_found_by_the_checkpoint(found: attest.Comparison) -> None:
    assert not found.ok
    assert found.fault


def assert_found_by_the_checkpoint_alone(found: attest.Comparison) -> None:
    assert found.report.ok
    assert found.fault


def test_what_was_signed_is_there_and_so_it_is_when_the_ledger_has_grown(compared: Compare) -> None:
    assert chained(CONTENTS) == LINES
    assert compared(LINES).ok
    grown = compared(chained([*CONTENTS, ("hold", {}), ("uplift", {})]))
    assert grown.ok
    assert grown.report.entries == ENTRIES + 2


def test_a_flipped_bit_in_every_third_byte_is_found(compared: Compare) -> None:
    """Another bit from byte to byte; the long run flips all."""
    for data in flips(lambda place: () if place % 3 else (place * 5 % 8,)):
        assert_found_by_the_checkpoint(compared([data]))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_flipped_bit_is_found(compared: Compare) -> None:
    for data in flips(lambda _: range(8)):
        assert_found_by_the_checkpoint(compared([data]))


def test_every_swap_of_two_lines_is_found(compared: Compare) -> None:
    for one, other in combinations(range(ENTRIES), 2):
        assert_found_by_the_checkpoint(compared(swapped(LINES, one, other)))


def test_every_deletion_of_lines_in_a_row_is_found(compared: Compare) -> None:
    for start, stop in combinations(range(ENTRIES + 1), 2):
        assert_found_by_the_checkpoint(compared(LINES[:start] + LINES[stop:]))


def test_every_line_doubled_at_any_place_is_found(compared: Compare) -> None:
    """What was signed may all be there still, with a line too many in it: that is damage."""
    for line in LINES:
        for place in range(ENTRIES + 1):
            assert not compared([*LINES[:place], line, *LINES[place:]]).ok


def test_every_roll_back_is_found_by_the_checkpoint_alone(compared: Compare) -> None:
    """A journal that ends early, at a line's end, is sound by itself once the head file is gone."""
    for kept in range(1, ENTRIES):
        assert_found_by_the_checkpoint_alone(compared(LINES[:kept]))
    assert_found_by_the_checkpoint(compared([]))


def test_every_roll_back_into_a_line_is_found(compared: Compare) -> None:
    data = b"".join(LINES)
    for size in range(len(data) - len(LINES[-1]), len(data)):
        assert_found_by_the_checkpoint(compared([data[:size]]))


# The forger works out every number, link and head anew: without the checkpoint the ledger is sound.


def test_every_altered_entry_with_all_links_made_anew_is_found_by_the_checkpoint_alone(compared: Compare) -> None:
    for place, (kind, body) in enumerate(CONTENTS):
        altered = (kind, body | {"note": "x"})
        forged = chained([*CONTENTS[:place], altered, *CONTENTS[place + 1 :]])
        assert_found_by_the_checkpoint_alone(compared(forged))


def test_every_entry_taken_out_or_doubled_with_all_links_made_anew_is_found_by_the_checkpoint_alone(
    compared: Compare,
) -> None:
    filler = ("hold", {"reason": "filler"})
    for place in range(1, ENTRIES - 1):  # the last one doubled would be a ledger that grew
        without, doubled = [*CONTENTS[:place], *CONTENTS[place + 1 :]], [*CONTENTS[: place + 1], *CONTENTS[place:]]
        for forged in (without, [*without, filler], doubled):
            assert_found_by_the_checkpoint_alone(compared(chained(forged)))


def test_neighbours_swapped_with_all_links_made_anew_are_found_by_the_checkpoint_alone(compared: Compare) -> None:
    for one, other in pairwise(range(1, ENTRIES)):
        assert_found_by_the_checkpoint_alone(compared(chained(swapped(CONTENTS, one, other))))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_swap_with_all_links_made_anew_is_found_by_the_checkpoint_alone(compared: Compare) -> None:
    for one, other in combinations(range(1, ENTRIES), 2):
        assert_found_by_the_checkpoint_alone(compared(chained(swapped(CONTENTS, one, other))))


def test_a_ledger_of_another_id_with_the_same_entries_is_found_by_the_checkpoint_alone(compared: Compare) -> None:
    forged = chained([(GENESIS, {"format": 1, "ledger": "cd"}), *CONTENTS[1:]])
    found = compared(forged)
    assert_found_by_the_checkpoint_alone(found)
    assert found.fault == "expected sealgate/ab, as signed, got sealgate/cd"
