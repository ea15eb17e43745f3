"""The kept workbooks are what LibreOffice makes: made anew they say the same."""

from pathlib import Path

import pytest

from kiosk.register.errors import Findings
from kiosk.register.grid import GridRow
from kiosk.register.workbook import read_workbook
from scripts.office_workbooks import OPENED, WORKBOOKS, main
from tests.register.sheets import WORKBOOKS as KEPT
from tests.tools import require_tool

SHEETS = [(name, sheet) for name, sheets in WORKBOOKS.items() for sheet in sheets] + [(name, None) for name in OPENED]


def rows(folder: Path, name: str, sheet: str | None) -> list[GridRow]:
    findings = Findings(name)
    grid = read_workbook((folder / f"{name}.xlsx").read_bytes(), sheet, findings)
    assert findings.kept == ()
    assert grid is not None
    return grid.rows


@pytest.mark.long
def test_workbooks_made_anew_by_libreoffice_say_what_the_kept_ones_say(tmp_path: Path) -> None:
    require_tool("soffice", "libreoffice-calc")
    main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in KEPT.iterdir()}
    for name, sheet in SHEETS:
        assert rows(tmp_path, name, sheet) == rows(KEPT, name, sheet)


def test_every_kept_workbook_is_libreoffices() -> None:
    import zipfile

    for path in KEPT.iterdir():
        with zipfile.ZipFile(path) as archive:
            assert b"LibreOffice" in archive.read("docProps/app.xml")
