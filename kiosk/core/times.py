"""When something happened. Core reads no clock: every event brings its moment along."""

from datetime import datetime
from enum import Enum

from msgspec import Struct


class ClockState(Enum):
    """What is known of the wall clock; every ledger entry keeps it."""

    SYNCHRONISED = "synchronised"
    """A time source disciplines it now."""
    COASTING = "coasting"
    """It was set since the machine started, but no time source has answered for long."""
    UNSYNCHRONISED = "unsynchronised"
    """Nothing has vouched for it since the machine started."""


class Moment(Struct, frozen=True):
    """A point in time on both clocks.

    Attributes:
        utc: Wall clock, aware, in UTC. For records and for rules about dates.
        monotonic: Seconds that only ever grow. For time-outs, which a stepped wall clock must not touch.
        clock: What is known of the wall clock.
    """

    utc: datetime
    monotonic: float
    clock: ClockState
