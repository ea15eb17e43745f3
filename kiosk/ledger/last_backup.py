"""Which backup was the last good one: ``backup.json`` in the data folder, written once a backup was read back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Self

import msgspec
from msgspec import Meta, Struct

from kiosk.durable import write_file
from kiosk.ledger.errors import LedgerError

if TYPE_CHECKING:  # what makes backups is loaded when one is made
    from kiosk.ledger.backup import BackedUp

LAST_NAME: Final = "backup.json"


class LastBackup(Struct, frozen=True, forbid_unknown_fields=True):
    """The last good backup.

    Attributes:
        made: When, in UTC, by the clock of this machine.
        place: Its folder.
        ledger: The ledger's id.
        entries: How many entries it has.
        root: The Merkle root over them, in hex.
    """

    made: Annotated[datetime, Meta(tz=True)]
    place: str
    ledger: str
    entries: int
    root: str

    @classmethod
    def of(cls, done: BackedUp) -> Self:
        """What is noted of a backup that was made."""
        told = done.manifest
        return cls(datetime.fromisoformat(told.made), str(done.place.absolute()), told.ledger, told.entries, told.root)


def note_backup(data: Path, done: BackedUp) -> None:
    """Notes a backup, durably.

    Raises:
        OSError: The disk refuses: the one before is noted still.
    """
    write_file(data / LAST_NAME, msgspec.json.encode(LastBackup.of(done)) + b"\n")


def read_last_backup(data: Path) -> LastBackup | None:
    """The last good backup; None when none was made yet.

    Raises:
        LedgerError: What is noted there cannot be read.
        OSError: The disk does not give it.
    """
    path = data / LAST_NAME
    try:
        read = msgspec.json.decode(path.read_bytes(), type=LastBackup)
    except FileNotFoundError:
        return None
    except ValueError as fault:
        raise LedgerError(
            str(path),
            expected="the note of the last backup",
            got=str(fault),
            mend="make a backup: it writes it anew",
        ) from None
    return read
