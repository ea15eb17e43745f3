"""When shifts end, from the site's settings. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo


def last_end(now: datetime, ends: Sequence[time], zone: tzinfo) -> datetime | None:
    """The last end of a shift, in UTC; None when shifts have none.

    Where clocks go forward over an end it comes as much later, where they go back over one it comes once.

    Args:
        now: The instant from which to look back.
        ends: Local times of day.
        zone: The site's time zone.
    """
    today = now.astimezone(zone).date()
    days = (today - timedelta(days=1), today)
    instants = (datetime.combine(day, end, zone).astimezone(UTC) for day in days for end in ends)
    return max((each for each in instants if each <= now), default=None)
