"""What the gatehouse folds, and what it wants written: entries of the ledger, and who acts.

Each part of the gatehouse is a book: it takes every entry in the ledger's order, heeds those of its own kinds, and can
say again what it holds (`statement`), so that a start reads one segment of the journal (`kiosk.station.muster`).
"""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from kiosk.core.effects import Json
from kiosk.core.errors import SealgateError
from kiosk.core.times import Moment


class Recorded(Struct, frozen=True):
    """An entry that the ledger holds.

    Attributes:
        seq: Its number.
        kind: Its kind.
        body: Its body: JSON values alone.
        at: When it was written.
    """

    seq: int
    kind: str
    body: Mapping[str, Any]
    at: Moment


class ToRecord(Struct, frozen=True):
    """An entry that is to be written."""

    kind: str
    body: dict[str, Json]


class Refused(SealgateError):
    """What was asked cannot be done: nothing was written."""


class Book(Protocol):
    """A part of the gatehouse, folded from entries. It reads no clock and no file."""

    def apply(self, entry: Recorded) -> None:
        """Take the next entry; entries of other kinds change nothing."""

    def statement(self) -> Json:
        """All that it holds, to be said again: a book made of it is the same book."""
