"""What the kernel knows of the header's lines: who has asked for which. Asking changes nothing.

By the GPIO character device's second interface (linux/gpio.h, since Linux 5.10): GPIO_GET_CHIPINFO_IOCTL and
GPIO_V2_GET_LINEINFO_IOCTL. RPi.GPIO asks the kernel for no line, it writes registers; what holds a line here is a
driver of the kernel's (1-Wire, a fan, a HAT) or a program that goes by the kernel, as rpi-lgpio does.
"""

import fcntl
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

DEVICES: Final = Path("/dev")

_CHIP_INFO: Final = struct.Struct("=32s32sI")
"""struct gpiochip_info: name, label, number of lines."""

_GET_CHIP_INFO: Final = 0x8044B401

_LINE_INFO: Final = struct.Struct("=32s32sIIQ160s16s")
"""struct gpio_v2_line_info: name, consumer, offset, number of attributes, flags, ten attributes, padding."""

_GET_LINE_INFO: Final = 0xC100B405

_USED: Final = 1
"""GPIO_V2_LINE_FLAG_USED."""


class NoSuchChip(Exception):
    """There is no GPIO chip of this label. Its text names those that there are."""


def lines_in_use(label: str, lines: Iterable[int], devices: Path = DEVICES) -> Mapping[int, str]:
    """Which of some lines somebody has asked the kernel for.

    Args:
        label: Of the chip behind the header, as ``gpiodetect`` shows it.
        lines: Numbers of lines; on the header they are the GPIO (BCM) numbers.
        devices: Where device files are.

    Returns:
        By line, who has it, in the kernel's words.

    Raises:
        NoSuchChip: There is none of this label.
        OSError: A chip may not be opened, or does not answer.
    """
    seen = []
    for path in sorted(devices.glob("gpiochip*")):
        with _opened(path) as chip:
            found = _text(_CHIP_INFO.unpack(_asked(chip, _GET_CHIP_INFO, bytes(_CHIP_INFO.size)))[1])
            if found == label:
                return dict(_used(chip, lines))
            seen.append(found)
    raise NoSuchChip(", ".join(seen) or "none")


def _used(chip: int, lines: Iterable[int]) -> Iterator[tuple[int, str]]:
    for line in lines:
        asked = _LINE_INFO.pack(b"", b"", line, 0, 0, b"", b"")
        _, consumer, _, _, flags, _, _ = _LINE_INFO.unpack(_asked(chip, _GET_LINE_INFO, asked))
        if flags & _USED:
            yield line, _text(consumer) or "the kernel"


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _asked(chip: int, request: int, data: bytes) -> bytes:
    return fcntl.ioctl(chip, request, data)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode(errors="replace")
