"""A kiosk's entries come into the register whole, in order, each exactly once."""

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from kiosk.commands.sync_rows import LedgerHistory, Newest
from kiosk.ledger.errors import LedgerDamaged
from kiosk.register.postgres import sending
from kiosk.register.postgres.connecting import connected, register_at
from kiosk.register.postgres.copying import folded
from kiosk.register.postgres.sending import Kiosk, introduce, send, standing
from tests.postgres.kiosks import Gate, one, rows_in


@pytest.mark.every_version
def test_every_entry_comes_with_all_that_its_line_is_made_of(gate: Gate, register: str, look: Connection) -> None:
    gate.grow(20)
    gate.uplift("NZB1000001", "NZC 200-0002")
    assert gate.send(register) == len(gate.lines()) == 21
    assert rows_in(look, gate.history.kiosk) == gate.lines()
    kiosk = look.execute("SELECT site, gate, entries, digest, looked FROM sealgate_kiosks").fetchall()
    assert kiosk == [("SLS0421", "gate", 21, gate.history.digest(21), 21)]
    uplifts = look.execute("SELECT seq, place, seal, seal_key, unit FROM sealgate_uplifts ORDER BY place").fetchall()
    assert uplifts == [
        (21, 1, "NZB1000001", "NZB1000001", "CSQU3054383"),
        (21, 2, "NZC 200-0002", "NZC2000002", "CSQU3054383"),
    ]


@pytest.mark.parametrize(
    "text", ["\0", "a\\u0000", "\\\0", "\\\\u0000", "\t\n\r", "\\N", "\\.", '"', "\U0001f600", "\x1f", "\u2028"]
)
@pytest.mark.every_version
def test_whatever_a_scan_holds_comes_as_it_was(text: str, gate: Gate, register: str, look: Connection) -> None:
    seq = gate.record("stray-scan", {"text": text})
    gate.record(f"kind {text.replace(chr(0), '')}", {"number": [1e-7, 1e20, -0.5, 2**53 - 1, None, True]})
    gate.send(register)
    body = one(look, "SELECT body FROM sealgate_entries WHERE seq = %s", seq)
    if "\0" in text:  # jsonb has no NUL: the body stands there as its own text
        assert body == LedgerHistory(gate.ledger)._piece(1).lines[seq - 1].decode()[8:].partition(',"clock":')[0]
    else:
        assert rows_in(look, gate.history.kiosk) == gate.lines()


def test_only_what_is_new_is_sent(gate: Gate, register: str, look: Connection) -> None:
    gate.grow(5)
    assert gate.send(register) == 5
    assert gate.send(register) == 0
    gate.grow(30)
    assert gate.send(register) == 25
    assert gate.send(register) == 0
    assert rows_in(look, gate.history.kiosk) == gate.lines()


def test_a_transaction_takes_further_segments_as_long_as_its_time_lasts(gate: Gate, register: str) -> None:
    gate.grow(4 * 8 + 3)
    seen: list[int] = []
    history = gate.history
    with connected(register_at(register)) as connection:
        introduce(connection, Kiosk(history.kiosk, "S", "G"))
        send(connection, history, lambda done, _all: seen.append(done), most_s=0)
        assert seen == [8, 16, 24, 32, 35]
        gate.grow(60)
        seen.clear()
        send(connection, gate.history, lambda done, _all: seen.append(done), most_s=60)
        assert seen == [60]


def test_two_kiosks_stand_side_by_side(gate: Gate, other_gate: Gate, register: str, look: Connection) -> None:
    gate.grow(12)
    other_gate.grow(9)
    gate.send(register)
    other_gate.send(register)
    for each in (gate, other_gate):
        assert rows_in(look, each.history.kiosk) == each.lines()


def test_who_was_overtaken_goes_on_from_where_the_other_stopped(
    gate: Gate, register: str, look: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.grow(20)
    history = gate.history
    check, checks = sending.check, []

    def overtaken(connection: Connection, asked: Any) -> Any:
        sent = check(connection, asked)
        checks.append(sent.entries)
        if len(checks) == 1:
            monkeypatch.setattr(sending, "check", check)
            gate.send(register, most_s=0)
            monkeypatch.setattr(sending, "check", overtaken)
        return sent

    with connected(register_at(register)) as connection:
        introduce(connection, Kiosk(history.kiosk, "S", "G"))
        monkeypatch.setattr(sending, "check", overtaken)
        send(connection, history)
    assert checks == [0, 20]
    assert rows_in(look, history.kiosk) == gate.lines()


def test_what_comes_before_damage_is_sent_and_the_damaged_entry_is_named(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(30)
    (closed, *_) = (gate.ledger / "journal").glob("000000000009.jsonl.zst")
    whole = gate.lines()
    data = bytearray(closed.read_bytes())
    data[20] ^= 1
    closed.write_bytes(data)
    with pytest.raises(LedgerDamaged, match="entry 9"):
        gate.send(register)
    assert rows_in(look, LedgerHistory(gate.ledger).kiosk) == whole[:8]


def test_nothing_is_read_that_the_kiosk_has_not_brought_onto_its_disk(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.grow(3)
    synced: list[int] = []
    monkeypatch.setattr("os.fdatasync", synced.append)
    assert gate.history.count == 3
    assert len(synced) == 1


def test_the_ledger_is_read_beside_the_kiosk_that_holds_it(gate: Gate, register: str, look: Connection) -> None:
    with gate.opened():
        gate.send(register)
    assert rows_in(look, gate.history.kiosk) == gate.lines()


def test_a_ledger_has_grown_when_an_entry_came_or_a_segment_began(gate: Gate) -> None:
    gate.grow(7)
    newest = Newest(gate.ledger)
    assert newest.grown()
    assert not newest.grown()
    for entries in (8, 10, 11):
        gate.grow(entries)
        assert newest.grown()
    assert not newest.grown()
    shutil.rmtree(gate.ledger / "journal")
    assert newest.grown()  # so that it is read, and what is wrong is said


def test_numbers_are_compared_without_what_sites_tidy_differently() -> None:
    assert folded("nzb 12-34") == "NZB1234"
    assert folded("XNZB1234") != folded("NZB1234")


@pytest.mark.every_version
def test_a_batch_that_the_server_refuses_leaves_nothing(gate: Gate, register: str, look: Connection) -> None:
    gate.grow(20)
    gate.uplift("NZB1000001")
    with connected(register_at(register)):
        pass
    look.execute("ALTER TABLE sealgate_uplifts ADD CONSTRAINT never CHECK (place = 0)")
    with pytest.raises(Exception, match="never"):
        gate.send(register)
    assert one(look, "SELECT count(*) FROM sealgate_entries") == 0
    look.execute("ALTER TABLE sealgate_uplifts DROP CONSTRAINT never")
    gate.send(register)
    assert rows_in(look, gate.history.kiosk) == gate.lines()


def test_who_waits_for_another_transaction_of_the_same_kiosk_does_not_wait_for_ever(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(3)
    gate.send(register)
    gate.grow(5)
    kiosk = gate.history.kiosk
    with connected(register_at(register)) as connection, look.transaction():
        standing(look, kiosk, lock=True)
        connection.execute("SET lock_timeout = '1ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            send(connection, gate.history)


def test_the_rows_of_a_ledger_can_be_had_from_any_entry_on(gate: Gate, tmp_path: Path) -> None:
    gate.grow(20)
    history = gate.history
    for after in range(20):
        rows = [row for batch in history.batches(after) for row in batch.rows]
        assert [row.seq for row in rows] == list(range(after + 1, 21))
        assert next(iter(history.batches(after))).prev == (history.digest(after) if after else "00" * 32)
    assert list(history.batches(20)) == []
