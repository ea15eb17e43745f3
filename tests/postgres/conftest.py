from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection

from tests.postgres.kiosks import Gate
from tests.postgres.server import COMMON, VERSIONS, Server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a server runs on every version: the contract always, others on all but one in the long run alone."""
    if "version" in metafunc.fixturenames:
        everywhere = metafunc.definition.get_closest_marker("every_version") is not None
        later = () if everywhere else (pytest.mark.long,)
        runs = [pytest.param(each, id=f"pg{each}", marks=() if each == COMMON else later) for each in VERSIONS]
        metafunc.parametrize("version", runs, scope="session")


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[int], Server]]:
    """A PostgreSQL of each version that is asked for, which all tests of a run share, with databases of their own."""
    started: dict[int, Server] = {}

    def of(version: int) -> Server:
        if version not in started:
            started[version] = Server(version)
            started[version].start()
        return started[version]

    try:
        yield of
    finally:
        for server in started.values():
            server.remove()


@pytest.fixture(scope="session")
def server(servers: Callable[[int], Server], version: int) -> Server:
    """The shared one of the version that the test runs on."""
    return servers(version)


@pytest.fixture
def own_server(version: int) -> Iterator[Server]:
    """One that only this test uses, and may crash."""
    server = Server(version)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def register(server: Server) -> Iterator[str]:
    """An empty database: its connection string."""
    database = server.database()
    yield database
    server.drop(database)


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
