"""A checkpoint on one page of A4, as PDF: to be signed by hand, filed, and read back by camera or by eye.

The fonts are PDF's own (ISO 32000-1, 9.6.2.2), which every printer and viewer has, with the long vowels of te reo Māori
added to their letters.
"""

from __future__ import annotations

import io
import textwrap
from typing import Final

import pydyf
from msgspec import Struct

from kiosk.console import qr

WIDTH, HEIGHT = 595.28, 841.89
"""A4, in points of 1/72 inch."""

MARGIN: Final = 42.0
CODE_SIDE: Final = 300.0
"""Width of the code with its margin: some 10 cm, which a phone reads from an arm's length."""

_FIRST_MACRON: Final = 16
"""Code of the first long vowel: ten codes from here on have no letter, and no meaning within a PDF's text."""

_MACRONS: Final = {letter: _FIRST_MACRON + at for at, letter in enumerate("āēīōūĀĒĪŌŪ")}
_VOWELS: Final = ("a", "e", "i", "o", "u", "A", "E", "I", "O", "U")
_FONTS: Final = {"plain": "Helvetica", "bold": "Helvetica-Bold", "mono": "Courier"}
_NOTE_SIZE: Final = 6.2
"""Points of the note's type: its longest line, the signature, is not broken."""


class Page(Struct, frozen=True):
    """What stands on the page.

    Attributes:
        site: The site's name.
        signed: When it was signed, in site time.
        entries: How many entries it covers.
        root: The Merkle root over them.
        code: The text of its QR code.
        note: The checkpoint itself, as a signed note.
    """

    site: str
    signed: str
    entries: int
    root: bytes
    code: str
    note: str


_FOR: Final = (
    "Keep this page away from the kiosk. With it and the kiosk's public key anybody can tell later whether one of the "
    "entries that the ledger held then was altered or taken out: sealgate ledger verify --checkpoint FILE --key KEY, "
    "where FILE holds what the code says, or the lines at the foot."
)


def pdf_of(page: Page) -> bytes:
    """The page as a PDF."""
    pdf, content = pydyf.PDF(), _Content()
    content.text("bold", 24, HEIGHT - 70, page.site)
    content.text("plain", 14, HEIGHT - 92, "Signed checkpoint of the gate's ledger")
    content.text("bold", 14, HEIGHT - 132, f"Signed {page.signed}")
    content.text("bold", 14, HEIGHT - 152, f"{page.entries} entries")
    content.text("plain", 11, HEIGHT - 178, "Root over them:")
    digits = page.root.hex()
    groups = [" ".join(digits[at + each : at + each + 4] for each in range(0, 16, 4)) for at in range(0, 64, 16)]
    for row, group in enumerate(groups):
        content.text("mono", 14, HEIGHT - 198 - 18 * row, group)
    content.code(page.code, HEIGHT - 275 - CODE_SIDE)
    for row, line in enumerate(textwrap.wrap(_FOR, 92)):
        content.text("plain", 11, HEIGHT - 300 - CODE_SIDE - 15 * row, line)
    for row, line in enumerate(page.note.splitlines()):
        content.text("mono", _NOTE_SIZE, 110 - 10 * row, line)
    pdf.add_object(content.stream)
    fonts = {name: _font(base) for name, base in _FONTS.items()}
    for font in fonts.values():
        pdf.add_object(font)
    pdf.add_page(
        pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": pdf.pages.reference,
                "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
                "Contents": content.stream.reference,
                "Resources": pydyf.Dictionary({"Font": _references(fonts)}),
            }
        )
    )
    out = io.BytesIO()
    pdf.write(out)
    return out.getvalue()


def _font(base: str) -> pydyf.Dictionary:
    """One of PDF's own fonts, with the macrons at codes that have no letter."""
    differences = pydyf.Array([_FIRST_MACRON, *(f"/{vowel}macron" for vowel in _VOWELS)])
    encoding = pydyf.Dictionary({"Type": "/Encoding", "BaseEncoding": "/WinAnsiEncoding", "Differences": differences})
    return pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{base}", "Encoding": encoding})


def _references(fonts: dict[str, pydyf.Dictionary]) -> pydyf.Dictionary:
    return pydyf.Dictionary({name: font.reference for name, font in fonts.items()})


class _Content:
    """What is drawn, from the left margin."""

    def __init__(self) -> None:
        self.stream = pydyf.Stream()

    def text(self, font: str, size: float, y: float, text: str) -> None:
        """A line of text, its foot so many points above the page's."""
        coded = b"".join(
            bytes([_MACRONS[each]]) if each in _MACRONS else each.encode("cp1252", errors="replace") for each in text
        )
        self.stream.begin_text()
        self.stream.set_font_size(font, size)
        self.stream.set_text_matrix(1, 0, 0, 1, MARGIN, y)
        self.stream.show_text_string(coded)
        self.stream.end_text()

    def code(self, text: str, foot: float) -> None:
        """A QR code. Its light margin lies in the page's, so that its dark edge stands under the text's."""
        rows = qr.modules(text, qr.QUIET)
        side = CODE_SIDE / len(rows)
        left = MARGIN - qr.QUIET * side
        for down, row in enumerate(rows):
            for across, dark in enumerate(row):
                if dark:
                    self.stream.rectangle(left + across * side, foot + CODE_SIDE - (down + 1) * side, side, side)
        self.stream.fill()
