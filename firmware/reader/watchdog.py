"""Who is still at work. The board's watchdog is fed only while nobody is overdue: a task that hangs ends in a reset."""

from reader import const
from sealwire.link import elapsed

WATCHDOG_MS = 8000
"""Time of the board's watchdog: an RP2040 can count 8,388 ms at most."""


_LIMIT_MS = const(3500)
"""A task's own time from one sign of life to the next: the slowest comes back each second, and the flash may stop them
all for as long as an erase takes, or some."""


class Watch:
    """Keeps when each task was last seen. Pure."""

    def __init__(self) -> None:
        self._names: "list[str]" = []
        self._seen: "list[int | None]" = []

    def add(self, name: str) -> int:
        """Watch a task from its first sign of life on.

        Args:
            name: What it is called in a message.

        Returns:
            Its number.
        """
        self._names.append(name)
        self._seen.append(None)
        return len(self._names) - 1

    def seen(self, task: int, now: "int | None") -> None:
        """A sign of life; None when the task waits for something from outside, which may take any time."""
        self._seen[task] = now

    def overdue(self, now: int) -> str:
        """The name of a task that has exceeded its time, or ""."""
        for task, seen in enumerate(self._seen):
            if seen is not None and elapsed(now, seen) > _LIMIT_MS:
                return self._names[task]
        return ""
