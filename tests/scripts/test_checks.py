"""scripts/test and .ci/run: every check runs, and one that fails fails the whole."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RUN_LIMIT_S = 30
"""Seconds for one call against stand-ins, which takes tenths of a second."""

STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >>"{log}"
case "$(basename "$0") $*" in {failing}*) exit 1 ;; esac
"""


TESTS = "python -m pytest -m not long and not pi --numprocesses=2 --dist=worksteal"


class Checkout:
    """A copy of the two scripts whose checks are stand-ins that note how they were called."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "log"
        for file in ("scripts/test", ".ci/run"):
            (root / file).parent.mkdir()
            shutil.copy(ROOT / file, root / file)
        (root / ".venv/bin").mkdir(parents=True)
        self.put("scripts/setup", failing="nothing")
        self.let_fail("nothing")

    def put(self, file: str, failing: str) -> None:
        (self.root / file).write_text(STAND_IN.format(log=self.log, failing=failing.replace(" ", "\\ ")))
        (self.root / file).chmod(0o755)

    def let_fail(self, failing: str) -> None:
        """Let the checks fail whose call starts so."""
        for name in ("python", "ruff", "mypy", "lint-imports"):
            self.put(f".venv/bin/{name}", failing)

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=cwd or self.root, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False
        )

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_all_checks_run_after_setting_up(checkout: Checkout) -> None:
    run = checkout.run("scripts/test")
    assert run.returncode == 0, run.stderr
    *checks, core, others = checkout.calls()
    assert checks == [
        "setup test",
        "ruff check .",
        "ruff format --check .",
        "mypy ",
        "lint-imports ",
        "mypy -p scripts",
        "python scripts/state_diagram.py --check",
        "python scripts/messages.py --check",
        "python scripts/screenshots.py --check",
    ]
    assert core.startswith(f"{TESTS} tests/core --cov=kiosk.core --cov-branch ")
    assert "--cov-fail-under=100" in core
    assert others == f"{TESTS} --ignore=tests/core"


@pytest.mark.parametrize(
    ("failing", "name"),
    [
        ("ruff check", "ruff check"),
        ("ruff format", "ruff format"),
        ("mypy", "mypy --strict"),
        ("lint-imports", "import contracts"),
        ("python scripts/state_diagram.py", "state diagram"),
        ("python scripts/messages.py", "messages"),
        ("python scripts/screenshots.py", "pictures of the screens"),
        (f"{TESTS} tests/core", "tests of the core"),
        (f"{TESTS} --ignore", "all other tests"),
    ],
)
@pytest.mark.parametrize("command", ["scripts/test", ".ci/run"])
def test_one_check_that_fails_fails_the_whole_and_the_others_still_run(
    checkout: Checkout, command: str, failing: str, name: str
) -> None:
    checkout.let_fail(failing)
    run = checkout.run(command)
    assert run.returncode == 1
    assert f"[{name}]" in run.stderr
    assert len(checkout.calls()) == 11


@pytest.mark.parametrize("command", ["scripts/test", ".ci/run"])
def test_a_set_up_that_fails_ends_the_run(checkout: Checkout, command: str) -> None:
    checkout.put("scripts/setup", failing="setup")
    assert checkout.run(command).returncode == 1
    assert checkout.calls() == ["setup test"]


def test_long_runs_all_tests_with_more_examples(checkout: Checkout) -> None:
    checkout.run("scripts/test", "--long")
    tests = checkout.calls()[-1]
    assert "--hypothesis-profile=long" in tests
    assert "-m not pi " in tests


def test_a_file_named_from_anywhere_runs_alone_and_at_once(checkout: Checkout) -> None:
    folder = checkout.root / "tests/core"
    folder.mkdir(parents=True)
    (folder / "test_x.py").touch()
    run = checkout.run("../../scripts/test", "test_x.py::test_one", "-k", "one", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert checkout.calls() == [
        "setup test",
        f"python -m pytest -m not long and not pi {folder}/test_x.py::test_one -k one",
    ]


def test_a_file_that_fails_fails_the_run(checkout: Checkout) -> None:
    checkout.let_fail("python")
    assert checkout.run("scripts/test", "tests/core").returncode == 1


def test_the_emulated_pi_is_set_up_and_its_tests_run_alone(checkout: Checkout) -> None:
    assert checkout.run("scripts/test", "--pi").returncode == 0
    assert checkout.calls() == ["setup pi", "python -m pytest -m pi --verbose tests/pi"]


def test_one_test_of_the_emulated_pi_runs_alone(checkout: Checkout) -> None:
    checkout.run("scripts/test", "--pi", "tests/pi/test_kiosk.py")
    assert checkout.calls() == ["setup pi", "python -m pytest -m pi --verbose tests/pi/test_kiosk.py"]


def test_long_tests_and_the_emulated_pi_at_once_are_wrong_use(checkout: Checkout) -> None:
    run = checkout.run("scripts/test", "--pi", "--long")
    assert run.returncode == 2
    assert "got both" in run.stderr
    assert not checkout.log.exists()
