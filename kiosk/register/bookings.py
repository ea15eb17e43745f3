"""Load records from the bookings: which container or package waits for whom, under which seal."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from kiosk.core.errors import BadNumber
from kiosk.core.loads import CollectionWindow, LoadRecord, Mode
from kiosk.core.seals import SealType
from kiosk.core.units import ContainerNumber, PackageNumber, Unit, parse_unit
from kiosk.register import cells
from kiosk.register.errors import Findings, shown
from kiosk.register.repeats import Taken
from kiosk.register.seal_cells import read_seal
from kiosk.register.sheet import Columns, Records, read_rows


class _Booking(NamedTuple):
    load_id: str
    mode: str
    unit: str
    seal_type: str
    seal_number: str
    goods: str
    operator_id: str
    booking: str
    collect_from: datetime | None
    collect_until: datetime | None


class LoadTable(Struct, frozen=True):
    """The loads, and the row of each one, in the same order."""

    loads: tuple[LoadRecord, ...] = ()
    rows: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.loads)


def read_bookings(sheet: Records, seal_types: Mapping[str, SealType], findings: Findings) -> LoadTable | None:
    """Read the load records; None when something was noted.

    Args:
        sheet: The records.
        seal_types: Those that the security plan lists (clause 8.1), by name.
        findings: Where problems are noted. None of them quotes a seal number: the lines reach logs and
            screens, and no one may read there what a seal should say before it is scanned.
    """
    rows = read_rows(sheet, booking_columns(seal_types), findings)
    load_ids = Taken(findings, "load_id", "each load")
    units = Taken(findings, "unit", "each container or package")
    seals = Taken(findings, "seal_number", "each seal")
    loads: list[LoadRecord] = []
    for each in rows:
        row, number = each.row, each.number
        load_ids.take(row.load_id, number)
        mode = Mode(row.mode)
        unit = _unit(mode, row.unit, number, findings)
        if unit is not None:
            units.take(unit, number)
        seal_type = seal_types[row.seal_type]
        seal = read_seal(seal_type, row.seal_number, number, findings)
        if seal is not None:
            seals.take(seal, number)
        collect = _collection(row, number, findings)
        if unit is not None and seal is not None:
            goods, operator_id, booking = row.goods, row.operator_id, row.booking
            loads.append(LoadRecord(row.load_id, mode, unit, seal_type, seal, goods, operator_id, booking, collect))
    if findings.total:
        return None
    return LoadTable(tuple(loads), tuple(each.number for each in rows))


def booking_columns(seal_types: Mapping[str, SealType]) -> Columns[_Booking]:
    """The columns of load records; a seal type is one of those named."""
    return Columns(
        {
            "load_id": cells.identity,
            "mode": cells.one_of(mode.value for mode in Mode),
            "unit": str,
            "seal_type": cells.one_of(seal_types),
            "seal_number": str,
            "goods": cells.text(cells.LONGEST_GOODS),
            "operator_id": cells.identity,
            "booking": cells.text(cells.LONGEST_ID),
            "collect_from": cells.instant_or_none,
            "collect_until": cells.instant_or_none,
        },
        _Booking._make,
        optional=frozenset({"collect_from", "collect_until"}),
    )


def _collection(row: _Booking, number: int, findings: Findings) -> CollectionWindow | None:
    """When a load is to be collected; None where neither end is said. One end alone is no time to come."""
    opens, closes = row.collect_from, row.collect_until
    if opens is None and closes is None:
        return None
    if opens is None or closes is None:
        column = "collect_from" if opens is None else "collect_until"
        findings.add(number, column, expected="both ends of the time to collect, or neither", got="an empty cell")
        return None
    if closes <= opens:
        findings.add(number, "collect_until", expected="a time after collect_from", got="one at or before it")
        return None
    return CollectionWindow(opens, closes)


def _unit(mode: Mode, text: str, row: int, findings: Findings) -> Unit | None:
    try:
        if mode is Mode.SEA:
            return ContainerNumber.parse(text)
        package = PackageNumber.parse(text)
    except BadNumber as bad:
        findings.add(row, "unit", expected=bad.expected, got=bad.got if text else "an empty cell")
        return None
    if _keyed_as_package(text):
        return package
    # A driver who keys it would be asked for a container.
    findings.add(row, "unit", expected="a package number, since mode is air", got=f"a container's: {shown(text)}")
    return None


def _keyed_as_package(text: str) -> bool:
    try:
        return isinstance(parse_unit(text), PackageNumber)
    except BadNumber:
        return False
