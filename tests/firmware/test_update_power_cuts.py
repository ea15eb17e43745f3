"""An update stopped at any instant: one whole image always starts, the old or the new, and can be updated again."""

import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

import slots
from tests.firmware.interpreter import ROOT, environment, micropython, run
from tests.firmware.kills import CALLS, DEVICE, Program
from tests.ledger.power_cuts import Cut, Disk, Name, Said, Write, steps_of

AT_WORK: Final = str(DEVICE / "update_at_work.py")
STATES: Final = 20
"""Power cuts of the POSIX disk while something is on its way to it; a fifth of them elsewhere."""

EVERYTHING: Final = {"flashed", "one", "two", "three"}


@pytest.fixture(autouse=True)
def with_firmware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROPYPATH", environment(ROOT)["MICROPYPATH"])


def on_littlefs(*arguments: str) -> Any:
    """Run the power cuts on a flash chip in memory; what they say."""
    return json.loads(run("-X", "heapsize=64M", DEVICE / "update_cuts.py", *arguments, folders=(ROOT,)))


def test_no_power_cut_on_littlefs_leaves_a_reader_without_a_whole_image() -> None:
    seen = on_littlefs()
    assert seen["wrong"] == []
    assert set(seen["ran"]) == EVERYTHING
    assert sum(seen["ran"].values()) > 1_000


def test_a_reader_that_names_an_image_before_it_is_there_is_seen_by_that_test() -> None:
    assert on_littlefs("hasty")["wrongs"] > 100


@pytest.mark.timeout(120)
def test_no_power_cut_on_a_posix_disk_does(tmp_path: Path) -> None:
    folder = tmp_path / "flash"
    folder.mkdir()
    steps = steps_of([micropython(), AT_WORK, str(folder)], folder)
    disk, chance, may, ran = Disk(), Random(1), "", Counter[str]()
    for step in steps:
        disk.take(step)
        if isinstance(step, Said):
            may = step.line
        if may:
            for _ in range(STATES if isinstance(step, Write | Cut | Name) else STATES // 5):
                runs = started(disk.state(chance), folder, tmp_path / "cut")
                assert runs in may.split(), step
                ran[runs] += 1
    assert set(ran) == EVERYTHING
    assert sum(ran.values()) > 1_000


def started(state: dict[str, bytes], of: Path, at: Path) -> str:
    """Start from what a disk holds; the name of what runs."""
    shutil.rmtree(at, ignore_errors=True)
    (at / "images").mkdir(parents=True)
    for path, content in state.items():
        (at / Path(path).relative_to(of)).write_bytes(content)
    slot, _ = slots.choose(str(at))
    if slot == slots.FLASHED:
        return "flashed"
    return digests()[hashlib.sha256(Path(str(at) + slots.FILES[slot]).read_bytes()).digest()]


def digests() -> dict[bytes, str]:
    """The story's images by their digests."""
    from tests.firmware.device.update_story import IMAGES

    return {hashlib.sha256(data).digest(): name for name, data in IMAGES.items()}


@pytest.mark.timeout(300)
def test_killed_at_every_system_call_that_writes_it_starts_the_old_or_the_new_image(tmp_path: Path) -> None:
    program = Program("update_at_work.py")
    calls = program.calls(tmp_path)
    for call in calls:
        folder = tmp_path / f"{call.name}{call.number}"
        said = program.killed_at(call, folder)
        runs, updated = program.run(folder, "start")
        assert runs in (said[-1].split() if said else ["flashed"]), call
        assert updated == ("three" if runs == "two" else "two"), call
    assert {call.name for call in calls} == set(CALLS)
    assert len(calls) > 100
