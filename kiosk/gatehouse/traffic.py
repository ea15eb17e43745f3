"""How busy the gate was: uplifts by hour of the last day, and how many were verified since midnight."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from itertools import takewhile
from typing import Any, Final

from kiosk.core.effects import EntryKind, Json
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Recorded

HOURS: Final = 24
_DAY: Final = timedelta(hours=25)
"""What is kept: a day and the hour that is under way; the longest local day, too."""

VERIFIED: Final = GatehouseKind.UPLIFT_VERIFIED.value


class TrafficBook:
    """Folds entries into when trucks left, and when uplifts were verified. It holds a day."""

    def __init__(self) -> None:
        self._uplifts: deque[datetime] = deque()
        self._verified: deque[datetime] = deque()

    def apply(self, entry: Recorded) -> None:
        """Take the next entry."""
        if entry.kind == EntryKind.UPLIFT.value:
            self._note(self._uplifts, entry.at.utc, 1)
        elif entry.kind == VERIFIED:
            self._note(self._verified, entry.at.utc, len(entry.body.get("uplifts", (None,))))

    def _note(self, times: deque[datetime], at: datetime, how_many: int) -> None:
        times.extend([at] * how_many)
        while times and at - times[0] > _DAY:
            times.popleft()

    def by_hour(self, now: datetime) -> tuple[int, ...]:
        """Uplifts in each of the last 24 hours, the oldest first; the last one is the hour that ends now."""
        counts = [0] * HOURS
        for at in self._uplifts:
            ago = int((now - at) / timedelta(hours=1))
            if 0 <= ago < HOURS:
                counts[HOURS - 1 - ago] += 1
        return tuple(counts)

    def verified_today(self, now: datetime, zone: tzinfo) -> int:
        """How many were verified since local midnight."""
        today = now.astimezone(zone).date()
        return len(list(takewhile(lambda at: at.astimezone(zone).date() == today, reversed(self._verified))))

    def statement(self) -> Json:
        """What it holds, to be said again."""
        return {"uplifts": _texts(self._uplifts), "verified": _texts(self._verified)}

    @classmethod
    def from_json(cls, said: Any) -> "TrafficBook":  # noqa: ANN401 - JSON
        """Reads what `statement` gives."""
        book = cls()
        book._uplifts.extend(map(datetime.fromisoformat, (said or {}).get("uplifts", ())))
        book._verified.extend(map(datetime.fromisoformat, (said or {}).get("verified", ())))
        return book


def _texts(times: Iterable[datetime]) -> list[Json]:
    return [at.isoformat() for at in times]
