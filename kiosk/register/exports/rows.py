"""One pass over the entries, by which every sheet is made."""

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo

from msgspec import Struct

from kiosk.core.sealing.shapes import unread, unreadable
from kiosk.register.exports.events import incident_rows, unreadable_row, uplift_rows
from kiosk.register.exports.lives import Lives
from kiosk.register.exports.records import Record
from kiosk.register.exports.sheets import INCIDENTS, REGISTER, SHEETS, UPLIFTS, Row, Sheet, Sink

Progress = Callable[[int, int], None]
"""Is told how many entries are done, and of how many."""

UPLIFT = "uplift"
MOST_TOLD = 5
"""Entries that cannot be read and are told one by one; the incident sheet has all."""
TOLD_EVERY = 1000
"""Entries between two words of progress: often enough for an eye, too seldom to cost."""


class Range(Struct, frozen=True):
    """Which entries are wanted, by their own time.

    Attributes:
        since: No entry before this; None: from the first on.
        until: None at or after this; None: to the last.
    """

    since: datetime | None = None
    until: datetime | None = None

    def ended(self, moment: datetime) -> bool:
        """Whether an entry of this time comes after the period."""
        return self.until is not None and moment >= self.until

    def holds(self, moment: datetime) -> bool:
        """Whether an entry of this time is wanted."""
        return (self.since is None or self.since <= moment) and not self.ended(moment)


class Covered(Struct, frozen=True):
    """What an export covers.

    Attributes:
        first: Number of the first entry in the period; None where there is none.
        last: Number of the last.
        entries: How many there are.
        rows: How many rows each sheet has, by its name.
        unread: The first few entries that are not what their kind says, in words: no seal's row comes of them.
    """

    first: int | None
    last: int | None
    entries: int
    rows: dict[str, int]
    unread: tuple[str, ...] = ()


def fill(sink: Sink, records: Iterable[Record], period: Range, zone: tzinfo, size: int, progress: Progress) -> Covered:
    """Fill all sheets.

    Of the uplift and the incident sheet the rows are those of the period's entries. The register sheet has the seals
    that an entry of the period is about, each with all that is known of it at the period's end.

    Args:
        sink: Takes the rows.
        records: The entries, from the first one on, whatever the period.
        period: Which entries are wanted.
        zone: The site's time zone.
        size: How many entries there are, for the progress.
        progress: Is told how far it is.
    """
    lives, counted = Lives(), Counted(sink)
    first: int | None = None
    last: int | None = None
    entries, told = 0, list[str]()
    for done, record in enumerate(records):
        if done % TOLD_EVERY == 0:
            progress(done, size)
        if period.ended(record.time):
            continue
        wanted = period.holds(record.time)
        fault = unreadable(record.kind, record.body)
        if not fault:
            lives.take(record, wanted=wanted)
        elif len(told) < MOST_TOLD:
            told.append(unread(record.seq, record.kind, fault))
        if wanted:
            first, last, entries = first or record.seq, record.seq, entries + 1
            counted.take(record, zone, fault)
    for row in lives.rows(zone):
        counted.write(REGISTER, row)
    progress(size, size)
    return Covered(first, last, entries, counted.rows, tuple(told))


class Counted:
    """A sink whose rows are counted."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.rows = {sheet.name: 0 for sheet in SHEETS}

    def take(self, record: Record, zone: tzinfo, fault: str) -> None:
        """Write the rows that an entry is on the sheets of what happened; of one that cannot be read, why not."""
        if fault:
            self.write(INCIDENTS, unreadable_row(record, zone, fault))
        elif record.kind == UPLIFT:
            for row in uplift_rows(record, zone):
                self.write(UPLIFTS, row)
        else:
            for row in incident_rows(record, zone):
                self.write(INCIDENTS, row)

    def write(self, sheet: Sheet, row: Row) -> None:
        """Take the next row of a sheet."""
        self.rows[sheet.name] += 1
        self._sink.write(sheet, row)
