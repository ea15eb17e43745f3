"""``sealgate support`` as its users have it: exit codes, the file, a disk that is full."""

import errno
import json
import stat
import zipfile
from pathlib import Path

import pytest

from kiosk import durable
from kiosk.cli import main
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.support.bundle import PARTS
from kiosk.support.part import Member

CONFIG = SAMPLE_SITE / "site.toml"
ALL_BUT_SETTINGS = [word for part in PARTS if part.of != "settings" for word in ("--without", part.of)]


def support(data: Path, out: Path, *more: str, config: Path = CONFIG) -> int:
    return main(["support", "--config", str(config), "--data", str(data), "--out", str(out), *more])


def test_into_a_folder_it_gets_a_name_of_its_own_and_is_its_owners_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert support(tmp_path, tmp_path, *ALL_BUT_SETTINGS) == 0
    (made,) = tmp_path.glob("sealgate-support-SLS0421-*Z.zip")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert zipfile.ZipFile(made).namelist() == ["contents.json", "site.json"]
    told = capsys.readouterr()
    assert told.err == "sealgate: taking settings\n"
    assert told.out.startswith(f"{made}: 2 files, ")


def test_without_data_and_settings_there_is_a_bundle_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "b.zip"
    assert support(tmp_path / "none", out, config=tmp_path / "none.toml") == 0
    not_had = json.loads(zipfile.ZipFile(out).read("contents.json"))["not_had"]
    assert {"settings", "files", "log", "figures", "ledger"} <= set(not_had)
    assert "No such file or directory" in not_had["settings"]
    assert f"not had  ledger: there is no ledger at {tmp_path / 'none' / 'ledger'}\n" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--without", "everything"], ["--log-mb", "99"], ["--log-mb", "some"]])
def test_wrong_use_is_exit_code_2(tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = support(tmp_path, tmp_path / "b.zip", *wrong)
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code == 2
    assert "expected" in capsys.readouterr().err or wrong[1] == "some"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b.zip").write_text("precious")
    assert support(tmp_path, tmp_path / "b.zip") == 2
    assert (tmp_path / "b.zip").read_text() == "precious"
    assert capsys.readouterr().err.count("\n") == 1


def test_a_disk_that_is_full_is_one_clear_line_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "write_all", full)
    assert support(tmp_path, tmp_path / "b.zip", *ALL_BUT_SETTINGS) == 3
    assert list(tmp_path.iterdir()) == []
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("sealgate: expected room on the disk, got [Errno 28] No space left on device; make room")


def test_a_leak_is_exit_code_1_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kiosk.support import about

    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "drivers.csv").write_text("driver_id,name\nD1,Aroha Ngata\n")
    monkeypatch.setattr(about, "as_json", lambda name, _value, _asked: Member(name, b"by AROHA NGATA"))
    assert support(tmp_path, tmp_path / "b.zip", *ALL_BUT_SETTINGS) == 1
    told = capsys.readouterr()
    assert "got a name of this kiosk's in site.json; nothing was written" in told.err
    assert "ngata" not in (told.out + told.err).casefold()
    assert not (tmp_path / "b.zip").exists()
