"""How a command writes an entry: through the kiosk that runs, or into the ledger itself where none does."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kiosk.console.desk import Answer, NoKiosk, ask_to_record
from kiosk.durable import give_to_owner_of

_LOCK: Final = ".desk-lock"


@contextmanager
def one_at_a_time(data: Path) -> Iterator[None]:
    """Hold other commands that decide by what the ledger holds, and then write to it.

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


def record(data: Path, kind: str, body: Mapping[str, Any]) -> Answer:
    """Write an entry.

    Args:
        data: The data folder.
        kind: Of what staff and offices record; see `kiosk.console.desk.KINDS`.
        body: JSON values alone.

    Returns:
        The entry's number and digest: it is on the disk.

    Raises:
        NotRecorded: A running kiosk did not write it.
        LedgerError: The ledger did not take it.
        OSError: The data folder cannot be used.
    """
    try:
        return ask_to_record(data, kind, body)
    except NoKiosk:
        return _write(data / "ledger", kind, body)


def _write(folder: Path, kind: str, body: Mapping[str, Any]) -> Answer:
    from kiosk.commands.key import stamp_now
    from kiosk.ledger.ledger import Ledger

    with Ledger.open(folder, stamp_now) as ledger:
        entry = ledger.append(kind, stamp_now(), body)
        return Answer(entry.seq, entry.digest)
