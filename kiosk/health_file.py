"""How the kiosk is, as a file for other programs of the machine: which parts work, and whether somebody is served.

Under systemd it is ``health.json`` in the service's runtime folder, in memory, gone when the service ends. An update is
judged by it (`kiosk.updates.trial`), and does not restart a gate at which somebody stands.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from kiosk.console import messages as msg

HEALTH_NAME: Final = "health.json"

RUNTIME_DIRECTORY: Final = "RUNTIME_DIRECTORY"
"""Where systemd says that folder (systemd.exec(5))."""

Tell = Callable[[msg.Told], None]


class HealthFile:
    """Writes the file whenever what it says changes; a disk that refuses is no reason for the gate to stop.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._prefix = os.path.realpath(sys.prefix)  # by now: what a link leads to may be another version later
        self._parts: dict[str, str] = {}
        self._serving = False
        self._said = b""

    def take(self, told: msg.Told) -> None:
        """Take what a screen is told, from the station's thread."""
        if isinstance(told, msg.Health):
            self._parts = {each.part.value: each.condition.value for each in told.parts}
        elif isinstance(told, msg.Show):
            self._serving = not isinstance(told.display, msg.Attract | msg.OutOfService)
        else:
            return
        said = {"prefix": self._prefix, "pid": os.getpid(), "parts": self._parts, "serving": self._serving}
        self._write(json.dumps(said).encode() + b"\n")

    def _write(self, data: bytes) -> None:
        if data == self._said:
            return
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            beside.write_bytes(data)
            beside.replace(self._path)
        except OSError as fault:
            import structlog

            structlog.get_logger("station").warning("the health file is not written", fault=str(fault))
        self._said = data


def noting_health(tell: Tell, environment: Mapping[str, str] = os.environ) -> Tell:
    """Whoever is told, with a health file beside where the service has a folder for it."""
    folder = environment.get(RUNTIME_DIRECTORY, "").partition(":")[0]
    if not folder:
        return tell
    file = HealthFile(Path(folder) / HEALTH_NAME)

    def noting(told: msg.Told) -> None:
        tell(told)
        file.take(told)

    return noting
