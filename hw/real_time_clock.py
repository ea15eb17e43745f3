"""The machine's real-time clock and the battery that keeps it going while the power is off."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from hw.clock import RTC_FOLDER

WEAK_MICROVOLTS: Final = 2_400_000
"""Below this a Pi 5's cell counts as empty or not there. Ours: four fifths of the 3 V that the ML2020 for it has."""


class RealTimeClock(Struct, frozen=True):
    """A real-time clock.

    Attributes:
        name: Such as ``rtc0``.
        driver: Such as ``rpi_rtc soc@107c000000:rpi_rtc``.
        seconds: What it shows: seconds since 1970, UTC; None when it does not tell.
        set_the_time: Whether the kernel set the time from it when the machine started.
        battery_microvolts: Of its battery; None where nothing measures it. A Pi 5's says so (its driver rtc-rpi, in
            microvolts), 0 with no battery in place.
    """

    name: str
    driver: str
    seconds: int | None
    set_the_time: bool
    battery_microvolts: int | None


def real_time_clocks(folder: Path = RTC_FOLDER) -> tuple[RealTimeClock, ...]:
    """The machine's real-time clocks (rtc.rst, sysfs)."""
    return tuple(
        RealTimeClock(
            path.name,
            _text(path / "name"),
            _number(path / "since_epoch"),
            _text(path / "hctosys") == "1",
            _number(path / "battery_voltage"),
        )
        for path in sorted(folder.glob("rtc*"))
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(file: Path) -> int | None:
    said = _text(file)
    return int(said) if said.isascii() and said.isdigit() else None
