"""The journal and what follows from it, kept in step: the chain's end, the index, the other tables.

Every change goes: entry made, line durable, then memory. So memory never shows what the disk might not have.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kiosk.durable import make_folder
from kiosk.ledger.entry import FIRST_SEQ, NO_PREV, LedgerEntry
from kiosk.ledger.errors import Damage, LedgerDamaged, LedgerUnsure, LedgerWriteFailed
from kiosk.ledger.head import Head, HeadFile, read_head
from kiosk.ledger.index import Index, Place
from kiosk.ledger.journal import JOURNAL_NAME, TORN_NAME, Journal
from kiosk.ledger.lock import Lock
from kiosk.ledger.merkle import Frontier
from kiosk.ledger.scan import GENESIS, Tail, Whole, scan_folder
from kiosk.ledger.stamp import Stamp, time_text
from kiosk.ledger.tables import TABLE_CHANGE, Change, Tables

FORMAT: Final = 1
"""Version of the entries' format, in the genesis entry."""

TORN_TAIL: Final = "torn-tail"
"""Kind of the entry that records a torn tail: place, length, SHA-256, the file that keeps it, whether it was whole."""

HEAD_RESTORED: Final = "head-restored"
"""Kind of the entry that records that the head file was missing or unreadable."""

OWN_KINDS: Final = frozenset({GENESIS, TORN_TAIL, HEAD_RESTORED, TABLE_CHANGE})
"""Kinds that the ledger alone writes."""


class Book:
    """One ledger, held by this process, open for reading and, unless damaged, for appending. Any thread may call it."""

    def __init__(self, folder: Path, now: Callable[[], Stamp]) -> None:
        """Takes the lock, makes the ledger if the folder has none, reads and judges all of it, and mends a torn tail.

        Raises:
            LedgerHeld: Another process has it.
            LedgerWriteFailed: The disk refuses.
            LedgerDamaged: There is no journal where one has been.
        """
        self.folder = folder
        self.lock = threading.RLock()
        self.index = Index()
        self.tables = Tables()
        self.damage: list[Damage] = []
        self._now = now
        self._frontier = Frontier()
        self._last: LedgerEntry | None = None
        self._ledger_id = ""
        self._torn_recorded: set[str] = set()
        self._head_file: HeadFile | None = None
        self._journal: Journal | None = None
        try:
            make_folder(folder)
            self._hold = Lock.take(folder, time_text(now().time))
            try:
                self._open()
            except BaseException:
                self.close()
                raise
        except OSError as fault:
            raise LedgerWriteFailed(f"opening the ledger in {folder}", fault, sure=True) from fault

    def append(self, kind: str, stamp: Stamp, body: Mapping[str, Any]) -> LedgerEntry:
        """Adds an entry of any kind and returns when it is durable; see `Ledger.append`."""
        with self.lock:
            if self.damage:
                raise LedgerDamaged(self.damage[0])
            journal, prev = self._usable_journal(), self._last.digest if self._last else NO_PREV
            seq = self._frontier.count + FIRST_SEQ
            entry, line = LedgerEntry.make(seq=seq, stamp=stamp, kind=kind, body=body, prev=prev)
            start = journal.append(line)
            self._follow(Whole(entry, start, journal.end))
            if self._head_file:
                self._head_file.note(self.head())
            return entry

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
            return Head(self._ledger_id, self._frontier.count, self._last.digest if self._last else NO_PREV)

    def root(self) -> bytes:
        """The Merkle root over all entries (RFC 6962, 2.1)."""
        with self.lock:
            return self._frontier.root()

    def entries(self, *, shown_only: bool = False) -> Iterator[LedgerEntry]:
        """The whole entries that there are now, in order."""
        for place in self.index.places(shown_only=shown_only):
            yield self._at(place)

    def entry(self, seq: int) -> LedgerEntry | None:
        """One entry, or None when there is no whole one of that number."""
        place = self.index.find(seq)
        return self._at(place) if place else None

    def close(self) -> None:
        """Makes the head durable, closes the files and gives the lock up; a second time does nothing."""
        with self.lock:
            if self._head_file:
                self._head_file.close()
                self._head_file = None
            if self._journal:
                self._journal.close()
            self._hold.release()

    def _usable_journal(self) -> Journal:
        if self._journal is None:
            raise LedgerUnsure("no journal")
        if self.index.last_stop != self._journal.end:
            raise LedgerUnsure("an append that was interrupted")
        return self._journal

    def _at(self, place: Place) -> LedgerEntry:
        assert self._journal is not None
        return LedgerEntry.read_back(self._journal.read(place.start, place.stop)[:-1])

    def _open(self) -> None:
        head, why = read_head(self.folder)
        if not (self.folder / JOURNAL_NAME).exists():
            if head is not None or why != "missing":
                counted = (
                    f"a journal of {head.count} entries, as the head file counts"
                    if head
                    else "a journal beside the head file"
                )
                raise LedgerDamaged(Damage(FIRST_SEQ, 0, counted, "no journal"))
            self._create()
            why = ""
        self._journal = Journal(self.folder)
        tail = self._replay()
        if not self.damage:
            self._mend(tail, why)

    def _create(self) -> None:
        body = {"format": FORMAT, "ledger": os.urandom(16).hex()}
        Journal.create(
            self.folder, LedgerEntry.make(seq=FIRST_SEQ, stamp=self._now(), kind=GENESIS, body=body, prev=NO_PREV)[1]
        )

    def _replay(self) -> Tail | None:
        tail = None
        for found in scan_folder(self.folder):
            if isinstance(found, Damage):
                self.damage.append(found)
            elif isinstance(found, Tail):
                tail = found
            else:
                self._follow(found)
        return tail

    def _follow(self, found: Whole) -> None:
        """Takes a whole entry into memory. After damage the other tables stay as they were before it."""
        entry = found.entry
        if entry.kind == TABLE_CHANGE and not self.damage:
            try:
                self.tables.apply(entry.body)
            except ValueError as fault:
                self.damage.append(
                    Damage(entry.seq, found.offset, "a table change that this version knows", str(fault))
                )
        elif entry.kind == GENESIS:
            self._ledger_id = str(entry.body.get("ledger", ""))
            if entry.body.get("format") != FORMAT:
                self.damage.append(Damage(entry.seq, 0, f"format {FORMAT}", f"format {entry.body.get('format')!r}"))
        elif entry.kind == TORN_TAIL:
            self._torn_recorded.add(str(entry.body.get("file", "")))
        self._frontier.add(bytes.fromhex(entry.digest))
        self._last = entry
        self.index.add(Place(entry.seq, found.offset, found.end), table_change=entry.kind == TABLE_CHANGE)

    def _mend(self, tail: Tail | None, head_missing: str) -> None:
        """Cuts a torn tail, records what was found, and puts the head file in order."""
        assert self._journal is not None
        name = ""
        if tail:
            name = f"{tail.offset:012d}-{hashlib.sha256(tail.data).hexdigest()[:16]}.bin"
            self._journal.cut(tail.data, name)
        for file in sorted((self.folder / TORN_NAME).glob("*.bin")):
            if file.name not in self._torn_recorded:
                self._record_torn(file, counted=bool(tail and tail.counted and file.name == name))
        if head_missing and self._frontier.count > FIRST_SEQ:
            self.append(HEAD_RESTORED, self._now(), {"head": head_missing})
        self._head_file = HeadFile.put(self.folder, self.head())

    def _record_torn(self, file: Path, *, counted: bool) -> None:
        """Records a cut tail; also one whose record a second power cut prevented."""
        data = file.read_bytes()
        offset = file.name.split("-")[0]
        body = {
            "bytes": len(data),
            "file": file.name,
            "offset": int(offset) if offset.isdigit() else -1,
            "sha256": hashlib.sha256(data).hexdigest(),
            "was_whole": counted,
        }
        self.append(TORN_TAIL, self._now(), body)
