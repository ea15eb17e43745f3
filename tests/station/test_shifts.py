from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from kiosk.station.shifts import last_end

NZ = ZoneInfo("Pacific/Auckland")
ENDS = (time(6), time(18))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NZ)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-07-01 06:00", "2026-07-01 06:00"),
        ("2026-07-01 05:59", "2026-06-30 18:00"),
        ("2026-07-01 17:59", "2026-07-01 06:00"),
        ("2026-07-01 23:59", "2026-07-01 18:00"),
        ("2026-01-01 00:00", "2025-12-31 18:00"),
    ],
)
def test_the_last_end_is_one_of_today_or_of_the_evening_before(now: str, end: str) -> None:
    found = last_end(local(now).astimezone(UTC), ENDS, NZ)
    assert found == local(end)
    assert found is not None
    assert found.tzinfo is UTC


def test_without_ends_there_is_none() -> None:
    assert last_end(local("2026-07-01 06:00"), (), NZ) is None


@pytest.mark.parametrize("day", ["2026-04-05", "2026-09-27"])
def test_each_end_comes_once_on_days_when_the_clocks_are_changed(day: str) -> None:
    """02:30 is twice on the one night, and not at all on the other."""
    start = local(f"{day} 00:00").astimezone(UTC)
    seen = [last_end(start + timedelta(minutes=minute), (time(2, 30),), NZ) for minute in range(6 * 60)]
    changes = [each for before, each in pairwise(seen) if before != each]
    assert len(changes) == 1
    assert changes[0] is not None
    assert changes[0].astimezone(NZ).date().isoformat() == day
