"""Checkpoints that leave the machine: one at each shift's end, as a file, on paper, and for the screen.

Threads: `look` runs on a thread of its own, which may wait for disks, shares and printers as long as it likes: no entry
and no screen waits for it. The ledger is signed by a process of its own, ``sealgate ledger checkpoint``, which may take
long on a long ledger, and which a stop can kill: a signature is whole or was not made.

Whatever fails is told in one line, on the screen and in the log, and tried again. The gate goes on.
"""

import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.messages import CheckpointNews
from kiosk.core.times import Moment
from kiosk.durable import write_file
from kiosk.ledger.errors import LedgerError
from kiosk.site import Site
from kiosk.station.keeper import Keeper
from kiosk.station.last_checkpoint import LastCheckpoint, LastSigned
from kiosk.station.printing import print_page
from kiosk.station.shifts import last_end

SIGN_AGAIN_S: Final = 600.0
"""Seconds before a refused signature is tried again: each try reads the ledger, and what refuses it takes a person."""

HAND_OVER_AGAIN_S: Final = 30.0
"""Seconds before a folder or a printer is tried again: somebody is putting the stick back."""

SIGN_PATIENCE_S: Final = 3600.0
"""Seconds that signing may take: many times what a Pi needs for the ledger of years."""

RECORD_PATIENCE_S: Final = 10.0
"""Seconds to wait for an entry: if the ledger is lost, it is tried again at the next signature."""

SHIFT_NAME: Final = "shift"
"""The file, in the data folder, that names the last shift end whose checkpoint was handed over."""

Record = Callable[[str, Mapping[str, Any]], "Future[bool]"]
"""Writes an entry; done once it is written, or was not."""


class _Failed(Exception):
    """Something went wrong that is told in one line and tried again."""


class _Parcel(Struct):
    """A checkpoint that is being handed over.

    Attributes:
        end: Which end of a shift it is for, in UTC.
        signed_at: When it was signed for that, in UTC.
        last: The checkpoint.
        to_write: It is still to be written to the folder.
        to_print: It is still to be printed.
    """

    end: datetime
    signed_at: datetime
    last: LastSigned
    to_write: bool
    to_print: bool


class CheckpointKeeper(Keeper):
    """Has the ledger signed at each shift's end and hands that over; shows what was signed last.

    Args:
        data: The data folder.
        site: The site's settings.
        now: Reads both clocks.
        tell: Takes news for the screens, on the keeper's thread; must not block.
        record: Writes an entry.
        python: What runs ``sealgate`` as a process of its own.
    """

    def __init__(
        self,
        data: Path,
        site: Site,
        now: Callable[[], Moment],
        tell: Callable[[CheckpointNews], None],
        record: Record,
        python: str = sys.executable,
    ) -> None:
        super().__init__("checkpoints")
        self._data = data
        self._settings = site.checkpoints
        self._plan = site.plan
        self._now = now
        self._tell = tell
        self._record = record
        self._python = python
        self._served = self._read_served()
        self._parcel: _Parcel | None = None
        self._not_before = float("-inf")
        self._last = LastCheckpoint(data, site.plan.timezone)
        self._trouble = ""
        self._told = CheckpointNews()

    # --- on the keeper's thread ---------------------------------------------------------------------

    def look(self) -> None:
        """Do what is due, and tell what is new."""
        now = self._now()
        if now.monotonic >= self._not_before:
            trouble = ""
            try:
                self._do_what_is_due(now)
            except InterruptedError:
                return
            except _Failed as failed:
                trouble = str(failed)
            except (OSError, LedgerError) as error:
                trouble = f"expected the last checkpoint and its key to be there, got: {error}"
            self._take_trouble(trouble)
        self._tell_news()

    def _do_what_is_due(self, now: Moment) -> None:
        end = last_end(now.utc, self._settings.shift_ends, self._plan.timezone)
        if end is None or end == self._served:
            return
        if self._parcel is None or self._parcel.end != end:
            self._not_before = now.monotonic + SIGN_AGAIN_S
            self._sign()
            settings = self._settings
            to_print = bool(settings.print_command)
            self._parcel = _Parcel(end, now.utc, self._last.read(), settings.folder is not None, to_print)
        self._not_before = now.monotonic + HAND_OVER_AGAIN_S
        self._hand_over(self._parcel)
        self._parcel, self._not_before = None, float("-inf")
        self._note_served(end)

    def _sign(self) -> None:
        words = (self._python, "-m", "kiosk.cli", "ledger", "checkpoint", "--json", "--data", str(self._data))
        try:
            ran = self._errands.run(words, b"", SIGN_PATIENCE_S)
        except InterruptedError:
            raise
        except OSError as error:
            raise _Failed(f"the ledger was not signed: {error}") from error
        if ran.code:
            raise _Failed(f"the ledger was not signed: {ran.why}")

    def _hand_over(self, parcel: _Parcel) -> None:
        """Everything that is left to do; a printer that fails keeps nothing from the folder, nor the other way."""
        failed = []
        if parcel.to_write:
            try:
                self._write(parcel)
                parcel.to_write = False
            except OSError as error:
                got = error.strerror or str(error)
                failed.append(f"checkpoint not written to {self._settings.folder}: {got}; see to the stick or share")
        if parcel.to_print:
            trouble = self._print(parcel)
            parcel.to_print = bool(trouble)
            if trouble:
                failed.append(f"checkpoint not printed: {trouble}; see to the printer")
        if failed:
            raise _Failed("; ".join(failed))

    def _write(self, parcel: _Parcel) -> None:
        folder = self._settings.folder
        assert folder is not None, "without a folder there is nothing to write"
        name = f"checkpoint-{parcel.signed_at:%Y%m%dT%H%M%SZ}-{parcel.last.news.entries}.txt"
        write_file(folder / name, parcel.last.note)

    def _print(self, parcel: _Parcel) -> str:
        from kiosk.station.page import Page, pdf_of

        last = parcel.last
        page = Page(
            site=self._plan.site_name,
            signed=f"{last.news.signed:%Y-%m-%d %H:%M} ({self._plan.timezone})",
            entries=last.news.entries,
            root=last.root,
            code=last.news.code,
            note=last.note.decode(),
        )
        return print_page(self._errands, self._settings.print_command, pdf_of(page))

    # --- what is told and remembered ----------------------------------------------------------------

    def _tell_news(self) -> None:
        try:
            news = self._last.read().news
        except (OSError, LedgerError):
            news = CheckpointNews()
        news = replace(news, trouble=self._trouble)
        if news != self._told:
            signed_anew = news.code != self._told.code
            self._told = news
            self._tell(news)
            if signed_anew:
                self._record_key()

    def _record_key(self) -> None:
        """Have the key's entry written, if the ledger names no such key yet. Else the next signature tries again."""
        from kiosk.ledger.handover import CHECKPOINT_KEY, first_body, note_recorded, unrecorded

        try:
            key = None if self._stop.is_set() else unrecorded(self._data / "keys")
            if key and self._record(CHECKPOINT_KEY, first_body(key)).result(RECORD_PATIENCE_S):
                note_recorded(self._data / "keys", key)
        except (OSError, LedgerError, RuntimeError) as error:  # RuntimeError: the station has ended
            self._log.warning("the key's entry was not written; the next signature tries again", fault=str(error))

    def _take_trouble(self, trouble: str) -> None:
        """Say it once in the log, and once when it is over."""
        if trouble and trouble != self._trouble:
            self._log.error("a checkpoint has not left the machine; it is tried again", fault=trouble)
        elif self._trouble and not trouble:
            self._log.info("the checkpoint has left the machine")
        self._trouble = trouble

    def _read_served(self) -> datetime | None:
        try:
            return datetime.fromisoformat((self._data / SHIFT_NAME).read_text("ascii").strip())
        except (OSError, ValueError):
            return None  # a new kiosk, or a file that says nothing: one more checkpoint does no harm

    def _note_served(self, end: datetime) -> None:
        self._served = end
        try:
            write_file(self._data / SHIFT_NAME, f"{end.isoformat()}\n".encode())
        except OSError as error:
            self._log.warning("after a restart this shift's checkpoint is made again", fault=str(error))
