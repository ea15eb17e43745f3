"""A version on trial stays when it serves as the one before did, and is gone back from in every other case."""

import ast
import json
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kiosk.commands import update_arguments
from kiosk.updates import trial, trust
from kiosk.updates.trial import Clock, Judge, Outcome, State, Trial
from tests.updates.rig import Kiosk

PARTS = ("gate", "ledger", "reader")


class Machine:
    """A machine's clock, and what is known of its runs."""

    def __init__(self) -> None:
        self.boot = "first"
        self.now = 100.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.boot, lambda: self.now)


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    kiosk = Kiosk(tmp_path)
    kiosk.put("0.2.0")
    return kiosk


@pytest.fixture
def machine() -> Machine:
    return Machine()


def put_on_trial(kiosk: Kiosk, *working: str) -> None:
    with trial.held(kiosk.home):
        trial.begin(kiosk.home, Trial("0.2.0", "0.1.0", working=working))


def judge_of(kiosk: Kiosk, machine: Machine) -> Judge:
    return Judge(kiosk.home, lambda: trial.read_health(kiosk.places.health), machine.clock)


def test_a_kiosk_that_never_was_updated_starts_as_it_is(kiosk: Kiosk, machine: Machine) -> None:
    assert trial.start(kiosk.home, machine.clock) == ""
    assert (kiosk.state, kiosk.starts) == (State(), "0.1.0")


def test_a_version_that_is_healthy_for_a_minute_stays(kiosk: Kiosk, machine: Machine) -> None:
    put_on_trial(kiosk, *PARTS)
    assert trial.start(kiosk.home, machine.clock) == "version 0.2.0 is on trial: start 1 of 3"
    judge = judge_of(kiosk, machine)
    assert judge.look() is None
    kiosk.say_health("0.2.0", *PARTS)
    for _ in range(60):
        assert judge.look() is None
        machine.now += 1
    assert judge.look() == Outcome("0.2.0", "0.1.0", kept=True, why="healthy for 60 s")
    assert kiosk.state == State("0.2.0", "0.1.0", None, judge.look())
    assert kiosk.starts == "0.2.0"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (None, "it did not say how it is"),
        (("0.1.0", *PARTS), "it did not say how it is"),
        (("0.2.0", "ledger"), "out of service: gate, reader"),
        (("0.2.0", "gate", "reader"), "out of service: ledger"),
    ],
)
def test_one_that_lacks_what_worked_before_is_gone_back_from_when_its_time_is_up(
    kiosk: Kiosk, machine: Machine, said: tuple[str, ...] | None, why: str
) -> None:
    put_on_trial(kiosk, *PARTS)
    trial.start(kiosk.home, machine.clock)
    if said:
        kiosk.say_health(*said)
    judge = judge_of(kiosk, machine)
    machine.now += 300
    assert judge.look() is None
    machine.now += 1
    outcome = judge.look()
    assert outcome == Outcome("0.2.0", "0.1.0", kept=False, why=f"it was not healthy within 300 s: {why}")
    assert (kiosk.starts, kiosk.state) == ("0.1.0", State(outcome=outcome))


def test_a_part_that_did_not_work_before_need_not_work_now(kiosk: Kiosk, machine: Machine) -> None:
    put_on_trial(kiosk, "ledger", "gate")
    kiosk.say_health("0.2.0", "ledger", "gate")
    judge = judge_of(kiosk, machine)
    judge.look()
    machine.now += 60
    outcome = judge.look()
    assert outcome is not None
    assert outcome.kept


def test_one_that_died_and_started_anew_must_be_healthy_for_a_minute_from_then_on(
    kiosk: Kiosk, machine: Machine, another_process: int
) -> None:
    put_on_trial(kiosk, *PARTS)
    kiosk.say_health("0.2.0", *PARTS)
    judge = judge_of(kiosk, machine)
    judge.look()
    machine.now += 59
    kiosk.say_health("0.2.0", *PARTS, pid=another_process)
    assert judge.look() is None
    machine.now += 59
    assert judge.look() is None
    machine.now += 1
    assert judge.look() is not None


def test_what_a_process_that_is_gone_said_does_not_count(kiosk: Kiosk, machine: Machine) -> None:
    put_on_trial(kiosk, *PARTS)
    kiosk.say_health("0.2.0", *PARTS, pid=2**22 + 1)
    judge = judge_of(kiosk, machine)
    judge.look()
    machine.now += 60
    assert judge.look() is None


def test_one_that_crashes_is_gone_back_from_at_its_fourth_start(kiosk: Kiosk, machine: Machine) -> None:
    put_on_trial(kiosk)
    for number in (1, 2, 3):
        assert trial.start(kiosk.home, machine.clock) == f"version 0.2.0 is on trial: start {number} of 3"
        assert kiosk.starts == "0.2.0"
        machine.now += 5
    told = trial.start(kiosk.home, machine.clock)
    assert told == (
        "version 0.2.0 was gone back from, to 0.1.0: it was started 3 times and did not stay healthy for 60 s"
    )
    assert kiosk.starts == "0.1.0"
    assert trial.start(kiosk.home, machine.clock) == ""


def test_its_time_begins_anew_with_each_run_of_the_machine_and_its_starts_do_not(
    kiosk: Kiosk, machine: Machine
) -> None:
    put_on_trial(kiosk)
    for number, boot in enumerate(("first", "second", "third"), start=1):
        machine.boot, machine.now = boot, 10.0 * number
        trial.start(kiosk.home, machine.clock)
        judge = judge_of(kiosk, machine)
        machine.now += 299
        assert judge.look() is None, boot
    machine.boot = "fourth"
    trial.start(kiosk.home, machine.clock)
    assert kiosk.starts == "0.1.0"


def test_one_that_hangs_while_nobody_judges_is_gone_back_from_at_its_next_start(kiosk: Kiosk, machine: Machine) -> None:
    put_on_trial(kiosk)
    trial.start(kiosk.home, machine.clock)
    machine.now += 301
    assert "not healthy within 300 s" in trial.start(kiosk.home, machine.clock)
    assert kiosk.starts == "0.1.0"


def test_one_that_is_not_there_is_gone_back_from_at_once(kiosk: Kiosk, machine: Machine) -> None:
    put_on_trial(kiosk)
    (kiosk.places.version("0.2.0") / "bin/sealgate").unlink()
    assert "it is not there" in trial.start(kiosk.home, machine.clock)
    assert kiosk.starts == "0.1.0"


def test_nothing_is_gone_back_to_that_is_not_there(kiosk: Kiosk, machine: Machine) -> None:
    put_on_trial(kiosk)
    (kiosk.places.version("0.1.0") / "bin/sealgate").unlink()
    machine.now += 301
    trial.start(kiosk.home, machine.clock)
    for _ in range(4):
        trial.start(kiosk.home, machine.clock)
    assert kiosk.starts == "0.2.0"
    outcome = kiosk.state.outcome
    assert outcome is not None
    assert "0.1.0, the version before it, is not there" in outcome.why


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "trial": {}, "outcome": null}', "\0" * 99]
)
def test_a_state_that_cannot_be_read_keeps_nothing_from_starting(kiosk: Kiosk, text: str) -> None:
    (kiosk.home / "update").mkdir()
    (kiosk.home / "update/state.json").write_text(text)
    with pytest.raises(trial.StateUnreadable):
        trial.read_state(kiosk.home)
    done = launcher(kiosk, "start")
    assert done.returncode == 0
    assert "is started" in done.stderr
    assert kiosk.starts == "0.1.0"


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "null", '{"prefix": "/x/0.2.0", "pid": "one", "parts": {}, "serving": false}'),
        '{"prefix": "/x/0.2.0", "pid": 1, "parts": [], "serving": false}',
        '{"prefix": 7, "pid": 1, "parts": {}, "serving": false}',
    ],
)
def test_a_health_file_that_says_nothing_sound_says_nothing(kiosk: Kiosk, text: str) -> None:
    kiosk.places.health.write_text(text)
    assert trial.read_health(kiosk.places.health) is None


def test_a_health_file_that_is_a_link_is_not_followed(kiosk: Kiosk) -> None:
    kiosk.say_health("0.2.0", *PARTS)
    kiosk.places.health.rename(kiosk.root / "elsewhere")
    kiosk.places.health.symlink_to(kiosk.root / "elsewhere")
    assert trial.read_health(kiosk.places.health) is None


# --- what stands outside the versions -------------------------------------------------------------------------------


def launcher(kiosk: Kiosk, *arguments: str) -> subprocess.CompletedProcess[str]:
    """It as an installed kiosk runs it: one file, in a Python without any package."""
    alone = kiosk.root / "sealgate-trial"
    alone.write_bytes(Path(trial.__file__).read_bytes())
    command = [sys.executable, "-IS", str(alone), *arguments, "--home", str(kiosk.home)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


def test_it_knows_the_standard_library_alone() -> None:
    tree = ast.parse(Path(trial.__file__).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_it_runs_as_one_file_and_counts_a_start(kiosk: Kiosk) -> None:
    put_on_trial(kiosk)
    done = launcher(kiosk, "start")
    assert (done.returncode, done.stderr) == (0, "sealgate-trial: version 0.2.0 is on trial: start 1 of 3\n")
    state = json.loads((kiosk.home / "update/state.json").read_text())
    assert state["trial"]["starts"] == 1


def test_it_says_what_it_takes(kiosk: Kiosk) -> None:
    assert launcher(kiosk, "begin").returncode == 2


def test_the_command_and_what_decides_mean_the_same_places_and_times() -> None:
    assert (update_arguments.HOME, update_arguments.HEALTH) == (trial.HOME, trial.HEALTH)
    assert (update_arguments.UNITS, update_arguments.KEYS) == (trial.UNITS, trust.KEYS)
    assert (update_arguments.TRIAL_MIN * 60, update_arguments.SETTLE_S) == (trial.TRIAL_S, trial.SETTLE_S)


# --- any order of events --------------------------------------------------------------------------------------------


class Trials(RuleBasedStateMachine):
    """Updates, starts, crashes, power cuts between any two writes, and judges, in any order.

    One version starts at every moment, and it is there. A version that never was healthy for its minute is not kept;
    one that was gone back from does not start again by itself.
    """

    @initialize(place=st.just(None))
    def install(self, place: None) -> None:
        self.root = tempfile.TemporaryDirectory()
        self.kiosk = Kiosk(Path(self.root.name))
        self.machine = Machine()
        self.judge = judge_of(self.kiosk, self.machine)
        self.good = "0.1.0"
        self.numbers = count(2)
        self.boots = count(1)
        self.well_since: float | None = None

    def teardown(self) -> None:
        self.root.cleanup()

    @property
    def tried(self) -> Trial | None:
        return self.kiosk.state.trial

    @precondition(lambda self: self.tried is None)
    @rule(cut=st.integers(0, 2))
    def apply(self, cut: int) -> None:
        """The power may be cut before the link is switched."""
        version = f"0.{next(self.numbers)}.0"
        self.kiosk.put(version)
        self.well_since = None
        wanted = Trial(version, self.kiosk.starts, working=PARTS)
        with trial.held(self.kiosk.home):
            if cut == 0:
                trial.write_state(self.kiosk.home, self.kiosk.state._replace(trial=wanted, outcome=None))
            else:
                trial.begin(self.kiosk.home, wanted)

    @rule()
    def start(self) -> None:
        self.well_since = None
        self.kiosk.places.health.unlink(missing_ok=True)
        trial.start(self.kiosk.home, self.machine.clock)
        self._note()

    @rule()
    def reboot(self) -> None:
        self.machine.boot, self.machine.now = f"boot {next(self.boots)}", 0.0
        self.judge = judge_of(self.kiosk, self.machine)
        self.start()

    @rule(seconds=st.sampled_from([1, 29, 59, 60, 150, 301]))
    def wait(self, seconds: int) -> None:
        self.machine.now += seconds

    @rule(well=st.booleans())
    def say(self, well: bool) -> None:
        working = PARTS if well else ("ledger",)
        self.kiosk.say_health(self.kiosk.starts, *working)
        self.well_since = (self.machine.now if self.well_since is None else self.well_since) if well else None

    @rule()
    def look(self) -> None:
        self.judge.look()
        self._note()

    @rule(seconds=st.sampled_from([0, 30, 59, 60, 61]))
    def serves(self, seconds: int) -> None:
        """It is well for some seconds, and looked at before and after."""
        self.say(well=True)
        self.look()
        self.wait(seconds)
        self.look()

    @precondition(lambda self: self.tried is not None)
    @rule(written=st.integers(0, 2))
    def is_cut_while_it_goes_back(self, written: int) -> None:
        """The power is cut after the first or the second write of going back; the next start ends it."""
        tried = self.tried
        assert tried is not None
        if trial.current(self.kiosk.home) != tried.version:
            return
        trial.write_state(self.kiosk.home, self.kiosk.state._replace(trial=tried._replace(going_back="by hand")))
        if written:
            trial.switch(self.kiosk.home, tried.back_to)
        self.start()
        assert self.kiosk.starts == tried.back_to

    def _note(self) -> None:
        outcome = self.kiosk.state.outcome
        if self.tried is None and outcome is not None and outcome.kept:
            if outcome.version != self.good:
                assert self.well_since is not None
                assert self.machine.now - self.well_since >= 60
            self.good = outcome.version

    @invariant()
    def one_version_starts_and_it_is_the_good_one_or_the_one_on_trial(self) -> None:
        if not hasattr(self, "kiosk"):
            return
        tried = self.tried
        if tried is None:
            assert self.kiosk.starts == self.good
        else:
            assert self.kiosk.starts in {self.good, tried.version}
            assert tried.back_to == self.good
            assert tried.starts <= trial.MOST_STARTS


TestTrials = Trials.TestCase
TestTrials.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_great_many_orders_of_events_end_in_one_good_version() -> None:
    run_state_machine_as_test(Trials, settings=settings(max_examples=200, stateful_step_count=40, deadline=None))
