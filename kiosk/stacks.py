"""Where every thread was when the kiosk was killed from within or by its watchdog: written down for the engineer.

systemd ends a kiosk that does not say that it is alive with SIGABRT (systemd.service(5), WatchdogSignal); Python's
faulthandler then writes what each thread was at, and so it does for faults of native code.
"""

import faulthandler
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 1_000_000
"""Bytes from which the file is begun anew at the next start: some hundred such ends."""


def keep_stacks(path: Path) -> None:
    """Have them appended to a file from now on; faulthandler keeps it open.

    Raises:
        OSError: when the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    long = path.exists() and path.stat().st_size > MOST_BYTES
    faulthandler.enable(path.open("w" if long else "a", encoding="utf-8"))
