"""The journal and what follows from it, kept in step.

Every change goes: entry made, line durable, then memory. So memory never shows what the disk might not have.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kiosk.durable import make_folder
from kiosk.ledger.archivist import Archivist
from kiosk.ledger.chain import SEGMENT, Whole
from kiosk.ledger.entry import FIRST_SEQ, NO_PREV, LedgerEntry
from kiosk.ledger.errors import Damage, LedgerDamaged, LedgerUnsure, LedgerWriteFailed
from kiosk.ledger.head import Head, HeadFile
from kiosk.ledger.journal import Journal
from kiosk.ledger.lock import Lock
from kiosk.ledger.opening import Opened, open_journal, record_repairs
from kiosk.ledger.segments import SEGMENT_ENTRIES
from kiosk.ledger.snapshots import forget_tables, keep_tables
from kiosk.ledger.stamp import Stamp, time_text
from kiosk.ledger.tables import TABLE_CHANGE, Change, Tables


class Book:
    """One ledger, held by this process, open for reading and, unless damaged, for appending. Any thread may call it."""

    def __init__(
        self,
        folder: Path,
        now: Callable[[], Stamp],
        *,
        segment_entries: int = SEGMENT_ENTRIES,
        in_background: bool = True,
    ) -> None:
        """Takes the lock, makes the ledger if the folder has none, judges its open segment, and mends a torn tail.

        Args:
            folder: Where it lives.
            now: What the kiosk's clock says.
            segment_entries: How many entries a segment of a new ledger has: a power of two.
            in_background: Whether closed segments are archived on a thread of its own, or at once.

        Raises:
            LedgerHeld: Another process has it.
            LedgerWriteFailed: The disk refuses.
            LedgerDamaged: There is no journal where one has been.
        """
        self.folder = folder
        self.lock = threading.RLock()
        self._now = now
        self.room_lack = ""
        """Why the journal has no room of its own for what is under way, or empty."""
        self._head_file: HeadFile | None = None
        self._journal: Journal | None = None
        self._archivist: Archivist | None = None
        try:
            make_folder(folder)
            self._hold = Lock.take(folder, time_text(now().time))
            try:
                self._open(open_journal(folder, now, segment_entries), in_background=in_background)
            except BaseException:
                self.close()
                raise
        except OSError as fault:
            raise LedgerWriteFailed(f"opening the ledger in {folder}", fault, sure=True) from fault

    @property
    def damage(self) -> Sequence[Damage]:
        """Where the open segment, or what it rests on, is damaged."""
        return self._standing.damage

    @property
    def tables(self) -> Tables:
        """The other tables as they are now."""
        return self._standing.tables

    @property
    def shown(self) -> int:
        """How many entries the ledger table shows."""
        return self._standing.shown

    @property
    def segment_entries(self) -> int:
        """How many entries a segment has."""
        return self._standing.segment_entries

    @property
    def archivist(self) -> Archivist:
        """What puts the closed segments away."""
        assert self._archivist is not None, "a book that is not open yet is nobody's"
        return self._archivist

    def look(self) -> None:
        """Notes in the head file where the ledger stands, if that was put off, and keeps room for what comes."""
        with self.lock:
            if self._head_file:
                self._head_file.look()
                self._keep_room()

    def next_seq(self, later: int = 0) -> int:
        """The number that the next entry gets, or the one that comes so many later."""
        with self.lock:
            count, end, size = self._standing.frontier.count, self.history.end, self.segment_entries
            seq = count + FIRST_SEQ
            for _ in range(later + 1):  # the entry that a segment begins with takes a number too
                if seq - end >= size:
                    seq, end = seq + 1, seq
                seq += 1
            return seq - 1

    def append(self, kind: str, stamp: Stamp, body: Mapping[str, Any]) -> LedgerEntry:
        """Adds an entry of any kind and returns when it is durable; see `Ledger.append`."""
        with self.lock:
            standing = self._standing
            if standing.damage:
                raise LedgerDamaged(standing.damage[0])
            if standing.frontier.count + FIRST_SEQ - self.history.end >= standing.segment_entries:
                self._begin_segment()
            return self._append(kind, stamp, body)

    def change(self, changes: Sequence[Change]) -> None:
        """Changes other tables, durably, all or nothing."""
        with self.lock:
            self.append(TABLE_CHANGE, self._now(), {"changes": list(changes)})

    def now(self) -> Stamp:
        """What the kiosk's clock says."""
        return self._now()

    def head(self) -> Head:
        """Where the ledger stands: its id, how many entries, the last one's digest."""
        with self.lock:
            return self._standing.head

    def root(self) -> bytes:
        """The Merkle root over all entries (RFC 6962, 2.1)."""
        with self.lock:
            return self._standing.frontier.root()

    def last(self) -> LedgerEntry | None:
        """The newest entry."""
        with self.lock:
            return self._standing.last

    def entry(self, seq: int) -> LedgerEntry | None:
        """One entry, or None when there is no whole one of that number.

        Raises:
            LedgerDamaged: A closed segment is not what was written.
        """
        with self.lock:
            if seq >= self.history.end:
                place = self._standing.index.find(seq)
                if place is None or self._journal is None:
                    return None
                return LedgerEntry.read_back(self._journal.read(place.start, place.stop)[:-1])
        line = self.history.line(seq)
        return LedgerEntry.read_back(line) if line is not None else None

    def entries(self, start: int = FIRST_SEQ, stop: int | None = None) -> Iterator[LedgerEntry]:
        """The whole entries that there are now, in order.

        Args:
            start: The first one to give.
            stop: The first one not to give; None for all.

        Raises:
            LedgerDamaged: As `entry`.
        """
        last = self.last()
        end = last.seq + 1 if last else start
        for seq in range(start, end if stop is None else min(stop, end)):
            if (entry := self.entry(seq)) is not None:
                yield entry

    def shown_seqs(self) -> Iterator[int]:
        """The numbers of the entries that the ledger table shows, in order: all but changes of other tables."""
        with self.lock:
            all_shown, count = self.shown == self._standing.frontier.count, self._standing.frontier.count
        if all_shown:
            return iter(range(FIRST_SEQ, count + 1))
        return (entry.seq for entry in self.entries() if entry.kind != TABLE_CHANGE)

    def close(self) -> None:
        """Makes the head durable, closes the files and gives the lock up; a second time does nothing."""
        if self._archivist is not None:
            self._archivist.close()
        with self.lock:
            if self._head_file:
                self._head_file.close()
                self._head_file = None
            if self._journal:
                self._journal.close()
            self._hold.release()

    def _open(self, opened: Opened, *, in_background: bool) -> None:
        self._journal, self._standing, self.history = opened.journal, opened.standing, opened.history
        self._archivist = Archivist(self.folder, self.history, in_background=in_background)
        if not self.damage:
            record_repairs(opened, lambda kind, body: self.append(kind, self._now(), body))
            self._head_file = HeadFile.put(self.folder, self.head())
            self._keep_room()
        self.archivist.look()

    def _append(self, kind: str, stamp: Stamp, body: Mapping[str, Any]) -> LedgerEntry:
        journal, standing = self._usable_journal(), self._standing
        prev = standing.last.digest if standing.last else NO_PREV
        entry, line = LedgerEntry.make(
            seq=standing.frontier.count + FIRST_SEQ, stamp=stamp, kind=kind, body=body, prev=prev
        )
        start = journal.append(line)
        standing.follow(Whole(entry, start, journal.end, journal.first))
        if self._head_file:
            self._head_file.note(standing.head)
        return entry

    def _begin_segment(self) -> None:
        """Closes the full segment: the next one begins with an entry that says what those before add up to."""
        standing, old = self._standing, self._usable_journal()
        first = standing.frontier.count + FIRST_SEQ
        try:
            old.give_room()  # a full disk has no other for the new segment
            body = standing.segment_body(keep_tables(self.folder, first, standing.tables))
            prev = standing.last.digest if standing.last else NO_PREV
            entry, line = LedgerEntry.make(seq=first, stamp=self._now(), kind=SEGMENT, body=body, prev=prev)
            Journal.create(self.folder, line, first)
            journal = Journal(self.folder, first)
        except OSError as fault:
            raise LedgerWriteFailed("beginning the next segment", fault, sure=True) from fault
        old.close()
        self._journal = journal
        self.history.closed(first)
        standing.follow(Whole(entry, 0, journal.end, first))
        forget_tables(self.folder, first)
        self._keep_room()
        self.archivist.look()

    def _keep_room(self) -> None:
        self.room_lack = self._journal.keep_room() if self._journal is not None else ""

    def _usable_journal(self) -> Journal:
        if self._journal is None:
            raise LedgerUnsure("no journal")
        if self._standing.index.last_stop != self._journal.end:
            raise LedgerUnsure("an append that was interrupted")
        return self._journal
