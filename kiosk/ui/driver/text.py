"""The words of the health line and the countdown, and lines set in the room there is; no terminal."""

import math
import textwrap
from collections.abc import Sequence

from kiosk.console.messages import Condition, Health, Part, PartHealth
from kiosk.ui.driver.lettering import Glyphs, Type, large
from kiosk.ui.driver.view import Line

LAST_SECONDS = 10
"""Seconds before its end from which a countdown is loud: the time to read the screen once more."""

_COUNTDOWN_WORDS = 20
"""Columns kept for the countdown's plain words, so that its bar does not jump as the digits get fewer."""
_HEALTH_MARKS = {
    Condition.WORKING: ("+", "OK", "works"),
    Condition.STARTING: ("~", "STARTING", "starts"),
    Condition.LOST: ("!", "LOST", "lost"),
}
_UNKNOWN = Health(tuple(PartHealth(part, Condition.STARTING) for part in Part))


def health_words(health: Health | None) -> tuple[tuple[str, str], ...]:
    """Each part's words on the health line, and which look of HealthLine colours them."""
    words = []
    for part in (health or _UNKNOWN).parts:
        mark, word, look = _HEALTH_MARKS[part.condition]
        words.append((f"{mark} {part.part.name} {word}", look))
    return tuple(words)


def countdown_rows(left_s: float, length_s: float, width: int, height: int, glyphs: Glyphs) -> tuple[str, ...]:
    """The countdown: words, then a bar that grows shorter.

    Args:
        left_s: Seconds left.
        length_s: Seconds of the whole time-out.
        width: Columns.
        height: Rows.
        glyphs: Which characters the terminal can draw.
    """
    seconds = seconds_left(left_s)
    words = f"HURRY! {seconds} s left" if is_last(left_s, length_s) else f"TIME {seconds} s left"
    rows = large(words, width, height, glyphs, Type.SMALL) or (words,)
    taken = max(_COUNTDOWN_WORDS, *map(len, rows)) + 2
    room = max(width - taken - 1, 0)
    full = min(room, round(room * left_s / length_s)) if length_s > 0 else 0
    bar = "█" * full + "░" * (room - full)
    return tuple(f" {row}".ljust(taken) + bar for row in (*rows, *[""] * (height - len(rows))))[:height]


def is_last(left_s: float, length_s: float) -> bool:
    """Whether time runs out soon. What is short from the start goes on by itself and hurries nobody."""
    return seconds_left(left_s) <= LAST_SECONDS < length_s


def seconds_left(left_s: float) -> int:
    """Whole seconds, rounded up: 0 only at the end."""
    return max(0, math.ceil(left_s))


def plain_rows(lines: Sequence[Line], width: int) -> int:
    """Rows that lines of text take at least."""
    return sum(max(1, len(textwrap.wrap(line.text, max(width, 1)))) for line in lines)


def set_lines(
    lines: Sequence[Line], width: int, height: int, glyphs: Glyphs, *, roomy: bool = False
) -> tuple[str, ...]:
    """Set lines of text in the room there is: the strong ones large, and on a roomy screen the others too.

    Returns:
        Rows, at most `height`.
    """
    blocks = [tuple(textwrap.wrap(line.text, max(width, 1))) or ("",) for line in lines]
    for index in sorted(range(len(lines)), key=lambda at: (not lines[at].strong, at)):
        line = lines[index]
        if not line.strong and not roomy:
            break
        free = height - sum(map(len, blocks)) + len(blocks[index])
        size = Type.TALL if line.exact else Type.ANY if line.strong else Type.SMALL
        if set_large := large(line.text, width, free - 2, glyphs, size):
            blocks[index] = ("", *set_large, "")
        elif line.exact and free >= 2:
            blocks[index] = ("", *textwrap.wrap(" ".join(line.text), width)[:1])
    rows = [row for block in blocks for row in block]
    tidy = [row for at, row in enumerate(rows) if row or (at and rows[at - 1])]
    return tuple(tidy[:height])
