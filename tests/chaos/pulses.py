"""The outputs, as they are seen on the pins: the barrier's pulses, and whether all rest after the kiosk has ended."""

from collections.abc import Callable
from threading import Event, RLock, Thread
from typing import Final

from msgspec import Struct

from hw.boards import Wiring
from hw.pins import InputLine, Level, OutputLine
from tests.chaos.pads import OUT, Change, Pads

LOOK_S: Final = 0.002
PULL_AWAY_S, CROSSING_S = 0.8, 0.6
"""Seconds from the pulse to the truck on the exit loop, and for which it stands there."""
SLACK_S: Final = 0.5
"""Seconds by which a pulse may be longer than it should on a machine that is busy."""


class Pulse(Struct, frozen=True):
    """A pulse of the barrier: when it began, and how long it lasted, in seconds."""

    at: float
    lasted_s: float


class Outputs:
    """Watches the pads on a thread of its own, and drives the truck.

    Args:
        pads: The board's.
        wiring: What is on them.
        opened: Called when a pulse begins, on that thread.
    """

    def __init__(self, pads: Pads, wiring: Wiring, opened: Callable[[Change], None]) -> None:
        self._pads, self._wiring, self._opened = pads, wiring, opened
        self._lines = {line.bcm: line for line in wiring.outputs}
        self._count = pads.count
        self._since: dict[int, float] = {}
        self._last: dict[int, tuple[float, float]] = {}
        self._truck: list[tuple[float, InputLine, bool]] = []
        self._lock, self._stop = RLock(), Event()
        self._thread = Thread(target=self._run, name="chaos pins", daemon=True)
        self.pulses: list[Pulse] = []
        self.failure: BaseException | None = None
        for line in wiring.inputs:
            self.put(line, on=False)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._stop.set()
        self._thread.join()

    def put(self, line: InputLine, *, on: bool) -> None:
        """Close or open a contact."""
        level = line.active if on else line.active.opposite
        self._pads.put(line.bcm, int(level is Level.HIGH))

    def energised_at(self, at: float) -> list[OutputLine]:
        """Outputs that were energised at a moment that has just gone by."""
        with self._lock:
            self.catch_up()
            began = {bcm for bcm, since in self._since.items() if since <= at}
            ended = {bcm for bcm, (since, released) in self._last.items() if since <= at < released}
            return [self._lines[bcm] for bcm in sorted(began | ended)]

    def rested_at(self, lines: list[OutputLine]) -> float | None:
        """When the last of these came to rest; None while one is energised."""
        with self._lock:
            self.catch_up()
            if any(line.bcm in self._since for line in lines):
                return None
            return max(self._last[line.bcm][1] for line in lines)

    def catch_up(self) -> None:
        """See what has changed."""
        with self._lock:
            changes = self._pads.since(self._count)
            self._count += len(changes)
            for change in changes:
                if change.bcm in self._lines:
                    self._take(change, self._lines[change.bcm])

    def _take(self, change: Change, line: OutputLine) -> None:
        energised = change.direction == OUT and change.latch == int(line.active is Level.HIGH)
        at = change.at / 1e9
        if energised and line.bcm not in self._since:
            self._since[line.bcm] = at
            if line.bcm == self._wiring.barrier.bcm:
                self._drive_out(at)
                self._opened(change)
        elif not energised and line.bcm in self._since:
            began = self._since.pop(line.bcm)
            self._last[line.bcm] = (began, at)
            if line.bcm == self._wiring.barrier.bcm:
                self.pulses.append(Pulse(began, at - began))

    def _drive_out(self, at: float) -> None:
        away, over = at + PULL_AWAY_S, at + PULL_AWAY_S + CROSSING_S
        wiring = self._wiring
        self._truck = [
            (away, wiring.entry_loop, False),
            (away, wiring.exit_loop, True),
            (over, wiring.exit_loop, False),
        ]

    def _run(self) -> None:
        from time import monotonic

        try:
            while not self._stop.wait(LOOK_S):
                self.catch_up()
                now = monotonic()
                while self._truck and self._truck[0][0] <= now:
                    _, line, on = self._truck.pop(0)
                    self.put(line, on=on)
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self.failure = error
