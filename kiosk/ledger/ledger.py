"""The ledger's front door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kiosk.ledger.book import Book
from kiosk.ledger.chain import Tail
from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.errors import Damage, EntryRefused, LedgerDamaged
from kiosk.ledger.finding import Finder
from kiosk.ledger.head import Head
from kiosk.ledger.scan import scan_folder
from kiosk.ledger.segments import SEGMENT_ENTRIES
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.standing import OWN_KINDS
from kiosk.ledger.terms import Term

if TYPE_CHECKING:  # TinyDB is imported when the database is first asked for: the gate's own path needs none of it
    from tinydb.table import Table

    from kiosk.ledger.database import LedgerDatabase


class Ledger:
    """One ledger, held by this process: what is acknowledged is on the disk, in order, and provably unaltered.

    Any thread may call it. Use it as a context manager, or call `close`.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._finder = Finder(book)
        self._db: LedgerDatabase | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        now: Callable[[], Stamp],
        *,
        segment_entries: int = SEGMENT_ENTRIES,
        in_background: bool = True,
    ) -> Ledger:
        """Opens the ledger of a folder, and makes one if there is none.

        Only the open segment is read, so this takes no longer as the ledger grows; `kiosk.ledger.verify` reads all.
        A torn tail is cut and recorded. A damaged ledger opens for reading (`damage` says where); `append` refuses.

        Args:
            folder: Where it lives.
            now: What the kiosk's clock says: for entries that the ledger writes itself, and table changes.
            segment_entries: How many entries a segment has, if a ledger is made: a power of two.
            in_background: Whether closed segments are archived on a thread of their own, or at once.

        Raises:
            LedgerHeld: Another process has it.
            LedgerWriteFailed: The disk refuses.
            LedgerDamaged: There is no journal where one has been.
        """
        return cls(Book(folder, now, segment_entries=segment_entries, in_background=in_background))

    @property
    def folder(self) -> Path:
        """Where it lives."""
        return self._book.folder

    @property
    def damage(self) -> tuple[Damage, ...]:
        """Where its open segment is damaged, in the order of the file; empty for a sound one."""
        return tuple(self._book.damage)

    def append(self, kind: str, stamp: Stamp, body: Mapping[str, Any]) -> LedgerEntry:
        """Records an entry; when this returns, it survives a power cut.

        Args:
            kind: What sort of entry it is.
            stamp: When it happened, and by which clock.
            body: What to record: JSON values alone, whole numbers up to 2**53 - 1.

        Returns:
            The entry, with its number and digest.

        Raises:
            EntryRefused: It cannot be an entry, or its kind is one that the ledger writes itself.
            LedgerWriteFailed: The disk did not take it: nothing was recorded.
            LedgerUnsure: An earlier write failed so that nothing more can be taken until the ledger is opened again.
            LedgerDamaged: The journal is damaged.
            LedgerClosed: It was closed.
        """
        if kind in OWN_KINDS:
            raise EntryRefused(
                "entry's kind", expected="a kind of the kiosk's", got=kind, mend="the ledger alone writes these"
            )
        return self._book.append(kind, stamp, body)

    def entries(self, start: int = FIRST_SEQ, stop: int | None = None) -> Iterator[LedgerEntry]:
        """The whole entries that there are now, of every kind, in order of their number.

        Args:
            start: The first one to give.
            stop: The first one not to give; None for all.

        Raises:
            LedgerDamaged: A closed segment is not what was written.
        """
        return self._book.entries(start, stop)

    def entry(self, seq: int) -> LedgerEntry | None:
        """One entry, or None when there is no whole one of that number; raises as `entries`."""
        return self._book.entry(seq)

    def find(self, term: Term, value: str) -> list[int]:
        """The numbers of the entries in which a seal, a container, a driver occurs, in order, in all of history.

        Raises:
            LedgerError: What is not known is not what was written, or cannot be read.
        """
        return self._finder.find(term, value)

    def occurring(self, term: Term, values: Iterable[str]) -> set[str]:
        """Those of the values that occur in any entry, in all of history; raises as `find`."""
        return self._finder.occurring(term, values)

    def look(self) -> None:
        """Does what was put off while entries came: to be called every few seconds."""
        self._book.look()

    @property
    def archive_fault(self) -> str:
        """Why a closed segment could not be archived, or empty."""
        return self._book.archivist.fault

    @property
    def room_lack(self) -> str:
        """Why no room is kept on the disk for what is under way, or empty."""
        return self._book.room_lack

    def settle(self) -> None:
        """Waits until the closed segments are archived, or cannot be."""
        self._book.archivist.settle()

    @property
    def segments(self) -> tuple[int, ...]:
        """The entries that the journal's segments begin with, in order."""
        return (*self._book.history.firsts, self._book.history.end)

    @property
    def open_segment(self) -> int:
        """The entry that the last of them begins with."""
        return self._book.history.end

    def segment_of(self, seq: int) -> int:
        """The entry that the segment of an entry begins with."""
        return max(first for first in self.segments if first <= seq)

    def last(self) -> LedgerEntry | None:
        """The newest entry; None when the ledger is damaged at its beginning."""
        return self._book.last()

    def head(self) -> Head:
        """The ledger's id, how many entries it has, and the last one's digest."""
        return self._book.head()

    def root(self) -> bytes:
        """The Merkle root over all entries (RFC 6962, 2.1)."""
        return self._book.root()

    @property
    def db(self) -> LedgerDatabase:
        """The ledger as a TinyDB."""
        with self._book.lock:
            if self._db is None:
                from kiosk.ledger.database import LedgerDatabase

                self._db = LedgerDatabase(self._book)
            return self._db

    def table(self, name: str) -> Table:
        """One of its TinyDB tables; ``ledger`` is the one of the entries."""
        return self.db.table(name)

    def close(self) -> None:
        """Closes it and lets others open it; a second time does nothing."""
        self._book.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_entries(folder: Path) -> Iterator[LedgerEntry]:
    """Reads a ledger beside the process that holds it, without its lock.

    Yields:
        The whole entries, in order. What is not finished at the end is left out.

    Raises:
        LedgerDamaged: After the last whole entry, when there was damage.
        OSError: There is no journal, or the disk does not give it.
    """
    first: Damage | None = None
    for found in scan_folder(folder):
        if isinstance(found, Damage):
            first = first or found
        elif not isinstance(found, Tail):
            yield found.entry
    if first:
        raise LedgerDamaged(first)
