"""`sealgate ledger checkpoint`, `prove`, `verify-proof` and `verify --checkpoint`."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from kiosk.cli import main
from kiosk.ledger.compact import note_of
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.stamp import Clock, Stamp
from tests.ledger.test_note import tells_nothing
from tests.pictures import lights_of_terminal, read_qr
from tests.station.rig import now

Run = Callable[..., tuple[int, str, str]]


def grow(data: Path, entries: int) -> None:
    stamp = Stamp(now().utc, Clock("synchronised", "boot-1", 1000))
    with Ledger.open(data / "ledger", lambda: stamp) as ledger:
        for number in range(entries):
            ledger.append("hold", stamp, {"reason": "SEAL_MISMATCH", "number": number})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a ledger of six entries."""
    grow(tmp_path, 5)
    return tmp_path


@pytest.fixture
def sealgate(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one action; its exit code, and what it wrote to stdout and stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["ledger", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def vkey(data: Path) -> str:
    return (data / "keys" / "checkpoint.pub").read_text().strip()


def alter(data: Path, old: bytes, new: bytes) -> None:
    journal = data / "ledger" / JOURNAL_NAME
    journal.write_bytes(journal.read_bytes().replace(old, new))


def test_the_first_checkpoint_goes_to_stdout_and_the_public_key_is_told(data: Path, sealgate: Run) -> None:
    code, out, err = sealgate("checkpoint", "--data", data)
    assert code == 0
    assert out.encode() == (data / "ledger" / "checkpoint").read_bytes()
    assert out.splitlines()[1] == "6"
    assert err == f"sealgate: made the signing key; give its public half to whoever shall check: {vkey(data)}\n"
    secret = (data / "keys" / "checkpoint.key").read_text().strip()
    assert tells_nothing(out + err, secret)
    assert sealgate("checkpoint", "--data", data) == (0, out, "")


def test_a_checkpoint_is_written_to_a_file_and_told_to_programs(data: Path, sealgate: Run) -> None:
    out_file = data / "signed"
    code, out, _ = sealgate("checkpoint", "--data", data, "--out", out_file)
    assert code == 0
    assert out.startswith(f"{out_file}: sealgate/")
    code, out, _ = sealgate("checkpoint", "--data", data, "--json")
    answer = json.loads(out)
    assert answer["checkpoint"] == out_file.read_text()
    assert (answer["size"], answer["key"]) == (6, vkey(data))
    assert answer["checkpoint"].startswith(answer["origin"] + "\n")
    assert json.loads(sealgate("verify", "--json", "--data", data)[1])["root"] == answer["root"]


@pytest.mark.parametrize(
    ("term", "encoding", "lines", "height"),
    [("xterm", "utf-8", 24, 23), ("xterm", "utf-8", 50, 25), ("linux", "utf-8", 24, 49), ("xterm", "ascii", 24, 49)],
)
def test_a_checkpoint_drawn_in_the_terminal_is_read_back_byte_for_byte(
    data: Path, sealgate: Run, monkeypatch: pytest.MonkeyPatch, term: str, encoding: str, lines: int, height: int
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("LINES", str(lines))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert main(["ledger", "checkpoint", "--qr", "--data", str(data)]) == 0
    sys.stdout.flush()
    said, drawn = cast(io.BytesIO, sys.stdout.buffer).getvalue().decode().split("\n", 1)
    monkeypatch.undo()
    assert said.startswith("6 entries; ")
    assert drawn.count("\n") == height
    text = data / "photographed"
    text.write_text(read_qr(lights_of_terminal(drawn), data))
    assert note_of(text.read_bytes()) == (data / "ledger" / "checkpoint").read_bytes()
    grow(data, 3)
    asked = ("--key", vkey(data))
    assert sealgate("verify", "--data", data, "--checkpoint", text, *asked)[0] == 0
    sealgate("checkpoint", "--data", data)
    assert sealgate("prove", "--since", text, "--data", data, "--out", data / "growth")[0] == 0
    assert sealgate("verify-proof", data / "growth", "--since", text, *asked)[0] == 0


def test_a_damaged_ledger_is_not_signed_with_exit_code_1(data: Path, sealgate: Run) -> None:
    alter(data, b'"number":2', b'"number":7')
    code, out, err = sealgate("checkpoint", "--data", data)
    assert (code, out) == (1, "")
    assert err.startswith("sealgate: ledger, entry 4 at byte ")
    assert err.count("\n") == 1
    code, out, err = sealgate("checkpoint", "--data", data, "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["ok"] is False


def test_a_key_that_others_may_read_is_refused_with_exit_code_3(data: Path, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", data)
    (data / "keys" / "checkpoint.key").chmod(0o644)
    code, out, err = sealgate("checkpoint", "--data", data)
    assert (code, out) == (3, "")
    assert "chmod 600 it" in err


def test_a_proof_is_checked_with_the_public_key_alone(
    data: Path, sealgate: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sealgate("checkpoint", "--data", data)
    key, proof = vkey(data), tmp_path_factory.mktemp("auditor") / "hold.tlog-proof"
    code, out, err = sealgate("prove", 4, "--data", data, "--out", proof)
    assert (code, out, err) == (0, f"{proof}: proves that entry 4 is in the ledger\n", "")
    (data / "ledger").rename(data / "gone")
    code, out, _ = sealgate("verify-proof", proof, "--key", key)
    assert code == 0
    proved, checkpoint, line = out.splitlines()
    assert proved == "proved: entry 4 is one of those signed for"
    assert checkpoint.startswith("checkpoint: sealgate/")
    assert json.loads(line)["body"] == {"reason": "SEAL_MISMATCH", "number": 2}
    answer = json.loads(sealgate("verify-proof", proof, "--key", data / "keys" / "checkpoint.pub", "--json")[1])
    assert (answer["ok"], answer["entry"]["seq"], answer["checkpoint"]["size"]) == (True, 4, 6)


def test_an_altered_proof_is_refused_with_exit_code_1(data: Path, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", data)
    proof = data / "proof"
    sealgate("prove", 4, "--data", data, "--out", proof)
    proof.write_bytes(proof.read_bytes().replace(b"index 3", b"index 2"))
    code, out, err = sealgate("verify-proof", proof, "--key", vkey(data))
    assert (code, out) == (1, "")
    assert err.startswith("sealgate: proof: expected the leaf and its hashes to lead to the root ")
    code, out, err = sealgate("verify-proof", proof, "--key", vkey(data), "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["ok"] is False


@pytest.mark.parametrize("seq", [0, 7, 999])
def test_an_entry_that_no_checkpoint_covers_is_not_proved_with_exit_code_1(data: Path, sealgate: Run, seq: int) -> None:
    sealgate("checkpoint", "--data", data)
    code, _, err = sealgate("prove", seq, "--data", data, "--out", data / "proof")
    assert code == 1
    assert "run 'sealgate ledger checkpoint' first if the entry is newer" in err
    assert not (data / "proof").exists()


def test_growth_between_two_checkpoints_is_proved_and_checked_without_the_ledger(data: Path, sealgate: Run) -> None:
    old, proof = data / "old", data / "growth"
    sealgate("checkpoint", "--data", data, "--out", old)
    grow(data, 7)
    sealgate("checkpoint", "--data", data)
    assert sealgate("prove", "--since", old, "--data", data, "--out", proof)[0] == 0
    (data / "ledger").rename(data / "gone")
    code, out, _ = sealgate("verify-proof", proof, "--since", old, "--key", vkey(data))
    assert code == 0
    assert out.startswith("proved: the first 6 entries are what they were\ncheckpoint: sealgate/")
    answer = json.loads(sealgate("verify-proof", proof, "--since", old, "--key", vkey(data), "--json")[1])
    assert (answer["ok"], answer["since"]["size"], answer["checkpoint"]["size"]) == (True, 6, 13)
    proof.write_bytes(proof.read_bytes().replace(b"old 6", b"old 5"))
    assert sealgate("verify-proof", proof, "--since", old, "--key", vkey(data))[0] == 1


def test_a_ledger_is_compared_with_a_checkpoint_that_somebody_kept(data: Path, sealgate: Run) -> None:
    old = data / "old"
    sealgate("checkpoint", "--data", data, "--out", old)
    grow(data, 2)
    asked = ("verify", "--data", data, "--checkpoint", old, "--key", vkey(data))
    code, out, _ = sealgate(*asked)
    assert code == 0
    assert out.endswith("\nit begins with exactly what was signed\n")
    (data / "ledger" / "head.json").unlink()
    journal = data / "ledger" / JOURNAL_NAME
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:5]))
    assert sealgate("verify", "--data", data)[0] == 0
    code, out, _ = sealgate(*asked)
    assert code == 1
    assert out.endswith("\nNOT what was signed: expected at least the 6 entries that were signed, got 5\n")
    answer = json.loads(sealgate(*asked, "--json")[1])
    assert (answer["ok"], answer["checkpoint"]["ok"], answer["damage"]) == (False, False, [])
    code, _, err = sealgate("checkpoint", "--data", data)
    assert code == 1
    assert "sign nothing" in err


def test_a_checkpoint_by_another_key_is_refused_with_exit_code_1(data: Path, sealgate: Run, tmp_path: Path) -> None:
    old = data / "old"
    sealgate("checkpoint", "--data", data, "--out", old)
    other = tmp_path / "other"
    grow(other, 1)
    sealgate("checkpoint", "--data", other)
    code, _, err = sealgate("verify", "--data", data, "--checkpoint", old, "--key", vkey(other))
    assert code == 1
    assert err.startswith("sealgate: signature: expected one by sealgate/")


def test_wrong_use_is_exit_code_2(data: Path, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", data, "--out", data / "old")
    sealgate("prove", 2, "--data", data, "--out", data / "proof")
    sealgate("prove", "--since", data / "old", "--data", data, "--out", data / "growth")
    for words in (
        ("verify", "--data", data, "--checkpoint", data / "old"),
        ("verify", "--data", data, "--key", vkey(data)),
        ("verify-proof", data / "proof", "--key", vkey(data)[:-1]),
        ("verify-proof", data / "proof", "--key", data / "proof"),
        ("verify-proof", data / "proof", "--key", vkey(data), "--since", data / "old"),
        ("verify-proof", data / "growth", "--key", vkey(data)),
    ):
        code, out, err = sealgate(*words)
        assert (code, out) == (2, ""), words
        assert err.startswith("sealgate: ")
        assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["prove", "--out", "x"],
        ["prove", "3"],
        ["prove", "3", "--since", "y", "--out", "x"],
        ["prove", "three", "--out", "x"],
        ["verify-proof", "x"],
        ["verify-proof", "--key", "k"],
    ],
)
def test_words_that_are_missing_are_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ledger", *words])
    assert ended.value.code == 2
    assert "usage: sealgate ledger" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_exit_code_3(data: Path, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", data)
    for words in (
        ("verify-proof", data / "none", "--key", vkey(data)),
        ("verify-proof", data / "none", "--key", data / "none"),
        ("verify", "--data", data, "--checkpoint", data / "none", "--key", vkey(data)),
        ("checkpoint", "--data", data, "--out", data / "none" / "there"),
        ("prove", 1, "--data", data / "none", "--out", data / "proof"),
    ):
        code, _, err = sealgate(*words)
        assert code == 3, words
        assert err.count("\n") == 1
