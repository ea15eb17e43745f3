"""Backups that the kiosk makes by itself, at the times of day that site.toml names (clause 11.3).

Threads: `look` only looks; the backup is made by ``sealgate ledger backup``, a process of its own, awaited by a further
thread. So a share that hangs holds up neither the gate nor the look that says how old the last good backup is. A stop
kills the process: at any instant the last good backup stands.

Which backup was the last good one, ``backup.json`` says, whoever made it; that decides whether one is due. So one that
was missed while the kiosk was off is made soon after its start.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from kiosk.console.messages import BackupHealth
from kiosk.core.times import Moment
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.last_backup import LastBackup, read_last_backup
from kiosk.site import Site
from kiosk.station import keeper
from kiosk.station.keeper import Keeper
from kiosk.station.recorder import CLOCK_SLACK
from kiosk.station.shifts import last_end

AGAIN_S: Final = 300.0
"""Seconds before a backup that failed is tried again: somebody is putting the stick back."""

PATIENCE_S: Final = 4 * 3600.0
"""Seconds that a backup may take: many times what the ledger of years needs on a slow stick."""

GRACE_S: Final = 60.0
"""Seconds after that in which its process must be gone; else it hangs on a share, and not even a kill ends it."""

GENTLY: Final = ("nice", "-n", "10")
"""How the process is started: whoever stands at the gate comes first."""


class BackupKeeper(Keeper):
    """Has the ledger backed up at its times; tells how the last good backup is.

    Args:
        data: The data folder.
        site: The site's settings, with a folder for backups.
        now: Reads both clocks.
        tell: Takes how it is, on the keeper's thread; must not block.
        python: What runs ``sealgate`` as a process of its own.
    """

    def __init__(
        self,
        data: Path,
        site: Site,
        now: Callable[[], Moment],
        tell: Callable[[BackupHealth], None],
        python: str = sys.executable,
    ) -> None:
        super().__init__("backups")
        self._data = data
        self._settings = site.backup
        self._zone = site.plan.timezone
        self._now = now
        self._tell = tell
        words = (python, "-m", "kiosk.cli", "ledger", "backup", "--json")
        self._words = (*GENTLY, *words, "--data", str(data), "--to", str(site.backup.folder))
        self._worker: Thread | None = None
        self._outcomes: SimpleQueue[str] = SimpleQueue()
        self._since = self._not_before = float("-inf")
        self._trouble = ""
        self._told = BackupHealth()

    def stop(self) -> None:
        """As `Keeper.stop`."""
        super().stop()
        if self._worker is not None:
            self._worker.join(keeper.STOP_PATIENCE_S)
            if self._worker.is_alive():
                self._log.warning("the folder of backups does not answer; its process is left to itself")

    # --- on the keeper's thread ---------------------------------------------------------------------

    def look(self) -> None:
        """Begin a backup that is due, take what became of the one before, and tell how it is."""
        now, last = self._now(), self._last()
        self._take_outcome(now)
        if self._worker is None and now.monotonic >= self._not_before and self._is_due(now, last):
            self._begin(now)
        age_h = None if last is None else max(0, (now.utc - last.made) // timedelta(hours=1))
        health = BackupHealth(self._late_h(now, last), self._trouble, age_h)
        if health != self._told:
            self._told = health
            self._tell(health)

    def _last(self) -> LastBackup | None:
        try:
            return read_last_backup(self._data)
        except (OSError, LedgerError):
            return None  # as if none was made: the next one writes it anew

    def _is_due(self, now: Moment, last: LastBackup | None) -> bool:
        time = last_end(now.utc, self._settings.times, self._zone)
        if time is None:
            return False
        return last is None or last.made < time or last.made > now.utc + CLOCK_SLACK

    def _late_h(self, now: Moment, last: LastBackup | None) -> int:
        if last is None:
            return 0  # then one is due, and either is being made or has failed
        age = now.utc - last.made
        return age // timedelta(hours=1) if age > timedelta(hours=self._settings.warn_after_h) else 0

    def _begin(self, now: Moment) -> None:
        self._since = now.monotonic
        self._worker = Thread(target=self._back_up, name="backup", daemon=True)
        self._worker.start()

    def _take_outcome(self, now: Moment) -> None:
        if self._worker is None:
            return
        try:
            trouble = self._outcomes.get_nowait()
        except Empty:
            if now.monotonic - self._since > PATIENCE_S + GRACE_S:
                self._take_trouble(f"{self._settings.folder} does not answer, nor can the backup be given up")
            return
        self._worker.join()
        self._worker = None
        self._not_before = now.monotonic + AGAIN_S if trouble else float("-inf")
        self._take_trouble(trouble)

    def _take_trouble(self, trouble: str) -> None:
        """Say it once in the log, and once when it is over."""
        if trouble and trouble != self._trouble:
            self._log.error("no backup was made; it is tried again", fault=trouble)
        elif not trouble:
            self._log.info("the ledger is backed up", folder=str(self._settings.folder))
        self._trouble = trouble

    # --- on a thread of its own ---------------------------------------------------------------------

    def _back_up(self) -> None:
        try:
            ran = self._errands.run(self._words, b"", PATIENCE_S)
        except OSError as error:  # a stop, too, after which nobody takes it
            self._outcomes.put(str(error))
        else:
            self._outcomes.put(ran.why)
