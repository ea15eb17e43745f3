"""What the machine's list of ports says of ptys that stand for USB ports."""

from pathlib import Path

from serial.tools.list_ports_common import ListPortInfo


class UsbPorts:
    """A list of ports, as `hw.serial_ports` takes it: each with the USB identity that it was plugged in with."""

    def __init__(self) -> None:
        self._plugged: dict[Path, tuple[int, int, str | None]] = {}

    def plug(self, path: Path, vendor_id: int, product_id: int, serial_number: str | None = None) -> None:
        """Whatever is behind a path, now and from then on, says this of itself."""
        self._plugged[path] = (vendor_id, product_id, serial_number)

    def __call__(self) -> list[ListPortInfo]:
        ports = []
        for path, identity in self._plugged.items():
            port = ListPortInfo(str(path.resolve()))
            port.vid, port.pid, port.serial_number = identity
            ports.append(port)
        return ports
