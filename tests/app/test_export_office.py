"""`sealgate export` for an office: CSV, XLSX, JSON Lines, the office's own workbook; and the entry that each is."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from kiosk.cli import main
from kiosk.console import messages as msg
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.devices import read_clock
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.stamp import Clock, Stamp
from tests.register.exports.years import FIRST, a_life, hold
from tests.station.rig import running

Run = Callable[..., tuple[int, str, str]]
CLOCK = Clock("synchronised", "boot-1", 1000)
OFFICE = Path(__file__).parent.parent / "register" / "exports" / "workbooks" / "office.xlsx"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the lives of some seals, an entry an hour from 22:00 in New Zealand on."""
    with Ledger.open(tmp_path / "data" / "ledger", lambda: Stamp(FIRST - timedelta(hours=1), CLOCK)) as ledger:
        for hour, (kind, body) in enumerate((*a_life(), hold("ES0002"))):
            ledger.append(kind, Stamp(FIRST + timedelta(hours=hour), CLOCK), body)
    return tmp_path / "data"


@pytest.fixture
def export(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exports the ledger; the exit code, and what was written to stdout and stderr. The key is there already."""
    place = ("--data", data, "--config", SAMPLE_SITE / "site.toml")

    def run(*words: object) -> tuple[int, str, str]:
        code = main(list(map(str, ("export", *words, *place))))
        out, err = capsys.readouterr()
        return code, out, err

    main(["ledger", "checkpoint", "--data", str(data)])
    capsys.readouterr()
    return run


def recorded(data: Path) -> list[dict[str, Any]]:
    return [entry.body for entry in read_entries(data / "ledger") if entry.kind == "exported"]


def rows(folder: Path, sheet: str) -> list[dict[str, str]]:
    with (folder / f"{sheet}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_is_a_folder_of_sheets_that_states_its_range_and_checkpoint(data: Path, export: Run) -> None:
    out = data.with_name("out")
    code, told, err = export("--format", "csv", "--out", out)
    assert (code, err) == (0, "")
    assert told.splitlines()[0] == f"{out}: 4 rows of register, 1 rows of uplifts, 1 rows of incidents"
    assert told.splitlines()[1].startswith(f"{out}/checkpoint: sealgate/")
    assert told.splitlines()[2] == "recorded as entry 7"
    assert [row["Seal number"] for row in rows(out, "register")] == ["ES0001", "ES0002", "ES0003", "ES0004"]
    about = (out / "about.csv").read_text()
    assert "Entries,6 (1 to 6) of 6\n" in about
    assert subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=out, check=False).returncode == 0


def test_an_export_is_an_entry_with_its_range_its_checkpoint_and_its_digest(data: Path, export: Run) -> None:
    out = data.with_name("out.jsonl")
    export("--format", "jsonl", "--out", out, "--since", "2026-02-01", "--until", "2026-02-01")
    (body,) = recorded(data)
    checkpoint = out.with_name("out.jsonl.checkpoint").read_text().splitlines()
    digest = subprocess.run(["sha256sum", out], capture_output=True, text=True, check=True).stdout.split()[0]
    assert body | {"root": ""} == {
        "format": "jsonl",
        "since": "2026-01-31T11:00:00.000Z",
        "until": "2026-02-01T11:00:00.000Z",
        "first": 4,
        "last": 6,
        "entries": 3,
        "size": 6,
        "root": "",
        "sha256": digest,
        "out": "out.jsonl",
    }
    assert checkpoint[1] == "6"
    import base64

    assert bytes.fromhex(body["root"]) == base64.b64decode(checkpoint[2])


@pytest.mark.parametrize("form", ["csv", "csv-excel", "xlsx", "jsonl", "tinydb"])
def test_every_form_is_recorded(data: Path, export: Run, form: str) -> None:
    assert export("--format", form, "--out", data.with_name("out"))[0] == 0
    assert [(body["format"], body["first"], body["last"], body["size"]) for body in recorded(data)] == [(form, 1, 6, 6)]


def test_an_export_that_is_made_again_has_the_same_rows(data: Path, export: Run) -> None:
    out = data.with_name("out")
    export("--format", "csv", "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    export("--format", "csv", "--out", out)
    after = {path.name: path.read_bytes() for path in out.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"about.csv", "checkpoint", "SHA256SUMS"}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_as_of_its_own_checkpoint_is_the_same_byte_for_byte(data: Path, export: Run, form: str) -> None:
    first, again = data.with_name("first"), data.with_name("again")
    export("--format", form, "--out", first)
    note = first / "checkpoint" if form == "csv" else first.with_name("first.checkpoint")
    code, _, err = export("--format", form, "--out", again, "--as-of", note)
    assert (code, err) == (0, "")
    one, other = recorded(data)
    assert one | {"out": ""} == other | {"out": ""}


def test_a_workbook_has_its_sheets_and_a_checkpoint_beside_it(data: Path, export: Run) -> None:
    out = data.with_name("out.xlsx")
    code, _, err = export("--format", "xlsx", "--out", out)
    assert (code, err) == (0, "")
    book = load_workbook(out)
    assert [book[name].max_row for name in ("register", "uplifts", "incidents")] == [5, 2, 2]
    assert book["about"]["B4"].value == "6 (1 to 6) of 6"
    assert book["about"]["B6"].value == "site time, Pacific/Auckland"
    assert out.with_name("out.xlsx.checkpoint").is_file()


def test_lines_are_verified_without_the_ledger(data: Path, export: Run, capsys: pytest.CaptureFixture[str]) -> None:
    out = data.with_name("out.jsonl")
    export("--format", "jsonl", "--out", out)
    words = ["ledger", "verify", "--export", out, "--checkpoint", f"{out}.checkpoint"]
    verify = list(map(str, [*words, "--key", data / "keys" / "checkpoint.pub"]))
    assert main(verify) == 0
    assert capsys.readouterr().out.startswith(f"{out}: 6 entries, each exactly as it was signed\n")
    out.write_bytes(b"".join(out.read_bytes().splitlines(keepends=True)[1:]))
    assert main(verify) == 1
    assert "it leaves out 1 to 1; if it was meant to leave them out, give --partial" in capsys.readouterr().err
    assert main([*verify, "--partial", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == [[1, 1]]
    out.write_bytes(out.read_bytes().replace(b"ES0001", b"ES0007", 1))
    assert main([*verify, "--partial"]) == 1


def test_the_offices_own_workbook_is_updated(data: Path, export: Run) -> None:
    path = Path(shutil.copy(OFFICE, data.with_name("office.xlsx")))
    columns = ("--column", "Seal number=Seal No.", "--column", "Container number=Container", "-c", "State=Status")
    code, told, err = export("--into", path, *columns)
    assert (code, err) == (0, "")
    assert told.startswith(f"{path}: sheet 'Register': 4 rows updated, 0 added, 10 cells in all\n{path}: as it was: ")
    assert load_workbook(path)["Register"]["F4"].value == "uplifted"
    assert recorded(data)[0]["format"] == "into-xlsx"


def test_a_workbook_that_could_be_spoiled_is_refused_with_exit_code_1_and_no_entry(data: Path, export: Run) -> None:
    path = Path(shutil.copy(OFFICE, data.with_name("office.xlsx")))
    code, told, err = export("--into", path)
    assert (code, told, err.count("\n")) == (1, "", 1)
    assert err.startswith("sealgate: expected a sheet with a column 'Seal number', got none; name the sheet ")
    assert (path.read_bytes(), recorded(data)) == (OFFICE.read_bytes(), [])


def test_beside_a_running_kiosk_the_export_is_an_entry_that_the_kiosk_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, data = tmp_path / "out", tmp_path / "data"
    with running(data, clock=read_clock) as kiosk:
        kiosk.until(msg.Attract)
        words = ("--format", "csv", "--out", str(out), "--data", str(data), "--config", str(SAMPLE_SITE / "site.toml"))
        assert main(["export", *words]) == 0
        ((kind, body),) = [each for each in kiosk.entries() if each[0] == "exported"]
    assert (kind, body["format"]) == ("exported", "csv")
    assert "recorded as entry" in capsys.readouterr().out


def test_where_something_else_holds_the_ledger_the_export_is_made_and_it_is_told_that_no_entry_says_so(
    data: Path, export: Run
) -> None:
    out = data.with_name("out")
    with Ledger.open(data / "ledger", lambda: Stamp(FIRST, CLOCK)):
        code, told, err = export("--format", "csv", "--out", out)
    assert (code, told.count("\n")) == (0, 2)
    assert err.startswith("sealgate: the export is made, and not recorded in the ledger: ledger ")
    assert len(rows(out, "register")) == 4


def test_a_folder_of_other_things_is_not_written_into(data: Path, export: Run) -> None:
    out = data.with_name("out")
    out.mkdir()
    (out / "letters.txt").touch()
    code, told, err = export("--format", "csv", "--out", out)
    assert (code, told) == (1, "")
    assert err.startswith("sealgate: expected an empty folder, or one of an earlier export with its SHA256SUMS, got ")
    assert [path.name for path in out.iterdir()] == ["letters.txt"]


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_of_a_damaged_ledger_nothing_is_exported(data: Path, export: Run, form: str) -> None:
    journal = next((data / "ledger" / "journal").glob("*.jsonl"))
    journal.write_bytes(journal.read_bytes().replace(b'"ES0003"', b'"ES0033"'))
    code, told, err = export("--format", form, "--out", data.with_name("out"))
    assert (code, told, err.startswith("sealgate: ledger, entry 2 at byte ")) == (1, "", True)
    assert not list(data.parent.glob("out*"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format", "csv"], "expected --out with --format, and none with --into; give the one that is meant"),
        (["--into", "a.xlsx", "--out", "b"], "expected --out with --format, and none with --into; give the one that"),
        (["--format", "csv", "--out", "b", "--separator", ";"], "expected --separator with --format csv-excel alone; "),
        (["--format", "csv", "--out", "b", "--sheet", "x"], "expected --sheet and --column with --into alone; leave "),
        (["--format", "tinydb", "--out", "b", "--as-of", "c"], "expected --as-of with another format than tinydb; "),
        (["--into", "a.xlsx", "--column", "Seal number"], "--column: expected OURS=THEIRS such as 'Seal number=Seal "),
    ],
)
def test_options_that_do_not_go_together_are_wrong_use(export: Run, words: list[str], told: str) -> None:
    code, out, err = export(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"sealgate: {told}")


def test_the_separator_of_excels_region_can_be_named(data: Path, export: Run) -> None:
    out = data.with_name("out")
    export("--format", "csv-excel", "--out", out, "--separator", "tab")
    assert (out / "register.csv").read_bytes().startswith(b"\xef\xbb\xbfSeal number\tDate received\t")
