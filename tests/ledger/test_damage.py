"""Every alteration of a journal is found, and the entry it struck is named."""

import io
import random
import shutil
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.chain import GENESIS, Found, Whole
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import Damage, LedgerDamaged
from kiosk.ledger.head import HEAD_NAME, Head
from kiosk.ledger.journal import JOURNAL_NAME, TORN_NAME, UNRECORDED
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.scan import SECTOR_BYTES, scan
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.standing import TORN_TAIL
from kiosk.ledger.verify import verify
from tests.ledger.conftest import CLOCK, START, record, small_journal, ticking


def scanned(data: bytes, head: Head | None) -> list[Found]:
    return list(scan(io.BytesIO(data), len(data), head))


def damaged(data: bytes, head: Head | None) -> list[int]:
    return [found.seq for found in scanned(data, head) if isinstance(found, Damage)]


def whole(data: bytes, head: Head | None) -> list[int]:
    return [found.entry.seq for found in scanned(data, head) if isinstance(found, Whole)]


def single_byte_changes(lines: list[bytes], values: Iterable[int] | None) -> Iterator[tuple[int, bytes]]:
    """The number of the entry that is struck, and the journal."""
    data = b"".join(lines)
    owner = [seq for seq, line in enumerate(lines, start=1) for _ in line]
    for at, byte in enumerate(data):
        others = set(range(256)) if values is None else {byte ^ 1 << bit for bit in range(8)} | set(values)
        for other in sorted(others - {byte}):
            yield owner[at], data[:at] + bytes([other]) + data[at + 1 :]


def assert_each_is_named(changes: Iterator[tuple[int, bytes]], head: Head) -> int:
    count = 0
    for seq, data in changes:
        count += 1
        assert damaged(data, head)[:1] == [seq], data
        assert seq not in whole(data, head)
    return count


def test_every_bit_flip_and_every_telling_byte_is_found_and_its_entry_named() -> None:
    lines, head = small_journal(4)
    assert damaged(b"".join(lines), head) == []
    assert assert_each_is_named(single_byte_changes(lines, b'\n\0 x0"'), head) > 5000


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_change_of_a_single_byte_is_found_and_its_entry_named() -> None:
    lines, head = small_journal(4)
    assert assert_each_is_named(single_byte_changes(lines, None), head) == 255 * sum(map(len, lines))


def test_without_a_head_file_a_change_before_the_last_entry_is_found_and_named_all_the_same() -> None:
    lines, _ = small_journal(5)
    for seq, data in single_byte_changes(lines[:3], b"\n\0"):
        assert damaged(data + b"".join(lines[3:]), None)[:1] == [seq]


@pytest.mark.parametrize("seq", range(1, 7))
def test_a_deleted_entry_is_named(seq: int) -> None:
    lines, head = small_journal(6)
    assert damaged(b"".join(lines[: seq - 1] + lines[seq:]), head)[0] == seq


@pytest.mark.parametrize("seq", range(1, 7))
def test_a_repeated_entry_is_found_where_it_stands_again(seq: int) -> None:
    lines, head = small_journal(6)
    assert damaged(b"".join(lines[:seq] + lines[seq - 1 :]), head)[0] == seq + 1


@pytest.mark.parametrize("seq", range(1, 6))
def test_swapped_entries_are_found_at_the_first(seq: int) -> None:
    lines, head = small_journal(6)
    lines[seq - 1], lines[seq] = lines[seq], lines[seq - 1]
    assert damaged(b"".join(lines), head)[0] == seq


@pytest.mark.parametrize("kept", range(6))
def test_a_journal_cut_at_a_line_end_is_found_by_its_head(kept: int) -> None:
    lines, head = small_journal(6)
    assert damaged(b"".join(lines[:kept]), head) == [kept + 1]


@pytest.mark.parametrize("kept", range(2, 6))
def test_a_chain_forged_from_an_entry_on_is_found_by_its_head(kept: int) -> None:
    lines, head = small_journal(6)
    forged, _ = small_journal(6, "X")
    assert damaged(b"".join(forged), head) == [6]
    blamed = kept if kept < 5 else 6  # of two links that break, the head says which one holds
    assert damaged(b"".join(lines[:kept] + forged[kept:]), head)[0] == blamed


def test_a_journal_of_another_ledger_is_found_by_its_head() -> None:
    lines, head = small_journal(3)
    assert damaged(b"".join(lines), Head("cd", head.count, head.digest)) == [1]


def test_what_is_good_before_and_after_the_damage_is_still_read() -> None:
    lines, head = small_journal(8)
    lines[3] = lines[3].replace(b"NZ4", b"NZ9")
    assert whole(b"".join(lines), head) == [1, 2, 3, 5, 6, 7, 8]
    lines[3] = b"rubbish\n"
    assert whole(b"".join(lines), head) == [1, 2, 3, 5, 6, 7, 8]


@given(st.binary(max_size=2000), st.booleans())
def test_rubbish_is_never_taken_for_an_entry_nor_for_a_torn_tail(rubbish: bytes, counted: bool) -> None:
    lines, head = small_journal(2)
    rubbish = b"\x01" + rubbish
    found = scanned(b"".join(lines) + rubbish, head if counted else None)
    assert [item.entry.seq for item in found if isinstance(item, Whole)] == [1, 2]
    assert any(isinstance(item, Damage) for item in found)


# The power goes during the last append.


def grown(folder: Path, text: str) -> tuple[bytes, bytes]:
    """A ledger of four entries whose head counts three: the fourth was under way. The bytes before it, and its own."""
    with Ledger.open(folder, ticking()) as ledger:
        for number in range(2):
            record(ledger, number)
    before, head = (folder / JOURNAL_NAME).read_bytes(), (folder / HEAD_NAME).read_bytes()
    with Ledger.open(folder, ticking()) as ledger:
        ledger.append("uplift", Stamp(START, CLOCK), {"seal": text})
    (folder / HEAD_NAME).write_bytes(head)
    return before, (folder / JOURNAL_NAME).read_bytes()[len(before) :]


def assert_cut_and_recorded(folder: Path, before: bytes, torn: bytes) -> None:
    (folder / JOURNAL_NAME).write_bytes(before + torn)
    if torn:
        assert not verify(folder).ok
    with Ledger.open(folder, ticking()) as ledger:
        assert ledger.damage == ()
        entries = list(ledger.entries())
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert (folder / JOURNAL_NAME).read_bytes().startswith(before)
        if torn:
            note = entries[3]
            assert note.kind == TORN_TAIL
            assert (note.body["offset"], note.body["bytes"]) == (len(before), len(torn))
            assert (folder / TORN_NAME / note.body["file"]).read_bytes() == torn
        assert record(ledger, 9) == len(entries) + 1
    assert verify(folder).ok


def test_a_tail_torn_at_any_byte_is_cut_kept_aside_and_recorded(folder: Path) -> None:
    before, line = grown(folder, "NZ000003")
    head = (folder / HEAD_NAME).read_bytes()
    for size in range(len(line)):
        (folder / HEAD_NAME).write_bytes(head)
        assert_cut_and_recorded(folder, before, line[:size])
        shutil.rmtree(folder / TORN_NAME, ignore_errors=True)


def test_a_tail_with_any_of_its_sectors_missing_is_cut_and_recorded(folder: Path) -> None:
    before, line = grown(folder, "N" * 2200)
    head = (folder / HEAD_NAME).read_bytes()
    cuts = [0, *range(SECTOR_BYTES - len(before) % SECTOR_BYTES, len(line), SECTOR_BYTES), len(line)]
    parts = [line[start:stop] for start, stop in pairwise(cuts)]
    for missing in range(1, 2 ** len(parts)):
        torn = b"".join(bytes(len(part)) if missing >> at & 1 else part for at, part in enumerate(parts))
        (folder / HEAD_NAME).write_bytes(head)
        assert_cut_and_recorded(folder, before, torn)
        shutil.rmtree(folder / TORN_NAME)


def test_a_torn_tail_that_the_head_had_counted_is_recorded_as_having_been_whole(folder: Path) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        record(ledger, 1)
    data = (folder / JOURNAL_NAME).read_bytes()
    (folder / JOURNAL_NAME).write_bytes(data[:-20])
    with Ledger.open(folder, ticking()) as ledger:
        assert [entry.body.get("was_whole") for entry in ledger.entries()] == [None, True]


def test_a_cut_whose_record_was_lost_in_a_second_power_cut_is_recorded_at_the_next_start(folder: Path) -> None:
    before, line = grown(folder, "NZ000003")
    (folder / JOURNAL_NAME).write_bytes(before + line[:40])
    with Ledger.open(folder, ticking()):
        pass
    recorded = (folder / JOURNAL_NAME).read_bytes()
    head = Head.from_bytes((folder / HEAD_NAME).read_bytes())
    third = LedgerEntry.from_line(before.splitlines()[-1])
    (folder / HEAD_NAME).write_bytes(Head(head.ledger, third.seq, third.digest).to_bytes())
    (folder / JOURNAL_NAME).write_bytes(before)
    (kept,) = (folder / TORN_NAME).iterdir()
    kept.rename(kept.with_name(kept.name + UNRECORDED))
    with Ledger.open(folder, ticking()) as ledger:
        assert ledger.head().count == 4
        again = ledger.entry(4)
        assert again is not None
        assert again.kind == TORN_TAIL
    assert (folder / JOURNAL_NAME).read_bytes().count(b"\n") == recorded.count(b"\n")


def test_many_torn_tails_in_a_row_are_each_recorded(folder: Path) -> None:
    dice = random.Random(3)
    Ledger.open(folder, ticking()).close()
    for cut in range(1, 20):
        with (folder / JOURNAL_NAME).open("ab") as file:
            file.write(b'{"body":{"seal":"NZ' + bytes(dice.choices(b"0123456789", k=cut)))
        Ledger.open(folder, ticking()).close()
    assert [entry.kind for entry in read_entries(folder)] == [GENESIS] + [TORN_TAIL] * 19
    assert len(verify(folder).repairs) == 19


# A damaged ledger.


@pytest.fixture
def struck(folder: Path) -> Path:
    with Ledger.open(folder, ticking()) as ledger:
        ledger.table("drivers").insert({"name": "before"})
        for number in range(5):
            record(ledger, number)
        ledger.table("drivers").insert({"name": "after"})
    data = (folder / JOURNAL_NAME).read_bytes()
    (folder / JOURNAL_NAME).write_bytes(data.replace(b"NZ000002", b"NZ000007"))
    return folder


def test_a_damaged_ledger_opens_for_reading_and_refuses_to_append_naming_the_entry(struck: Path) -> None:
    before = (struck / JOURNAL_NAME).read_bytes()
    with Ledger.open(struck, ticking()) as ledger:
        assert [damage.seq for damage in ledger.damage] == [5]
        assert [entry.seq for entry in ledger.entries()] == [1, 2, 3, 4, 6, 7, 8]
        assert [document.doc_id for document in ledger.table("ledger")] == [1, 3, 4, 6, 7]
        assert ledger.entry(5) is None
        assert ledger.table("ledger").get(doc_id=5) is None
        assert [driver["name"] for driver in ledger.table("drivers")] == ["before"]
        with pytest.raises(LedgerDamaged, match="entry 5 at byte") as caught:
            record(ledger, 9)
        assert caught.value.damage == ledger.damage[0]
        with pytest.raises(LedgerDamaged, match="entry 5"):
            ledger.table("drivers").insert({"name": "new"})
    assert (struck / JOURNAL_NAME).read_bytes() == before


def test_a_damaged_ledger_read_beside_gives_what_is_good_and_then_names_the_damage(struck: Path) -> None:
    reader = read_entries(struck)
    assert [next(reader).seq for _ in range(7)] == [1, 2, 3, 4, 6, 7, 8]
    with pytest.raises(LedgerDamaged, match="entry 5"):
        next(reader)


def test_verify_names_the_entry_and_the_byte_of_the_damage(struck: Path) -> None:
    report = verify(struck)
    line = next(line for line in (struck / JOURNAL_NAME).read_bytes().splitlines() if b"NZ000007" in line)
    offset = (struck / JOURNAL_NAME).read_bytes().index(line)
    assert not report.ok
    assert [(damage.seq, damage.offset) for damage in report.damage] == [(5, offset)]
    assert any(
        text.startswith(f"DAMAGED: entry 5 at byte {offset} of {JOURNAL_NAME}: expected digest")
        for text in report.lines()
    )
    assert report.lines()[-1] == "NOT sound"


def test_a_table_change_that_this_version_does_not_know_stops_appending(folder: Path) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        ledger.table("drivers").insert({"name": "x"})
        ledger._book.change([{"table": "drivers", "op": "create"}])
    data = (folder / JOURNAL_NAME).read_bytes().splitlines(keepends=True)
    stranger = data[-1][:-1].replace(b'"op":"create"', b'"op":"shuffle"')
    (folder / JOURNAL_NAME).write_bytes(b"".join(data[:-1]) + stranger + b"\n")
    (folder / HEAD_NAME).unlink()
    with Ledger.open(folder, ticking()) as ledger:
        assert [damage.got for damage in ledger.damage] == ["the table change 'shuffle'"]
        with pytest.raises(LedgerDamaged, match="shuffle"):
            record(ledger, 1)
