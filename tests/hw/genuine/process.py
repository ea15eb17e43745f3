"""Installs a genuine library for one test, apart from the environment of the tests, and runs a process on it."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LIMIT_S = 240
"""Seconds for installing a library or running one process."""


def install(requirements: str, target: Path) -> None:
    """Put what a file of hashed requirements names into a folder of its own."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    run(
        [*command, "--target", str(target), "-r", str(HERE / requirements)],
        mend="it needs pip, gcc, python3-dev and a package index",
    )


def run(command: list[str], env: dict[str, str] | None = None, given: str = "", mend: str = "see below") -> str:
    """What a command printed; the test fails with its errors and the mend when it did not end well."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=env)
    if done.returncode:
        pytest.fail(f"{' '.join(command[:4])} ... ended with {done.returncode}; {mend}\n{done.stderr}")
    return done.stdout
