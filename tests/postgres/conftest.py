from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection

from tests.postgres.kiosks import Gate
from tests.postgres.server import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL that all tests of a run share, each with databases of its own."""
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def register(server: Server) -> str:
    """An empty database: its connection string."""
    return server.database()


@pytest.fixture
def look(register: str) -> Iterator[Connection]:
    """A connection that looks into the register as the office would."""
    with psycopg.connect(register, autocommit=True) as connection:
        yield connection


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.fixture
def other_gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "other", site="SLS0999")
