"""TinyDB itself, with our tables, over the journal."""

from __future__ import annotations

from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from kiosk.ledger.book import Book
from kiosk.ledger.errors import AppendOnly
from kiosk.ledger.storage import JournalStorage
from kiosk.ledger.table import JournalTable, LedgerTable
from kiosk.ledger.tables import LEDGER_TABLE, drop


class LedgerDatabase(TinyDB):
    """A TinyDB whose table ``ledger`` only grows, and whose other tables change by entries of the journal."""

    table_class = JournalTable

    def __init__(self, book: Book, storage: type[Storage] = JournalStorage) -> None:
        """Opens the database over a ledger.

        Args:
            book: The ledger.
            storage: `JournalStorage`, or a middleware around it.
        """
        super().__init__(book, storage=storage)
        self._book = book

    def table(self, name: str, **kwargs: Any) -> Table:  # noqa: ANN401  (TinyDB's own options)
        """As `TinyDB.table`."""
        if name == LEDGER_TABLE and name not in self._tables:
            self._tables[name] = LedgerTable(self.storage, name, **kwargs)
        return super().table(name, **kwargs)

    def tables(self) -> set[str]:
        """As `TinyDB.tables`, without reading the documents."""
        if not isinstance(self.storage, JournalStorage):
            return super().tables()
        return {LEDGER_TABLE, *self._book.tables.names()}

    def drop_table(self, name: str) -> None:
        """As `TinyDB.drop_table`; the ledger table is refused."""
        if name == LEDGER_TABLE:
            raise AppendOnly("drop_table")
        if not isinstance(self.storage, JournalStorage):
            super().drop_table(name)
            return
        with self._book.lock:
            self._tables.pop(name, None)
            if self._book.tables.has(name):
                self._book.change([drop(name)])

    def drop_tables(self) -> None:
        """Refused, for the ledger table is one of them; the others can be dropped by name."""
        raise AppendOnly("drop_tables", mend="drop the other tables by name")
