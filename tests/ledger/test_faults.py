"""The kernel says no, or the process dies, at a chosen system call: nothing acknowledged is lost, nothing else kept."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.verify import verify
from tests.ledger.conftest import record, ticking

ENTRIES = 4
KILLED = -9
RUN_SECONDS = 30
"""Longest run of the writer: 0.2 s on the build machine, more where it is traced and the disk is slow."""

RENAME = "/^rename(at2?)?$"
"""A rename as strace is told it: the system call has another name on each processor, on aarch64 it is renameat."""

COUNTED = f"read,pread64,write,pwrite64,fdatasync,fsync,openat,close,lseek,ftruncate,{RENAME},fstat,newfstatat,flock"


@pytest.fixture(scope="session")
def strace() -> str:
    found = shutil.which("strace")
    assert found, "expected the tool strace, which makes system calls fail; got none; type: sudo apt-get install strace"
    return found


def run_writer(folder: Path, *options: str, entries: int = ENTRIES, table: str = "") -> tuple[int, list[str]]:
    """Runs the writer, under strace with these options if there are any; its exit code and what it said."""
    command = [
        *options,
        sys.executable,
        "-m",
        "tests.ledger.writer",
        str(folder),
        str(entries),
        *([table] if table else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    return done.returncode, done.stdout.splitlines()


def injected(strace: str, folder: Path, call: str, fault: str, when: int) -> tuple[int, list[str]]:
    """Runs the writer with one fault at the n-th call on a file of the ledger."""
    log = folder.with_suffix(".strace")
    paths = [f"--trace-path={path}" for path in (folder, *(folder / name for name in NAMES))]
    calls = RENAME if call == "rename" else call
    faults = ("-e", f"trace={calls}", "-e", f"inject={calls}:{fault}:when={when}")
    options = [strace, "-qq", "-o", str(log), *paths, *faults]
    code, said = run_writer(folder, *options)
    if code not in (0, KILLED):
        raise AssertionError(f"expected the writer to end or be killed, got exit {code}: {said}")
    return code, said


NAMES = ["lock", "journal", JOURNAL_NAME, f"{JOURNAL_NAME}.new", "head.json", "head.json.new"]


def acknowledged(said: list[str]) -> list[int]:
    return [int(line.split()[1]) for line in said if line.startswith("ack ")]


def assert_nothing_lost(folder: Path, said: list[str], *, may_be_more: int) -> None:
    """All that was acknowledged is there; at most so many that were not; and the ledger goes on."""
    acks = acknowledged(said)
    assert acks == list(range(2, 2 + len(acks)))
    with Ledger.open(folder, ticking()) as ledger:
        assert ledger.damage == ()
        kept = [entry.seq for entry in ledger.entries() if entry.kind == "uplift"]
        assert acks == kept[: len(acks)]
        assert len(kept) - len(acks) <= may_be_more
        assert record(ledger, 9) == ledger.head().count
    assert verify(folder).ok


QUICK_KILLS = [
    ("pwrite64", 3),
    ("pwrite64", 5),
    ("fdatasync", 2),
    ("fdatasync", 3),
    ("rename", 1),
    ("rename", 2),
    ("fsync", 2),
]
QUICK_ERRORS = [
    ("fdatasync", "EIO", 2),
    ("fdatasync", "EIO", 4),
    ("fdatasync", "ENOSPC", 3),
    ("pwrite64", "ENOSPC", 4),
    ("pwrite64", "EIO", 6),
    ("pwrite64", "EROFS", 4),
    ("rename", "ENOSPC", 1),
    ("fsync", "EIO", 1),
]
CALLS = ["openat", "pwrite64", "fdatasync", "fsync", "rename", "ftruncate"]
LONG_COUNTS = range(1, 15)


@pytest.mark.parametrize(("call", "when"), QUICK_KILLS)
def test_a_kill_at_a_system_call_loses_nothing_acknowledged(strace: str, folder: Path, call: str, when: int) -> None:
    code, said = injected(strace, folder, call, "signal=SIGKILL", when)
    assert code == KILLED
    assert_nothing_lost(folder, said, may_be_more=1)


@pytest.mark.parametrize(("call", "error", "when"), QUICK_ERRORS)
def test_an_error_of_the_disk_is_said_and_nothing_unacknowledged_is_kept(
    strace: str, folder: Path, call: str, error: str, when: int
) -> None:
    code, said = injected(strace, folder, call, f"error={error}", when)
    assert code == 0
    assert "(INJECTED)" in folder.with_suffix(".strace").read_text()
    assert any(line.startswith(("refused", "not opened")) for line in said)
    assert_nothing_lost(folder, said, may_be_more=0)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("call", CALLS)
def test_a_fault_at_any_system_call_on_the_ledgers_files_loses_nothing(strace: str, tmp_path: Path, call: str) -> None:
    killed = 0
    for when in LONG_COUNTS:
        for fault in ("signal=SIGKILL", "error=EIO", "error=ENOSPC", "error=EROFS"):
            folder = tmp_path / f"{fault}-{when}" / "ledger"
            folder.parent.mkdir()
            code, said = injected(strace, folder, call, fault, when)
            killed += code == KILLED
            assert_nothing_lost(folder, said, may_be_more=int(fault.startswith("signal")))
    assert killed


def test_after_a_failed_fdatasync_every_further_entry_is_refused_with_the_mend(strace: str, folder: Path) -> None:
    _, said = injected(strace, folder, "fdatasync", "error=EIO", 3)
    assert acknowledged(said) == [2]
    refusals = [line for line in said if line.startswith("refused")]
    assert len(refusals) == ENTRIES - 1
    assert "Input/output error (errno 5)" in refusals[0]
    assert all("restart the kiosk" in line for line in refusals)


def test_after_a_full_disk_the_ledger_goes_on_as_soon_as_there_is_room(strace: str, folder: Path) -> None:
    _, said = injected(strace, folder, "pwrite64", "error=ENOSPC", 6)
    refusals = [line for line in said if line.startswith("refused")]
    assert len(refusals) == 1
    assert "No space left on device (errno 28)" in refusals[0]
    assert len(acknowledged(said)) == ENTRIES - 1


def test_a_kill_at_any_moment_loses_nothing_acknowledged(folder: Path) -> None:
    Ledger.open(folder, ticking()).close()
    for acks in (1, 7, 40):
        before = sum(1 for _ in read_entries(folder))
        command = [sys.executable, "-m", "tests.ledger.writer", str(folder), "100000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            said = [child.stdout.readline() for _ in range(acks + 1)]
            child.kill()
            said += child.stdout.readlines()
        last = acknowledged(said)[-1]
        assert last >= before + acks
        with Ledger.open(folder, ticking()) as ledger:
            uplifts = [entry.seq for entry in ledger.entries() if entry.kind == "uplift"]
        assert last in uplifts
        assert uplifts[-1] <= last + 1
    assert verify(folder).ok


def cost(strace: str, folder: Path, entries: int, table: str) -> tuple[dict[str, int], int]:
    """How often each system call was made between the writer's marks, and how many bytes were written to files."""
    log = folder.with_suffix(".strace")
    run_writer(folder, strace, "-qq", "-o", str(log), "-e", f"trace={COUNTED}", entries=entries, table=table)
    calls: dict[str, int] = {}
    written = 0
    inside = False
    for line in log.read_text().splitlines():
        if line.startswith(('write(1, "begin', 'write(1, "end')):
            inside = "begin" in line
        elif inside and (match := re.match(r"(\w+)\((\d+)?.*= (-?\d+)", line)) and match[2] != "1":
            calls[match[1]] = calls.get(match[1], 0) + 1
            written += int(match[3]) if match[1] == "pwrite64" else 0
    return calls, written


@pytest.mark.parametrize("table", ["", "ledger", "drivers"])
def test_an_insert_costs_the_same_calls_and_bytes_at_5000_entries_as_at_10(
    strace: str, folder: Path, table: str
) -> None:
    inserts = 20
    costs = []
    for size in (10, 5000):
        with Ledger.open(folder, ticking(), segment_entries=1024) as ledger:
            for number in range(ledger.head().count, size):
                record(ledger, number)
            if table == "drivers":
                ledger.table(table).insert_multiple({"n": number} for number in range(size))
        costs.append(cost(strace, folder, inserts, table))
    (few_calls, few_bytes), (many_calls, many_bytes) = costs
    assert few_calls == many_calls
    assert many_calls["fdatasync"] == inserts
    assert sum(many_calls.values()) <= 4 * inserts
    more_digits = 2 * inserts * len("5000")  # of the number, in the entry and in the id of a document
    assert few_bytes <= many_bytes <= few_bytes + more_digits
