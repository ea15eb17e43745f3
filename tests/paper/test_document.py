"""Documents as a printer draws them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.paper.document import ROOM, Document, Tick
from kiosk.paper.fonts import BOLD, MONO, PLAIN, width_of, wrapped
from tests.tools import require_tool


def poppler(tool: str, *words: object) -> str:
    """Runs one of poppler's programs, which come together."""
    path = require_tool("pdftoppm", "poppler-utils").with_name(tool)
    ran = subprocess.run([path, *map(str, words)], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stderr == ""  # a PDF that had to be mended is told there
    return ran.stdout


def text_of(folder: Path, document: Document) -> list[str]:
    """Each page's text."""
    path = folder / "document.pdf"
    path.write_bytes(document.pdf())
    return poppler("pdftotext", "-layout", path, "-").split("\f")[:-1]


@given(
    st.text(st.sampled_from("abc WMil.āōé"), max_size=200), st.sampled_from([PLAIN, BOLD, MONO]), st.integers(20, 300)
)
def test_a_wrapped_text_is_whole_and_no_line_is_wider_than_it_may_be(text: str, font: str, width: int) -> None:
    lines = wrapped(text, font, 10, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width_of(line, font, 10) <= width for line in lines if len(line) > 1)


def test_letters_are_as_wide_as_the_printers_own(tmp_path: Path) -> None:
    """Poppler measures the same text: where it ends on the page."""
    words = "The quick brown fox jumps over the lazy dog, 0123456789: ĀĒĪŌŪ (āēīōū) é"
    document = Document("x", "", "")
    document.paragraph(words)
    path = tmp_path / "document.pdf"
    path.write_bytes(document.pdf())
    boxes = poppler("pdftotext", "-bbox", path, "-")
    (ends,) = (line for line in boxes.splitlines() if ">é<" in line)
    right = float(ends.split('xMax="')[1].split('"')[0])
    assert right == pytest.approx(42 + width_of(words, PLAIN, 10), abs=1.5)


@pytest.mark.parametrize(
    ("said", "printed"), [("Łukasz Dvořák", "?ukasz Dvorák"), ("Nguyễn Ōtāne", "Nguyen Ōtāne"), ("漢", "?")]
)
def test_of_a_letter_that_the_fonts_lack_the_one_below_its_accents_is_printed(
    tmp_path: Path, said: str, printed: str
) -> None:
    document = Document("x", "", "")
    document.paragraph(said)
    assert printed in text_of(tmp_path, document)[0]


def test_rows_to_be_ticked_are_whole_and_their_names_stand_on_each_page(tmp_path: Path) -> None:
    document = Document("Who", "", "")
    rows = [Tick((f"Name-{number:03}", "some words " * (number % 7)), number % 2 == 0) for number in range(80)]
    document.ticks(("Name", "Words"), (0.4, 0.6), rows)
    pages = text_of(tmp_path, document)
    assert len(pages) > 2
    assert all("Words" in page for page in pages)
    assert [word for page in pages for word in page.split() if word.startswith("Name-")] == [
        row.cells[0] for row in rows
    ]
    assert sum(page.split().count("some") for page in pages) == sum(number % 7 for number in range(80))


def test_what_does_not_fit_goes_on_the_next_page_and_a_tables_names_with_it(tmp_path: Path) -> None:
    document = Document("Seals in store", "Pōneke", "entry 7")
    document.table(("Number", "Where"), (0.5, 0.5), [(f"NZ{number:06}", "in store") for number in range(150)])
    document.heading("The end")
    pages = text_of(tmp_path, document)
    assert len(pages) == 4
    assert all("Number" in page for page in pages[:3])
    assert [f"page {at} of {len(pages)}" in page for at, page in enumerate(pages, 1)] == [True] * len(pages)
    found = [word for page in pages for word in page.split() if word.startswith("NZ")]
    assert found == [f"NZ{number:06}" for number in range(150)]
    assert "Pōneke" in pages[0]


def test_a_heading_is_never_alone_at_a_pages_end(tmp_path: Path) -> None:
    for lines in range(40, 60):
        document = Document("x", "", "")
        for _ in range(lines):
            document.paragraph("a line")
        document.heading("A HEADING")
        document.paragraph("what it heads")
        for page in text_of(tmp_path, document):
            assert ("A HEADING" in page) == ("what it heads" in page)


def test_the_same_document_is_the_same_bytes() -> None:
    made = []
    for _ in range(2):
        document = Document("x", "y", "z")
        document.fields((("name", "said " * 60), ("empty", "")))
        document.rows((1.0,), (("a cell",),))
        document.blanks(60)
        document.code("HELLO", 100, ("beside",))
        made.append(document.pdf())
    assert made[0] == made[1]
    assert ROOM > 500
