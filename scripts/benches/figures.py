"""A measured figure, and how figures are printed."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

PERCENT: Final = 99
"""Percentile that stands for the slowest answers: one driver in a hundred waits longer."""


class BenchFailed(Exception):
    """A figure could not be measured: what was expected, what came, what to do."""


class Figure(Struct, frozen=True):
    """One measured figure. The smaller the better.

    Attributes:
        figure: Its name: the area, what it is of, and the unit (``ms``, ``MiB``, or ``x`` for a ratio).
        value: What was measured.
        bar: The most that it may be; None when it is told but not judged.
        peers: What it was worked out from: each side's own value, and the number of runs.
    """

    figure: str
    value: float
    bar: float | None
    peers: Mapping[str, float]

    @property
    def holds(self) -> bool:
        """Whether it is within its bar. What has no bar cannot break it."""
        return self.bar is None or self.value <= self.bar


def percentile(values: Sequence[float], percent: int = PERCENT) -> float:
    """The value that so many percent of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def ratio(name: str, bar: float | None, ours: tuple[str, Sequence[float]], peer: tuple[str, Sequence[float]]) -> Figure:
    """The ratio of two sides' medians.

    Args:
        name: The figure's name.
        bar: The most that it may be.
        ours: Our side: its name with the unit, and its values.
        peer: The peer's.
    """
    mine, other = statistics.median(ours[1]), statistics.median(peer[1])
    peers = {ours[0]: mine, peer[0]: other, "runs": float(min(len(ours[1]), len(peer[1])))}
    return Figure(name, mine / other, bar, peers)


def as_json(figures: Iterable[Figure]) -> str:
    """A list of objects with ``figure``, ``value``, ``bar``, ``holds`` and ``peers``."""
    rows = [
        {
            "figure": each.figure,
            "value": each.value,
            "bar": each.bar,
            "holds": each.holds,
            "peers": dict(each.peers),
        }
        for each in figures
    ]
    return json.dumps(rows, indent=2)


def as_table(figures: Sequence[Figure]) -> str:
    """A table for people."""
    rows = [("figure", "value", "bar", "holds", "measured")]
    rows += [(each.figure, _short(each.value), _bar(each), _verdict(each), _peers(each.peers)) for each in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:<{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    )


def _bar(figure: Figure) -> str:
    return "-" if figure.bar is None else _short(figure.bar)


def _verdict(figure: Figure) -> str:
    if figure.bar is None:
        return "-"
    return "yes" if figure.holds else "NO"


def _peers(peers: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in peers.items())


def _short(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or value >= 1000 else f"{value:.3g}"
