"""The register's tables: numbered files of plain SQL, applied in order, each in a transaction and recorded in a table.

Whichever kiosk comes first applies what is missing. Where two come at once, the second finds it done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from typing import Final

from msgspec import Struct
from psycopg import Connection, errors

from kiosk.register.postgres.errors import RegisterFailed

_NAME: Final = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z_]+)\.sql")
_TRIES: Final = 5
"""How often another kiosk may be found at the same migration."""

_RECORDS: Final = """
CREATE TABLE IF NOT EXISTS sealgate_migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TIMESTAMPTZ NOT NULL DEFAULT now()
)"""
_ALREADY: Final = (errors.UniqueViolation, errors.DuplicateTable, errors.DuplicateObject, errors.InternalError_)
"""What PostgreSQL says where two make the same thing at once."""


class Migration(Struct, frozen=True):
    """One step of the schema.

    Attributes:
        number: From 1, without gaps.
        name: What it is about.
        sql: Its statements; each may run again.
    """

    number: int
    name: str
    sql: str


def migrations() -> tuple[Migration, ...]:
    """Those that this version knows, in order."""
    found = sorted(_found(), key=lambda each: each.number)
    assert [each.number for each in found] == list(range(1, len(found) + 1)), "migrations are numbered without gaps"
    return tuple(found)


def migrate(connection: Connection, known: tuple[Migration, ...] | None = None) -> int:
    """Applies what is missing; returns how many it were.

    Args:
        connection: In autocommit mode.
        known: Those to apply; None for this version's own.

    Raises:
        RegisterFailed: The register was made by a newer version, or others kept at it.
        psycopg.Error: The database refuses one; those before it stay.
    """
    known = migrations() if known is None else known
    done = 0
    for _ in range(_TRIES):
        try:
            missing = known[_applied(connection, len(known)) :]
            for each in missing:
                _apply(connection, each)
                done += 1
            return done
        except _ALREADY:
            continue
    raise RegisterFailed(
        expected="to make the register's tables", got=f"another kiosk at it {_TRIES} times", mend="try again"
    )


def _applied(connection: Connection, known: int) -> int:
    """How many migrations the register has."""
    row = connection.execute(
        "SELECT count(*) FROM information_schema.tables"
        " WHERE table_name = 'sealgate_migrations' AND table_schema = current_schema()"
    ).fetchone()
    if not row or not row[0]:
        return 0
    row = connection.execute("SELECT COALESCE(max(number), 0) FROM sealgate_migrations").fetchone()
    applied = int(row[0]) if row else 0
    if applied > known:
        raise RegisterFailed(
            expected=f"a register of at most {known} migrations, which this version knows",
            got=f"one of {applied}",
            mend="update this kiosk; nothing is lost meanwhile: entries wait in the ledger",
        )
    return applied


def _apply(connection: Connection, migration: Migration) -> None:
    with connection.transaction():
        connection.execute(_RECORDS)
        connection.execute(migration.sql)
        connection.execute(
            "INSERT INTO sealgate_migrations (number, name) VALUES (%s, %s)", (migration.number, migration.name)
        )


def _found() -> Iterator[Migration]:
    for file in (resources.files(__package__ or "") / "migrations").iterdir():
        if match := _NAME.fullmatch(file.name):
            yield Migration(int(match["number"]), match["name"], file.read_text(encoding="utf-8"))
