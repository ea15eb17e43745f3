"""A backup holds what the ledger holds, costs what is new, and never speaks for another ledger."""

import os
import shutil
import sqlite3
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kiosk.durable import write_all
from kiosk.ledger import backup_source, medium
from kiosk.ledger.archivist import Archivist
from kiosk.ledger.attest import sign_now
from kiosk.ledger.backup import back_up
from kiosk.ledger.backup_errors import BackupFailed, BackupRefused
from kiosk.ledger.backup_source import Source
from kiosk.ledger.errors import Contradiction, LedgerDamaged
from kiosk.ledger.history import History
from kiosk.ledger.manifest import MANIFEST_NAME
from kiosk.ledger.opening import look
from kiosk.ledger.segments import Segment
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.standing import Standing
from kiosk.ledger.verify import verify
from tests.ledger.backups import SEGMENT, WHEN, Yard, contents, files_in, lines_of, opened
from tests.ledger.conftest import CLOCK, START, record


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def name_of(handle: int) -> str:
    """The path of an open file."""
    return str(Path(f"/proc/self/fd/{handle}").readlink())


# What a backup holds.


@pytest.mark.parametrize("entries", [1, 2, 7, 8, 9, 10, 17, 40, 130])
def test_a_backup_of_any_length_is_sound_and_has_the_ledgers_entries_and_root(yard: Yard, entries: int) -> None:
    yard.grow(entries)
    done = yard.back_up()
    assert lines_of(done.place / "ledger") == lines_of(yard.ledger)
    report = verify(yard.ledger)
    assert (done.manifest.root, done.manifest.entries) == (report.root, report.entries)
    assert report.last is not None
    assert done.manifest.last == report.last.digest


def test_a_backup_grows_with_its_ledger_and_is_sound_at_every_length(yard: Yard) -> None:
    for entries in (1, 2, 6, 8, 9, 15, 17, 18, 60, 61):
        yard.grow(entries)
        done = yard.back_up()
        assert lines_of(done.place / "ledger") == lines_of(yard.ledger)
        assert done.rotted == ()


def test_closed_segments_are_copied_once_and_of_the_open_one_what_is_new(yard: Yard) -> None:
    yard.grow(61)
    first = yard.back_up()
    before = {path: path.stat() for path in files_in(yard.place / "ledger" / "journal")}
    yard.grow(63)
    second = yard.back_up()
    new = len(b"".join(line + b"\n" for line in lines_of(yard.ledger)[61:63]))
    assert second.written == new < first.written / 5
    *closed, last = sorted(before)
    assert all(path.stat() == before[path] or path.stat().st_mtime_ns == before[path].st_mtime_ns for path in closed)
    assert last.stat().st_size == before[last].st_size + new
    assert yard.back_up().written == 0


def test_what_is_written_is_what_is_said_to_be(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    bytes_of_ledger = 0

    def counted(handle: int, data: bytes, offset: int) -> None:
        nonlocal bytes_of_ledger
        name = name_of(handle)
        bytes_of_ledger += len(data) if "/journal/" in name else 0
        os.pwrite(handle, data, offset)

    monkeypatch.setattr(medium, "write_all", counted)
    yard.grow(20)
    assert yard.back_up().written == bytes_of_ledger
    yard.grow(30)
    bytes_of_ledger = 0
    assert yard.back_up().written == bytes_of_ledger > 0


def test_a_segment_that_was_archived_since_is_kept_in_that_form_alone(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as slow:
        slow.setattr(Archivist, "look", lambda _: None)
        yard.grow(20)
        yard.back_up()
    assert sorted(path.name for path in files_in(yard.place / "ledger/journal")) == [
        "000000000001.jsonl", "000000000009.jsonl", "000000000017.jsonl"
    ]  # fmt: skip
    yard.grow(21)
    yard.back_up()
    assert sorted(path.name for path in files_in(yard.place / "ledger/journal")) == [
        "000000000001.jsonl.zst", "000000000009.jsonl.zst", "000000000017.jsonl"
    ]  # fmt: skip
    assert lines_of(yard.place / "ledger") == lines_of(yard.ledger)


def test_the_other_tables_go_along(yard: Yard) -> None:
    with opened(yard.ledger) as ledger:
        ledger.table("watch").insert({"shift": "night"})
        for number in range(20):
            record(ledger, number)
    yard.back_up()
    assert any(name.endswith(".tables.json") for name in yard.files())
    yard.restore()
    (yard.new / "ledger" / "journal" / "000000000001.jsonl.zst").unlink()  # what they could be worked out from
    with opened(yard.new / "ledger") as ledger:
        assert ledger.table("watch").all() == [{"shift": "night"}]


def test_what_a_power_cut_left_goes_along_and_stays(yard: Yard) -> None:
    yard.grow(5)
    journal = yard.ledger / Segment(1).name
    journal.write_bytes(journal.read_bytes() + b'{"body":{')
    yard.grow(7)
    (torn,) = (yard.ledger / "torn").iterdir()
    yard.back_up()
    kept = yard.place / "ledger" / "torn" / torn.name
    assert kept.read_bytes() == b'{"body":{'
    torn.unlink()
    assert [each.name for each in yard.back_up().manifest.files] == [f"ledger/torn/{torn.name}"]
    assert kept.exists()


def test_the_secret_key_stays_and_the_public_one_and_the_last_checkpoint_go_along(yard: Yard) -> None:
    yard.grow(12)
    signed = sign_now(yard.ledger, yard.data / "keys")
    retired = yard.data / "keys" / "retired"
    retired.mkdir()
    (retired / "0a1b2c3d.pub").write_text("an older one\n")
    (yard.data / "keys" / "checkpoint.key.next").write_text("PRIVATE+KEY+next\n")
    place = yard.back_up().place
    assert (place / "ledger" / "checkpoint").read_bytes() == signed.note
    assert (place / "keys" / "checkpoint.pub").read_text() == f"{signed.key.text}\n"
    assert (place / "keys" / "retired" / "0a1b2c3d.pub").exists()
    secret = (yard.data / "keys" / "checkpoint.key").read_text().strip().rpartition("+")[2]
    assert not [name for name, data in yard.files().items() if b"PRIVATE" in data or secret.encode() in data]


def test_a_newer_checkpoint_takes_the_older_ones_place(yard: Yard) -> None:
    for entries in (3, 12):
        yard.grow(entries)
        signed = sign_now(yard.ledger, yard.data / "keys")
        yard.back_up()
        assert (yard.place / "ledger" / "checkpoint").read_bytes() == signed.note


# Beside the kiosk.


def test_a_ledger_that_is_held_is_backed_up_as_far_as_it_is_whole(yard: Yard) -> None:
    with opened(yard.ledger) as ledger:
        for number in range(20):
            record(ledger, number)
        journal = yard.ledger / Segment(ledger.open_segment).name
        whole = journal.read_bytes()
        journal.write_bytes(whole + b'{"body":{"half')
        done = yard.back_up()
        journal.write_bytes(whole)
        assert done.manifest.entries == ledger.head().count
        assert done.manifest.root == ledger.root().hex()


def test_backups_beside_a_kiosk_that_writes_are_each_a_beginning_of_the_ledger(yard: Yard) -> None:
    stop, backups = threading.Event(), []
    with opened(yard.ledger) as ledger:

        def write() -> None:
            for number in range(4000):
                if stop.is_set():
                    return
                record(ledger, number)

        kiosk = threading.Thread(target=write)
        kiosk.start()
        try:
            backups = [yard.back_up().manifest for _ in range(12)]
        finally:
            stop.set()
            kiosk.join()
    lines = lines_of(yard.ledger)
    assert [each.entries for each in backups] == sorted(each.entries for each in backups)
    assert backups[-1].entries > backups[0].entries + SEGMENT
    assert lines_of(yard.place / "ledger") == lines[: backups[-1].entries]


def test_a_segment_that_is_closed_and_archived_while_it_is_looked_at_is_no_damage(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.grow(7)
    turns = 0

    def look_late(folder: Path, history: History) -> object:
        nonlocal turns
        turns += 1
        if turns == 1:
            yard.grow(20)
        return look(folder, history)

    monkeypatch.setattr(backup_source, "look", look_late)
    assert yard.back_up().manifest.entries == 20
    assert turns == 2


def test_nothing_is_copied_that_the_ledgers_own_disk_might_lose(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.grow(3)

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(BackupFailed, match=r"^ledger .*: expected its disk to give it back, got .*errno 5"):
        yard.back_up()
    assert yard.files() == {}


# What is refused: the backup stands as it was, byte for byte.


def refused(yard: Yard, error: type[Exception]) -> str:
    before = yard.files()
    with pytest.raises(error) as caught:
        yard.back_up()
    assert yard.files() == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def alter(path: Path, old: bytes, new: bytes) -> None:
    assert path.read_bytes().count(old) == 1
    path.write_bytes(path.read_bytes().replace(old, new))


def test_a_ledger_that_is_damaged_in_its_open_segment_is_not_copied_and_the_entry_is_named(yard: Yard) -> None:
    yard.grow(18)
    yard.back_up()
    yard.grow(22)
    alter(yard.ledger / Segment(17).name, b"NZ000019", b"NZ000018")
    assert refused(yard, LedgerDamaged).startswith("ledger, entry 20 at byte ")


def test_a_ledger_that_is_damaged_in_a_closed_segment_that_is_new_is_not_copied_and_the_entry_is_named(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.grow(10)
    yard.back_up()
    monkeypatch.setattr(Archivist, "look", lambda _: None)
    yard.grow(30)
    alter(yard.ledger / Segment(17).name, b"NZ000019", b"NZ000018")
    with pytest.raises(LedgerDamaged, match="entry 20 at byte "):
        yard.back_up()
    assert yard.restore().manifest.entries == 10


def test_an_archive_that_is_damaged_is_not_copied(yard: Yard) -> None:
    yard.grow(10)
    yard.back_up()
    yard.grow(30)
    archive = yard.ledger / Segment(17, archived=True).name
    data = bytearray(archive.read_bytes())
    data[40] ^= 1
    archive.write_bytes(data)
    with pytest.raises(LedgerDamaged, match="entry 17 at byte 0 of journal/000000000017"):
        yard.back_up()
    assert yard.restore().manifest.entries == 10


@pytest.mark.parametrize("name", ["journal/000000000009.jsonl.zst", "journal/000000000017.jsonl", "journal"])
def test_a_ledger_that_lacks_a_file_is_not_copied(yard: Yard, name: str) -> None:
    yard.grow(20)
    gone = yard.ledger / name
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    refused(yard, LedgerDamaged)


def fork(yard: Yard, at: int, *lengths: int) -> None:
    """Backs up one course of a ledger, and puts another course of it in its place: the same up to an entry."""
    yard.grow(at)
    other = yard.data.with_name("other")
    shutil.copytree(yard.data, other)
    with opened(other / "ledger") as ledger:
        ledger.append("hold", Stamp(START, CLOCK), {"other": True})
    yard.grow(lengths[0])
    yard.back_up()
    shutil.rmtree(yard.data)
    other.rename(yard.data)
    yard.grow(lengths[1])


@pytest.mark.parametrize(
    ("at", "backed_up", "now"),
    [(3, 6, 7), (3, 6, 40), (5, 30, 45), (11, 30, 30), (7, 8, 9), (15, 16, 33), (20, 21, 21)],
)
def test_a_ledger_that_took_another_course_is_refused_and_the_entry_named(
    yard: Yard, at: int, backed_up: int, now: int
) -> None:
    fork(yard, at, backed_up, now)
    assert verify(yard.ledger).ok
    told = refused(yard, BackupRefused)
    later = at + 1 if at % SEGMENT else at + 2  # a segment begins with an entry of its own
    assert f"got one whose entry {later} is another" in told
    assert f"begins with its {backed_up} entries, made 2026-02-01T12:00:00.000Z" in told


@pytest.mark.parametrize(("backed_up", "now"), [(20, 19), (20, 10), (18, 16), (10, 1), (6, 5)])
def test_a_ledger_that_was_rolled_back_is_refused(yard: Yard, backed_up: int, now: int) -> None:
    yard.grow(now)
    old = yard.data.with_name("old")
    shutil.copytree(yard.data, old)
    yard.grow(backed_up)
    yard.back_up()
    shutil.rmtree(yard.data)
    old.rename(yard.data)
    told = refused(yard, BackupRefused)
    assert f"expected a ledger of at least its {backed_up} entries" in told
    assert f"got {now}; the ledger was rolled back" in told


def test_a_ledger_that_does_not_begin_with_what_was_signed_is_refused(yard: Yard) -> None:
    yard.grow(6)
    old = yard.data.with_name("old")
    shutil.copytree(yard.data, old)
    yard.grow(12)
    sign_now(yard.ledger, yard.data / "keys")
    shutil.copy(yard.ledger / "checkpoint", old / "ledger")
    shutil.rmtree(yard.data)
    old.rename(yard.data)
    assert "over the first 12 entries, as signed, got 6 entries" in refused(yard, Contradiction)
    yard.grow(20)  # another course: the clock of these entries ticks anew
    with opened(yard.ledger) as ledger:
        assert ledger.head().count == 20


def test_a_checkpoint_that_is_none_of_this_ledgers_is_refused(yard: Yard) -> None:
    yard.grow(6)
    for note in (b"nothing\n", b"\xff\xfe", b"sealgate/ab\n6\n" + b"A" * 43 + b"=\n\n"):
        (yard.ledger / "checkpoint").write_bytes(note)
        assert "expected the last checkpoint of this ledger" in refused(yard, BackupRefused)


def test_a_wrong_catalogue_does_not_matter(yard: Yard) -> None:
    yard.grow(20)
    sign_now(yard.ledger, yard.data / "keys")
    yard.grow(30)
    with sqlite3.connect(yard.ledger / "catalogue.sqlite") as catalogue:
        catalogue.execute("UPDATE segment SET root = zeroblob(32)")
    catalogue.close()
    assert yard.back_up().manifest.entries == 30
    (yard.ledger / "catalogue.sqlite").write_bytes(b"rubbish")
    assert yard.back_up().manifest.entries == 30


def test_a_closed_segment_that_hangs_together_but_is_another_is_not_copied(yard: Yard, tmp_path: Path) -> None:
    other = Yard(tmp_path / "second")
    for each in (yard, other):
        each.grow(30)
    name = Segment(9, archived=True).name
    shutil.copy(other.ledger / name, yard.ledger / name)
    assert refused_at_first(yard).startswith("ledger, entry 8 at byte ")  # it is not the one that entry 9 names


def test_a_segment_that_says_otherwise_what_the_ones_before_it_add_up_to_is_not_copied(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Standing.segment_body

    def lying(standing: Standing, tables: str | None) -> dict[str, Any]:
        body = genuine(standing, tables)
        return {**body, "peaks": ["00" * 32 for _ in body["peaks"]]}

    yard.grow(20)
    monkeypatch.setattr(Standing, "segment_body", lying)
    yard.grow(25)
    assert "entry 25 at byte 0 of journal/000000000025.jsonl: expected peaks " in refused_at_first(yard)


def test_an_archive_that_changes_between_two_readings_is_no_backup(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Yard(tmp_path / "second")
    for each in (yard, other):
        each.grow(30)
    another = (other.ledger / Segment(9, archived=True).name).read_bytes()
    genuine = Source.read
    monkeypatch.setattr(
        Source, "read", lambda source, name: another if name.endswith("09.jsonl.zst") else genuine(source, name)
    )
    assert "journal/000000000009.jsonl" in refused_at_first(yard)


def refused_at_first(yard: Yard) -> str:
    """What is said of a ledger that never had a backup: it has none afterwards."""
    with pytest.raises(LedgerDamaged) as caught:
        yard.back_up()
    assert not list(yard.to.rglob("manifest*"))
    return str(caught.value)


@pytest.mark.parametrize("write", ["overwrite", "grow"])
def test_of_a_file_that_was_longer_nothing_is_left_behind_its_new_end(tmp_path: Path, write: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"what stood here before was longer")
    medium.overwrite(path, b"what") if write == "overwrite" else medium.grow(path, 2, b"what")
    assert path.read_bytes() == b"what"


def test_the_backups_of_two_ledgers_lie_in_one_folder_and_do_not_mix(yard: Yard, tmp_path: Path) -> None:
    other = Yard(tmp_path / "second")
    other.to = yard.to
    for each in (yard, other, yard, other):
        each.grow(20 if each.ledger.exists() else 9)
        each.back_up()
    one, two = sorted(yard.to.iterdir())
    assert {tuple(lines_of(one / "ledger")), tuple(lines_of(two / "ledger"))} == {
        tuple(lines_of(yard.ledger)),
        tuple(lines_of(other.ledger)),
    }


def test_a_backup_under_another_ledgers_name_is_refused(yard: Yard, tmp_path: Path) -> None:
    other = Yard(tmp_path / "second")
    for each in (yard, other):
        each.grow(9)
        each.back_up()
    name = yard.place.name
    shutil.rmtree(yard.place)
    other.place.rename(yard.to / name)
    assert f"expected one of ledger {name.removeprefix('sealgate-')}, got one of ledger " in refused(
        yard, BackupRefused
    )


def test_a_manifest_that_was_altered_is_refused(yard: Yard) -> None:
    yard.grow(9)
    yard.back_up()
    alter(yard.place / MANIFEST_NAME, b"2026-02-01", b"2026-02-02")
    assert "manifest.json: expected a manifest as it was written, got" in refused(yard, BackupRefused)


def test_a_folder_that_is_not_there_or_is_a_backup_itself_is_refused(yard: Yard) -> None:
    yard.grow(9)
    yard.back_up()
    with pytest.raises(BackupFailed, match="expected a folder, got none; plug the stick in or mount the share"):
        back_up(yard.ledger, yard.data / "keys", yard.to / "unplugged", WHEN)
    with pytest.raises(BackupFailed, match=f"name the folder above it, {yard.to}"):
        back_up(yard.ledger, yard.data / "keys", yard.place, WHEN)


# What has rotted on the backup's disk.


def test_what_has_rotted_in_the_backup_is_copied_anew_and_said(yard: Yard) -> None:
    yard.grow(30)
    yard.back_up()
    names = [name for name in yard.files() if "/journal/" in name]
    assert len(names) == 4
    for name in names:
        for harm in ("flip", "cut", "gone"):
            path = yard.to / name
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 4
            path.unlink() if harm == "gone" else path.write_bytes(data if harm == "flip" else data[:-1])
            done = yard.back_up()
            assert done.rotted == (str(path.relative_to(yard.place)),)
            assert lines_of(yard.place / "ledger") == lines_of(yard.ledger)
    assert yard.back_up().rotted == ()


def test_what_does_not_read_back_as_it_was_written_is_no_backup_and_the_former_one_stands(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.grow(10)
    yard.back_up()
    yard.grow(30)

    def misheard(handle: int, data: bytes, offset: int) -> None:
        write_all(handle, data[:-3] + b"\x00" + data[-2:], offset)

    monkeypatch.setattr(medium, "write_all", misheard)
    with pytest.raises(BackupFailed, match="what was written reads back otherwise") as caught:
        yard.back_up()
    assert "the last good backup there stands: 10 entries, made 2026-02-01T12:00:00.000Z" in str(caught.value)
    monkeypatch.undo()
    assert yard.restore().manifest.entries == 10


def test_what_is_read_back_comes_from_the_disk_and_not_from_memory(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    sync, advise = os.fsync, os.posix_fadvise

    def synced(handle: int) -> None:
        told.append(("synced", name_of(handle)))
        sync(handle)

    def forgotten(handle: int, start: int, length: int, advice: int) -> None:
        assert (start, length, advice) == (0, 0, os.POSIX_FADV_DONTNEED)
        told.append(("forgotten", name_of(handle)))
        advise(handle, start, length, advice)

    yard.grow(20)
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "posix_fadvise", forgotten)
    yard.back_up()
    for path in contents(yard.place):
        name = str(yard.place / path)
        written = name if ("synced", name) in told else f"{name}.new"
        assert told.index(("synced", written)) < len(told) - 1 - told[::-1].index(("forgotten", name)), name


def test_progress_goes_up_and_ends_with_all_entries(yard: Yard) -> None:
    yard.grow(60)
    told: list[tuple[int, int]] = []
    back_up(yard.ledger, yard.data / "keys", yard.to, WHEN, lambda done, of: told.append((done, of)))
    assert len(told) == 8
    assert told[-1] == (60, 60)
    assert all(one[0] < two[0] and two[1] == 60 for one, two in pairwise(told))
