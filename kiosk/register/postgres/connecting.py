"""How a kiosk comes to the register: its place, and a connection that does not wait for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from msgspec import Struct
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kiosk.register.postgres.errors import RegisterFailed, told
from kiosk.register.postgres.migrate import migrate

CONNECT_S: Final = 10
"""Seconds that a connection may take to come about."""

_DEFAULTS: Final[dict[str, Any]] = {
    "application_name": "sealgate",
    "client_encoding": "UTF8",
    "connect_timeout": CONNECT_S,
    # A server that is gone without a word is noticed within a minute.
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_SESSION: Final = (
    "SET lock_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    # A kiosk that is gone without a word: the server lets go of its transaction. Not every relative has these.
    "SET tcp_keepalives_idle = 20",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
)
_WHOLE_COPIES: Final = "SET yb_default_copy_from_rows_per_transaction = 0"
"""YugabyteDB's COPY commits every so many rows; before its 2.20.12 and 2025.1.1 it could within a transaction, too."""

_SPOKEN: Final = ("host", "port", "dbname", "service")


class Register(Struct, frozen=True):
    """Where the register is.

    Attributes:
        conninfo: What libpq needs; it may hold a password.
        name: How lines call it; it holds none.
    """

    conninfo: str
    name: str


def register_at(to: str) -> Register:
    """Reads what was given as the register's place.

    Args:
        to: A connection string, a URI, or the name of a service (pg_service.conf).

    Raises:
        RegisterFailed: It is none.
    """
    text = to if "=" in to or "://" in to else f"service='{to}'"
    try:
        given = conninfo_to_dict(text)
    except psycopg.ProgrammingError:  # its text may quote a password
        raise RegisterFailed(
            expected="a connection string, a URI or a service's name after --to",
            got="something that is none",
            mend="write it as libpq takes it, such as service=register or postgresql://kiosk@host/sealgate",
        ) from None
    name = " ".join(f"{key}={given[key]}" for key in _SPOKEN if given.get(key)) or "of the environment's settings"
    return Register(make_conninfo("", **{**_DEFAULTS, **given}), name)


@contextmanager
def connected(register: Register) -> Iterator[Connection]:
    """A connection to a register whose tables are there.

    Raises:
        RegisterAway: It cannot be reached, or is lost on the way.
        RegisterFailed: It cannot be a register, or something asked of it fails.
    """
    with told(register.name), psycopg.connect(register.conninfo, autocommit=True) as connection:
        _check_encoding(connection)
        for setting in session_settings(connection.info.parameter_status("server_version") or ""):
            _try(connection, setting)
        migrate(connection)
        yield connection


def session_settings(server_version: str) -> tuple[str, ...]:
    """What is set for a session: a server of another make would log what it does not know as an error.

    Args:
        server_version: What the server calls itself, such as ``17.10``, or ``15.12-YB-2025.2.0.0-b0`` of YugabyteDB.
    """
    return (*_SESSION, _WHOLE_COPIES) if "-YB-" in server_version else _SESSION


def _try(connection: Connection, setting: Any) -> None:  # noqa: ANN401 - a literal string, to psycopg's types
    try:
        connection.execute(setting)
    except (psycopg.ProgrammingError, psycopg.NotSupportedError, psycopg.DataError):
        return


def _check_encoding(connection: Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in {"UTF8", None}:
        raise RegisterFailed(
            expected="a database in UTF8", got=encoding, mend="make one with: createdb -E UTF8 -T template0 NAME"
        )
