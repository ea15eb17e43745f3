"""A kiosk whose history contradicts what it sent before is refused, and the first entry that differs is named."""

import shutil
from pathlib import Path

import pytest
from psycopg import Connection

from kiosk.register.postgres.errors import HistoryContradicted
from tests.postgres.kiosks import Gate, forget_last, is_one_line, one, rows_in


@pytest.fixture
def copied(gate: Gate, tmp_path: Path) -> Gate:
    """A second machine with the first one's ledger, of 20 entries."""
    gate.grow(20)
    copy = Gate(tmp_path / "copy")
    shutil.copytree(gate.ledger, copy.ledger)
    return copy


@pytest.mark.parametrize(("more", "other"), [(1, 1), (1, 9), (30, 3), (3, 30), (17, 17)])
def test_the_first_entry_that_differs_is_named(
    more: int, other: int, gate: Gate, copied: Gate, register: str, look: Connection
) -> None:
    for number in range(more):
        gate.record("hold", {"here": number})
    for number in range(other):
        copied.record("hold", {"there": number})
    gate.send(register)
    with pytest.raises(HistoryContradicted, match="expected entry 21 of ledger") as caught:
        copied.send(register)
    assert (caught.value.seq, caught.value.kiosk) == (21, gate.history.kiosk)
    assert is_one_line(str(caught.value))
    assert rows_in(look, gate.history.kiosk) == gate.lines()
    refused = look.execute("SELECT kiosk, seq, digest FROM sealgate_refusals").fetchall()
    assert refused == [(gate.history.kiosk, 21, copied.history.digest(21))]


@pytest.mark.every_version
def test_a_ledger_that_is_shorter_than_what_was_sent_is_refused_at_the_first_missing_entry(
    gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(22)
    gate.send(register)
    whole = gate.lines()
    forget_last(gate, 2)
    with pytest.raises(HistoryContradicted, match="got no such entry") as caught:
        gate.send(register)
    assert caught.value.seq == 21
    assert rows_in(look, gate.history.kiosk) == whole
    assert one(look, "SELECT digest FROM sealgate_refusals") == ""


def test_a_ledger_that_goes_on_after_it_was_cut_is_refused_where_it_was_cut(gate: Gate, register: str) -> None:
    gate.grow(22)
    gate.send(register)
    forget_last(gate, 2)
    gate.grow(40)
    with pytest.raises(HistoryContradicted) as caught:
        gate.send(register)
    assert caught.value.seq == 21


def test_a_copy_that_only_lags_behind_is_refused_until_it_has_caught_up_by_the_same_entries(
    gate: Gate, copied: Gate, register: str
) -> None:
    copied.send(register)
    gate.grow(24)
    assert gate.send(register) == 4
    with pytest.raises(HistoryContradicted) as caught:
        copied.send(register)
    assert caught.value.seq == 21
    shutil.rmtree(copied.ledger)
    shutil.copytree(gate.ledger, copied.ledger)
    assert copied.send(register) == 0


@pytest.mark.every_version
def test_what_the_manual_says_lets_a_restored_ledger_in_and_keeps_what_was_lost(
    gate: Gate, other_gate: Gate, register: str, look: Connection
) -> None:
    gate.grow(18)
    gate.uplift("NZB1000001")
    gate.grow(20)
    gate.uplift("NZB1000002")
    gate.send(register)
    whole, kiosk = gate.lines(), gate.history.kiosk
    forget_last(gate, 1)
    gate.uplift("NZB1000003")
    other_gate.uplift("NZB1000001")
    other_gate.uplift("NZB1000002")
    other_gate.send(register)
    with pytest.raises(HistoryContradicted, match="entry 21 "):
        gate.send(register)
    page = (Path(__file__).parents[2] / "docs" / "postgres.md").read_text(encoding="utf-8")
    (steps,) = (block for block in page.split("```") if block.startswith("sql\nBEGIN"))
    look.execute(steps.removeprefix("sql").replace("LEDGER", kiosk).encode())
    assert gate.send(register) == len(gate.lines())
    assert rows_in(look, kiosk) == gate.lines()
    assert rows_in(look, f"{kiosk}, lost course") == whole
    told = look.execute(
        "SELECT kiosk, seq, other_seq FROM sealgate_alerts WHERE other_kiosk = %s ORDER BY seq",
        (other_gate.history.kiosk,),
    ).fetchall()
    assert told == [(kiosk, 19, 2), (f"{kiosk}, lost course", 21, 3)]


@pytest.mark.every_version
def test_a_refusal_is_kept_once(gate: Gate, copied: Gate, register: str, look: Connection) -> None:
    gate.record("hold", {"here": 1})
    copied.record("hold", {"there": 1})
    gate.send(register)
    for _ in range(3):
        with pytest.raises(HistoryContradicted):
            copied.send(register)
    assert one(look, "SELECT count(*) FROM sealgate_refusals") == 1
