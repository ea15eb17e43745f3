"""An update is killed at any call that changes something: one whole version starts, and all can be done again."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from kiosk.updates import trial
from kiosk.updates.applying import apply
from kiosk.updates.settling import APPLYING, settle
from kiosk.updates.trial import Clock
from tests.strace import KILLED, Call, Program, calls_of
from tests.updates import applier
from tests.updates.rig import WANTED, Kiosk, PlainInstaller, bundle_file
from tests.updates.supervisor import until

CLOCK = Clock(lambda: "a later run", lambda: 10.0)

LEAST_CALLS = {"apply": 50, "keep": 4, "back": 8, "settle": 20}
"""Of each deed: one that makes fewer has not been followed."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(applier.main, tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle_file(tmp_path_factory.mktemp("releases"))


def before(what: str, root: Path, bundle: Path) -> Kiosk:
    """A kiosk at which something is about to be done: 0.1.0 serves, or 0.2.0 is on trial, or was kept."""
    kiosk = Kiosk(root)
    kiosk.put("0.0.5")
    kiosk.put("0.0.6")
    if what != "apply":
        apply(bundle, kiosk.places, WANTED, PlainInstaller(), kiosk.record_on_disk, lambda _: None)
    if what == "settle":
        with trial.held(kiosk.home):
            trial.keep(kiosk.home, "healthy for 60 s")
    return kiosk


def calls_that_write(program: Program, what: str, template: Path, bundle: Path, place: Path) -> list[Call]:
    """All of them but those on the bundle's copy, a file without a name that is gone with the process."""
    copytree(template, place, symlinks=True)
    steps = calls_of(program.steps([str(place), what, str(bundle)], place))
    calls = [call for call in steps if call.writes and "#" not in call.path]
    assert len(calls) >= LEAST_CALLS[what], calls
    return calls


def killed(
    program: Program, what: str, bundle: Path, tmp_path: Path, calls: Sequence[Call] | None = None
) -> Iterator[tuple[Call, Kiosk]]:
    """The kiosk as it was left by a kill at each of the calls, or at every one."""
    template = tmp_path / "template"
    before(what, template, bundle)
    for number, call in enumerate(calls or calls_that_write(program, what, template, bundle, tmp_path / "all")):
        root = tmp_path / f"{number}"
        copytree(template, root, symlinks=True)
        done = program.run_with("signal=SIGKILL", call, [str(root), what, str(bundle)], root)
        assert done.code == KILLED, f"expected a kill at {call}, got exit {done.code}: {done.trouble}"
        yield call, Kiosk.found(root)
        rmtree(root)


def assert_survived(what: str, call: Call, kiosk: Kiosk, bundle: Path) -> None:
    """One whole version starts at once and after the machine's next start; and everything can be done again."""
    starts, state = kiosk.starts, trial.read_state(kiosk.home)
    assert starts in {"0.1.0", "0.2.0"}, call
    if starts == "0.2.0" and what != "settle":
        kept = state.outcome is not None and state.outcome.kept
        assert state.trial is not None or kept, f"{call}: a version that starts was tried or is on trial"
        assert "update-applied" in kiosk.recorded, call
    trial.start(kiosk.home, CLOCK)
    after = trial.read_state(kiosk.home)
    if what == "apply":
        assert kiosk.starts == starts, call
    if what == "back" and state.trial is None:
        assert kiosk.starts == "0.1.0", call
    if after.trial is not None:
        assert kiosk.starts == after.trial.version, call
        for _ in range(trial.MOST_STARTS):
            trial.start(kiosk.home, CLOCK)
        assert kiosk.starts == "0.1.0", f"{call}: it is gone back from when nobody finds it healthy"
    settle(kiosk.places, kiosk.record_on_disk)
    if kiosk.starts == "0.1.0":
        apply(bundle, kiosk.places, WANTED, PlainInstaller(), kiosk.record_on_disk, lambda _: None)
        assert kiosk.starts == "0.2.0", call
    assert not list(kiosk.places.versions.glob("*.partial")), call


def telling(calls: Sequence[Call]) -> list[Call]:
    """What makes the difference: each rename, and what comes right before and after it."""
    renames = [at for at, call in enumerate(calls) if call.name.startswith("rename")]
    return [calls[at] for at in sorted({near for at in renames for near in (at, at + 1) if near < len(calls)})]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", ["apply", "back"])
def test_an_update_killed_around_each_rename_leaves_one_whole_version(
    program: Program, bundle: Path, tmp_path: Path, what: str
) -> None:
    template = tmp_path / "template before"
    before(what, template, bundle)
    calls = telling(calls_that_write(program, what, template, bundle, tmp_path / "found"))
    assert len(calls) >= 6
    for call, kiosk in killed(program, what, bundle, tmp_path, calls):
        assert_survived(what, call, kiosk, bundle)


def test_nobody_begins_anew_while_a_step_of_a_killed_update_goes_on(bundle: Path, tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path / "root")
    command = [sys.executable, "-m", "tests.updates.applier", str(kiosk.root), "stall", str(bundle)]
    with subprocess.Popen(command) as process:
        until("the step to begin", (kiosk.home / "step").exists)
        process.kill()
    step = int((kiosk.home / "step").read_text())
    with (kiosk.home / "update" / APPLYING).open("r+") as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(step, signal.SIGKILL)
        fcntl.flock(lock, fcntl.LOCK_EX)
    apply(bundle, kiosk.places, WANTED, PlainInstaller(), kiosk.record_on_disk, lambda _: None)
    assert kiosk.starts == "0.2.0"


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("what", ["apply", "keep", "back", "settle"])
def test_an_update_killed_at_any_call_leaves_one_whole_version(
    program: Program, bundle: Path, tmp_path: Path, what: str
) -> None:
    for call, kiosk in killed(program, what, bundle, tmp_path):
        assert_survived(what, call, kiosk, bundle)
