"""Which serial port a device is on: by a name that stays, or by the USB identity of what is plugged in."""

import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from hw.errors import DeviceFault, FaultKind

ListPorts = Callable[[], Iterable[ListPortInfo]]

LOOKS = 3
"""Times that the ports are looked at until one look is not disturbed by a device that is just being unplugged."""


class PathPort(Struct, frozen=True):
    """A port by its path: one of udev's names that stay (``/dev/serial/by-id/...``), or a port of the board.

    Raises:
        ValueError: when the path is not absolute.
    """

    path: Path

    def __post_init__(self) -> None:
        if not self.path.is_absolute():
            raise ValueError(f"expected an absolute path of a serial port such as /dev/serial0, got {str(self.path)!r}")

    def __str__(self) -> str:
        return str(self.path)


class UsbPort(Struct, frozen=True):
    """A port by what the USB device behind it says of itself. ttyACM numbers change at every replug; this does not.

    Attributes:
        vendor_id: idVendor, 16 bits.
        product_id: idProduct, 16 bits.
        serial_number: iSerialNumber, exactly; None takes a device with any or none.

    Raises:
        ValueError: when an id is not of 16 bits.
    """

    vendor_id: int
    product_id: int
    serial_number: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("vendor id", self.vendor_id), ("product id", self.product_id)):
            if not 0 <= value <= 0xFFFF:
                raise ValueError(f"expected a USB {name} between 0x0000 and 0xFFFF, got {value:#x}")

    def __str__(self) -> str:
        identity = f"USB device {self.vendor_id:04x}:{self.product_id:04x}"
        return f"{identity} with serial number {self.serial_number}" if self.serial_number else identity


PortName = PathPort | UsbPort


def find_port(device: str, name: PortName, *, ports: ListPorts = list_ports.comports) -> str:
    """The path to open for a port's name. To be asked anew before each opening.

    Args:
        device: What the installer calls the device, for the error.
        name: The port as the site's settings name it.
        ports: Lists the serial ports of this machine.

    Raises:
        DeviceFault: when no port matches, or more than one; it names those that are there.
    """
    if isinstance(name, PathPort):
        return _by_path(device, name, ports)
    found = [port for port in _there(ports) if _matches(port, name)]
    if len(found) == 1:
        return str(found[0].device)
    if found:
        raise DeviceFault(
            device,
            expected=f"one serial port on {name}",
            got=f"{len(found)}: {_listed(found)}",
            mend="give the serial number too, or the path in /dev/serial/by-path",
        )
    raise DeviceFault(
        device,
        expected=f"a serial port on {name}",
        got=_seen(ports),
        mend="plug the device in, or correct its port in the site's settings",
        kind=FaultKind.MISSING,
    )


class UsbSeen(Struct, frozen=True):
    """What is known of the USB device behind a port.

    Attributes:
        identity: What it says of itself: ``05e0:1701 S1``, vendor and product id and serial number. Many have no serial
            number, so that two of a kind say the same.
        place: Where it is plugged in, as the kernel names it: ``1-1.3`` is bus 1, port 1, and port 3 of the hub there.
    """

    identity: str
    place: str


def usb_seen(path: str, *, ports: ListPorts = list_ports.comports) -> UsbSeen:
    """The USB device behind a port.

    Args:
        path: The port: any path, also udev's symbolic links.
        ports: Lists the serial ports of this machine.

    Returns:
        Empty texts where nothing says who it is: a port of the board, or a device that was unplugged meanwhile.
    """
    real = str(Path(path).resolve())
    port = next((each for each in _there(ports) if each.device == real), None)
    if port is None or port.vid is None or port.pid is None:
        return UsbSeen("", "")
    serial_number = f" {_printable(port.serial_number)}" if port.serial_number else ""
    # A device with several interfaces is named with the one that the port is: 1-1.3:1.0.
    return UsbSeen(f"{port.vid:04x}:{port.pid:04x}{serial_number}", (port.location or "").partition(":")[0])


def usb_identity(path: str, *, ports: ListPorts = list_ports.comports) -> str:
    """What the USB device behind a port says of itself: `UsbSeen.identity`."""
    return usb_seen(path, ports=ports).identity


def _there(ports: ListPorts) -> list[ListPortInfo]:
    """The ports that are there. pyserial fails with TypeError when a device is unplugged while it is looked at."""
    for _ in range(LOOKS):
        with suppress(OSError, TypeError, ValueError):
            return list(ports())
    return []


def _printable(text: str) -> str:
    """A device's own text, which lists and alerts show: what would not stand there as it is stands escaped."""
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)


def _by_path(device: str, name: PathPort, ports: ListPorts) -> str:
    try:
        mode = name.path.stat().st_mode
    except OSError as error:
        raise DeviceFault(
            device,
            expected=f"a serial port at {name}",
            got=f"{error.strerror}; {_seen(ports)}",
            mend="plug the device in, or correct its port in the site's settings",
            kind=FaultKind.DENIED if isinstance(error, PermissionError) else FaultKind.MISSING,
        ) from error
    if not stat.S_ISCHR(mode):
        raise DeviceFault(
            device,
            expected=f"a serial port at {name}",
            got="a file that is no character device",
            mend="correct the port in the site's settings",
        )
    return str(name)


def _matches(port: ListPortInfo, name: UsbPort) -> bool:
    if (port.vid, port.pid) != (name.vendor_id, name.product_id):
        return False
    return name.serial_number is None or port.serial_number == name.serial_number


def _seen(ports: ListPorts) -> str:
    seen = _there(ports)
    return f"these ports: {_listed(seen)}" if seen else "no serial port at all"


def _listed(ports: Iterable[ListPortInfo]) -> str:
    return ", ".join(sorted(_described(port) for port in ports))


def _described(port: ListPortInfo) -> str:
    if port.vid is None or port.pid is None:
        return str(port.device)
    serial_number = f" serial number {port.serial_number}" if port.serial_number else ""
    return f"{port.device} ({port.vid:04x}:{port.pid:04x}{serial_number})"
