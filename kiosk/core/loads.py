"""Load records: what the paperwork says of a container or package that waits for uplift."""

from dataclasses import dataclass, field
from enum import Enum

from kiosk.core.seals import SealNumber, SealType
from kiosk.core.units import Unit


class Mode(Enum):
    """How the goods leave: it decides who may carry them."""

    SEA = "sea"
    AIR = "air"


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """One sealed container or package that waits.

    Attributes:
        load_id: The id that records share.
        mode: Sea or air.
        unit: Container or package number.
        seal_type: The type of seal on it.
        seal_number: The number that the paperwork gives. Kept out of repr, so that no log line shows it.
        goods: What is in it, in words.
        operator_id: Who is booked to uplift it.
        booking: The booking reference.
    """

    load_id: str
    mode: Mode
    unit: Unit
    seal_type: SealType
    seal_number: SealNumber = field(repr=False)
    goods: str
    operator_id: str
    booking: str
