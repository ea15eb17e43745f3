"""``sealgate update`` as its user types it: one line that says what is, and the right exit code."""

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.cli import main
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.updates import trial
from kiosk.updates.installing import VenvInstaller
from kiosk.updates.trial import Trial
from tests.ledger.conftest import ticking
from tests.updates.rig import OTHER, Kiosk, PlainInstaller, bundle_file


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    return Kiosk(tmp_path / "root")


@pytest.fixture
def ledger(kiosk: Kiosk) -> Path:
    Ledger.open(kiosk.places.data / "ledger", ticking()).close()
    return kiosk.places.data / "ledger"


@pytest.fixture
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed is a script: pip and venv are in the long set."""
    monkeypatch.setattr(VenvInstaller, "install", PlainInstaller().install)


def update(kiosk: Kiosk, *arguments: str) -> int:
    places = kiosk.places
    return main(
        [
            *("update", *arguments, "--home", str(places.home), "--data", str(places.data), "--keys", str(places.keys)),
            *("--health", str(places.health), "--units", str(places.units), "--systemctl", "true"),
        ]
    )


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_check_says_what_a_release_is_and_that_it_fits(
    kiosk: Kiosk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = bundle_file(tmp_path)
    assert update(kiosk, "check", str(bundle)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Sealgate 0.2.0, released 2026-11-30T08:00:00Z, commit 0123456789ab"
    assert lines[-1] == "it can be applied here"
    assert update(kiosk, "check", str(bundle), "--json") == 0
    told = said(capsys)
    assert (told["version"], told["fits"], told["why"], told["files"]) == ("0.2.0", True, "", 5)
    assert kiosk.starts == "0.1.0"


def test_check_says_why_a_release_does_not_fit(
    kiosk: Kiosk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = bundle_file(tmp_path, "0.2.0", platform="linux-riscv64")
    assert update(kiosk, "check", str(bundle)) == 1
    assert "not for this kiosk: expected a release for linux-" in capsys.readouterr().out
    assert update(kiosk, "check", str(bundle), "--json") == 1
    assert said(capsys)["fits"] is False


@pytest.mark.parametrize("action", ["check", "apply"])
def test_what_nobody_trusted_signed_is_a_no_in_one_line(
    kiosk: Kiosk, tmp_path: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    bundle = bundle_file(tmp_path, "0.2.0", OTHER)
    assert update(kiosk, action, str(bundle)) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith("sealgate: expected a release signed with a key that this kiosk trusts")
    assert update(kiosk, action, str(bundle), "--json") == 1
    assert said(capsys)["done"] is False


def test_a_file_that_is_not_there_is_a_file_that_failed(
    kiosk: Kiosk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert update(kiosk, "check", str(tmp_path / "none.tar")) == 3
    assert "none.tar" in capsys.readouterr().err


def test_an_older_one_without_a_reason_is_wrong_use(kiosk: Kiosk, capsys: pytest.CaptureFixture[str]) -> None:
    assert update(kiosk, "apply", "x.tar", "--allow-older") == 2
    assert "expected --reason TEXT with --allow-older" in capsys.readouterr().err


@pytest.mark.usefixtures("_plain")
def test_apply_puts_it_on_trial_and_records_it_and_status_tells(
    kiosk: Kiosk, ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert update(kiosk, "apply", str(bundle_file(tmp_path)), "--no-wait") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == "0.2.0 is on trial: 'sealgate update status' says how it went"
    (entry,) = [entry for entry in read_entries(ledger) if entry.kind == "update-applied"]
    assert (entry.body["version"], entry.body["before"]) == ("0.2.0", "0.1.0")
    assert entry.body["by"].startswith("machine:")
    assert update(kiosk, "status") == 1
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "version 0.2.0 starts; installed: 0.2.0, 0.1.0",
        "0.2.0 is on trial, start 0 of 3; if it does not stay, 0.1.0 starts",
    ]
    assert update(kiosk, "back", "--reason", "no beep", "--json") == 0
    assert said(capsys)["why"].endswith(": no beep")
    assert update(kiosk, "settle") == 0
    assert [entry.kind for entry in read_entries(ledger)][-1] == "update-went-back"
    assert update(kiosk, "status", "--json") == 1
    told = said(capsys)
    assert (told["version"], told["outcome"]["kept"], told["outcome"]["recorded"]) == ("0.1.0", False, True)


def test_status_of_a_kiosk_that_never_was_updated_is_settled(kiosk: Kiosk, capsys: pytest.CaptureFixture[str]) -> None:
    assert update(kiosk, "status") == 0
    assert capsys.readouterr().out == "version 0.1.0 starts; installed: 0.1.0\n"


def test_there_may_be_nothing_to_go_back_to(kiosk: Kiosk, ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert update(kiosk, "back") == 1
    assert "apply a release instead" in capsys.readouterr().err


def test_settling_makes_no_ledger_where_there_is_none(kiosk: Kiosk, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk.put("0.2.0")
    with trial.held(kiosk.home):
        trial.begin(kiosk.home, Trial("0.2.0", "0.1.0"))
        trial.keep(kiosk.home, "healthy for 60 s")
    assert update(kiosk, "settle") == 3
    assert "name the data folder with --data" in capsys.readouterr().err
    assert not (kiosk.places.data / "ledger").exists()


def test_the_program_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("sealgate ")
