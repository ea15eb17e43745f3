"""The power goes at any instant: the ledger opens, and has every entry that was acknowledged."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from tinydb import TinyDB

from kiosk.ledger.ledger import Ledger
from kiosk.ledger.verify import verify
from tests.ledger.conftest import record, ticking
from tests.ledger.power_cuts import Disk, Said, Step, Sync, Write, steps_of
from tests.ledger.power_workloads import body

QUICK, LONG, CONTROL = 1_500, 10_000, 750


def recorded(tmp_path: Path, workload: str) -> tuple[Path, list[Step]]:
    folder = tmp_path / workload
    folder.mkdir()
    command = [sys.executable, "-m", "tests.ledger.power_workloads", workload, str(folder)]
    return folder, steps_of(command, folder)


def states(steps: list[Step], count: int, seed: int) -> Iterator[tuple[list[int], dict[str, bytes]]]:
    """States after power cuts spread over all instants, each with what had been acknowledged by then."""
    disk, chance, acknowledged = Disk(), Random(seed), list[int]()
    for at, step in enumerate(steps):
        disk.take(step)
        if isinstance(step, Said):
            acknowledged.append(int(step.line.removeprefix("ack ")))
        for _ in range(count * (at + 1) // len(steps) - count * at // len(steps)):
            yield acknowledged, disk.state(chance)


def laid_out(state: dict[str, bytes], of: Path, at: Path) -> Path:
    """The state as files in a folder of its own."""
    shutil.rmtree(at, ignore_errors=True)
    at.mkdir()
    for path, content in state.items():
        file = at / Path(path).relative_to(of)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return at


def assert_every_cut_is_survived(tmp_path: Path, count: int, seed: int) -> None:
    folder, steps = recorded(tmp_path, "ledger")
    torn = half_archived = tried = 0
    for acknowledged, state in states(steps, count, seed):
        tried += 1
        place = laid_out(state, folder, tmp_path / "cut")
        half_archived += any(path.endswith(".jsonl.zst") and path.removesuffix(".zst") in state for path in state)
        with Ledger.open(place, ticking()) as ledger:
            assert ledger.damage == (), state
            bodies = [entry.body for entry in ledger.entries() if entry.kind == "uplift"]
            assert bodies[: len(acknowledged)] == [body(number) for number in acknowledged], state
            assert len(bodies) - len(acknowledged) <= 1
            torn += any(entry.kind == "torn-tail" for entry in ledger.entries())
            assert record(ledger, 9) == ledger.head().count
        assert verify(place).ok
    assert tried == count
    assert torn > count // 100, "expected many states to have a torn tail: else the harness tries too little"
    assert half_archived > count // 100, "expected many states with a segment both plain and archived"


@pytest.mark.timeout(300)
def test_no_power_cut_loses_an_acknowledged_entry_or_leaves_an_unreadable_ledger(tmp_path: Path) -> None:
    assert_every_cut_is_survived(tmp_path, QUICK, seed=1)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_none_of_ten_thousand_power_cuts_does(tmp_path: Path) -> None:
    assert_every_cut_is_survived(tmp_path, LONG, seed=2)


@pytest.mark.timeout(300)
def test_the_same_power_cuts_break_stock_tinydb_so_the_harness_is_not_blind(tmp_path: Path) -> None:
    folder, steps = recorded(tmp_path, "stock")
    unreadable = lost = 0
    for acknowledged, state in states(steps, CONTROL, seed=1):
        place = laid_out(state, folder, tmp_path / "cut")
        try:
            with TinyDB(place / "db.json") as stock:
                kept = [dict(each) for each in stock.all()]
        except ValueError:
            unreadable += 1
        else:
            lost += kept[: len(acknowledged)] != [body(number) for number in acknowledged]
    assert unreadable > CONTROL // 100
    assert lost > 0


def test_the_model_keeps_what_was_synced_and_tears_what_was_not_by_sectors() -> None:
    disk, chance = Disk(), Random(1)
    for step in (Write(0, 0, b"a" * 1024), Sync(0), Write(0, 1024, b"b" * 1024)):
        disk.take(step)
    seen = {disk._torn(0, chance) for _ in range(500)}
    first, kept, new, none = b"a" * 1024, b"", b"b" * 512, b"\0" * 512
    assert seen == {first + rest for rest in (kept, none + none, new + none, none + new, new + new)}
