"""How quickly a kiosk's entries come into the register, beside a bare COPY of the same rows into the same tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from msgspec import Struct

from kiosk.commands.sync_rows import LedgerHistory
from kiosk.register.postgres.connecting import connected, register_at
from kiosk.register.postgres.copying import COPY_ENTRIES, COPY_UPLIFTS, prepare
from kiosk.register.postgres.sending import Kiosk, introduce, send
from kiosk.register.postgres.twice import raise_alerts
from scripts.benches.conditions import Side, take_turns
from scripts.benches.entries import make_ledger, settle_disk, without_waiting_for_the_disk
from scripts.benches.figures import BenchFailed, Figure, ratio
from scripts.benches.sizes import Sizes
from tests.postgres.server import NoServer, Server

SEND_BAR: Final = 1 / 0.6
"""At least 0.6 of the speed of the bare COPY: reading, proving and comparing may take no longer than that leaves."""

_READ_BYTES: Final = 1 << 17


class Rows(Struct, frozen=True):
    """The same rows as files that COPY takes as they are.

    Attributes:
        entries: Those of sealgate_entries.
        uplifts: Those of sealgate_uplifts.
    """

    entries: Path
    uplifts: Path


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Measure the area in a folder of its own."""
    ledger = folder / "ledger"
    with without_waiting_for_the_disk():
        make_ledger(ledger, sizes.register_entries)
    rows = _write_rows(ledger, Rows(folder / "entries.copy", folder / "uplifts.copy"))
    settle_disk()
    with _server() as server:
        databases = Databases(server)
        ours = Side(lambda: _send(ledger, databases.ready))
        bare = Side(lambda: _copy(rows, databases.ready))
        take_turns([_fresh(databases, ours), _fresh(databases, bare)], sizes.register_rounds)
        databases.drop()
    return [ratio("postgres.send x", SEND_BAR, ("sealgate ms", ours.took), ("bare COPY ms", bare.took))]


class Databases:
    """A database with the register's tables for each turn; the one before is gone."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.ready = ""

    def renew(self) -> None:
        """Make the next one, and have the server's disk settle."""
        self.drop()
        self.ready = self._server.database()
        with connected(register_at(self.ready)):
            pass
        with psycopg.connect(self._server.dsn("postgres"), autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def drop(self) -> None:
        """Take the last one away."""
        if self.ready:
            self._server.drop(self.ready)


class _Fresh(Side):
    """A side whose turn begins with an empty register, for which nobody's time counts."""

    def __init__(self, databases: Databases, side: Side) -> None:
        super().__init__(int)
        self._databases = databases
        self._side = side

    def turn(self) -> None:
        self._databases.renew()
        self._side.turn()


def _fresh(databases: Databases, side: Side) -> Side:
    return _Fresh(databases, side)


def _send(ledger: Path, register: str) -> None:
    """As ``sealgate export --format postgres``, from opening the ledger to the look for seals uplifted twice."""
    with connected(register_at(register)) as connection:
        history = LedgerHistory(ledger)
        introduce(connection, Kiosk(history.kiosk, "SLS0421", "gate"))
        sent = send(connection, history)
        raise_alerts(connection, history.kiosk)
        _check(connection, history.count)
        if sent != history.count:
            raise BenchFailed(f"expected {history.count} entries to be sent, got {sent}")


def _copy(rows: Rows, register: str) -> None:
    """The same rows in one transaction, out of files that need no work."""
    with psycopg.connect(register) as connection:
        for statement, file in ((COPY_ENTRIES, rows.entries), (COPY_UPLIFTS, rows.uplifts)):
            with file.open("rb") as source, connection.cursor().copy(statement.encode()) as copy:
                while part := source.read(_READ_BYTES):
                    copy.write(part)


def _check(connection: psycopg.Connection, entries: int) -> None:
    row = connection.execute("SELECT entries FROM sealgate_kiosks").fetchone()
    if row != (entries,):
        raise BenchFailed(f"expected the register to have {entries} entries, got {row}")


def _write_rows(ledger: Path, rows: Rows) -> Rows:
    history = LedgerHistory(ledger)
    with rows.entries.open("wb") as entries, rows.uplifts.open("wb") as uplifts:
        for batch in history.batches(0):
            prepared = prepare(history.kiosk, batch)
            entries.write(prepared.entries)
            uplifts.write(prepared.uplifts)
    return rows


@contextmanager
def _server() -> Iterator[Server]:
    try:
        server = Server(durable=True)
    except NoServer as fault:
        raise BenchFailed(str(fault)) from fault
    try:
        server.start()
        yield server
    finally:
        server.remove()
