"""The journal in segments: whatever was closed, archived or lost on the way, the ledger is the same one."""

import shutil
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinydb import where

from kiosk.ledger.archive import compress
from kiosk.ledger.chain import SEGMENT
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import LedgerDamaged
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.merkle import merkle_root
from kiosk.ledger.segments import Segment, list_segments
from kiosk.ledger.verify import verify
from tests.ledger.conftest import record, ticking

if sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

SIZE = 8
"""Entries in a segment here."""


def open_small(folder: Path) -> Ledger:
    return Ledger.open(folder, ticking(), segment_entries=SIZE, in_background=False)


def filled(folder: Path, entries: int) -> list[LedgerEntry]:
    """A ledger with so many entries, beside one change of another table."""
    with open_small(folder) as ledger:
        ledger.table("drivers").insert({"name": "Aroha"})
        number = 0
        while ledger.head().count < entries:
            record(ledger, number := number + 1)
        return list(ledger.entries())


def names(folder: Path) -> list[str]:
    return [Path(segment.name).name for segment in list_segments(folder)]


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of five segments, the last of them open, never to be changed."""
    folder = tmp_path_factory.mktemp("long") / "ledger"
    filled(folder, 4 * SIZE + 3)
    return folder


@pytest.fixture
def copy(long: Path, folder: Path) -> Path:
    shutil.copytree(long, folder)
    return folder


def test_a_full_segment_is_closed_and_archived_and_the_next_one_goes_on(long: Path) -> None:
    assert names(long) == [
        "000000000001.jsonl.zst",
        "000000000009.jsonl.zst",
        "000000000017.jsonl.zst",
        "000000000025.jsonl.zst",
        "000000000033.jsonl",
    ]


def test_the_archives_and_the_open_segment_in_order_are_the_journal(long: Path) -> None:
    journal = b"".join(
        zstd.decompress(path.read_bytes()) if segment.archived else path.read_bytes()
        for segment in list_segments(long)
        for path in [long / segment.name]
    )
    entries = [LedgerEntry.from_line(line) for line in journal.splitlines()]
    assert entries == list(read_entries(long))
    assert [entry.seq for entry in entries] == list(range(1, 4 * SIZE + 4))
    assert all(entry.prev == before.digest for before, entry in pairwise(entries))
    assert [entry.seq for entry in entries if entry.kind == SEGMENT] == [9, 17, 25, 33]


def test_verify_finds_the_root_over_all_entries_of_all_segments(long: Path) -> None:
    report = verify(long)
    digests = [bytes.fromhex(entry.digest) for entry in read_entries(long)]
    assert report.ok
    assert (report.entries, report.root) == (len(digests), merkle_root(digests).hex())
    with open_small(long) as ledger:
        assert ledger.root() == merkle_root(digests)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 2 * SIZE), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_a_ledger_opened_anew_at_any_time_is_the_one_that_was_closed(
    tmp_path_factory: pytest.TempPathFactory, sessions: list[int], chance: Random
) -> None:
    folder, written, drivers = tmp_path_factory.mktemp("any") / "ledger", list[str](), list[str]()
    for inserts in sessions:
        with open_small(folder) as ledger:
            assert [driver["name"] for driver in ledger.table("drivers")] == drivers
            for number in range(inserts):
                if chance.random() < 0.2:
                    drivers.append(f"driver {len(drivers)}")
                    ledger.table("drivers").insert({"name": drivers[-1]})
                else:
                    written.append(f"NZ{number:06d}")
                    record(ledger, number)
            entries = list(ledger.entries())
            assert [entry.body["seal"] for entry in entries if entry.kind == "uplift"] == written
            assert [ledger.entry(entry.seq) for entry in entries] == entries
            shown = [entry.seq for entry in entries if entry.kind != "table"]
            assert [document.doc_id for document in ledger.table("ledger")] == shown
            assert len(ledger.table("ledger")) == len(shown)
            assert ledger.root() == merkle_root(bytes.fromhex(entry.digest) for entry in entries)
    assert verify(folder).ok


def test_the_numbers_that_inserts_get_are_those_that_are_expected_across_a_segments_end(folder: Path) -> None:
    with open_small(folder) as ledger:
        book, table = ledger._book, ledger.table("ledger")
        for many in (1, 5, SIZE, 3 * SIZE):
            expected = [book.next_seq(later) for later in range(many)]
            assert table.insert_multiple({"kind": "hold", "body": {"n": n}} for n in range(many)) == expected


def test_tinydbs_queries_go_through_all_segments(copy: Path) -> None:
    with open_small(copy) as ledger:
        table = ledger.table("ledger")
        (found,) = table.search(where("body").map(lambda body: body.get("seal")) == "NZ000003")
        assert found.doc_id == 5
        assert table.get(doc_id=5) == found
        assert table.get(doc_id=99) is None
        assert len(table.all()) == len(table) == 4 * SIZE + 2


@pytest.mark.parametrize("do", [Path.unlink, lambda path: path.write_bytes(b"[]")])
def test_tables_whose_snapshot_is_lost_or_altered_are_worked_out_again(copy: Path, do: Callable[[Path], Any]) -> None:
    (snapshot,) = (copy / "journal").glob("*.tables.json")
    before = snapshot.read_bytes()
    do(snapshot)
    with open_small(copy) as ledger:
        assert ledger.damage == ()
        assert [driver["name"] for driver in ledger.table("drivers")] == ["Aroha"]
    assert snapshot.read_bytes() == before


# What is not as it was written.


def test_every_altered_byte_of_an_archive_is_found_or_alters_no_entry(copy: Path) -> None:
    path = copy / Segment(9, archived=True).name
    genuine, lines = path.read_bytes(), zstd.decompress(path.read_bytes())
    found = 0
    for place, byte in enumerate(genuine):
        path.write_bytes(genuine[:place] + bytes([byte ^ 1 << place % 8]) + genuine[place + 1 :])
        report = verify(copy)
        assert [damage.segment for damage in report.damage][:1] == ([] if report.ok else [9])
        if report.ok:
            assert zstd.decompress(path.read_bytes()) == lines
        found += not report.ok
    assert found > len(genuine) * 0.95


def altered(lines: list[bytes], at: int) -> list[bytes]:
    return [*lines[:at], lines[at].replace(b"NZ", b"ZN"), *lines[at + 1 :]]


@pytest.mark.parametrize(
    ("do", "named"),
    [
        (lambda lines: altered(lines, 3), 12),
        (lambda lines: altered(lines, SIZE - 1), 16),
        (lambda lines: lines[:-1], 16),
        (lambda lines: lines[1:], 9),
        (lambda lines: [*lines, lines[-1]], 17),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 10),
        (lambda _: [], 9),
        (lambda lines: [*lines[:4], b"{}", *lines[5:]], 13),
    ],
)
@pytest.mark.parametrize("archived", [True, False])
def test_an_alteration_within_a_closed_segment_is_named(
    copy: Path, do: Callable[[list[bytes]], list[bytes]], named: int, archived: bool
) -> None:
    path = copy / Segment(9, archived=True).name
    lines = do(zstd.decompress(path.read_bytes()).splitlines())
    path.unlink()
    if archived:
        path.write_bytes(compress(lines))
    else:
        (copy / Segment(9).name).write_bytes(b"".join(line + b"\n" for line in lines))
    report = verify(copy)
    assert report.damage[0].seq == named
    with pytest.raises(LedgerDamaged, match=f"entry {named} at byte"):
        list(read_entries(copy))


def test_a_segment_that_is_missing_is_named(copy: Path) -> None:
    (copy / Segment(17, archived=True).name).unlink()
    assert [(damage.seq, damage.got) for damage in verify(copy).damage] == [(17, "an entry that says it is 25")]


def test_two_segments_in_each_others_place_are_named(copy: Path) -> None:
    one, other = copy / Segment(9, archived=True).name, copy / Segment(17, archived=True).name
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    assert verify(copy).damage[0].seq == 9


def test_without_its_open_segment_a_ledger_is_neither_sound_nor_opened(copy: Path) -> None:
    (copy / Segment(33).name).unlink()
    assert verify(copy).damage[0].seq == 33
    with pytest.raises(LedgerDamaged, match="entry 25"):
        open_small(copy)
    assert not (copy / Segment(33).name).exists()


def test_an_open_segment_that_does_not_go_on_from_the_last_closed_one_takes_nothing(copy: Path) -> None:
    path = copy / Segment(25, archived=True).name
    path.write_bytes(compress(altered(zstd.decompress(path.read_bytes()).splitlines(), SIZE - 1)))
    with open_small(copy) as ledger:
        assert ledger.damage[0].seq == 32
        with pytest.raises(LedgerDamaged, match="entry 32"):
            record(ledger, 1)


def test_a_segment_that_begins_with_another_sum_of_those_before_is_found(copy: Path) -> None:
    """Opening goes by that sum; whoever makes all links anew around a false one is found by verify."""
    path = copy / Segment(33).name
    entries = [LedgerEntry.from_line(line) for line in path.read_bytes().splitlines()]
    lines, prev = [], entries[0].prev
    for entry in entries:
        body = entry.body | {"peaks": ["00" * 32]} if entry.kind == SEGMENT else entry.body
        made, line = LedgerEntry.make(seq=entry.seq, stamp=entry.stamp, kind=entry.kind, body=body, prev=prev)
        lines.append(line + b"\n")
        prev = made.digest
    path.write_bytes(b"".join(lines))
    (copy / "head.json").unlink()
    (damage,) = verify(copy).damage
    assert (damage.seq, damage.got) == (33, repr(["00" * 32]))
