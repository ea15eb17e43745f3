"""Signed checkpoints come into the register, and a ledger that does not begin with one is refused."""

import shutil
from pathlib import Path

import pytest
from psycopg import Connection

from kiosk.commands.sync_turns import CHECKPOINT_S, turns
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.ledger.errors import Contradiction
from kiosk.ledger.keys import read_public_keys
from kiosk.register.postgres.errors import CheckpointContradicted, HistoryContradicted
from tests.postgres.kiosks import Gate, exchange_of, forget_last, is_one_line, one


def kept(look: Connection) -> list[tuple[int, str]]:
    return look.execute("SELECT size, root FROM sealgate_checkpoints ORDER BY size").fetchall()


@pytest.mark.every_version
def test_what_was_sent_is_signed_for_and_the_note_is_evidence_by_itself(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(11)
    with exchange_of(gate, register) as exchange:
        exchange.send()
        before, signed, after = exchange.unsigned, exchange.sign(), exchange.unsigned
    assert (before, after) == (True, False)
    note, key = look.execute("SELECT note, key FROM sealgate_checkpoints").fetchall()[0]
    assert open_checkpoint(note.encode(), *read_public_keys(gate.data / "keys")) == signed.checkpoint
    assert key == signed.key.text
    assert kept(look) == [(11, signed.checkpoint.root.hex())]


def test_no_checkpoint_is_there_before_the_entries_that_it_covers(gate: Gate, register: str, look: Connection) -> None:
    gate.grow(9)
    with exchange_of(gate, register) as exchange:
        exchange.send()
        gate.grow(12)
        exchange.sign()
    assert kept(look)[0][0] == one(look, "SELECT max(seq) FROM sealgate_entries") == 12


def test_while_entries_come_one_checkpoint_covers_those_of_some_minutes_and_none_is_left_out(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(5)
    now, sizes = 0.0, list[list[int]]()
    with exchange_of(gate, register, records=False) as exchange:
        turn = turns(exchange, lambda: False, lambda: now)
        for at, entries in ((0, 5), (1, 6), (60, 7), (CHECKPOINT_S, 7), (CHECKPOINT_S + 1, 7), (3 * CHECKPOINT_S, 7)):
            now = float(at)
            gate.grow(entries)
            turn()
            sizes.append([size for size, _root in kept(look)])
    assert sizes == [[5], [5], [5], [5, 7], [5, 7], [5, 7]]


def test_without_its_key_a_kiosk_says_so_once_and_sends_its_entries_all_the_same(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(5)
    gate.sign()
    (gate.data / "keys" / "checkpoint.key").unlink()
    said: list[str] = []
    with exchange_of(gate, register, said) as exchange:
        for entries in (6, 7):
            gate.grow(entries)
            exchange.send()
            exchange.attest()
    assert one(look, "SELECT entries FROM sealgate_kiosks") == 7
    assert kept(look) == []
    assert len(said) == 1
    assert said[0].startswith("register: entries are sent, and no checkpoint: ")
    assert is_one_line(said[0])


def sent_and_signed(gate: Gate, register: str, *sizes: int) -> None:
    with exchange_of(gate, register) as exchange:
        for size in sizes:
            gate.grow(size)
            exchange.send()
            exchange.sign()


def emptied(look: Connection) -> None:
    """The register has lost its rows, or somebody took them away."""
    for table in ("kiosks", "entries", "uplifts"):
        look.execute(f"DELETE FROM sealgate_{table}".encode())


@pytest.mark.every_version
def test_a_fork_is_found_by_checkpoint_where_the_registers_rows_are_lost(
    gate: Gate, register: str, look: Connection, tmp_path: Path
) -> None:
    gate.grow(20)
    copy = Gate(tmp_path / "copy")
    shutil.copytree(gate.ledger, copy.ledger)
    copy.record("hold", {"there": 1})
    copy.grow(40)
    sent_and_signed(gate, register, 20, 22, 30)
    emptied(look)
    with exchange_of(copy, register) as exchange, pytest.raises(CheckpointContradicted) as caught:
        exchange.send()
    assert (caught.value.after, caught.value.size) == (20, 22)
    assert "of its entries 21 to 22 one is another" in str(caught.value)
    assert is_one_line(str(caught.value))
    assert one(look, "SELECT count(*) FROM sealgate_entries") == 0
    refused = look.execute("SELECT kiosk, seq, digest, by_checkpoint FROM sealgate_refusals").fetchall()
    assert refused == [(gate.history.kiosk, 21, copy.history.digest(21), True)]
    with exchange_of(gate, register) as exchange:
        assert exchange.send()[0] == 30


def test_a_ledger_that_is_shorter_than_what_was_signed_is_refused(gate: Gate, register: str, look: Connection) -> None:
    gate.grow(22)
    sent_and_signed(gate, register, 22)
    emptied(look)
    forget_last(gate, 2)
    (gate.ledger / "checkpoint").unlink()
    with exchange_of(gate, register) as exchange, pytest.raises(CheckpointContradicted, match="it has 20"):
        exchange.send()
    assert one(look, "SELECT digest FROM sealgate_refusals") == gate.history.digest(1)


def test_where_the_rows_show_the_fork_the_entry_is_named(gate: Gate, register: str, look: Connection) -> None:
    gate.grow(22)
    sent_and_signed(gate, register, 22)
    forget_last(gate, 1)
    with exchange_of(gate, register) as exchange, pytest.raises(HistoryContradicted) as caught:
        exchange.send()
    assert caught.value.seq == 22


def test_rows_that_were_made_to_fit_another_ledger_do_not_let_it_in(
    gate: Gate, register: str, look: Connection, tmp_path: Path
) -> None:
    gate.grow(20)
    copy = Gate(tmp_path / "copy")
    shutil.copytree(gate.ledger, copy.ledger)
    copy.record("hold", {"there": 1})
    sent_and_signed(gate, register, 21)
    emptied(look)
    look.execute(
        "INSERT INTO sealgate_kiosks (kiosk, site, gate, entries, digest, looked) VALUES (%s, 'S', 'G', 21, %s, 21)",
        (copy.history.kiosk, copy.history.digest(21)),
    )
    with exchange_of(copy, register) as exchange, pytest.raises(CheckpointContradicted):
        exchange.send()


def test_a_ledger_that_is_not_what_it_signed_itself_is_no_matter_of_going_on(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(22)
    gate.sign()
    forget_last(gate, 1)
    with exchange_of(gate, register) as exchange:
        exchange.send()
        with pytest.raises(Contradiction):
            exchange.attest()
    assert kept(look) == []
