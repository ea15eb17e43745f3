"""Rows against each other: what may stand in one row only, and what several rows must say alike."""

from collections.abc import Hashable, Iterable
from typing import Any

from kiosk.register.errors import Findings, shown
from kiosk.register.sheet import Numbered, Row


class Taken:
    """Which keys of a column have a row already."""

    def __init__(self, findings: Findings, column: str, what: str) -> None:
        self._findings = findings
        self._column = column
        self._what = what
        self._rows: dict[Hashable, int] = {}

    def take(self, key: Hashable, row: int) -> bool:
        """Whether the key was free; if not, that is noted."""
        first = self._rows.setdefault(key, row)
        if first != row:
            self._findings.add(row, self._column, expected=f"{self._what} once", got=f"the same as in row {first}")
        return first == row


def unpacked(rows: Iterable[Numbered[Row]]) -> Iterable[tuple[int, Row]]:
    """Each row with its number in front."""
    return ((each.number, each.row) for each in rows)


def agree(columns: tuple[str, ...], first: Numbered[Any], number: int, row: object, findings: Findings) -> None:
    """Note each column in which a row differs from the first one of the same thing."""
    for column in columns:
        here, there = getattr(row, column), getattr(first.row, column)
        if here != there:
            findings.add(number, column, expected=f"{_said(there)} as in row {first.number}", got=_said(here))


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shown("" if value is None else str(value))
