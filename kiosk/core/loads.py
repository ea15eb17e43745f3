"""Load records: what the paperwork says of a container or package that waits for uplift."""

from datetime import datetime, tzinfo
from enum import Enum
from typing import Any

from msgspec import Struct

from kiosk.core.seals import SealNumber, SealType
from kiosk.core.times import Moment, utc_text
from kiosk.core.units import Unit


class Mode(Enum):
    """How the goods leave: it decides who may carry them."""

    SEA = "sea"
    AIR = "air"


class CollectionWindow(Struct, frozen=True):
    """When a load is booked to be collected; while nobody is on duty it goes then or not at all (clause 5.3).

    Attributes:
        opens: Its beginning, aware, included.
        closes: Its end, aware, not included.
    """

    opens: datetime
    closes: datetime

    def covers(self, at: Moment) -> bool:
        """Whether a moment lies inside."""
        return self.opens <= at.utc < self.closes

    def to_json(self) -> dict[str, str]:
        """As the entries of a visit say it."""
        return {"from": utc_text(self.opens), "until": utc_text(self.closes)}

    def said(self, zone: tzinfo) -> str:
        """For a person, by a site's own time."""
        ends = (each.astimezone(zone) for each in (self.opens, self.closes))
        return " to ".join(f"{end:%Y-%m-%d %H:%M}" for end in ends)


class LoadRecord(Struct, frozen=True):
    """One sealed container or package that waits.

    Attributes:
        load_id: The id that records share.
        mode: Sea or air.
        unit: Container or package number.
        seal_type: The type of seal on it.
        seal_number: The number that the paperwork gives. Kept out of repr, so that no log line or trace shows it.
        goods: What is in it, in words.
        operator_id: Who is booked to uplift it.
        booking: The booking reference.
        collect: When it is booked to be collected; None where the booking does not say.
    """

    load_id: str
    mode: Mode
    unit: Unit
    seal_type: SealType
    seal_number: SealNumber
    goods: str
    operator_id: str
    booking: str
    collect: CollectionWindow | None = None

    def __repr__(self) -> str:
        return f"LoadRecord({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What traces show of it."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name != "seal_number"]
