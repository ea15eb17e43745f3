"""Drivers and staff, and the cards that they hold."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple, TypeVar

from msgspec import Struct, field

from kiosk.core.cards import Card, Credential
from kiosk.core.parties import Driver, StaffMember
from kiosk.register import cells
from kiosk.register.errors import Findings
from kiosk.register.repeats import Taken, agree, unpacked
from kiosk.register.sheet import Columns, Numbered, Records, read_rows


class _DriverRow(NamedTuple):
    holder_id: str
    name: str
    operator_id: str
    inducted_until: date
    after_hours: bool
    card_number: str
    card: Credential
    card_valid_until: date
    card_revoked: bool


class _StaffRow(NamedTuple):
    holder_id: str
    name: str
    card_number: str
    card: Credential
    card_valid_until: date
    card_revoked: bool


_CARD_COLUMNS: Mapping[str, cells.CellReader] = {
    "card_number": cells.identity,
    "card": cells.credential,
    "card_valid_until": cells.day,
    "card_revoked": cells.yes_no,
}
DRIVERS: Final = Columns(
    {
        "driver_id": cells.identity,
        "name": cells.text(cells.LONGEST_NAME),
        "operator_id": cells.identity,
        "inducted_until": cells.day,
        "after_hours": cells.yes_no,
        **_CARD_COLUMNS,
    },
    _DriverRow._make,
)
STAFF: Final = Columns(
    {"staff_id": cells.identity, "name": cells.text(cells.LONGEST_NAME), **_CARD_COLUMNS}, _StaffRow._make
)


class CardRow(Struct, frozen=True):
    """A card and the row that it stands in."""

    card: Card
    row: int


class DriverTable(Struct, frozen=True):
    """Drivers, each with the first row that it stands in, and their cards."""

    drivers: Mapping[str, Driver] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    cards: tuple[CardRow, ...] = ()

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.cards)


class StaffTable(Struct, frozen=True):
    """The site's staff, each with the first row that it stands in, and their cards."""

    staff: Mapping[str, StaffMember] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    cards: tuple[CardRow, ...] = ()

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.cards)


def read_drivers(sheet: Records, findings: Findings) -> DriverTable | None:
    """Read drivers and their cards; None when something was noted."""
    rows = read_rows(sheet, DRIVERS, findings)
    holders = _holders(rows, ("name", "operator_id", "inducted_until", "after_hours"), findings)
    cards = _cards(rows, findings)
    if findings.total:
        return None
    drivers = {each.row.holder_id: Driver(*each.row[:5]) for each in holders.values()}
    return DriverTable(drivers, {key: each.number for key, each in holders.items()}, cards)


def read_staff(sheet: Records, findings: Findings) -> StaffTable | None:
    """Read staff and their cards; None when something was noted."""
    rows = read_rows(sheet, STAFF, findings)
    holders = _holders(rows, ("name",), findings)
    cards = _cards(rows, findings)
    if findings.total:
        return None
    staff = {each.row.holder_id: StaffMember(*each.row[:2]) for each in holders.values()}
    return StaffTable(staff, {key: each.number for key, each in holders.items()}, cards)


_Holder = TypeVar("_Holder", _DriverRow, _StaffRow)


def _holders(rows: list[Numbered[_Holder]], alike: tuple[str, ...], findings: Findings) -> dict[str, Numbered[_Holder]]:
    """The first row of each person. A person's further rows (one for each card) must say the same."""
    first: dict[str, Numbered[_Holder]] = {}
    for each in rows:
        agree(alike, first.setdefault(each.row.holder_id, each), each.number, each.row, findings)
    return first


def _cards(rows: list[Numbered[_Holder]], findings: Findings) -> tuple[CardRow, ...]:
    numbers = Taken(findings, "card_number", "each card number")
    credentials = Taken(findings, "card", "each card")
    for number, row in unpacked(rows):
        numbers.take(row.card_number, number)
        credentials.take(row.card, number)
    return tuple(
        CardRow(Card(row.card_number, row.card, row.holder_id, row.card_valid_until, row.card_revoked), number)
        for number, row in unpacked(rows)
    )
