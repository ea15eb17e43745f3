"""What the register has of kiosks, read as it stands: for who holds it against what was signed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from psycopg import Connection, DataError, IsolationLevel
from psycopg.types.datetime import TimestamptzLoader

from kiosk.register.postgres.rows import NO_DIGEST
from kiosk.register.postgres.sending import Sent

_KIOSKS: Final = (
    "SELECT kiosk FROM sealgate_kiosks UNION SELECT kiosk FROM sealgate_entries"
    " UNION SELECT kiosk FROM sealgate_checkpoints ORDER BY kiosk"
)
_SENT: Final = "SELECT entries, digest FROM sealgate_kiosks WHERE kiosk = %s"
_ROWS: Final = (
    "SELECT seq, time, clock, boot, monotonic_ms, kind, CAST(body AS TEXT), digest FROM sealgate_entries"
    " WHERE kiosk = %s ORDER BY seq"
)


class StoredRow(Struct, frozen=True, gc=False):
    """A row of ``sealgate_entries`` as it is found: anybody may have altered it.

    Attributes:
        seq: The entry's number.
        time: When it happened; None where no clock of this program reaches.
        clock: State of the kiosk's clock.
        boot: Which run of the machine.
        monotonic_ms: Milliseconds within that run.
        kind: What sort of entry.
        body: As JSON, in the database's own spelling.
        digest: The digest beside it.
    """

    seq: int
    time: datetime | None
    clock: str
    boot: str
    monotonic_ms: int
    kind: str
    body: str
    digest: str


class _AnyTime(TimestamptzLoader):
    """Reads a time; None for those that a database has and Python has not, such as infinity."""

    def load(self, data: Any) -> Any:  # noqa: ANN401 - as psycopg has it
        try:
            return super().load(data)
        except DataError:
            return None


@contextmanager
def at_one_moment(connection: Connection) -> Iterator[None]:
    """All that is read within is of one moment, though kiosks go on sending.

    Args:
        connection: In autocommit mode.
    """
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            yield
    finally:
        connection.isolation_level = None


def kiosks(connection: Connection) -> list[str]:
    """Every ledger of which there is anything."""
    return [str(kiosk) for (kiosk,) in connection.execute(_KIOSKS).fetchall()]


def sent(connection: Connection, kiosk: str) -> Sent:
    """What the register says that it has of a kiosk; nothing where it does not know it."""
    row = connection.execute(_SENT, (kiosk,)).fetchone()
    return Sent(int(row[0]), str(row[1])) if row else Sent(0, NO_DIGEST)


def stored_rows(connection: Connection, kiosk: str) -> Iterator[StoredRow]:
    """A kiosk's rows in their order, one at a time: memory does not grow with them."""
    with connection.cursor() as cursor:
        cursor.adapters.register_loader("timestamptz", _AnyTime)
        for row in cursor.stream(_ROWS, (kiosk,)):
            yield StoredRow(*row)
