"""What a process holds: memory, descriptors, threads. Whether it holds more and more."""

import os
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Final

from msgspec import Struct

WARM_UP_S: Final = 240.0
"""Seconds of a process's life that are not judged: modules that are loaded when they are first used, caches."""
LEAST_S: Final = 900.0
"""Seconds of life after that from which on the growth of memory is judged."""
MOST_GROWTH: Final = 0.05
LEAST_SAMPLES: Final = 6


class Sample(Struct, frozen=True):
    """What a process held while it was in service and nobody was there.

    Attributes:
        age_s: The process's age.
        pss_kb: Memory: its own, and its share of what it shares.
        files: What its descriptors lead to, and how many of each.
        threads: Its threads by name, and how many of each.
    """

    age_s: float
    pss_kb: int
    files: Counter[str]
    threads: Counter[str]


def sample(pid: int, age_s: float) -> Sample | None:
    """Look at a process; None when it has ended."""
    proc = Path("/proc", str(pid))
    try:
        rollup = (proc / "smaps_rollup").read_text(encoding="ascii")
        pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        files = Counter(_target(proc / "fd" / name) for name in os.listdir(proc / "fd"))  # noqa: PTH208 - may be gone
        threads = Counter((task / "comm").read_text(encoding="utf-8").strip() for task in (proc / "task").iterdir())
    except (OSError, StopIteration):
        return None
    return Sample(age_s, pss, files, threads)


def _target(link: Path) -> str:
    """What a descriptor leads to: a number in its name is not the same in the next one."""
    try:
        target = os.readlink(link)  # noqa: PTH115 - a socket's target is a name, not a path
    except OSError:
        return "gone"
    return target.partition(":[")[0] if ":[" in target else _without_numbers(target)


def _without_numbers(path: str) -> str:
    return "".join("#" if letter.isdigit() else letter for letter in path)


class Life:
    """One process's life.

    Attributes:
        number: Which start it is.
        samples: Taken at quiet moments.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.samples: list[Sample] = []

    @property
    def judged(self) -> list[Sample]:
        """Samples after the warm-up."""
        return [each for each in self.samples if each.age_s >= WARM_UP_S]

    @property
    def growth(self) -> float | None:
        """By what part its memory grew from the first to the last quarter after the warm-up; None: it was too short."""
        samples = self.judged
        if len(samples) < LEAST_SAMPLES or samples[-1].age_s - samples[0].age_s < LEAST_S:
            return None
        quarter = max(1, len(samples) // 4)
        first, last = (median(each.pss_kb for each in part) for part in (samples[:quarter], samples[-quarter:]))
        return float(last / first - 1)

    def leaks(self) -> list[str]:
        """Kinds of descriptors and threads of which there are ever more: the least later is above the most before."""
        samples = self.samples[1:]  # at the first quiet moment not everything has begun yet
        if len(samples) < 2 * LEAST_SAMPLES:
            return []
        half = len(samples) // 2
        found = []
        for what in ("files", "threads"):
            before = [getattr(each, what) for each in samples[:half]]
            after = [getattr(each, what) for each in samples[half:]]
            for kind in set().union(*after):
                most, least = max(each[kind] for each in before), min(each[kind] for each in after)
                if least > most:
                    found.append(f"{what[:-1]} {kind}: {most} at most, then {least} and more")
        return found
