"""The form of an export: what stands in the file, byte for byte. Whoever writes one and whoever checks one use this.

    {"ledger":{
    "1":{"body":..,"clock":..,"kind":..,"time":..},     the entries as the ledger table shows them; the id is the number
    "3":{..}
    },
    "NAME":{ .. },              each other table as it was
    "sealgate_changes":{ .. },  the entries that changed other tables, which the ledger table does not show
    "sealgate_export":{         what was asked for and what was left out
    "1":{..}
    }}

Stock TinyDB opens it (JSONStorage). It is JSON in ASCII, so that it reads the same whatever language the machine is set
to, with one document a line, so that it can be written and checked line by line, however long it is.

Theory of operation. A document holds all of its entry but the number, which is the id, and `prev`, which is the digest
of the entry before; so the entries' lines can be made again from the file, and with them the Merkle root. Entries that
are left out are stood for by the hashes of the complete subtrees over them, and by the digest of the last of them,
which the entry after it names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO, Any, Final

import msgspec
from msgspec import Struct

from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.patchwork import Patchwork
from kiosk.ledger.storage import as_document
from kiosk.ledger.tables import LEDGER_TABLE, TABLE_CHANGE, Tables

FORMAT: Final = 1
"""Version of the form."""

CHANGES_TABLE: Final = "sealgate_changes"
ABOUT_TABLE: Final = "sealgate_export"
ABOUT_ID: Final = "1"

encode: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":")).encode
"""The one way in which a document is written."""


class Period(Struct, frozen=True):
    """Which entries are wanted, by their own time.

    Attributes:
        since: No entry before this; None: from the first on.
        until: None at or after this; None: to the last.
    """

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether an entry of this time is wanted."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


class LeftOut(Struct, frozen=True, forbid_unknown_fields=True):
    """Entries in a row that are not in the file.

    Attributes:
        first: Number of the first of them.
        last: Number of the last of them.
        prev: Digest of the last of them, in hex, as the entry after it names it; empty where none comes after.
        hashes: Hashes of the complete subtrees over them, in hex; see `kiosk.ledger.patchwork`.
    """

    first: int
    last: int
    prev: str
    hashes: tuple[str, ...]


class About(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file says of itself.

    Attributes:
        format: Version of the form.
        entries: How many entries the ledger had: those in the file and those that were left out.
        since: From when on entries were wanted; None for the first.
        until: Before when; None for the last.
        left_out: The entries that are not in the file.
    """

    format: int
    entries: int
    since: str | None
    until: str | None
    left_out: tuple[LeftOut, ...]


Item = LedgerEntry | LeftOut


def select(entries: Iterable[LedgerEntry], period: Period) -> Iterator[Item]:
    """The entries that are wanted, and in the place of others what stands for them."""
    gap: Patchwork | None = None
    digest = ""
    for entry in entries:
        if period.holds(entry.time):
            if gap:
                yield _left_out(gap, digest)
            gap = None
            yield entry
        else:
            gap, digest = gap or Patchwork(entry.seq - FIRST_SEQ), entry.digest
            gap.add(bytes.fromhex(digest))
    if gap:
        yield _left_out(gap, "")


def _left_out(gap: Patchwork, prev: str) -> LeftOut:
    return LeftOut(gap.start + FIRST_SEQ, gap.stop, prev, tuple(digest.hex() for digest in gap.hashes))


class Form:
    """Makes a file's text from entries, piece by piece, and adds up the tree over them.

    Args:
        items: What `select` gives.
        tables: Gives the other tables; asked once the entries have gone by.
        since: As `About`.
        until: As `About`.
        spool: An empty file, for the entries that come after the others.

    Attributes:
        shown: How many entries are in the text, so far.
        first: The number of the first of them; None before it.
        last: The number of the last of them.
        tree: The tree over all entries so far, those left out too.
    """

    def __init__(
        self,
        items: Iterable[Item],
        tables: Callable[[], Tables],
        since: str | None,
        until: str | None,
        spool: IO[str],
    ) -> None:
        self._items = items
        self._tables = tables
        self._since, self._until = since, until
        self._spool = spool
        self._left_out: list[LeftOut] = []
        self.shown = 0
        self.first: int | None = None
        self.last: int | None = None
        self.tree = Patchwork(0)

    def text(self) -> Iterator[str]:
        """The file's text.

        Raises:
            LedgerError: Another table has a name that the file needs itself.
            ValueError: What stands for entries that were left out cannot.
        """
        yield "{"
        yield from _table(LEDGER_TABLE, self._ledger())
        yield from self._other_tables()
        if self._spool.tell():
            self._spool.seek(0)
            yield ",\n"
            yield from _table(CHANGES_TABLE, (line.removesuffix("\n") for line in self._spool))
        about = About(FORMAT, self.tree.stop, self._since, self._until, tuple(self._left_out))
        yield ",\n"
        yield from _table(ABOUT_TABLE, [document_line(ABOUT_ID, msgspec.to_builtins(about))])
        yield "}\n"

    def _ledger(self) -> Iterator[str]:
        for item in self._items:
            if isinstance(item, LeftOut):
                self.tree.add_stretch(item.last, [bytes.fromhex(digest) for digest in item.hashes])
                self._left_out.append(item)
                continue
            self.shown, self.first, self.last = self.shown + 1, self.first or item.seq, item.seq
            self.tree.add(bytes.fromhex(item.digest))
            line = document_line(str(item.seq), as_document(item))
            if item.kind == TABLE_CHANGE:
                self._spool.write(line + "\n")
            else:
                yield line

    def _other_tables(self) -> Iterator[str]:
        tables = self._tables()
        for name in tables.names():
            if name in (LEDGER_TABLE, CHANGES_TABLE, ABOUT_TABLE):
                raise LedgerError(
                    "export", expected=f"the name {name} for its own table", got="one of the site's", mend="rename that"
                )
            yield ",\n"
            yield from _table(name, (document_line(key, each) for key, each in tables.documents(name).items()))


def document_line(doc_id: str, document: Any) -> str:  # noqa: ANN401  (JSON)
    """A document with its id, without what stands between two of them."""
    return f"{encode(doc_id)}:{encode(document)}"


def _table(name: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{encode(name)}:{{"
    between = "\n"
    for line in lines:
        yield between
        yield line
        between = ",\n"
    yield "\n}"
