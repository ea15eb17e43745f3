"""What a cell of the office's sheet says, as our own sheets have it. What is not sure is told, never guessed."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Final

from kiosk.register import cells
from kiosk.register.cells import BadCell, CellReader, tidied
from kiosk.register.errors import shown
from kiosk.register.grid import Cell, Number, Unusable
from kiosk.register.instants import in_zone, said

EXACT: Final = 10**15
"""Spreadsheets keep 15 digits of a number (ISO/IEC 29500-1, 18.17.5.2): of a longer one the last digits are made up."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATES: Final = (
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})",
    r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})",
    r"(?P<day>\d{1,2})[- ](?P<month>[A-Za-z]{3,9})[- ](?P<year>\d{4}|\d{2})",
)
"""How New Zealand writes a date: ISO 8601, with strokes, with the month's name."""
_ANY_CLOCK: Final = r"(?: +\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
"""A time behind a date where only the date is asked for."""
_CLOCK: Final = (
    r"(?:T| +|, *)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?: ?(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?))?"
)
"""A time that is asked for: by 24 hours or 12, with or without its offset."""
_DAYS: Final = tuple(re.compile(form + _ANY_CLOCK, re.ASCII) for form in _DATES)
_INSTANTS: Final = tuple(re.compile(form + _CLOCK, re.ASCII) for form in _DATES)
_LONG_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_NO_PART: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
"""In a number format: quoted text, what stands in brackets (a colour, a locale), a letter that is meant as such."""
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,3}")
_AS_TEXT: Final = "have the column as text and key it again"


class Holds(Enum):
    """What a column holds."""

    WORDS = "words"
    DAY = "day"
    INSTANT = "a date and time"
    YES_NO = "yes or no"


def holds(reader: CellReader) -> Holds:
    """What a column holds, by what reads it."""
    if reader in {cells.day, cells.day_or_none}:
        return Holds.DAY
    if reader is cells.instant_or_none:
        return Holds.INSTANT
    return Holds.YES_NO if reader in {cells.yes_no, cells.yes_no_or_none} else Holds.WORDS


def plain(cell: Cell, what: Holds, zone: tzinfo | None = None) -> str:
    """A cell as text: dates in ISO 8601, times with their offset, numbers as their digits.

    Args:
        cell: The cell.
        what: What its column holds.
        zone: Whose local times those are that name no offset; None: such times are refused.

    Raises:
        BadCell: when the spreadsheet made something else of it than was keyed, or may have. The cell is not quoted.
    """
    if isinstance(cell, Unusable):
        raise BadCell(what.value, cell.what)
    tidy = tidied(cell) if isinstance(cell, str) else cell
    return _instant(tidy, zone) if what is Holds.INSTANT else _READERS[what](tidy)


def _words(cell: Cell) -> str:
    if isinstance(cell, Number):
        return _digits(cell)
    if not isinstance(cell, str):
        made = "a date" if isinstance(cell, date) else "true or false"
        raise BadCell("words or a number as text", f"{made}, into which the spreadsheet made it; {_AS_TEXT}")
    if _SCIENTIFIC.fullmatch(cell):
        raise BadCell("all digits of a number", f"a number cut short, such as 1.2E+11; {_AS_TEXT}")
    return cell


def _digits(number: Number) -> str:
    value = number.value
    if not math.isfinite(value) or value != int(value):
        raise BadCell("words or a number as text", f"a number with a fraction; {_AS_TEXT}")
    if not 0 <= value < EXACT:
        got = "a number below zero" if value < 0 else "a number of more than 15 digits, of which the last are lost"
        raise BadCell("words or a number as text", f"{got}; {_AS_TEXT}")
    return str(int(value)).zfill(number.digits)


def _day(cell: Cell) -> str:
    if isinstance(cell, str):
        return _day_of_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    what = "a number that is not shown as a date" if isinstance(cell, Number) else "true or false"
    raise BadCell("a date", f"{what}; have the column as dates")


def _day_of_text(text: str) -> str:
    """A date as New Zealand writes it, day first, as ISO 8601 has it. What is no date of these forms stays as it is."""
    for form in _DAYS:
        found = form.fullmatch(text)
        if found is not None:
            try:
                return _date(found).isoformat()
            except ValueError:
                return text
    return text


def _date(found: re.Match[str]) -> date:
    """The date that was found; raises ValueError where there is no such day."""
    year = found["year"]
    return date(int(year) + (2000 if len(year) == 2 else 0), _month(found["month"]), int(found["day"]))


def _instant(cell: Cell, zone: tzinfo | None) -> str:
    """A date and time with its offset, as ISO 8601 has it."""
    if isinstance(cell, str):
        return _instant_of_text(cell, zone)
    if isinstance(cell, datetime):
        return said(in_zone(_to_the_second(cell), zone))
    if isinstance(cell, date):
        raise BadCell("a date and time", f"a date without a time: {cell.isoformat()}")
    what = "a number that is not shown as a date" if isinstance(cell, Number) else "true or false"
    raise BadCell("a date and time", f"{what}; have the column as dates with times")


def _to_the_second(cell: datetime) -> datetime:
    """A workbook keeps a time as a fraction of a day, which is seldom exact."""
    return (cell + timedelta(milliseconds=500)).replace(microsecond=0)


def _instant_of_text(text: str, zone: tzinfo | None) -> str:
    """What is no date and time of these forms stays as it is; a time that is not sure is told."""
    for form in _INSTANTS:
        found = form.fullmatch(text)
        if found is not None:
            try:
                local = datetime.combine(_date(found), _clock(found))
                return said(in_zone(local, zone, found["offset"]))
            except (ValueError, OverflowError):
                return text
    if any(re.fullmatch(form, text, re.ASCII) for form in _DATES):
        raise BadCell("a date and time", f"a date without a time: {shown(text)}")
    return text


def _clock(found: re.Match[str]) -> time:
    """The time of day that was found; raises ValueError where there is none such."""
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(hour)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(found["minute"]), int(found["second"] or 0))


def _month(text: str) -> int:
    """A month's number; 0, which no date has, where it is none."""
    if text.isdigit():
        return int(text)
    name = text.lower()
    for names in (_MONTHS, _LONG_MONTHS):
        if name in names:
            return names.index(name) + 1
    return 9 if name == "sept" else 0


def _yes_no(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str):
        return cell
    raise BadCell("yes or no", "a date" if isinstance(cell, date) else "a number")


_READERS: Final[dict[Holds, Callable[[Cell], str]]] = {
    Holds.WORDS: _words,
    Holds.DAY: _day,
    Holds.YES_NO: _yes_no,
}


def cell_of(value: object, number_format: str) -> Cell:
    """A workbook's value as a cell.

    Args:
        value: As the workbook's reader gives it.
        number_format: The cell's format, such as ``000000``.
    """
    if value is None:
        return ""
    if isinstance(value, datetime) and not _shows_a_time(number_format):
        return value.date()
    if isinstance(value, bool | str | date):
        return value
    if isinstance(value, int | float):
        zeros = number_format if set(number_format) == {"0"} else ""
        return Number(value, len(zeros))
    return Unusable("a time of day" if isinstance(value, time) else "a length of time")


def _shows_a_time(number_format: str) -> bool:
    """Whether a cell of this format shows hours, and not a date alone; what is quoted or in brackets is none of it."""
    bare = _NO_PART.sub("", number_format)
    return bare.lower() in {"", "general"} or "h" in bare.lower()
