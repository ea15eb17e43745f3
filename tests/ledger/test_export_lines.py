"""Exports as JSON Lines: each line proves itself, and whatever is altered is found."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from kiosk.ledger.attest import Signed
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.errors import Contradiction, NotProved
from kiosk.ledger.export_form import Period
from kiosk.ledger.export_lines import Lines, Subtrees, export_lines
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.lines_check import check_lines, is_lines
from kiosk.ledger.merkle import merkle_root
from kiosk.ledger.proofs import root_of
from kiosk.ledger.signed_entries import sign_as_of, signed_entries
from kiosk.ledger.stamp import Clock, Stamp

CLOCK = Clock("synchronised", "boot-1", 1000)
FIRST = datetime(2026, 1, 31, 9, tzinfo=UTC)


class Made(Struct, frozen=True):
    """A ledger of twenty entries in segments of eight, an hour apart, exported."""

    folder: Path
    keys: Path
    out: Path
    signed: Signed
    lines: Lines


def make(folder: Path, period: Period | None = None) -> Made:
    with Ledger.open(folder / "ledger", lambda: Stamp(FIRST, CLOCK), segment_entries=8) as ledger:
        while (count := ledger.head().count) < 20:
            ledger.append("hold", Stamp(FIRST + timedelta(hours=count), CLOCK), {"n": count, "who": "Hēmi"})
    ledger_folder, keys, out = folder / "ledger", folder / "keys", folder / "out.jsonl"
    signed, told = sign_as_of(ledger_folder, keys, None), list[tuple[int, int]]()
    progress = lambda done, all_: told.append((done, all_))  # noqa: E731
    lines = export_lines(ledger_folder, signed.checkpoint, signed.note, out, period or Period(), progress)
    assert told == [(0, 40), (20, 40)]
    return Made(ledger_folder, keys, out, signed, lines)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make(tmp_path)


def test_each_line_is_an_entry_as_the_ledger_has_it_with_its_proof(made: Made) -> None:
    lines = made.out.read_bytes().splitlines()
    entries = [entry.to_line() for entry in read_entries(made.folder)]
    assert [line.partition(b',"proof":')[0] for line in lines] == [b'{"entry":' + entry for entry in entries]
    assert all(set(msgspec.json.decode(line)) == {"entry", "proof"} for line in lines)
    assert made.lines == Lines(1, 20, 20)
    checked = check_lines(made.out, made.signed.checkpoint)
    assert (checked.entries, checked.left_out) == (20, ())
    assert made.out.with_name("out.jsonl.checkpoint").read_bytes() == made.signed.note


def test_lines_that_are_passed_on_without_the_others_prove_themselves(made: Made) -> None:
    lines = made.out.read_bytes().splitlines(keepends=True)
    made.out.write_bytes(lines[4] + lines[12])
    checked = check_lines(made.out, made.signed.checkpoint)
    assert (checked.entries, checked.left_out) == (2, ((1, 4), (6, 12), (14, 20)))


def test_a_period_leaves_out_what_is_not_in_it(tmp_path: Path) -> None:
    made = make(tmp_path, Period(FIRST + timedelta(hours=10), FIRST + timedelta(hours=12)))
    checked = check_lines(made.out, made.signed.checkpoint)
    assert made.lines == Lines(11, 12, 2)
    assert (checked.entries, checked.left_out) == (2, ((1, 10), (13, 20)))


def test_a_period_without_entries_is_an_empty_file(tmp_path: Path) -> None:
    made = make(tmp_path, Period(FIRST + timedelta(days=9)))
    assert (made.out.read_bytes(), made.lines) == (b"", Lines(None, None, 0))
    assert is_lines(made.out)
    assert check_lines(made.out, made.signed.checkpoint).left_out == ((1, 20),)


def test_every_altered_byte_is_found(made: Made) -> None:
    lines = made.out.read_bytes().splitlines(keepends=True)
    good = lines[2]
    for at in range(len(good)):
        made.out.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(NotProved, match=r"^export, line \d"):
            check_lines(made.out, made.signed.checkpoint)


def test_a_line_has_one_form(made: Made) -> None:
    line = made.out.read_bytes().splitlines(keepends=True)[0]
    made.out.write_bytes(line.replace(b'"]}', b'" ]}'))
    with pytest.raises(NotProved, match="got the same in another"):
        check_lines(made.out, made.signed.checkpoint)


@pytest.mark.parametrize("order", [(1, 0), (0, 0)], ids=["swapped", "twice"])
def test_lines_out_of_order_are_refused(made: Made, order: tuple[int, int]) -> None:
    lines = made.out.read_bytes().splitlines(keepends=True)
    made.out.write_bytes(b"".join(lines[at] for at in order))
    with pytest.raises(NotProved, match="export, line 2: expected entry"):
        check_lines(made.out, made.signed.checkpoint)


def test_lines_are_not_proved_under_another_checkpoint(made: Made) -> None:
    checkpoint = made.signed.checkpoint
    other = Checkpoint(checkpoint.origin, checkpoint.size, bytes(32))
    with pytest.raises(NotProved, match="export, line 1"):
        check_lines(made.out, other)


@pytest.mark.parametrize("leaves", range(1, 20))
def test_the_hashes_of_all_subtrees_lead_to_the_root(leaves: int) -> None:
    digests = [bytes([at]) * 32 for at in range(leaves)]
    assert root_of(leaves, Subtrees(digest.hex() for digest in digests)) == merkle_root(digests)


def test_entries_that_are_not_what_was_signed_are_refused_after_the_last(made: Made) -> None:
    checkpoint = made.signed.checkpoint
    other = Checkpoint(checkpoint.origin, checkpoint.size, bytes(32))
    with pytest.raises(Contradiction, match="over 20 entries, as it was signed"):
        list(signed_entries(made.folder, other))
    longer = Checkpoint(checkpoint.origin, checkpoint.size + 1, checkpoint.root)
    with pytest.raises(Contradiction, match="over 21 entries"):
        list(signed_entries(made.folder, longer))


def test_an_export_as_of_an_old_checkpoint_has_what_that_covers(made: Made) -> None:
    with Ledger.open(made.folder, lambda: Stamp(FIRST, CLOCK)) as ledger:
        ledger.append("hold", Stamp(FIRST, CLOCK), {})
    signed = sign_as_of(made.folder, made.keys, made.signed.note)
    assert (signed.checkpoint, signed.note) == (made.signed.checkpoint, made.signed.note)
    before = made.out.read_bytes()
    export_lines(made.folder, signed.checkpoint, signed.note, made.out, Period(), lambda _done, _all: None)
    assert made.out.read_bytes() == before


def test_a_checkpoint_of_another_ledger_is_no_point_to_export_at(made: Made, tmp_path: Path) -> None:
    other = make(tmp_path / "other")
    with pytest.raises(NotProved):
        sign_as_of(made.folder, made.keys, other.signed.note)
