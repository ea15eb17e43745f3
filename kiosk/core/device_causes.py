"""Why a device is lost again and again, in words that a gatehouse understands. Pure.

A driver knows how its device failed (`How`), and the kiosk what else happened at the same moment: whether the supply
was too low, which other devices went, and where those are plugged in. That comes before how the device failed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from kiosk.core.effects import Json
from kiosk.core.times import Moment, seconds_between

TOGETHER_S: Final = 5.0
"""Seconds within which devices went at the same moment: a cut is seen at once, a silent one after three seconds."""

POWER_S: Final = 10.0
"""Seconds around a loss in which low voltage has to do with it: the kernel looks every two seconds, and so does the
kiosk, while a device that browns out comes back within some."""

HAND_S: Final = 15.0
"""Seconds away from which on somebody pulled a device: one that makes and breaks contact is back within the driver's
longest pause, and no hand is so quick three times an hour."""


class How(Enum):
    """How a device failed, as far as its driver can tell (hw.errors.FaultKind)."""

    MISSING = "missing"
    DENIED = "denied"
    BUSY = "busy"
    CUT = "cut off"
    SILENT = "silent"
    GARBLED = "garbled"
    OTHER = "other"


class Fault(Struct, frozen=True):
    """A device was lost.

    Attributes:
        device: Which, by the name that site.toml gives it.
        how: How it failed.
        place: Where on the USB it was plugged in, such as ``1-1.3``; empty where that is not known.
        at: When.
        away_ms: How long it was away; None while that is not known.
    """

    device: str
    how: How
    place: str
    at: Moment
    away_ms: int | None = None

    def to_json(self) -> dict[str, Json]:
        """As an entry of the kind ON_SITE keeps it."""
        said: dict[str, Json] = {"device": self.device, "how": self.how.value, "usb": self.place}
        return said | {"away_ms": self.away_ms} | self.at.since_json()

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Fault":
        """Reads what `to_json` gives."""
        away_ms = said["away_ms"]
        return cls(str(said["device"]), how_of(said["how"]), str(said["usb"]), Moment.of_since(said), away_ms)


class Cause(Enum):
    """What is likely behind it. The value is how entries name it."""

    POWER = "power"
    HUB = "USB hub"
    TOGETHER = "several at once"
    CABLE = "cable"
    PULLED = "pulled out"
    ABSENT = "not there"
    DRIVER = "driver"
    BUSY = "another program"
    LINE = "line"
    DEVICE = "device"
    UNKNOWN = "unknown"


_OF_HOW: Final[Mapping[How, Cause]] = {
    How.CUT: Cause.CABLE,
    How.MISSING: Cause.ABSENT,
    How.DENIED: Cause.DRIVER,
    How.BUSY: Cause.BUSY,
    How.GARBLED: Cause.LINE,
    How.SILENT: Cause.DEVICE,
    How.OTHER: Cause.UNKNOWN,
}

_WORDS: Final[Mapping[Cause, tuple[str, str]]] = {
    Cause.POWER: (
        "power: the supply was too low at the same moment",
        "give the kiosk a stronger supply on a short cable, and devices on a hub a supply of their own",
    ),
    Cause.HUB: (
        "the USB hub: {others} went at the same moment and {hang} on it, too",
        "check the hub's cable and its supply; where there is no hub but the Pi's own ports, the Pi's supply",
    ),
    Cause.TOGETHER: (
        "power or a common cable: {others} went at the same moment",
        "check the kiosk's supply first, then the plugs at the Pi",
    ),
    Cause.CABLE: (
        "its cable or plug: it was cut off in the midst of its work, and was back sooner than any hand plugs it in",
        "press its plugs home at both ends and hold the cable fast; replace the cable if it goes on",
    ),
    Cause.PULLED: (
        "its plug: it was pulled or fell out, and was away for a while each time",
        "find out who pulls it, and hold the plug fast",
    ),
    Cause.ABSENT: (
        "its plug: there is no such device",
        "plug it in; if it is, compare its port with that in site.toml ('sealgate doctor')",
    ),
    Cause.DRIVER: (
        "the driver: the kiosk may not use it, which no cable mends",
        "call whoever maintains the kiosk: 'sealgate doctor' names the right that is missing",
    ),
    Cause.BUSY: (
        "another program that holds it, which no cable mends",
        "call whoever maintains the kiosk: 'sealgate doctor' names the program",
    ),
    Cause.LINE: (
        "its line: what comes from it makes no sense",
        "lead its cable away from motors and mains; set the same speed in the device and in site.toml",
    ),
    Cause.DEVICE: (
        "the device or its supply: it is there and does not answer",
        "switch it off and on; check its own supply; replace it if it goes on",
    ),
    Cause.UNKNOWN: (
        "not clear: it failed in several ways",
        "replace its cable first, then the device",
    ),
}


class Episode(Struct, frozen=True):
    """A device is lost again and again.

    Attributes:
        devices: Which; several where one cause takes them all.
        losses: How often the first of them was lost within the hour.
        cause: What is likely behind it.
        says: That in words.
        mend: What a person can do.
    """

    devices: tuple[str, ...]
    losses: int
    cause: Cause
    says: str
    mend: str


def how_of(said: object) -> How:
    """How a device failed, as an entry says it; OTHER for a word of another version."""
    return How(said) if said in {each.value for each in How} else How.OTHER


def likely(device: str, faults: Sequence[Fault], low: Sequence[Moment]) -> Episode:
    """What is likely behind the losses of a device: what happened at the same moment comes before how it failed.

    Args:
        device: Which.
        faults: Losses of all devices within the hour, at least one of its own.
        low: When the supply was too low.
    """
    own = [fault for fault in faults if fault.device == device]
    others = _companions(own, faults)
    if 2 * sum(any(_near(fault.at, at, POWER_S) for at in low) for fault in own) >= len(own):
        return _episode(Cause.POWER, device, others, len(own))
    if others:
        hubs = {_hub(fault.place) for fault in faults if fault.device in {device, *others}}
        return _episode(Cause.TOGETHER if "" in hubs or len(hubs) > 1 else Cause.HUB, device, others, len(own))
    return _episode(_by_how(own), device, (), len(own))


def _by_how(own: Sequence[Fault]) -> Cause:
    """By how it failed most of the times."""
    how, count = Counter(fault.how for fault in own).most_common(1)[0]
    if 2 * count <= len(own):
        return Cause.UNKNOWN
    aways = [fault.away_ms for fault in own if fault.away_ms is not None]
    long = sum(away > HAND_S * 1000 for away in aways)
    return Cause.PULLED if how is How.CUT and aways and 2 * long > len(aways) else _OF_HOW[how]


def _companions(own: Sequence[Fault], faults: Sequence[Fault]) -> tuple[str, ...]:
    """The devices that went with at least half of its losses."""
    counts: Counter[str] = Counter()
    for fault in own:
        near = {each.device for each in faults if each.device != fault.device and _near(each.at, fault.at, TOGETHER_S)}
        counts.update(near)
    return tuple(sorted(each for each, count in counts.items() if 2 * count >= len(own)))


def _hub(place: str) -> str:
    """The hub that a device hangs on: ``1-1`` of ``1-1.3``; empty for one at a port of the machine's own."""
    return place.rpartition(".")[0]


def _episode(cause: Cause, device: str, others: tuple[str, ...], losses: int) -> Episode:
    says, mend = _WORDS[cause]
    named = " and ".join(others)
    return Episode(
        (device, *others), losses, cause, says.format(others=named, hang="hang" if len(others) > 1 else "hangs"), mend
    )


def _near(one: Moment, other: Moment, within_s: float) -> bool:
    return abs(seconds_between(one, other)) <= within_s


def episode_body(episode: Episode) -> dict[str, Json]:
    """What the entry of an episode says."""
    return {
        "devices": list[Json](episode.devices),
        "losses": episode.losses,
        "cause": episode.cause.value,
        "says": episode.says,
        "mend": episode.mend,
    }


def episode_of(body: Mapping[str, Any]) -> Episode:
    """Reads what `episode_body` gives; a cause of another version is not known."""
    cause = next((each for each in Cause if each.value == body["cause"]), Cause.UNKNOWN)
    devices, losses = tuple(map(str, body["devices"])), int(body["losses"])
    return Episode(devices, losses, cause, str(body["says"]), str(body["mend"]))
