"""Which devices are lost again and again, and when that is worth telling: once an episode.

Theory of operation. Three losses of one device within an hour begin an episode, which is told with its likely cause.
It lasts until the device has not been lost for an hour; what comes after that is another one. A cause that concerns
several devices is told once for all of them.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from kiosk.core.device_causes import Episode, Fault, How, episode_body, episode_of, likely
from kiosk.core.effects import Json
from kiosk.core.times import Moment, seconds_between

MOST_FAULTS: Final = 3
"""Losses of one device within an hour that are an episode."""

HOUR_S: Final = 3600.0
"""Seconds in which losses are counted, and without one after which an episode is over."""

MOST_KEPT: Final = 96
"""Losses that are remembered: what a dozen devices are told of within an hour."""

MOST_LOW: Final = 32
"""Moments of low voltage that are remembered."""

_SAYS_MORE: Final = frozenset({How.DENIED, How.BUSY})
"""What no cable does. That a device is not there any more, or is silent, follows from how it was lost."""


class FaultBook:
    """The losses of the last hour, and the episodes that are on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._low: list[Moment] = []
        self._on: dict[str, tuple[Moment, Episode]] = {}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "FaultBook":
        """The book that said this."""
        book = cls()
        book._faults = [Fault.from_json(each) for each in said.get("faults", ())]
        book._low = [Moment.of_since(each) for each in said.get("low", ())]
        book._on = {str(each["device"]): (Moment.of_since(each), episode_of(each)) for each in said.get("episodes", ())}
        return book

    def to_json(self) -> dict[str, Json]:
        """All that it holds, for `from_json`."""
        return {
            "faults": [fault.to_json() for fault in self._faults],
            "low": [at.since_json() for at in self._low],
            "episodes": [
                {"device": device, **episode_body(episode), **at.since_json()}
                for device, (at, episode) in self._on.items()
            ],
        }

    def lost(self, fault: Fault) -> None:
        """A device was lost."""
        self.look(fault.at)
        self._faults = [*self._faults, fault][-MOST_KEPT:]
        on = self._on.get(fault.device)
        if on is not None:
            self._on[fault.device] = (fault.at, on[1])

    def begun(self, at: Moment) -> list[Episode]:
        """The episodes that begin now, since nothing told of them yet."""
        self.look(at)
        counts, episodes = Counter(fault.device for fault in self._faults), []
        for device, count in counts.items():
            if count >= MOST_FAULTS and device not in self._on:
                episode = likely(device, self._faults, self._low)
                self._begin(episode, at)
                episodes.append(episode)
        return episodes

    def sharpen(self, device: str, how: How) -> None:
        """A device that is lost fails in another way meanwhile, which says more than how it was lost."""
        if how in _SAYS_MORE:
            self._change_newest(device, how=how)

    def back(self, device: str, away_ms: int) -> None:
        """A device is back."""
        self._change_newest(device, away_ms=away_ms)

    def low_power(self, at: Moment) -> None:
        """The supply is too low."""
        self._low = [*self._low, at][-MOST_LOW:]

    def told(self, body: Mapping[str, Any], at: Moment) -> None:
        """The ledger holds an entry of an episode: it is on."""
        self._begin(episode_of(body), at)

    def rebase(self, at: Moment) -> None:
        """Tell all times by the clock of the boot that is now, from whichever they come."""
        self._faults = [replace(each, at=_by_this_boot(each.at, at)) for each in self._faults]
        self._low = [_by_this_boot(each, at) for each in self._low]
        self._on = {device: (_by_this_boot(on[0], at), on[1]) for device, on in self._on.items()}

    def look(self, at: Moment) -> None:
        """Forget what is over."""
        self._faults = [each for each in self._faults if _lately(each.at, at)]
        self._low = [each for each in self._low if _lately(each, at)]
        self._on = {device: on for device, on in self._on.items() if _lately(on[0], at)}

    @property
    def episodes(self) -> Mapping[str, Episode]:
        """The episodes that are on, by device."""
        return {device: episode for device, (_, episode) in self._on.items()}

    @property
    def wakes_at(self) -> float | None:
        """Monotonic seconds at which the next episode is over."""
        return min((at.monotonic + HOUR_S for at, _ in self._on.values()), default=None)

    def _change_newest(self, device: str, **changes: Any) -> None:  # noqa: ANN401 - Fault's own fields
        for place in reversed(range(len(self._faults))):
            if self._faults[place].device == device:
                self._faults[place] = replace(self._faults[place], **changes)
                return

    def _begin(self, episode: Episode, at: Moment) -> None:
        self._on |= dict.fromkeys(episode.devices, (at, episode))


def _lately(then: Moment, now: Moment) -> bool:
    """Whether something was within the hour; entries that come late may be older than those before them."""
    return abs(seconds_between(then, now)) < HOUR_S


def _by_this_boot(then: Moment, now: Moment) -> Moment:
    return Moment(then.utc, now.monotonic - seconds_between(then, now), then.clock, now.boot)
