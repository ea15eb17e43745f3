"""`sealgate export` and `sealgate ledger verify --export`."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tinydb import TinyDB

from kiosk import durable
from kiosk.cli import main
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.stamp import Clock, Stamp

Run = Callable[..., tuple[int, str, str]]
CLOCK = Clock("synchronised", "boot-1", 1000)
FIRST = datetime(2026, 1, 31, 9, tzinfo=UTC)
"""22:00 in New Zealand, where summer time puts the clocks 13 hours ahead: two hours before midnight."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a ledger of one entry an hour from 22:00 to 02:00 in New Zealand, after the first one."""
    with Ledger.open(tmp_path / "data" / "ledger", lambda: Stamp(FIRST - timedelta(hours=1), CLOCK)) as ledger:
        for hour in range(5):
            ledger.append("hold", Stamp(FIRST + timedelta(hours=hour), CLOCK), {"hour": (22 + hour) % 24})
    return tmp_path / "data"


@pytest.fixture
def sealgate(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command; its exit code, and what it wrote to stdout and stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(list(map(str, words)))
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def export(data: Path, sealgate: Run) -> Run:
    """Exports the ledger to a file beside the data folder."""

    def run(*words: object) -> tuple[int, str, str]:
        out = data.with_name("out.json")
        place = ("--data", data, "--config", SAMPLE_SITE / "site.toml")
        return sealgate("export", "--format", "tinydb", "--out", out, *place, *words)

    return run


def verify(data: Path) -> tuple[object, ...]:
    out = data.with_name("out.json")
    key = data / "keys" / "checkpoint.pub"
    return ("ledger", "verify", "--export", out, "--checkpoint", f"{out}.checkpoint", "--key", key)


def hours(data: Path) -> list[int]:
    with TinyDB(data.with_name("out.json")) as stock:
        return [each["body"]["hour"] for each in stock.table("ledger") if each["kind"] == "hold"]


def test_an_export_is_written_told_and_checked(data: Path, export: Run, sealgate: Run) -> None:
    code, out, err = export()
    path, key = data.with_name("out.json"), (data / "keys" / "checkpoint.pub").read_text()
    assert (code, out.splitlines()[0]) == (0, f"{path}: 6 of 6 entries")
    assert out.splitlines()[1].startswith(f"{path}.checkpoint: sealgate/")
    assert err == f"sealgate: made the signing key; give its public half to whoever shall check: {key}"
    assert hours(data) == [22, 23, 0, 1, 2]
    code, out, err = sealgate(*verify(data))
    assert (code, err) == (0, "")
    assert out.startswith(f"{path}: 6 entries, each exactly as it was signed\ncheckpoint: sealgate/")
    code, out, _ = sealgate(*verify(data), "--json")
    answer = json.loads(out)
    assert (answer["ok"], answer["entries"], answer["left_out"], answer["checkpoint"]["size"]) == (True, 6, [], 6)


def test_the_exports_checkpoint_serves_to_verify_the_ledger(data: Path, export: Run, sealgate: Run) -> None:
    export()
    beside = ("--checkpoint", data.with_name("out.json.checkpoint"), "--key", data / "keys" / "checkpoint.pub")
    code, out, _ = sealgate("ledger", "verify", "--data", data, *beside)
    assert code == 0
    assert "it begins with exactly what was signed" in out


def test_an_export_is_made_beside_the_kiosk_that_holds_the_ledger(data: Path, export: Run) -> None:
    with Ledger.open(data / "ledger", lambda: Stamp(FIRST, CLOCK)):
        assert export()[0] == 0


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--since", "2026-02-01"], [0, 1, 2]),
        (["--until", "2026-01-31"], [22, 23]),
        (["--until", "2026-01-30"], []),
        (["--since", "2026-02-01", "--until", "2026-02-01"], [0, 1, 2]),
        (["--since", "2026-01-31T23:00:00+13:00"], [23, 0, 1, 2]),
        (["--since", "2026-01-31T10:00:00Z", "--until", "2026-01-31T12:00:00Z"], [23, 0]),
    ],
)
def test_dates_are_days_of_site_time_and_instants_are_what_they_say(
    data: Path, export: Run, words: list[str], shown: list[int]
) -> None:
    assert export(*words)[0] == 0
    assert hours(data) == shown


def test_a_period_is_checked_only_where_entries_may_be_left_out(data: Path, export: Run, sealgate: Run) -> None:
    export("--since", "2026-02-01")
    code, out, err = sealgate(*verify(data))
    assert (code, out) == (1, "")
    assert err.endswith("got 3: it leaves out 1 to 3; if it was meant to leave them out, give --partial\n")
    code, out, _ = sealgate(*verify(data), "--partial")
    assert code == 0
    assert out.splitlines()[0].endswith(": 3 entries, each exactly as it was signed")
    assert out.splitlines()[-1] == "left out: entries 1 to 3; nothing is shown of them, or of tables but the ledger"


def test_an_altered_export_is_found_with_exit_code_1(data: Path, export: Run, sealgate: Run) -> None:
    export()
    path = data.with_name("out.json")
    path.write_text(path.read_text().replace('"hour":23', '"hour":13'))
    code, out, err = sealgate(*verify(data))
    assert (code, out) == (1, "")
    assert err.startswith("sealgate: export: expected root ")
    code, out, err = sealgate(*verify(data), "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["ok"] is False


def test_a_damaged_ledger_is_not_exported_with_exit_code_1(data: Path, export: Run) -> None:
    journal = data / "ledger" / JOURNAL_NAME
    journal.write_bytes(journal.read_bytes().replace(b'"hour":23', b'"hour":13'))
    code, out, err = export()
    assert (code, out) == (1, "")
    assert err.startswith("sealgate: ledger, entry 3 at byte ")
    assert not list(data.parent.glob("out*"))


def test_a_full_disk_is_told_in_one_line_with_exit_code_3_and_the_old_export_stands(
    data: Path, export: Run, sealgate: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    export()
    sealgate("ledger", "checkpoint", "--data", data)  # so that the export itself is the first to find the disk full
    before = data.with_name("out.json").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(durable, "write_all", fail)
    code, out, err = export("--since", "2026-02-01")
    assert (code, out) == (3, "")
    assert err == (
        f"sealgate: expected room on the disk, got [Errno 28] No space left on device: '{data.with_name('out.json')}'; "
        "make room: what was there before stands as it was\n"
    )
    assert data.with_name("out.json").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--since", "yesterday"], "--since: expected a date such as 2026-01-31, in site time, or an instant "),
        (["--until", "2026-01-31T10:00:00"], "--until: expected a date such as 2026-01-31, in site time, or "),
        (["--until", "2026-02-30"], "--until: expected a date such as 2026-01-31, in site time, or an instant "),
        (["--since", "2026-02-02", "--until", "2026-02-01"], "expected --since before --until, got 2026-02-02 and "),
    ],
)
def test_a_period_that_cannot_be_meant_is_wrong_use(data: Path, export: Run, words: list[str], told: str) -> None:
    code, out, err = export(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"sealgate: {told}")
    assert not list(data.parent.glob("out*"))


def test_an_export_is_never_written_over_the_ledger_itself(data: Path, export: Run) -> None:
    journal = data / "ledger" / JOURNAL_NAME
    before = journal.read_bytes()
    code, _, err = export("--out", journal)
    assert code == 2
    assert err.startswith(f"sealgate: expected --out outside the data folder {data}, got {journal}; ")
    assert journal.read_bytes() == before


def test_no_ledger_is_told_with_exit_code_3(tmp_path: Path, sealgate: Run) -> None:
    place = ("--data", tmp_path, "--config", SAMPLE_SITE / "site.toml")
    code, _, err = sealgate("export", "--format", "tinydb", "--out", tmp_path / "out", *place)
    assert code == 3
    assert f"no ledger at {tmp_path}/ledger" in err


def test_an_export_is_not_checked_without_checkpoint_and_key(data: Path, export: Run, sealgate: Run) -> None:
    export()
    code, _, err = sealgate("ledger", "verify", "--export", data.with_name("out.json"))
    assert (code, err) == (
        2,
        "sealgate: expected --checkpoint and --key with --export, got none; give FILE.checkpoint and the key\n",
    )
