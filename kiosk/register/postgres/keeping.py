"""A kiosk and the register kept in step: as entries come, and again when either was away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from random import Random
from time import monotonic
from typing import Final

from kiosk.register.postgres.errors import RegisterAway

LOOK_S: Final = 1.0
"""Seconds between looks whether there are new entries."""

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
"""Seconds before the register is tried again: doubled each time, up to this."""

LEAST_OF_PAUSE: Final = 0.5
"""The least share of a pause that is waited: chance spreads the kiosks of a server that comes back."""

Turn = Callable[[], object]
"""Does what there is to do, all of it."""


def keep_in_step(
    connect: Callable[[], AbstractContextManager[Turn]],
    wait: Callable[[float], bool],
    say: Callable[[str], object],
    *,
    clock: Callable[[], float] = monotonic,
    random: Random | None = None,
) -> None:
    """Takes turn after turn until told to stop. Where the register is away that is said once, and once that it is back.

    Args:
        connect: Connects anew.
        wait: Waits so many seconds; True when it is time to stop.
        say: Takes a line for people.
        clock: Seconds that only go forward.
        random: Spreads the pauses.

    Raises:
        Exception: Whatever a turn raises but RegisterAway.
    """
    random = random or Random()  # noqa: S311 - it guards nothing
    pause, since = FIRST_PAUSE_S, None
    while True:
        try:
            with connect() as turn:
                while True:
                    turn()
                    if since is not None:
                        away = timedelta(seconds=round(clock() - since))
                        say(f"register: answers again after {away}; all entries are sent")
                    pause, since = FIRST_PAUSE_S, None
                    if wait(LOOK_S):
                        return
        except RegisterAway as fault:
            if since is None:
                since = clock()
                say(f"{fault}; trying again, at most {LONGEST_PAUSE_S / 60:.0f} minutes apart")
        if wait(pause * (LEAST_OF_PAUSE + (1 - LEAST_OF_PAUSE) * random.random())):
            return
        pause = min(pause * 2, LONGEST_PAUSE_S)
