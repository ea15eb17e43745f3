"""What the ledger's inserts are measured against: a raw append, stock TinyDB, and SQLite."""

import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final, Protocol

from tinydb import TinyDB
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import JSONStorage

from scripts.benches.figures import BenchFailed
from scripts.benches.gate_years import Document


class RawFile:
    """A file that takes bytes durably and nothing else."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        self._end = 0

    def append(self, data: bytes) -> None:
        """Write at the end, and wait until the disk has it."""
        os.pwrite(self._handle, data, self._end)
        os.fdatasync(self._handle)
        self._end += len(data)

    def close(self) -> None:
        """Close it."""
        os.close(self._handle)


class Peer(Protocol):
    """A store that takes the ledger's documents.

    Attributes:
        slows: Whether each insert costs as much as there are entries already.
    """

    slows: ClassVar[bool]

    def load(self, documents: Sequence[Document]) -> None:
        """Take many, as quickly as it can."""

    def insert(self, document: Document) -> object:
        """Take one, as a program would that records a visit."""

    def close(self) -> None:
        """Close it."""


class StockTinyDB:
    """TinyDB as it comes, on a JSON file. What it took is lost in a power cut until the system writes it."""

    slows: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self._db = self._open(folder)
        self._table = self._db.table("ledger")

    def _open(self, folder: Path) -> TinyDB:
        return TinyDB(folder / "tinydb.json")

    def load(self, documents: Sequence[Document]) -> None:
        """As Peer."""
        self._table.insert_multiple(documents)

    def insert(self, document: Document) -> object:
        """As Peer."""
        return self._table.insert(document)

    def close(self) -> None:
        """As Peer."""
        self._db.close()


class CachingTinyDB(StockTinyDB):
    """TinyDB's CachingMiddleware: it writes one insert in a thousand, the others are in memory alone."""

    def _open(self, folder: Path) -> TinyDB:
        caching = CachingMiddleware(JSONStorage)  # type: ignore[no-untyped-call]
        return TinyDB(folder / "tinydb-caching.json", storage=caching)


class SqliteWal:
    """SQLite with a write-ahead log that is on the disk when an insert returns."""

    slows: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "ledger.sqlite", isolation_level=None)
        said = [self._db.execute(f"PRAGMA {each}").fetchone() for each in ("journal_mode = WAL", "synchronous")]
        if said != [("wal",), (_FULL,)]:
            raise BenchFailed(
                f"expected SQLite with a write-ahead log and synchronous FULL, got {said}; use a local disk"
            )
        self._db.execute("CREATE TABLE ledger (seq INTEGER PRIMARY KEY, document TEXT NOT NULL)")

    def load(self, documents: Sequence[Document]) -> None:
        """As Peer."""
        self._db.execute("BEGIN")
        self._db.executemany(_INSERT, [(json.dumps(each),) for each in documents])
        self._db.execute("COMMIT")

    def insert(self, document: Document) -> object:
        """As Peer: a transaction of its own."""
        return self._db.execute(_INSERT, (json.dumps(document),))

    def close(self) -> None:
        """As Peer."""
        self._db.close()


_FULL: Final = 2
"""Of SQLite's ``synchronous``, and what SQLite takes of itself: each transaction is on the disk when it returns."""

_INSERT: Final = "INSERT INTO ledger (document) VALUES (?)"

PEERS: Final[Mapping[str, Callable[[Path], Peer]]] = {
    "SQLite WAL": SqliteWal,
    "TinyDB": StockTinyDB,
    "TinyDB caching": CachingTinyDB,
}
"""The peers by the names under which they are told."""
