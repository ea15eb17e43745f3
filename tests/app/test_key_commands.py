"""`sealgate ledger rotate-key`, and what a third party does with what it gives."""

import json
from pathlib import Path

import pytest

from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.stamp import Clock, Stamp
from tests.app.test_ledger_commands import Run, data, grow, sealgate, vkey
from tests.station.rig import now

__all__ = ["data", "sealgate"]  # fixtures


def test_a_third_party_goes_from_the_old_key_to_the_new_one_by_the_note_alone(
    data: Path, sealgate: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    auditor = tmp_path_factory.mktemp("auditor")
    sealgate("checkpoint", "--data", data, "--out", auditor / "before")
    old = vkey(data)
    code, out, err = sealgate("rotate-key", "--data", data)
    assert (code, err) == (0, "")
    said, new, give = out.splitlines()
    assert said == "from entry 7 on this key signs:"
    assert new == vkey(data) != old
    (handover,) = (data / "keys" / "retired").glob("*.handover")
    assert give == f"give {handover} to whoever knows the old key: it tells them of this one"
    code, out, _ = sealgate("verify-proof", handover, "--key", old)
    assert (code, out) == (0, f"proved: this key took the place of {old}\n{new}\n")
    answer = json.loads(sealgate("verify-proof", handover, "--key", old, "--json")[1])
    assert answer == {"ok": True, "old": old, "new": new, "why": "rotated"}
    handover.write_text(handover.read_text().replace("rotated", "lost"))
    assert sealgate("verify-proof", handover, "--key", old)[0] == 1


def test_either_key_checks_the_first_checkpoint_and_both_together_the_growth_after_it(
    data: Path, sealgate: Run
) -> None:
    before, both, growth = data / "before", data / "both", data / "growth"
    sealgate("checkpoint", "--data", data, "--out", before)
    old = vkey(data)
    sealgate("rotate-key", "--data", data)
    sealgate("checkpoint", "--data", data, "--out", both)
    for key in (old, vkey(data)):
        assert sealgate("verify", "--data", data, "--checkpoint", both, "--key", key)[0] == 0
    grow(data, 2)
    sealgate("checkpoint", "--data", data)
    assert sealgate("prove", "--since", before, "--data", data, "--out", growth)[0] == 0
    asked = ("verify-proof", growth, "--since", before, "--key", vkey(data))
    assert sealgate(*asked)[0] == 1
    code, out, _ = sealgate(*asked, "--key", old)
    assert code == 0
    assert out.startswith("proved: the first 6 entries are what they were\n")


def test_a_lost_key_is_replaced_and_the_new_one_has_to_be_handed_out(data: Path, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", data)
    (data / "keys" / "checkpoint.key").unlink()
    code, _, err = sealgate("rotate-key", "--data", data)
    assert code == 3
    assert "give --lost if it is lost" in err
    code, out, _ = sealgate("rotate-key", "--lost", "--data", data)
    assert code == 0
    assert out.splitlines()[-1] == "hand it out as the first one was: the old key could not sign for it"
    code, out, _ = sealgate("rotate-key", "--json", "--data", data)
    answer = json.loads(out)
    assert (code, answer["key"], answer["interrupted"]) == (0, vkey(data), False)
    assert Path(answer["handover"]).exists()


def test_the_entrys_time_is_the_clocks_and_says_what_vouches_for_it(data: Path, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", data)
    sealgate("rotate-key", "--data", data)
    *_, entry = read_entries(data / "ledger")
    assert entry.kind == "checkpoint-key"
    assert abs(entry.clock.monotonic_ms / 1000 - now().monotonic) < 60
    assert entry.clock.state in {"synchronised", "coasting", "rtc", "doubtful"}


def test_a_kiosk_that_runs_is_named_and_nothing_is_changed(data: Path, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", data)
    key = vkey(data)
    with Ledger.open(data / "ledger", lambda: Stamp(now().utc, Clock("synchronised", "boot-1", 1))):
        code, out, err = sealgate("rotate-key", "--data", data)
    assert (code, out) == (3, "")
    assert "expected to be its only writer, got held by process " in err
    assert vkey(data) == key


def test_a_ledger_against_what_was_signed_gets_no_new_key_with_exit_code_1(data: Path, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", data)
    (data / "ledger" / "head.json").unlink()
    journal = data / "ledger" / JOURNAL_NAME
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:5]))
    code, out, err = sealgate("rotate-key", "--data", data)
    assert (code, out) == (1, "")
    assert "sign nothing" in err


def test_without_a_ledger_there_is_no_key_to_replace(tmp_path: Path, sealgate: Run) -> None:
    code, _, err = sealgate("rotate-key", "--data", tmp_path)
    assert code == 3
    assert "no ledger at" in err
    assert not (tmp_path / "ledger").exists()
