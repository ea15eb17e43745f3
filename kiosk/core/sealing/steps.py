"""What somebody wants to record of a seal or a container; when it was done comes along where that was before."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kiosk.core.seals import SealNumber, SealType, VvttStep
from kiosk.core.units import ContainerNumber, Unit


class How(Enum):
    """How a seal number came in."""

    SCANNED = "scanned"
    KEYED = "keyed"
    RANGE = "range"
    """Counted from the first to the last of a delivery."""
    REGISTER = "register"
    """The office's own register had it before the kiosk did."""


class Receive(Struct, frozen=True):
    """A delivery has arrived (8.7).

    Attributes:
        numbers: Its seal numbers, each once.
        within: All numbers that the delivery's paperwork gives; None where it gives none.
        seal_type: Of all of them.
        batch: What the delivery's paperwork calls it.
        approval: The purchase approval that it names.
        how: How the numbers came in.
        at: When it arrived.
    """

    numbers: tuple[SealNumber, ...]
    within: frozenset[SealNumber] | None
    seal_type: SealType
    batch: str
    approval: str
    how: How
    at: datetime


class Adopt(Struct, frozen=True):
    """Seals lie in store that the office's register knew before the kiosk did (8.6).

    Attributes:
        numbers: Their seal numbers, each once.
        seal_type: Of all of them.
        received: The day on which the register says that they came.
    """

    numbers: tuple[SealNumber, ...]
    seal_type: SealType
    received: datetime


class Apply(Struct, frozen=True):
    """A seal was put on a closed container or package (8.13, 8.18)."""

    number: SealNumber
    unit: Unit
    booking: str
    how: How
    at: datetime


class SecondCheck(Struct, frozen=True):
    """Somebody else compares the applied seal with the paperwork (8.14).

    Attributes:
        number: The number on the seal.
        unit: The container or package that it hangs on.
        paperwork: The number that the load paperwork gives.
        how: How the seal's number came in.
    """

    number: SealNumber
    unit: Unit
    paperwork: str
    how: How


class StoredCheck(Struct, frozen=True):
    """A stored, sealed container's seal is checked by VVTT (6.11, 8.15).

    Attributes:
        number: The number on the seal.
        unit: The container or package that it hangs on.
        bad: The steps that found something wrong; all others of the seal's type were good.
        how: How the seal's number came in.
    """

    number: SealNumber
    unit: Unit
    bad: frozenset[VvttStep]
    how: How


class Condition(Enum):
    """Why a seal is replaced."""

    DAMAGED = "damaged"
    BROKEN = "broken"


class Replace(Struct, frozen=True):
    """A seal is damaged or broken (8.10).

    Attributes:
        number: The old one.
        condition: What is wrong with it.
        by: The new one; None where the old one was not on anything.
        how: How the new one's number came in.
        at: When it was put on.
    """

    number: SealNumber
    condition: Condition
    by: SealNumber | None
    how: How
    at: datetime


class Stocktake(Struct, frozen=True):
    """The seals in store were counted (8.11).

    Attributes:
        counted: What lies there.
        damaged: Those of them that are damaged.
        how: How the numbers came in.
    """

    counted: frozenset[SealNumber]
    damaged: frozenset[SealNumber]
    how: How


class Fate(Enum):
    """What Customs must hear of (8.12)."""

    LOST = "lost"
    TAMPERED = "tampered"


class Incident(Struct, frozen=True):
    """A seal is lost, or was tampered with (8.12)."""

    number: SealNumber
    fate: Fate
    note: str


class Point(Enum):
    """What is looked at before a container is loaded (6.6)."""

    FRONT_WALL = "front wall"
    LEFT_SIDE = "left side"
    RIGHT_SIDE = "right side"
    FLOOR = "floor"
    CEILING = "ceiling or roof"
    DOORS = "inside and outside of the doors"
    UNDERCARRIAGE = "outside and undercarriage"
    MOTOR = "motor area"
    """Of refrigerated containers only."""


class Checker(Enum):
    """Who looked at a point: the rail operator may have checked the undercarriage."""

    STAFF = "staff"
    DRIVER = "driver"
    RAIL = "rail"


class Inspect(Struct, frozen=True):
    """A container was inspected before loading (6.6).

    Attributes:
        unit: Which container.
        reefer: Whether it is refrigerated: then the motor area is the eighth point.
        bad: The points where something was found.
        by_driver: The points that the driver looked at.
        by_rail: Whether the rail operator checked the undercarriage.
        driver_id: The driver; empty where none took part.
        driver_name: Likewise.
        driver_acknowledged: How he acknowledged his part, in the words of who records it; empty where he did not.
        findings: What was found, in words; empty where nothing was.
    """

    unit: ContainerNumber
    reefer: bool
    bad: frozenset[Point]
    by_driver: frozenset[Point]
    by_rail: bool
    driver_id: str
    driver_name: str
    driver_acknowledged: str
    findings: str


Step = Receive | Adopt | Apply | SecondCheck | StoredCheck | Replace | Stocktake | Incident | Inspect
