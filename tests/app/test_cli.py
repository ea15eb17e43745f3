import json
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.ledger.ledger import Ledger
from tests.station.rig import now


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a ledger of two entries."""
    from kiosk.ledger.stamp import Clock, Stamp

    stamp = Stamp(now().utc, Clock("synchronised", "boot-1", 1000))
    with Ledger.open(tmp_path / "ledger", lambda: stamp) as ledger:
        ledger.append("hold", stamp, {"reason": "SEAL_MISMATCH"})
    return tmp_path


def test_a_sound_ledger_verifies_with_exit_code_0(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "verify", "--data", str(data)]) == 0
    assert "sound: every entry is as it was written" in capsys.readouterr().out


def test_an_altered_ledger_does_not_with_exit_code_1_and_the_entrys_number(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = next(path for path in (data / "ledger" / "journal").iterdir() if b"SEAL_MISMATCH" in path.read_bytes())
    journal.write_bytes(journal.read_bytes().replace(b"SEAL_MISMATCH", b"SEAL_MISMATCX"))
    assert main(["ledger", "verify", "--json", "--data", str(data)]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert "entry 2" in answer["damage"][0]


def test_a_ledger_that_is_not_there_is_a_failure_with_its_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "verify", "--data", str(tmp_path)]) == 3
    line = capsys.readouterr().err
    assert line.startswith("sealgate: expected a file or folder that can be used, got no ledger at ")
    assert line.count("\n") == 1


def test_entries_are_shown_as_they_stand_in_the_journal(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "show", "--kind", "hold", "--data", str(data)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["body"] == {"reason": "SEAL_MISMATCH"}


def test_a_file_is_imported_and_a_bad_one_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--config", str(SAMPLE_SITE / "site.toml"), "--data", str(tmp_path)]
    assert main(["import", "drivers", str(SAMPLE_SITE / "drivers.csv"), *where]) == 0
    assert capsys.readouterr().out.startswith("drivers: 10 rows imported; SHA-256 ")
    stored = (tmp_path / "records" / "drivers.csv").read_bytes()
    bad = tmp_path / "bad.csv"
    bad.write_text((SAMPLE_SITE / "drivers.csv").read_text(encoding="utf-8").replace("2035-06-30,no", "30/6/35,no"))
    assert main(["import", "drivers", str(bad), *where]) == 3
    assert capsys.readouterr().err == (
        "sealgate: bad.csv row 6, column inducted_until: expected a date such as 2027-06-30, got '30/6/35'; "
        "correct it and import again\n"
    )
    assert (tmp_path / "records" / "drivers.csv").read_bytes() == stored


def test_an_empty_table_is_imported_with_a_remark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "bookings.csv"
    empty.write_text((SAMPLE_SITE / "bookings.csv").read_text(encoding="utf-8").splitlines()[0] + "\n")
    where = ["--config", str(SAMPLE_SITE / "site.toml"), "--data", str(tmp_path)]
    assert main(["import", "bookings", str(empty), *where]) == 0
    assert "remark: the file has a header and no rows: there are no bookings any more" in capsys.readouterr().out


def test_a_missing_site_file_is_one_line_with_exit_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kiosk", "--config", str(tmp_path / "site.toml"), "--data", str(tmp_path)]) == 3
    assert "expected a readable file, got No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [[], ["fly"], ["import", "drivers"], ["import", "horses", "x.csv"], ["ledger"]])
def test_wrong_use_is_exit_code_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert "usage: sealgate" in capsys.readouterr().err
