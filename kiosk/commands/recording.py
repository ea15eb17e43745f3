"""How a command writes an entry: through the kiosk that runs, or into the ledger itself where none does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.console.desk import Answer, NoKiosk, ask_to_record


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
