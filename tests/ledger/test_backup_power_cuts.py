"""The power goes, or the stick is pulled, at any instant of a backup: the last one that was said to be good is there.

On a disk that promises what POSIX does, and on one that is as careless as FAT: there a name that is replaced, made or
removed is two changes of a folder, each of which may be on the disk without the other.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from kiosk.ledger.backup_errors import BackupRefused
from kiosk.ledger.restore import restore
from tests.ledger.backup_workload import LENGTHS
from tests.ledger.backups import lines_of
from tests.ledger.power_cuts import Disk, Name, Said, Step, _rename, steps_of
from tests.ledger.test_power_cuts import laid_out

QUICK, LONG = 250, 5_000


class FatDisk(Disk):
    """A disk whose folders are not safe until they were synced: not their order, and not the halves of a change."""

    def state(self, chance: Random) -> dict[str, bytes]:
        names = dict(self._names)
        for each in self._renames:
            if each.gone and chance.random() < 0.5:
                _rename(names, Name("", each.file, each.gone))
            if each.made and chance.random() < 0.5:
                _rename(names, Name(each.made, each.file))
        return {path: self._torn(file, chance) for path, file in names.items()}


def recorded(tmp_path: Path) -> tuple[Path, list[Step]]:
    stick = tmp_path / "stick"
    stick.mkdir()
    return stick, steps_of([sys.executable, "-m", "tests.ledger.backup_workload", str(stick)], stick)


def states(disk: Disk, steps: list[Step], count: int) -> Iterator[tuple[int, dict[str, bytes]]]:
    """States after power cuts spread over all instants, each with the entries of the backup that was good by then."""
    chance, good = Random(1), 0
    for at, step in enumerate(steps):
        disk.take(step)
        if isinstance(step, Said):
            good = int(step.line.removeprefix("ack "))
        for _ in range(count * (at + 1) // len(steps) - count * at // len(steps)):
            yield good, disk.state(chance)


def assert_every_cut_is_survived(tmp_path: Path, disk: Disk, count: int) -> None:
    stick, steps = recorded(tmp_path)
    assert [step.line for step in steps if isinstance(step, Said)] == [f"ack {length}" for length in LENGTHS]
    lines, restored = lines_of(tmp_path / "data" / "ledger"), list[int]()
    for good, state in states(disk, steps, count):
        cut = laid_out(state, stick, tmp_path / "cut")
        new = tmp_path / "new" / str(len(restored))
        try:
            found = restore(cut, new).manifest.entries
        except BackupRefused:
            assert not good, sorted(state)
            continue
        assert found >= good, sorted(state)
        assert lines_of(new / "ledger") == lines[:found]
        restored.append(found)
    assert len(restored) > count // 2
    assert set(restored) == set(LENGTHS)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("disk", [Disk, FatDisk])
def test_no_power_cut_loses_the_last_good_backup(tmp_path: Path, disk: type[Disk]) -> None:
    assert_every_cut_is_survived(tmp_path, disk(), QUICK)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("disk", [Disk, FatDisk])
def test_none_of_five_thousand_power_cuts_does(tmp_path: Path, disk: type[Disk]) -> None:
    assert_every_cut_is_survived(tmp_path, disk(), LONG)


def test_a_file_that_is_replaced_can_be_lost_on_the_careless_disk_so_the_harness_is_not_blind() -> None:
    steps: list[Step] = [Name("/a", 0), Name("/a.new", 1), Name("/a", 1, "/a.new")]
    seen: dict[type[Disk], set[frozenset[str]]] = {}
    for kind in (Disk, FatDisk):
        disk = kind()
        for step in steps:
            disk.take(step)
        seen[kind] = {frozenset(disk.state(Random(turn))) for turn in range(200)}
    assert frozenset({"/a", "/a.new"}) in seen[Disk] & seen[FatDisk]
    assert frozenset() in seen[FatDisk]
