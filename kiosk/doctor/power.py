"""Has the board enough power, and does it stay cool? What was since its start counts as much as what is now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hw.power import HWMON, VCIO, Throttled, ask_firmware, under_voltage
from hw.temperature import LIMIT_C, SLOWED_AT_C, ZONES, processor_temperature
from kiosk.doctor.board import MODEL
from kiosk.doctor.check import Kiosk, Verdict, good, note, unseen, wrong

_SUPPLY: Final = "use the board's own power supply, a short thick cable, and a powered hub for what hangs on USB"

_VCGENCMD: Final = "install what asks it, vcgencmd: sudo apt install raspi-utils"

WARM_C: Final = 70
"""Degrees from which on it is told: ten below where the firmware slows the processor down."""


class PowerCheck:
    """Looks at voltage and temperature of the board."""

    of = "power"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Voltage, what was slowed down, and how hot the processor is; nothing where no board is that measures it."""
        root = kiosk.machine.root
        now = under_voltage(root / HWMON.relative_to("/"))
        said = ask_firmware(root / VCIO.relative_to("/"))
        if now is not None or said is not None or _is_pi(kiosk):
            mend = _VCGENCMD if kiosk.machine.user == 0 else "sudo sealgate doctor"
            yield self._power(now, said, mend)
        degrees = processor_temperature(root / ZONES.relative_to("/"))
        if degrees is not None or _is_pi(kiosk):
            yield _temperature(degrees, said)

    def _power(self, now: bool | None, said: Throttled | None, mend: str) -> Verdict:
        if now or (said is not None and said.under_voltage):
            return wrong(self.of, "the voltage is too low now (below 4.63 V): what is written may be lost", _SUPPLY)
        if said is not None and said.was_under_voltage:
            return wrong(self.of, "the voltage has been too low since the machine started", _SUPPLY)
        if said is not None:
            return good(self.of, "the voltage was high enough ever since the machine started")
        whole = "what was since the start, the firmware was not asked"
        if now is None:
            return unseen(self.of, f"the kernel does not say how the voltage is; {whole}", mend)
        return note(self.of, f"the voltage is high enough now; {whole}", mend)


def _temperature(degrees: float | None, said: Throttled | None) -> Verdict:
    of, mend = "temperature", "give the cabinet air or shade, and the processor a heat sink"
    if degrees is None:
        return unseen(of, "the kernel does not say how hot the processor is", "see the kernel's log")
    finding = f"the processor has {degrees:.0f} °C"
    if degrees >= SLOWED_AT_C or (said is not None and (said.throttled or said.soft_limit)):
        return wrong(of, f"{finding}, and is slowed down; at {LIMIT_C} °C by all that it can be", mend)
    if said is not None and (said.was_throttled or said.was_at_soft_limit):
        return wrong(of, f"{finding}, and was slowed down since the machine started", mend)
    if degrees >= WARM_C:
        return wrong(of, f"{finding}; from {SLOWED_AT_C} °C on it is slowed down", mend)
    return good(of, finding)


def _is_pi(kiosk: Kiosk) -> bool:
    return "Raspberry Pi" in (kiosk.machine.text(MODEL) or "")
