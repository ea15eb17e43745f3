"""The spool in MicroPython, stopped at any instant: nothing confirmed is lost, nothing doubled, no number repeated."""

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from reader.spool import SLOT_BYTES, Spool
from tests.firmware.interpreter import FIRMWARE, ROOT, environment, micropython, run
from tests.firmware.kills import DEVICE, Program
from tests.firmware.promises import Promises
from tests.ledger.power_cuts import Cut, Disk, Name, Said, SyncNames, Write, steps_of

AT_WORK: Final = str(DEVICE / "spool_at_work.py")
STATES: Final = 40
"""Power cuts of the POSIX disk while something is on its way to it; a tenth of them elsewhere."""


@pytest.fixture
def with_firmware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROPYPATH", environment(ROOT)["MICROPYPATH"])


def on_littlefs(program: str, *arguments: str) -> Any:
    """Run a program on a flash chip in memory; what it says."""
    return json.loads(run("-X", "heapsize=64M", DEVICE / program, *arguments, folders=(ROOT,)))


def test_no_power_cut_on_littlefs_loses_or_doubles_a_scan() -> None:
    seen = on_littlefs("spool_cuts.py")
    assert seen["wrong"] == []
    assert seen["states"] > 1_500
    assert seen["erased"] > 40, "expected the flash's blocks to fill and be compacted: else littlefs was hardly tried"


def test_a_spool_that_confirms_too_early_is_seen_by_that_test() -> None:
    seen = on_littlefs("spool_cuts.py", "early")
    assert seen["wrongs"] > 300


def test_no_power_cut_on_a_posix_disk_does(with_firmware: None, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    steps = steps_of([micropython(), AT_WORK, str(folder), "20"], folder)
    disk, chance, promises, torn = Disk(), Random(1), Promises(), 0
    for step in steps:
        disk.take(step)
        if isinstance(step, Said):
            promises.take(step.line)
        for _ in range(STATES if isinstance(step, Write | Cut | Name) else STATES // 10):
            torn += checked(disk.state(chance), tmp_path / "cut", promises)
    assert torn > 40, "expected many states to have a torn slot: else the harness tries too little"


def test_the_folder_itself_is_on_the_disk_before_anything_is_promised(with_firmware: None, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    steps = steps_of([micropython(), AT_WORK, str(root / "spool"), "1"], root)
    first = next(at for at, step in enumerate(steps) if isinstance(step, Said))
    assert SyncNames(str(root)) in steps[:first]


def checked(state: dict[str, bytes], at: Path, promises: Promises) -> int:
    """Start from what a disk holds; how many slots were torn."""
    shutil.rmtree(at, ignore_errors=True)
    at.mkdir()
    for path, content in state.items():
        (at / Path(path).name).write_bytes(content)
    spool = Spool(str(at), 1 << 20)
    spool.open()
    found = []
    while (scan := spool.oldest()) is not None:
        found.append(scan.seq)
        spool.drop(scan.seq)
    promises.check(found, spool.next_seq())
    return spool.torn


@pytest.mark.timeout(180)
def test_killed_at_every_system_call_that_writes_it_has_what_it_confirmed(with_firmware: None, tmp_path: Path) -> None:
    program = Program("spool_at_work.py", "6")
    calls = program.calls(tmp_path)
    for call in calls:
        folder = tmp_path / f"{call.name}{call.number}"
        promises = Promises(program.killed_at(call, folder))
        lines = program.run(folder)
        found = [int(line.split()[1]) for line in lines if line.startswith("found")]
        next_seq = next(int(line.split()[1]) for line in lines if line.startswith("given"))
        promises.check(found, next_seq)
    assert {call.name for call in calls} == {"mkdir", "openat", "write", "fsync"}
    assert len(calls) > 50


def stated_costs() -> dict[int, tuple[str, str]]:
    """What firmware/README.md says that a scan of so many bytes costs: written, erased."""
    rows = [
        line.split("|") for line in (FIRMWARE / "README.md").read_text().splitlines() if line.startswith("| scan of ")
    ]
    return {int(row[1].split()[2]): (row[2].strip(), row[3].strip()) for row in rows}


@pytest.mark.parametrize("length", [12, 200, 480, 512])
def test_a_scan_costs_the_flash_what_is_stated(length: int) -> None:
    cost = on_littlefs("spool_cost.py", str(length), "64")
    written, erased = f"{cost['written']:.0f}", f"{cost['erased']:.2f}"
    assert stated_costs()[length] == (written, erased)


@pytest.mark.parametrize("length", [12, 480, 512])
def test_a_full_spool_takes_no_more_of_the_flash_than_it_may(length: int) -> None:
    assert on_littlefs("spool_cost.py", str(length), "128")["taken"] <= SLOT_BYTES
