"""A restored ledger is the one that was backed up, to the last byte of every entry, or there is none."""

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.durable import write_all
from kiosk.ledger.attest import prove_entry, sign_now
from kiosk.ledger.backup_errors import BackupFailed, BackupRefused
from kiosk.ledger.backup_hold import hold
from kiosk.ledger.errors import KeyRefused
from kiosk.ledger.last_backup import LastBackup, note_backup, read_last_backup
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.manifest import COMING_NAME, MANIFEST_NAME, KeptFile, Manifest
from kiosk.ledger.prove import verify_proof
from kiosk.ledger.restore import COMING, restore
from kiosk.ledger.restored import restored_from
from kiosk.ledger.verify import verify
from tests.ledger.backups import WHEN, Yard, contents, lines_of, opened
from tests.ledger.conftest import record, ticking


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


@pytest.mark.parametrize("entries", [1, 2, 7, 8, 10, 18, 40, 130])
def test_a_restored_ledger_is_the_old_one_and_goes_on(yard: Yard, entries: int) -> None:
    yard.grow(entries)
    made = yard.back_up()
    done = yard.restore()
    assert done.manifest == made.manifest
    assert lines_of(yard.new / "ledger") == lines_of(yard.ledger)
    assert verify(yard.new / "ledger").root == made.manifest.root == verify(yard.ledger).root
    assert verify(yard.new / "ledger").head_state == ""
    with opened(yard.new / "ledger") as ledger:
        assert (ledger.damage, ledger.head().count) == ((), entries)
        assert record(ledger, 1) > entries
    assert verify(yard.new / "ledger").ok
    assert lines_of(yard.new / "ledger")[:entries] == lines_of(yard.ledger)


def test_nothing_else_is_left_in_the_data_folder(yard: Yard) -> None:
    yard.grow(20)
    yard.back_up()
    yard.restore()
    assert [path.name for path in yard.new.iterdir()] == ["ledger"]
    assert not [name for name in contents(yard.new) if name.endswith(".new")]


def test_a_restored_ledger_bears_a_mark_until_its_kiosk_has_said_so_and_no_other_does(yard: Yard) -> None:
    yard.grow(20)
    made = yard.back_up()
    assert restored_from(yard.ledger) is None
    yard.restore()
    manifest = made.manifest
    assert restored_from(yard.new / "ledger") == {
        "backup": made.place.name,
        "made": manifest.made,
        "entries": 20,
        "root": manifest.root,
    }
    assert verify(yard.new / "ledger").root == manifest.root


def test_a_restored_ledger_of_full_size_segments_reads_the_same(yard: Yard) -> None:
    with Ledger.open(yard.ledger, ticking()) as ledger:
        for number in range(300):
            record(ledger, number)
    yard.back_up()
    yard.restore()
    assert lines_of(yard.new / "ledger") == lines_of(yard.ledger)


def test_a_restored_ledger_is_backed_up_where_it_came_from(yard: Yard) -> None:
    yard.grow(20)
    yard.back_up()
    yard.restore()
    shutil.rmtree(yard.data)
    yard.new.rename(yard.data)
    yard.grow(40)
    assert yard.back_up().manifest.entries == 40
    assert lines_of(yard.place / "ledger") == lines_of(yard.ledger)


def test_what_was_proved_before_is_proved_after_and_by_the_restored_ledger_too(yard: Yard) -> None:
    yard.grow(20)
    key = sign_now(yard.ledger, yard.data / "keys").key
    before = {seq: prove_entry(yard.ledger, yard.data / "keys", seq) for seq in (1, 8, 9, 20)}
    yard.grow(30)
    yard.back_up()
    done = yard.restore()
    assert (done.has_key, done.was_signed) == (False, True)
    for seq, proof in before.items():
        assert verify_proof(proof, key).entry.to_line() == lines_of(yard.new / "ledger")[seq - 1]
        assert prove_entry(yard.new / "ledger", yard.new / "keys", seq) == proof
    with pytest.raises(KeyRefused):
        sign_now(yard.new / "ledger", yard.new / "keys")
    assert [path.name for path in (yard.new / "keys").iterdir()] == ["checkpoint.pub"]


def test_a_key_of_this_ledger_that_is_there_already_is_left_as_it_is(yard: Yard) -> None:
    yard.grow(10)
    sign_now(yard.ledger, yard.data / "keys")
    yard.back_up()
    shutil.copytree(yard.data / "keys", yard.new / "keys")
    (yard.new / "keys" / "checkpoint.pub").unlink()
    done = yard.restore()
    assert (done.has_key, done.was_signed) == (True, True)
    assert [path.name for path in (yard.new / "keys").iterdir()] == ["checkpoint.key"]
    with opened(yard.new / "ledger") as ledger:
        record(ledger, 1)
    assert sign_now(yard.new / "ledger", yard.new / "keys").checkpoint.size == 11


def test_the_other_backup_of_two_is_named_by_its_folder(yard: Yard, tmp_path: Path) -> None:
    other = Yard(tmp_path / "second")
    other.to = yard.to
    yard.grow(10)
    place = yard.back_up().place
    other.grow(20)
    other.back_up()
    with pytest.raises(BackupRefused, match=f"expected one folder sealgate-..., got 2: .*{place.name}") as caught:
        yard.restore()
    assert "name the one that shall be restored with --from" in str(caught.value)
    assert restore(place, yard.new).manifest.entries == 10


def test_progress_goes_up_over_both_readings_and_ends_with_all(yard: Yard) -> None:
    yard.grow(60)
    yard.back_up()
    told: list[tuple[int, int]] = []
    restore(yard.to, yard.new, lambda done, of: told.append((done, of)))
    assert (60, 120) in told
    assert told[-1] == (120, 120)
    assert all(one[0] <= two[0] for one, two in pairwise(told))


# What is refused: nothing is written.


def refused(yard: Yard) -> str:
    with pytest.raises(BackupRefused) as caught:
        yard.restore()
    assert not yard.new.exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def signed_backup(yard: Yard) -> None:
    """One with every kind of file."""
    with opened(yard.ledger) as ledger:
        ledger.table("watch").insert({"shift": "night"})
    journal = yard.ledger / "journal" / "000000000001.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"body":{')
    yard.grow(30)
    sign_now(yard.ledger, yard.data / "keys")
    yard.back_up()


FILES = [
    "manifest.json", "keys/checkpoint.pub", "ledger/checkpoint", "ledger/head.json", "ledger/torn/",
    "ledger/journal/000000000001.jsonl.zst", "ledger/journal/000000000017.jsonl.zst",
    "ledger/journal/000000000025.jsonl", "ledger/journal/000000000025.tables.json",
]  # fmt: skip
"""What such a backup consists of, by how each name begins."""


def file_of(yard: Yard, name: str) -> Path:
    (found,) = [path for path in contents(yard.place) if path == name or (name.endswith("/") and path.startswith(name))]
    return yard.place / found


def test_these_are_all_files_of_a_backup(yard: Yard) -> None:
    signed_backup(yard)
    named = {file_of(yard, name) for name in FILES} | {yard.place / "ledger/journal/000000000009.jsonl.zst"}
    assert named == {yard.place / name for name in contents(yard.place)}


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_in_any_file_is_found_and_the_file_named(yard: Yard, name: str) -> None:
    signed_backup(yard)
    path = file_of(yard, name)
    good = path.read_bytes()
    for at in range(0, len(good), max(1, len(good) // 24)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :])
        told = refused(yard)
        assert told.startswith(f"backup in {yard.place}, {path.relative_to(yard.place)}")
        assert "keep th" in told
        assert "use another backup" in told
    path.write_bytes(good)
    assert yard.restore().manifest.entries == 30


def test_of_an_altered_segment_the_entry_is_named_too(yard: Yard) -> None:
    signed_backup(yard)
    path = yard.place / "ledger/journal/000000000025.jsonl"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"NZ000027", b"NZ000028"))
    assert f"{path.relative_to(yard.place)}, entry 28: expected digest " in refused(yard)
    path.write_bytes(good)
    archive = yard.place / "ledger/journal/000000000017.jsonl.zst"
    packed = archive.read_bytes()
    archive.write_bytes(packed[:60] + bytes([packed[60] ^ 1]) + packed[61:])
    assert f"{archive.relative_to(yard.place)}, entry 17: expected frame 0 as it was compressed" in refused(yard)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_or_short_file_is_found_and_named(yard: Yard, name: str) -> None:
    signed_backup(yard)
    path = file_of(yard, name)
    good = path.read_bytes()
    path.write_bytes(good[:-1])
    assert str(path.relative_to(yard.place)) in refused(yard)
    path.unlink()
    assert "none" in refused(yard) if name == MANIFEST_NAME else f"{path.relative_to(yard.place)}" in refused(yard)


def forged(yard: Yard, **changes: Any) -> None:
    """A manifest that was altered so that its own check sum fits."""
    path = yard.place / MANIFEST_NAME
    path.write_bytes(replace(Manifest.from_bytes(path.read_bytes()), **changes).to_bytes())


def test_a_manifest_that_was_altered_to_fit_itself_is_found_by_what_it_says(yard: Yard) -> None:
    signed_backup(yard)
    good = (yard.place / MANIFEST_NAME).read_bytes()
    read = Manifest.from_bytes(good)
    alterations: tuple[tuple[dict[str, Any], str], ...] = (
        ({"root": "00" * 32}, f"expected Merkle root {'00' * 32}, got {read.root}"),
        ({"entries": 29}, "expected entries 29, got 30"),
        ({"last": "00" * 32}, f"expected last digest {'00' * 32}, got {read.last}"),
        ({"ledger": "ab"}, f"expected ledger ab, got {read.ledger}"),
        ({"segments": read.segments[:-1]}, "expected entries 30, got 24"),
        ({"segments": read.segments[1:]}, "000000000009.jsonl.zst: expected entries that hang together"),
        ({"segments": (read.segments[0], *read.segments)}, "expected entries that hang together"),
        ({"texts": {**read.texts, "ledger/head.json": "{}"}}, "head.json: expected the text that the manifest has"),
    )
    for changes, told in alterations:
        forged(yard, **changes)
        assert told in refused(yard)
        (yard.place / MANIFEST_NAME).write_bytes(good)


@pytest.mark.parametrize(
    "name", ["../escaped", "ledger/journal/../../../escaped", "/tmp/escaped", "keys/checkpoint.key", "ledger/lock"]
)
def test_a_manifest_cannot_name_a_file_outside_of_a_ledger(yard: Yard, name: str) -> None:
    signed_backup(yard)
    good = (yard.place / MANIFEST_NAME).read_bytes()
    texts = {**Manifest.from_bytes(good).texts, name: "x"}
    alterations: tuple[dict[str, Any], ...] = ({"files": (KeptFile(name, 0, "00" * 32),)}, {"texts": texts})
    for changes in alterations:
        forged(yard, **changes)
        assert "manifest.json: expected a manifest as it was written, got" in refused(yard)
        (yard.place / MANIFEST_NAME).write_bytes(good)


def test_a_folder_without_a_backup_or_with_one_that_was_never_finished_is_refused(yard: Yard) -> None:
    assert "expected one folder sealgate-..., got none; plug in the stick that has one" in refused(yard)
    yard.grow(10)
    (yard.back_up().place / MANIFEST_NAME).unlink()
    assert "expected one that was finished, got none" in refused(yard)


def test_a_ledger_that_is_there_is_not_overwritten_and_how_to_move_it_aside_is_said(yard: Yard) -> None:
    yard.grow(10)
    yard.back_up()
    yard.grow(11)
    before = contents(yard.data)
    with pytest.raises(BackupRefused, match=f"mv {yard.ledger} {yard.ledger}.old"):
        restore(yard.to, yard.data)
    assert contents(yard.data) == before
    (yard.new / "ledger").mkdir(parents=True)
    yard.restore()  # an empty folder is none
    assert len(lines_of(yard.new / "ledger")) == 10


def test_a_key_of_another_ledger_is_not_mixed_with_this_one(yard: Yard, tmp_path: Path) -> None:
    other = Yard(tmp_path / "second")
    for each in (yard, other):
        each.grow(10)
        sign_now(each.ledger, each.data / "keys")
        each.back_up()
    shutil.copytree(other.data / "keys", yard.new / "keys")
    with pytest.raises(BackupRefused, match=f"mv {yard.new / 'keys'} {yard.new / 'keys'}.old"):
        yard.restore()
    assert not (yard.new / "ledger").exists()


def test_a_backup_whose_checkpoint_speaks_of_another_course_is_refused(yard: Yard, tmp_path: Path) -> None:
    signed_backup(yard)
    other = Yard(tmp_path / "second")
    signed_backup(other)
    texts = Manifest.from_bytes((yard.place / MANIFEST_NAME).read_bytes()).texts
    texts["ledger/checkpoint"] = (other.place / "ledger/checkpoint").read_text()
    (yard.place / "ledger/checkpoint").write_text(texts["ledger/checkpoint"])
    forged(yard, texts=texts)
    with pytest.raises(BackupRefused, match="expected the last checkpoint of this ledger, got one of sealgate/"):
        yard.restore()
    assert not (yard.new / "ledger").exists()


def test_what_a_restore_that_was_broken_off_left_is_replaced(yard: Yard) -> None:
    yard.grow(10)
    yard.back_up()
    half = yard.new / COMING / "journal" / "000000000001.jsonl"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    yard.restore()
    assert lines_of(yard.new / "ledger") == lines_of(yard.ledger)


def test_a_manifest_that_was_not_put_in_place_yet_counts_as_soon_as_it_is_whole(yard: Yard) -> None:
    yard.grow(10)
    yard.back_up()
    old = (yard.place / MANIFEST_NAME).read_bytes()
    yard.grow(20)
    yard.back_up()
    new = (yard.place / MANIFEST_NAME).read_bytes()
    (yard.place / COMING_NAME).write_bytes(new)
    for torn in (old, new[:100], b"", new):
        (yard.place / MANIFEST_NAME).write_bytes(torn)
        assert yard.restore().manifest.entries == 20
        shutil.rmtree(yard.new)


def test_two_backups_or_restores_of_one_data_folder_do_not_mix(yard: Yard) -> None:
    yard.grow(10)
    yard.back_up()
    yard.new.mkdir()
    with hold(yard.new, "restore"), pytest.raises(BackupFailed, match="got another one under way; wait for its end"):
        yard.restore()
    yard.restore()


def test_a_stick_that_gives_other_bytes_the_second_time_is_told_and_there_is_no_ledger(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.grow(10)
    yard.back_up()

    def changed(place: Path, *_: object) -> None:
        path = place / "ledger/journal/000000000009.jsonl"
        path.write_bytes(path.read_bytes().replace(b"2026-01-31", b"2026-01-30"))

    monkeypatch.setattr("kiosk.ledger.restore.check_backup", changed)
    with pytest.raises(
        BackupFailed, match=r"000000000009\.jsonl: expected the same at a second reading, got other bytes"
    ):
        yard.restore()
    assert not (yard.new / "ledger").exists()


def test_a_disk_that_gives_back_other_bytes_than_it_took_is_told_and_there_is_no_ledger(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.grow(10)
    yard.back_up()

    def misheard(handle: int, data: bytes, offset: int) -> None:
        write_all(handle, data.replace(b'"seq":10,', b'"seq":11,'), offset)  # of the open segment: not compressed

    monkeypatch.setattr("kiosk.ledger.restore.write_all", misheard)
    with pytest.raises(BackupFailed, match="what was written reads back otherwise: expected root "):
        yard.restore()
    assert not (yard.new / "ledger").exists()


# What the kiosk remembers of its backups.


def test_the_last_good_backup_is_noted_and_read_again(yard: Yard) -> None:
    yard.grow(10)
    assert read_last_backup(yard.data) is None
    done = yard.back_up()
    note_backup(yard.data, done)
    told = done.manifest
    assert read_last_backup(yard.data) == LastBackup(WHEN, str(yard.place), told.ledger, 10, told.root)
    (yard.data / "backup.json").write_text("{}")
    with pytest.raises(Exception, match="make a backup: it writes it anew"):
        read_last_backup(yard.data)
