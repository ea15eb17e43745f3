"""What is seen of the kiosk's own machine."""

from msgspec import Struct


class DiskLook(Struct, frozen=True):
    """How full a disk is.

    Attributes:
        where: Which: the folder that lies on it.
        percent: In use, of room or of files, whichever is nearer to its end.
        of_files: It is the files.
        fault: Why nothing can be written to it, or nothing is known of it; empty when that is not so.
    """

    where: str
    percent: int
    of_files: bool = False
    fault: str = ""


class MachineLook(Struct, frozen=True):
    """What was seen of the machine. None stands for what it does not measure, never for a value.

    Attributes:
        data: The disk of the data folder.
        system: The machine's own disk, where that is another one that can be written to.
        under_voltage: The supply is too low now.
        was_under_voltage: It was since the machine started.
        throttled: The processor is slowed down.
        soft_limit: It is past the soft limit of its temperature.
        celsius: How hot it is.
    """

    data: DiskLook
    system: DiskLook | None = None
    under_voltage: bool | None = None
    was_under_voltage: bool | None = None
    throttled: bool | None = None
    soft_limit: bool | None = None
    celsius: int | None = None
