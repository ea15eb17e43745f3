"""Uplifts by the hour as upright bars, drawn with the characters that the terminal has."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from kiosk.ui.glyphs import Glyphs

_STEPS: Final = {Glyphs.BLOCKS: " ▁▂▃▄▅▆▇█", Glyphs.CONSOLE: " █"}
"""A bar's topmost character, from empty to full."""

_EVERY_H: Final = 6
"""Hours between two marks on the lower line."""


def bars(
    counts: Sequence[int], now: datetime, zone: tzinfo, width: int, height: int, glyphs: Glyphs
) -> tuple[str, ...]:
    """The plot: bars over a line of hours, the highest count at the left edge.

    Args:
        counts: One for each hour, the oldest first; the last one is of the hour that is now.
        now: The moment that is now.
        zone: The site's zone: its hours are on the lower line.
        width: Columns.
        height: Rows, the lower line included.
        glyphs: Which characters the terminal can draw.
    """
    if not counts or height < 2:
        return ()
    most = max(*counts, 1)
    edge = len(str(most)) + 1
    wide = max((width - edge) // len(counts), 1)
    shown = counts[-max((width - edge) // wide, 1) :]
    rows = [_row(shown, level, height - 1, most, wide, glyphs) for level in range(height - 2, -1, -1)]
    marks = ["" for _ in rows]
    marks[0], marks[-1] = str(most), "0"
    drawn = [f"{mark:>{edge - 1}} {row}" for mark, row in zip(marks, rows, strict=True)]
    return (*drawn, (" " * edge + _hours(len(shown), now, zone, wide))[:width])


def _row(counts: Sequence[int], level: int, height: int, most: int, wide: int, glyphs: Glyphs) -> str:
    """One row of all bars; a bar that is not nothing shows at least its lowest step."""
    steps = _STEPS[glyphs]
    full = len(steps) - 1
    row = []
    for count in counts:
        tall = max(round(count * height * full / most), 1) if count else 0
        step = steps[min(max(tall - level * full, 0), full)]
        row.append(step * max(wide - 1, 1) + " " * (wide > 1))
    return "".join(row)


def _hours(count: int, now: datetime, zone: tzinfo, wide: int) -> str:
    """The lower line: every sixth hour of the site's clock, under its bar."""
    last = now.astimezone(zone).hour
    line = ""
    for at in range(count):
        hour = (last - (count - 1 - at)) % 24
        if hour % _EVERY_H == 0 and len(line) <= at * wide:
            line = line.ljust(at * wide) + f"{hour:02}"
    return line
