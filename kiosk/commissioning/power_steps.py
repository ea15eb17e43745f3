"""The steps in which a device loses its power: it must be noticed, and the device found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.reports import DeviceLost, DeviceReady
from drivers.seal_reader_values import SealReaderReady
from kiosk.commissioning.step import wait_for

if TYPE_CHECKING:
    from kiosk.commissioning.step import Walk


class PowerStep:
    """A device's power or cable is cut, and given back.

    Args:
        device: Its name.
    """

    def __init__(self, device: str) -> None:
        self.name = f"{device} without power"
        self._device = device

    def walk(self, walk: Walk) -> str:
        """See Step."""
        if walk.hands.lost_one(self._device) is None:
            wait_for(walk, f"Pull the plug of the {self._device}: cable or power.", self._lost)
        lost = walk.hands.lost_one(self._device)
        what = f"{lost.got}" if lost is not None else "a loss"
        walk.talk.say(f"  noticed: {what}")
        wait_for(walk, "Put it back.", self._back)
        return f"its loss was noticed ({what}), and it was found again"

    def _lost(self, report: object) -> DeviceLost | None:
        return report if isinstance(report, DeviceLost) and report.device == self._device else None

    def _back(self, report: object) -> object | None:
        match report:
            case DeviceReady() if report.device == self._device:
                return report
            case SealReaderReady() if report.reader == self._device:
                return report
        return None
