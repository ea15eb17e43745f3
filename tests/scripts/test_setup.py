"""scripts/setup: what it installs, when, and what it says when it may not."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests.tools import require_tool

ROOT = Path(__file__).parents[2]
SCRIPTS = ["scripts/setup", "scripts/demo", "scripts/test", "scripts/bench", "scripts/lock", ".ci/run"]

RUN_LIMIT_S = 30
"""Seconds for one call of a script against stand-ins, which takes tenths of a second."""

NOBODY = 65534
"""A user without rights, on every Debian."""

BASICS = ["bash", "cat", "dirname", "env", "flock", "readlink", "rm", "sh", "sha256sum"]
"""What every Debian has at its barest and scripts/setup uses."""

DEBIAN_TOOLS = ["pdftoppm", "shellcheck", "strace", "tmux", "zbarimg", "zint"]

STAND_IN_PYTHON = """#!/bin/sh
# Makes "environments" that hold this very file, and notes what pip is asked for.
case "$1 $2" in
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") echo "$@" >>"{log}"; test ! -e "{broken}" ;;
"-c "*) echo "$0" ;;
esac
"""

STAND_IN_APT = """#!/bin/sh
echo "$@" >>"{log}"
for word in "$@"; do case "$word" in zint) cp "{tool}" "{bin}/zint" ;; esac; done
"""

STAND_IN_SUDO = """#!/bin/sh
shift
{answer}
"""


class BareMachine(Struct, frozen=True):
    """A copy of the project on a machine that has the basics, a Python, and nothing else.

    Attributes:
        root: The project.
        bin: The only folder on PATH.
        log: What the stand-ins of pip and apt-get were asked, a line a call.
        broken: While this file is there, pip fails.
    """

    root: Path
    bin: Path
    log: Path
    broken: Path

    def put(self, name: str, text: str) -> None:
        (self.bin / name).write_text(
            text.format(log=self.log, broken=self.broken, bin=self.bin, tool=self.bin / "true")
        )
        (self.bin / name).chmod(0o755)

    def setup(self, scope: str) -> subprocess.CompletedProcess[str]:
        """Run scripts/setup as a user without rights."""
        command = ["scripts/setup", scope]
        if os.geteuid() == 0:
            command = [essential("setpriv"), f"--reuid={NOBODY}", "--clear-groups", *command]
        return subprocess.run(
            command,
            cwd=self.root,
            env={"PATH": str(self.bin)},
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )

    def asked(self) -> list[str]:
        """Take what was noted since the last look."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines


def essential(name: str) -> str:
    """Find a program that no Debian is without."""
    found = shutil.which(name)
    assert found is not None, f"expected {name} on PATH, found none: it belongs to every Debian"
    return found


@pytest.fixture
def machine() -> Iterator[BareMachine]:
    with tempfile.TemporaryDirectory(prefix="bare machine ") as folder:  # with a space, as people name folders
        place = Path(folder)
        bare = BareMachine(place / "sealgate", place / "bin", place / "log", place / "broken")
        bare.bin.mkdir()
        (bare.root / "scripts").mkdir(parents=True)
        for file in ("scripts/setup", "scripts/debian-packages.txt", "pyproject.toml"):
            shutil.copy(ROOT / file, bare.root / file)
        shutil.copytree(ROOT / "scripts/locks", bare.root / "scripts/locks")
        for name in [*BASICS, "cp", "mkdir", "true", "test"]:
            (bare.bin / name).symlink_to(essential(name))
        for name in DEBIAN_TOOLS:
            (bare.bin / name).symlink_to(essential("true"))
        bare.put("python3.12", STAND_IN_PYTHON)
        bare.log.touch()
        for path in [place, *place.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o777)
        yield bare


def installs(machine: BareMachine) -> list[str]:
    """What pip was asked to install: the locks' names, or `project`."""
    return ["project" if "--editable" in line else Path(line.split()[-1]).stem for line in machine.asked()]


def test_the_first_run_installs_the_lock_with_its_hashes_and_then_the_project(machine: BareMachine) -> None:
    run = machine.setup("kiosk")
    assert run.returncode == 0, run.stderr
    build, kiosk, project = machine.asked()
    assert "--require-hashes" in build
    assert build.endswith("/scripts/locks/build.txt")
    assert "--require-hashes" in kiosk
    assert kiosk.endswith("/scripts/locks/kiosk.txt")
    assert "--no-deps --editable" in project
    assert run.stdout == ""


def test_a_second_run_does_nothing_and_says_nothing(machine: BareMachine) -> None:
    machine.setup("test")
    machine.asked()
    for scope in ("test", "kiosk"):
        run = machine.setup(scope)
        assert (run.returncode, run.stderr, installs(machine)) == (0, "", [])


def test_the_tests_packages_are_added_to_an_environment_that_the_demo_made(machine: BareMachine) -> None:
    machine.setup("kiosk")
    assert installs(machine) == ["build", "kiosk", "project"]
    machine.setup("test")
    assert installs(machine) == ["test"]


@pytest.mark.parametrize(
    ("file", "then"),
    [
        ("scripts/locks/kiosk.txt", ["build", "test", "project"]),
        ("scripts/locks/test.txt", ["build", "test", "project"]),
        ("pyproject.toml", ["project"]),
    ],
)
def test_a_changed_file_is_followed_by_what_it_rules(machine: BareMachine, file: str, then: list[str]) -> None:
    machine.setup("test")
    machine.asked()
    with (machine.root / file).open("a") as text:
        text.write("# changed\n")
    assert machine.setup("test").returncode == 0
    assert installs(machine) == then


def test_a_folder_that_was_moved_gets_a_new_environment(machine: BareMachine) -> None:
    machine.setup("kiosk")
    machine.asked()
    (machine.root / ".venv").rename(machine.root.parent / "kept")
    moved = machine.root.rename(machine.root.with_name("moved"))
    (machine.root.parent / "kept").rename(moved / ".venv")
    there = BareMachine(moved, machine.bin, machine.log, machine.broken)
    assert there.setup("kiosk").returncode == 0
    assert installs(there) == ["build", "kiosk", "project"]


def test_a_set_up_that_failed_says_so_and_is_done_again_from_the_start(machine: BareMachine) -> None:
    machine.broken.touch()
    run = machine.setup("kiosk")
    assert run.returncode == 1
    assert "expected pip to install" in run.stderr
    machine.broken.unlink()
    machine.asked()
    assert machine.setup("kiosk").returncode == 0
    assert installs(machine) == ["build", "kiosk", "project"]


def test_a_python_that_is_there_and_does_not_work_is_passed_over(machine: BareMachine) -> None:
    machine.put("python3.13", "#!/bin/sh\nexit 127\n")
    run = machine.setup("kiosk")
    assert run.returncode == 0
    assert f"making .venv with {machine.bin}/python3.12" in run.stderr


def test_without_sudo_the_command_for_the_administrator_is_printed(machine: BareMachine) -> None:
    machine.put("apt-get", STAND_IN_APT)
    (machine.bin / "zint").unlink()
    run = machine.setup("test")
    assert run.returncode == 3
    assert "su -c 'apt-get update && apt-get install -y --no-install-recommends zint'" in run.stderr
    assert machine.asked() == []


def test_with_sudo_that_asks_for_a_password_the_command_to_type_is_printed(machine: BareMachine) -> None:
    machine.put("apt-get", STAND_IN_APT)
    machine.put("sudo", STAND_IN_SUDO.format(answer="exit 1"))
    (machine.bin / "python3.12").unlink()
    run = machine.setup("kiosk")
    assert run.returncode == 3
    assert "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends python3-venv'" in run.stderr
    assert machine.asked() == []


def test_with_sudo_that_asks_for_nothing_the_missing_packages_are_installed(machine: BareMachine) -> None:
    machine.put("apt-get", STAND_IN_APT)
    machine.put("sudo", STAND_IN_SUDO.format(answer='exec "$@"'))
    (machine.bin / "zint").unlink()
    run = machine.setup("test")
    assert run.returncode == 0, run.stderr
    update, install, *_ = machine.asked()
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends zint")


def test_what_apt_get_did_not_bring_is_named(machine: BareMachine) -> None:
    machine.put("apt-get", STAND_IN_APT)
    machine.put("sudo", STAND_IN_SUDO.format(answer='exec "$@"'))
    (machine.bin / "tmux").unlink()
    run = machine.setup("test")
    assert run.returncode == 3
    assert "expected a working tmux after installing it, found none" in run.stderr


def test_the_demo_needs_no_tool_of_the_tests(machine: BareMachine) -> None:
    for name in DEBIAN_TOOLS:
        (machine.bin / name).unlink()
    assert machine.setup("kiosk").returncode == 0


def test_a_wrong_scope_is_wrong_use(machine: BareMachine) -> None:
    run = machine.setup("everything")
    assert run.returncode == 2
    assert "expected one of: kiosk, test; got: everything" in run.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_executable_and_shellcheck_finds_nothing(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    shellcheck = require_tool("shellcheck", package="shellcheck")
    run = subprocess.run(
        [shellcheck, "--external-sources", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )
    assert run.stdout == ""
    assert run.returncode == 0


def test_no_script_names_a_place_to_fetch_from() -> None:
    for script in SCRIPTS:
        assert "://" not in (ROOT / script).read_text(), script
