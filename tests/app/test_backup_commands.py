"""`sealgate ledger backup` and `restore`: what they say, and with which exit code they end."""

import io
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.ledger.backup_hold import hold
from kiosk.ledger.last_backup import read_last_backup
from kiosk.ledger.verify import verify
from tests.ledger.backups import Yard, lines_of
from tests.ledger.test_note import tells_nothing

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """A ledger of 30 entries in four segments, and an empty stick."""
    yard = Yard(tmp_path)
    yard.grow(30)
    return yard


@pytest.fixture
def sealgate(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one action; its exit code, and what it wrote to stdout and stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["ledger", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_a_backup_says_where_it_is_how_long_and_its_root(yard: Yard, sealgate: Run) -> None:
    code, out, err = sealgate("backup", "--to", yard.to, "--data", yard.data)
    assert (code, err) == (0, "")
    what, root, note = out.splitlines()
    assert what.startswith(f"{yard.place}: 30 entries backed up and read back, ")
    assert root == f"Merkle root: {verify(yard.ledger).root}"
    assert note == ("note: this folder is on the ledger's own disk, and is lost with it: back up to another disk, too")
    assert sealgate("backup", "--to", yard.to, "--data", yard.data)[1].splitlines()[0].endswith(", 0 bytes written")


def test_the_ledgers_commands_read_a_backup_as_they_read_a_data_folder(yard: Yard, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", yard.data, "--out", yard.data / "signed")
    sealgate("backup", "--to", yard.to, "--data", yard.data)
    key = yard.place / "keys" / "checkpoint.pub"
    code, out, _ = sealgate("verify", "--data", yard.place, "--checkpoint", yard.data / "signed", "--key", key)
    assert code == 0
    assert out.endswith("sound: every entry is as it was written\ncheckpoint: " + out.partition("checkpoint: ")[2])
    assert sealgate("prove", 9, "--data", yard.place, "--out", yard.data / "proof")[0] == 0
    assert sealgate("verify-proof", yard.data / "proof", "--key", key)[0] == 0
    assert len(sealgate("show", "--data", yard.place)[1].splitlines()) == 30


def test_a_backup_is_noted_once_it_was_read_back_and_a_refused_one_is_not(yard: Yard, sealgate: Run) -> None:
    sealgate("backup", "--to", yard.to, "--data", yard.data)
    noted = read_last_backup(yard.data)
    assert noted is not None
    assert (noted.place, noted.entries, noted.root) == (str(yard.place), 30, verify(yard.ledger).root)
    journal = yard.ledger / "journal" / "000000000025.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"NZ000027", b"NZ000028"))
    code, out, err = sealgate("backup", "--to", yard.to, "--data", yard.data)
    assert (code, out) == (1, "")
    assert err.startswith("sealgate: ledger, entry 28 at byte ")
    assert err.count("\n") == 1
    assert read_last_backup(yard.data) == noted


def test_programs_are_told_in_json(yard: Yard, sealgate: Run) -> None:
    answer = json.loads(sealgate("backup", "--to", yard.to, "--data", yard.data, "--json")[1])
    assert (answer["ok"], answer["entries"], answer["root"]) == (True, 30, verify(yard.ledger).root)
    assert (answer["place"], answer["rotted"]) == (str(yard.place), [])
    assert answer["written"] > 1000
    code, out, err = sealgate("restore", "--from", yard.to, "--data", yard.data, "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["ok"] is False
    assert f"mv {yard.ledger} {yard.ledger}.old" in json.loads(out)["reason"]
    answer = json.loads(sealgate("restore", "--from", yard.to, "--data", yard.new, "--json")[1])
    assert (answer["ok"], answer["entries"], answer["has_key"]) == (True, 30, False)
    assert answer["root"] == verify(yard.new / "ledger").root


def test_a_folder_that_is_not_there_is_exit_code_3(yard: Yard, sealgate: Run) -> None:
    code, out, err = sealgate("backup", "--to", yard.to / "unplugged", "--data", yard.data)
    assert (code, out) == (3, "")
    assert err == (
        f"sealgate: backup to {yard.to / 'unplugged'}: expected a folder, got none; "
        "plug the stick in or mount the share, or make it\n"
    )
    code, _, err = sealgate("backup", "--to", yard.to, "--data", yard.new)
    assert code == 3
    assert "no ledger at" in err


def test_one_backup_at_a_time_the_other_is_exit_code_3(yard: Yard, sealgate: Run) -> None:
    with hold(yard.data, "backup"):
        code, _, err = sealgate("backup", "--to", yard.to, "--data", yard.data)
    assert code == 3
    assert "got another one under way; wait for its end" in err


def test_without_a_folder_the_one_of_the_settings_is_taken(yard: Yard, sealgate: Run, tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    sample = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")
    config.write_text(sample, encoding="utf-8")
    code, _, err = sealgate("backup", "--data", yard.data, "--config", config)
    assert code == 3
    assert err.startswith("sealgate: site.toml backup.folder: expected the folder of backups, or --to DIR, got neither")
    config.write_text(f'{sample}\n[backup]\nfolder = "{yard.to}"\n', encoding="utf-8")
    assert sealgate("backup", "--data", yard.data, "--config", config)[0] == 0
    assert lines_of(yard.place / "ledger") == lines_of(yard.ledger)


def test_a_restore_says_what_it_restored_and_what_is_to_be_done_next(yard: Yard, sealgate: Run) -> None:
    sealgate("checkpoint", "--data", yard.data)
    secret = (yard.data / "keys" / "checkpoint.key").read_text().strip()
    made = json.loads(sealgate("backup", "--to", yard.to, "--data", yard.data, "--json")[1])["made"]
    code, out, err = sealgate("restore", "--from", yard.to, "--data", yard.new)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{yard.new / 'ledger'}: 30 entries restored from {yard.place}, made {made}",
        f"Merkle root: {verify(yard.ledger).root}, as the backup's manifest has it",
        f"What was recorded after {made} is not in it.",
        "next: the signing key is not here, and in no backup: run 'sealgate ledger rotate-key --lost' before the kiosk "
        "starts, and hand out the new public key as the first one was",
        "next: tell those who keep checkpoints that the ledger was restored, from which backup and why",
        "next: start the kiosk; keep the backup as it is until the next one has been made",
    ]
    assert tells_nothing(out, secret)
    shutil.copy(yard.data / "keys" / "checkpoint.key", yard.new / "keys")
    shutil.rmtree(yard.new / "ledger")
    out = sealgate("restore", "--from", yard.to, "--data", yard.new)[1]
    assert "next: the signing key is here still; if it has signed for more than these 30 entries " in out


def test_where_nothing_was_ever_signed_a_restore_speaks_of_no_key(yard: Yard, sealgate: Run) -> None:
    sealgate("backup", "--to", yard.to, "--data", yard.data)
    assert "key" not in sealgate("restore", "--from", yard.to, "--data", yard.new)[1]


def test_a_restored_ledger_gets_a_new_key_as_the_result_says_and_is_signed_and_backed_up_again(
    yard: Yard, sealgate: Run
) -> None:
    sealgate("checkpoint", "--data", yard.data, "--out", yard.data / "old")
    old = (yard.data / "keys" / "checkpoint.pub").read_text().strip()
    sealgate("backup", "--to", yard.to, "--data", yard.data)
    sealgate("restore", "--from", yard.to, "--data", yard.new)
    code, _, err = sealgate("checkpoint", "--data", yard.new)
    assert code == 3
    assert "rotate-key --lost" in err
    assert sealgate("rotate-key", "--lost", "--data", yard.new)[0] == 0
    new = (yard.new / "keys" / "checkpoint.pub").read_text().strip()
    assert sealgate("verify", "--data", yard.new, "--checkpoint", yard.data / "old", "--key", old)[0] == 0
    assert sealgate("checkpoint", "--data", yard.new, "--out", yard.new / "signed")[0] == 0
    assert sealgate("verify", "--data", yard.new, "--checkpoint", yard.new / "signed", "--key", new)[0] == 0
    assert sealgate("backup", "--to", yard.to, "--data", yard.new)[0] == 0
    assert (yard.place / "keys" / "checkpoint.pub").read_text().strip() == new != old
    retired = [path.read_text().strip() for path in (yard.place / "keys" / "retired").glob("*.pub")]
    assert retired == [old]


def test_a_damaged_backup_is_not_restored_with_exit_code_1(yard: Yard, sealgate: Run) -> None:
    sealgate("backup", "--to", yard.to, "--data", yard.data)
    copy = yard.place / "ledger" / "journal" / "000000000025.jsonl"
    copy.write_bytes(copy.read_bytes().replace(b"NZ000027", b"NZ000028"))
    code, out, err = sealgate("restore", "--from", yard.to, "--data", yard.new)
    assert (code, out) == (1, "")
    assert err.startswith(f"sealgate: backup in {yard.place}, ledger/journal/000000000025.jsonl, entry 28: expected ")
    assert err.count("\n") == 1
    assert not yard.new.exists()


class Terminal(io.StringIO):
    """What a program takes for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("action", ["backup", "restore"])
def test_a_bar_is_drawn_on_stderr_when_that_is_a_terminal(
    yard: Yard, sealgate: Run, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    sealgate("backup", "--to", yard.to, "--data", yard.data)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    words = {"backup": ("--to", yard.to, "--data", yard.data), "restore": ("--from", yard.to, "--data", yard.new)}
    code, out, _ = sealgate(action, *words[action])
    assert code == 0
    assert {"backup": "backing up", "restore": "restoring"}[action] in terminal.getvalue()
    done, of = re.findall(r"(\d+)/(\d+)", terminal.getvalue())[-1]
    assert done == of
    assert "\x1b" not in out


@pytest.mark.parametrize("words", [["restore"], ["restore", "--from"], ["backup", "--to"], ["backup", "extra"]])
def test_words_that_are_missing_are_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ledger", *words])
    assert ended.value.code == 2
    assert "usage: sealgate" in capsys.readouterr().err
