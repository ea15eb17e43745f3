"""`sealgate export --format postgres`, `sealgate sync` and `sealgate register`: what they say, and how they end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import psycopg
import pytest
from msgspec.json import encode
from psycopg import Connection

from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.commands.sync import KINDS
from kiosk.commands.sync_records import NAME, Recorded
from kiosk.commands.sync_turns import FETCH_S, Exchange, Stopped, exchange_with, turns
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.register.kinds import Kind
from kiosk.register.postgres.connecting import register_at
from kiosk.register.postgres.migrate import migrate
from kiosk.site import read_site
from tests.postgres.kiosks import Gate, one, rows_in
from tests.postgres.server import Server

Run = Callable[..., tuple[int, str, str]]

WAIT_S: Final = 60
"""Longest wait for something that takes a second or two on a machine of its own."""

NOTIFY: Final = """
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_notify(''sent'', NEW.entries::text); RETURN NEW; END';
CREATE TRIGGER told AFTER UPDATE ON sealgate_kiosks FOR EACH ROW EXECUTE FUNCTION told();
LISTEN sent"""
"""The test's own, to be told when entries have come."""


@pytest.fixture
def sealgate(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; its exit code, and what it wrote to stdout and stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(list(map(str, words)))
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def place(gate: Gate) -> tuple[object, ...]:
    """A kiosk with a ledger of five entries, as options name it; it has signed before, and so has its key."""
    gate.grow(5)
    gate.sign()
    return "--data", gate.data, "--config", gate.config


@pytest.mark.every_version
def test_an_export_sends_what_is_missing_and_says_how_much(
    gate: Gate, place: tuple[object, ...], register: str, look: Connection, sealgate: Run
) -> None:
    export = ("export", "--format", "postgres", "--to", register, *place)
    code, out, err = sealgate(*export)
    assert (code, err) == (0, "")
    assert out.startswith("register: 5 entries sent; it has 6 of this kiosk\ncheckpoint: sealgate/")
    gate.grow(8)
    assert sealgate(*export)[1].startswith("register: 2 entries sent; it has 10 of this kiosk\n")
    assert rows_in(look, gate.history.kiosk) == gate.lines()
    assert look.execute("SELECT site, gate FROM sealgate_kiosks").fetchall() == [("SLS0421", "gate")]


@pytest.mark.every_version
def test_a_fork_is_exit_code_1_with_the_entry(
    gate: Gate, place: tuple[object, ...], register: str, sealgate: Run, tmp_path: Path
) -> None:
    copy = Gate(tmp_path / "copy")
    shutil.copytree(gate.ledger, copy.ledger)
    gate.record("hold", {"here": 1})
    copy.record("hold", {"there": 1})
    copy.send(register)
    for command in (("export", "--format", "postgres"), ("sync", "--once"), ("sync",)):
        code, out, err = sealgate(*command, "--to", register, *place)
        assert (code, out) == (1, "")
        assert err.startswith(f"sealgate: expected entry 6 of ledger {gate.history.kiosk} with digest ")
        assert err.count("\n") == 1


def test_a_server_that_is_away_is_exit_code_3_without_the_password(place: tuple[object, ...], sealgate: Run) -> None:
    to = "postgresql://kiosk:secret@127.0.0.1:1/sealgate"
    for command in (("export", "--format", "postgres"), ("sync", "--once")):
        code, out, err = sealgate(*command, "--to", to, *place)
        assert (code, out) == (3, "")
        assert err.startswith("sealgate: expected the register host=127.0.0.1 port=1 dbname=sealgate to answer, got ")
        assert err.count("\n") == 1
        assert "secret" not in err


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "postgres"),
        ("--format", "postgres", "--to", "x", "--out", "y"),
        ("--format", "postgres", "--to", "x", "--since", "2026-01-01"),
        ("--format", "tinydb"),
        ("--format", "tinydb", "--out", "y", "--to", "x"),
    ],
)
def test_options_of_the_other_format_are_exit_code_2(
    words: tuple[str, ...], place: tuple[object, ...], sealgate: Run
) -> None:
    code, out, err = sealgate("export", *words, *place)
    assert (code, out) == (2, "")
    assert err.startswith("sealgate: expected --")


def test_a_data_folder_without_a_ledger_is_exit_code_3(gate: Gate, register: str, sealgate: Run) -> None:
    code, _, err = sealgate("sync", "--once", "--to", register, "--data", gate.data, "--config", gate.config)
    assert code == 3
    assert "no ledger at" in err


@pytest.mark.every_version
def test_what_the_office_publishes_and_revokes_is_in_the_kiosks_records_after_a_sync(
    gate: Gate, place: tuple[object, ...], register: str, sealgate: Run
) -> None:
    drivers = SAMPLE_SITE / "drivers.csv"
    published = sealgate("register", "publish", "drivers", drivers, "--site", "SLS0421", "--to", register)
    assert published == (0, "register: drivers is document 1 for SLS0421\n", "")
    publish = ("register", "publish", "racas", SAMPLE_SITE / "racas.csv", "--every-site", "--to", register)
    assert sealgate(*publish) == (0, "register: racas is document 2 for every site\n", "")
    code, out, err = sealgate("sync", "--once", "--to", register, *place)
    assert (code, out) == (0, "register: 5 entries sent; it has 5 of this kiosk\n")
    assert err == "sealgate: register: document 1, drivers: imported\nsealgate: register: document 2, racas: imported\n"
    stored = gate.data / "records" / "drivers.csv"
    assert stored.read_bytes() == drivers.read_bytes()
    card = next(line.split(",")[5] for line in stored.read_text().splitlines() if line.endswith(",no"))
    revoked = sealgate("register", "revoke", card, "--reason", "lost", "--every-site", "--to", register)
    assert revoked == (0, f"register: card {card} is revoked at every site\n", "")
    said = sealgate("sync", "--once", "--to", register, *place)[2]
    assert said == "sealgate: register: cards of drivers.csv revoked\n"
    (row,) = (line for line in stored.read_text().splitlines() if f",{card}," in line)
    assert row.endswith(",yes")


@pytest.mark.every_version
def test_an_alert_is_said_and_written_into_the_ledger_and_so_closed(
    gate: Gate, other_gate: Gate, place: tuple[object, ...], register: str, look: Connection, sealgate: Run
) -> None:
    gate.uplift("NZB1000001")
    other_gate.uplift("NZB1000001")
    other_gate.send(register)
    said = "sealgate: register: seal NZB1000001 of entry 6 (CSQU3054383) was uplifted at SLS0999 gate"
    with Ledger.open(gate.data / "ledger", stamp_now):  # something that is no kiosk holds it
        code, _, err = sealgate("sync", "--once", "--to", register, *place)
    assert (code, err.startswith(said), "not recorded in the ledger" in err) == (0, True, True)
    for told, still_open in ((said, 1), ("", 1)):
        code, _, err = sealgate("sync", "--once", "--to", register, *place)
        assert (code, err.startswith(told), bool(err)) == (0, True, bool(told))
        assert one(look, "SELECT count(*) FROM sealgate_alerts WHERE recorded IS NULL") == still_open
    (alert,) = [entry.body for entry in read_entries(gate.data / "ledger") if entry.kind == "register-alert"]
    assert alert["seal_number"] == "NZB1000001"


def test_every_kind_that_can_be_imported_can_be_published() -> None:
    assert set(KINDS) == {kind.value for kind in Kind}


def test_one_exchange_at_a_time_the_other_is_exit_code_3(
    gate: Gate, place: tuple[object, ...], register: str, sealgate: Run
) -> None:
    with exchange(gate, register):
        code, _, err = sealgate("sync", "--once", "--to", register, *place)
    assert code == 3
    assert "got another one at work" in err


def noted(call: Callable[..., object], name: str, did: list[str]) -> Callable[..., object]:
    """The same, noting that it was called."""

    def also(*words: object) -> object:
        did.append(name)
        return call(*words)

    return also


@contextmanager
def exchange(gate: Gate, register: str) -> Iterator[Exchange]:
    to, site = register_at(register), read_site(gate.config)
    with exchange_with(to, gate.data, site, lambda _kind, _body: False, lambda _line: None) as going:
        yield going


def test_a_turn_reads_the_ledger_only_when_it_grew_and_asks_the_register_now_and_then(
    gate: Gate, place: tuple[object, ...], register: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    for name in ("send", "fetch"):
        monkeypatch.setattr(Exchange, name, noted(getattr(Exchange, name), name, did))
    now = 0.0
    with exchange(gate, register) as going:
        turn = turns(going, lambda: False, lambda: now)
        for at, grows in ((0, 0), (1, 0), (2, 1), (3, 0), (2 + FETCH_S, 0), (3 + FETCH_S, 0)):
            now = float(at)
            if grows:
                gate.record("hold", {})
            did.append("-")
            turn()
    assert "".join(did) == "-sendfetch--sendfetch--fetch-"


def test_a_long_catching_up_stops_between_two_transactions(
    gate: Gate, place: tuple[object, ...], register: str, look: Connection
) -> None:
    with exchange(gate, register) as going, pytest.raises(Stopped):
        turns(going, lambda: True)()
    assert rows_in(look, gate.history.kiosk) == gate.lines()


@pytest.fixture
def syncing(gate: Gate, place: tuple[object, ...]) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Starts `sealgate sync` as a process of its own; it is gone when the test is."""
    started: list[subprocess.Popen[str]] = []

    def start(register: str) -> "subprocess.Popen[str]":
        # Recorded today: else the program would write into the ledger, which the test writes into itself.
        (gate.data / NAME).write_bytes(encode(Recorded(register_at(register).name, 0, time.time())))
        command = [sys.executable, "-m", "kiosk.cli", "sync", "--to", register, *map(str, place)]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def said_by(process: "subprocess.Popen[str]") -> IO[str]:
    assert process.stderr is not None
    return process.stderr


def wait_for(entries: int, look: Connection) -> None:
    """Wait until the register has so many entries of a kiosk."""
    for notify in look.notifies(timeout=WAIT_S):
        if int(notify.payload) >= entries:
            return
    pytest.fail(f"expected {entries} entries in the register within {WAIT_S} s")


@pytest.mark.every_version
def test_entries_are_sent_as_they_come_beside_the_kiosk_that_writes_them(
    gate: Gate, register: str, look: Connection, syncing: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    migrate(look)
    look.execute(NOTIFY)
    process = syncing(register)
    wait_for(5, look)
    for entries in (6, 20):
        gate.grow(entries)
        wait_for(entries, look)
    assert rows_in(look, gate.history.kiosk) == gate.lines()
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=WAIT_S)[1] == ""
    assert process.returncode == 0


def test_a_server_that_goes_and_comes_is_said_in_a_line_each_and_nothing_is_missing(
    gate: Gate, own_server: Server, syncing: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    server = own_server
    register = server.database()
    with psycopg.connect(register, autocommit=True) as look:
        migrate(look)
        look.execute(NOTIFY)
        process = syncing(register)
        wait_for(5, look)
    server.stop(how="QUIT")
    gate.grow(12)
    said = said_by(process)
    assert "trying again, at most 5 minutes apart" in said.readline()
    server.start()
    assert said.readline().endswith("; all entries are sent\n")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=WAIT_S)[1] == ""
    assert process.returncode == 0
    with psycopg.connect(register, autocommit=True) as look:
        assert rows_in(look, gate.history.kiosk) == gate.lines()
