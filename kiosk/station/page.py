"""A checkpoint on one page of A4, as PDF: to be signed by hand, filed, and read back by camera or by eye."""

from __future__ import annotations

import textwrap
from typing import Final

from msgspec import Struct

from kiosk.paper import canvas
from kiosk.paper.canvas import HEIGHT, Canvas

CODE_SIDE: Final = 300.0
"""Width of the code with its margin: some 10 cm, which a phone reads from an arm's length."""

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
    content = Canvas()
    content.text("bold", 24, HEIGHT - 70, page.site)
    content.text("plain", 14, HEIGHT - 92, "Signed checkpoint of the gate's ledger")
    content.text("bold", 14, HEIGHT - 132, f"Signed {page.signed}")
    content.text("bold", 14, HEIGHT - 152, f"{page.entries} entries")
    content.text("plain", 11, HEIGHT - 178, "Root over them:")
    digits = page.root.hex()
    groups = [" ".join(digits[at + each : at + each + 4] for each in range(0, 16, 4)) for at in range(0, 64, 16)]
    for row, group in enumerate(groups):
        content.text("mono", 14, HEIGHT - 198 - 18 * row, group)
    content.code(page.code, CODE_SIDE, HEIGHT - 275 - CODE_SIDE)
    for row, line in enumerate(textwrap.wrap(_FOR, 92)):
        content.text("plain", 11, HEIGHT - 300 - CODE_SIDE - 15 * row, line)
    for row, line in enumerate(page.note.splitlines()):
        content.text("mono", _NOTE_SIZE, 110 - 10 * row, line)
    return canvas.pdf_of([content])
