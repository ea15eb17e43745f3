"""Which version is installed, which runs, and is it the one that the machine starts?"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from kiosk.doctor.check import Kiosk, Verdict, good, note, wrong
from kiosk.doctor.service import KIOSK_UNIT

VERSIONS: Final = Path("opt/sealgate/versions")
CURRENT: Final = Path("opt/sealgate/current")
"""Below the root: each version that is installed, and the link to the one that is started."""


class VersionCheck:
    """Looks at versions."""

    of = "version"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """What this is, what runs, and what would be started."""
        ours = version("sealgate")
        yield good(self.of, f"{ours}, on Python {platform.python_version()} and {platform.machine()}")
        said = kiosk.running.said if kiosk.running is not None else None
        if said is not None and said.version != ours:
            finding = f"the kiosk that runs is of version {said.version}, and this command of {ours}"
            yield wrong("running version", finding, f"sudo systemctl restart {KIOSK_UNIT}")
        yield from _installed(kiosk)


def _installed(kiosk: Kiosk) -> Iterator[Verdict]:
    """Of a kiosk that was installed by its script: versions beside each other, and a link to one."""
    of, versions, current = "installed versions", kiosk.machine.root / VERSIONS, kiosk.machine.root / CURRENT
    if not versions.is_dir():
        yield note(of, "it runs from where it was unpacked", "where it shall serve a gate: sudo scripts/install")
        return
    there = sorted(each.name for each in versions.iterdir() if each.is_dir())
    started = current.resolve()
    if started.parent != versions.resolve() or not started.is_dir():
        yield wrong(of, f"{current} leads to no version that is there: nothing starts", "sudo scripts/install")
    elif not kiosk.machine.prefix.resolve().is_relative_to(started):
        finding = f"{started.name} is what the machine starts, and this command is another: {kiosk.machine.prefix}"
        yield wrong(of, finding, "use /usr/local/bin/sealgate")
    else:
        others = [each for each in there if each != started.name]
        beside = f"; beside it {', '.join(others)}, to go back to" if others else ""
        yield good(of, f"{started.name} is started{beside}")
