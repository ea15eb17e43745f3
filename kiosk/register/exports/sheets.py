"""The sheets of an export: which there are, and their columns.

A row is a tuple with a value for each column of its sheet, as `Kind` says; None where there is nothing to say.
"""

from datetime import datetime
from enum import Enum
from typing import Final, Protocol

from msgspec import Struct

Value = str | int | datetime | None
"""A cell's value. A moment is in site time, with its zone."""

Row = tuple[Value, ...]


class Kind(Enum):
    """What the values of a column are."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"


class Column(Struct, frozen=True):
    """A column.

    Attributes:
        title: What stands over it.
        width: How wide it is shown, in characters.
        kind: What its values are.
    """

    title: str
    width: int
    kind: Kind = Kind.TEXT


class Sheet(Struct, frozen=True):
    """A sheet.

    Attributes:
        name: Its name, and its file's.
        columns: Its columns, from the left.
    """

    name: str
    columns: tuple[Column, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """What stands over the columns."""
        return tuple(column.title for column in self.columns)


class Sink(Protocol):
    """Takes the rows of all sheets: the file or files that an export is written to."""

    def write(self, sheet: Sheet, row: Row) -> None:
        """Take the next row of a sheet; rows of several sheets may come by turns."""


def _moment(title: str) -> Column:
    return Column(title, 20, Kind.MOMENT)


def _number(title: str) -> Column:
    return Column(title, 14, Kind.NUMBER)


REGISTER: Final = Sheet(
    "register",
    (
        # What clause 8.6 of the Secure Site Minimum Standards asks of a seal register, in its order.
        Column("Seal number", 18),
        _moment("Date received"),
        _moment("Date applied"),
        Column("Container number", 17),
        Column("Applied by", 22),
        Column("State", 19),
        Column("Seal type", 14),
        Column("Batch", 14),
        Column("Purchase approval", 18),
        Column("Received by", 22),
        Column("How received", 13),
        Column("How applied", 13),
        Column("Booking", 14),
        Column("Checked by", 22),
        _moment("Date checked"),
        _number("Stored checks"),
        _moment("Last stored check"),
        Column("Replaces", 18),
        Column("Replaced by", 18),
        _moment("Date uplifted"),
        Column("Driver", 22),
        Column("Operator", 30),
        _number("Uplift entry"),
        Column("Remarks", 60),
        _number("Last entry"),
    ),
)
"""One row a seal, in the order in which the ledger first names them. An air package stands where a container does."""

UPLIFTS: Final = Sheet(
    "uplifts",
    (
        _number("Entry"),
        _moment("Date uplifted"),
        Column("Container number", 17),
        Column("Seal number", 18),
        Column("Seal type", 14),
        Column("Mode", 7),
        Column("Booking", 14),
        Column("Driver", 22),
        Column("Driver id", 11),
        Column("Operator", 30),
        Column("View", 15),
        Column("Verify", 15),
        Column("Tug", 15),
        Column("Twist", 15),
        Column("Number given", 13),
        Column("Package check", 30),
        Column("Approved list", 14),
        Column("RACA", 14),
        Column("Attended", 10),
        Column("On duty", 14),
        Column("Verification", 12),
        _moment("Collect from"),
        _moment("Collect until"),
        Column("Visit", 30),
        Column("Load", 14),
        Column("Digest", 66),
    ),
)
"""One row for each container or package of an uplift (clauses 5.3, 7.4, 8.15, 8.17)."""

INCIDENTS: Final = Sheet(
    "incidents",
    (
        _number("Entry"),
        _moment("Date"),
        Column("Kind", 21),
        Column("What", 26),
        Column("Clause", 8),
        Column("Container number", 17),
        Column("Seal number", 18),
        Column("Driver", 22),
        Column("Operator", 30),
        Column("Staff", 22),
        Column("Detail", 60),
        Column("Visit", 30),
        Column("Digest", 66),
    ),
)
"""One row for each entry of something that went otherwise: stops, releases, discrepancies, incidents."""

SHEETS: Final = (REGISTER, UPLIFTS, INCIDENTS)
