"""Real releases, built from this project, installed with Python's own venv and pip, and run as real processes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from shutil import copy, rmtree
from time import monotonic

import pytest
from msgspec.structs import replace

from kiosk.cli import main as sealgate
from kiosk.ledger.form import FIRST
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.verify import verify
from kiosk.updates import trial
from kiosk.updates.bundle import read_bundle
from scripts import release_bundle
from tests.ledger.conftest import ticking
from tests.updates.rig import KEY, Kiosk
from tests.updates.supervisor import Supervisor, until
from tests.updates.test_watching import put_program, serves

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "kiosk/demo/sample_site/site.toml"

BUILD_S, KIOSK_S = 300.0, 60.0
"""Seconds that an installation, and a kiosk's start, may take on a busy machine."""


class Project:
    """A copy of this project, of which releases are made."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.out = place.parent / "releases"
        self.key = place.parent / "release.key"
        self.key.write_text(f"{KEY.secret_text()}\n")
        self.key.chmod(0o600)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / name).is_file():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                copy(ROOT / name, place / name)
        self._git("init", "--quiet")

    def release(self, version: str) -> Path:
        """The bundle of a version of it, committed at a fixed time."""
        settings = self.place / "pyproject.toml"
        settings.write_text(
            "".join(
                f'version = "{version}"\n' if line.startswith("version = ") else line
                for line in settings.read_text().splitlines(keepends=True)
            )
        )
        self._git("add", "--all", "--force")
        self._git("commit", "--quiet", "--allow-empty", "-m", version)
        assert release_bundle.main(["--key", str(self.key), "--out", str(self.out), "--least", "0.1.0"]) == 0
        (bundle,) = self.out.glob(f"sealgate-{version}-*.tar")
        return bundle

    def break_the_start(self) -> None:
        """From here on a kiosk ends as soon as it starts; all of it can be imported."""
        cli = self.place / "kiosk/cli.py"
        text = cli.read_text()
        assert text.count("    site = read_site(asked.config)\n") == 1
        cli.write_text(text.replace("    site = read_site(asked.config)\n", "    raise SystemExit(3)\n"))

    def _git(self, *arguments: str) -> None:
        who = {
            f"GIT_{role}_{what}": "nobody@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        when = {f"GIT_{role}_DATE": "2026-11-30T08:00:00Z" for role in ("AUTHOR", "COMMITTER")}
        subprocess.run(["git", *arguments], cwd=self.place, check=True, env=os.environ | who | when)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("project") / "source"
        patch.setattr(release_bundle, "ROOT", place)
        yield Project(place)


@pytest.fixture(scope="module")
def bundle(project: Project) -> Path:
    return project.release("0.2.0")


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    kiosk = Kiosk(tmp_path / "root")
    rmtree(kiosk.places.version("0.1.0"))
    put_program(kiosk.places.version("0.1.0"), "serves with its ledger alone")
    copy(SAMPLE, kiosk.places.config)
    Ledger.open(kiosk.places.data / "ledger", ticking()).close()
    return kiosk


@pytest.fixture
def manager(kiosk: Kiosk) -> Iterator[Supervisor]:
    with Supervisor(kiosk) as manager:
        kiosk.places = replace(kiosk.places, systemctl=str(manager.systemctl))
        manager.start()
        until("the kiosk to say how it is", lambda: serves(kiosk, "0.1.0"))
        yield manager


def options(kiosk: Kiosk) -> list[str]:
    places = kiosk.places
    return [
        *("--home", str(places.home), "--data", str(places.data), "--config", str(places.config)),
        *("--keys", str(places.keys), "--health", str(places.health), "--units", str(places.units)),
        *("--systemctl", places.systemctl),
    ]


def update(kiosk: Kiosk, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command of the version that starts, as root types it."""
    command = [str(kiosk.home / "current/bin/sealgate"), "update", *arguments, *options(kiosk)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=BUILD_S, cwd="/")


def versions_in(kiosk: Kiosk) -> set[str]:
    return {path.name for path in kiosk.places.versions.iterdir()}


def kinds(kiosk: Kiosk) -> list[str]:
    return [entry.kind for entry in read_entries(kiosk.places.data / "ledger") if entry.kind.startswith("update-")]


def test_the_same_commit_gives_the_same_bytes(project: Project, bundle: Path, tmp_path: Path) -> None:
    assert release_bundle.main(["--key", str(project.key), "--out", str(tmp_path), "--least", "0.1.0"]) == 0
    assert (tmp_path / bundle.name).read_bytes() == bundle.read_bytes()
    with bundle.open("rb") as file:
        manifest = read_bundle(file, [KEY.verifier]).manifest
    assert (manifest.version, manifest.least, manifest.ledger.newest) == ("0.2.0", "0.1.0", FIRST)
    names = {each.path.removeprefix("wheels/").partition("-")[0] for each in manifest.wheels}
    assert {"sealgate", "nfcpy", "pydes", "cryptography", "textual", "tinydb"} <= names


def test_what_is_not_committed_is_not_released(
    project: Project, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.place / "README.md").write_text("changed")
    assert release_bundle.main(["--key", str(project.key), "--out", str(bundle.parent)]) == 3
    assert "expected nothing that is not committed, got M README.md" in capsys.readouterr().err
    subprocess.run(["git", "checkout", "--quiet", "README.md"], cwd=project.place, check=True)


def test_a_real_kiosk_is_updated_twice_and_goes_back_from_one_that_does_not_start(
    project: Project, bundle: Path, kiosk: Kiosk, manager: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = ["--settle", "3", "--within", "2"]

    # From a stub to the first real one; by this process.
    assert sealgate(["update", "check", str(bundle), *options(kiosk)]) == 0
    assert sealgate(["update", "apply", str(bundle), *quick, *options(kiosk)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0.2.0 stays: healthy for 3 s"
    until("0.2.0 to serve", lambda: serves(kiosk, "0.2.0"), patience_s=KIOSK_S)
    until("its outcome to be recorded", lambda: kinds(kiosk)[-1:] == ["update-kept"], patience_s=KIOSK_S)

    # A release that imports and does not start: by the version that was just installed, and without anybody back.
    project.break_the_start()
    bad = project.release("0.3.0")
    done = update(kiosk, "apply", str(bad), *quick)
    assert (done.returncode, done.stderr) == (1, "")
    assert "0.3.0 was gone back from, 0.2.0 starts: it was started 3 times" in done.stdout
    until("0.2.0 to serve again", lambda: serves(kiosk, "0.2.0"), patience_s=KIOSK_S)
    until("that to be recorded", lambda: kinds(kiosk)[-1:] == ["update-went-back"], patience_s=KIOSK_S)
    assert kinds(kiosk) == ["update-applied", "update-kept", "update-applied", "update-went-back"]
    assert verify(kiosk.places.data / "ledger").ok

    # What was gone back from is removed, and nothing that stays needs the folder that it was made in.
    until("0.3.0 to be removed", lambda: versions_in(kiosk) == {"0.1.0", "0.2.0"})
    script = (kiosk.places.version("0.2.0") / "bin/sealgate").read_bytes().splitlines()[0]
    assert script == f"#!{kiosk.places.version('0.2.0')}/bin/python".encode() or script.startswith(
        f"#!{kiosk.places.version('0.2.0')}/bin/python3".encode()
    )
    assert not any(path.match("*.dist-info/direct_url.json") for path in kiosk.places.version("0.2.0").rglob("*.json"))
    status = json.loads(update(kiosk, "status", "--json").stdout)
    assert (status["version"], status["trial"]) == ("0.2.0", None)
    assert (kiosk.home / "bin/sealgate-trial").read_bytes() == Path(trial.__file__).read_bytes()


def test_a_real_update_killed_at_any_time_leaves_the_version_that_runs_and_can_be_done_again(
    bundle: Path, kiosk: Kiosk
) -> None:
    command = [sys.executable, "-m", "kiosk.cli", "update", "apply", str(bundle), "--no-wait", *options(kiosk)]
    began = monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        until("it to install", kiosk.places.version("0.2.0.partial").exists, patience_s=KIOSK_S)
        process.kill()
    looking_s = monotonic() - began
    moments = Random(11)
    for _ in range(5):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                # It waits for what its predecessor's steps still do, then installs: some 10 s on the build machine.
                process.wait(looking_s + moments.uniform(0, 10))
            except subprocess.TimeoutExpired:
                process.kill()
        if kiosk.state.trial is not None:  # it came through
            break
        assert kiosk.starts == "0.1.0"
        assert trial.start(kiosk.home, trial.machine_clock()) == ""
    else:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=BUILD_S)
    assert (kiosk.starts, versions_in(kiosk)) == ("0.2.0", {"0.1.0", "0.2.0"})
    said = subprocess.run(
        [kiosk.home / "current/bin/sealgate", "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "sealgate 0.2.0\n"
