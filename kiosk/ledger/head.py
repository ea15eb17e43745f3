"""The head file: how many entries the journal had, and the last one's digest.

It is the cheap witness beside the journal. It is written once an entry is durable, in place, without a sync of its own,
so it may lag behind the journal, but it is never ahead. Of entries that follow one another within a quarter of a second
not each is noted: the last of them is, at the next look. A journal that is shorter than
its head, or whose entry of that number has another digest, was altered. Whoever alters journal and head alike is
found only by a signed checkpoint that has left the machine.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

from msgspec import Struct

from kiosk.durable import write_all, write_file
from kiosk.ledger.canonical import encode_plain
from kiosk.ledger.entry import canonical_again, is_digest
from kiosk.ledger.errors import EntryMalformed
from kiosk.ledger.strict import strict_json

HEAD_NAME: Final = "head.json"

HEAD_BYTES: Final = 256
"""Fixed length, padded with spaces: one write inside one 512-byte sector, which disks write whole or not at all."""


class Head(Struct, frozen=True):
    """Where a ledger stands.

    Attributes:
        ledger: The id that the ledger got when it was made.
        count: How many entries it has.
        digest: Digest of the last one, in hex.
    """

    ledger: str
    count: int
    digest: str

    def to_bytes(self) -> bytes:
        """The head file's content."""
        line = encode_plain({"count": self.count, "digest": self.digest, "ledger": self.ledger})
        return line.ljust(HEAD_BYTES - 1) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Head:
        """Reads a head file's content.

        Raises:
            EntryMalformed: It is not exactly what `to_bytes` writes.
        """
        fields: Any = strict_json(data.rstrip(b" \n"))
        if not isinstance(fields, dict) or fields.keys() != {"ledger", "count", "digest"}:
            raise EntryMalformed(expected="ledger, count and digest", got="other fields")
        if type(fields["count"]) is not int or not isinstance(fields["ledger"], str) or not is_digest(fields["digest"]):
            raise EntryMalformed(expected="an id, a count and a digest", got=canonical_again(fields).decode())
        head = cls(fields["ledger"], fields["count"], fields["digest"])
        if head.to_bytes() != data:
            raise EntryMalformed(expected=f"{HEAD_BYTES} bytes of canonical JSON", got=f"{len(data)} other bytes")
        return head


def read_head(folder: Path) -> tuple[Head | None, str]:
    """The head of a ledger; without one, None and the reason: ``missing`` or ``unreadable``."""
    try:
        return Head.from_bytes((folder / HEAD_NAME).read_bytes()), ""
    except FileNotFoundError:
        return None, "missing"
    except (OSError, EntryMalformed):
        return None, "unreadable"


NOTE_EVERY_S: Final = 0.25
"""Seconds that pass at least between two notes: what an entry costs is to be the disk's one write."""


class HeadFile:
    """The head file of the ledger that this process holds."""

    __slots__ = ("_handle", "_noted_at", "_owed")

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._noted_at = -NOTE_EVERY_S
        self._owed: Head | None = None

    @classmethod
    def put(cls, folder: Path, head: Head) -> HeadFile:
        """Writes the file durably and keeps it open for `note`.

        Raises:
            OSError: The disk did not take it.
        """
        write_file(folder / HEAD_NAME, head.to_bytes())
        return cls(os.open(folder / HEAD_NAME, os.O_WRONLY))

    def note(self, head: Head) -> None:
        """Notes where the ledger stands, without waiting for the disk: now, or at the next look.

        A disk error here is not the entry's: that is durable already, and a head that lags is allowed.
        """
        self._owed = head
        now = monotonic()
        if now - self._noted_at >= NOTE_EVERY_S:
            self._noted_at = now
            self.look()

    def look(self) -> None:
        """Notes what is owed."""
        if self._owed is not None:
            with suppress(OSError):
                write_all(self._handle, self._owed.to_bytes(), 0)
            self._owed = None

    def close(self) -> None:
        """Makes the last note durable and closes the file."""
        try:
            self.look()
            with suppress(OSError):
                os.fdatasync(self._handle)
        finally:
            os.close(self._handle)
