"""One backup or restore of a data folder at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.ledger.backup_errors import BackupFailed


@contextmanager
def hold(data: Path, doing: str) -> Iterator[None]:
    """Holds a data folder (flock(2) on the folder itself), which the kernel lets go when the process ends.

    Args:
        data: The data folder.
        doing: What for: ``backup`` or ``restore``.

    Raises:
        BackupFailed: Another backup or restore is under way.
        OSError: There is no such folder.
    """
    handle = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise BackupFailed(
            f"{doing} of {data}",
            expected="to be the only backup or restore",
            got="another one under way",
            mend="wait for its end, then do it again",
        ) from None
    except BaseException:
        os.close(handle)
        raise
    try:
        yield
    finally:
        os.close(handle)
