"""What staff are told of the kiosk's devices and of its machine: one alert an episode.

The lane says in an entry when a device is lost again and again, and why that is likely (`kiosk.core.device_faults`);
when a bound of the machine is passed, it says that. Both are alerts here, in words for people.
"""

from collections.abc import Mapping
from typing import Any, Final

from kiosk.core.machine import Trouble

_TROUBLES: Final[Mapping[str, tuple[str, str]]] = {
    Trouble.UNDER_VOLTAGE.value: (
        "power",
        "The kiosk's power supply is too low: it may stop at any moment, and its devices fail. "
        "Give it a stronger supply on a short cable.",
    ),
    Trouble.WAS_UNDER_VOLTAGE.value: (
        "power",
        "The kiosk's power supply was too low after the kiosk's machine was switched on. "
        "Give it a stronger supply on a short cable.",
    ),
    Trouble.THROTTLED.value: (
        "power",
        "The kiosk's processor is slowed down, for want of power or for its heat. See to both.",
    ),
    Trouble.HOT.value: (
        "heat",
        "The kiosk is hot ({detail}) and slows down. Shade its cabinet, free its vents, or put a heat sink on the Pi.",
    ),
    Trouble.DISK_NEARLY_FULL.value: (
        "disk",
        "The kiosk's disk fills up: {detail}. From 95 % on it serves nobody. Call whoever maintains it.",
    ),
    Trouble.DISK_FULL.value: (
        "full disk",
        "The kiosk's disk is full: {detail}. It serves nobody until there is room. Call whoever maintains it.",
    ),
    Trouble.SYSTEM_DISK_NEARLY_FULL.value: (
        "system disk",
        "The disk of the kiosk's operating system fills up: {detail}. Call whoever maintains it.",
    ),
}
"""What is said of each, and with which others it is one matter. A soft limit of the temperature is an entry alone."""


def matter(body: Mapping[str, Any]) -> str:
    """Which matter an entry of the machine is about; empty where it is none for staff."""
    return _TROUBLES.get(str(body["what"]), ("", ""))[0]


def trouble_text(body: Mapping[str, Any]) -> str:
    """What staff are told by an entry of the kind MACHINE_TROUBLE whose matter is one for them."""
    return _TROUBLES[str(body["what"])][1].format(detail=str(body["detail"]))


def unsteady_text(body: Mapping[str, Any]) -> str:
    """What staff are told by an entry of the kind DEVICE_UNSTEADY."""
    devices = " and ".join(map(str, body["devices"]))
    was = "were" if len(body["devices"]) > 1 else "was"
    says, mend = str(body["says"]), str(body["mend"])
    lost = f"The {devices} {was} lost {body['losses']} times within an hour."
    return f"{lost} Likely {says}. {mend[:1].upper()}{mend[1:]}."
