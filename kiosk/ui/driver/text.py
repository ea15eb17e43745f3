"""The words of the health line and the countdown, and lines set in the room there is; no terminal."""

import math
import textwrap
from collections.abc import Iterator, Sequence

from msgspec import Struct

from kiosk.console.messages import (
    CardLevel,
    CheckpointNews,
    Condition,
    Health,
    ListHealth,
    Measure,
    Part,
    PartHealth,
    Reading,
)
from kiosk.ui.driver.lettering import Type, large
from kiosk.ui.driver.speech import Speech, noted
from kiosk.ui.driver.view import Line
from kiosk.ui.glyphs import Glyphs

LAST_SECONDS = 10
"""Seconds before its end from which a countdown is loud: the time to read the screen once more."""

_MORE = "..."
"""Stands for words that found no room; full stops are in every console's font."""
_COUNTDOWN_WORDS = 20
"""Columns kept for the countdown's plain words, so that its bar does not jump as the digits get fewer."""
_PARTS = {
    Part.READER: noted("READER"),
    Part.SCANNER: noted("SCANNER"),
    Part.GATE: noted("GATE"),
    Part.LEDGER: noted("LEDGER"),
    Part.DISK: noted("DISK"),
}
_HEALTH_MARKS = {
    Condition.WORKING: ("+", noted("{part} OK"), "works"),
    Condition.SHORT: ("!", noted("{part} SHORT"), "starts"),
    Condition.STARTING: ("~", noted("{part} STARTING"), "starts"),
    Condition.UNSTEADY: ("!", noted("{part} UNSTEADY"), "starts"),
    Condition.NEARLY_FULL: ("!", noted("{part} FILLING"), "starts"),
    Condition.FULL: ("!", noted("{part} FULL"), "lost"),
    Condition.LOST: ("!", noted("{part} LOST"), "lost"),
}
_MACHINE = {
    (Measure.POWER, Reading.LOW): noted("POWER LOW"),
    (Measure.HEAT, Reading.HOT): noted("HEAT HIGH"),
    (Measure.SYSTEM_DISK, Reading.NEARLY_FULL): noted("SYSTEM DISK FILLING"),
}
"""What is told of the machine: the first of it. Drivers are served all the same, and staff see the rest."""

_UNTOLD = frozenset({Condition.WORKING, Condition.STARTING})
"""How the disk is while the line says nothing of it: it is one of the machine's, and there is little room."""
_CARDS = {
    CardLevel.UID: noted("CARDS UID ONLY"),
    CardLevel.SIGNED: noted("CARDS SIGNED"),
    CardLevel.PROVEN: noted("CARDS PROVEN"),
}
_WELL = "works"
_UNKNOWN = Health(tuple(PartHealth(part, Condition.STARTING) for part in Part))


def part_words(health: PartHealth, say: Speech) -> str:
    """A part and how it is."""
    _, words, _ = _HEALTH_MARKS[health.condition]
    return say(words, part=say(_PARTS[health.part]))


def health_words(health: Health | None, say: Speech) -> tuple[tuple[str, str], ...]:
    """Each part's words on the health line, and which look of HealthLine colours them."""
    words = []
    for part in (health or _UNKNOWN).parts:
        if part.part is Part.DISK and part.condition in _UNTOLD:
            continue
        mark, _, look = _HEALTH_MARKS[part.condition]
        words.append((f"{mark} {part_words(part, say)}", look))
    readings = [(measured.measure, measured.reading) for measured in (health or _UNKNOWN).machine]
    words += [(f"! {say(_MACHINE[each])}", "starts") for each in readings if each in _MACHINE][:1]
    words += _card_words(health or _UNKNOWN, say)
    backup = (health or _UNKNOWN).backup
    if backup.late_h or backup.trouble:
        late = say("BACKUP {hours} h OLD", hours=backup.late_h) if backup.late_h else say("BACKUP FAILED")
        words.append((f"! {late}", "starts"))
    elif backup.age_h is not None:
        age = say("BACKUP {hours} h", hours=backup.age_h)
        words.append((f"+ {age}", _WELL))
    return (*words, *_list_words((health or _UNKNOWN).approved_list, say))


def _card_words(health: Health, say: Speech) -> tuple[tuple[str, str], ...]:
    """What must stand behind a card here; the number alone is a standing warning. That cards fail comes before it."""
    if health.cards_fail:
        fail = say("CARDS FAIL")
        return ((f"! {fail}", "lost"),)
    if health.card_level is None:
        return ()
    mark, look = ("!", "starts") if health.card_level is CardLevel.UID else ("+", _WELL)
    return ((f"{mark} {say(_CARDS[health.card_level])}", look),)


def fitting(words: Sequence[tuple[str, str]], width: int) -> tuple[tuple[str, str], ...]:
    """The health line's words for a line so wide: where all find no room, what is well is said in fewer letters.

    Where that does not do either, so is what stops nobody: mark and colour say that it is not well.
    """
    for well, warned in ((None, None), (-1, None), (1, None), (1, -1), (1, 1)):
        most = {_WELL: well, "starts": warned}
        shown = tuple((_brief(text, most.get(look)), look) for text, look in words)
        if sum(len(text) + 1 for text, _ in shown) <= width:
            break
    return shown


def _brief(text: str, most: int | None) -> str:
    """A mark and all its words; all but the last one; or its first letter."""
    mark, *words = text.split(" ")
    if most is None:
        return text
    return f"{mark} {' '.join(words[:-1])}" if most < 0 else f"{mark}{words[0][:1]}"


def _list_words(approved: ListHealth, say: Speech) -> tuple[tuple[str, str], ...]:
    """Something only while the approved list runs out soon, or has."""
    if approved.expired:
        expired = say("LIST EXPIRED")
        return ((f"! {expired}", "lost"),)
    if approved.days_left is None:
        return ()
    left = say("LIST {days} d LEFT", days=approved.days_left)
    return ((f"! {left}", "starts"),)


def health_shares(texts: Sequence[str], width: int) -> tuple[int, ...]:
    """How many columns each text of the health line gets: the same, or if that is too little for one, what each needs.

    Args:
        texts: The texts; each has a free column before it.
        width: Columns of the line.
    """
    count, needed = len(texts), [len(text) + 1 for text in texts]
    equal = [(at + 1) * width // count - at * width // count for at in range(count)]
    left = width - sum(needed)
    if left < 0 or all(need <= share for need, share in zip(needed, equal, strict=True)):
        return tuple(equal)
    return (*needed[:-1], needed[-1] + left)


def checkpoint_words(news: CheckpointNews | None, say: Speech) -> tuple[tuple[str, str], ...]:
    """What the health line says of checkpoints: something only while one has not left the site. It stops nobody."""
    late = say("CHECKPOINT")
    return ((f"! {late}", "starts"),) if news is not None and news.trouble else ()


def countdown_rows(
    left_s: float, length_s: float, width: int, height: int, glyphs: Glyphs, say: Speech
) -> tuple[str, ...]:
    """The countdown: words, then a bar that grows shorter.

    Args:
        left_s: Seconds left.
        length_s: Seconds of the whole time-out.
        width: Columns.
        height: Rows.
        glyphs: Which characters the terminal can draw.
        say: In which language.
    """
    hurry, calm = noted("HURRY! {seconds} s left"), noted("TIME {seconds} s left")
    words = say(hurry if is_last(left_s, length_s) else calm, seconds=seconds_left(left_s))
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


def pieces(number: str, width: int) -> tuple[str, ...]:
    """A number on as few rows as hold all of it."""
    return tuple(number[at : at + width] for at in range(0, len(number), max(width, 1)))


def shortened(text: str, width: int, most: int) -> tuple[str, ...]:
    """Words on as many rows as they need, or on so many at most: dots then stand for the rest."""
    width = max(width, len(_MORE) + 1)
    rows = textwrap.wrap(text, width)
    if len(rows) <= most:
        return tuple(rows)
    last = textwrap.shorten(" ".join(rows[most - 1 :]), width, placeholder=_MORE)
    if last == _MORE:  # not one whole word finds room
        last = rows[most - 1][: width - len(_MORE)] + _MORE
    return (*rows[: most - 1], last)


class SetText(Struct, frozen=True):
    """Lines of text as they are set.

    Attributes:
        rows: The rows, no more than there is room for.
        strong_large: Every strong line is in large type.
    """

    rows: tuple[str, ...]
    strong_large: bool


def set_lines(lines: Sequence[Line], width: int, height: int, glyphs: Glyphs, *, roomy: bool = False) -> SetText:
    """Set lines of text in the room there is: the strong ones large, and on a roomy screen the others too."""
    blocks = [tuple(textwrap.wrap(line.text, max(width, 1))) or ("",) for line in lines]
    strong_large = True
    for index in sorted(range(len(lines)), key=lambda at: (not lines[at].strong, at)):
        line = lines[index]
        if not line.strong and not roomy:
            break
        fitting = (
            (is_large, block)
            for is_large, block in _settings(line, width, height, glyphs)
            if _fits([*blocks[:index], block, *blocks[index + 1 :]], height)
        )
        is_large, blocks[index] = next(fitting, (False, blocks[index]))
        strong_large &= is_large or not line.strong
    return SetText(_tidy(blocks)[:height], strong_large)


def _settings(line: Line, width: int, height: int, glyphs: Glyphs) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """The ways to set a line clearer than plain, the best first, and whether each is in large type."""
    for size in (Type.TALL,) if line.exact else (Type.TALL, Type.SMALL) if line.strong else (Type.SMALL,):
        if rows := large(line.text, width, height, glyphs, size):
            yield True, ("", *rows, "")
    apart = " ".join(line.text)
    if line.exact and len(apart) <= width:
        yield False, ("", apart)


def _tidy(blocks: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The rows of all blocks: none free at the top, and never two free ones together."""
    rows = [row for block in blocks for row in block]
    return tuple(row for at, row in enumerate(rows) if row or (at and rows[at - 1]))


def _fits(blocks: Sequence[Sequence[str]], height: int) -> bool:
    """Whether all blocks find room; a free row at the end needs none."""
    return not any(_tidy(blocks)[height:])
