"""What the station has done beside itself, at times of day: who looks whether something is due, and when that is.

Threads: a keeper looks on a thread of its own. What may take long, or hang on a share that does not answer, it has done
by a process of its own (`kiosk.station.errands`), which a stop kills. The gate goes on, whatever becomes of it.
"""

from threading import Event, Thread
from typing import Final

import structlog

from kiosk.station.errands import Errands

LOOK_S: Final = 2.0
"""Seconds between two looks: what is done by command is on the screen before one has walked there."""

STOP_PATIENCE_S: Final = 5.0
"""Seconds that a stop waits: a share that hangs must not keep the kiosk from ending."""


class Keeper:
    """Looks again and again; what it looks for and does, the class that is made of it says.

    Args:
        name: What its thread and its lines in the log are called.
    """

    def __init__(self, name: str) -> None:
        self._errands = Errands()
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("station").bind(part=name)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Have it end, without waiting; what is being done is given up."""
        self._stop.set()
        self._errands.give_up()

    def stop(self) -> None:
        """End it, and wait until it has: a few seconds at most."""
        self.ask_to_stop()
        self._thread.join(STOP_PATIENCE_S)
        if self._thread.is_alive():
            self._log.warning("a folder or share does not answer; what was begun is done again after the next start")

    def look(self) -> None:
        """Do what is due, and tell what is new. On the keeper's thread."""
        raise NotImplementedError

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except Exception:  # noqa: BLE001 - an error of ours here must not end the gate
                self._log.exception("the keeper failed; it goes on")
            self._stop.wait(LOOK_S)
