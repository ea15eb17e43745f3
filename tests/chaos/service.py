"""Whether the kiosk is in service, and how soon it is again after each fault."""

from statistics import median
from typing import Final

BACK_S: Final = 10.0
"""Seconds from a fault's end to service, at most."""


class Service:
    """Follows the service through faults.

    Attributes:
        back_s: How soon it was back after faults of each kind that came alone, in seconds.
        violations: Each time that it was not back in time.
        first_at: When it was in service first; None: not yet.
    """

    def __init__(self) -> None:
        self.back_s: dict[str, list[float]] = {}
        self.violations: list[str] = []
        self.first_at: float | None = None
        self.on = False
        self.out_s = 0.0
        self._active: list[str] = []
        self._waits: list[str] = []
        self._since = 0.0
        self._told = False
        self._looked_at: float | None = None

    @property
    def quiet(self) -> bool:
        """No fault is on, and the last one was got over."""
        return self.on and not self._active and not self._waits

    @property
    def disturbed(self) -> bool:
        """A fault is on, or was not got over yet."""
        return bool(self._active or self._waits)

    def begin(self, name: str) -> None:
        """A fault begins."""
        self._active.append(name)

    def end(self, name: str, now: float) -> None:
        """A fault ends."""
        self._active.remove(name)
        self._waits.append(name)
        self._since, self._told = now, False

    def see(self, on: bool, now: float) -> None:
        """A look: whether it is in service."""
        if self._looked_at is not None and not self.on and self.first_at is not None:
            self.out_s += now - self._looked_at
        self._looked_at = now
        self.on = on
        if on and self.first_at is None:
            self.first_at = now
        if self._active or self.first_at is None:
            return
        if on:
            if len(self._waits) == 1:
                self.back_s.setdefault(self._waits[0], []).append(max(0.0, now - self._since))
            self._waits.clear()
        elif not self._told and now - self._since > BACK_S:
            self._told = True
            after = " and ".join(self._waits) or "no fault at all"
            self.violations.append(f"not back in service {BACK_S:g} s after {after}")
        if not on and not self._waits and not self._told:
            self._waits.append("nothing")
            self._since = now

    def table(self) -> list[tuple[str, int, float, float]]:
        """Kind, how often, median and longest, in seconds."""
        rows = ((kind, len(times), median(times), max(times)) for kind, times in sorted(self.back_s.items()))
        return list(rows)
