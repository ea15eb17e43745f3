"""The disk fails, or the process dies, while entries are recorded; and what an entry costs in system calls."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.verify import verify
from tests.ledger import writer
from tests.ledger.conftest import record, ticking
from tests.strace import Call, Program
from tests.tools import require_tool

ENTRIES = 4
RUN_SECONDS = 30
"""Longest run of the writer: 0.2 s on the build machine, more where it is traced and the disk is slow."""

COUNTED = (
    "read,pread64,write,pwrite64,fdatasync,fsync,openat,close,lseek,ftruncate,/^rename(at2?)?$,fstat,newfstatat,flock"
)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The writer: takes the ledger's folder and how many entries to record."""
    return Program(writer.main, tmp_path_factory.mktemp("program"))


def said_with(program: Program, fault: str, call: str, number: int, folder: Path) -> list[str]:
    """What the writer says when one of its calls on the journal fails."""
    at = Call(call, JOURNAL_NAME, number, writes=True)
    return program.run_with(fault, at, [str(folder), str(ENTRIES)], folder).said


def acknowledged(said: list[str]) -> list[int]:
    return [int(line.split()[1]) for line in said if line.startswith("ack ")]


def test_after_a_failed_fdatasync_every_further_entry_is_refused_with_the_mend(program: Program, folder: Path) -> None:
    said = said_with(program, "error=EIO", "fdatasync", 3, folder)
    assert acknowledged(said) == [2]
    refusals = [line for line in said if line.startswith("refused")]
    assert len(refusals) == ENTRIES - 1
    assert "Input/output error (errno 5)" in refusals[0]
    assert all("restart the kiosk" in line for line in refusals)


def test_after_a_full_disk_the_ledger_goes_on_as_soon_as_there_is_room(program: Program, folder: Path) -> None:
    said = said_with(program, "error=ENOSPC", "pwrite64", 3, folder)
    refusals = [line for line in said if line.startswith("refused")]
    assert len(refusals) == 1
    assert "No space left on device (errno 28)" in refusals[0]
    assert acknowledged(said) == [2, 3, 4]


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


def cost(folder: Path, entries: int, table: str) -> tuple[dict[str, int], int]:
    """How often each system call was made between the writer's marks, and how many bytes were written to files."""
    log = folder.with_suffix(".strace")
    tracer = [str(require_tool("strace", package="strace")), "-qq", "-o", str(log), "-e", f"trace={COUNTED}"]
    recorder = [sys.executable, "-m", "tests.ledger.writer", str(folder), str(entries), *([table] if table else [])]
    subprocess.run([*tracer, *recorder], capture_output=True, timeout=RUN_SECONDS, check=True)
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
def test_an_insert_costs_the_same_calls_and_bytes_at_5000_entries_as_at_10(folder: Path, table: str) -> None:
    inserts = 20
    costs = []
    for size in (10, 5000):
        with Ledger.open(folder, ticking(), segment_entries=1024, in_background=False) as ledger:
            for number in range(ledger.head().count, size):
                record(ledger, number)
            if table == "drivers":
                ledger.table(table).insert_multiple({"n": number} for number in range(size))
        costs.append(cost(folder, inserts, table))
    (few_calls, few_bytes), (many_calls, many_bytes) = costs
    assert few_calls == many_calls
    assert many_calls["fdatasync"] == inserts
    assert sum(many_calls.values()) <= 4 * inserts
    more_digits = 2 * inserts * len("5000")  # of the number, in the entry and in the id of a document
    assert few_bytes <= many_bytes <= few_bytes + more_digits
