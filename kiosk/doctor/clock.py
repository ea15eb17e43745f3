"""Does anything vouch for the time, does the clock outlive a power cut, and are the site's local times known?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from zoneinfo import TZPATH

from hw.clock import RTC_FOLDER, SYNCHRONISED_MARKER, ClockState, clock_state
from hw.real_time_clock import WEAK_MICROVOLTS, RealTimeClock, real_time_clocks
from kiosk.doctor.board import MODEL
from kiosk.doctor.check import CLOCK_SLACK, Kiosk, Verdict, good, note, wrong
from kiosk.site import Site

_SET: Final = "connect the network, and see that a time source answers: timedatectl timesync-status"

_UNKNOWN: Final = "how far it is off cannot be known here"

OLD_YEARS: Final = 3
"""From when on the data of time zones is called old: New Zealand's rules have stood since 2007."""


class ClockCheck:
    """Looks at the clocks."""

    of = "clock"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """The wall clock, the one on a battery, and the time zone."""
        root = kiosk.machine.root
        kernel = kiosk.machine.kernel_clock()
        clocks = root / RTC_FOLDER.relative_to("/")
        state = clock_state(lambda: kernel, root / SYNCHRONISED_MARKER.relative_to("/"), clocks)
        yield self._wall_clock(state, kernel.worst_error_s)
        yield from _on_battery(kiosk, real_time_clocks(clocks))
        if kiosk.site is not None:
            yield _zone(kiosk.site, kiosk.now)

    def _wall_clock(self, state: ClockState, worst_error_s: float) -> Verdict:
        match state:
            case ClockState.SYNCHRONISED:
                return good(self.of, f"a time source disciplines it; it is off by {worst_error_s:.3g} s at most")
            case ClockState.COASTING:
                finding = f"it was set since the machine started, and no time source has answered for long; {_UNKNOWN}"
                return note(self.of, finding, _SET)
            case ClockState.RTC:
                return note(self.of, f"the battery clock set it, and no time source; {_UNKNOWN}", _SET)
            case _:
                return wrong(self.of, f"nothing vouches for it, and entries say so; {_UNKNOWN}", _SET)


def _on_battery(kiosk: Kiosk, clocks: tuple[RealTimeClock, ...]) -> Iterator[Verdict]:
    of = "battery clock"
    if not clocks:
        finding = "there is none: after a power cut the time is doubtful until a time source answers"
        yield note(of, finding, "fit one (a DS3231 on I2C; a Pi 5 has one, which needs a battery)")
        return
    for clock in clocks:
        name = f"{clock.name} ({clock.driver or 'a driver that does not say its name'})"
        if clock.battery_microvolts is not None and clock.battery_microvolts < WEAK_MICROVOLTS:
            volts = clock.battery_microvolts / 1_000_000
            finding = f"{name} has {volts:.2f} V: its battery is empty, or none is there"
            yield wrong(of, finding, f"fit a new one{_charging(kiosk)}")
        elif clock.seconds is None:
            yield wrong(of, f"{name} does not tell the time", "see to its wiring, and to its overlay in config.txt")
        elif abs(datetime.fromtimestamp(clock.seconds, UTC) - kiosk.now) > CLOCK_SLACK:
            shows = datetime.fromtimestamp(clock.seconds, UTC)
            finding = f"{name} shows {shows:%Y-%m-%d %H:%M:%S} UTC, and the machine {kiosk.now:%Y-%m-%d %H:%M:%S}"
            mend = "once the machine's time is right: sudo hwclock --systohc; if it is off again, its battery is empty"
            yield wrong(of, finding, mend)
        else:
            measured = clock.battery_microvolts
            battery = f"{measured / 1_000_000:.2f} V" if measured is not None else "its battery is not measured"
            yield good(of, f"{name} agrees with the machine; {battery}")


def _charging(kiosk: Kiosk) -> str:
    is_pi5 = "Raspberry Pi 5" in (kiosk.machine.text(MODEL) or "")
    return ", and have it charged if it is an ML2020: dtparam=rtc_bbat_vchg=3000000 in config.txt" if is_pi5 else ""


def _zone(site: Site, now: datetime) -> Verdict:
    of, zone = "time zone", site.plan.timezone
    local = now.astimezone(zone)
    said = f"{zone}: it is {local:%Y-%m-%d %H:%M}, UTC{local:%z}"
    release, year = _release()
    if year is None:
        return note(of, f"{said}; how old its data is, is not known", "sudo apt install --only-upgrade tzdata")
    if now.year - year > OLD_YEARS:
        return note(of, f"{said}; its data is of {release}", "sudo apt install --only-upgrade tzdata")
    return good(of, f"{said}; its data is of {release}")


def _release() -> tuple[str, int | None]:
    """Which release of the time zones' data Python goes by: the system's, else the package's."""
    for folder in TZPATH:
        path = Path(folder) / "tzdata.zi"
        if path.is_file():
            with path.open(encoding="ascii", errors="replace") as file:
                return _parsed(file.readline())
    try:
        return _parsed(version("tzdata"))
    except PackageNotFoundError:
        return "", None


def _parsed(said: str) -> tuple[str, int | None]:
    """``# version 2025b`` of the system's file, ``2025.2`` of the package's version."""
    match = re.search(r"\b(20\d\d)(?:[a-z]|\.\d+)", said)
    return (match[0], int(match[1])) if match else ("", None)
