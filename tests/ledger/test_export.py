"""An export is what the ledger's tables show, in a file that stock TinyDB opens; and never half a file."""

import errno
import os
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tinydb import Query, TinyDB

from kiosk import durable
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.ledger.errors import Contradiction, LedgerDamaged, LedgerError, NotProved
from kiosk.ledger.export import export_tinydb
from kiosk.ledger.export_check import check_export
from kiosk.ledger.export_form import ABOUT_TABLE, CHANGES_TABLE, Period
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.stamp import Stamp
from tests.ledger.conftest import CLOCK, START, record, ticking

ALL = Period()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "export.json"


def fill(ledger: Ledger) -> None:
    """Entries a second apart, of every sort that JSON has, between changes of two other tables."""
    drivers, gates = ledger.table("drivers"), ledger.table("gates")
    ids = drivers.insert_multiple([{"name": "Hēmi"}, {"name": "Ann"}])
    for number in range(10):
        body = {"n": number, "text": 'Tāmati \U0001f600\x01"\\', "real": [0.1, 1e-7, 1e20, -0.5], "none": None}
        ledger.append("hold", Stamp(START + timedelta(seconds=number), CLOCK), body)
    drivers.remove(doc_ids=[ids[0]])
    gates.insert({"north": True})
    ledger.append("uplift", Stamp(START + timedelta(seconds=10), CLOCK), {})


def tables_of(db: TinyDB) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    return {name: [(each.doc_id, dict(each)) for each in db.table(name)] for name in db.tables()}


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    fill(ledger)
    return ledger


def test_stock_tinydb_shows_in_the_export_what_the_ledgers_own_tables_show(
    filled: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    done = export_tinydb(folder, keys, out, ALL)
    with TinyDB(out) as stock:
        shown = tables_of(stock)
    assert shown.pop(ABOUT_TABLE)[0][1]["left_out"] == []
    changes = shown.pop(CHANGES_TABLE)
    assert shown == tables_of(filled.db)
    entries = list(read_entries(folder))
    assert [number for number, _ in changes] == [entry.seq for entry in entries if entry.kind == "table"]
    assert done.entries == done.signed.checkpoint.size == len(entries)


def test_how_far_an_export_is_is_told_up_to_the_last_entry(filled: Ledger, folder: Path, keys: Path, out: Path) -> None:
    told: list[tuple[int, int]] = []
    done = export_tinydb(folder, keys, out, ALL, lambda at, of: told.append((at, of)))
    size = done.signed.checkpoint.size
    assert told[-1] == (size, size)


def test_stock_tinydb_queries_changes_and_reopens_the_export(
    filled: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    export_tinydb(folder, keys, out, ALL)
    with TinyDB(out) as stock:
        table = stock.table("ledger")
        (found,) = table.search((Query().kind == "hold") & (Query().body.n == 7))
        assert found == filled.table("ledger").get(doc_id=found.doc_id)
        table.update({"remark": "seen"}, doc_ids=[found.doc_id])
        added = table.insert({"kind": "ours"})
        assert added == len(list(read_entries(folder))) + 1
    with TinyDB(out) as stock:
        assert stock.table("ledger").get(doc_id=found.doc_id)["remark"] == "seen"
        assert len(stock.table("ledger")) == len(filled.table("ledger")) + 1


def test_the_export_is_ascii_so_that_it_reads_the_same_whatever_language_the_machine_is_set_to(
    filled: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    export_tinydb(folder, keys, out, ALL)
    assert out.read_bytes().isascii()


def test_an_export_of_a_new_ledger_has_its_first_entry_alone(
    ledger: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    export_tinydb(folder, keys, out, ALL)
    with TinyDB(out) as stock:
        assert stock.tables() == {"ledger", ABOUT_TABLE}
        assert [each["kind"] for each in stock.table("ledger")] == ["genesis"]


@pytest.mark.parametrize(
    ("since_s", "until_s", "numbers"),
    [
        (3, None, [*range(3, 10)]),
        (None, 3, [0, 1, 2]),
        (3, 5, [3, 4]),
        (20, None, []),
    ],
)
def test_a_period_begins_with_its_first_instant_and_ends_before_its_last(
    filled: Ledger, folder: Path, keys: Path, out: Path, since_s: int | None, until_s: int | None, numbers: list[int]
) -> None:
    period = Period(*(None if each is None else START + timedelta(seconds=each) for each in (since_s, until_s)))
    done = export_tinydb(folder, keys, out, period)
    with TinyDB(out) as stock:
        assert [each["body"]["n"] for each in stock.table("ledger") if each["kind"] == "hold"] == numbers
        assert {"drivers", "gates"} <= stock.tables()
    checked = check_export(out, done.signed.checkpoint)
    assert not checked.whole
    assert checked.entries == done.entries


def test_entries_whose_times_go_to_and_fro_are_exported_by_their_own_time_and_can_be_checked(
    ledger: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    for second in (5, 1, 6, 7, 2, 3, 8, 1, 9):
        ledger.append("hold", Stamp(START + timedelta(seconds=second), CLOCK), {"s": second})
    done = export_tinydb(folder, keys, out, Period(since=START + timedelta(seconds=5)))
    with TinyDB(out) as stock:
        assert [each["body"]["s"] for each in stock.table("ledger")] == [5, 6, 7, 8, 9]
    checked = check_export(out, done.signed.checkpoint)
    assert [(each.first, each.last) for each in checked.about.left_out] == [(1, 1), (3, 3), (6, 7), (9, 9)]


# The checkpoint beside it.


def test_the_checkpoint_beside_an_export_covers_exactly_what_is_in_it(
    filled: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    done = export_tinydb(folder, keys, out, ALL)
    beside = out.with_name("export.json.checkpoint").read_bytes()
    assert open_checkpoint(beside, done.signed.key) == done.signed.checkpoint
    checked = check_export(out, done.signed.checkpoint)
    assert checked.whole
    assert checked.entries == done.signed.checkpoint.size


def test_what_the_kiosk_writes_while_an_export_is_made_is_left_to_the_next(
    filled: Ledger, folder: Path, keys: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.ledger import export

    def read_late(of: Path) -> Iterator[Any]:
        record(filled, 99)
        return read_entries(of)

    monkeypatch.setattr(export, "read_entries", read_late)
    first = export_tinydb(folder, keys, out, ALL)
    assert first.entries == first.signed.checkpoint.size == filled.head().count - 1
    assert check_export(out, first.signed.checkpoint).whole


def test_an_export_does_not_pass_under_an_older_or_a_newer_checkpoint(
    filled: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    first = export_tinydb(folder, keys, out, ALL)
    older = out.rename(out.with_name("older.json"))
    record(filled, 99)
    second = export_tinydb(folder, keys, out, ALL)
    for path, signed in ((older, second.signed), (out, first.signed)):
        with pytest.raises(NotProved, match=r"give the checkpoint that was written with it, FILE\.checkpoint"):
            check_export(path, signed.checkpoint)


def test_an_export_that_tinydb_has_written_anew_is_no_longer_one(
    filled: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    done = export_tinydb(folder, keys, out, ALL)
    with TinyDB(out) as stock:
        stock.table("ours").insert({})
    with pytest.raises(NotProved, match="TinyDB has laid it out anew"):
        check_export(out, done.signed.checkpoint)


NOTHING_IN_IT = b'{"ledger":{\n"1":{}\n},\n"sealgate_export":{\n"1":{}\n}}\n'


@pytest.mark.parametrize("data", [b"", b"{}", b"\0" * 99, NOTHING_IN_IT], ids=["empty", "braces", "zeros", "tables"])
def test_any_other_file_is_refused_in_one_line(
    filled: Ledger, folder: Path, keys: Path, out: Path, data: bytes
) -> None:
    done = export_tinydb(folder, keys, out, ALL)
    out.write_bytes(data)
    with pytest.raises(NotProved) as caught:
        check_export(out, done.signed.checkpoint)
    assert "\n" not in str(caught.value)


# What goes wrong leaves what was there.


def test_a_damaged_ledger_is_not_exported_and_the_entry_is_named(folder: Path, keys: Path, out: Path) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        fill(ledger)
    journal = folder / JOURNAL_NAME
    journal.write_bytes(journal.read_bytes().replace(b'"n":4', b'"n":5'))
    with pytest.raises(LedgerDamaged, match="entry 7 at byte"):
        export_tinydb(folder, keys, out, ALL)
    assert sorted(path.name for path in out.parent.iterdir()) == ["keys", "ledger"]


def test_a_ledger_that_is_altered_between_signing_and_reading_is_not_exported(
    filled: Ledger, folder: Path, keys: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.ledger import export

    monkeypatch.setattr(export, "read_entries", lambda of: (each for each in read_entries(of) if each.seq != 4))
    with pytest.raises(Contradiction, match="as it was signed a moment ago"):
        export_tinydb(folder, keys, out, ALL)
    assert not list(out.parent.glob("export*"))


@pytest.mark.parametrize("call", ["write_all", "fsync"])
def test_a_disk_that_is_full_leaves_the_old_export_and_its_checkpoint_and_names_the_file(
    filled: Ledger, folder: Path, keys: Path, out: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    export_tinydb(folder, keys, out, ALL)
    before = {path.name: path.read_bytes() for path in out.parent.glob("export*")}
    record(filled, 99)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    genuine = getattr(durable if call == "write_all" else os, call)

    def fail(handle: int, *rest: Any) -> None:
        if Path(f"/proc/self/fd/{handle}").readlink().name == "export.json.new":
            raise full
        genuine(handle, *rest)

    monkeypatch.setattr(durable if call == "write_all" else os, call, fail)
    with pytest.raises(OSError, match=r"No space left on device: '.*/export\.json'"):
        export_tinydb(folder, keys, out, ALL)
    after = {path.name: path.read_bytes() for path in out.parent.glob("export*")}
    if call == "write_all":
        assert after == before
    assert after["export.json"] == before["export.json"]
    assert after.keys() == before.keys()


def test_a_table_that_has_the_name_of_the_exports_own_is_refused(
    ledger: Ledger, folder: Path, keys: Path, out: Path
) -> None:
    ledger.table(ABOUT_TABLE).insert({})
    with pytest.raises(LedgerError, match="rename that"):
        export_tinydb(folder, keys, out, ALL)
    assert not list(out.parent.glob("export*"))


def test_memory_does_not_grow_with_the_ledger(folder: Path, keys: Path, out: Path) -> None:
    def peak_bytes(entries: int) -> int:
        with Ledger.open(folder, ticking(), segment_entries=64, in_background=False) as ledger:
            for number in range(ledger.head().count, entries):
                record(ledger, number)
        tracemalloc.start()
        try:
            done = export_tinydb(folder, keys, out, ALL)
            check_export(out, done.signed.checkpoint)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak_bytes(10)  # imports, and the key
    few, many = peak_bytes(500), peak_bytes(5_000)
    assert many < few + 300_000  # 5,000 lines alone take 1.2 MB
