"""Checkpoints and proofs of a ledger whose history is in closed segments."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.ledger.archive import compress
from kiosk.ledger.attest import compare, prove_entry, prove_growth, sign_now
from kiosk.ledger.catalogue import CATALOGUE_NAME
from kiosk.ledger.chain import SEGMENT
from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import Contradiction, LedgerDamaged
from kiosk.ledger.head import HEAD_NAME
from kiosk.ledger.history import History, closed_lines
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.merkle import merkle_root
from kiosk.ledger.proofs import prove_consistency, prove_inclusion, root_of
from kiosk.ledger.prove import verify_growth, verify_proof
from kiosk.ledger.segments import Segment, list_segments
from kiosk.ledger.subtrees import Node
from kiosk.ledger.tree import LedgerTree, catalogued_roots
from kiosk.ledger.verify import verify
from tests.ledger.conftest import record
from tests.ledger.leaf_hashes import LeafHashes
from tests.ledger.test_segments import SIZE, filled, open_small

ENTRIES = 4 * SIZE + 5


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long") / "ledger"
    filled(folder, ENTRIES)
    return folder


@pytest.fixture
def copy(long: Path, folder: Path) -> Path:
    shutil.copytree(long, folder)
    return folder


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def leaves(folder: Path) -> list[bytes]:
    return [bytes.fromhex(entry.digest) for entry in read_entries(folder)]


def with_wrong_hashes(folder: Path) -> None:
    """Somebody, or the disk, altered the catalogue."""
    with closing(sqlite3.connect(folder / CATALOGUE_NAME)) as db, db:
        db.execute("UPDATE segment SET root = zeroblob(32) WHERE first > 1")


def without_catalogue(folder: Path) -> None:
    (folder / CATALOGUE_NAME).unlink()


@pytest.mark.parametrize("catalogued", [True, False])
def test_every_root_and_proof_is_that_of_a_tree_in_memory(long: Path, catalogued: bool) -> None:
    everything = leaves(long)
    tree = LedgerTree(long, catalogued_roots(long) if catalogued else {})
    assert tree.size == ENTRIES
    for size in range(1, ENTRIES + 1):
        memory = LeafHashes(everything[:size])
        assert root_of(size, tree) == merkle_root(everything[:size])
        for other in range(size):
            assert prove_inclusion(other, size, tree) == prove_inclusion(other, size, memory)
            assert prove_consistency(other, size, tree) == prove_consistency(other, size, memory)
    for beyond in (Node(0, ENTRIES), Node(6, 0), Node(3, 4)):
        with pytest.raises(LookupError):
            tree.subtree(beyond)


@pytest.mark.parametrize("harm", [lambda _: None, with_wrong_hashes, without_catalogue])
def test_whatever_the_catalogue_says_what_is_signed_and_proved_is_what_the_segments_hold(
    copy: Path, keys: Path, harm: Callable[[Path], None]
) -> None:
    harm(copy)
    first = sign_now(copy, keys)
    assert first.checkpoint.root == merkle_root(leaves(copy))
    with open_small(copy) as ledger:
        for number in range(2 * SIZE):
            record(ledger, number)
    harm(copy)
    second = sign_now(copy, keys)
    assert second.checkpoint.root == merkle_root(leaves(copy))
    for entry in read_entries(copy):
        assert verify_proof(prove_entry(copy, keys, entry.seq), second.key).entry == entry
    grown = prove_growth(copy, keys, first.note)
    assert verify_growth(grown, open_checkpoint(first.note, first.key), first.key) == second.checkpoint
    assert compare(copy, first.checkpoint).ok
    assert compare(copy, second.checkpoint).ok


def made_anew(folder: Path, peaks: list[str]) -> None:
    """All links of the open segment made anew around another sum of those before: a forger's work."""
    path = folder / list_segments(folder)[-1].name
    entries = [LedgerEntry.from_line(line) for line in path.read_bytes().splitlines()]
    lines, prev = [], entries[0].prev
    for entry in entries:
        body = entry.body | {"peaks": peaks} if entry.kind == SEGMENT else entry.body
        made, line = LedgerEntry.make(seq=entry.seq, stamp=entry.stamp, kind=entry.kind, body=body, prev=prev)
        lines.append(line + b"\n")
        prev = made.digest
    path.write_bytes(b"".join(lines))
    (folder / HEAD_NAME).unlink()


def test_a_false_sum_of_the_closed_segments_is_never_signed(copy: Path, keys: Path) -> None:
    made_anew(copy, ["ab" * 32])
    with pytest.raises(Contradiction):
        sign_now(copy, keys)
    assert not (keys / "checkpoint.key").exists()


def test_a_closed_segment_written_anew_is_found_by_the_checkpoint(copy: Path, keys: Path) -> None:
    signed = sign_now(copy, keys)
    other = copy.with_name("other")
    with open_small(other) as ledger:
        while ledger.head().count < ENTRIES:
            record(ledger, 7)
    for segment in list_segments(copy)[1:]:
        (copy / segment.name).unlink()
    for segment in list_segments(other)[1:]:
        shutil.copy(other / segment.name, copy / segment.name)
    found = compare(copy, signed.checkpoint)
    assert not found.report.ok
    assert found.fault


def test_a_segment_that_a_proof_needs_and_that_is_damaged_is_named(copy: Path, keys: Path) -> None:
    sign_now(copy, keys)
    path = copy / Segment(9, archived=True).name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LedgerDamaged, match="entry 12 at byte 0 of journal/000000000009"):
        prove_entry(copy, keys, 12)
    assert prove_entry(copy, keys, 20)


@pytest.mark.parametrize("seq", [9, 12, 16, 33, 36])
def test_an_entry_that_was_altered_is_not_proved_though_the_one_after_it_says_what_it_was(
    copy: Path, keys: Path, seq: int
) -> None:
    sign_now(copy, keys)
    segment = max(each for each in list_segments(copy) if each.first <= seq)
    lines = closed_lines(copy, segment.first)
    lines[seq - segment.first] = lines[seq - segment.first].replace(b'"time":"2026', b'"time":"2027')
    path = copy / segment.name
    path.write_bytes(compress(lines) if segment.archived else b"".join(line + b"\n" for line in lines))
    with pytest.raises((LedgerDamaged, Contradiction)):
        prove_entry(copy, keys, seq)
    assert prove_entry(copy, keys, seq - 1)
    assert verify(copy).damage[0].seq == seq


def test_a_checkpoint_of_more_than_there_is_contradicts(copy: Path, keys: Path) -> None:
    signed = sign_now(copy, keys).checkpoint
    more = Checkpoint(signed.origin, signed.size + 1, signed.root)
    assert "at least the" in compare(copy, more).fault


def test_a_segment_that_is_begun_while_a_reader_looks_is_no_damage(
    copy: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kiosk begins a segment, archives the one before and notes the head, just after a reader listed the files."""
    genuine, kiosk = History.of, open_small(copy)

    def then_a_segment_is_begun(folder: Path) -> History:
        history = genuine(folder)
        for number in range(SIZE):
            record(kiosk, number)
        kiosk.look()
        return history

    with kiosk, monkeypatch.context() as patched:
        patched.setattr(History, "of", then_a_segment_is_begun)
        assert verify(copy).ok
        assert sign_now(copy, keys).checkpoint.size >= ENTRIES
        assert list(read_entries(copy))
    assert verify(copy).ok
