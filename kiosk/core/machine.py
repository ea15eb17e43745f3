"""What the kiosk's own machine is like: its disks, its power, its heat. Bounds, and when each is passed and left again.

A bound is left further down than it is passed, so that what lies on it does not go to and fro.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct

from kiosk.core.machine_look import DiskLook, MachineLook
from kiosk.core.parts import PartState


class Trouble(Enum):
    """What can be wrong with the machine. The value is how entries name it."""

    UNDER_VOLTAGE = "under-voltage"
    """The supply is too low now."""
    WAS_UNDER_VOLTAGE = "under-voltage-since-start"
    """It was too low since the machine started, before or while the kiosk looked."""
    THROTTLED = "throttled"
    """The processor is slowed down."""
    SOFT_LIMIT = "soft-temperature-limit"
    """It is slowed down a little, as a Pi 3B+ is from 60 degrees on: no fault, but a witness of the cabinet's heat."""
    HOT = "hot"
    DISK_NEARLY_FULL = "disk-nearly-full"
    DISK_FULL = "disk-full"
    """Nobody is served: the room that is left is for what is under way."""
    SYSTEM_DISK_NEARLY_FULL = "system-disk-nearly-full"


class Bound(Struct, frozen=True):
    """Where a trouble begins, and below what it is over."""

    begins: int
    over_below: int

    def passed(self, value: int, before: bool) -> bool:
        """Whether it is on, by a value and by whether it was."""
        return value >= (self.over_below if before else self.begins)


NEARLY_FULL: Final = Bound(80, 78)
"""Percent in use from which on a disk is told: on a card of 32 GB six are left, and months to act."""

FULL: Final = Bound(95, 93)
"""Percent in use from which on nobody is served any more: what was begun is still recorded."""

HOT: Final = Bound(80, 75)
"""Degrees Celsius from which on the firmware of every Pi slows the processor down."""


MEND_DISK: Final = "take off it what is not the kiosk's: old logs, updates, copies; 'sealgate doctor' says more"
MEND_SYSTEM: Final = "take old logs and packages off it: journalctl --vacuum-size=100M, apt-get clean"


class Machine:
    """What is known of the machine.

    Attributes:
        look: What was seen last; None until then.
        on: The troubles that there are.
    """

    def __init__(self) -> None:
        self.look: MachineLook | None = None
        self.on: frozenset[Trouble] = frozenset()
        self._no_room = ""

    def looked(self, look: MachineLook) -> Mapping[Trouble, bool]:
        """It was looked at: each trouble that is measured, and whether it is there."""
        self.look = look
        found = {
            Trouble.UNDER_VOLTAGE: look.under_voltage,
            Trouble.WAS_UNDER_VOLTAGE: look.was_under_voltage,
            Trouble.THROTTLED: look.throttled,
            Trouble.SOFT_LIMIT: look.soft_limit,
            Trouble.HOT: self._passed(Trouble.HOT, HOT, look.celsius),
            Trouble.DISK_NEARLY_FULL: self._disk(Trouble.DISK_NEARLY_FULL, NEARLY_FULL, look.data),
            Trouble.DISK_FULL: self._disk(Trouble.DISK_FULL, FULL, look.data),
            Trouble.SYSTEM_DISK_NEARLY_FULL: self._disk(Trouble.SYSTEM_DISK_NEARLY_FULL, NEARLY_FULL, look.system),
        }
        measured = {trouble: there for trouble, there in found.items() if there is not None}
        self.on = frozenset(trouble for trouble, there in measured.items() if there)
        return measured

    def room(self, lack: str) -> None:
        """Whether the ledger has the room that it keeps for what is under way; why not, or empty."""
        self._no_room = lack

    @property
    def is_full(self) -> bool:
        """Whether it is for want of room that no visit begins."""
        return Trouble.DISK_FULL in self.on or bool(self._no_room)

    @property
    def disk(self) -> PartState:
        """Whether the disk of the data folder lets a visit begin."""
        if self.look is None:
            return PartState()
        data = self.look.data
        if data.fault:
            return PartState(False, f"expected to write in {data.where}, got {data.fault}", "see to the disk")
        if Trouble.DISK_FULL in self.on:
            return PartState(False, f"expected under {FULL.over_below} % in use, got {_used(data)}", MEND_DISK)
        if self._no_room:
            return PartState(False, f"expected room for what is under way, got {self._no_room}", MEND_DISK)
        if Trouble.DISK_NEARLY_FULL in self.on:
            return PartState(True, _used(data), MEND_DISK)
        return PartState(True)

    def _passed(self, trouble: Trouble, bound: Bound, value: int | None) -> bool | None:
        return None if value is None else bound.passed(value, trouble in self.on)

    def _disk(self, trouble: Trouble, bound: Bound, disk: DiskLook | None) -> bool | None:
        return None if disk is None or disk.fault else self._passed(trouble, bound, disk.percent)

    def detail(self, trouble: Trouble) -> str:
        """What was seen of a trouble, in words; empty where its name says it all."""
        look = self.look
        if look is None:
            return ""
        if trouble is Trouble.HOT:
            return f"{look.celsius} °C"
        if trouble is Trouble.SYSTEM_DISK_NEARLY_FULL:
            return _used(look.system) if look.system is not None else ""
        return _used(look.data) if trouble in {Trouble.DISK_NEARLY_FULL, Trouble.DISK_FULL} else ""


def _used(disk: DiskLook) -> str:
    what = " of the files that it can hold" if disk.of_files else ""
    return f"{disk.percent} %{what} in {disk.where}"
