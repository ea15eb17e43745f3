"""The machine that the doctor looks at: where its files are and what it is asked by. Tests give another."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from hw import units

if TYPE_CHECKING:  # loaded by those checks that need them
    from serial.tools.list_ports_common import ListPortInfo

    from hw.clock import KernelClock
    from hw.disk import DiskUse
    from hw.pins import Pins


def _list_ports() -> Iterable[ListPortInfo]:
    from serial.tools import list_ports

    ports: Iterable[ListPortInfo] = list_ports.comports()
    return ports


def _open_pins(extra: str) -> Pins:
    from hw.rpi_pins import RpiPins

    return RpiPins(extra=extra)


def _kernel_clock() -> KernelClock:
    from hw.clock import kernel_clock

    return kernel_clock()


def _lines_in_use(label: str, lines: Iterable[int]) -> Mapping[int, str]:
    from hw.gpio_lines import lines_in_use

    return lines_in_use(label, lines)


def _disk_use(folder: Path) -> DiskUse:
    from hw.disk import disk_use

    return disk_use(folder)


def _installed(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _has_module(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except ImportError:  # the package that it stands in is not there
        return False


class Machine(Struct, frozen=True):
    """A machine.

    Attributes:
        root: Where its files begin: /proc, /sys, /dev, /etc and /run are looked for below it.
        user: As whom the doctor looks.
        list_ports: Lists its serial ports.
        open_pins: Opens its pins, by the extra that brings the library for its board.
        lines_in_use: Asks the kernel who has which lines of a GPIO chip.
        kernel_clock: Asks the kernel about its clock.
        disk_use: Says how full the file system of a folder is.
        installed: The version of a Python package that is installed; None where it is not.
        has_module: Whether Python finds a module, whoever put it there.
        prefix: Where this program is installed.
        systemctl: Asks its service manager.
    """

    root: Path = Path("/")
    user: int = field(default_factory=os.geteuid)
    list_ports: Callable[[], Iterable[ListPortInfo]] = _list_ports
    open_pins: Callable[[str], Pins] = _open_pins
    lines_in_use: Callable[[str, Iterable[int]], Mapping[int, str]] = _lines_in_use
    kernel_clock: Callable[[], KernelClock] = _kernel_clock
    disk_use: Callable[[Path], DiskUse] = _disk_use
    installed: Callable[[str], str | None] = _installed
    has_module: Callable[[str], bool] = _has_module
    prefix: Path = Path(sys.prefix)
    systemctl: units.Ask = units.systemctl

    def text(self, path: str) -> str | None:
        """What a small file of the kernel's or the system's says; None where there is none, or it may not be read.

        Args:
            path: Below the root, such as ``proc/device-tree/model``.
        """
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace").strip("\0\n ")
        except OSError:
            return None

    @property
    def has_systemd(self) -> bool:
        """Whether systemd manages its services."""
        return (self.root / units.RUNNING).is_dir()


AS_ROOT: Final = "run it as root: sudo sealgate doctor"
"""The mend of what only root can look at."""
