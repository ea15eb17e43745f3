"""scripts/bench postgres: that the figure is of what it says, and that its bar can break."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from scripts.benches import postgres
from scripts.benches.command import main
from scripts.benches.figures import BenchFailed
from tests.postgres.server import NoServer, Server
from tests.scripts.bench_sizes import TINY, by_name

AREA = {"postgres": postgres.measure}
BAR = 1 / 0.6
"""As the users of the register were promised."""


Tables = dict[str, tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]]


def looked_at(bring: Callable[[Any, str], None], name: str, seen: Tables) -> Callable[[Any, str], None]:
    """The same, noting what is in the register when it is done."""

    def also(rows: object, register: str) -> None:
        bring(rows, register)
        with psycopg.connect(register) as look:
            seen[name] = (
                look.execute("SELECT * FROM sealgate_entries ORDER BY seq").fetchall(),
                look.execute("SELECT * FROM sealgate_uplifts ORDER BY seq, place").fetchall(),
            )

    return also


def test_both_sides_bring_the_same_rows_into_the_same_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Tables = {}
    for name in ("_send", "_copy"):
        monkeypatch.setattr(postgres, name, looked_at(getattr(postgres, name), name, seen))
    figure = by_name(postgres.measure(tmp_path, TINY))["postgres.send x"]
    assert seen["_send"] == seen["_copy"]
    assert len(seen["_send"][0]) >= TINY.register_entries
    assert seen["_send"][1]
    assert figure.bar == BAR
    assert figure.value == figure.peers["sealgate ms"] / figure.peers["bare COPY ms"]


def test_the_bar_can_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "SEND_BAR", 0.0)
    assert main(["postgres"], areas=AREA, sizes=TINY) == 1


def test_entries_that_are_missing_in_the_register_are_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "send", lambda _connection, history: history.count)
    with pytest.raises(BenchFailed, match="expected the register to have"):
        postgres.measure(tmp_path, TINY)


def test_a_machine_without_postgresql_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.postgres.server.PLACES", (tmp_path, tmp_path))
    with pytest.raises(BenchFailed, match="run scripts/test, which fetches it"):
        postgres.measure(tmp_path, TINY)
    with pytest.raises(NoServer):
        Server()


def test_a_turn_begins_with_an_empty_register_and_the_last_one_is_gone() -> None:
    server = Server()
    try:
        server.start()
        databases = postgres.Databases(server)
        databases.renew()
        first = conninfo_to_dict(databases.ready)["dbname"]
        databases.renew()
        with psycopg.connect(databases.ready) as look:
            assert look.execute("SELECT count(*) FROM sealgate_entries").fetchone() == (0,)
            names = look.execute("SELECT datname FROM pg_database").fetchall()
        assert (first,) not in names
    finally:
        server.remove()
