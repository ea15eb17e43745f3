"""Which containers were inspected before loading (6.6): an inspection counts until the container has left."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from kiosk.core.errors import BadNumber
from kiosk.core.units import ContainerNumber, parse_unit

INSPECTION: Final = "container-inspection"
"""Kind of the entry of an inspection before loading."""


NOT_INSPECTED: Final = "sealed without an inspection before loading (6.6)"
"""What is said of a container whose seal went on without one."""


def lacks_inspection(body: Mapping[str, Any]) -> bool:
    """Whether an entry of an applied seal is of a container that nobody was recorded to have inspected."""
    try:
        return body["inspection"] is None and isinstance(parse_unit(body["unit"]), ContainerNumber)
    except BadNumber:
        return False


class Inspection(Struct, frozen=True):
    """An inspection: the number of its entry, and whether nothing was found."""

    entry: int
    good: bool


class Inspections:
    """Folds entries into the inspections that still count. Takes entries of every kind, in the ledger's order."""

    def __init__(self) -> None:
        self._newest: dict[str, Inspection] = {}

    def take(self, kind: str, body: Mapping[str, Any], seq: int) -> None:
        """Take one entry, with its number."""
        if kind == INSPECTION:
            self._newest[body["unit"]] = Inspection(seq, body["good"])
        elif kind == "uplift":
            for check in body["uplifts"]:
                self._newest.pop(check["unit"], None)

    def of(self, unit: str) -> Inspection | None:
        """The newest inspection of a container since it last left; None where there is none."""
        return self._newest.get(unit)
