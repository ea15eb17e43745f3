"""The printed page, looked at as a printer draws it."""

import subprocess
from pathlib import Path

import pytest

from kiosk.ledger.compact import from_compact
from kiosk.station.page import Page, pdf_of
from tests.pictures import read_qr_file
from tests.tools import require_tool
from tests.ui.samples import CODE

NOTE = from_compact(CODE).decode()
PAGE = Page("Ōtāhuhu Secure Load Site (North), Pōneke \\", "2026-04-01 06:00", 1_000_000, bytes(range(32)), CODE, NOTE)


@pytest.fixture
def printed(tmp_path: Path) -> Path:
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf_of(PAGE))
    return path


def poppler(tool: str, *words: object) -> str:
    ran = subprocess.run(
        [require_tool(tool, "poppler-utils"), *map(str, words)], capture_output=True, text=True, check=True, timeout=30
    )
    assert ran.stderr == ""  # a PDF that had to be mended is told there
    return ran.stdout


@pytest.mark.parametrize("dots_per_inch", [60, 150])
def test_the_code_is_read_off_the_paper_also_off_a_bad_print(printed: Path, dots_per_inch: int) -> None:
    poppler("pdftoppm", "-r", dots_per_inch, "-gray", "-singlefile", printed, printed.with_suffix(""))
    assert read_qr_file(printed.with_suffix(".pgm"), require_tool("zbarimg", "zbar-tools")) == CODE


def test_the_page_says_where_when_and_how_much_and_has_the_note_letter_for_letter(printed: Path) -> None:
    text = poppler("pdftotext", "-layout", printed, "-")
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == PAGE.site
    assert "Signed 2026-04-01 06:00" in lines
    assert "1000000 entries" in lines
    assert "0001 0203 0405 0607" in lines
    assert "1819 1a1b 1c1d 1e1f" in lines
    note = [line for line in NOTE.splitlines() if line]
    assert [line for line in lines if line in note] == note


def test_it_is_one_page_of_a4_with_nothing_beyond_its_edges(printed: Path) -> None:
    info = poppler("pdfinfo", printed)
    assert "Pages:           1\n" in info
    assert "(A4)" in info
    poppler("pdftoppm", "-r", 72, "-gray", "-singlefile", printed, printed.with_suffix(""))
    header, size, _, pixels = printed.with_suffix(".pgm").read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    assert header == b"P5"
    rows = [pixels[at : at + width] for at in range(0, width * height, width)]
    margin = 20
    assert set(b"".join(rows[:margin] + rows[-margin:])) == {255}
    assert {column for row in rows for column in (*row[:margin], *row[-margin:])} == {255}


def test_letters_that_the_fonts_lack_do_not_stop_the_page(printed: Path) -> None:
    assert pdf_of(Page("港 ☂", "2026", 1, bytes(32), CODE, NOTE)).startswith(b"%PDF")
