"""Who decides by what the ledger holds, and then writes to it, holds the others that do so meanwhile."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.durable import give_to_owner_of

_LOCK: Final = ".desk-lock"


@contextmanager
def one_at_a_time(data: Path) -> Iterator[None]:
    """Hold the others: commands, and consoles of the running kiosk.

    Raises:
        OSError: The data folder is not there, or takes no file.
    """
    handle = os.open(data / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        give_to_owner_of(data, handle)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
