"""A small site for the core's tests: one of everything, with true check digits."""

import re
from datetime import UTC, date, datetime, time, timedelta

from msgspec.structs import replace

from kiosk.core.cards import Card, CardProof, CardTechnology, Credential, Means
from kiosk.core.loads import CollectionWindow, LoadRecord, Mode
from kiosk.core.parties import ApprovedList, Driver, Raca, StaffMember, TransportOperator
from kiosk.core.plan import AccessWindow, SecurityPlan
from kiosk.core.records import Records
from kiosk.core.seals import SealForm, SealNumber, SealType, Symbology, Tidying
from kiosk.core.times import ClockState, Moment
from kiosk.core.units import ContainerNumber, PackageNumber, Unit

NOON = datetime(2026, 11, 18, 0, 0, tzinfo=UTC)
"""A Wednesday; the sample plan's site keeps UTC."""


def at(seconds: float = 0.0, *, day: datetime = NOON) -> Moment:
    return Moment(day + timedelta(seconds=seconds), 1000.0 + seconds, ClockState.SYNCHRONISED, "boot-1")


def seal_type(form: SealForm, *, barcode: bool = True, gs1: str | None = None, identify: bool = False) -> SealType:
    return SealType(
        name=f"SES {form.value}",
        form=form,
        pattern=re.compile(r"NZ[0-9]{6}"),
        tidying=frozenset({Tidying.UPPER_CASE, Tidying.DROP_SPACES}),
        symbologies=frozenset({Symbology.CODE_128, Symbology.GS1_128}) if barcode else frozenset(),
        scanner_must_identify=identify,
        gs1_element=gs1,
    )


BOLT = seal_type(SealForm.BOLT)
CABLE = seal_type(SealForm.CABLE)
STICKER = seal_type(SealForm.STICKER)


def load(load_id: str, unit: Unit, kind: SealType, seal: str, operator: str, mode: Mode = Mode.SEA) -> LoadRecord:
    return LoadRecord(load_id, mode, unit, kind, SealNumber(seal), "apples", operator, f"B-{load_id}")


BOLTED = load("L1", ContainerNumber("CSQU3054383"), BOLT, "NZ100001", "harbour")
CABLED = load("L2", ContainerNumber("TASU1170000"), CABLE, "NZ100002", "harbour")
OTHERS = load("L3", ContainerNumber("MSCU6639870"), CABLE, "NZ100003", "coastal")
FLOWN = load("L4", PackageNumber("ULD-7701"), STICKER, "NZ100004", "skyfreight", Mode.AIR)
HARBOUR_AIR = load("L5", PackageNumber("ULD-7702"), STICKER, "NZ100005", "harbour", Mode.AIR)
SKY_SEA = load("L6", ContainerNumber("TEMU2154119"), BOLT, "NZ100006", "skyfreight")


def credential(number: int) -> Credential:
    return Credential(CardTechnology.TYPE_2, bytes([4, 0, 0, 0, 0, 0, number]))


def card(number: int, holder: str, *, until: date = date(2027, 12, 31), revoked: bool = False) -> Card:
    return Card(f"C{number:03}", credential(number), holder, until, revoked)


INDUCTED = date(2027, 6, 30)
DRIVERS = (
    Driver("aroha", "Aroha Ngata", "harbour", INDUCTED, after_hours=True),
    Driver("ben", "Ben Lowe", "harbour", INDUCTED, after_hours=False),
    Driver("carl", "Carl Ruiz", "unlisted", INDUCTED, after_hours=False),
    Driver("dina", "Dina Moss", "skyfreight", INDUCTED, after_hours=False),
    Driver("eru", "Eru Pita", "harbour", date(2026, 1, 1), after_hours=False),
    Driver("fay", "Fay Chen", "ghost", INDUCTED, after_hours=False),
    Driver("gil", "Gil Hart", "lapsed", INDUCTED, after_hours=False),
)
CARDS = (
    card(1, "aroha"),
    card(2, "ben"),
    card(3, "carl"),
    card(4, "dina"),
    card(5, "eru"),
    card(6, "fay"),
    card(7, "gil"),
    card(8, "nobody"),
    card(9, "staff-1"),
    card(10, "aroha", until=date(2026, 1, 1)),
    card(11, "ben", revoked=True),
)
OPERATORS = (
    TransportOperator("harbour", "Harbour Haulage", None),
    TransportOperator("coastal", "Coastal Lines", None),
    TransportOperator("unlisted", "Unlisted Trucks", None),
    TransportOperator("skyfreight", "Sky Freight", Raca("RACA-77", date(2027, 3, 31))),
    TransportOperator("lapsed", "Lapsed Air", Raca("RACA-12", date(2026, 3, 31))),
)
LISTS = (
    ApprovedList("2026-2", date(2026, 6, 1), date(2026, 7, 1), None, frozenset({"harbour", "coastal"})),
    ApprovedList("2026-1", date(2026, 1, 1), date(2026, 1, 1), date(2026, 6, 30), frozenset({"unlisted"})),
)
STAFF = (StaffMember("staff-1", "Gate Office"),)
LOADS = (BOLTED, CABLED, OTHERS, FLOWN, HARBOUR_AIR, SKY_SEA)
RECORDS = Records(
    cards=CARDS, drivers=DRIVERS, staff=STAFF, operators=OPERATORS, approved_lists=LISTS, loads=LOADS
)  # fmt: skip


def records_with(**changes: object) -> Records:
    """The sample records with some of them otherwise."""
    every = {
        "cards": CARDS, "drivers": DRIVERS, "operators": OPERATORS, "approved_lists": LISTS, "staff": STAFF,
        "loads": LOADS,
    }  # fmt: skip
    return Records(**(every | changes))  # type: ignore[arg-type]


ALL_DAY = AccessWindow(frozenset(range(7)), time(0), time(0), attended=True)
PLAN = SecurityPlan("SLS001", "Test Yard", UTC, (ALL_DAY,))

# --- while nobody is on duty ------------------------------------------------------------------------

NOBODY_THERE = replace(ALL_DAY, attended=False)
UNATTENDED = replace(PLAN, windows=(NOBODY_THERE,))
PROVEN = CardProof(Means.CHALLENGE)
TONIGHT = CollectionWindow(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
TOMORROW = CollectionWindow(NOON + timedelta(days=1), NOON + timedelta(days=2))
BOOKED = records_with(
    loads=(replace(BOLTED, collect=TONIGHT), replace(CABLED, collect=TOMORROW), *LOADS[2:]),
    drivers=tuple(replace(driver, after_hours=driver.driver_id in {"aroha", "dina"}) for driver in DRIVERS),
)
"""L1 is booked for now, L2 for tomorrow, the others for no time."""


def signed_on(staff_id: str = "staff-1") -> dict[str, str]:
    return {"staff": staff_id, "name": "Gate Office", "how": "command"}
