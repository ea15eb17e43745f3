"""What every driver reports of its own state. Each device's own values stand in that device's file."""

from collections.abc import Callable

from msgspec import Struct

from hw.errors import FaultKind


class DeviceReady(Struct, frozen=True):
    """The device answered and is being served.

    Attributes:
        device: The name it was configured under.
        detail: What it says of itself, such as chip and firmware version.
    """

    device: str
    detail: str


class DeviceIdentified(Struct, frozen=True):
    """The device that is being served says which one it is: each time that it is connected, once it has answered.

    Of a device that cannot say, such as one on a port of the board, there is no such report.

    Attributes:
        device: The name it was configured under.
        serial: Its own serial number; of a device that tells none, what its USB port says (`hw.serial_ports`).
        place: Where on the USB it is plugged in, such as ``1-1.3``; empty where that is not known.
    """

    device: str
    serial: str
    place: str = ""


class DeviceLost(Struct, frozen=True):
    """The device does not answer as it should; the driver goes on trying.

    Attributes:
        device: The name it was configured under.
        expected: What should have happened.
        got: What came instead.
        mend: What a person can do about it.
        kind: What sort of failure it is.
    """

    device: str
    expected: str
    got: str
    mend: str
    kind: FaultKind = FaultKind.OTHER


Report = Callable[[object], None]
"""How a driver hands over a report. Called on the driver's own thread; must not block."""
