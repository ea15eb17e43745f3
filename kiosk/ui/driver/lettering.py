"""Large type in character cells, from FIGlet fonts."""

import textwrap
from enum import Enum
from functools import lru_cache


class Glyphs(Enum):
    """Which characters the terminal can draw.

    The console fonts of Debian and Raspberry Pi OS (console-setup, Lat15-*) hold box drawing, the full block
    and the shades, but no half blocks.
    """

    BLOCKS = "half blocks and full blocks"
    CONSOLE = "full blocks only"


_TALL, _SMALL = "ansi_regular", "pagga"
_FONTS = {Glyphs.BLOCKS: (_TALL, _SMALL), Glyphs.CONSOLE: (_TALL,)}
_HEIGHT = {_TALL: 5, _SMALL: 3}
_RENDER_WIDTH = 2000
"""Columns given to FIGlet, so that it never wraps: wrapping is done here, by words."""
_CONSOLE_ONLY = str.maketrans({"▀": "█", "▄": "█", "░": " "})
_BLOCKS_ONLY = str.maketrans({"░": " "})


def banner(text: str, width: int, height: int, glyphs: Glyphs) -> tuple[str, ...]:
    """Set text in the largest type that fits, breaking lines between words.

    Args:
        text: What to set. Large type has capitals only, and only ASCII: a name with other letters stays plain.
        width: Columns to fit in.
        height: Rows to fit in.
        glyphs: Which characters the terminal can draw.

    Returns:
        The rows: large type where it fits, else plain text, never more than `height` rows.
    """
    return large(text, width, height, glyphs) or tuple(textwrap.wrap(text, max(width, 1)))[: max(height, 1)]


@lru_cache(maxsize=512)
def large(text: str, width: int, height: int, glyphs: Glyphs) -> tuple[str, ...]:
    """Set text in the largest type that fits.

    Returns:
        The rows, or nothing when no large type fits.
    """
    if not text.isascii() or not text.strip() or height < _HEIGHT[_SMALL]:
        return ()
    for font in _FONTS[glyphs]:
        lines = _broken(text.split(), width, font, glyphs)
        if lines and len(lines) * (_HEIGHT[font] + 1) - 1 <= height:
            rows: list[str] = []
            for line in lines:
                rows += [*([""] if rows else []), *_set(line, font, glyphs)]
            return tuple(rows)
    return ()


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
    from pyfiglet import Figlet

    drawn = Figlet(font=font, width=_RENDER_WIDTH).renderText(line)
    table = _BLOCKS_ONLY if glyphs is Glyphs.BLOCKS else _CONSOLE_ONLY
    rows = [row.translate(table).rstrip() for row in drawn.split("\n")[: _HEIGHT[font]]]
    margin = min((len(row) - len(row.lstrip()) for row in rows if row), default=0)
    return tuple(row[margin:] for row in rows)
