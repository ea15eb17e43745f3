"""Drivers and staff who get their cards at the site have rows without one (clause 1.8)."""

import pytest

from kiosk.register.errors import ImportRefused
from kiosk.register.kinds import Kind
from tests.register.sheets import ROWS, SEAL_TYPES, WIDEST, Office, csv_text

NO_CARD = {"card_number": "", "card": "", "card_valid_until": "", "card_revoked": ""}


def without_card(kind: Kind, *places: int, **other: str) -> str:
    """A good sheet in which some rows have no card."""
    rows = [{**row, **NO_CARD, **other} if at in places else row for at, row in enumerate(ROWS[kind])]
    return csv_text(rows, WIDEST[kind])


@pytest.mark.parametrize("kind", [Kind.DRIVERS, Kind.STAFF])
def test_people_without_cards_are_known_and_have_none(office: Office, kind: Kind) -> None:
    office.bring_all()
    report = office.bring_sheet(kind, without_card(kind, *range(len(ROWS[kind]))), seal_types=SEAL_TYPES)
    assert report.rows == len(ROWS[kind])
    records = office.store.load(SEAL_TYPES).records
    people = {row["driver_id" if kind is Kind.DRIVERS else "staff_id"] for row in ROWS[kind]}
    found = records.drivers() if kind is Kind.DRIVERS else records.staff()
    assert {getattr(each, "driver_id", getattr(each, "staff_id", "")) for each in found} == people
    assert not [card for card in records.cards() if card.holder_id in people]


@pytest.mark.parametrize("column", list(NO_CARD))
def test_half_a_card_is_refused_by_row_and_column(office: Office, column: str) -> None:
    whole = {**ROWS[Kind.DRIVERS][0]}
    said = {column: whole[column] or "no"}
    with pytest.raises(ImportRefused) as refused:
        office.bring_sheet(Kind.DRIVERS, without_card(Kind.DRIVERS, 0, **said), seal_types=SEAL_TYPES)
    (line,) = refused.value.lines
    empty = next(name for name in NO_CARD if name != column)
    assert f"row 2, column {empty}: expected all four cells of a card, or none of them" in line


def test_a_dry_run_tells_people_without_cards_apart(office: Office) -> None:
    office.bring_all()
    sheet = without_card(Kind.DRIVERS, 0, 2)
    told = office.bring_sheet(Kind.DRIVERS, sheet, dry_run=True, seal_types=SEAL_TYPES).changes
    first, last = (ROWS[Kind.DRIVERS][at] for at in (0, 2))
    assert [str(change) for change in told] == [
        f"row 2: new: driver_id {first['driver_id']!r}",
        f"row 4: new: driver_id {last['driver_id']!r}",
        f"row 2: gone: card_number {first['card_number']!r}",
        f"row 4: gone: card_number {last['card_number']!r}",
    ]
