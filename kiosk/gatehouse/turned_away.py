"""Attempts that were not looked at, since there were too many: counted, and told in one entry a minute."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.effects import Json
from kiosk.core.times import Moment
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import ToRecord

TOLD_EVERY_S: Final = 60.0
"""Seconds from the first that is not told to the entry: a guesser leaves one a minute, whatever the rate."""

MOST_PLACES: Final = 8
"""Places that an entry names."""


class _Count(Struct, frozen=True):
    """What is not told yet."""

    since: Moment
    count: int
    places: tuple[str, ...]


class TurnedAway:
    """Counts what is to be told."""

    def __init__(self) -> None:
        self._untold: _Count | None = None

    def add(self, where: str, at: Moment) -> None:
        """One more, at a place."""
        before = self._untold or _Count(at, 0, ())
        places = before.places
        if where not in places and len(places) < MOST_PLACES:
            places = (*places, where)
        self._untold = replace(before, count=before.count + 1, places=places)

    def due(self, at: Moment) -> tuple[ToRecord, ...]:
        """The entry about them, once it is time."""
        untold = self._untold
        return self.rest(at) if untold is not None and at.monotonic >= untold.since.monotonic + TOLD_EVERY_S else ()

    def rest(self, at: Moment) -> tuple[ToRecord, ...]:
        """The entry about them, though it is not time yet."""
        untold, self._untold = self._untold, None
        if untold is None:
            return ()
        body: dict[str, Json] = {
            "count": untold.count,
            "since": untold.since.utc.isoformat(timespec="milliseconds"),
            "until": at.utc.isoformat(timespec="milliseconds"),
            "places": list[Json](untold.places),
        }
        return (ToRecord(GatehouseKind.LOGONS_REFUSED.value, body),)
