"""Watches the pins and the disk of a kiosk in made-up time, and judges each opening of the barrier.

Durable is what fsync or fdatasync has returned for: the calls themselves are watched, and what a file had then.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from hw.bench.pins import BenchBoard, PinChange
from hw.pins import Direction, OutputLine
from tests.chaos.evidence import Entry, entry_of

MOST_FILES: Final = 256


class Disk:
    """Knows what is durable, and may refuse to take more.

    Attributes:
        fault: What the next writes and syncs raise; None: nothing.
    """

    def __init__(self) -> None:
        self._durable: dict[int, int] = {}
        self.fault: OSError | None = None
        self._real = (os.fdatasync, os.fsync, os.pwrite)

    def watched(self, stack: ExitStack) -> None:
        """Watch the calls from now on."""
        fdatasync, fsync, pwrite = self._real
        stack.enter_context(patch("os.fdatasync", lambda handle: self._sync(fdatasync, handle)))
        stack.enter_context(patch("os.fsync", lambda handle: self._sync(fsync, handle)))
        stack.enter_context(patch("os.pwrite", lambda *call: self._write(pwrite, *call)))

    def durable(self, path: Path) -> bytes:
        """What of a file is durable."""
        with path.open("rb") as file:
            return file.read(self._durable.get(os.fstat(file.fileno()).st_ino, 0))

    def _sync(self, real: Callable[[int], None], handle: int) -> None:
        self._refuse()
        real(handle)
        state = os.fstat(handle)
        self._durable.pop(state.st_ino, None)
        self._durable[state.st_ino] = state.st_size
        if len(self._durable) > MOST_FILES:
            del self._durable[next(iter(self._durable))]

    def _write(self, real: Callable[..., int], *call: Any) -> int:
        self._refuse()
        return real(*call)

    def _refuse(self) -> None:
        if self.fault is not None:
            raise OSError(self.fault.errno, self.fault.strerror)


class Openings:
    """Every pulse of the barrier.

    Args:
        board: The bench pins.
        barrier: The barrier's line.
        ledger: The ledger's folder.
        disk: What is durable.
        now: Made-up monotonic seconds.
        wrong_with: What is wrong with an entry, by what its driver really did.
    """

    def __init__(
        self,
        board: BenchBoard,
        barrier: OutputLine,
        ledger: Path,
        disk: Disk,
        now: Callable[[], float],
        wrong_with: Callable[[Entry], list[str]],
    ) -> None:
        self._barrier, self._journal, self._disk, self._now = barrier, ledger / "journal", disk, now
        self._wrong_with = wrong_with
        self._since: float | None = None
        self._opened_by = 0
        self.count = 0
        self.longest_s = 0.0
        self.violations: list[str] = []
        board.watch(self._seen)

    @property
    def energised_s(self) -> float:
        """Seconds for which the relay has been energised by now; 0 while it rests."""
        return 0.0 if self._since is None else self._now() - self._since

    def _seen(self, change: PinChange) -> None:
        if change.bcm != self._barrier.bcm:
            return
        energised = change.direction is Direction.OUT and change.level is self._barrier.active
        if energised and self._since is None:
            self._since = self._now()
            self.count += 1
            self._judge()
        elif not energised and self._since is not None:
            self.longest_s = max(self.longest_s, self.energised_s)
            self._since = None

    def _judge(self) -> None:
        entry = self._newest_uplift()
        if entry is None or entry.seq <= self._opened_by:
            got = "none" if entry is None else f"entry {entry.seq}, by which it was opened before"
            self.violations.append(f"the barrier opened: expected a durable uplift of its own, got {got}")
            return
        self._opened_by = entry.seq
        self.violations += [f"the barrier opened (entry {entry.seq}): {wrong}" for wrong in self._wrong_with(entry)]

    def _newest_uplift(self) -> Entry | None:
        """The newest entry of that kind among what is durable and whole."""
        for path in sorted(self._journal.glob("*.jsonl"), reverse=True)[:2]:
            for line in reversed(self._disk.durable(path).split(b"\n")[:-1]):
                if b'"kind":"uplift"' in line:
                    return entry_of(line)
        return None
