"""How hot the board's processor is, as the kernel says. A machine that has no such sensor is not measured."""

from pathlib import Path

from hw.errors import DeviceFault

ZONES = Path("/sys/class/thermal")
"""The machine's thermal zones, a folder each (Documentation/driver-api/thermal/sysfs-api.rst)."""

PROCESSOR = frozenset({"cpu-thermal", "cpu_thermal", "soc-thermal", "soc_thermal", "bcm2835_thermal"})
"""What the file ``type`` says of a Pi's processor: by its device tree, or by a kernel without one."""

SLOWED_AT_C = 80
"""Degrees from which the firmware of every Pi slows the processor down (Raspberry Pi documentation, Frequency
management and thermal control)."""

LIMIT_C = 85
"""Degrees at which it slows down all that it can: the highest that config.txt allows."""

_SANE_C = (-50, 150)
"""What a sensor that works can say: the chip's own range is -40 to 125."""


def processor_temperature(zones: Path = ZONES) -> float | None:
    """Degrees Celsius; None on a machine that does not measure it.

    Raises:
        DeviceFault: when the sensor is there and says nothing that can be.
    """
    for folder in sorted(zones.glob("thermal_zone*")):
        try:
            if (folder / "type").read_text(encoding="ascii").strip() not in PROCESSOR:
                continue
            said = (folder / "temp").read_text(encoding="ascii").strip()
        except FileNotFoundError:  # taken away while it was looked at
            continue
        except (OSError, ValueError) as error:
            raise _odd(f"to read the sensor in {folder}", str(error)) from error
        return _degrees(said, folder)
    return None


def _degrees(said: str, folder: Path) -> float:
    try:
        degrees = int(said) / 1000
    except ValueError:
        degrees = float("nan")
    if not _SANE_C[0] <= degrees <= _SANE_C[1]:
        raise _odd(f"thousandths of degrees in {folder / 'temp'}", said or "nothing")
    return degrees


def _odd(expected: str, got: str) -> DeviceFault:
    return DeviceFault("temperature sensor", expected=expected, got=got, mend="see the kernel's log on the machine")
