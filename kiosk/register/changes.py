"""What an import would change, row by row, and shows no seal number."""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from kiosk.register.cells import tidied
from kiosk.register.errors import shown
from kiosk.register.kinds import Kind
from kiosk.register.reading import KEYS, OTHER_KEYS, UNSHOWN
from kiosk.register.sheet import Records

_HIDDEN: Final = "(not shown)"


class Change(Struct, frozen=True):
    """One row that is new, gone or otherwise.

    Attributes:
        row: Its row in the office's sheet; of one that is gone, in the stored file.
        what: What becomes of it, for a person.
    """

    row: int
    what: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.what}"


class _Said(Struct, frozen=True):
    row: int
    cells: Mapping[str, str]
    called: str


def changes_between(kind: Kind, before: Records, after: Records) -> list[Change]:
    """What differs, in the order of the new rows; then what is gone.

    Args:
        kind: The kind of sheet.
        before: The records of the stored file, none where there is none.
        after: The records that would be stored.
    """
    old, new = _by_key(kind, before), _by_key(kind, after)
    found: list[Change] = []
    for key, said in new.items():
        was = old.get(key)
        if was is None:
            found.append(Change(said.row, f"new: {said.called}"))
        elif differences := tuple(_differences(was.cells, said.cells)):
            found.append(Change(said.row, f"changed: {said.called}: {'; '.join(differences)}"))
    gone = (Change(said.row, f"gone: {said.called}") for key, said in old.items() if key not in new)
    return [*found, *gone]


def _by_key(kind: Kind, records: Records) -> dict[tuple[str, str], _Said]:
    rows = iter(records)
    header = next(rows, None)
    if header is None:
        return {}
    names = [tidied(cell).lower() for cell in header.row]
    found: dict[tuple[str, str], _Said] = {}
    for each in rows:
        cells = dict(zip(names, map(tidied, each.row), strict=False))
        if any(cells.values()):
            column = KEYS[kind] if cells.get(KEYS[kind]) else OTHER_KEYS.get(kind, KEYS[kind])
            key = cells.get(column, "")
            called = f"{column} {_HIDDEN if column == UNSHOWN else shown(key)}"
            found[column, key] = _Said(each.number, cells, called)
    return found


def _differences(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name, cell in now.items():
        before = was.get(name, "")
        if before != cell:
            told = _HIDDEN if name == UNSHOWN else f"{shown(before)} -> {shown(cell)}"
            yield f"{name} {told}"
