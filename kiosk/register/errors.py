"""Why a file was not imported, or could not be stored."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.core.errors import SealgateError
from kiosk.core.units import quoted

SHOWN: Final = 50
"""Problems that are printed: more than a screenful helps nobody, and most have one cause."""
KEPT: Final = 1000
"""Problems that are kept as data. A file in which every cell is wrong must not fill the memory."""
_QUOTED_FROM: Final = 60
"""Characters of a cell that are looked at to quote it: the quote is cut shorter still."""

IMPORT_AGAIN: Final = "correct it and import again"
REPLACE_STORED: Final = "import a good file in its place"


def shown(cell: str) -> str:
    """A cell as an error line shows it: on one line and not too long."""
    return quoted(cell[:_QUOTED_FROM]) if cell else "an empty cell"


class Problem(Struct, frozen=True):
    """One thing that is wrong with a file.

    Attributes:
        file: The file's name.
        row: As a spreadsheet shows it: the header is row 1. None where it is about the whole file.
        column: The column's name; None where it is about the whole row.
        expected: What should stand there.
        got: What stands there. A seal number is never quoted.
    """

    file: str
    row: int | None
    column: str | None
    expected: str
    got: str

    @property
    def where(self) -> str:
        """File, row and column in words."""
        row = "" if self.row is None else f" row {self.row}"
        column = "" if self.column is None else f", column {self.column}"
        return f"{self.file}{row}{column}"

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, got {self.got}"


class Findings:
    """The problems of one file, as they are found.

    Attributes:
        file: What is read, by the name that a problem names it by: a file, or a workbook's sheet.
        spoken: What the file itself calls a column, by our name for it, where the two differ.
        total: How many were found.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.spoken: Mapping[str, str] = {}
        self.total = 0
        self._kept: list[Problem] = []

    def add(self, row: int | None, column: str | None, *, expected: str, got: str) -> None:
        """Note one; beyond KEPT they are only counted."""
        self.total += 1
        if len(self._kept) < KEPT:
            column = self.spoken.get(column, column) if column is not None else None
            self._kept.append(Problem(self.file, row, column, expected, got))

    @property
    def kept(self) -> tuple[Problem, ...]:
        """Those that are kept."""
        return tuple(self._kept)

    def take(self, other: "Findings") -> None:
        """Have what another one found instead of what was found here."""
        self.total, self._kept = other.total, [*other.kept]

    def refuse_if_any(self, mend: str) -> None:
        """Raises ImportRefused with all that was noted, in the order of the rows."""
        if self._kept:
            raise ImportRefused(sorted(self._kept, key=lambda each: each.row or 0), mend=mend, total=self.total)


class ImportRefused(SealgateError):
    """A file is not as it should be. Nothing was changed.

    Attributes:
        problems: What is wrong, in the order of the rows; at most KEPT.
        total: How many there are.
    """

    def __init__(self, problems: Sequence[Problem], *, mend: str = IMPORT_AGAIN, total: int | None = None) -> None:
        super().__init__(expected=problems[0].expected, got=problems[0].got, mend=mend)
        self.problems = tuple(problems)
        self.total = len(problems) if total is None else total

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each problem, and one that counts the rest."""
        told = tuple(f"{each}; {self.mend}" for each in self.problems[:SHOWN])
        rest = self.total - len(told)
        return (*told, f"and {rest} more; {self.mend}") if rest else told

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def diagnostics(self) -> tuple[str, ...]:
        """The first problem in short lines for an operator's screen, and how many there are."""
        others = (f"Problems: {self.total}",) if self.total > 1 else ()
        return (self.problems[0].where, *SealgateError.diagnostics(self), *others)


class StoreFailed(SealgateError):
    """The disk did not do what was asked. No stored file is half-written.

    Attributes:
        path: Which file or folder.
        errno: The system's error number.
    """

    def __init__(self, path: Path, doing: str, fault: OSError) -> None:
        super().__init__(
            expected=f"{doing} {ascii(str(path))[1:-1]} to succeed",
            got=f"{fault.strerror or fault} (errno {fault.errno})",
            mend="see to the disk (space, mount, rights), then try again",
        )
        self.path = path
        self.errno = fault.errno


class StoreBusy(SealgateError):
    """Another import is at work on the same folder.

    Attributes:
        folder: Which.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(
            expected=f"to be the only import into {ascii(str(folder))[1:-1]}",
            got="another one at work",
            mend="wait until it is done, then try again",
        )
        self.folder = folder


class SheetSettingsWrong(SealgateError):
    """What site.toml says of a sheet cannot be.

    Attributes:
        where: The key that is wrong, such as ``import.bookings.columns``.
    """

    def __init__(self, kind: str, key: str, *, expected: str, got: str) -> None:
        super().__init__(expected=expected, got=shown(got), mend="correct site.toml")
        self.where = f"import.{kind}.{key}"

    def __str__(self) -> str:
        return f"site.toml {self.where}: {super().__str__()}"
