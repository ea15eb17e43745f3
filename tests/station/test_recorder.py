"""The recorder alone, with a clock that the test sets."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from kiosk.core import events as ev
from kiosk.core.times import ClockState, Moment
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.stamp import time_text
from kiosk.ledger.verify import verify
from kiosk.station.recorder import CLOCK_STEPPED, Recorder
from tests.station.rig import PATIENCE_S

START = datetime(2026, 11, 18, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S = 24 * 3600
TEN_YEARS_S = 10 * 365.25 * 24 * 3600


class SettableClock:
    """Two clocks: one that goes on by a second at each look, and one that anybody may set."""

    def __init__(self) -> None:
        self.monotonic = 1000.0
        self.utc = START

    def __call__(self) -> Moment:
        self.monotonic += 1
        self.utc += timedelta(seconds=1)
        return Moment(self.utc, self.monotonic, ClockState.DOUBTFUL, "boot-1")


@pytest.mark.parametrize("seed", [1, 2])
def test_of_a_thousand_steps_of_the_clock_each_is_an_entry_and_no_other_entry_is(tmp_path: Path, seed: int) -> None:
    clock, chance = SettableClock(), Random(seed)
    events: list[ev.Event] = []
    recorder = Recorder(tmp_path / "ledger", clock, events.append)
    steps: list[str] = []
    try:
        assert recorder.open(frozenset()).result(PATIENCE_S) is not None
        recorder.note("kiosk-started", {}).result(PATIENCE_S)
        for _ in range(1000):
            would_be = clock.utc + timedelta(seconds=1)
            about, spread_s = (EPOCH, DAY_S) if chance.random() < 0.1 else (START, TEN_YEARS_S)
            clock.utc = about + timedelta(seconds=chance.uniform(-1, 1) * spread_s)
            steps.append(time_text(would_be))
            if chance.random() < 0.5:
                recorder.look_around().result(PATIENCE_S)
            recorder.note("records-replaced", {"files": {}}).result(PATIENCE_S)
    finally:
        recorder.close()
    entries = list(read_entries(tmp_path / "ledger"))
    found = [entry for entry in entries if entry.kind == CLOCK_STEPPED]
    assert [entry.body["instead_of"] for entry in found] == steps
    assert all(
        abs(entry.time - datetime.fromisoformat(entry.body["instead_of"]) - timedelta(milliseconds=entry.body["by_ms"]))
        <= timedelta(milliseconds=2)  # each was cut to a millisecond
        for entry in found
    )
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    monotonic = [entry.clock.monotonic_ms for entry in entries]
    assert monotonic == sorted(monotonic)
    assert {entry.clock.boot for entry in entries} == {"boot-1"}
    assert events == []
    assert verify(tmp_path / "ledger").ok


def test_a_clock_that_goes_on_leaves_no_entry(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "ledger", SettableClock(), lambda _: None)
    try:
        recorder.open(frozenset()).result(PATIENCE_S)
        for _ in range(20):
            recorder.look_around().result(PATIENCE_S)
            recorder.note("records-replaced", {"files": {}}).result(PATIENCE_S)
    finally:
        recorder.close()
    assert CLOCK_STEPPED not in [entry.kind for entry in read_entries(tmp_path / "ledger")]


def test_a_look_at_the_clock_while_there_is_no_ledger_is_no_failure(tmp_path: Path) -> None:
    events: list[ev.Event] = []
    recorder = Recorder(tmp_path / "ledger", SettableClock(), events.append)
    try:
        recorder.look_around().result(PATIENCE_S)
    finally:
        recorder.close()
    assert (events, list(tmp_path.iterdir())) == ([], [])
