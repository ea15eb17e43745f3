"""What went into the register is said by the ledger, with range and checkpoint, and that comes to an end."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from kiosk.cli import main
from kiosk.commands.sync_records import NAME, RECORD_S, Records
from kiosk.ledger.ledger import read_entries
from tests.postgres.kiosks import Gate, exchange_of, one, rows_in


def exported(gate: Gate) -> list[tuple[int, dict[str, Any]]]:
    return [(entry.seq, entry.body) for entry in read_entries(gate.ledger) if entry.kind == "exported"]


def export(gate: Gate, register: str) -> int:
    place = ("--data", str(gate.data), "--config", str(gate.config))
    return main(["export", "--format", "postgres", "--to", register, *place])


@pytest.mark.every_version
def test_an_export_is_an_entry_with_its_range_and_checkpoint_and_once_more_changes_nothing(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(5)
    assert export(gate, register) == 0
    ((seq, body),) = exported(gate)
    size, root = look.execute("SELECT size, root FROM sealgate_checkpoints ORDER BY size").fetchall()[0]
    assert seq == 6
    assert {key: body[key] for key in ("format", "first", "last", "entries", "size", "root", "since", "until")} == {
        "format": "postgres",
        "first": 1,
        "last": 5,
        "entries": 5,
        "size": size,
        "root": root,
        "since": None,
        "until": None,
    }
    assert body["out"].startswith("host=")
    assert "user" not in body["out"]
    tables = ("kiosks", "entries", "uplifts", "checkpoints")
    dump = {each: look.execute(f"SELECT * FROM sealgate_{each}".encode()).fetchall() for each in tables}
    before = gate.lines()
    for _ in range(3):
        assert export(gate, register) == 0
    assert gate.lines() == before
    assert rows_in(look, gate.history.kiosk) == before
    assert {each: look.execute(f"SELECT * FROM sealgate_{each}".encode()).fetchall() for each in tables} == dump
    gate.grow(8)
    assert export(gate, register) == 0
    assert [(body["first"], body["last"]) for _seq, body in exported(gate)] == [(1, 5), (6, 8)]


def test_killed_before_its_entry_was_sent_the_next_export_sends_that_and_writes_none(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(5)
    with exchange_of(gate, register) as exchange:
        exchange.send()
        assert exchange.records.write(exchange.sign())  # and here it is killed
    assert one(look, "SELECT count(*) FROM sealgate_entries") == 5
    assert export(gate, register) == 0
    assert len(exported(gate)) == 1
    assert rows_in(look, gate.history.kiosk) == gate.lines()


def test_an_export_beside_something_that_holds_the_ledger_stands_and_says_that_it_is_not_recorded(
    gate: Gate, register: str, look: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.grow(5)
    with gate.opened():
        assert export(gate, register) == 0
    assert "not recorded in the ledger" in capsys.readouterr().err
    assert exported(gate) == []
    assert one(look, "SELECT entries FROM sealgate_kiosks") == 5


def test_an_entry_that_came_meanwhile_is_in_the_range_of_the_next_export(
    gate: Gate, register: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.grow(5)
    write = Records.write

    def late(self: Records, *given: Any, **named: Any) -> bool:
        gate.grow(6)
        return write(self, *given, **named)

    monkeypatch.setattr(Records, "write", late)
    assert export(gate, register) == 0
    monkeypatch.undo()
    assert export(gate, register) == 0
    ranges = [(body["first"], body["last"]) for _seq, body in exported(gate)]
    assert ranges == [(1, 5), (6, 7)]


def test_a_sync_says_once_a_day_what_was_sent_since(gate: Gate, register: str) -> None:
    gate.grow(5)
    now = 1_000_000.0
    for day, more in ((0, 0), (0.5, 2), (0.9, 2), (1.1, 2), (1.2, 2), (3, 0), (9, 0)):
        now = 1_000_000.0 + day * RECORD_S
        gate.grow(len(gate.lines()) + more)
        with exchange_of(gate, register) as exchange:
            exchange.records._now = lambda at=now: at  # type: ignore[misc]
            exchange.send()
            exchange.attest()
    ranges = [(body["first"], body["last"]) for _seq, body in exported(gate)]
    assert ranges[0] == (1, 5)
    assert all(later[0] == earlier[1] + 1 for earlier, later in pairwise(ranges))
    assert len(ranges) == 3


def test_what_is_lost_of_the_note_of_it_or_is_another_registers_is_said_again(
    gate: Gate, register: str, tmp_path: Path
) -> None:
    gate.grow(5)
    with exchange_of(gate, register) as exchange:
        exchange.send()
        signed = exchange.sign()
        exchange.records.write(signed)
    note = gate.data / NAME
    assert json.loads(note.read_bytes())["last"] == 5
    elsewhere = Records(gate.data, "host=elsewhere", lambda _kind, _body: True)
    assert elsewhere.due()
    assert not exchange.records.due()
    note.write_bytes(b"torn")
    assert exchange.records.due()


def test_a_clock_that_was_set_back_does_not_silence_it_for_ever(gate: Gate, register: str) -> None:
    gate.grow(5)
    with exchange_of(gate, register) as exchange:
        exchange.send()
        exchange.records.write(exchange.sign())
        exchange.records._now = lambda: 5.0
        assert exchange.records.due()
