"""The clock's state, from the kernel's word and the marker of systemd-timesyncd."""

import ctypes
import time
from pathlib import Path

import pytest

from hw.clock import BOOT_ID, STA_UNSYNC, ClockState, KernelClock, Timex, boot_id, clock_state, kernel_clock, read_timex
from hw.errors import DeviceFault

STA_PLL, STA_NANO = 0x0001, 0x2000  # linux/timex.h

LP64_SIZE = 208
"""sizeof(struct timex) on 64-bit Linux, as the C compiler has it on x86-64 and aarch64."""


def timex(status: int, maxerror_us: int) -> Timex:
    made = Timex()
    made.status = status
    made.maxerror = maxerror_us
    return made


@pytest.mark.parametrize(
    ("status", "maxerror_us", "synchronised"),
    [
        (STA_PLL | STA_NANO, 25_000, True),
        (0, 0, True),
        (STA_UNSYNC, 25_000, False),
        (STA_PLL | STA_UNSYNC, 16_000_000, False),
        (STA_PLL, 15_999_999, True),
        (STA_PLL, 16_000_000, False),
    ],
)
def test_the_kernel_calls_a_clock_synchronised_by_its_status_and_its_worst_error(
    status: int, maxerror_us: int, synchronised: bool
) -> None:
    clock = kernel_clock(lambda: timex(status, maxerror_us))
    assert clock == KernelClock(synchronised, maxerror_us / 1_000_000)


@pytest.mark.parametrize(
    ("synchronised", "marked", "battery", "state"),
    [
        (True, True, "0", ClockState.SYNCHRONISED),
        (True, False, "1", ClockState.SYNCHRONISED),
        (False, True, "1", ClockState.COASTING),
        (False, False, "1", ClockState.RTC),
        (False, False, "0", ClockState.DOUBTFUL),
        (False, False, None, ClockState.DOUBTFUL),
    ],
)
def test_the_kernels_word_comes_before_the_marker_and_both_before_a_battery(
    tmp_path: Path, synchronised: bool, marked: bool, battery: str | None, state: ClockState
) -> None:
    marker = tmp_path / "synchronized"
    if marked:
        marker.touch()
    if battery is not None:
        (tmp_path / "rtc0").mkdir()
        (tmp_path / "rtc0" / "hctosys").write_text(f"{battery}\n")
    assert clock_state(lambda: KernelClock(synchronised, 0.1), marker, tmp_path) is state


def test_a_real_time_clock_that_cannot_be_asked_vouches_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "rtc0" / "hctosys").mkdir(parents=True)
    state = clock_state(lambda: KernelClock(False, 0.1), tmp_path / "absent", tmp_path)
    assert state is ClockState.DOUBTFUL


def test_the_boot_has_an_id_that_stays() -> None:
    assert boot_id() == boot_id() == BOOT_ID.read_text().strip()


def test_a_boot_without_id_is_a_fault_with_its_mend(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault, match="let the service read /proc"):
        boot_id(tmp_path / "absent")


def test_the_struct_is_laid_out_as_the_kernel_fills_it() -> None:
    assert ctypes.sizeof(Timex) == LP64_SIZE
    before = time.time()
    asked = read_timex()
    after = time.time()
    fraction_s = asked.time.tv_usec / (1e9 if asked.status & STA_NANO else 1e6)
    assert before - 1 <= asked.time.tv_sec + fraction_s <= after + 1
    assert 9_000 <= asked.tick <= 11_000  # 10,000 us, +-10 % (adjtimex(2))
    assert asked.modes == 0
    assert asked.precision >= 1


def test_this_machine_has_a_state_that_agrees_with_its_kernel(tmp_path: Path) -> None:
    state = clock_state(marker=tmp_path / "absent", clocks=tmp_path)
    assert state in (ClockState.SYNCHRONISED, ClockState.DOUBTFUL)
    assert (state is ClockState.SYNCHRONISED) is kernel_clock().synchronised
