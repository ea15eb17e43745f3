"""PDF's own fonts (ISO 32000-1, 9.6.2.2), which every printer and viewer has; and how wide their letters are.

The long vowels of te reo Māori are added to their letters.
"""

import unicodedata
from typing import Final

import pydyf

PLAIN: Final = "plain"
BOLD: Final = "bold"
MONO: Final = "mono"

_BASES: Final = {PLAIN: "Helvetica", BOLD: "Helvetica-Bold", MONO: "Courier"}

_FIRST_MACRON: Final = 16
"""Code of the first long vowel: ten codes from here on have no letter, and no meaning within a PDF's text."""

_MACRONS: Final = {letter: _FIRST_MACRON + at for at, letter in enumerate("āēīōūĀĒĪŌŪ")}
_VOWELS: Final = ("a", "e", "i", "o", "u", "A", "E", "I", "O", "U")

_FIRST: Final = 32
_PLAIN_WIDTHS: Final = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556),
    *(556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667),
    *(611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667),
    *(667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500),
    *(222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
"""Of Helvetica's letters from the space to the tilde, in thousandths of the size (Adobe's font metrics)."""

_BOLD_WIDTHS: Final = (
    *(278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556),
    *(556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667),
    *(611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667),
    *(667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556),
    *(278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584),
)
_MONO_WIDTH: Final = 600
_WIDEST: Final = 1015


def objects() -> dict[str, pydyf.Dictionary]:
    """The fonts, to be added to a PDF."""
    return {name: _font(base) for name, base in _BASES.items()}


def coded(text: str) -> bytes:
    """A text in the fonts' own codes; of a letter that they lack the one below its accents, else a question mark."""
    return b"".join(map(_code, text))


def _code(letter: str) -> bytes:
    if letter in _MACRONS:
        return bytes([_MACRONS[letter]])
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return unicodedata.normalize("NFD", letter)[0].encode("cp1252", errors="replace")


def width_of(text: str, font: str, size: float) -> float:
    """How wide a text is, in points. An accented letter is as wide as its own."""
    if font == MONO:
        return len(text) * _MONO_WIDTH * size / 1000
    widths = _BOLD_WIDTHS if font == BOLD else _PLAIN_WIDTHS
    return sum(_letter(each, widths) for each in text) * size / 1000


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """A text in lines that are no wider than so many points; a word that is wider is broken."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(longer, font, size) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if width_of(lines[-1] + letter, font, size) > width and lines[-1]:
                lines.append("")
            lines[-1] += letter
    return lines


def _letter(letter: str, widths: tuple[int, ...]) -> int:
    plain = unicodedata.normalize("NFD", letter)[0]
    at = ord(plain) - _FIRST
    return widths[at] if 0 <= at < len(widths) else _WIDEST


def _font(base: str) -> pydyf.Dictionary:
    """One of PDF's own fonts, with the macrons at codes that have no letter."""
    differences = pydyf.Array([_FIRST_MACRON, *(f"/{vowel}macron" for vowel in _VOWELS)])
    encoding = pydyf.Dictionary({"Type": "/Encoding", "BaseEncoding": "/WinAnsiEncoding", "Differences": differences})
    return pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{base}", "Encoding": encoding})
