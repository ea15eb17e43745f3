"""The state of the wall clock: whether anything vouches for the time that goes into the ledger.

A Raspberry Pi up to the 4 has no clock of its own that survives a power cut.
"""

import ctypes
import os
from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path

from msgspec import Struct

from hw.errors import DeviceFault

SYNCHRONISED_MARKER = Path("/run/systemd/timesync/synchronized")
"""Made by systemd-timesyncd when it first set the clock since the machine started (systemd-timesyncd.service(8))."""

RTC_FOLDER = Path("/sys/class/rtc")
"""The machine's real-time clocks; the kernel set the time from the one whose ``hctosys`` says 1 (rtc.rst, sysfs)."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Made anew at each start of the machine (random(4))."""

STA_UNSYNC = 0x0040
"""Bit of timex.status: clock not synchronised (adjtimex(2), linux/timex.h)."""

WORST_ERROR_S = 16.0
"""Seconds of possible error from which the kernel, too, calls the clock unsynchronised (NTP_PHASE_LIMIT)."""


class ClockState(Enum):
    """How far the wall clock can be trusted."""

    SYNCHRONISED = "synchronised"
    """A time source disciplines it now."""

    COASTING = "coasting"
    """It was set from a time source since the machine started, and none has answered for too long."""

    RTC = "rtc"
    """No time source has set it since the machine started, but a real-time clock on a battery did."""

    DOUBTFUL = "doubtful"
    """Nothing vouches for it: it goes on from wherever the machine took it up."""


class KernelClock(Struct, frozen=True):
    """What the kernel says of its clock.

    Attributes:
        synchronised: Whether a time source disciplines it.
        worst_error_s: Seconds by which it may be wrong, as the kernel reckons.
    """

    synchronised: bool
    worst_error_s: float


class _Timeval(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long))


class Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2), as glibc's bits/timex.h lays it out on 64-bit Linux."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


def read_timex() -> Timex:
    """Ask the kernel, changing nothing (modes is 0, which needs no privilege).

    Raises:
        DeviceFault: when the call is refused, as a sandbox may do.
    """
    timex = Timex()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.adjtimex(ctypes.byref(timex)) < 0:
        number = ctypes.get_errno()
        raise DeviceFault(
            "clock",
            expected="adjtimex to answer",
            got=os.strerror(number),
            mend="let the service call adjtimex (systemd: SystemCallFilter=@clock, or none)",
        )
    return timex


def kernel_clock(read: Callable[[], Timex] = read_timex) -> KernelClock:
    """What the kernel says of its clock.

    Raises:
        DeviceFault: when it cannot be asked.
    """
    timex = read()
    worst_error_s = timex.maxerror / 1_000_000
    return KernelClock(not timex.status & STA_UNSYNC and worst_error_s < WORST_ERROR_S, worst_error_s)


def clock_state(
    kernel: Callable[[], KernelClock] = kernel_clock,
    marker: Path = SYNCHRONISED_MARKER,
    clocks: Path = RTC_FOLDER,
) -> ClockState:
    """How far the wall clock can be trusted now. Cheap: one system call, and a few small files where the answer is no.

    The kernel's word comes first, as it holds for chrony and ntpd too and lapses when the source is lost; the
    marker alone says only that the clock was right once since the machine started.

    Raises:
        DeviceFault: when the kernel cannot be asked.
    """
    if kernel().synchronised:
        return ClockState.SYNCHRONISED
    if marker.exists():
        return ClockState.COASTING
    return ClockState.RTC if _set_from_a_battery(clocks) else ClockState.DOUBTFUL


@cache
def _set_from_a_battery(clocks: Path) -> bool:
    """Asked once: what the kernel did when the machine started does not change."""
    for file in clocks.glob("*/hctosys"):
        try:
            if file.read_text(encoding="ascii", errors="replace").strip() == "1":
                return True
        except OSError:
            continue
    return False


def boot_id(file: Path = BOOT_ID) -> str:
    """Names this run of the machine: monotonic times of one boot can be compared, those of two cannot.

    Raises:
        DeviceFault: when the kernel does not say.
    """
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise DeviceFault(
            "clock", expected=f"the boot's id in {file}", got=str(error), mend="let the service read /proc"
        ) from error
