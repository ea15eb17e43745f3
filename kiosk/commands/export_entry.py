"""Recording an export in the ledger: who writes an entry reads the clock, and needs the ledger for itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

KIND: Final = "exported"
"""Kind of the entry that says what left the kiosk as a file: which entries, under which checkpoint, and its digest."""


def record_export(data: Path, body: Mapping[str, Any]) -> int:
    """Writes the entry that an export was made.

    This is the one place where an export's entry goes to the ledger. A running kiosk holds the ledger; what hands it an
    entry from outside belongs here, before the ledger is opened.

    Args:
        data: The data folder.
        body: What the entry says.

    Returns:
        The entry's number.

    Raises:
        LedgerHeld: The kiosk runs, or another command writes.
        LedgerError: The ledger takes no entry: nothing was recorded.
        OSError: The disk refuses, or the ledger is not this user's to write.
    """
    from kiosk.commands.key import stamp_now
    from kiosk.ledger.ledger import Ledger

    with Ledger.open(data / "ledger", stamp_now, in_background=False) as ledger:
        return ledger.append(KIND, stamp_now(), body).seq
