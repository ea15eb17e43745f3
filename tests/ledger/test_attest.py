"""Signing where the ledger stands, and never against what was signed before."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.ledger.attest import compare, prove_entry, prove_growth, sign_now
from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint
from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.errors import Contradiction, KeyRefused, LedgerDamaged, NotProved
from kiosk.ledger.head import HEAD_NAME, Head
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.keys import KEY_NAME, PUBLIC_NAME, read_public_key
from kiosk.ledger.last import CHECKPOINT_NAME
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.prove import verify_growth, verify_proof
from kiosk.ledger.stamp import Stamp
from tests.ledger.conftest import CLOCK, START, record, ticking


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def grow(folder: Path, entries: int) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        for number in range(entries):
            record(ledger, number)


def forge(folder: Path, alter: Callable[[list[LedgerEntry]], list[LedgerEntry]]) -> None:
    """Rewrites history as one would who has the machine but not the key: numbers, links and head are right again."""
    old = [LedgerEntry.from_line(line) for line in (folder / JOURNAL_NAME).read_bytes().splitlines()]
    lines, prev = [], NO_PREV
    for seq, entry in enumerate(alter(old), start=1):
        made, line = LedgerEntry.make(
            seq=seq, stamp=Stamp(entry.time, entry.clock), kind=entry.kind, body=entry.body, prev=prev
        )
        lines.append(line + b"\n")
        prev = made.digest
    (folder / JOURNAL_NAME).write_bytes(b"".join(lines))
    (folder / HEAD_NAME).write_bytes(Head(str(old[0].body["ledger"]), len(lines), prev).to_bytes())


def test_the_first_checkpoint_makes_the_key_and_is_kept(folder: Path, keys: Path) -> None:
    grow(folder, 4)
    signed = sign_now(folder, keys)
    assert signed.new_key
    with Ledger.open(folder, ticking()) as ledger:
        assert signed.checkpoint == Checkpoint(f"sealgate/{ledger.head().ledger}", 5, ledger.root())
    assert open_checkpoint(signed.note, read_public_key(keys / PUBLIC_NAME)) == signed.checkpoint
    assert (folder / CHECKPOINT_NAME).read_bytes() == signed.note


def test_a_ledger_that_grew_is_signed_anew_with_the_same_key(folder: Path, keys: Path) -> None:
    grow(folder, 4)
    first = sign_now(folder, keys)
    again = sign_now(folder, keys)
    assert (again.note, again.new_key) == (first.note, False)
    grow(folder, 3)
    second = sign_now(folder, keys)
    assert (second.checkpoint.size, second.key, second.new_key) == (8, first.key, False)
    assert (folder / CHECKPOINT_NAME).read_bytes() == second.note


def test_signing_goes_on_beside_the_kiosk_that_holds_the_ledger(folder: Path, keys: Path) -> None:
    with Ledger.open(folder, ticking()) as ledger:
        record(ledger, 1)
        assert sign_now(folder, keys).checkpoint.root == ledger.root()
        record(ledger, 2)
        assert sign_now(folder, keys).checkpoint == Checkpoint(f"sealgate/{ledger.head().ledger}", 3, ledger.root())


def test_a_damaged_ledger_is_not_signed_and_no_key_is_made_for_it(folder: Path, keys: Path) -> None:
    grow(folder, 4)
    data = (folder / JOURNAL_NAME).read_bytes()
    (folder / JOURNAL_NAME).write_bytes(data.replace(b"NZ000001", b"NZ000009"))
    with pytest.raises(LedgerDamaged, match="entry 3 at byte"):
        sign_now(folder, keys)
    (folder / JOURNAL_NAME).unlink()
    with pytest.raises(LedgerDamaged, match="no journal"):
        sign_now(folder, keys)
    assert not (folder / CHECKPOINT_NAME).exists()
    assert not (keys / KEY_NAME).exists()


def test_an_unfinished_line_is_not_signed_over_until_the_kiosk_has_recorded_it(folder: Path, keys: Path) -> None:
    grow(folder, 4)
    with (folder / JOURNAL_NAME).open("ab") as file:
        file.write(b'{"body":{"se')
    with pytest.raises(NotProved, match="start the kiosk, which cuts and records it"):
        sign_now(folder, keys)
    grow(folder, 0)
    assert sign_now(folder, keys).checkpoint.size == 6


# History rewritten after it was signed.

FORGERIES: dict[str, Callable[[list[LedgerEntry]], list[LedgerEntry]]] = {
    "one altered": lambda old: [*old[:3], old[4], *old[4:]],
    "one taken out and one put on": lambda old: [*old[:3], *old[4:], old[3]],
    "two swapped": lambda old: [*old[:2], old[3], old[2], *old[4:]],
    "rolled back": lambda old: old[:-1],
    "rolled back and grown": lambda old: [*old[:-2], old[1], old[1], old[1]],
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_ledger_that_contradicts_what_was_signed_is_not_signed_again(folder: Path, keys: Path, how: str) -> None:
    grow(folder, 7)
    signed = sign_now(folder, keys)
    forge(folder, FORGERIES[how])
    if how == "rolled back and grown":
        grow(folder, 4)
    for act in (
        lambda: sign_now(folder, keys),
        lambda: prove_entry(folder, keys, 4),
        lambda: prove_growth(folder, keys, signed.note),
    ):
        with pytest.raises(Contradiction, match=r"as signed|that were signed"):
            act()
    assert (folder / CHECKPOINT_NAME).read_bytes() == signed.note
    found = compare(folder, signed.checkpoint)
    assert found.report.ok
    assert not found.ok


def test_another_ledger_in_the_folder_is_not_signed_with_this_key(folder: Path, keys: Path, tmp_path: Path) -> None:
    grow(folder, 2)
    sign_now(folder, keys)
    other = tmp_path / "other"
    grow(other, 2)
    with pytest.raises(KeyRefused, match=r"the key of sealgate/\w+, as this ledger is called"):
        sign_now(other, keys)
    shutil.copy(folder / CHECKPOINT_NAME, other / CHECKPOINT_NAME)
    with pytest.raises(KeyRefused):
        sign_now(other, keys)


def test_without_the_key_that_signed_nothing_is_signed_and_no_other_key_is_made(folder: Path, keys: Path) -> None:
    grow(folder, 2)
    sign_now(folder, keys)
    (keys / KEY_NAME).rename(keys / "elsewhere")
    with pytest.raises(KeyRefused, match="expected the key that signed the last checkpoint, got none; put it back"):
        sign_now(folder, keys)
    assert not (keys / KEY_NAME).exists()
    (keys / PUBLIC_NAME).unlink()
    (folder / CHECKPOINT_NAME).rename(folder / "checkpoint.old")
    assert sign_now(folder, keys).new_key
    (folder / "checkpoint.old").rename(folder / CHECKPOINT_NAME)
    with pytest.raises(NotProved, match="put back the key or the checkpoint that belongs here"):
        sign_now(folder, keys)


@pytest.mark.parametrize("data", [b"", b"rubbish\n", b"a\n1\nb\n\n\xe2\x80\x94 a b\n"])
def test_a_last_checkpoint_that_is_none_stops_signing_and_proving(folder: Path, keys: Path, data: bytes) -> None:
    grow(folder, 2)
    sign_now(folder, keys)
    (folder / CHECKPOINT_NAME).write_bytes(data)
    for act in (lambda: sign_now(folder, keys), lambda: prove_entry(folder, keys, 1)):
        with pytest.raises(NotProved, match=rf"^{re.escape(str(folder / CHECKPOINT_NAME))}: expected"):
            act()
    assert (folder / CHECKPOINT_NAME).read_bytes() == data


# What power cuts and disks may do.


def test_what_is_signed_was_made_durable_first_and_is_kept_before_it_is_given(
    folder: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(folder, 2)
    sign_now(folder, keys)
    grow(folder, 1)
    done: list[str] = []

    def noting(name: str, genuine: Callable[[int], None]) -> Callable[[int], None]:
        def call(handle: int) -> None:
            done.append(f"{name} {Path(f'/proc/self/fd/{handle}').readlink().name}")
            genuine(handle)

        return call

    monkeypatch.setattr(os, "fdatasync", noting("fdatasync", os.fdatasync))
    monkeypatch.setattr(os, "fsync", noting("fsync", os.fsync))
    sign_now(folder, keys)
    assert done == [f"fdatasync {Path(JOURNAL_NAME).name}", f"fsync {CHECKPOINT_NAME}.new", f"fsync {folder.name}"]


@pytest.mark.parametrize("call", ["fdatasync", "fsync"])
def test_a_disk_that_fails_gives_no_checkpoint_and_leaves_the_last_one(
    folder: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    grow(folder, 2)
    first = sign_now(folder, keys)
    grow(folder, 1)

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, call, fail)
        with pytest.raises(OSError, match="Input/output"):
            sign_now(folder, keys)
    assert (folder / CHECKPOINT_NAME).read_bytes() == first.note
    assert sign_now(folder, keys).checkpoint.size == 4


# Proofs from the folder.


def test_every_entry_under_the_last_checkpoint_is_proved_and_later_ones_are_not(folder: Path, keys: Path) -> None:
    grow(folder, 10)
    signed = sign_now(folder, keys)
    grow(folder, 5)
    lines = (folder / JOURNAL_NAME).read_bytes().splitlines()
    for seq in range(1, 12):
        proved = verify_proof(prove_entry(folder, keys, seq), signed.key)
        assert proved.entry == LedgerEntry.from_line(lines[seq - 1])
        assert proved.checkpoint == signed.checkpoint
    for seq in (-1, 0, 12, 17):
        with pytest.raises(NotProved, match="one from 1 to 11, which the last checkpoint covers"):
            prove_entry(folder, keys, seq)


def test_without_a_checkpoint_there_is_nothing_to_prove(folder: Path, keys: Path) -> None:
    grow(folder, 2)
    with pytest.raises(NotProved, match="run 'sealgate ledger checkpoint' first"):
        prove_entry(folder, keys, 1)


def test_an_entry_is_proved_without_the_signing_key_and_though_a_later_one_is_damaged(folder: Path, keys: Path) -> None:
    grow(folder, 4)
    signed = sign_now(folder, keys)
    (keys / KEY_NAME).unlink()
    with Ledger.open(folder, ticking()) as ledger:
        ledger.append("hold", Stamp(START, CLOCK), {"seal": "NZ000777"})
    (folder / JOURNAL_NAME).write_bytes((folder / JOURNAL_NAME).read_bytes().replace(b"NZ000777", b"NZ000778"))
    assert verify_proof(prove_entry(folder, keys, 3), signed.key).entry.seq == 3


def test_growth_is_proved_from_an_older_checkpoint_of_this_ledger_alone(folder: Path, keys: Path) -> None:
    grow(folder, 4)
    first = sign_now(folder, keys)
    grow(folder, 9)
    second = sign_now(folder, keys)
    assert verify_growth(prove_growth(folder, keys, first.note), first.checkpoint, first.key) == second.checkpoint
    (folder / CHECKPOINT_NAME).write_bytes(first.note)
    with pytest.raises(NotProved, match="at most the 5 entries of the last one, got 14"):
        prove_growth(folder, keys, second.note)
    with pytest.raises(NotProved, match="signed note"):
        prove_growth(folder, keys, b"rubbish")


def test_a_ledger_begins_with_each_of_its_checkpoints_and_with_no_other(folder: Path, keys: Path) -> None:
    grow(folder, 4)
    first = sign_now(folder, keys).checkpoint
    grow(folder, 9)
    assert compare(folder, first).ok
    for other in (
        Checkpoint(first.origin, first.size - 1, first.root),
        Checkpoint(first.origin, first.size + 1, first.root),
        Checkpoint(first.origin, 99, first.root),
        Checkpoint(first.origin, 0, first.root),
        Checkpoint("sealgate/cd", first.size, first.root),
    ):
        assert compare(folder, other).fault
