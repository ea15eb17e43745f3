"""The tables beside the ledger table: they may change, and every change is an entry of the journal.

The body of such an entry is ``{"changes": [CHANGE, ...]}``, all of which hold, or none. A CHANGE has ``table`` and
``op``: ``create``; ``put`` with ``documents`` ``[[ID, DOCUMENT], ...]``; ``remove`` with ``ids``; ``clear``; ``drop``.
Ids are text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kiosk.ledger.canonical import canonical
from kiosk.ledger.strict import read_json

TABLE_CHANGE: Final = "table"
"""Kind of the entries that change other tables."""

LEDGER_TABLE: Final = "ledger"
"""Name of the table that shows the entries themselves."""

Document = dict[str, Any]
Change = dict[str, Any]


def create(table: str) -> Change:
    """A table comes to be, empty."""
    return {"table": table, "op": "create"}


def put(table: str, documents: Mapping[str, Mapping[str, Any]]) -> Change:
    """Documents are added, or take the place of those with the same id."""
    return {
        "table": table,
        "op": "put",
        "documents": [[doc_id, dict(document)] for doc_id, document in documents.items()],
    }


def remove(table: str, ids: Sequence[str]) -> Change:
    """Documents go."""
    return {"table": table, "op": "remove", "ids": list(ids)}


def clear(table: str) -> Change:
    """All documents go, the table stays."""
    return {"table": table, "op": "clear"}


def drop(table: str) -> Change:
    """The table goes."""
    return {"table": table, "op": "drop"}


class Tables:
    """What the other tables hold now: the sum of all changes so far."""

    __slots__ = ("_tables",)

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, Document]] = {}

    def names(self) -> list[str]:
        """The tables that there are."""
        return list(self._tables)

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        return table in self._tables

    def documents(self, table: str) -> dict[str, Document]:
        """The documents of a table, by id; not to be altered. Of a table that is not there: none."""
        return self._tables.get(table, {})

    def to_bytes(self) -> bytes:
        """All tables as they are, in one text: canonical JSON, in the order that TinyDB shows."""
        return canonical([[name, list(map(list, documents.items()))] for name, documents in self._tables.items()])

    @classmethod
    def from_bytes(cls, data: bytes) -> Tables:
        """Reads what `to_bytes` wrote.

        Raises:
            ValueError: It is something else.
        """
        tables = cls()
        try:
            tables._tables = {
                str(name): {str(key): dict(value) for key, value in rows} for name, rows in read_json(data)
            }
        except TypeError as fault:
            raise ValueError(f"tables that cannot be read: {fault}") from None
        return tables

    def apply(self, body: Mapping[str, Any]) -> None:
        """Follows the body of one entry.

        Raises:
            ValueError: It is no change that this version knows.
        """
        try:
            for change in body["changes"]:
                self._apply(change["table"], change["op"], change)
        except (KeyError, TypeError) as fault:
            raise ValueError(f"a table change without {fault}") from None

    def _apply(self, table: str, op: str, change: Change) -> None:
        documents = self._tables.setdefault(table, {})
        if op == "put":
            documents.update((str(doc_id), document) for doc_id, document in change["documents"])
        elif op == "remove":
            for doc_id in change["ids"]:
                documents.pop(doc_id, None)
        elif op == "clear":
            documents.clear()
        elif op == "drop":
            del self._tables[table]
        elif op != "create":
            raise ValueError(f"the table change {op!r}")


def copied(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    """A JSON value of one's own: altering it alters nothing else."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    return value


def same(one: Any, other: Any) -> bool:  # noqa: ANN401  (any JSON value)
    """Whether two values are the same JSON; unlike ``==`` it tells true from 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(inner, other[key]) for key, inner in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
