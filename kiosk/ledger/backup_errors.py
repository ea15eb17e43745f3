"""What backing up and restoring say no with, or fail with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.ledger.errors import LedgerError


class BackupRefused(LedgerError):
    """The answer is no: a backup is damaged, or contradicts the ledger, or would overwrite something."""


class BackupFailed(LedgerError):
    """The disk that holds the backup, or is to hold it, did not do what was asked. What was good there still is."""


@contextmanager
def on_own_disk(folder: Path) -> Iterator[None]:
    """Says failures of the system as failures of the ledger's own disk.

    Raises:
        BackupFailed: In place of any OSError.
    """
    try:
        yield
    except OSError as fault:
        raise BackupFailed(
            f"ledger {folder}",
            expected="its disk to give it back",
            got=f"{fault.filename or folder}: {fault.strerror or fault} (errno {fault.errno})",
            mend="see to the kiosk's own disk; the last good backup stands",
        ) from fault


@contextmanager
def on_medium(place: Path, stands: str) -> Iterator[None]:
    """Says failures of the system as failures of the backup's disk.

    Args:
        place: Where the backup is.
        stands: What is left there, for the message.

    Raises:
        BackupFailed: In place of any OSError.
    """
    try:
        yield
    except OSError as fault:
        where = f"{fault.filename}: " if fault.filename and str(fault.filename) != str(place) else ""
        raise BackupFailed(
            f"backup in {place}",
            expected="its disk to take and give back what is asked",
            got=f"{where}{fault.strerror or fault} (errno {fault.errno})",
            mend=f"see to that disk (plugged in, mounted, space, wear), then do it again; {stands}",
        ) from fault
