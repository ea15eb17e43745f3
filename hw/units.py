"""What systemd says of its units, and of itself."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hw.errors import DeviceFault

RUNNING: Final = Path("run/systemd/system")
"""Is there, below the root, where systemd is the service manager (sd_booted(3))."""

PATIENCE_S: Final = 5.0
"""Seconds for an answer, which takes some ten milliseconds."""

Ask = Callable[[Sequence[str]], str]
"""Runs systemctl with these words; returns what it prints.

Raises:
    DeviceFault: it does not answer.
"""


def systemctl(words: Sequence[str]) -> str:
    """Ask systemctl.

    Raises:
        DeviceFault: It is not there, fails, or does not answer within PATIENCE_S.
    """
    command = ("systemctl", "--no-pager", "--timestamp=unix", *words)
    try:
        done = subprocess.run(  # noqa: S603 - words of our own
            command, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _fault(str(error)) from error
    if done.returncode != 0:
        raise _fault(done.stderr.strip().partition("\n")[0] or f"exit code {done.returncode}")
    return done.stdout


def properties(unit: str, names: Sequence[str], ask: Ask = systemctl) -> Mapping[str, str]:
    """Properties of a unit (systemctl(1), show); of one that is not there too.

    Args:
        unit: Its name; empty for the manager itself.
        names: Of the properties.
        ask: Asks systemctl.

    Raises:
        DeviceFault: It does not answer.
    """
    words = ["show", f"--property={','.join(names)}", *([unit] if unit else [])]
    said = dict.fromkeys(names, "")
    for line in ask(words).splitlines():
        name, _, value = line.partition("=")
        if name in said:
            said[name] = value
    return said


def moment(said: str) -> datetime | None:
    """A time as systemctl says it with --timestamp=unix, such as ``@1700000000``; None for one that never was."""
    if not said.startswith("@"):
        return None
    try:
        return datetime.fromtimestamp(int(said[1:]), UTC)
    except ValueError:
        return None


def _fault(got: str) -> DeviceFault:
    return DeviceFault(
        "systemd", expected="systemctl to answer", got=got, mend="run 'systemctl status', and see to what it says"
    )
