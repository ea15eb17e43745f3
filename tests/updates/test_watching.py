"""Real processes: a kiosk that is restarted with a new version, judged, and gone back from by itself."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.updates import trial
from kiosk.updates.applying import Wanted, apply
from kiosk.updates.back import go_back
from kiosk.updates.manifest import Manifest
from kiosk.updates.places import Places
from tests.updates.rig import Kiosk, bundle_file, put_units
from tests.updates.supervisor import Supervisor, until

SOON = Wanted("machine:root", trial_s=30.0, settle_s=0.3)
"""A trial that ends as soon as the version is healthy; on a busy machine a start may take seconds."""

SHORT = Wanted("machine:root", trial_s=2.0, settle_s=0.3)
"""One that ends by its time."""

PROGRAM = """#!{python} -IS
import json, os, pathlib, signal, sys
own = pathlib.Path(__file__).resolve().parents[1]
root = own.parents[2]
if sys.argv[1:3] == ["update", "settle"]:
    with open(root / "settled", "a") as file:
        file.write(own.name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
parts = {{"ledger": "working", "gate": "working", "scanner": "working", "reader": "lost"}}
how = {how!r}
if how == "crashes":
    sys.exit(3)
if how == "serves with its ledger alone":
    parts = {{"ledger": "working"}}
if how == "limps":
    parts["scanner"] = "lost"
if how != "is silent":
    file = pathlib.Path(os.environ["RUNTIME_DIRECTORY"]) / "health.json"
    file.write_text(json.dumps({{"prefix": str(own), "pid": os.getpid(), "parts": parts, "serving": False}}))
if how == "crashes after a while":
    signal.setitimer(signal.ITIMER_REAL, 0.15)
    signal.signal(signal.SIGALRM, lambda *_: os.abort())
while True:
    signal.pause()
"""


def put_program(folder: Path, how: str) -> None:
    (folder / "bin").mkdir(parents=True)
    script = folder / "bin/sealgate"
    script.write_text(PROGRAM.format(python=sys.executable, how=how))
    script.chmod(0o755)
    put_units(folder, folder.name.removesuffix(".partial"))
    (folder / "complete").touch()


class Programs:
    """Installs a version that behaves in some way."""

    def __init__(self, how: str) -> None:
        self._how = how

    def install(self, places: Places, folder: Path, manifest: Manifest) -> None:
        put_program(folder, self._how)


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    kiosk = Kiosk(tmp_path / "root", "0.0.1")
    put_program(kiosk.places.version("0.1.0"), "serves")
    trial.switch(kiosk.home, "0.1.0")
    return kiosk


@pytest.fixture
def manager(kiosk: Kiosk) -> Iterator[Supervisor]:
    with Supervisor(kiosk) as manager:
        kiosk.places = replace(kiosk.places, systemctl=str(manager.systemctl))
        manager.start()
        until("the kiosk to say how it is", lambda: serves(kiosk, "0.1.0"))
        yield manager


def serves(kiosk: Kiosk, version: str) -> bool:
    health = trial.read_health(kiosk.places.health)
    return health is not None and health.version == version


def ended(kiosk: Kiosk) -> trial.Outcome:
    """How the trial ended, once it has."""
    until("the trial to end", lambda: kiosk.state.trial is None)
    outcome = kiosk.state.outcome
    assert outcome is not None
    return outcome


def settled(kiosk: Kiosk) -> list[str]:
    """The versions that were asked to settle, once one was."""
    until("the outcome to be settled", (kiosk.root / "settled").exists)
    return (kiosk.root / "settled").read_text().split()


def test_a_version_that_serves_as_the_one_before_is_kept(kiosk: Kiosk, manager: Supervisor, tmp_path: Path) -> None:
    apply(bundle_file(tmp_path), kiosk.places, SOON, Programs("serves"), kiosk.record, print)
    assert kiosk.state.trial is None or kiosk.state.trial.working == ("gate", "ledger", "scanner")
    assert ended(kiosk) == trial.Outcome("0.2.0", "0.1.0", kept=True, why="healthy for 0.3 s")
    assert serves(kiosk, "0.2.0")
    assert (kiosk.places.units / "sealgate-kiosk.service").read_text() == "# 0.2.0\n"
    assert settled(kiosk) == ["0.2.0"]
    assert manager.started == ["0.1.0", "0.2.0"]
    assert manager.asked == [
        ["daemon-reload"],
        ["restart", "--no-block", "sealgate-kiosk.service"],
        ["restart", "--no-block", "sealgate-update.service"],
    ]


@pytest.mark.parametrize(
    ("how", "wanted", "why"),
    [
        ("crashes", SOON, "it was started 3 times and did not stay healthy for 0.3 s"),
        ("crashes after a while", SOON, "it was started 3 times and did not stay healthy for 0.3 s"),
        ("is silent", SHORT, "it was not healthy within 2 s: it did not say how it is"),
        ("limps", SHORT, "it was not healthy within 2 s: out of service: scanner"),
    ],
)
def test_a_version_that_does_not_is_gone_back_from_without_anybody(
    kiosk: Kiosk, manager: Supervisor, tmp_path: Path, how: str, wanted: Wanted, why: str
) -> None:
    apply(bundle_file(tmp_path), kiosk.places, wanted, Programs(how), kiosk.record, print)
    assert ended(kiosk) == trial.Outcome("0.2.0", "0.1.0", kept=False, why=why)
    until("the old version to serve", lambda: serves(kiosk, "0.1.0"))
    assert settled(kiosk) == ["0.1.0"]
    assert (kiosk.places.units / "sealgate-kiosk.service").read_text() == "# 0.1.0\n"
    assert settled(kiosk) == ["0.1.0"]
    assert manager.started[-1] == "0.1.0"
    assert set(manager.started) == {"0.1.0", "0.2.0"}


def test_power_cuts_do_not_end_a_trial_and_a_version_on_trial_is_judged_after_them(
    kiosk: Kiosk, manager: Supervisor, tmp_path: Path
) -> None:
    patient = Wanted("machine:root", trial_s=30.0, settle_s=1.0)
    apply(bundle_file(tmp_path), kiosk.places, patient, Programs("serves"), kiosk.record, print)
    until("the new version to serve", lambda: serves(kiosk, "0.2.0"))
    manager.cut_power()
    assert kiosk.state.trial is not None
    manager.start()
    manager.watch()
    assert ended(kiosk).kept
    assert manager.started == ["0.1.0", "0.2.0", "0.2.0"]


def test_going_back_by_hand_restarts_the_version_before(kiosk: Kiosk, manager: Supervisor, tmp_path: Path) -> None:
    apply(bundle_file(tmp_path), kiosk.places, SOON, Programs("serves"), kiosk.record, print)
    assert ended(kiosk).kept
    go_back(kiosk.places, SOON, kiosk.record, print, "2026-11-30T08:00:00Z")
    assert ended(kiosk) == trial.Outcome("0.1.0", "0.2.0", kept=True, why="healthy for 0.3 s")
    assert serves(kiosk, "0.1.0")
