"""The register's SQL is what CockroachDB and YugabyteDB document that they take; neither server was run."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from kiosk.cli import main
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.register.postgres.connecting import session_settings
from kiosk.register.postgres.migrate import migrations
from tests.postgres.dialect import NODES, faults
from tests.postgres.kiosks import Gate
from tests.postgres.server import Server

SAID = re.compile(r"\[sealgate\] LOG:  (?:statement|execute [^:]*): (.*)", re.DOTALL)


class Listening:
    """A server that says every statement of the register, as it was told it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._lines: list[str] = []
        self._thread = Thread(target=lambda: self._lines.extend(server.told()))
        self._thread.start()

    def statements(self) -> set[str]:
        """All that came, once the server has stopped."""
        self.server.stop()
        self._thread.join()
        said = re.split(r"\n(?!\t)", "\n".join(self._lines))
        return {match[1].replace("\n\t", "\n") for entry in said if (match := SAID.fullmatch(entry))}


@pytest.fixture
def listening(version: int) -> Iterator[Listening]:
    server = Server(version, settings=("log_statement=all", "log_line_prefix=[%a] "))
    try:
        server.start()
        yield Listening(server)
    finally:
        server.remove()


def whole_scenario(register: str, gate: Gate, other: Gate, copy: Gate) -> list[int]:
    """Everything that commands do to a register; their exit codes."""

    def run(*words: object, of: Gate | None = None) -> int:
        place = ("--data", of.data, "--config", of.config) if of else ()
        return main([str(word) for word in (*words, *place)])

    to = ("--to", register)
    gate.grow(10)
    shutil.copytree(gate.ledger, copy.ledger)
    copy.grow(40)
    for each in (gate, other):
        each.uplift("NZB1000001")
    codes = [run("export", "--format", "postgres", *to, of=each) for each in (gate, other)]
    codes += [run("register", "publish", "racas", SAMPLE_SITE / "racas.csv", "--every-site", *to)]
    codes += [run("register", "publish", "drivers", SAMPLE_SITE / "racas.csv", "--every-site", *to)]
    codes += [run("register", "revoke", "C1", "--reason", "lost", "--every-site", *to)]
    codes += [run("sync", "--once", *to, of=each) for each in (gate, other, gate)]
    codes += [run("sync", "--once", *to, of=copy)]
    codes += [run("register", "verify", "--key", gate.key, "--key", other.key, *to)]
    return codes


def test_every_statement_of_a_whole_scenario_is_in_the_sql_that_they_document(
    listening: Listening, gate: Gate, other_gate: Gate, tmp_path: Path
) -> None:
    register = listening.server.database()
    codes = whole_scenario(register, gate, other_gate, Gate(tmp_path / "copy"))
    assert codes == [0] * 8 + [1, 0]
    statements = listening.statements()
    for word in (
        "COPY sealgate_entries",
        "FOR UPDATE",
        "BEGIN",
        "INSERT INTO sealgate_refusals",
        "CROSS JOIN",
        "UNION",
    ):
        assert any(word in each for each in statements), word
    for table in re.findall(r"sealgate_\w+(?= \()", "".join(each.sql for each in migrations())):
        assert any(table in each for each in statements if not each.lstrip().startswith(("CREATE", "--"))), table
    assert {each: found for each in statements if (found := list(faults(each)))} == {}


def test_every_migration_is() -> None:
    assert [found for each in migrations() for found in faults(each.sql)] == []


def test_yugabytedb_alone_is_told_to_copy_without_committing_on_the_way() -> None:
    plain = session_settings("17.10")
    assert session_settings("15.12-YB-2025.2.0.0-b0") == (*plain, "SET yb_default_copy_from_rows_per_transaction = 0")
    assert session_settings("13.0.0") == session_settings("") == plain
    assert not any("yb_" in each for each in plain)
    assert [found for each in session_settings("-YB-") for found in faults(each)] == []


@pytest.mark.parametrize(
    "planted",
    [
        "CREATE TRIGGER t AFTER UPDATE ON sealgate_kiosks FOR EACH ROW EXECUTE FUNCTION told()",
        "CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SELECT pg_advisory_xact_lock(1)",
        "LISTEN sent",
        "NOTIFY sent",
        "CREATE SEQUENCE s",
        "SELECT nextval('s')",
        "CREATE TABLE IF NOT EXISTS t (n SERIAL PRIMARY KEY)",
        "CREATE TABLE IF NOT EXISTS t (n INT GENERATED ALWAYS AS IDENTITY)",
        "CREATE TABLE t (n INT PRIMARY KEY)",
        "CREATE TEMPORARY TABLE IF NOT EXISTS t (n INT)",
        "CREATE UNLOGGED TABLE IF NOT EXISTS t (n INT)",
        "CREATE TABLE IF NOT EXISTS t (n INT REFERENCES u)",
        "CREATE TABLE IF NOT EXISTS t (n INT, EXCLUDE USING gist (n WITH =))",
        "CREATE TABLE IF NOT EXISTS t (n XML)",
        "CREATE TABLE IF NOT EXISTS t (n INT) PARTITION BY RANGE (n)",
        "CREATE TABLE IF NOT EXISTS t (n INT) INHERITS (u)",
        "CREATE INDEX IF NOT EXISTS i ON t USING brin (n)",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n)",
        "CREATE EXTENSION pg_trgm",
        "CREATE RULE r AS ON INSERT TO t DO NOTHING",
        "ALTER TABLE t ALTER COLUMN n TYPE TEXT",
        "ALTER TABLE t ADD COLUMN n INT",
        "DO $$ BEGIN END $$",
        "LOCK TABLE t",
        "VACUUM t",
        "COPY t FROM STDIN (FORMAT binary)",
        "COPY t FROM '/etc/passwd'",
        "COPY t TO STDOUT",
        "SELECT * FROM t FOR SHARE",
        "SELECT * FROM t FOR UPDATE SKIP LOCKED",
        "SELECT * FROM t TABLESAMPLE system (1)",
        "SELECT n, row_number() OVER () FROM t",
        "SELECT DISTINCT ON (n) n FROM t",
        "WITH x AS (DELETE FROM t RETURNING n) SELECT n FROM x",
        "UPDATE t SET n = u.n FROM u",
        "MERGE INTO t USING u ON t.n = u.n WHEN MATCHED THEN DO NOTHING",
        "DECLARE c CURSOR FOR SELECT 1",
        "SAVEPOINT s",
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
        "PREPARE TRANSACTION 'x'",
        "SET LOCAL lock_timeout = 1",
        "SET jit = off",
        "SELECT ctid::xid FROM t",
        "SELECT jsonb_path_query(body, '$.n') FROM t",
        "TRUNCATE t",
        "DELETE FROM t",
        "CREATE TABLE IF NOT EXISTS t (n INT) TABLESPACE x",
        "CREATE TABLE IF NOT EXISTS t (n INT) USING heap",
        "CREATE TABLE IF NOT EXISTS t (n TEXT COMPRESSION pglz)",
        "CREATE TABLE IF NOT EXISTS t (n TEXT[])",
        "CREATE INDEX IF NOT EXISTS i ON t (lower(n))",
        "CREATE INDEX IF NOT EXISTS i ON t (n text_pattern_ops)",
        "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (n) NULLS NOT DISTINCT",
        "CREATE INDEX IF NOT EXISTS i ON t (n) TABLESPACE x",
        "INSERT INTO t (n) OVERRIDING SYSTEM VALUE VALUES (1)",
        "INSERT INTO t (n) VALUES (1) ON CONFLICT (lower(n)) DO NOTHING",
        "INSERT INTO t (n) VALUES (1) ON CONFLICT (n) WHERE n > 1 DO NOTHING",
        "INSERT INTO t (n) VALUES (1) ON CONFLICT ON CONSTRAINT c DO NOTHING",
        "INSERT INTO t (n) VALUES (1) ON CONFLICT (n) DO UPDATE SET n = excluded.n WHERE t.n > 1",
        "COPY t FROM STDIN WHERE n > 1",
        "SELECT n FROM t ORDER BY n USING <",
        "SELECT n FROM t ORDER BY n FETCH FIRST 1 ROW WITH TIES",
        "SELECT n FROM t OFFSET 1",
        "SELECT n FROM t GROUP BY n HAVING n > 1",
        "SELECT n FROM t EXCEPT SELECT n FROM u",
        "SELECT n / 2 FROM t",
        "SELECT n FROM t WHERE n = ANY (SELECT n FROM u)",
        "SELECT n FROM t WHERE n LIKE 'a%'",
        "BEGIN ISOLATION LEVEL SERIALIZABLE",
        "COMMIT AND CHAIN",
        "SET lock_timeout TO DEFAULT",
        "RESET lock_timeout",
    ],
)
def test_whatever_is_not_on_the_list_is_found(planted: str) -> None:
    assert list(faults(planted))


def test_the_manual_names_each_construct_with_its_sources() -> None:
    page = (Path(__file__).parents[2] / "docs" / "postgres.md").read_text(encoding="utf-8")
    section = page.partition("## Which servers")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:2] == "| "]
    told = {name.replace("`", ""): sources for name, *sources in rows[1:]}
    assert set(NODES) == set(told)
    assert all(len(sources) == 2 and all(sources) for sources in told.values())
