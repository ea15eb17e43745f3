"""Figures of the gate: uplifts by hour and day, how long drivers stayed, holds by reason."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, tzinfo
from statistics import median
from typing import Any, Final

from msgspec import Struct

_BAR: Final = 40
"""Characters of the longest bar."""

MOST_STAYS: Final = 100_000
"""Stays that are kept for their median: of a longer time the first ones, since memory is not endless."""


class Traffic(Struct, frozen=True):
    """The figures.

    Attributes:
        days: Containers and packages uplifted on each day, oldest first.
        hours: Likewise in each hour of the day, 0 to 23.
        stays_s: Seconds from each first tap to the passage, shortest first.
        stops: Visits that ended otherwise: kind and reason, most first.
    """

    days: Mapping[date, int]
    hours: Mapping[int, int]
    stays_s: tuple[float, ...]
    stops: Mapping[str, int]


def traffic_of(entries: Iterable[tuple[str, datetime, Mapping[str, Any]]], zone: tzinfo) -> Traffic:
    """The figures of some entries.

    Args:
        entries: Kind, time and body of each, in order.
        zone: The site's own time, by which days and hours are counted.
    """
    days, hours, stops = Counter[date](), Counter[int](), Counter[str]()
    opened: dict[str, datetime] = {}
    stays: list[float] = []
    for kind, time, body in entries:
        if kind == "visit-opened":
            opened[body["visit"]] = time
        elif kind == "uplift":
            local, count = time.astimezone(zone), len(body["uplifts"])
            days[local.date()] += count
            hours[local.hour] += count
        elif kind == "passage":
            began = opened.pop(body["visit"], None)
            if began is not None and body["seen"] and len(stays) < MOST_STAYS:
                stays.append(max(0.0, (time - began).total_seconds()))
        elif kind in ("hold", "refusal", "abandoned", "interrupted"):
            opened.pop(body["visit"], None)
            stops[f"{kind}: {body['reason']}"] += 1
    by_day, by_hour = dict(sorted(days.items())), dict(sorted(hours.items()))
    return Traffic(by_day, by_hour, tuple(sorted(stays)), dict(stops.most_common()))


def lines_of(traffic: Traffic) -> Iterator[str]:
    """The figures for a terminal."""
    total = sum(traffic.days.values())
    yield f"uplifted containers and packages: {total}; days with uplifts: {len(traffic.days)}"
    yield from _bars("by day", {f"{day:%a %Y-%m-%d}": count for day, count in traffic.days.items()})
    if traffic.hours:
        first, last = min(traffic.hours), max(traffic.hours)
        hours = {f"{hour:02}:00": traffic.hours.get(hour, 0) for hour in range(first, last + 1)}
        yield from _bars("by hour", hours)
    if stays := traffic.stays_s:
        half, most, longest = map(_span, (median(stays), stays[int(len(stays) * 0.95)], stays[-1]))
        yield ""
        yield f"from the first tap to the road: half within {half}, 19 of 20 within {most}, the longest {longest}"
    yield from _bars("visits that ended otherwise", traffic.stops)


def _bars(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if not counts:
        return
    width, most = max(map(len, counts)), max(counts.values())
    yield ""
    yield title
    for name, count in counts.items():
        bar = "#" * max(1 if count else 0, round(count * _BAR / most)) if most else ""
        yield f"  {name:<{width}}  {count:>6}  {bar}".rstrip()


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
