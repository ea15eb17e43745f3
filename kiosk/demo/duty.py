"""The demo's staff: they sign on and off as with ``sealgate staff``, through the kiosk if it runs."""

from collections.abc import Callable
from pathlib import Path

from kiosk.commands.recording import record
from kiosk.core.duty import SignedBy, signed_on
from kiosk.core.effects import EntryKind
from kiosk.core.parties import StaffMember

Sign = Callable[[StaffMember, bool], None]
"""Has a member of staff sign on, or off."""


def signing_in(data: Path) -> Sign:
    """How staff sign on and off at the kiosk of a data folder.

    Raises:
        NotRecorded: A running kiosk did not write it.
        LedgerError: The ledger did not take it.
        OSError: The data folder cannot be used.
    """

    def sign(who: StaffMember, on: bool) -> None:
        body = signed_on(who, SignedBy.COMMAND)
        if on:
            record(data, EntryKind.STAFF_SIGNED_ON.value, body)
        else:
            record(data, EntryKind.STAFF_SIGNED_OFF.value, body | {"why": ""})

    return sign
