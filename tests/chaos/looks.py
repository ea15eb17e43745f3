"""What a person reads on the kiosk's screen: which display it is, and the few words on it that matter to them."""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache

from msgspec import Struct

from kiosk.ui.driver.lettering import Type, large
from kiosk.ui.glyphs import Glyphs

_WIDE = 1000
COLUMNS = 200


class On(Enum):
    """Which display is on."""

    TAP = "tap your card"
    KNOWN = "the card was taken"
    CHOOSE = "which container"
    VIEW = "look at the seal"
    SCAN = "scan the seal"
    MAY_KEY = "scan the seal, or key its number"
    KEY = "key the seal's number"
    FIELD = "a field is open to key into"
    TUG = "pull the seal"
    TWIST = "twist the seal"
    MORE = "one more load"
    LAST = "now sign"
    SIGN = "tap to sign"
    RECORDING = "we write it down"
    OPENS = "the gate opens"
    STOPPED = "stop"
    OUT = "out of service"
    ELSE = "something else"


class Look(Struct, frozen=True):
    """One look at the screen.

    Attributes:
        on: Which display.
        well: The health line calls every part well.
        number: The receipt or reference number that is shown.
        reason: Why it says stop.
        text: All of it.
    """

    on: On
    well: bool
    number: int | None
    reason: str
    text: str

    def choice(self, unit: str) -> str | None:
        """The digit that stands beside a container: they are numbered as one reads."""
        units = _UNIT.findall(self.text)
        return str(units.index(unit) + 1) if unit in units else None


_UNIT = re.compile(r"[A-Z]{4}\d{7}")
_PARTS = ("+ READER", "+ SCANNER", "+ GATE", "+ LEDGER")
"""How the health line calls each part when it works; on a narrow screen the word OK gives way to what is wrong."""
_NUMBERED = ("Receipt", "Reference")
_REASON = re.compile(r"STOP - [A-Z ]+ \(([A-Z_]+)\)")
_SAID: tuple[tuple[On, tuple[str, ...]], ...] = (
    (On.OUT, ("This gate can not serve you now.",)),
    (On.STOPPED, ("STOP - HOLD", "STOP - REFUSED", "STOP - NO LOAD TAKEN", "HOLD ENDED", "STOP - TURNED AWAY")),
    (On.OPENS, ("OK - THE GATE OPENS",)),
    (On.RECORDING, ("We write down your check.",)),
    (On.SIGN, ("Tap your card again.",)),
    (On.MORE, ("ONE MORE LOAD?",)),
    (On.LAST, ("NOW SIGN FOR IT",)),
    (On.FIELD, ("STOP KEYING",)),
    (On.KEY, ("Key all its letters and digits.",)),
    (On.MAY_KEY, ("WILL NOT SCAN",)),
    (On.SCAN, ("Point the scanner at the bar code",)),
    (On.VIEW, ("No cut? No crack? No glue?",)),
    (On.TUG, ("Pull down hard, with your hand.",)),
    (On.TWIST, ("Turn it left. Turn it right.",)),
    (On.CHOOSE, ("FIRST LOAD", "LOAD 2")),
    (On.KNOWN, ("CARD PROVEN",)),
    (On.TAP, ("Cards must prove themselves.", "Put your driver card")),
)


def look_at(text: str) -> Look:
    """Read a screen."""
    on = next((on for on, words in _SAID if any(reads(text, each) for each in words)), On.ELSE)
    reason = _REASON.search(text)
    return Look(
        on=on,
        well=all(each in text for each in _PARTS),
        number=number_in(text) if on in {On.STOPPED, On.OPENS} else None,
        reason=reason[1] if reason else "",
        text=text,
    )


def reads(text: str, words: str) -> bool:
    """Whether words stand on a screen: plain, with letters set apart, or in large type."""
    if words in text or " ".join(words) in text:
        return True
    return any(drawn and drawn in text for drawn in _longest_rows(words))


@cache
def _longest_rows(words: str) -> tuple[str, ...]:
    """The row of each large type that has most in it: what of it is on a screen is on it as a whole."""
    types = (large(words, _WIDE, _WIDE, Glyphs.BLOCKS, size) for size in (Type.TALL, Type.SMALL))
    return tuple(max((row.strip() for row in rows), key=len) for rows in types if rows)


def number_in(text: str) -> int | None:
    """The number of a receipt or reference, in plain or in large type."""
    for word in _NUMBERED:
        if plain := re.search(rf"{word} (\d+)", text):
            return int(plain[1])
        for size in (Type.TALL, Type.SMALL):
            digits = "".join(_digits_after(text.split("\n"), word, size))
            if digits:
                return int(digits)
    return None


def _digits_after(screen: list[str], word: str, size: Type) -> Iterator[str]:
    """The digits behind a word in large type."""
    drawn = _drawn(word, size)
    for y in range(len(screen) - len(drawn) + 1):
        x = screen[y].find(drawn[0])
        rows = [row.ljust(COLUMNS) for row in screen[y : y + len(drawn)]]
        if x < 0 or any(row[x : x + len(part)] != part for row, part in zip(rows, drawn, strict=True)):
            continue
        at = x + len(drawn[0])
        while at < COLUMNS:
            digit = next((each for each in "0123456789" if _stands_at(rows, at, _drawn(each, size))), None)
            if digit is not None:
                yield digit
            at += len(_drawn(digit, size)[0]) if digit is not None else 1
        return


def _stands_at(rows: list[str], at: int, drawn: tuple[str, ...]) -> bool:
    return all(row[at : at + len(part)] == part for row, part in zip(rows, drawn, strict=True))


@cache
def _drawn(words: str, size: Type) -> tuple[str, ...]:
    """Words in a large type, as a block: no blank columns at its sides."""
    rows = large(words, _WIDE, _WIDE, Glyphs.BLOCKS, size)
    width = max(map(len, rows))
    padded = [row.ljust(width) for row in rows]
    inked = [x for x in range(width) if any(row[x] != " " for row in padded)]
    return tuple(row[inked[0] : inked[-1] + 1] for row in padded)
