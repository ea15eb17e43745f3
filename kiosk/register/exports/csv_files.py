"""The sheets as CSV files: exact for programs (RFC 4180), or in a form that Excel opens without altering a number.

Theory of operation. Excel guesses what a cell of a CSV file is: ``0012`` becomes 12, ``1E5`` becomes 100000, ``3-4``
and ``MAR1`` become dates, ``=1+1`` becomes a formula. So in the form for Excel a text that it would take for a number,
a date or a truth is written ``="0012"``: a formula of ours that is nothing but that text. A text that could begin a
formula of its own gets an apostrophe before it, and so is none in any program (OWASP, CSV Injection). In the exact form
nothing is altered: do not open that one with Excel.
"""

import csv
import os
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from msgspec import Struct

from kiosk.register.exports.files import private
from kiosk.register.exports.sheets import SHEETS, Kind, Row, Sheet

SUFFIX: Final = ".csv"
ABOUT: Final = f"about{SUFFIX}"
"""The file that says what the export covers."""

NAMES: Final = frozenset({ABOUT, *(f"{sheet.name}{SUFFIX}" for sheet in SHEETS)})
"""All files that are written here."""

_BUFFER_BYTES: Final = 1 << 18
"""How much is gathered before it is written: few calls, and nothing beside a Pi's memory."""


class CsvForm(Struct, frozen=True):
    """How the files are written.

    Attributes:
        for_excel: Whether in the form for Excel; else exact.
        separator: What stands between cells. Excel takes that of the machine's region: a comma in New Zealand.
    """

    for_excel: bool = False
    separator: str = ","


class CsvFiles:
    """A sink that writes each sheet as a CSV file of a folder. A context manager; then the files are on the disk."""

    def __init__(self, folder: Path, form: CsvForm) -> None:
        self._folder = folder
        self._form = form
        self._files = ExitStack()
        self._open: list[IO[str]] = []
        self._writers: dict[str, Callable[[Row], Any]] = {}

    def __enter__(self) -> Self:
        for sheet in SHEETS:
            self._writers[sheet.name] = self._begin(sheet)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._files:
            if kind is None:
                for file in self._open:
                    file.flush()
                    os.fsync(file.fileno())

    def write(self, sheet: Sheet, row: Row) -> None:
        """Take the next row of a sheet."""
        self._writers[sheet.name](row)

    def _begin(self, sheet: Sheet) -> Callable[[Row], Any]:
        file = self._files.enter_context(_opened(self._folder / f"{sheet.name}{SUFFIX}", self._form))
        self._open.append(file)
        write = csv.writer(file, delimiter=self._form.separator, lineterminator="\r\n").writerow
        write(sheet.titles)
        cells = cells_for_excel(sheet) if self._form.for_excel else exact_cells(sheet)
        return lambda row: write(cells(row))


def write_about(folder: Path, form: CsvForm, about: Mapping[str, str]) -> None:
    """Write what an export says of itself as one more file."""
    with _opened(folder / ABOUT, form) as file:
        csv.writer(file, delimiter=form.separator, lineterminator="\r\n").writerows(about.items())
        file.flush()
        os.fsync(file.fileno())


def _opened(path: Path, form: CsvForm) -> IO[str]:
    encoding = "utf-8-sig" if form.for_excel else "utf-8"  # by its mark at the beginning Excel knows UTF-8
    return open(path, "w", _BUFFER_BYTES, encoding=encoding, newline="", opener=private)


def exact_cells(sheet: Sheet) -> Callable[[Row], list[Any]]:
    """What turns a sheet's rows into cells: a moment is RFC 3339, all else is as it is."""
    moments = _places(sheet, Kind.MOMENT)

    def cells(row: Row) -> list[Any]:
        made: list[Any] = list(row)
        for at in moments:
            if (when := made[at]) is not None:
                made[at] = when.isoformat("T", "milliseconds")
        return made

    return cells


def cells_for_excel(sheet: Sheet) -> Callable[[Row], list[Any]]:
    """The same for Excel: a moment is a date in site time, a text cannot become anything else."""
    moments, texts = _places(sheet, Kind.MOMENT), _places(sheet, Kind.TEXT)

    def cells(row: Row) -> list[Any]:
        made: list[Any] = list(row)
        for at in moments:
            if (when := made[at]) is not None:
                made[at] = when.replace(tzinfo=None).isoformat(" ", "seconds")
        for at in texts:
            text = made[at]
            if text and (text[0] in _SUSPECT or text[:3] in _WORDS):
                made[at] = text_for_excel(text)
        return made

    return cells


def text_for_excel(text: str) -> str:
    """A text as a cell that Excel shows as that text, whatever it looks like."""
    if _BEGINS_FORMULA.match(text):
        return f"'{text}"
    if _CONVERTED.match(text):
        doubled = text.replace('"', '""')
        return f'="{doubled}"'
    return text


_BEGINS_FORMULA: Final = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_CONVERTED: Final = re.compile(
    r"\s*(?:[\d.,($£€¥%].{0,40}"
    r"|(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)[\s.,/-]*\d.{0,40}|true|false)\Z",
    re.IGNORECASE,
)
"""What Excel may take for a number, a time, a date or a truth; nothing longer is one."""

_SUSPECT: Final = frozenset("=+-@\t\r\n\x0b\x0c \xa0\u2003\uff1d\uff0b\uff0d\uff200123456789.,($£€¥%")

_WORDS: Final = frozenset(
    "".join(letters)
    for word in (*_MONTHS, "tru", "fal")
    for letters in product(*((letter, letter.upper()) for letter in word))
)
"""By its first letters a cell is known that may need more: a look at them spares most cells the rest."""


def _places(sheet: Sheet, kind: Kind) -> tuple[int, ...]:
    return tuple(at for at, column in enumerate(sheet.columns) if column.kind is kind)
