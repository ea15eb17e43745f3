"""What LibreOffice makes of our workbooks, and we of what it makes: round trips through the program itself."""

import csv
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.register.exports.into.update import Register, update_workbook
from kiosk.register.exports.sheets import REGISTER, SHEETS
from kiosk.register.exports.workbook import Book
from tests.register.exports.excel_made import parts
from tests.register.exports.years import a_life, entries, hold, kept, received
from tests.tools import require_tool

pytestmark = pytest.mark.long

WORKBOOKS = Path(__file__).parent / "workbooks"
COLUMNS = {"Seal number": "Seal No.", "Container number": "Container", "State": "Status"}
NOW = datetime(2026, 2, 1, tzinfo=UTC)
CONVERSION_S = 120
"""Seconds for LibreOffice to start, convert and end; it takes a few."""


def convert(path: Path, to: str, folder: Path) -> None:
    """Have LibreOffice write a file in another form, with a profile of its own."""
    soffice = require_tool("soffice", package="libreoffice-calc")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command: list[str | Path] = [soffice, "--headless", profile, "--convert-to", to, "--outdir", folder, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=CONVERSION_S)
    assert done.returncode == 0, done.stderr


def shown(path: Path, sheet: int, folder: Path) -> list[list[str]]:
    """What LibreOffice shows of a sheet, which counts from 1: cells as a person sees them, formulas worked out."""
    convert(path, f"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,{sheet}", folder)
    (made,) = folder.glob(f"{path.stem}-*.csv")
    with made.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    made.unlink()
    return rows


def updated(path: Path) -> Path:
    """Update a workbook with the lives of some seals and one that is new."""
    register = Register()
    for row in kept(entries(*a_life(), received("0012")))[0].rows["register"]:
        register.write(REGISTER, row)
    update_workbook(path, register, sheet=None, columns=COLUMNS, now=NOW)
    return path


def test_the_offices_workbook_looks_right_in_libreoffice_and_its_sums_count_what_changed(tmp_path: Path) -> None:
    path = Path(shutil.copy(WORKBOOKS / "office.xlsx", tmp_path / "office.xlsx"))
    before = shown(path, 1, tmp_path)
    rows = shown(updated(path), 1, tmp_path)
    day = rows[3][1]
    assert day in ("31/01/2026", "01/31/2026"), (
        "the order is that of the machine's language, as in the rows that stayed"
    )
    assert rows[3] == ["ES0001", day, day, "CSQU3054383", "Mere Tamihana (S01)", "uplifted", "0", before[3][7]]
    assert rows[6] == before[6]
    assert [row[0] for row in rows[3:]] == ["ES0001", "ES0002", "ES0003 ", "OLD-77", "ES0004", "0012"]
    assert rows[8][:6] == ["0012", day, "", "", "", "in store"]
    assert shown(path, 2, tmp_path) == [
        ["What", "How many"],
        ["in the register", "6"],
        ["applied", "2"],
        ["uplifted", "1"],
    ]


def test_a_workbook_that_libreoffice_makes_today_is_updated_and_saved_by_it_with_all_it_held(tmp_path: Path) -> None:
    convert(WORKBOOKS / "office.fods", "xlsx", tmp_path)
    path = updated(tmp_path / "office.xlsx")
    saved = tmp_path / "saved"
    saved.mkdir()
    convert(path, "xlsx", saved)
    names = set(parts(saved / "office.xlsx"))
    assert {"xl/charts/chart1.xml", "xl/media/image1.png", "xl/pivotTables/pivotTable1.xml"} <= names
    again = updated(saved / "office.xlsx")
    assert not list(again.parent.glob("*.backup-*")), "what LibreOffice saved says the same, so nothing was changed"


def test_our_own_workbook_looks_right_in_libreoffice(tmp_path: Path) -> None:
    path = tmp_path / "made.xlsx"
    with Book(tmp_path) as book, path.open("wb") as out:
        for name, made in kept(entries(received("=1+1", "0012"), hold("A1", "=cmd|x\x1d")))[0].rows.items():
            for row in made:
                book.write(next(sheet for sheet in SHEETS if sheet.name == name), row)
        book.save(out, {"Root": "ab"}, NOW)
    rows = shown(path, 1, tmp_path)
    assert rows[0] == list(REGISTER.titles)
    assert [row[:2] for row in rows[1:]] == [["=1+1", "2026-01-31 21:30:00"], ["0012", "2026-01-31 21:30:00"]]
    assert shown(path, 3, tmp_path)[1][10].startswith("=cmd|x")
