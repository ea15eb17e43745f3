"""What the ledger says of what went into the register: entries ``exported``, each with its range and checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import time
from typing import Any, Final

from msgspec import MsgspecError, Struct, json

from kiosk.commands.sync_rows import FORMAT, LedgerHistory
from kiosk.console.desk import EXPORTED
from kiosk.durable import write_file
from kiosk.ledger.attest import Signed
from kiosk.ledger.entry import FIRST_SEQ

Record = Callable[[str, Mapping[str, Any]], bool]
"""Has the kiosk write an entry of a kind with a body; whether it did."""

RECORD_S: Final = 24 * 60 * 60
"""Seconds between two entries of a ``sealgate sync``: an auditor sees on which days which entries left, and the ledger
of a busy gate grows by one entry a day."""

NAME: Final = "register.recorded"
"""In the data folder: up to which entry it is recorded that they were sent, and when. Lost, it costs one entry more."""


class Recorded(Struct, frozen=True):
    """What the ledger says so far.

    Attributes:
        register: To which register.
        last: Up to this entry it says that they were sent.
        at: When it said so, in seconds since 1970.
    """

    register: str = ""
    last: int = 0
    at: float = 0.0


class Records:
    """The entries ``exported`` of one data folder's register.

    Args:
        data: The data folder.
        register: How lines call the register.
        record: Has the kiosk write an entry; whether it did.
        now: Seconds since 1970.
    """

    def __init__(self, data: Path, register: str, record: Record, now: Callable[[], float] = time) -> None:
        self._data = data
        self._register = register
        self._record = record
        self._now = now

    def due(self) -> bool:
        """Whether it is a day since the last one, or the clock was set back."""
        return not 0 <= self._now() - self._read().at < RECORD_S

    def write(self, signed: Signed) -> bool:
        """Has the ledger say what was sent since it said so last; does nothing where that is only its saying so.

        That ends what would be without end: an entry is sent, which is an entry, which is sent.

        Args:
            signed: The checkpoint that was sent with it; all that it covers is in the register.

        Returns:
            Whether an entry was written.
        """
        last = signed.checkpoint.size
        before = self._read().last
        since = before + 1 if before <= last else FIRST_SEQ
        if since > last or not LedgerHistory(self._data / "ledger").news(since - 1):
            return False
        body = {
            "format": FORMAT,
            "since": None,
            "until": None,
            "first": since,
            "last": last,
            "entries": last + 1 - since,
            "size": last,
            "root": signed.checkpoint.root.hex(),
            "out": self._register,
        }
        written = self._record(EXPORTED, body)
        if written:
            write_file(self._data / NAME, json.encode(Recorded(self._register, last, self._now())))
        return written

    def _read(self) -> Recorded:
        try:
            found = json.decode((self._data / NAME).read_bytes(), type=Recorded)
        except (FileNotFoundError, MsgspecError):
            return Recorded()
        return found if found.register == self._register else Recorded()
