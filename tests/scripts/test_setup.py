"""scripts/setup: what it installs, when, and what it says when it may not."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.scripts.bare_machine import DEBIAN_TOOLS, RUN_LIMIT_S, STAND_IN_APT, STAND_IN_SUDO, BareMachine
from tests.tools import require_tool

ROOT = Path(__file__).parents[2]
SCRIPTS = [
    "scripts/setup",
    "scripts/micropython",
    "scripts/promtool",
    "scripts/demo",
    "scripts/test",
    "scripts/bench",
    "scripts/lock",
    ".ci/run",
]


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
    assert "expected one of: kiosk, reader, test; got: everything" in run.stderr


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
