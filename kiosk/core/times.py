"""When something happened. Core reads no clock: every event brings its moment along."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

from msgspec import Struct


class ClockState(Enum):
    """What is known of the wall clock; every ledger entry keeps it."""

    SYNCHRONISED = "synchronised"
    """A time source disciplines it now."""
    COASTING = "coasting"
    """It was set since the machine started, but no time source has answered for long."""
    RTC = "rtc"
    """No time source has set it since the machine started, but a real-time clock on a battery did."""
    DOUBTFUL = "doubtful"
    """Nothing vouches for it."""


class Moment(Struct, frozen=True):
    """A point in time on both clocks.

    Attributes:
        utc: Wall clock, aware, in UTC. For records and for rules about dates.
        monotonic: Seconds that only ever grow. For time-outs, which a stepped wall clock must not touch.
        clock: What is known of the wall clock.
        boot: Which run of the machine it is: monotonic seconds of one boot can be compared, those of two cannot.
    """

    utc: datetime
    monotonic: float
    clock: ClockState
    boot: str

    def since_json(self) -> dict[str, str | int]:
        """As an entry of the kind ON_SITE keeps the beginning of something."""
        return {
            "since": self.utc.isoformat(),
            "monotonic_ms": int(self.monotonic * 1000),
            "clock": self.clock.value,
            "boot": self.boot,
        }

    @classmethod
    def of_since(cls, said: Mapping[str, Any]) -> "Moment":
        """Reads what `since_json` gives."""
        utc, monotonic = datetime.fromisoformat(said["since"]), said["monotonic_ms"] / 1000
        return cls(utc, monotonic, ClockState(said["clock"]), said["boot"])


def utc_text(instant: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_between(earlier: Moment, later: Moment) -> float:
    """How long it was: within one boot by the clock that nobody can set, else by the wall clock."""
    if earlier.boot == later.boot:
        return later.monotonic - earlier.monotonic
    return (later.utc - earlier.utc).total_seconds()


STEP: Final = timedelta(seconds=1)
"""From how much on a difference between the clocks is a step: far above what reading both takes, and below what a
date in the records could hang on."""

SLEW: Final = 0.001
"""How fast the wall clock may be slewed against the monotonic one: the kernel does at most half of it (adjtimex(2),
500 ppm)."""


class ClockWatch:
    """Sees whether somebody set the wall clock, by the monotonic clock, which nobody can."""

    def __init__(self) -> None:
        self._last: Moment | None = None

    def stepped(self, now: Moment) -> timedelta | None:
        """By how much the wall clock was set since the newest moment noted; None when it was not.

        Moments may come late, in another order than they happened: of an older one nothing is said.
        """
        last = self._last
        if last is None or last.boot != now.boot or now.monotonic < last.monotonic:
            return None
        passed_s = now.monotonic - last.monotonic
        step = now.utc - last.utc - timedelta(seconds=passed_s)
        return step if abs(step) >= STEP + timedelta(seconds=passed_s * SLEW) else None

    def note(self, now: Moment) -> None:
        """Remember a moment, for the next look: what it showed has been recorded."""
        if self._last is None or now.monotonic >= self._last.monotonic or now.boot != self._last.boot:
            self._last = now
