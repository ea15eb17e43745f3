"""Whether the kiosk is alive: its own word to the service manager, withheld when something that must turn does not.

A beat goes through the station's queue, so that a word says that events are taken, not that a thread exists. The
service manager kills a kiosk that holds its tongue and starts it afresh; the ledger then says what was interrupted.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final, Protocol

import structlog
from msgspec import Struct

from kiosk.console import messages as msg
from kiosk.console.health import NOT_SERVING

SCREEN_STUCK_S: Final = 15.0
"""Seconds without a beat of the screen after which it is stuck: several times what a slow Pi takes to put the staff
console in the driver's screen's place, when one that is well is silent for longest."""


class Beat(Struct, frozen=True):
    """Goes through the station's queue."""


class Manager(Protocol):
    """The service manager, as hw.service_manager has it."""

    def ready(self) -> None:
        """The kiosk serves."""

    def alive(self) -> None:
        """The kiosk is alive."""

    def status(self, line: str) -> None:
        """How it is, in a line."""


class Watchdog:
    """Speaks to the service manager for the station.

    Args:
        manager: The service manager.
        screen_beat: Monotonic seconds of the screen's last beat; None where there is no screen to watch.
        now: Monotonic seconds.
    """

    def __init__(
        self, manager: Manager, screen_beat: Callable[[], float | None], now: Callable[[], float] = monotonic
    ) -> None:
        self._manager = manager
        self._screen_beat = screen_beat
        self._now = now
        self._ready = False
        self._status = ""
        self._stuck = ""
        self._log = structlog.get_logger("station")

    def beat(self, stuck_device: str) -> None:
        """A beat came through the station's queue.

        Args:
            stuck_device: The device whose thread does not turn; empty when all do.
        """
        stuck = self._find_stuck(stuck_device)
        if stuck != self._stuck:
            self._stuck = stuck
            if stuck:
                self._log.error("stuck: the service manager is not told that the kiosk is alive", what=stuck)
        if not stuck:
            self._manager.alive()

    def tell(self, health: msg.Health) -> None:
        """How the kiosk is, whenever that is another than before; the first time that it serves it is ready."""
        if not self._ready and _knows_its_ledger(health):
            self._ready = True
            self._manager.ready()
        status = status_line(health)
        if status != self._status:
            self._status = status
            self._manager.status(status)

    def ending(self) -> None:
        """The station ends: from here on the manager's patience is the longest that it may take."""
        self._manager.alive()

    def _find_stuck(self, stuck_device: str) -> str:
        beaten = self._screen_beat()
        if beaten is not None and self._now() - beaten > SCREEN_STUCK_S:
            return "screen"
        return stuck_device


def _knows_its_ledger(health: msg.Health) -> bool:
    """From then on the kiosk serves, or says why it does not; a device may be lost for days."""
    return any(each.part is msg.Part.LEDGER and each.condition is not msg.Condition.STARTING for each in health.parts)


def status_line(health: msg.Health) -> str:
    """How the kiosk is, in a line for ``systemctl status``."""
    out = [each for each in health.parts if each.condition in NOT_SERVING]
    if not out:
        short = [each for each in health.parts if each.condition is not msg.Condition.WORKING]
        return "; ".join(["in service", *map(_part, short)])
    return f"out of service: {'; '.join(map(_part, out))}"


def _part(part: msg.PartHealth) -> str:
    what = part.detail or part.condition.value
    return f"{part.part.value}: {what}" + (f"; {part.mend}" if part.mend else "")
