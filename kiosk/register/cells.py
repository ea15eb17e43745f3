"""One cell of a sheet, read strictly: what it means, or what should have stood there."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Final

from kiosk.core.cards import CardTechnology, Credential
from kiosk.register.errors import shown

LONGEST_ID: Final = 40
LONGEST_NAME: Final = 80
LONGEST_GOODS: Final = 200

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(rf"{_DAY.pattern}T[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})")
_ID: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9 ._/-]{{0,{LONGEST_ID - 1}}}")
_UID_SIZES: Final = (4, 7, 10)
"""Bytes of a type A UID: single, double, triple size (ISO/IEC 14443-3, 6.5.4)."""
_IDM_SIZES: Final = (8,)
"""Bytes of a FeliCa IDm (JIS X 6319-4)."""
_RANDOM_UID_FIRST: Final = 0x08
"""First byte of a 4-byte UID that is new at every tap (ISO/IEC 14443-3, 6.5.4)."""
_RANDOM_IDM_FIRST: Final = b"\x01\xfe"
"""An IDm so begun is a peer device's and new at every tap (NFC Forum Digital, NFC-F)."""

CellReader = Callable[[str], object]
"""Reads a tidied cell; raises BadCell."""


class BadCell(Exception):
    """A cell is not what its column holds.

    Attributes:
        expected: What should stand there.
        got: What stands there.
    """

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(expected, got)
        self.expected = expected
        self.got = got


def tidied(cell: str) -> str:
    """A cell without the spaces around it, and with each accented letter in its one-character form (Unicode NFC)."""
    cell = cell.strip(" \u00a0")
    return cell if cell.isascii() else unicodedata.normalize("NFC", cell)


def text(longest: int) -> CellReader:
    """A reader of words that a screen can show."""

    def read(cell: str) -> str:
        if cell and len(cell) <= longest and cell.isprintable():
            return cell
        if cell and len(cell) > longest:
            raise BadCell(f"at most {longest} characters", f"{len(cell)} characters: {shown(cell)}")
        raise BadCell("words without control characters" if cell else "words", shown(cell))

    return read


def text_or_none(longest: int) -> CellReader:
    """A reader of words that a screen can show, or of an empty cell."""
    words = text(longest)

    def read(cell: str) -> object:
        return words(cell) if cell else ""

    return read


def identity(cell: str) -> str:
    """An id or a number by which other files and printed cards name something."""
    if not _ID.fullmatch(cell):
        raise BadCell(f"1 to {LONGEST_ID} letters, digits, spaces, dots, hyphens or slashes", shown(cell))
    return cell


def day(cell: str) -> date:
    """A date in ISO 8601's extended form; 30/6/27 can be read in two ways and is not taken."""
    try:
        if _DAY.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise BadCell("a date such as 2027-06-30", shown(cell))


def instant_or_none(cell: str) -> datetime | None:
    """A date and time in ISO 8601's extended form, with its offset: one instant, also where clocks change."""
    if not cell:
        return None
    try:
        if _INSTANT.fullmatch(cell):
            return datetime.fromisoformat(cell).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadCell("a date and time with its offset, such as 2026-12-24T22:00+13:00", shown(cell))


def day_or_none(cell: str) -> date | None:
    """A date, or an empty cell."""
    return day(cell) if cell else None


def identity_or_none(cell: str) -> str | None:
    """An id or a number, or an empty cell."""
    return identity(cell) if cell else None


def yes_no_or_none(cell: str) -> bool | None:
    """A plain yes or no, or an empty cell."""
    return yes_no(cell) if cell else None


def credential_or_none(cell: str) -> Credential | None:
    """What a reader sees of a card, or an empty cell."""
    return credential(cell) if cell else None


def yes_no(cell: str) -> bool:
    """A plain yes or no."""
    answer = cell.lower()
    if answer not in {"yes", "no"}:
        raise BadCell("yes or no", shown(cell))
    return answer == "yes"


def credential(cell: str) -> Credential:
    """What a reader sees of a card, in the form that Credential.parse reads."""
    try:
        read = Credential.parse(cell.upper() if cell.isascii() else cell)
    except ValueError:
        raise BadCell("a card such as TYPE_2:04A1B2C3D4E5F6", shown(cell)) from None
    sizes = _IDM_SIZES if read.technology is CardTechnology.FELICA else _UID_SIZES
    if len(read.identifier) not in sizes:
        wanted = " or ".join(str(size) for size in sizes)
        raise BadCell(f"{wanted} bytes behind {read.technology.name}:", f"{len(read.identifier)}: {shown(cell)}")
    if _is_random(read):
        raise BadCell("a card whose number stays the same", f"one that is new at every tap: {shown(cell)}")
    return read


def _is_random(card: Credential) -> bool:
    if card.technology is CardTechnology.FELICA:
        return card.identifier.startswith(_RANDOM_IDM_FIRST)
    return len(card.identifier) == min(_UID_SIZES) and card.identifier[0] == _RANDOM_UID_FIRST


def one_of(names: Iterable[str]) -> CellReader:
    """A reader of one of some names, letter for letter."""
    known = frozenset(names)
    wanted = " or ".join(sorted(known)) or "a name (but the site has none)"

    def read(cell: str) -> str:
        if cell not in known:
            raise BadCell(wanted, shown(cell))
        return cell

    return read
