"""When which fault comes: by chance from a seed alone, the same faults at the same times for the same seed."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tests.chaos.faults import Fault
from tests.chaos.resources import LEAST_S, WARM_UP_S

GAP_S: Final = (9.0, 26.0)
"""Seconds from one fault's end to the next one's beginning, from and to: mostly long enough to be back in service."""
TOGETHER: Final = 0.15
"""Part of the faults that begin while another one is on."""
FIRST_S: Final = 12.0
"""Seconds from the first service to the first fault."""
UNKILLED: Final = (0.25, 0.75)
"""Part of a run in which nothing ends the kiosk: there its memory is watched. A run too short for that has none."""


class Planned(Struct, frozen=True):
    """A fault to come.

    Attributes:
        at_s: Seconds after the first service at which it begins.
        name: Which.
        lasts_s: How long it lasts.
        seed: Of what chance decides within it.
    """

    at_s: float
    name: str
    lasts_s: float
    seed: int


def planned(seed: int, whole_s: float, faults: Sequence[Fault]) -> Iterator[Planned]:
    """The faults of a run.

    Args:
        seed: The run's.
        whole_s: How long the run is.
        faults: The kinds.
    """
    chance = random.Random(seed)
    begins, ends = (part * whole_s for part in UNKILLED)
    watched = ends - begins >= WARM_UP_S + LEAST_S
    at = FIRST_S
    while at < whole_s - GAP_S[1]:
        spared = watched and begins < at < ends
        kinds = [each for each in faults if not (spared and each.kills)]
        fault = chance.choices(kinds, [each.weight for each in kinds])[0]
        lasts = chance.uniform(*fault.lasts_s)
        yield Planned(at, fault.name, lasts, chance.randrange(1 << 30))
        together = chance.random() < TOGETHER
        at += chance.uniform(0.0, lasts) if together else lasts + chance.uniform(*GAP_S)


def write_plan(path: Path, plan: Sequence[Planned]) -> None:
    """Keep a run's faults, to be gone through again."""
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in plan))


def read_plan(path: Path) -> list[Planned]:
    """The faults of a run that was kept."""
    return [msgspec.json.decode(line, type=Planned) for line in path.read_bytes().splitlines()]
