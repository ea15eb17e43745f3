"""How long something took, as Prometheus counts it: how many times up to each of some bounds, and the sum."""

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """Counts on one thread, and is read from any.

    Args:
        bounds: Upper bounds in seconds, rising; what is above the last is counted, too.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self._sum_s = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        self._sum_s += seconds
        self._counts[bisect_left(self.bounds, seconds)] += 1

    def read(self) -> tuple[list[tuple[str, float]], float]:
        """The buckets as Prometheus has them, each with those before in it, the last without a bound; and the sum."""
        counts, total, buckets = self._counts.copy(), 0, list[tuple[str, float]]()
        for bound, count in zip((*map(str, self.bounds), "+Inf"), counts, strict=True):
            total += count
            buckets.append((bound, float(total)))
        return buckets, self._sum_s
