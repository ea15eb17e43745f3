"""Ledgers of small segments, their backups, and what is done to them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from kiosk.ledger.backup import BackedUp, back_up
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.restore import Restored, restore
from kiosk.ledger.verify import verify
from tests.ledger.conftest import record, ticking

SEGMENT = 8
"""Entries in a segment of these ledgers."""

WHEN = datetime(2026, 2, 1, 12, tzinfo=UTC)


class Yard:
    """A data folder, a folder for its backups, and a data folder to restore to."""

    def __init__(self, at: Path) -> None:
        self.data = at / "data"
        self.to = at / "stick"
        self.new = at / "new"
        self.to.mkdir(parents=True)

    @property
    def ledger(self) -> Path:
        return self.data / "ledger"

    @property
    def place(self) -> Path:
        (place,) = self.to.iterdir()
        return place

    def grow(self, entries: int) -> None:
        """Make the ledger so many entries long."""
        with opened(self.ledger) as ledger:
            while (count := ledger.head().count) < entries:
                record(ledger, count)

    def back_up(self) -> BackedUp:
        return back_up(self.ledger, self.data / "keys", self.to, WHEN)

    def restore(self) -> Restored:
        return restore(self.to, self.new)

    def files(self) -> dict[str, bytes]:
        """What is on the stick."""
        return contents(self.to)


def opened(folder: Path) -> Ledger:
    return Ledger.open(folder, ticking(), segment_entries=SEGMENT, in_background=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in files_in(folder)}


def files_in(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def lines_of(folder: Path) -> list[bytes]:
    """The lines of a ledger, which is sound."""
    from kiosk.ledger.ledger import read_entries

    assert verify(folder).ok
    return [entry.to_line() for entry in read_entries(folder)]
