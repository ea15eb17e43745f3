"""`sealgate register verify`: whatever is altered, taken away or added in the register is named by its entry."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from kiosk.cli import main
from kiosk.commands import sync_verify
from kiosk.commands.sync_lines import Lines
from kiosk.ledger.rotation import rotate
from kiosk.register.postgres.reading import kiosks, sent, stored_rows
from kiosk.register.postgres.sending import Sent
from tests.ledger.conftest import ticking
from tests.postgres.kiosks import Gate, exchange_of
from tests.postgres.server import Server


@pytest.fixture
def filled(gate: Gate, register: str) -> Gate:
    """A kiosk with 21 entries in the register, signed for at 12 and at 21."""
    gate.grow(12)
    with exchange_of(gate, register, records=False) as exchange:
        for entries in (12, 20):
            gate.grow(entries)
            if entries == 20:
                gate.uplift("NZB1000001")
            exchange.send()
            exchange.sign()
    return gate


def verify(register: str, *gates: Gate, more: tuple[str, ...] = ()) -> int:
    keys = [word for gate in gates for word in ("--key", gate.key)]
    return main(["register", "verify", "--to", register, *keys, *more])


@pytest.fixture
def verdict(register: str, filled: Gate, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs it; the exit code and the lines of faults."""

    def run() -> tuple[int, list[str]]:
        code = verify(register, filled)
        lines = capsys.readouterr().out.splitlines()
        kiosk = filled.history.kiosk
        return code, [line.removeprefix(f"{kiosk}: ") for line in lines]

    return run


@pytest.mark.every_version
def test_a_register_that_is_what_was_signed_says_so(verdict: Any) -> None:
    assert verdict() == (0, ["the first 21 of 21 entries are what was signed"])


def test_how_far_it_is_is_told_up_to_the_last_entry(verdict: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []

    @contextmanager
    def bar(_what: str) -> Iterator[Callable[[int, int], None]]:
        yield lambda done, of: told.append((done, of))

    monkeypatch.setattr(sync_verify, "progress_bar", bar)
    assert verdict()[0] == 0
    assert told[-1] == (21, 21)


def test_what_came_since_the_last_checkpoint_is_told(filled: Gate, register: str, verdict: Any) -> None:
    filled.grow(24)
    filled.send(register)
    told = "the first 21 of 24 entries are what was signed; 3 newer ones are covered by no checkpoint yet"
    assert verdict() == (0, [told])


ALTERED = [
    ("time", "time = time + interval '1 millisecond'"),
    ("time to the microsecond", "time = time + interval '1 microsecond'"),
    ("time without end", "time = 'infinity'"),
    ("clock", "clock = overlay(clock placing '_' from 1)"),
    ("boot", "boot = overlay(boot placing '_' from 1)"),
    ("monotonic_ms", "monotonic_ms = monotonic_ms + 1"),
    ("kind", "kind = overlay(kind placing '_' from 1)"),
    ("body", "body = jsonb_set(body, '{n}', '99')"),
    ("body of another form", "body = '\"no JSON\"'"),
    ("digest", "digest = overlay(digest placing (CASE left(digest, 1) WHEN 'a' THEN 'b' ELSE 'a' END) from 1)"),
    ("digest that is none", "digest = ''"),
]


@pytest.mark.parametrize("change", [change for _name, change in ALTERED], ids=[name for name, _change in ALTERED])
def test_one_altered_byte_in_a_column_is_named_by_its_entry_alone(change: str, look: Connection, verdict: Any) -> None:
    look.execute(f"UPDATE sealgate_entries SET {change} WHERE seq = 7".encode())
    code, faults = verdict()
    assert code == 1
    assert faults[0].startswith("entry 7: altered: expected digest ")
    about = [fault.partition(":")[0] for fault in faults[:-1]]
    assert set(about) <= {"entry 7", "entries 1 to 12", "entries 1 to 21"}
    assert faults[-1] == "not what was signed"


def test_a_row_that_is_given_to_another_kiosk_is_missing_here_and_has_no_key_there(
    look: Connection, verdict: Any
) -> None:
    look.execute("UPDATE sealgate_entries SET kiosk = kiosk || 'x' WHERE seq = 7")
    code, faults = verdict()
    assert code == 1
    assert faults[0] == "entry 7: missing"
    assert "x: expected a key of sealgate/" in faults[2]
    assert faults[3].endswith("x: entry 7: added: the register says that it has entries 1 to 0")


def test_a_row_that_is_given_another_number_is_missing_and_added(look: Connection, verdict: Any) -> None:
    look.execute("UPDATE sealgate_entries SET seq = 70 WHERE seq = 7")
    code, faults = verdict()
    assert code == 1
    assert faults[:2] == ["entry 7: missing", "entry 70: added: the register says that it has entries 1 to 21"]


@pytest.mark.parametrize(
    ("first", "last", "told"), [(7, 7, "entry 7"), (1, 3, "entries 1 to 3"), (20, 21, "entries 20 to 21")]
)
def test_rows_that_were_taken_away_are_named(first: int, last: int, told: str, look: Connection, verdict: Any) -> None:
    look.execute("DELETE FROM sealgate_entries WHERE seq BETWEEN %s AND %s", (first, last))
    assert verdict() == (1, [f"{told}: missing", "not what was signed"])


def test_bodies_that_were_swapped_are_both_named(look: Connection, verdict: Any) -> None:
    look.execute(
        "UPDATE sealgate_entries mine SET body = other.body FROM sealgate_entries other"
        " WHERE mine.seq IN (5, 9) AND other.seq IN (5, 9) AND other.seq <> mine.seq"
    )
    code, faults = verdict()
    assert code == 1
    assert [fault.partition(": expected")[0] for fault in faults[:2]] == ["entry 5: altered", "entry 9: altered"]


def test_rows_that_were_cut_with_what_the_register_says_of_them_are_missed_by_the_checkpoint(
    look: Connection, verdict: Any
) -> None:
    look.execute("DELETE FROM sealgate_entries WHERE seq > 18")
    look.execute(
        "UPDATE sealgate_kiosks SET entries = 18, digest = (SELECT digest FROM sealgate_entries WHERE seq = 18)"
    )
    assert verdict() == (1, ["entries 19 to 21: signed, and not in the register", "not what was signed"])


def test_a_row_before_the_first_is_added(look: Connection, verdict: Any) -> None:
    look.execute(
        "INSERT INTO sealgate_entries SELECT kiosk, 0, time, clock, boot, monotonic_ms, kind, body, digest"
        " FROM sealgate_entries WHERE seq = 7"
    )
    assert verdict() == (
        1,
        ["entry 0: added: the register says that it has entries 1 to 21", "not what was signed"],
    )


def test_what_the_register_says_of_the_last_one_is_held_against_that(look: Connection, verdict: Any) -> None:
    look.execute("UPDATE sealgate_kiosks SET digest = %s", ("ab" * 32,))
    code, faults = verdict()
    assert code == 1
    assert faults[0].startswith("entry 21: expected digest abab")


@pytest.mark.every_version
def test_a_history_that_was_made_anew_with_all_its_digests_is_found_by_the_checkpoint(
    filled: Gate, look: Connection, verdict: Any, tmp_path: Path, server: Server
) -> None:
    forged = Gate(tmp_path / "forged")
    shutil.copytree(filled.ledger, forged.ledger)
    kiosk, elsewhere = filled.history.kiosk, server.database()
    lines = (forged.ledger / "journal").glob("*.jsonl")
    last = max(lines)
    kept = last.read_bytes().splitlines(keepends=True)
    (forged.ledger / "head.json").unlink()
    last.write_bytes(b"".join(kept[:-2]))
    forged.record("hold", {"made": "anew"})
    forged.uplift("NZB1000002")
    forged.send(elsewhere)
    with Connection.connect(elsewhere) as there:
        rows = there.execute("SELECT * FROM sealgate_entries WHERE seq IN (20, 21) ORDER BY seq").fetchall()
    look.execute("DELETE FROM sealgate_entries WHERE seq > 19")
    for row in rows:
        values = [json.dumps(value) if isinstance(value, dict) else value for value in row]
        look.execute("INSERT INTO sealgate_entries VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", values)
    look.execute("UPDATE sealgate_kiosks SET digest = %s", (rows[-1][-1],))
    code, faults = verdict()
    assert code == 1
    assert [fault.partition(": expected")[0] for fault in faults] == [
        "entries 13 to 21: not what was signed",
        "not what was signed",
    ]
    assert kiosk == forged.history.kiosk


def test_a_checkpoint_that_was_altered_is_no_checkpoint(look: Connection, verdict: Any) -> None:
    look.execute(
        "UPDATE sealgate_checkpoints SET note = replace(note, chr(10) || '21' || chr(10), chr(10) || '20' || chr(10))"
        " WHERE size = 21"
    )
    code, faults = verdict()
    assert code == 1
    assert faults[0].startswith("checkpoint at 21 entries: signature: expected that of sealgate/")


def test_a_checkpoint_whose_columns_say_something_else_is_told(look: Connection, verdict: Any) -> None:
    look.execute("UPDATE sealgate_checkpoints SET size = 22 WHERE size = 21")
    code, faults = verdict()
    assert code == 1
    assert faults[0].startswith("checkpoint at 22 entries: its columns: expected sealgate/")


def test_without_any_checkpoint_nothing_is_shown(look: Connection, verdict: Any) -> None:
    look.execute("DELETE FROM sealgate_checkpoints")
    code, faults = verdict()
    assert (code, faults[0]) == (1, "expected a checkpoint that the key has signed, got none: nothing is shown")
    assert faults[-1] == "nothing is shown"


def test_another_kiosks_key_shows_nothing(
    filled: Gate, other_gate: Gate, register: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other_gate.grow(3)
    other_gate.sign()
    assert verify(register, other_gate, more=("--kiosk", filled.history.kiosk)) == 1
    said = capsys.readouterr().out.splitlines()
    assert "expected a key of sealgate/" in said[0]
    assert said[-1].endswith(": nothing is shown")


def test_a_ledger_that_the_register_does_not_have_is_wrong_use(
    filled: Gate, register: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(register, filled, more=("--kiosk", "nobody")) == 2
    assert capsys.readouterr().err == "sealgate: --kiosk: expected a ledger of the register, got 'nobody'\n"


def test_many_kiosks_are_verified_with_their_keys_and_one_alone_by_its_id(
    filled: Gate, other_gate: Gate, register: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other_gate.grow(3)
    with exchange_of(other_gate, register) as exchange:
        exchange.send()
        exchange.sign()
    assert verify(register, filled, other_gate) == 0
    assert capsys.readouterr().out.count("are what was signed") == 2
    assert verify(register, filled) == 1
    assert verify(register, filled, more=("--kiosk", filled.history.kiosk)) == 0
    capsys.readouterr()
    assert verify(register, filled, more=("--kiosk", filled.history.kiosk, "--json")) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert said == {
        "kiosk": filled.history.kiosk,
        "entries": 21,
        "covered": 21,
        "faults": [],
        "unknown": 0,
        "signed": 2,
    }


def test_after_a_change_of_key_the_new_one_shows_what_it_signed_and_says_that_older_ones_are_passed_over(
    filled: Gate, register: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rotate(filled.ledger, filled.data / "keys", ticking(), lost=False)
    with exchange_of(filled, register) as exchange:
        exchange.send()
        exchange.sign()
    assert verify(register, filled) == 0
    out = capsys.readouterr().out
    assert "2 checkpoints by other keys passed over" in out
    assert "the first 22 of 22 entries are what was signed" in out
    (old,) = (filled.data / "keys" / "retired").glob("*.pub")
    assert verify(register, filled, more=("--key", str(old))) == 0
    assert "passed over" not in capsys.readouterr().out


def test_a_register_without_entries_shows_nothing(gate: Gate, register: str) -> None:
    gate.grow(1)
    gate.sign()
    assert verify(register, gate) == 1


@pytest.mark.parametrize("text", ["\0", "a\\u0000", "\\\0", '"', "\U0001f600", "\x1f"])
def test_whatever_a_scan_holds_is_made_again(text: str, gate: Gate, register: str) -> None:
    gate.record("stray-scan", {"text": text, "number": [1e-7, 1e20, -0.5, 2**53 - 1, None, True]})
    with exchange_of(gate, register) as exchange:
        exchange.send()
        exchange.sign()
    assert verify(register, gate) == 0


def test_rows_are_read_one_at_a_time(filled: Gate, look: Connection) -> None:
    rows = stored_rows(look, filled.history.kiosk)
    assert next(rows).seq == 1
    rows.close()  # type: ignore[attr-defined]
    assert kiosks(look) == [filled.history.kiosk]
    assert sent(look, "nobody") == Sent(0, "00" * 32)


def test_nothing_sent_and_nothing_there_is_no_fault() -> None:
    assert list(Lines(Sent(0, "00" * 32), []).faults([])) == []
