"""A register beside a kiosk that runs: the kiosk holds its ledger, and writes what the register's commands ask for."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import Connection

from kiosk.cli import main
from kiosk.console import messages as msg
from kiosk.ledger.ledger import read_entries
from tests.postgres.kiosks import Gate, one, rows_in
from tests.station.rig import Rig, running

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kiosk(gate: Gate) -> Iterator[Rig]:
    """A station that runs on the gate's data folder."""
    with running(gate.data) as rig:
        rig.until(msg.Attract)
        yield rig


@pytest.fixture
def sealgate(gate: Gate, register: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on that folder and the register; its exit code, and what it wrote to stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--to", register, "--data", str(gate.data), "--config", str(gate.config)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def bodies(gate: Gate, kind: str) -> list[tuple[int, dict[str, Any]]]:
    return [(entry.seq, entry.body) for entry in read_entries(gate.ledger) if entry.kind == kind]


def uplift(kiosk: Rig) -> str:
    """One truck leaves; its seal's number."""
    kiosk.to_signing()
    kiosk.tap(1)
    kiosk.until(msg.BarrierOpen)
    body = next(body for kind, body in reversed(kiosk.entries()) if kind == "uplift")
    return str(body["uplifts"][0]["seal_number"])


@pytest.mark.every_version
def test_an_export_has_the_kiosk_write_its_entry_and_once_more_changes_nothing(
    gate: Gate, kiosk: Rig, sealgate: Run, register: str, look: Connection
) -> None:
    uplift(kiosk)
    code, out, err = sealgate("export", "--format", "postgres")
    assert (code, err.count("\n")) == (0, 1), err
    assert err.startswith("sealgate: made the signing key; ")
    assert "the ledger says so in an entry, which was sent, too\n" in out
    ((seq, body),) = bodies(gate, "exported")
    assert (body["format"], body["first"], body["last"], body["size"]) == ("postgres", 1, seq - 1, seq - 1)
    root = one(look, "SELECT root FROM sealgate_checkpoints WHERE size = %s", body["size"])
    assert body["root"] == root
    assert "sha256" not in body
    before = gate.lines()
    assert sealgate("export", "--format", "postgres")[0] == 0
    assert gate.lines() == before
    assert rows_in(look, gate.history.kiosk) == before


def test_a_sync_has_the_kiosk_write_what_was_sent_and_the_gate_serves_on(
    gate: Gate, kiosk: Rig, sealgate: Run, register: str, look: Connection
) -> None:
    assert sealgate("sync", "--once")[0] == 0
    ((seq, body),) = bodies(gate, "exported")
    assert (body["first"], body["last"]) == (1, seq - 1)
    assert uplift(kiosk) == "NZ100001"
    code, _, err = sealgate("sync", "--once")
    assert (code, err) == (0, "")
    assert len(bodies(gate, "exported")) == 1, "once a day"
    assert rows_in(look, gate.history.kiosk) == gate.lines()


def test_an_alert_is_written_by_the_kiosk_that_runs_and_so_closed(
    gate: Gate, other_gate: Gate, kiosk: Rig, sealgate: Run, register: str, look: Connection
) -> None:
    other_gate.uplift(uplift(kiosk))
    other_gate.send(register)
    code, _, err = sealgate("sync", "--once")
    assert (code, "was uplifted at SLS0999 gate" in err, "not recorded" in err) == (0, True, False)
    ((_, body),) = bodies(gate, "register-alert")
    assert (body["seal_number"], body["other_site"]) == ("NZ100001", "SLS0999")
    code, _, err = sealgate("sync", "--once")
    assert (code, err) == (0, "")
    query = "SELECT count(*) FROM sealgate_alerts WHERE kiosk = %s AND recorded IS NULL"
    assert one(look, query, gate.history.kiosk) == 0
