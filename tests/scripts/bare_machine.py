"""A copy of the project on a machine that has nothing but the basics, for the tests of what sets it up."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2]

RUN_LIMIT_S = 30
"""Seconds for one call of a script against stand-ins, which takes tenths of a second."""

NOBODY = 65534
"""A user without rights, on every Debian."""

BASICS = ["bash", "cat", "dirname", "cmp", "env", "flock", "readlink", "rm", "sh", "sha256sum"]
"""What every Debian has at its barest and scripts/setup uses."""

DEBIAN_TOOLS = [
    "chromedriver",
    "chromium",
    "pdftoppm",
    "shellcheck",
    "soffice",
    "strace",
    "systemd-analyze",
    "tmux",
    "zbarimg",
    "zint",
]

MICROPYTHON = "micropython"
"""The Unix port on PATH, new enough: a stand-in that succeeds in whatever it is asked."""

STAND_IN_PYTHON = """#!/bin/sh
# Makes "environments" that hold this very file, and notes what pip is asked for.
case "$1 $2" in
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") echo "$@" >>"{log}"; test ! -e "{broken}" ;;
*micropython_lib.py*) mkdir -p "$2" && cp "${{0%/.venv/*}}/scripts/locks/micropython.txt" "$2/lock.txt" ;;
*postgres_servers.py*)
    project="${{0%/.venv/*}}" && mkdir -p "$project/.postgres" &&
        cp "$project/scripts/locks/postgres/package-lock.json" "$project/.postgres/lock.json" ;;
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
        return self.run("scripts/setup", scope)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a script as a user without rights."""
        if os.geteuid() == 0:
            command = (essential("setpriv"), f"--reuid={NOBODY}", "--clear-groups", *command)
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


@contextmanager
def bare_machine() -> Iterator[BareMachine]:
    """Lay out the copy, with stand-ins for everything that would fetch something."""
    with tempfile.TemporaryDirectory(prefix="bare machine ") as folder:  # with a space, as people name folders
        place = Path(folder)
        bare = BareMachine(place / "sealgate", place / "bin", place / "log", place / "broken")
        bare.bin.mkdir()
        (bare.root / "scripts").mkdir(parents=True)
        for file in ("scripts/setup", "scripts/micropython", "scripts/debian-packages.txt", "pyproject.toml"):
            shutil.copy(ROOT / file, bare.root / file)
        shutil.copytree(ROOT / "scripts/locks", bare.root / "scripts/locks")
        for name in [*BASICS, "cp", "mkdir", "true", "test"]:
            (bare.bin / name).symlink_to(essential(name))
        for name in [*DEBIAN_TOOLS, MICROPYTHON]:
            (bare.bin / name).symlink_to(essential("true"))
        bare.put("python3.12", STAND_IN_PYTHON)
        bare.log.touch()
        for path in [place, *place.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o777)
        yield bare
