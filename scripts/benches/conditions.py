"""The conditions under which the kiosk's own calls are timed, and how turns are taken."""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from time import perf_counter
from typing import Final

from kiosk.app import SWITCH_S

SEED: Final = 4


@contextmanager
def as_in_the_kiosk() -> Iterator[None]:
    """Threads switch and garbage is collected as in the running kiosk (kiosk.app, kiosk.station.station).

    What there is already is left out of collections; what comes is not.
    """
    interval, collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.unfreeze()
        if not collecting:
            gc.disable()


class Side:
    """One side of a comparison: what it does in its turn, and how long each took, in milliseconds."""

    def __init__(self, do: Callable[[], object]) -> None:
        self._do = do
        self.took: list[float] = []

    def turn(self) -> None:
        """Do it once."""
        began = perf_counter()
        self._do()
        self.took.append((perf_counter() - began) * 1000)


def take_turns(sides: Sequence[Side], rounds: int, *, warm_up: int = 0, between: Callable[[], object] = int) -> None:
    """Let each side have a turn in each round, in an order that chance gives: a write's cost lingers in the next.

    Args:
        sides: Who takes turns.
        rounds: How many rounds count.
        warm_up: How many rounds go before those and are forgotten.
        between: Called before each round, and timed by nobody.
    """
    random, order = Random(SEED), list(sides)
    for number in range(warm_up + rounds):
        if number == warm_up:
            for side in sides:
                side.took.clear()
        between()
        random.shuffle(order)
        for side in order:
            side.turn()
