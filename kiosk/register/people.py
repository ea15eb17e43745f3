"""Drivers and staff, and the cards that they hold. Who gets a card at the site, or has none, has a row without one."""

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
    card_number: str | None
    card: Credential | None
    card_valid_until: date | None
    card_revoked: bool | None


class _StaffRow(NamedTuple):
    holder_id: str
    name: str
    card_number: str | None
    card: Credential | None
    card_valid_until: date | None
    card_revoked: bool | None


_CARD_COLUMNS: Mapping[str, cells.CellReader] = {
    "card_number": cells.identity_or_none,
    "card": cells.credential_or_none,
    "card_valid_until": cells.day_or_none,
    "card_revoked": cells.yes_no_or_none,
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
    count: int = 0

    @property
    def size(self) -> int:
        """Rows."""
        return self.count


class StaffTable(Struct, frozen=True):
    """The site's staff, each with the first row that it stands in, and their cards."""

    staff: Mapping[str, StaffMember] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    cards: tuple[CardRow, ...] = ()
    count: int = 0

    @property
    def size(self) -> int:
        """Rows."""
        return self.count


def read_drivers(sheet: Records, findings: Findings) -> DriverTable | None:
    """Read drivers and their cards; None when something was noted."""
    rows = read_rows(sheet, DRIVERS, findings)
    holders = _holders(rows, ("name", "operator_id", "inducted_until", "after_hours"), findings)
    cards = _cards(rows, findings)
    if findings.total:
        return None
    drivers = {each.row.holder_id: Driver(*each.row[:5]) for each in holders.values()}
    return DriverTable(drivers, {key: each.number for key, each in holders.items()}, cards, len(rows))


def read_staff(sheet: Records, findings: Findings) -> StaffTable | None:
    """Read staff and their cards; None when something was noted."""
    rows = read_rows(sheet, STAFF, findings)
    holders = _holders(rows, ("name",), findings)
    cards = _cards(rows, findings)
    if findings.total:
        return None
    staff = {each.row.holder_id: StaffMember(*each.row[:2]) for each in holders.values()}
    return StaffTable(staff, {key: each.number for key, each in holders.items()}, cards, len(rows))


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
    cards = []
    for number, row in unpacked(rows):
        card = _card(row, number, findings)
        if card is not None:
            numbers.take(card.number, number)
            credentials.take(card.credential, number)
            cards.append(CardRow(card, number))
    return tuple(cards)


def _card(row: _Holder, number: int, findings: Findings) -> Card | None:
    """The card of a row; None when it has none, which all of its cells must say."""
    said = {"card_number": row.card_number, "card": row.card, "card_valid_until": row.card_valid_until}
    if row.card_number and row.card and row.card_valid_until and row.card_revoked is not None:
        return Card(row.card_number, row.card, row.holder_id, row.card_valid_until, row.card_revoked)
    empty = [name for name, value in (said | {"card_revoked": row.card_revoked}).items() if value is None]
    if len(empty) < len(_CARD_COLUMNS):
        wanted = "all four cells of a card, or none of them for somebody who has no card"
        findings.add(number, empty[0], expected=wanted, got="an empty cell")
    return None
