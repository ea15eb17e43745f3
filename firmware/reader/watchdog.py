"""Who is still at work. The board's watchdog is fed only while nobody is overdue: a task that hangs ends in a reset."""

from sealwire.link import elapsed

WATCHDOG_MS = 8000
"""Time of the board's watchdog: an RP2040 can count 8,388 ms at most."""


class Watch:
    """Keeps when each task was last seen. Pure."""

    def __init__(self) -> None:
        self.names: "list[str]" = []
        self._limits: "list[int]" = []
        self._seen: "list[int | None]" = []

    def add(self, name: str, limit_ms: int, now: int) -> int:
        """Watch a task from now on.

        Args:
            name: What it is called in a message.
            limit_ms: Its own time: longest from one sign of life to the next.
            now: The time.

        Returns:
            Its number.
        """
        self.names.append(name)
        self._limits.append(limit_ms)
        self._seen.append(now)
        return len(self.names) - 1

    def seen(self, task: int, now: "int | None") -> None:
        """A sign of life; None when the task waits for something from outside, which may take any time."""
        self._seen[task] = now

    def overdue(self, now: int) -> str:
        """The name of a task that has exceeded its time, or ""."""
        for task, seen in enumerate(self._seen):
            if seen is not None and elapsed(now, seen) > self._limits[task]:
                return self.names[task]
        return ""
