"""Exports and imports as an ordinary user, without the rights: told in a line, exit code 3, and nothing is lost; and by
root, who takes nothing from the kiosk's own user."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.ledger.ledger import Ledger, read_entries
from tests.ordinary import give, ordinary_user, own_folder

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site"
OFFICE = Path(__file__).parents[1] / "register" / "exports" / "workbooks" / "office.xlsx"
FORMATS = ("csv", "csv-excel", "xlsx", "jsonl", "tinydb")
INTO = ("--column", "Seal number=Seal No.", "--column", "Container number=Container", "--into")

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with settings, a data folder, and one that nobody may write into, with a workbook."""
    with own_folder() as folder:
        shutil.copy(SAMPLE / "site.toml", folder)
        (folder / "data/records").mkdir(parents=True)
        for name in ("staff.csv", "drivers.csv"):
            shutil.copy(SAMPLE / name, folder / "data/records")
        with Ledger.open(folder / "data/ledger", stamp_now) as ledger:
            lost = {"seal_number": "NZB0000007", "unit": None, "what": "lost", "note": "", "clause": "8.12"}
            ledger.append("seal-incident", stamp_now(), lost | {"staff": "S01", "staff_name": "Hana Whaanga"})
        for name in ("shut", "open"):
            (folder / name).mkdir()
            shutil.copy(OFFICE, folder / name)
        give(folder)
        yield folder


@pytest.fixture
def sealgate(place: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as an ordinary user; its exit code, and what it wrote to stderr."""
    words = ("--config", str(place / "site.toml"), "--data", str(place / "data"))

    def run(*asked: str) -> tuple[int, str]:
        with ordinary_user():
            code = main([*asked, *words])
        return code, capsys.readouterr().err

    _have_all_imported(place)
    give(place)
    capsys.readouterr()
    (place / "shut").chmod(0o555)
    return run


def _have_all_imported(place: Path) -> None:
    """Run each command once where it may do all: the interpreter's own files may be shut to the ordinary user."""
    words = ("--config", str(place / "site.toml"), "--data", str(place / "data"))
    for form in FORMATS:
        assert main(["export", "--format", form, "--out", str(place / f"tried.{form}"), *words]) == 0
    tried = shutil.copy(OFFICE, place / "tried.xlsx")
    assert main(["export", *INTO, str(tried), *words]) == 0
    assert main(["import", "drivers", str(SAMPLE / "drivers.csv"), *words]) == 0
    assert main(["import", "drivers", str(place / "none.csv"), *words]) == 3


def exports(place: Path) -> int:
    return sum(entry.kind == "exported" for entry in read_entries(place / "data/ledger"))


def told_in_a_line(code: int, err: str) -> bool:
    return code == 3 and err.startswith("sealgate: ") and err.count("\n") == 1 and "Permission denied" in err


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_into_a_folder_that_takes_nothing_is_told_and_leaves_nothing(
    place: Path, sealgate: Run, form: str
) -> None:
    before = exports(place)
    assert told_in_a_line(*sealgate("export", "--format", form, "--out", str(place / "shut/out")))
    assert [each.name for each in (place / "shut").iterdir()] == ["office.xlsx"]
    assert exports(place) == before
    assert sealgate("export", "--format", form, "--out", str(place / "open/out")) == (0, "")
    assert exports(place) == before + 1


@pytest.mark.parametrize(("where", "mode"), [("shut", 0o644), ("open", 0o000), ("open", 0o444)])
def test_a_workbook_that_may_not_be_read_or_written_is_left_as_it_is(
    place: Path, sealgate: Run, where: str, mode: int
) -> None:
    book = place / where / "office.xlsx"
    book.chmod(mode)
    assert told_in_a_line(*sealgate("export", *INTO, str(book)))
    assert [each.name for each in book.parent.iterdir()] == ["office.xlsx"]
    book.chmod(0o644)
    assert book.read_bytes() == OFFICE.read_bytes()


def test_a_workbook_stays_its_owners_with_its_rights_and_so_does_what_it_was(place: Path, sealgate: Run) -> None:
    book = place / "open/office.xlsx"
    book.chmod(0o664)
    before = book.stat()
    words = ("--config", str(place / "site.toml"), "--data", str(place / "data"))
    assert main(["export", *INTO, str(book), *words]) == 0  # by root, where root runs the tests
    files = list(book.parent.iterdir())
    assert len(files) == 2
    assert {(each.stat().st_uid, each.stat().st_gid, each.stat().st_mode) for each in files} == {
        (before.st_uid, before.st_gid, before.st_mode)
    }


def test_a_file_that_may_not_be_read_is_not_imported(place: Path, sealgate: Run) -> None:
    file = place / "open/drivers.csv"
    file.write_text((SAMPLE / "drivers.csv").read_text().partition("\n")[0] + "\n")
    file.chmod(0o000)
    assert told_in_a_line(*sealgate("import", "drivers", str(file)))
    assert (place / "data/records/drivers.csv").read_bytes() == (SAMPLE / "drivers.csv").read_bytes()


def test_records_that_take_nothing_are_left_as_they_are(place: Path, sealgate: Run) -> None:
    file = place / "open/drivers.csv"
    file.write_text((SAMPLE / "drivers.csv").read_text().partition("\n")[0] + "\n")
    give(place)
    records = place / "data/records"
    (records / ".lock").chmod(0o444)
    records.chmod(0o555)
    assert told_in_a_line(*sealgate("import", "drivers", str(file)))
    assert (records / "drivers.csv").read_bytes() == (SAMPLE / "drivers.csv").read_bytes()


def test_what_root_does_leaves_every_file_to_the_kiosks_own_user(place: Path) -> None:
    owner = (place / "data").stat()
    for name in ("keys", "records"):
        shutil.rmtree(place / "data" / name, ignore_errors=True)
    words = ("--config", str(place / "site.toml"), "--data", str(place / "data"))
    for name in ("staff", "drivers"):
        assert main(["import", name, str(SAMPLE / f"{name}.csv"), *words]) == 0
    lost = ("report", "NZB0000008", "--lost", "--note", "x", "--staff", "S01")
    assert (
        main(
            [
                "seal",
                "receive",
                "NZB0000008",
                "--batch",
                "B",
                "--approval",
                "PA-2026-7",
                "--type",
                "SES bolt",
                "--staff",
                "S01",
                *words,
            ]
        )
        == 0
    )
    assert main(["seal", *lost, *words]) == 0
    for form in FORMATS:
        assert main(["export", "--format", form, "--out", str(place / "open" / form), *words]) == 0
    assert main(["ledger", "find", "--seal", "NZB0000008", *words]) == 0
    made = [each for folder in ("data", "open") for each in (place / folder).rglob("*")]
    assert [
        str(each) for each in made if each.stat().st_uid != owner.st_uid or each.stat().st_gid != owner.st_gid
    ] == []


def test_root_gives_nothing_away_through_a_link_that_leads_elsewhere(place: Path, tmp_path: Path) -> None:
    """Whoever owns the folder could else have root hand over any file of the machine."""
    elsewhere = tmp_path / "shadow"
    elsewhere.write_text("root's own")
    before = elsewhere.stat()
    link = place / "data/records/staff.csv.new"
    link.symlink_to(elsewhere)
    words = ("--config", str(place / "site.toml"), "--data", str(place / "data"))
    fewer = place / "open/staff.csv"
    fewer.write_text((SAMPLE / "staff.csv").read_text().partition("\n")[0] + "\n")
    assert main(["import", "staff", str(fewer), *words]) == 3
    assert main(["import", "staff", str(fewer), *words]) == 0, "the link is gone"
    assert (elsewhere.read_text(), elsewhere.stat().st_uid) == ("root's own", before.st_uid)
