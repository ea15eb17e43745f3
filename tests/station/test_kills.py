"""The kiosk is killed at any system call on its ledger: nothing acknowledged is lost, and nothing opened unrecorded."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import rmtree

import pytest

from tests.station.aftermath import LEDGER, Before, Past, assert_next_start_is_sound, assert_nothing_lost, steps_of
from tests.station.journeys import JOURNEYS, Journey
from tests.station.visiting import read_said
from tests.strace import KILLED, Call, Program, calls_of

LEAST_POINTS = 1_000
"""In all journeys together."""

LEAST_QUICK = 30

QUICK = ("as-it-should-be", "barrier-stuck", "load-of-others")
"""A new ledger, one after a power cut that tore an entry, one without its head file: every kind of call there is."""


def assert_survived(program: Program, before: Before, journey: Journey, call: Call, data: Path) -> None:
    """Goes the journey, killed at a call; what was acknowledged is there, and the next start finds the rest."""
    before.laid_out(data)
    done = program.run_with("signal=SIGKILL", call, [str(data), journey.name], data / LEDGER)
    assert done.code == KILLED, f"expected a kill at {call}, got exit {done.code}: {done.trouble}"
    entries = assert_nothing_lost(before, data, read_said(done.said), may_be_more=1)
    assert_next_start_is_sound(before, journey, data, entries)
    rmtree(data)


def telling(calls: Sequence[Call]) -> Iterator[Call]:
    """Every call that writes; of those that read, one of each kind and file, and not always the first."""
    reading: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        if call.writes:
            yield call
        else:
            reading.setdefault((call.name, call.path), []).append(call)
    for turn, alike in enumerate(reading.values()):
        yield alike[turn % len(alike)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", QUICK)
def test_a_kill_at_any_call_that_writes_the_ledger_loses_nothing_and_opens_nothing_unrecorded(
    program: Program, past: Past, tmp_path: Path, name: str
) -> None:
    journey = JOURNEYS[name]
    before = past.before(journey)
    calls = list(telling(calls_of(steps_of(program, before, journey, tmp_path / "all"))))
    assert len(calls) >= LEAST_QUICK
    for number, call in enumerate(calls):
        assert_survived(program, before, journey, call, tmp_path / f"{number}")


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", JOURNEYS)
def test_a_kill_at_each_of_a_thousand_calls_of_twenty_journeys_does_not_either(
    program: Program, past: Past, tmp_path: Path, name: str
) -> None:
    journey = JOURNEYS[name]
    before = past.before(journey)
    calls = calls_of(steps_of(program, before, journey, tmp_path / "all"))
    for number, call in enumerate(calls):
        assert_survived(program, before, journey, call, tmp_path / f"{number}")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_twenty_journeys_have_a_thousand_calls_to_be_killed_at(
    program: Program, past: Past, tmp_path: Path
) -> None:
    found = {
        name: len(calls_of(steps_of(program, past.before(journey), journey, tmp_path / name)))
        for name, journey in JOURNEYS.items()
    }
    assert sum(found.values()) >= LEAST_POINTS, found
