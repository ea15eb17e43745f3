"""The machine: kernel, model, memory, disks, and what is plugged in."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kiosk.support.part import Asked, Member, as_json, text_of

PROC: Final = Path("/proc")
SYS: Final = Path("/sys")
DEV: Final = Path("/dev")

_USB: Final = ("idVendor", "idProduct", "manufacturer", "product", "serial", "speed", "bcdDevice")
_MEMORY: Final = frozenset({"MemTotal", "MemAvailable", "SwapTotal", "SwapFree"})
_RELEASE: Final = frozenset({"ID", "VERSION_ID", "PRETTY_NAME"})


class MachinePart:
    """Kernel, memory and disks."""

    of, free_text = "machine", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """What the system says of itself; its name, which somebody gave it, is left out."""
        system = platform.uname()
        machine = {
            "kernel": f"{system.system} {system.release} {system.version}",
            "release": _pairs(text_of(Path("/etc/os-release")), "=", _RELEASE),
            "model": text_of(PROC / "device-tree" / "model"),
            "uptime_s": text_of(PROC / "uptime").partition(" ")[0],
            "load": text_of(PROC / "loadavg"),
            "memory": _pairs(text_of(PROC / "meminfo"), ":", _MEMORY),
            "user": os.geteuid(),
            "disks": [_disk(path) for path in dict.fromkeys((asked.data, Path("/"), Path("/run"), Path("/var/log")))],
        }
        yield as_json("machine.json", machine, asked)


class DevicesPart:
    """USB devices and serial ports."""

    of, free_text = "devices", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """What each USB device says of itself, which driver each serial port has, and what udev calls it."""
        devices = {"usb": list(_usb()), "serial": list(_serial()), "named": dict(_named())}
        yield as_json("devices.json", devices, asked)


def _pairs(text: str, separator: str, wanted: frozenset[str]) -> dict[str, str]:
    split = (line.partition(separator) for line in text.splitlines())
    return {name.strip(): value.strip().strip('"') for name, _, value in split if name.strip() in wanted}


def _disk(path: Path) -> dict[str, object]:
    """How full the disk under a path is, and how it is mounted."""
    try:
        disk = os.statvfs(path)
    except OSError as fault:
        return {"path": str(path), "unread": fault.strerror}
    return {
        "path": str(path),
        "bytes": disk.f_blocks * disk.f_frsize,
        "available": disk.f_bavail * disk.f_frsize,
        "files": disk.f_files,
        "files_available": disk.f_favail,
        "mounted": _mount(path),
    }


def _mount(path: Path) -> str:
    """Type and options of the file system that a path is on (proc(5), mountinfo)."""
    device = path.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in text_of(PROC / "self" / "mountinfo", 1 << 20).splitlines():
        fields = line.split()
        if len(fields) > 2 and fields[2] == wanted and "-" in fields:
            return f"{fields[fields.index('-') + 1]} {fields[5]}"
    return ""


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _usb() -> Iterator[dict[str, str]]:
    for device in _entries(SYS / "bus" / "usb" / "devices"):
        said = {name: text_of(device / name, 256) for name in _USB}
        if said["idVendor"]:
            yield {"at": device.name, **{name: value for name, value in said.items() if value}}


def _serial() -> Iterator[dict[str, Any]]:
    for port in _entries(SYS / "class" / "tty"):
        driver = port / "device" / "driver"
        if driver.exists():
            yield {"port": port.name, "driver": driver.resolve().name}


def _named() -> Iterator[tuple[str, str]]:
    """The names that our udev rules give, and where they lead."""
    for link in _entries(DEV):
        if link.name.startswith("sealgate") and link.is_symlink():
            yield link.name, str(link.readlink())
