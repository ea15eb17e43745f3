"""A ledger on a disk that somebody else fills up to the last byte. Usage: ``python -m tests.ledger.filling FOLDER``."""

import errno
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hw.disk import disk_use
from kiosk.ledger.errors import LedgerWriteFailed
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.stamp import Clock, Stamp

AN_ENTRY = {"what": "x" * 2000}
"""As large as the record of an uplift."""

A_VISIT = 10
"""Entries that a visit has at most."""


def now() -> Stamp:
    return Stamp(datetime.now(UTC), Clock("synchronised", "boot", 1))


def fill(file: Path, *, leave: int = 0) -> None:
    """Write to a file until the disk takes no more, or has no more than so many bytes left."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for size in (1 << 18, 1 << 12, 512, 1):
            with suppress(OSError):
                while disk_use(file.parent).free - size >= leave:
                    os.write(handle, b"x" * size)
                    os.fsync(handle)
    finally:
        os.close(handle)


def append_until_refused(ledger: Ledger) -> int:
    """How many entries the ledger takes."""
    before = ledger.head().count

    def go_on() -> None:
        while True:
            ledger.append("test", now(), AN_ENTRY)

    with pytest.raises(LedgerWriteFailed) as caught:
        go_on()
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.sure, "a full disk leaves no doubt of what it has"
    return ledger.head().count - before


def main(folder: str) -> None:
    place = Path(folder)
    ledger, filler = place / "ledger", place / "filler"
    with Ledger.open(ledger, now, segment_entries=64, in_background=False) as held:
        for _ in range(60):  # so that a segment is full, and the next one begins, while there is no room
            held.append("test", now(), AN_ENTRY)
        held.look()
        assert held.room_lack == ""
        fill(filler)
        assert disk_use(place).free < 4096
        taken = append_until_refused(held)
        assert taken >= A_VISIT, f"expected to take what is under way on a full disk, got {taken} entries"
        before = held.head().count
        held.look()
        assert held.room_lack == os.strerror(errno.ENOSPC)
        filler.unlink()
        held.append("test", now(), AN_ENTRY)
        held.look()
        assert held.room_lack == ""
        end = held.head().count
        assert end > before
    assert len(list(read_entries(ledger))) == end
    sys.stdout.write(f"{taken} entries on a full disk\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
