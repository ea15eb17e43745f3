import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.durable import sync_folder
from kiosk.ledger import journal
from kiosk.ledger.chain import GENESIS
from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.errors import (
    EntryRefused,
    LedgerClosed,
    LedgerDamaged,
    LedgerError,
    LedgerHeld,
    LedgerUnsure,
    LedgerWriteFailed,
)
from kiosk.ledger.head import HEAD_NAME, Head
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.lock import LOCK_NAME, holder_of
from kiosk.ledger.merkle import merkle_root
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.standing import FORMAT, HEAD_RESTORED, OWN_KINDS
from kiosk.ledger.verify import verify
from tests.ledger.conftest import CLOCK, START, record, ticking

# What is recorded.


def test_a_new_ledger_begins_with_its_id_and_the_version_of_its_format(folder: Path) -> None:
    with Ledger.open(folder / "deeper" / "still", ticking()) as ledger:
        (genesis,) = ledger.entries()
    assert (genesis.seq, genesis.kind, genesis.prev) == (1, GENESIS, NO_PREV)
    assert genesis.body["format"] == FORMAT
    assert len(genesis.body["ledger"]) == 32


def test_entries_are_numbered_chained_and_read_back_as_recorded(ledger: Ledger, folder: Path) -> None:
    appended = [ledger.append("uplift", Stamp(START, CLOCK), {"n": number, "x": [1.0, None]}) for number in range(5)]
    assert [entry.seq for entry in appended] == [2, 3, 4, 5, 6]
    entries = list(ledger.entries())
    assert entries[1:] == appended == list(read_entries(folder))[1:]
    assert [entry.prev for entry in entries[1:]] == [entry.digest for entry in entries[:-1]]
    assert ledger.entry(4) == appended[2]
    assert ledger.entry(7) is None


def test_the_head_and_the_root_follow_the_entries_and_survive_reopening(folder: Path) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        for number in range(6):
            record(ledger, number)
        head, root = ledger.head(), ledger.root()
        entries = list(ledger.entries())
    assert (head.count, head.digest) == (7, entries[-1].digest)
    assert root == merkle_root(bytes.fromhex(entry.digest) for entry in entries)
    with Ledger.open(folder, ticking()) as ledger:
        assert (ledger.head(), ledger.root(), list(ledger.entries())) == (head, root, entries)
    assert verify(folder).root == root.hex()


def test_opening_and_closing_writes_no_entry(folder: Path) -> None:
    for _ in range(3):
        with Ledger.open(folder, ticking()) as ledger:
            assert ledger.head().count == 1


@pytest.mark.parametrize("kind", sorted(OWN_KINDS))
def test_kinds_of_the_ledgers_own_are_refused(ledger: Ledger, kind: str) -> None:
    with pytest.raises(EntryRefused, match=kind):
        ledger.append(kind, Stamp(START, CLOCK), {})


def test_a_refused_entry_leaves_the_ledger_as_it_was_and_usable(ledger: Ledger, folder: Path) -> None:
    before = (folder / JOURNAL_NAME).read_bytes()
    with pytest.raises(EntryRefused, match=r"body\.weight"):
        ledger.append("uplift", Stamp(START, CLOCK), {"weight": 2**53})
    assert (folder / JOURNAL_NAME).read_bytes() == before
    assert record(ledger, 1) == 2


def test_entries_from_many_threads_are_all_there_once_and_chained(ledger: Ledger, folder: Path) -> None:
    seqs: list[int] = []

    def work(name: int) -> None:
        seqs.extend(record(ledger, name * 100 + number) for number in range(25))
        for number in range(10):
            ledger.table("drivers").insert({"name": name, "number": number})

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(set(seqs)) == 100
    assert len(ledger.table("drivers")) == 40
    assert verify(folder).ok
    assert verify(folder).entries == 141


def test_a_closed_ledger_refuses_and_closes_again_without_complaint(folder: Path) -> None:
    ledger = Ledger.open(folder, ticking())
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerClosed):
        record(ledger, 1)
    with pytest.raises(LedgerClosed):
        list(ledger.entries())


def test_every_error_says_expected_got_and_mend_in_one_line(ledger: Ledger) -> None:
    with pytest.raises(LedgerError) as caught:
        ledger.append("", Stamp(START, CLOCK), {})
    assert str(caught.value) == "entry's kind: expected a text, got ''; name it"
    assert caught.value.diagnostics() == ("entry's kind", "Expected: a text", "Got: ''", "Do: name it")


# Who holds it.


def test_a_second_opening_is_refused_and_names_the_holder(ledger: Ledger, folder: Path) -> None:
    with pytest.raises(LedgerHeld) as caught:
        Ledger.open(folder, ticking())
    holder = caught.value.holder
    assert holder is not None
    assert (holder.pid, holder.since) == (os.getpid(), "2026-01-31T09:05:00.001Z")
    assert str(holder) in str(caught.value)
    assert holder_of(folder) == holder
    assert record(ledger, 1) == 2


def test_the_lock_of_a_killed_process_is_free(folder: Path) -> None:
    Ledger.open(folder, ticking()).close()
    code = (
        f"import fcntl; lock = open({str(folder / LOCK_NAME)!r}, 'r+'); fcntl.flock(lock, fcntl.LOCK_EX)\n"
        "print('held', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(LedgerHeld, match="has not given its name"):
            Ledger.open(folder, ticking())
        child.kill()
        child.wait(timeout=10)
    with Ledger.open(folder, ticking()) as ledger:
        assert record(ledger, 1) == 2
    assert holder_of(folder) is None


def test_readers_read_beside_the_holder_up_to_the_last_whole_entry(ledger: Ledger, folder: Path) -> None:
    record(ledger, 1)
    reader = read_entries(folder)
    assert next(reader).seq == 1
    record(ledger, 2)
    assert [entry.seq for entry in reader] == [2]
    with (folder / JOURNAL_NAME).open("ab") as under_way:
        under_way.write(b'{"body":{"se')
    assert [entry.seq for entry in read_entries(folder)] == [1, 2, 3]
    report = verify(folder)
    assert report.ok
    assert any("being written by process" in line for line in report.lines())


# What must not pass for a new ledger.


def test_an_emptied_journal_is_no_new_ledger(folder: Path) -> None:
    Ledger.open(folder, ticking()).close()
    for head in ("there", "gone"):
        if head == "gone":
            (folder / HEAD_NAME).unlink()
        (folder / JOURNAL_NAME).write_bytes(b"")
        with Ledger.open(folder, ticking()) as ledger:
            assert list(ledger.entries()) == []
            with pytest.raises(LedgerDamaged, match="an empty journal"):
                record(ledger, 1)
        assert (folder / JOURNAL_NAME).read_bytes() == b""
        assert not verify(folder).ok


def test_a_removed_journal_is_no_new_ledger(folder: Path) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        record(ledger, 1)
    (folder / JOURNAL_NAME).unlink()
    with pytest.raises(LedgerDamaged, match="expected a journal of 2 entries"):
        Ledger.open(folder, ticking())
    assert not (folder / JOURNAL_NAME).exists()
    assert not verify(folder).ok
    assert holder_of(folder) is None


def test_a_ledger_whose_making_was_cut_short_is_finished(folder: Path) -> None:
    Ledger.open(folder, ticking()).close()
    (folder / HEAD_NAME).unlink()
    with Ledger.open(folder, ticking()) as ledger:
        assert ledger.head().count == 1


@pytest.mark.parametrize(("content", "why"), [(None, "missing"), (b"", "unreadable"), (b"{}\n", "unreadable")])
def test_a_lost_head_file_is_put_back_and_recorded(folder: Path, content: bytes | None, why: str) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        record(ledger, 1)
    (folder / HEAD_NAME).unlink() if content is None else (folder / HEAD_NAME).write_bytes(content)
    assert any(f"the head file is {why}" in line for line in verify(folder).lines())
    with Ledger.open(folder, ticking()) as ledger:
        assert [(entry.kind, entry.body) for entry in ledger.entries()][2:] == [(HEAD_RESTORED, {"head": why})]
    assert Head.from_bytes((folder / HEAD_NAME).read_bytes()).count == 3
    assert verify(folder).ok


def test_a_head_that_lags_behind_is_no_damage_and_is_said(folder: Path) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        record(ledger, 1)
    old = (folder / HEAD_NAME).read_bytes()
    with Ledger.open(folder, ticking()) as ledger:
        record(ledger, 2)
    (folder / HEAD_NAME).write_bytes(old)
    assert verify(folder).head_state == "behind"
    with Ledger.open(folder, ticking()) as ledger:
        assert ledger.head().count == 3
    assert verify(folder).head_state == ""


def test_a_journal_that_another_program_changes_meanwhile_is_not_written_on(ledger: Ledger, folder: Path) -> None:
    record(ledger, 1)
    with (folder / JOURNAL_NAME).open("ab") as stranger:
        stranger.write(b"x\n")
    for _ in range(2):
        with pytest.raises(LedgerUnsure, match="another program changed"):
            record(ledger, 2)


def test_a_journal_that_is_removed_meanwhile_is_not_written_on(ledger: Ledger, folder: Path) -> None:
    (folder / JOURNAL_NAME).unlink()
    with pytest.raises(LedgerUnsure, match="removed or replaced"):
        record(ledger, 1)


# When the disk does not take it.


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """The kernel then takes a part of a write and refuses the rest, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 1, 50, 200])
def test_an_entry_that_the_disk_takes_in_part_is_taken_back_and_the_ledger_goes_on(folder: Path, room: int) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        for number in range(3):
            record(ledger, number)
        before, head = (folder / JOURNAL_NAME).read_bytes(), ledger.head()
        with files_no_longer_than(len(before) + room), pytest.raises(LedgerWriteFailed) as caught:
            record(ledger, 9)
        assert caught.value.sure
        assert "then try again" in str(caught.value)
        assert (folder / JOURNAL_NAME).read_bytes() == before
        assert ledger.head() == head
        with files_no_longer_than(len(before) + room), pytest.raises(LedgerWriteFailed):
            ledger.table("drivers").insert({"name": "not kept"})
        assert len(ledger.table("drivers")) == 0
        assert record(ledger, 4) == 5
    assert verify(folder).ok


def failing(error: int) -> Callable[..., Any]:
    def fail(*_args: Any) -> None:
        raise OSError(error, os.strerror(error))

    return fail


def test_after_a_failed_fdatasync_nothing_is_taken_until_it_is_opened_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        record(ledger, 1)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", failing(5))
            with pytest.raises(LedgerWriteFailed) as caught:
                record(ledger, 2)
        assert not caught.value.sure
        assert caught.value.errno == 5
        with pytest.raises(LedgerUnsure, match="fdatasync failed"):
            record(ledger, 3)
        assert [entry.seq for entry in ledger.entries()] == [1, 2]
    with Ledger.open(folder, ticking()) as ledger:
        assert ledger.head().count == 2
        assert record(ledger, 4) == 3


def test_a_failed_write_that_cannot_be_taken_back_is_not_written_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", failing(5))
        patch.setattr(journal, "write_all", failing(28))
        with pytest.raises(LedgerWriteFailed) as caught:
            record(ledger, 1)
    assert not caught.value.sure
    with pytest.raises(LedgerUnsure, match="could not be taken back"):
        record(ledger, 1)


def test_an_append_that_is_interrupted_is_not_written_on(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_handle: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            record(ledger, 1)
    with pytest.raises(LedgerUnsure, match="interrupted"):
        record(ledger, 1)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LedgerWriteFailed, match="opening the ledger in"):
        Ledger.open(tmp_path / "file" / "ledger", ticking())
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "file")


def open_files() -> list[str]:
    return sorted(str(handle.readlink()) for handle in Path("/proc/self/fd").iterdir() if handle.is_symlink())


def test_no_file_stays_open_after_failed_openings(folder: Path) -> None:
    Ledger.open(folder, ticking()).close()
    before = open_files()
    held = Ledger.open(folder, ticking())
    with pytest.raises(LedgerHeld):
        Ledger.open(folder, ticking())
    held.close()
    (folder / JOURNAL_NAME).unlink()
    with pytest.raises(LedgerDamaged):
        Ledger.open(folder, ticking())
    assert open_files() == before


# Small things that the kiosk relies on.


def test_the_front_door_loads_no_tinydb_until_the_database_is_asked_for() -> None:
    unwanted = {"tinydb", "textual", "serial", "nfc"}
    code = f"import sys, kiosk.ledger.ledger, kiosk.ledger.verify; print(sorted({unwanted} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"


def test_a_sound_ledger_verifies_with_its_first_and_last_and_root(ledger: Ledger, folder: Path) -> None:
    ledger.append("uplift", Stamp(datetime(2026, 2, 1, tzinfo=UTC), CLOCK), {})
    report = verify(folder)
    assert report.ok
    assert (report.entries, report.damage, report.tail) == (2, (), None)
    assert isinstance(report.last, LedgerEntry)
    assert report.lines() == (
        f"{folder}: 2 whole entries",
        "first: 2026-01-31T09:05:00.002Z  last: 2026-02-01T00:00:00.000Z, entry 2",
        f"digest of entry 2: {ledger.head().digest}",
        f"Merkle root: {ledger.root().hex()}",
        "sound: every entry is as it was written",
    )
