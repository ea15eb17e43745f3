"""Finds entries by what occurs in them, across all of history.

The catalogue knows the closed segments. What it does not know yet is read when it is first asked for, and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from kiosk.ledger.errors import CatalogueUnreadable
from kiosk.ledger.terms import Term, terms_of

if TYPE_CHECKING:
    from kiosk.ledger.book import Book
    from kiosk.ledger.catalogue import Catalogue

_MOST_RECENT: Final = 3
"""Segments' worth of entries that may be kept in memory; with more than that unknown, the catalogue is waited for."""


class Finder:
    """Finds entries of a ledger that this process holds. Any thread may call it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lock = threading.Lock()
        self._recent: dict[tuple[Term, str], list[int]] = {}
        self._from = self._to = 1

    def find(self, term: Term, value: str) -> list[int]:
        """The entries in which a value occurs, in order; raises as `occurring`."""
        with self._known() as (catalogue, recent):
            old = catalogue.find(term, value) if catalogue else []
            return sorted({*old, *recent.get((term, value), ())})

    def occurring(self, term: Term, values: Iterable[str]) -> set[str]:
        """Those of the values that occur in any entry.

        Raises:
            CatalogueUnreadable: It could not be worked out what history holds.
            LedgerDamaged: What is not in the catalogue yet is not what was written.
            OSError: The disk does not give it.
        """
        with self._known() as (catalogue, recent):
            return {
                value
                for value in values
                if (term, value) in recent or (catalogue is not None and catalogue.find(term, value))
            }

    @contextmanager
    def _known(self) -> Iterator[tuple[Catalogue | None, Mapping[tuple[Term, str], Sequence[int]]]]:
        """The catalogue, if there are closed segments, and what it does not hold."""
        book = self._book
        with self._lock:
            catalogue = book.archivist.catalogue() if book.history.firsts else None
            self._catch_up(book.archivist.covered)
            yield catalogue, self._recent

    def _catch_up(self, covered: int) -> None:
        book = self._book
        count = book.head().count
        if count - covered > _MOST_RECENT * book.segment_entries:
            book.archivist.settle()
            covered = book.archivist.covered
            if count - covered > _MOST_RECENT * book.segment_entries:
                raise CatalogueUnreadable(str(book.folder), f"nothing beyond entry {covered - 1}")
        if covered > self._from:  # what the catalogue knows by now need not be kept
            self._recent.clear()
            self._from = self._to = covered
        for entry in book.entries(self._to):
            for key in terms_of(entry.kind, entry.body):
                self._recent.setdefault(key, []).append(entry.seq)
            self._to = entry.seq + 1
