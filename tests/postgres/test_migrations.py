"""The register's tables are made by whoever comes first, once, and never by a kiosk that is older than they are."""

import threading
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace
from psycopg import Connection

from kiosk.register.postgres.connecting import connected, register_at
from kiosk.register.postgres.errors import RegisterAway, RegisterFailed
from kiosk.register.postgres.migrate import Migration, migrate, migrations
from tests.postgres.kiosks import Gate, is_one_line, one
from tests.postgres.server import Server

HERE = len(migrations())
LATER = Migration(HERE + 1, "colour", "ALTER TABLE sealgate_kiosks ADD COLUMN IF NOT EXISTS colour TEXT")
BROKEN = Migration(
    HERE + 2, "broken", "CREATE TABLE IF NOT EXISTS sealgate_half (n INT); ALTER TABLE no_such ADD c INT"
)


def applied(look: Connection) -> list[tuple[int, str]]:
    return look.execute("SELECT number, name FROM sealgate_migrations ORDER BY number").fetchall()


@pytest.mark.every_version
def test_an_empty_database_becomes_a_register_and_stays_one(look: Connection) -> None:
    assert migrate(look) == len(migrations())
    assert applied(look) == [(each.number, each.name) for each in migrations()]
    assert migrate(look) == 0


def test_only_what_is_missing_is_applied_in_order(look: Connection) -> None:
    migrate(look)
    assert migrate(look, (*migrations(), LATER)) == 1
    assert [number for number, _ in applied(look)] == list(range(1, HERE + 2))
    assert one(look, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'colour'") == 1


@pytest.mark.every_version
def test_a_migration_that_fails_leaves_nothing_of_itself_and_those_before_it_stand(look: Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        migrate(look, (*migrations(), LATER, BROKEN))
    assert [number for number, _ in applied(look)] == list(range(1, HERE + 2))
    assert one(look, "SELECT to_regclass('sealgate_half') IS NULL")


def test_a_migration_that_cannot_be_recorded_is_not_there(look: Connection) -> None:
    migrate(look)
    with pytest.raises(psycopg.DataError):
        migrate(look, (*migrations(), replace(LATER, name="\0")))
    assert one(look, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'colour'") == 0


def test_every_statement_can_run_again(look: Connection) -> None:
    migrate(look)
    look.execute("DELETE FROM sealgate_migrations")
    assert migrate(look) == len(migrations())


@pytest.mark.every_version
def test_kiosks_that_come_at_once_make_one_register(register: str, look: Connection) -> None:
    faults: list[BaseException] = []
    together = threading.Barrier(4)

    def come() -> None:
        try:
            with psycopg.connect(register, autocommit=True) as connection:
                together.wait()
                migrate(connection)
        except BaseException as fault:  # noqa: BLE001 - shown below
            faults.append(fault)

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [number for number, _ in applied(look)] == [each.number for each in migrations()]


def test_a_register_that_is_newer_than_the_kiosk_is_left_alone(register: str, look: Connection) -> None:
    migrate(look, (*migrations(), LATER))
    with pytest.raises(RegisterFailed, match="update this kiosk"), connected(register_at(register)):
        pass


def test_a_register_can_have_a_schema_of_its_own(gate: Gate, register: str, look: Connection) -> None:
    look.execute("CREATE SCHEMA apart")
    gate.grow(5)
    gate.send(f"{register} options=-csearch_path=apart")
    gate.send(register)
    assert one(look, "SELECT count(*) FROM apart.sealgate_entries") == 5
    assert one(look, "SELECT count(*) FROM public.sealgate_entries") == 5


def test_a_database_that_is_not_in_utf8_is_refused(server: Server) -> None:
    register = register_at(server.database(encoding="LATIN1"))
    with pytest.raises(RegisterFailed, match="expected a database in UTF8, got LATIN1"), connected(register):
        pass


@pytest.mark.every_version
def test_a_login_that_may_make_no_tables_is_told_so_in_one_line(server: Server, register: str) -> None:
    with psycopg.connect(register, autocommit=True) as connection:
        connection.execute("CREATE ROLE weak LOGIN")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # 14 lets everybody make tables there
    weak = register_at(register.replace("user=postgres", "user=weak"))
    with pytest.raises(RegisterFailed, match="permission denied") as caught, connected(weak):
        pass
    assert is_one_line(str(caught.value))


@pytest.mark.every_version
def test_a_kiosk_whose_login_has_the_rights_that_the_manual_lists_can_do_all(
    server: Server, gate: Gate, register: str, look: Connection
) -> None:
    migrate(look)
    page = (Path(__file__).parents[2] / "docs" / "postgres.md").read_text(encoding="utf-8")
    (grants,) = (block for block in page.split("```") if block.startswith("sql\nCREATE ROLE"))
    look.execute(grants.removeprefix("sql").replace("kiosk_north", "north").encode())
    gate.uplift("NZB1000001")
    gate.send(register.replace("user=postgres", "user=north"))
    with pytest.raises(RegisterFailed), connected(register_at(register.replace("user=postgres", "user=north"))) as weak:
        weak.execute("DELETE FROM sealgate_entries")
    assert one(look, "SELECT count(*) FROM sealgate_entries") == 2


def test_a_server_that_is_gone_is_away(server: Server) -> None:
    nowhere = register_at("host=127.0.0.1 port=1 dbname=x password=secret")
    with pytest.raises(RegisterAway, match="nothing is lost") as caught, connected(nowhere):
        pass
    assert is_one_line(str(caught.value))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "to", ["postgresql://u:secret@[::1", "password=secret oops", "=secret", "postgresql://u:secret%zz@x"]
)
def test_a_place_that_is_none_is_refused_and_no_password_is_shown(to: str) -> None:
    with pytest.raises(RegisterFailed) as caught:
        register_at(to)
    assert "secret" not in str(caught.value)


def test_a_service_is_found_by_its_name(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services = tmp_path / "services"
    services.write_text(f"[office]\nhost={server.folder}\nport={server.port}\ndbname=postgres\nuser=postgres\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    register = register_at("office")
    assert register.name == "service=office"
    with psycopg.connect(register.conninfo) as connection:
        assert one(connection, "SELECT current_database()") == "postgres"


def test_a_server_lets_go_of_a_kiosk_that_is_gone_without_a_word(server: Server, register: str) -> None:
    there = register.replace(f"host={server.folder}", "host=127.0.0.1")
    with connected(register_at(there)) as connection:
        assert one(connection, "SHOW tcp_keepalives_idle") == "20"
        assert one(connection, "SHOW lock_timeout") == "30s"
        assert one(connection, "SHOW idle_in_transaction_session_timeout") == "1min"
