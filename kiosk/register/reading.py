"""Each kind of sheet: its columns, what its rows become, and what tells two of its rows apart."""

from collections.abc import Mapping
from typing import Any, Final

from kiosk.core.seals import SealType
from kiosk.register.bookings import LoadTable, booking_columns, read_bookings
from kiosk.register.errors import Findings
from kiosk.register.kinds import Kind
from kiosk.register.operators import APPROVED, RACAS, ApprovedListTable, RacaTable, read_approved_list, read_racas
from kiosk.register.people import DRIVERS, STAFF, DriverTable, StaffTable, read_drivers, read_staff
from kiosk.register.seals import SealTable, read_register, seal_columns
from kiosk.register.sheet import Columns, Records

Table = ApprovedListTable | RacaTable | DriverTable | StaffTable | LoadTable | SealTable

KEYS: Final[Mapping[Kind, str]] = {
    Kind.APPROVED_LIST: "operator_id",
    Kind.RACAS: "operator_id",
    Kind.DRIVERS: "card_number",
    Kind.STAFF: "card_number",
    Kind.BOOKINGS: "load_id",
    Kind.REGISTER: "seal_number",
}
"""The column that no two rows of a good sheet share."""

OTHER_KEYS: Final[Mapping[Kind, str]] = {Kind.DRIVERS: "driver_id", Kind.STAFF: "staff_id"}
"""The column that tells rows apart in which that one is empty: somebody who has no card."""

UNSHOWN: Final = "seal_number"
"""The column whose cells are never shown: no one may read there what a seal should say before it is scanned."""


def columns_of(kind: Kind, seal_types: Mapping[str, SealType]) -> Columns[Any]:
    """The columns of a kind of sheet."""
    match kind:
        case Kind.APPROVED_LIST:
            return APPROVED
        case Kind.RACAS:
            return RACAS
        case Kind.DRIVERS:
            return DRIVERS
        case Kind.STAFF:
            return STAFF
        case Kind.BOOKINGS:
            return booking_columns(seal_types)
        case Kind.REGISTER:
            return seal_columns(seal_types)


def read_table(kind: Kind, sheet: Records, seal_types: Mapping[str, SealType], findings: Findings) -> Table | None:
    """What a sheet says; None when something is wrong with it, which is noted."""
    match kind:
        case Kind.APPROVED_LIST:
            return read_approved_list(sheet, findings)
        case Kind.RACAS:
            return read_racas(sheet, findings)
        case Kind.DRIVERS:
            return read_drivers(sheet, findings)
        case Kind.STAFF:
            return read_staff(sheet, findings)
        case Kind.BOOKINGS:
            return read_bookings(sheet, seal_types, findings)
        case Kind.REGISTER:
            return read_register(sheet, seal_types, findings)
