"""Large type in character cells, from FIGlet fonts."""

import textwrap
import unicodedata
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from kiosk.ui.glyphs import Glyphs

if TYPE_CHECKING:
    from pyfiglet import Figlet


class Type(Enum):
    """Which large type will do.

    The small one has three points to a letter's width: words can be read in it, but its 2 and Z or N and U are
    too alike for a container's or a seal's number.
    """

    ANY = "the largest that fits"
    TALL = "five rows, every letter clear"
    SMALL = "three rows"


_TALL, _SMALL = "ansi_regular", "pagga"
_FONTS = {Type.ANY: (_TALL, _SMALL), Type.TALL: (_TALL,), Type.SMALL: (_SMALL,)}
_HEIGHT = {_TALL: 5, _SMALL: 3}
_RENDER_WIDTH = 4000
"""Columns given to FIGlet, so that it never wraps: wrapping is done here, by words."""
_CONSOLE_ONLY = str.maketrans({"▀": "█", "▄": "█", "░": " "})
_BLOCKS_ONLY = str.maketrans({"░": " "})
_REDRAWN: dict[str, dict[str, tuple[str, ...]]] = {
    _TALL: {"S": (" ██████ ", "██      ", " █████  ", "     ██ ", "██████  ")},
    _SMALL: {
        "M": ("░█▄░▄█", "░█░▀░█", "░▀░░░▀"),
        "N": ("░█▄░█", "░█░▀█", "░▀░░▀"),
        "Q": ("░█▀█", "░█░█", "░▀▀█"),
        "W": ("░█░░░█", "░█░█░█", "░░▀░▀░"),
        "0": ("░▄▀▄", "░█░█", "░░▀░"),
    },
}
"""Letters drawn anew: the tall S is the same as its 5; the small ones are too alike or struck through.
The small font's shade keeps its letters apart, and is blanked when they are set."""
_MACRON = "\N{COMBINING MACRON}"
"""The one accent that large type has: te reo Māori's long vowels."""


def macron_rows(text: str) -> int:
    """Rows that each line of large type may need beside its letters' own: the one of macrons, if the text has any."""
    return int(_MACRON in unicodedata.normalize("NFD", text))


def banner(text: str, width: int, height: int, glyphs: Glyphs) -> tuple[str, ...]:
    """Set text in the largest type that fits, breaking lines between words.

    Args:
        text: What to set. Large type has capitals only.
        width: Columns to fit in.
        height: Rows to fit in.
        glyphs: Which characters the terminal can draw.

    Returns:
        The rows: large type where it fits, else plain text, never more than `height` rows.
    """
    return large(text, width, height, glyphs) or tuple(textwrap.wrap(text, max(width, 1)))[: max(height, 1)]


def large(text: str, width: int, height: int, glyphs: Glyphs, size: Type = Type.ANY) -> tuple[str, ...]:
    """Set text in the largest type that fits.

    Returns:
        The rows, or nothing when no large type fits, or the text has letters that large type lacks.
    """
    for font in _fonts(size, glyphs):
        if rows := _in_font(text, width, height, font, glyphs):
            return rows
    return ()


def alike(texts: Sequence[str], widths: Sequence[int], height: int, glyphs: Glyphs) -> tuple[tuple[str, ...], ...]:
    """Set texts that stand side by side in one type: the largest in which every one fits its width, else plain."""
    for font in _fonts(Type.ANY, glyphs):
        sets = [_in_font(text, width, height, font, glyphs) for text, width in zip(texts, widths, strict=True)]
        if all(sets):
            return tuple(sets)
    return tuple((text,) for text in texts)


def _fonts(size: Type, glyphs: Glyphs) -> tuple[str, ...]:
    return tuple(font for font in _FONTS[size] if glyphs is Glyphs.BLOCKS or font == _TALL)


@lru_cache(maxsize=512)
def _in_font(text: str, width: int, height: int, font: str, glyphs: Glyphs) -> tuple[str, ...]:
    decomposed = unicodedata.normalize("NFD", text)
    if height < _HEIGHT[font] or not _has_all(decomposed.replace(_MACRON, ""), font):
        return ()
    rows: list[str] = []
    for line in _broken(decomposed.split(), width, font, glyphs):
        rows += [*([""] if rows else []), *_set(line, font, glyphs)]
    return tuple(rows) if len(rows) <= height else ()


def _broken(words: list[str], width: int, font: str, glyphs: Glyphs) -> list[str]:
    """Break into lines that fit, or give nothing when a single word does not."""
    lines: list[str] = []
    for word in words:
        if lines and _fits(f"{lines[-1]} {word}", width, font, glyphs):
            lines[-1] += f" {word}"
        elif _fits(word, width, font, glyphs):
            lines.append(word)
        else:
            return []
    return lines


def _fits(line: str, width: int, font: str, glyphs: Glyphs) -> bool:
    return max(map(len, _set(line, font, glyphs))) <= width


@lru_cache(maxsize=512)
def _set(line: str, font: str, glyphs: Glyphs) -> tuple[str, ...]:
    """Set one line, a row of macrons over it if it has any."""
    rows = _drawn(line.replace(_MACRON, ""), font)
    if _MACRON in line:
        rows = [_macrons(line, font), *rows]
    table = _CONSOLE_ONLY if glyphs is Glyphs.CONSOLE else _BLOCKS_ONLY
    rows = [row.translate(table).rstrip() for row in rows]
    margin = min((len(row) - len(row.lstrip()) for row in rows if row), default=0)
    return tuple(row[margin:] for row in rows)


def _has_all(text: str, font: str) -> bool:
    """Whether the font draws every letter: some draw nothing for what they lack."""
    chars = _figlet(font).Font.chars
    return bool(text.strip()) and all(
        "".join(chars.get(ord(letter), ())).strip(" ░$@#") for letter in set(text) - {" "}
    )


def _drawn(text: str, font: str) -> list[str]:
    drawn = str(_figlet(font).renderText(text))
    return drawn.split("\n")[: _HEIGHT[font]]


@lru_cache(maxsize=2)
def _figlet(font: str) -> "Figlet":
    from pyfiglet import Figlet

    figlet = Figlet(font=font, width=_RENDER_WIDTH)
    for letter, rows in _REDRAWN[font].items():
        for code in {ord(letter), ord(letter.lower())}:
            blank = " " * len(rows[0])
            figlet.Font.chars[code] = [*rows, *[blank] * (figlet.Font.height - len(rows))]
            figlet.Font.width[code] = len(blank)
    return figlet


def _macrons(line: str, font: str) -> str:
    """The row over a line: a bar as wide as the letter under it."""
    row, plain = "", ""
    for letter in line:
        if letter == _MACRON:
            left = len(_drawn(plain[:-1], font)[0]) if plain[:-1] else 0
            right = len(_drawn(plain, font)[0])
            row = row.ljust(left + 1) + "▄" * (right - left - 1)
        else:
            plain += letter
    return row
