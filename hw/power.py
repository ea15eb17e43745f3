"""Whether the board has enough power, and whether it slows itself down: what a Raspberry Pi says of that.

Two sources, the first of which needs no rights:

- The kernel's voltage sensor ``rpi_volt`` (Documentation/hwmon/raspberrypi-hwmon.rst): one alarm, under-voltage. The
  driver asks the firmware every 2 s and has it forget, so the alarm says "within the last 2 s", not "since the start".
- The firmware itself, by ``vcgencmd get_throttled``: all that it knows, also what has happened since the machine
  started, before anybody looked. That needs /dev/vcio, which belongs to the group ``video``.

``/sys/devices/platform/soc/soc:firmware/get_throttled`` is no source: Raspberry Pi's kernels since March 2025 do not
have it, and those before warn of whoever reads it with a trace in the log (raspberrypi/linux, pull request 6697).
"""

import os
import re
import subprocess
from pathlib import Path
from shutil import which

from msgspec import Struct

from hw.errors import DeviceFault

HWMON = Path("/sys/class/hwmon")
"""The machine's sensors, a folder each (Documentation/hwmon/sysfs-interface.rst)."""

SENSOR = "rpi_volt"
"""What the file ``name`` says in the folder of the Pi's own voltage sensor."""

VCIO = Path("/dev/vcio")
"""The way to the firmware; ``vcgencmd`` opens it for reading and writing."""

ASK_S = 2.0
"""Seconds that the firmware may take to answer: it takes some milliseconds."""

_SAID = re.compile(r"(?:throttled=)?(?:0x)?([0-9a-fA-F]{1,8})")


class Throttled(Struct, frozen=True):
    """What the firmware says with ``get_throttled``: four conditions, each as it is now and since the machine started.

    Attributes:
        under_voltage: The supply is below 4.63 V (bit 0).
        capped: The processor may not run as fast as it could (bit 1).
        throttled: It is slowed down, for its heat or for want of power (bit 2).
        soft_limit: It is past the soft limit of its temperature, 60 degrees on a Pi 3B+ and 3A+, none else (bit 3).
        was_under_voltage: Since the machine started (bit 16).
        was_capped: Since the machine started (bit 17).
        was_throttled: Since the machine started (bit 18).
        was_at_soft_limit: Since the machine started (bit 19).
    """

    under_voltage: bool = False
    capped: bool = False
    throttled: bool = False
    soft_limit: bool = False
    was_under_voltage: bool = False
    was_capped: bool = False
    was_throttled: bool = False
    was_at_soft_limit: bool = False

    @classmethod
    def of_bits(cls, bits: int) -> "Throttled":
        """What the number means. Bits that mean nothing are left out: a later firmware may have more."""
        return cls(*(bool(bits & 1 << place) for place in (0, 1, 2, 3, 16, 17, 18, 19)))

    @classmethod
    def read(cls, said: str) -> "Throttled":
        """Reads ``throttled=0x50005``.

        Raises:
            DeviceFault: when it is something else.
        """
        found = _SAID.fullmatch(said.strip())
        if found is None:
            raise _odd("throttled= and a number in hexadecimal digits", said.strip() or "nothing")
        return cls.of_bits(int(found[1], 16))


def under_voltage(hwmon: Path = HWMON) -> bool | None:
    """Whether the supply was too low within the last 2 s; None on a machine that does not measure it.

    Raises:
        DeviceFault: when the sensor is there and says nothing that can be read.
    """
    for folder in sorted(hwmon.glob("hwmon*")):
        try:
            if (folder / "name").read_text(encoding="ascii").strip() != SENSOR:
                continue
            said = (folder / "in0_lcrit_alarm").read_text(encoding="ascii").strip()
        except FileNotFoundError:  # taken away while it was looked at
            continue
        except (OSError, ValueError) as error:
            raise _odd(f"to read the sensor in {folder}", str(error)) from error
        if said not in ("0", "1"):
            raise _odd(f"0 or 1 in {folder / 'in0_lcrit_alarm'}", said or "nothing")
        return said == "1"
    return None


def ask_firmware(vcio: Path = VCIO, tool: str = "vcgencmd") -> Throttled | None:
    """What the firmware says; None where it cannot be asked: no Pi, or no right to.

    It starts a process, so it is for looks that are far apart.

    Raises:
        DeviceFault: when it may be asked and gives no answer.
    """
    program = which(tool)
    if program is None or not os.access(vcio, os.R_OK | os.W_OK):
        return None
    try:
        # Without an argument nothing is forgotten: "get_throttled 0xf" would clear what has happened.
        ran = subprocess.run([program, "get_throttled"], capture_output=True, timeout=ASK_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _odd(f"an answer of {program} within {ASK_S:g} s", str(error)) from error
    said = ran.stdout.decode("ascii", errors="replace")
    if ran.returncode != 0:
        raise _odd(f"{program} to end well", f"exit code {ran.returncode}: {said.strip()}")
    return Throttled.read(said)


def _odd(expected: str, got: str) -> DeviceFault:
    return DeviceFault(
        "power sensor",
        expected=expected,
        got=got,
        mend="see 'vcgencmd get_throttled' and the kernel's log on the machine",
    )
