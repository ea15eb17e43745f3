"""Where a sheet's columns stand: its header may lie below a title, and be two rows with merged cells."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct

from kiosk.register.errors import Findings, shown
from kiosk.register.grid import Cell, GridRow

LOOKED_AT: Final = 20
"""Rows at the top of a sheet that may be titles and notes."""


class Header(Struct, frozen=True):
    """A header that was found.

    Attributes:
        row: Its last row, as the spreadsheet numbers it.
        below: At which of the rows that were looked at the sheet's data begins.
        places: Where each wanted column stands that is there, by our names.
        names: What stands above each column, for a person.
    """

    row: int
    below: int
    places: Mapping[str, int]
    names: tuple[str, ...]


class _Candidate(Struct, frozen=True):
    """One row, or two, that may be the header: what each column may be called, the plainest name first."""

    last: int
    called: tuple[tuple[str, ...], ...]

    def places_of(self, wanted: str) -> list[int]:
        name = spoken(wanted)
        return [place for place, names in enumerate(self.called) if name in names]


def find_header(
    rows: Sequence[GridRow], wanted: Mapping[str, str], optional: Collection[str], findings: Findings
) -> Header | None:
    """The header; None when there is none, which is noted of the row that comes nearest.

    Args:
        rows: The sheet's rows.
        wanted: What each column is called, by our names.
        optional: Which of them may be missing, by our names.
        findings: Where problems are noted.
    """
    best, best_places = None, dict[str, list[int]]()
    for candidate in _candidates(rows):
        places = {name: candidate.places_of(called) for name, called in wanted.items()}
        if all(len(found) == 1 or (not found and name in optional) for name, found in places.items()):
            names = tuple(each[0] if each else "" for each in candidate.called)
            single = {name: found[0] for name, found in places.items() if found}
            return Header(rows[candidate.last].number, candidate.last + 1, single, names)
        if best is None or sum(map(bool, places.values())) > sum(map(bool, best_places.values())):
            best, best_places = candidate, places
    row = rows[best.last].number if best is not None else None
    for name, called in wanted.items():
        found = best_places.get(name, [])
        if len(found) > 1:
            findings.add(row, name, expected="the column once", got="it twice")
        elif not found and name not in optional:
            got = "none of that name" if called == name else f"none that the sheet calls {shown(called)}"
            findings.add(row, name, expected="the column", got=got)
    return None


def spoken(cell: Cell) -> str:
    """A header's cell as it is compared: without case, and with single spaces."""
    return " ".join(cell.split()).casefold() if isinstance(cell, str) else ""


def _candidates(rows: Sequence[GridRow]) -> list[_Candidate]:
    found: list[_Candidate] = []
    top = rows[:LOOKED_AT]
    for at, row in enumerate(top):
        plain = [spoken(cell) for cell in row.cells[: row.width]]
        found.append(_Candidate(at, tuple((name,) if name else () for name in plain)))
        if at + 1 < len(top):
            found.append(_Candidate(at + 1, _of_two(plain, top[at + 1])))
    return found


def _of_two(above: Sequence[str], row: GridRow) -> tuple[tuple[str, ...], ...]:
    """The names of a header of two rows. A cell merged over columns stands in the first of them, and counts for all."""
    below = [spoken(cell) for cell in row.cells[: row.width]]
    names: list[tuple[str, ...]] = []
    group = ""
    for place in range(max(len(above), len(below))):
        over = above[place] if place < len(above) else ""
        under = below[place] if place < len(below) else ""
        group = over or group
        either = (under, f"{group} {under}") if under and group else (under or over,)
        names.append(tuple(name for name in either if name))
    return tuple(names)
