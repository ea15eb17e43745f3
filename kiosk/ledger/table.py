"""TinyDB's tables on the journal: the ones that may change, and the ledger table, which only grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from datetime import datetime
from typing import Any, NoReturn, cast

from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from kiosk.ledger.book import Book
from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.errors import AppendOnly, EntryRefused
from kiosk.ledger.stamp import Clock, Stamp
from kiosk.ledger.storage import JournalStorage, LedgerView
from kiosk.ledger.tables import Change, clear, copied, create, put, remove, same

DOCUMENT_FIELDS = frozenset({"kind", "time", "clock", "body"})


class TableView(Mapping[str, Mapping[str, Any]]):
    """A table's documents as they are; going through them is safe while another thread changes the table."""

    __slots__ = ("_documents",)

    def __init__(self, documents: dict[str, dict[str, Any]]) -> None:
        self._documents = documents

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._documents))

    def __getitem__(self, doc_id: str) -> Mapping[str, Any]:
        return self._documents[doc_id]

    def items(self) -> list[tuple[str, Mapping[str, Any]]]:  # type: ignore[override]  # TinyDB goes through them once
        """Id and document of each, as they are now."""
        return list(self._documents.items())


class Draft(MutableMapping[Any, Any]):
    """A table as TinyDB's updaters see it, which remembers what they change. Nothing is copied but what they touch."""

    def __init__(self, documents: Mapping[str, dict[str, Any]], id_class: Callable[[str], Any]) -> None:
        self._documents = documents
        self._id_class = id_class
        self._put: dict[str, dict[str, Any]] = {}
        self._gone: dict[str, None] = {}
        self._cleared = False

    def __getitem__(self, doc_id: Any) -> dict[str, Any]:  # noqa: ANN401  (TinyDB lets ids be of any class)
        key = str(doc_id)
        if key not in self._put:
            if not self._stands(key):
                raise KeyError(doc_id)
            self._put[key] = copied(self._documents[key])
        return self._put[key]

    def __setitem__(self, doc_id: Any, document: dict[str, Any]) -> None:  # noqa: ANN401
        self._put[str(doc_id)] = document

    def __delitem__(self, doc_id: Any) -> None:  # noqa: ANN401
        key = str(doc_id)
        if key not in self._put and not self._stands(key):
            raise KeyError(doc_id)
        self._put.pop(key, None)
        if key in self._documents and not self._cleared:
            self._gone[key] = None

    def __contains__(self, doc_id: object) -> bool:
        return str(doc_id) in self._put or self._stands(str(doc_id))

    def __iter__(self) -> Iterator[Any]:
        old = [] if self._cleared else [key for key in list(self._documents) if key not in self._gone]
        new = [key for key in self._put if not self._stands(key)]
        return iter([self._id_class(key) for key in (*old, *new)])

    def __len__(self) -> int:
        old = 0 if self._cleared else len(self._documents) - len(self._gone)
        return old + sum(not self._stands(key) for key in self._put)

    def clear(self) -> None:
        """All documents go."""
        self._cleared = True
        self._put.clear()
        self._gone.clear()

    def changes(self, table: str, *, is_new: bool) -> list[Change]:
        """What was changed, in the journal's words."""
        changes = [create(table)] if is_new else []
        if self._cleared and self._documents:
            changes.append(clear(table))
        if self._gone:
            changes.append(remove(table, list(self._gone)))
        touched = {
            key: document
            for key, document in self._put.items()
            if not self._stands(key) or not same(self._documents[key], document)
        }
        return [*changes, put(table, touched)] if touched else changes

    def _stands(self, key: str) -> bool:
        return not self._cleared and key in self._documents and key not in self._gone


class JournalTable(Table):
    """A TinyDB table whose changes go to the journal, one entry for each call, all or nothing.

    What it returns is the caller's own: altering it alters nothing in the table. Any thread may call it.
    """

    def insert(self, document: Mapping[str, Any]) -> int:
        """As `Table.insert`."""
        with self._guard():
            return super().insert(document)

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """As `Table.insert_multiple`."""
        with self._guard():
            return super().insert_multiple(documents)

    def search(self, cond: QueryLike) -> list[Document]:
        """As `Table.search`."""
        return [_own(document) for document in super().search(cond)]

    def get(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (six overloads)
        """As `Table.get`."""
        found = super().get(*args, **kwargs)
        if isinstance(found, list):
            return [_own(document) for document in found]
        return _own(found) if isinstance(found, Document) else found

    def __iter__(self) -> Iterator[Document]:
        return map(_own, super().__iter__())

    def _guard(self) -> Any:  # noqa: ANN401  (threading gives its lock no public type)
        return self._storage.book.lock  # type: ignore[attr-defined]  # a middleware passes it on

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        if not isinstance(self._storage, JournalStorage):
            return super()._read_table()
        return cast("dict[str, Mapping[str, Any]]", TableView(self._storage.book.tables.documents(self.name)))

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        if not isinstance(self._storage, JournalStorage):
            super()._update_table(updater)  # a middleware, which keeps whole tables
            return
        book = self._storage.book
        with book.lock:
            draft = Draft(book.tables.documents(self.name), self.document_id_class)
            updater(cast("dict[int, Mapping[str, Any]]", draft))
            changes = draft.changes(self.name, is_new=not book.tables.has(self.name))
            if changes:
                book.change(changes)
            self.clear_cache()


class LedgerTable(JournalTable):
    """The entries as TinyDB documents of ``kind``, ``time``, ``clock`` and ``body``; an entry's number is its id.

    An insert is an entry, durable when it returns. ``time`` and ``clock`` may be left out together: then the
    kiosk's clock is asked. Changes of other tables are entries too, but are not shown here.
    """

    def __init__(self, storage: Storage, name: str, **_options: Any) -> None:  # noqa: ANN401  (TinyDB's own options)
        super().__init__(storage, name, cache_size=0)  # it grows from elsewhere too, so no result keeps

    def insert(self, document: Mapping[str, Any]) -> int:
        """Records an entry.

        Raises:
            EntryRefused: The document is no entry.
            LedgerError: As `Ledger.append`.
        """
        book: Book = self._storage.book  # type: ignore[attr-defined]  # a middleware passes it on
        with book.lock:
            kind, stamp, body, doc_id = _draft(document, book.now)
            if doc_id is not None:
                _check_next(book, doc_id)
            return book.append(kind, stamp, body).seq

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Records entries, each durable before the next; if one fails, those before it stand.

        Documents that are no entries are found before the first is written.
        """
        with self._guard():
            book = self._storage.book  # type: ignore[attr-defined]
            drafts = [_draft(document, book.now) for document in documents]
            for at, (kind, stamp, body, doc_id) in enumerate(drafts):
                _check_next(book, doc_id, at)
                LedgerEntry.make(seq=at + FIRST_SEQ, stamp=stamp, kind=kind, body=body, prev="")
            return [book.append(kind, stamp, body).seq for kind, stamp, body, _ in drafts]

    def update(self, *_args: Any, **_kwargs: Any) -> NoReturn:  # noqa: ANN401
        """Refused."""
        raise AppendOnly("update")

    def update_multiple(self, *_args: Any, **_kwargs: Any) -> NoReturn:  # noqa: ANN401
        """Refused."""
        raise AppendOnly("update_multiple")

    def upsert(self, *_args: Any, **_kwargs: Any) -> NoReturn:  # noqa: ANN401
        """Refused."""
        raise AppendOnly("upsert")

    def remove(self, *_args: Any, **_kwargs: Any) -> NoReturn:  # noqa: ANN401
        """Refused."""
        raise AppendOnly("remove")

    def truncate(self) -> NoReturn:
        """Refused."""
        raise AppendOnly("truncate")

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", LedgerView(self._storage.book))  # type: ignore[attr-defined]

    def _update_table(self, _updater: object) -> NoReturn:
        raise AppendOnly("a change of the whole table")


def _own(document: Document) -> Document:
    return Document(copied(dict(document)), document.doc_id)


def _check_next(book: Book, doc_id: int | None, later: int = 0) -> None:
    """An entry may come with a number, as TinyDB's documents may; it is the next one's or it is refused."""
    following = book.next_seq(later)
    if doc_id not in (None, following):
        raise AppendOnly(f"an insert as number {doc_id}", mend=f"leave the number out: the next one is {following}")


def _draft(document: Mapping[str, Any], now: Callable[[], Stamp]) -> tuple[str, Stamp, dict[str, Any], int | None]:
    if type(document) is dict and document.keys() == DOCUMENT_FIELDS and type(document["body"]) is dict:
        # what the recorder inserts: nothing to find out, and nothing to copy, for an entry keeps what was read back
        return document["kind"], Stamp(_moment(document["time"]), _clock(document["clock"])), document["body"], None
    fields = set(document) if isinstance(document, Mapping) else set()
    if not {"kind", "body"} <= fields <= DOCUMENT_FIELDS or ("time" in fields) != ("clock" in fields):
        raise EntryRefused(
            "document for the ledger table",
            expected="kind and body, and time and clock together or not at all",
            got=", ".join(sorted(map(str, fields))) or f"a {type(document).__name__}",
            mend="put what is to be recorded into body",
        )
    if not isinstance(document["body"], Mapping):
        raise EntryRefused(
            "body", expected="an object", got=f"a {type(document['body']).__name__}", mend="put it into an object"
        )
    stamp = Stamp(_moment(document["time"]), _clock(document["clock"])) if "time" in fields else now()
    return document["kind"], stamp, dict(document["body"]), getattr(document, "doc_id", None)


def _clock(clock: object) -> Clock:
    try:
        return Clock.from_json(clock)
    except ValueError:
        raise EntryRefused(
            "clock", expected="state, boot and monotonic_ms", got=repr(clock), mend="take it from the kiosk's clock"
        ) from None


def _moment(time: object) -> datetime:
    if isinstance(time, str):
        try:
            return datetime.fromisoformat(time)
        except ValueError:
            pass
    if isinstance(time, datetime):
        return time
    raise EntryRefused(
        "time",
        expected="a time such as 2026-01-31T09:05:00.000Z",
        got=repr(time),
        mend="take it from the kiosk's clock",
    )
