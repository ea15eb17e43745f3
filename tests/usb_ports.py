"""What the machine's list of ports says of ptys that stand for USB ports."""

from pathlib import Path

from serial.tools.list_ports_common import ListPortInfo


class UsbPorts:
    """A list of ports, as `hw.serial_ports` takes it: each with the USB identity that it was plugged in with."""

    def __init__(self) -> None:
        self._plugged: dict[str, tuple[int, int, str | None]] = {}

    def plug(self, path: Path, vendor_id: int, product_id: int, serial_number: str | None = None) -> None:
        """The device behind a path says this of itself."""
        self._plugged[str(path.resolve())] = (vendor_id, product_id, serial_number)

    def __call__(self) -> list[ListPortInfo]:
        ports = []
        for device, identity in self._plugged.items():
            port = ListPortInfo(device)
            port.vid, port.pid, port.serial_number = identity
            ports.append(port)
        return ports
