"""Looks after the kiosk's own machine: its disks, its power, its heat. What is otherwise than before comes as an event.

Threads: a keeper's own, since a sensor or a firmware may be slow. A look takes well under a millisecond where no
process is started: the firmware is asked once a minute, and only where the kiosk may ask it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import structlog

from hw.disk import disk_use
from hw.errors import DeviceFault
from hw.temperature import processor_temperature
from kiosk.core import events as ev
from kiosk.core.machine_look import DiskLook, MachineLook
from kiosk.core.times import Moment
from kiosk.station.keeper import Keeper

ASK_FIRMWARE_S: Final = 60.0
"""Seconds between two questions to the firmware, each of which starts a process."""

STEP_C: Final = 2
"""Degrees by which a temperature must differ to be told anew: a screen need not follow each tenth."""

SYSTEM: Final = Path("/")
"""Where the machine's own disk is mounted."""

T = TypeVar("T")


class MachineLooks:
    """Looks at the machine, again and again.

    Args:
        data: The data folder.
        system: A folder on the machine's own disk.
    """

    def __init__(self, data: Path, system: Path = SYSTEM) -> None:
        self._data = data
        self._system = system
        self._asked_at = float("-inf")
        self._celsius: int | None = None
        self._flags: tuple[bool | None, bool | None, bool | None] = (None, None, None)
        self._faults: dict[str, str] = {}
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("station").bind(part="machine")

    def look(self, now: float) -> MachineLook:
        """What there is to see.

        Args:
            now: Monotonic seconds.
        """
        from hw.power import under_voltage  # with its tools for processes, which the gate's start needs not wait for

        data, system = self._disks()
        was_low, throttled, soft_limit = self._firmware(now)
        low = self._measured("power", under_voltage)
        return MachineLook(data, system, low, was_low, throttled, soft_limit, self._temperature())

    def _disks(self) -> tuple[DiskLook, DiskLook | None]:
        """The data folder's, and the machine's own, where that is another one that can be written to."""
        try:
            data = disk_use(self._data)
        except OSError as error:
            return DiskLook(str(self._data), 0, fault=error.strerror or str(error)), None
        fault = "a disk that is read-only" if data.read_only else ""
        look = DiskLook(str(self._data), data.worst_percent, data.worst_percent != data.used_percent, fault)
        try:
            system = disk_use(self._system)
        except OSError:
            return look, None
        if system.device == data.device or system.read_only:  # a read-only image is full by design
            return look, None
        of_files = system.worst_percent != system.used_percent
        return look, DiskLook(str(self._system), system.worst_percent, of_files)

    def _temperature(self) -> int | None:
        celsius = self._measured("temperature", processor_temperature)
        if celsius is None:
            self._celsius = None
        elif self._celsius is None or abs(celsius - self._celsius) >= STEP_C:
            self._celsius = round(celsius)
        return self._celsius

    def _firmware(self, now: float) -> tuple[bool | None, bool | None, bool | None]:
        """Whether power was low since the start, the processor is slowed down, and is past the soft limit."""
        from hw.power import ask_firmware

        if now - self._asked_at >= ASK_FIRMWARE_S:
            self._asked_at = now
            said = self._measured("firmware", ask_firmware)
            none = (None, None, None)
            self._flags = none if said is None else (said.was_under_voltage, said.throttled, said.soft_limit)
        return self._flags

    def _measured(self, sensor: str, measure: Callable[[], T | None]) -> T | None:
        """What a sensor says; None, never a value, where it says nothing that can be."""
        try:
            value = measure()
        except DeviceFault as fault:
            if self._faults.get(sensor) != str(fault):
                self._faults[sensor] = str(fault)
                self._log.warning("not measured", sensor=sensor, fault=str(fault))
            return None
        self._faults.pop(sensor, None)
        return value


class MachineWatch(Keeper):
    """Tells what is otherwise than at the look before.

    Args:
        look: Looks; takes monotonic seconds.
        now: Reads both clocks.
        post: Takes the events, on the keeper's thread; must not block.
    """

    def __init__(
        self, look: Callable[[float], MachineLook], now: Callable[[], Moment], post: Callable[[ev.Event], None]
    ) -> None:
        super().__init__("machine")
        self._look = look
        self._now = now
        self._post = post
        self._told: MachineLook | None = None

    def look(self) -> None:
        """Look, and tell what is new."""
        now = self._now()
        look = self._look(now.monotonic)
        if look != self._told:
            self._told = look
            self._post(ev.MachineLooked(look, now))
