"""A ledger goes from one format to the next and back with every entry as it was, wherever the power is cut."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cli import main as sealgate
from kiosk.ledger import form
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import LedgerError, LedgerHeld, LedgerNewer
from kiosk.ledger.form import Form, read_form, write_form
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.migrations import STEPS as KNOWN
from kiosk.ledger.migrations import Change, Step
from kiosk.ledger.migrations.migrate import Migrated, NotMigrated, migrate
from kiosk.ledger.verify import verify
from tests.ledger import format_steps
from tests.ledger.backups import Yard
from tests.ledger.conftest import lay_out, record, small_journal, ticking
from tests.ledger.format_steps import BREAKING, STEPS, TALLY, forge, lose
from tests.ledger.test_segments import filled, open_small
from tests.strace import KILLED, Call, Program, calls_of

SINCE = "2026-01-31T09:05:00.000Z"
ENTRIES = 21
"""Two closed segments and an open one."""


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a program that knows format 4."""
    monkeypatch.setattr(form, "NEWEST", 4)


def older(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "NEWEST", 2)


def to(folder: Path, number: int) -> Migrated:
    return migrate(folder, number, SINCE, STEPS)


def lines(folder: Path) -> list[LedgerEntry]:
    return list(read_entries(folder))


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_there_is_one_format_and_what_is_made_is_of_it(folder: Path) -> None:
    filled(folder, 3)
    assert (read_form(folder), form.NEWEST, KNOWN) == (Form(2, 2), 2, ())
    assert migrate(folder, 2, SINCE) == Migrated(2, 2)


@pytest.mark.usefixtures("newer")
def test_a_ledger_goes_forward_and_back_with_every_entry_the_bytes_it_had(folder: Path) -> None:
    before = filled(folder, ENTRIES)
    forward = to(folder, 4)
    assert (forward.before, forward.after, forward.entries) == (2, 4, len(before))
    assert forward.root == verify(folder).root
    assert lines(folder) == before
    assert read_form(folder) == Form(4, 3)
    assert forward.snapshot is not None
    assert (folder / TALLY).exists()
    assert read_form(forward.snapshot) == Form(2, 2)
    back = to(folder, 2)
    assert (back.before, back.after, back.root) == (4, 2, forward.root)
    assert lines(folder) == before
    assert not (folder / TALLY).exists()


def test_what_a_newer_version_acknowledged_is_there_when_the_older_one_starts_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled(folder, ENTRIES)
    monkeypatch.setattr(form, "NEWEST", 4)
    to(folder, 3)
    with open_small(folder) as ledger:
        appended = [record(ledger, number) for number in range(100, 120)]
    to(folder, 2)
    older(monkeypatch)
    with open_small(folder) as ledger:
        seqs = [entry.seq for entry in ledger.entries()]
        assert list(ledger.entries())[: len(before)] == before
        assert set(appended) <= set(seqs)
        assert record(ledger, 200) == seqs[-1] + 1
    assert verify(folder).ok


def test_an_older_program_refuses_a_newer_format_in_one_line_and_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(folder, ENTRIES)
    monkeypatch.setattr(form, "NEWEST", 4)
    to(folder, 3)
    older(monkeypatch)
    was = everything_in(folder)
    with pytest.raises(LedgerNewer, match="expected one of format 2 or older, which this version knows, got format 3"):
        open_small(folder)
    assert everything_in(folder).items() >= was.items() - {("lock", was["lock"])}
    for command in (["verify"], ["show"], ["find", "--seal", "NZ000001"], ["archive"], ["checkpoint"]):
        assert sealgate(["ledger", *command, "--data", str(folder.parent)]) != 0
        told = capsys.readouterr().err
        assert told.count("\n") == 1, told
        assert "got format 3, which takes one that knows 3; start the newer version" in told
    assert sealgate(["ledger", "migrate", "--data", str(folder.parent)]) == 1
    assert everything_in(folder).items() >= was.items() - {("lock", was["lock"])}


def test_a_format_that_only_adds_something_is_used_by_the_older_program_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(folder, ENTRIES)
    write_form(folder, Form(9, 2))
    older(monkeypatch)
    with open_small(folder) as ledger:
        record(ledger, 7)
    assert read_form(folder) == Form(9, 2)


def test_entries_of_a_newer_format_are_newer_and_not_damaged(folder: Path) -> None:
    (first, *_), head = small_journal(1)
    lay_out(folder, [first.replace(b'"format":2', b'"format":3')])
    assert head.count == 1
    with pytest.raises(LedgerNewer, match="got entries of format 3"):
        Ledger.open(folder, ticking())


@pytest.mark.parametrize("text", [b"", b"[3]", b'{"format":"3"}', b'{"format":1,"read_by":1}', b"\0" * 64])
def test_a_format_that_cannot_be_read_opens_nothing(folder: Path, text: bytes) -> None:
    filled(folder, 3)
    (folder / form.FORM_NAME).write_bytes(text)
    with pytest.raises(LedgerNewer, match=r"a format\.json that says"):
        open_small(folder)


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize("wrong", [forge, lose])
def test_a_step_that_alters_or_loses_an_entry_is_found_and_the_ledger_stays_as_it_was(
    folder: Path, wrong: Change
) -> None:
    filled(folder, ENTRIES)
    was = everything_in(folder)
    with pytest.raises(NotMigrated):
        migrate(folder, 3, SINCE, [Step(Form(2, 2), Form(3, 3), wrong, wrong)])
    assert everything_in(folder) == was | {"lock": b""}
    assert [path.name for path in folder.parent.iterdir()] == ["ledger"]


@pytest.mark.usefixtures("newer")
def test_nothing_is_migrated_that_is_held_damaged_or_has_no_steps_or_no_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(folder, ENTRIES)
    with open_small(folder), pytest.raises(LedgerHeld):
        to(folder, 3)
    with pytest.raises(NotMigrated, match="steps from format 2 to format 7, got none"):
        to(folder, 7)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(100, 99, 1))
        with pytest.raises(NotMigrated, match="make room"):
            to(folder, 3)
    (folder / JOURNAL_NAME).with_name("000000000017.jsonl").write_bytes(b"{}\n")
    with pytest.raises((NotMigrated, LedgerError)):
        to(folder, 3)
    assert read_form(folder) == Form()


def test_a_ledger_of_a_newer_format_is_one_when_it_was_restored_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = Yard(tmp_path)
    yard.grow(ENTRIES)
    monkeypatch.setattr(form, "NEWEST", 4)
    to(yard.ledger, 3)
    yard.back_up()
    yard.restore()
    assert read_form(yard.new / "ledger") == Form(3, 3)
    older(monkeypatch)
    with pytest.raises(LedgerNewer):
        open_small(yard.new / "ledger")


# --- killed at any call ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def newer_program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(format_steps.main, tmp_path_factory.mktemp("program"))


def laid_out(data: Path, number: int) -> list[LedgerEntry]:
    """A ledger of a format, and its entries."""
    before = filled(data / "ledger", ENTRIES)
    if number > 2:
        to(data / "ledger", number)
    return before


def kills(program: Program, tmp_path: Path, before: int, after: int) -> Iterator[tuple[Call, Path, list[LedgerEntry]]]:
    """Each call of a migration that changes something, with a data folder that was left by a kill at it."""
    laid_out(tmp_path / "all", before)
    calls = [
        call for call in calls_of(program.steps([str(tmp_path / "all"), str(after)], tmp_path / "all")) if call.writes
    ]
    assert len(calls) > 40
    for number, call in enumerate(calls):
        data = tmp_path / f"{number}"
        entries = laid_out(data, before)
        done = program.run_with("signal=SIGKILL", call, [str(data), str(after)], data)
        assert done.code == KILLED, f"expected a kill at {call}, got exit {done.code}: {done.trouble}"
        yield call, data, entries
        shutil.rmtree(data)


def assert_survived(call: Call, data: Path, entries: list[LedgerEntry], formats: set[int]) -> None:
    folder = data / "ledger"
    assert read_form(folder).format in formats, call
    assert lines(folder) == entries, call
    with open_small(folder) as ledger:
        assert not ledger.damage
        assert record(ledger, 1) == entries[-1].seq + 1
    assert to(folder, max(formats)).after == to(folder, min(formats)).before == max(formats)
    assert verify(folder).ok
    assert not list(data.glob("*.migrating")), call


@pytest.mark.usefixtures("newer")
def test_a_migration_killed_at_its_exchange_and_around_it_leaves_one_whole_ledger(
    newer_program: Program, tmp_path: Path
) -> None:
    laid_out(tmp_path / "all", 2)
    calls = calls_of(newer_program.steps([str(tmp_path / "all"), "3"], tmp_path / "all"))
    at = next(number for number, call in enumerate(calls) if call.name == "renameat2")
    writing = [number for number, call in enumerate(calls) if call.writes]
    place = writing.index(at)
    for number in (*writing[place - 2 : place + 4], *writing[1:place:15]):
        data = tmp_path / f"{number}"
        entries = laid_out(data, 2)
        done = newer_program.run_with("signal=SIGKILL", calls[number], [str(data), "3"], data)
        assert done.code == KILLED, f"expected a kill at {calls[number]}, got exit {done.code}: {done.trouble}"
        assert_survived(calls[number], data, entries, {2, 3})


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize(("before", "after"), [(2, 4), (3, 2)])
def test_a_migration_killed_at_any_call_leaves_one_whole_ledger(
    newer_program: Program, tmp_path: Path, before: int, after: int
) -> None:
    for call, data, entries in kills(newer_program, tmp_path, before, after):
        assert_survived(call, data, entries, set(range(min(before, after), max(before, after) + 1)))


def test_the_breaking_step_really_is_one() -> None:
    assert BREAKING.after.read_by > BREAKING.before.format
