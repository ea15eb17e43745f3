"""A ledger in memory: what a book wants written becomes an entry, and every book that reads along takes it."""

import json
from datetime import timedelta
from typing import Any

from kiosk.core.parties import StaffMember
from kiosk.core.times import Moment
from kiosk.gatehouse.recorded import Book, Recorded, ToRecord
from kiosk.ledger.canonical import canonical
from tests.core.samples import at

HANA = StaffMember("S01", "Hana Whaanga")
TAMA = StaffMember("S02", "Tama Reti")
HOUR = 3600.0


class Diary:
    """Entries with a number and a time.

    Attributes:
        entries: All of them.
        now: Seconds since the first.
    """

    def __init__(self, *books: Book) -> None:
        self.books = list(books)
        self.entries: list[Recorded] = []
        self.now = 0.0

    @property
    def moment(self) -> Moment:
        return at(self.now)

    def later(self, **time: float) -> Moment:
        self.now += timedelta(**time).total_seconds()
        return self.moment

    def add(self, kind: str, body: dict[str, Any]) -> int:
        """Write an entry as the ledger would: its body is canonical JSON, and is read back from that."""
        read_back = json.loads(canonical(body))
        entry = Recorded(len(self.entries) + 1, kind, read_back, self.moment)
        self.entries.append(entry)
        for book in self.books:
            book.apply(entry)
        return entry.seq

    def write(self, wanted: ToRecord) -> int:
        return self.add(wanted.kind, dict(wanted.body))

    @property
    def last(self) -> dict[str, Any]:
        return dict(self.entries[-1].body)


def said_again(statement: object) -> Any:
    """A statement as the ledger gives it back."""
    return json.loads(canonical(statement))
