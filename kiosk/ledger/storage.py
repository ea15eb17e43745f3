"""TinyDB's storage over the journal: it takes changes, not whole tables.

Our own tables (`kiosk.ledger.table`) hand over what changed, at a cost that does not grow with the ledger. Whoever
writes whole tables, as TinyDB's own `Table` and its middlewares do, is compared with what there is, and only the
difference goes to the journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tinydb.storages import Storage

from kiosk.ledger.book import Book
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import AppendOnly
from kiosk.ledger.stamp import time_text
from kiosk.ledger.tables import (
    LEDGER_TABLE,
    TABLE_CHANGE,
    Change,
    Document,
    clear,
    copied,
    create,
    drop,
    put,
    remove,
    same,
)


class LedgerView(Mapping[str, Document]):
    """The entries as documents of the ledger table, read from the journal when they are asked for."""

    __slots__ = ("_book",)

    def __init__(self, book: Book) -> None:
        self._book = book

    def __len__(self) -> int:
        return self._book.shown

    def __iter__(self) -> Iterator[str]:
        return map(str, self._book.shown_seqs())

    def __getitem__(self, doc_id: str) -> Document:
        try:
            seq = int(doc_id)
        except ValueError:
            raise KeyError(doc_id) from None
        entry = self._book.entry(seq)
        if entry is None or entry.kind == TABLE_CHANGE:
            raise KeyError(doc_id)
        return as_document(entry)

    def items(self) -> Iterator[tuple[str, Document]]:  # type: ignore[override]  # TinyDB goes through them once
        """Number and document of each entry, without looking each one up again."""
        shown = (entry for entry in self._book.entries() if entry.kind != TABLE_CHANGE)
        return ((str(entry.seq), as_document(entry)) for entry in shown)


def as_document(entry: LedgerEntry) -> Document:
    """An entry as the ledger table shows it; its number is the document's id."""
    return {"kind": entry.kind, "time": time_text(entry.time), "clock": entry.clock.to_json(), "body": entry.body}


class JournalStorage(Storage):
    """The storage to give to TinyDB: ``TinyDB(book, storage=JournalStorage)``, or wrapped in a middleware."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def read(self) -> dict[str, dict[str, Any]]:
        """All tables, as a copy; the ledger table as a view."""
        with self.book.lock:
            tables = {name: copied(self.book.tables.documents(name)) for name in self.book.tables.names()}
        return {LEDGER_TABLE: cast("dict[str, Any]", LedgerView(self.book)), **tables}

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Makes the tables what they are in `data`, all or nothing, in one entry; none if nothing differs.

        Raises:
            AppendOnly: The ledger table is missing or another one.
            LedgerError: As `Book.append`.
        """
        if not isinstance(data.get(LEDGER_TABLE), LedgerView):
            asked = "writing the table as a whole" if LEDGER_TABLE in data else "dropping it"
            raise AppendOnly(asked, mend="drop or write the other tables by name, and insert into this one")
        with self.book.lock:
            tables = self.book.tables
            changes = [drop(name) for name in tables.names() if name not in data]
            for name, documents in data.items():
                if name != LEDGER_TABLE:
                    old = tables.documents(name) if tables.has(name) else None
                    changes += difference(name, old, documents)
            if changes:
                self.book.change(changes)

    def close(self) -> None:
        """Closes the ledger."""
        self.book.close()


def difference(name: str, old: Mapping[str, Document] | None, new: Mapping[str, Mapping[str, Any]]) -> list[Change]:
    """The changes that make a table's documents (None: there is no table) the new ones."""
    changes = [create(name)] if old is None else []
    old = old or {}
    kept = [doc_id for doc_id in old if doc_id in new]
    put_ids = {str(doc_id): doc for doc_id, doc in new.items() if doc_id not in old or not same(old[doc_id], dict(doc))}
    if list(new)[: len(kept)] != kept:  # another order: TinyDB shows documents in the order of the table
        return [*changes, clear(name), put(name, {str(doc_id): doc for doc_id, doc in new.items()})]
    if len(kept) < len(old):
        changes.append(remove(name, [doc_id for doc_id in old if doc_id not in new]))
    return [*changes, put(name, put_ids)] if put_ids else changes
