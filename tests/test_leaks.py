"""The look-out of conftest.py does see what a test leaves behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SHORTER_GRACE = """
import tests.conftest
import tests.leaks

tests.conftest.GRACE_S = tests.leaks.GRACE_S = 0.2
"""

# The inner children end by themselves within a second: this process adopts them, and is looked at in its turn.
RUN_LIMIT_S = 40
"""Seconds for an inner run of pytest: it takes one or two."""


def outcome_of(tmp_path: Path, test: str) -> str:
    """Run one test file under the project's own conftest and return what pytest printed."""
    (tmp_path / "conftest.py").write_text(SHORTER_GRACE)
    (tmp_path / "test_inner.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    command += ["-p", "tests.conftest", "-p", "no:cacheprovider", str(tmp_path / "test_inner.py")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False
    )
    return run.stdout + run.stderr


@pytest.mark.parametrize(
    ("leak", "named"),
    [
        (
            "threading.Thread(target=threading.Event().wait, name='reader-2', daemon=True).start()",
            "reader-2",
        ),
        ("kept.append(os.pipe())", "open file"),
        ("kept.append(os.posix_spawnp('sleep', ['sleep', '1'], {}))", "child process"),
        ("subprocess.run(['sh', '-c', 'sleep 1 & exit 0'], check=True)", "child process"),
        ("os.nice(1)", "niceness = "),
        ("os.chdir('/')", "working directory = /"),
        ("structlog.configure(logger_factory=structlog.PrintLoggerFactory())", "structlog's logger factory"),
    ],
    ids=[
        "a thread",
        "an open pipe",
        "a child process",
        "a daemon whose parent has ended",
        "another priority",
        "another working directory",
        "where it logs",
    ],
)
def test_a_test_that_leaves_something_behind_fails_and_names_it(tmp_path: Path, leak: str, named: str) -> None:
    printed = outcome_of(
        tmp_path,
        f"import os, structlog, subprocess, threading\nkept = []\ndef test_leaks():\n    {leak}\n",
    )
    assert "1 passed, 1 error" in printed, printed
    assert "left behind: " in printed
    assert named in printed


def test_an_asynchronous_test_that_leaves_a_task_pending_fails_and_names_it(tmp_path: Path) -> None:
    printed = outcome_of(
        tmp_path,
        "import asyncio\nasync def test_leaks():\n    global kept\n"
        "    kept = asyncio.create_task(asyncio.Event().wait(), name='poll loops')\n    await asyncio.sleep(0)\n",
    )
    assert "1 passed, 1 error" in printed, printed
    assert "still pending: poll loops" in printed


def test_a_test_that_ends_what_it_starts_passes(tmp_path: Path) -> None:
    printed = outcome_of(
        tmp_path,
        """
import asyncio, os, subprocess, threading
from hypothesis import given, strategies

def test_tidy():
    thread = threading.Thread(target=threading.Event().wait, args=(0.05,))
    thread.start()
    for end in os.pipe():
        os.close(end)
    subprocess.run(["true"], check=True)

async def test_tidy_tasks():
    await asyncio.create_task(asyncio.sleep(0))

@given(strategies.integers())
def test_tidy_property(number):
    assert number == number
""",
    )
    assert "3 passed" in printed, printed
    assert "error" not in printed
