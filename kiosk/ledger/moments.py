"""The core's moments and the ledger's stamps: the same instant, as each keeps it."""

from kiosk.core.times import ClockState, Moment
from kiosk.ledger.stamp import Clock, Stamp


def stamp_of(moment: Moment) -> Stamp:
    """A moment as an entry keeps it."""
    return Stamp(moment.utc, Clock(moment.clock.value, moment.boot, int(moment.monotonic * 1000)))


def moment_of(stamp: Stamp) -> Moment:
    """An entry's stamp as the core has it."""
    clock = stamp.clock
    return Moment(stamp.time, clock.monotonic_ms / 1000, ClockState(clock.state), clock.boot)
