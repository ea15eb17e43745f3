"""A year of the gate in made-up time, 73,000 uplifts, in a process of its own whose memory is its own."""

import json
import subprocess
import sys

import pytest

from tests.chaos.made_up.year import DAYS, FAULTS_EACH, UPLIFTS_A_DAY

QUICK_DAYS = 1
SERVED = 0.95
"""Part of the drivers who did all as it should be that must have been let out: what comes in a fault is lost."""


def go(days: int, seed: int) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.chaos.made_up.year", "--days", str(days), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    assert done.returncode == 0, said["violations"]
    return said


def test_a_day_goes_by_with_its_faults_and_nothing_is_lost() -> None:
    said = go(QUICK_DAYS, seed=2)
    assert said["violations"] == []
    assert int(str(said["uplifts"])) >= SERVED * UPLIFTS_A_DAY * QUICK_DAYS
    assert said["faults"]


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_year_goes_by_nothing_is_lost_nothing_leaks_and_memory_does_not_grow() -> None:
    said = go(DAYS, seed=1)
    assert said["violations"] == []
    assert int(str(said["uplifts"])) >= SERVED * UPLIFTS_A_DAY * DAYS
    assert sum(dict(said["faults"]).values()) > FAULTS_EACH * UPLIFTS_A_DAY * DAYS / 2  # type: ignore[call-overload]
