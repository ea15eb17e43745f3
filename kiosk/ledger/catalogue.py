"""What is known of the closed segments without reading them: where seals and containers occur, and the Merkle hashes.

An SQLite file, ``catalogue.sqlite``. It is no evidence and no part of a backup: it is worked out from the segments, and
worked out again when it is lost or SQLite cannot read it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from kiosk.durable import give_to_owner_of
from kiosk.ledger.errors import CatalogueUnreadable
from kiosk.ledger.terms import Term

CATALOGUE_NAME: Final = "catalogue.sqlite"

_FORMAT: Final = 3
"""One more whenever `terms_of` finds more: what an older kiosk worked out is worked out again."""

_BUSY_S: Final = 5.0

_TABLES: Final = f"""
CREATE TABLE segment (
    first INTEGER PRIMARY KEY, entries INTEGER NOT NULL, root BLOB NOT NULL, last TEXT NOT NULL,
    earliest TEXT NOT NULL, latest TEXT NOT NULL
);
CREATE TABLE term (kind INTEGER, value TEXT, seq INTEGER, PRIMARY KEY (kind, value, seq)) WITHOUT ROWID;
PRAGMA user_version = {_FORMAT};
"""


class SegmentFacts(Struct, frozen=True):
    """What is known of a closed segment.

    Attributes:
        first: The entry that it begins with.
        entries: How many it has: a power of two.
        root: The hash of the complete subtree over them (RFC 6962, 2.1).
        last: Digest of the last of them, in hex.
        earliest: The earliest time of an entry in it, as entries have it.
        latest: The latest.
    """

    first: int
    entries: int
    root: bytes
    last: str
    earliest: str
    latest: str


class Catalogue:
    """The catalogue of one ledger, open. Any thread may call it. Use it as a context manager, or call `close`."""

    def __init__(self, folder: Path, *, writing: bool = False) -> None:
        """Opens it; for writing one is made if there is none, or none that can be read.

        Raises:
            CatalogueUnreadable: There is none, or none that can be read.
        """
        self._lock = threading.Lock()
        path = folder / CATALOGUE_NAME
        try:
            self._db = _open_for_writing(path) if writing else _connect(path, "ro")
        except sqlite3.Error as fault:
            raise CatalogueUnreadable(str(path), str(fault)) from fault

    def segments(self) -> dict[int, SegmentFacts]:
        """What is known, by each segment's first entry."""
        with self._reading() as db:
            rows = db.execute("SELECT first, entries, root, last, earliest, latest FROM segment ORDER BY first")
            return {row[0]: SegmentFacts(*row) for row in rows}

    def find(self, term: Term, value: str) -> list[int]:
        """The entries in which a value occurs, in order."""
        with self._reading() as db:
            rows = db.execute("SELECT seq FROM term WHERE kind = ? AND value = ? ORDER BY seq", (term.value, value))
            return [row[0] for row in rows]

    def values(self, term: Term) -> list[str]:
        """All values of a sort."""
        with self._reading() as db:
            return [row[0] for row in db.execute("SELECT DISTINCT value FROM term WHERE kind = ?", (term.value,))]

    def repeated(self, term: Term) -> Iterator[tuple[str, list[int]]]:
        """The values that occur in several entries, each with those entries."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT value, group_concat(seq) FROM term WHERE kind = ? GROUP BY value HAVING count(*) > 1",
                (term.value,),
            ).fetchall()
        for value, seqs in rows:
            yield value, sorted(map(int, seqs.split(",")))

    def add(self, facts: SegmentFacts, terms: Iterable[tuple[Term, str, int]]) -> None:
        """Takes a segment in, wholly or not at all.

        Args:
            facts: What is known of it.
            terms: What occurs in which entry.
        """
        with self._reading() as db, db:
            db.execute(
                "INSERT OR REPLACE INTO segment VALUES (?, ?, ?, ?, ?, ?)",
                (facts.first, facts.entries, facts.root, facts.last, facts.earliest, facts.latest),
            )
            rows = sorted((term.value, value, seq) for term, value, seq in terms)  # in the order of the table's pages
            db.executemany("INSERT OR IGNORE INTO term VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Closes it."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                yield self._db
        except sqlite3.Error as fault:
            raise CatalogueUnreadable(CATALOGUE_NAME, str(fault)) from fault


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_BUSY_S, check_same_thread=False)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
            raise sqlite3.DatabaseError(f"expected format {_FORMAT}")
    except BaseException:
        db.close()
        raise
    return db


def _open_for_writing(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path, "rw")
    except sqlite3.OperationalError:
        if path.exists():
            raise  # it is in use, or the disk refuses
    except sqlite3.DatabaseError:
        for suffix in ("", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as made:
        made.executescript(_TABLES)
    give_to_owner_of(path.parent, path)
    return _connect(path, "rw")
