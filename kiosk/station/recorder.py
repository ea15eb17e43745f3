"""The one thread that writes to the ledger, and opens it again when it was lost.

Threads: what writes runs on the recorder's own thread, in the order in which it was asked, so an entry never overtakes
the one before. The station is answered through ``post``. Questions about the past are answered from a second thread.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog

from kiosk.core import events as ev
from kiosk.core.effects import CommitEntry, EntryKind, Json
from kiosk.core.roster import Roster
from kiosk.core.times import ClockState, ClockWatch, Moment
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.head import Head
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import moment_of, stamp_of
from kiosk.ledger.stamp import Stamp, time_text
from kiosk.ledger.terms import Term
from kiosk.site import Site
from kiosk.station.muster import Muster

CLOCK_SLACK: Final = timedelta(minutes=5)
"""How far the clock may stand before the newest entry: a time source corrects by seconds, a lost clock by days."""


Listen = Callable[[int, str, Mapping[str, Any], Moment], None]
"""Takes each entry: its number, kind, body and when it was written."""

CLOCK_STEPPED: Final = "clock-stepped"
"""Kind of the entry that says that the wall clock was set: by how much, and what time it would have been."""


class Recorder:
    """Holds the ledger.

    Args:
        folder: Where the ledger lives.
        now: Reads both clocks.
        post: Takes events from this thread.
        open_ledger: Opens the ledger of a folder, as `Ledger.open`.
        site: The site's settings, for what the gatehouse makes of entries.
    """

    def __init__(
        self,
        folder: Path,
        now: Callable[[], Moment],
        post: Callable[[ev.Event], None],
        open_ledger: Callable[[Path, Callable[[], Stamp]], Ledger] = Ledger.open,
        site: Site | None = None,
    ) -> None:
        self._folder = folder
        self._now = now
        self._post = post
        self._open_ledger = open_ledger
        self._ledger: Ledger | None = None
        self._clock = ClockWatch()
        self._site = site
        self._muster = Muster(site)
        self._archive_fault = ""
        self._listen: Listen = _nobody_listens
        self._takes_all = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")
        self._answering = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder-answers")
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("station").bind(part="ledger")

    def open(self, load_ids: frozenset[str]) -> "Future[Roster | None]":
        """Open the ledger and fold its entries into a roster; None, and a PartChanged, when it cannot be.

        Args:
            load_ids: The loads of which the roster shall know whether they have left.
        """
        return self._thread.submit(self._open, load_ids)

    def uplifted(self, load_ids: frozenset[str]) -> "Future[frozenset[str]]":
        """Which of these loads have left; none while there is no ledger, whose opening asks again.

        It is answered from a thread of its own: thousands of loads must not hold up an entry.
        """
        return self._answering.submit(self._uplifted, load_ids)

    def commit(self, effect: CommitEntry) -> None:
        """Write an entry; answered by EntryCommitted or CommitFailed."""
        self._thread.submit(self._commit, effect)

    def settled(self) -> "Future[bool]":
        """Done once everything asked before is done, and answered: whether the ledger took all since it was opened."""
        return self._thread.submit(lambda: self._takes_all)

    def note(self, kind: str, body: Mapping[str, Any]) -> "Future[bool]":
        """Write an entry that is the station's own, such as that it was started. A failure is a PartChanged.

        While there is no ledger nothing is written: the entry that marks its opening says what counts then.

        Returns:
            Whether it was written.
        """
        return self._thread.submit(self._note, kind, dict(body))

    def record(self, kind: str, body: Mapping[str, Any], at: Moment) -> "Future[Head]":
        """Write an entry that somebody else than the gate wants; what is wrong is the asker's to hear.

        Returns:
            The ledger's head after it; LedgerError when it was not written.
        """
        return self._thread.submit(self._append, kind, at, dict(body))

    def listen(self, listen: "Listen") -> "Future[dict[str, Json] | None]":
        """Have every entry told from now on, on this thread, after it is durable.

        Returns:
            What the gatehouse has open by the entries before; None while there is no ledger.
        """
        return self._thread.submit(self._begin_to_tell, listen)

    def look_around(self) -> "Future[None]":
        """Write an entry if somebody set the wall clock since the last entry or look; let the ledger settle."""
        return self._thread.submit(self._look_around)

    def close(self) -> None:
        """Wait for what was asked, then close the ledger and end the thread."""
        self._answering.shutdown(wait=True)
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    # --- on the recorder's thread -------------------------------------------------------------------

    def _open(self, load_ids: frozenset[str]) -> Roster | None:
        try:
            self._close()
            self._ledger = self._open_ledger(self._folder, self._stamp)
            self._takes_all = True
            return self._read(self._ledger, load_ids)
        except LedgerError as error:
            self._close()
            self._lost(error)
        except OSError as error:
            self._close()
            self._post(self._lost_by(f"expected a ledger folder, got {error}", "make the data folder writable"))
        return None

    def _read(self, ledger: Ledger, load_ids: frozenset[str]) -> Roster | None:
        if ledger.damage:
            where = str(ledger.damage[0])
            self._post(self._lost_by(where, "keep this disk as it is; run sealgate ledger verify and restore a backup"))
            self._close()
            return None
        now, newest = self._now(), ledger.last()
        behind = newest is not None and now.utc < newest.time - CLOCK_SLACK
        if newest is not None and behind and now.clock is not ClockState.SYNCHRONISED:
            detail = f"expected a time after the newest entry, {_minute(newest.time)}, got {_minute(now.utc)}"
            self._post(self._lost_by(detail, "set the clock, or connect the network and wait"))
            self._close()
            return None
        roster, self._muster = Roster(), Muster.read(ledger, self._site)
        roster.apply(EntryKind.ON_SITE.value, self._muster.roster(), now)
        roster.know_uplifted(ledger.occurring(Term.LOAD_GONE, load_ids))
        if newest is not None and behind:  # a time source vouches for now: the clock was ahead, and was set meanwhile
            by_ms = (now.utc - newest.time) // timedelta(milliseconds=1)
            self._insert(CLOCK_STEPPED, stamp_of(now), {"by_ms": by_ms, "instead_of": time_text(newest.time)})
        return roster

    def _uplifted(self, load_ids: frozenset[str]) -> frozenset[str]:
        ledger = self._ledger
        try:
            return frozenset(ledger.occurring(Term.LOAD_GONE, load_ids)) if ledger is not None else frozenset()
        except (LedgerError, OSError) as fault:
            self._post(self._lost_by(f"expected to know which loads have left, got {fault}", "restart the kiosk"))
            return frozenset()

    def _commit(self, effect: CommitEntry) -> None:
        try:
            head = self._append(effect.kind.value, effect.at, effect.body)
        except LedgerError as error:
            self._log.error("entry not recorded", kind=effect.kind.value, fault=str(error))
            self._post(ev.CommitFailed(effect.ref, _what(error), error.mend, self._now()))
        else:
            self._post(ev.EntryCommitted(effect.ref, head.count, head.digest, self._now()))

    def _begin_to_tell(self, listen: "Listen") -> dict[str, Json] | None:
        if self._ledger is None:
            return None
        try:
            said = self._muster.gatehouse(self._ledger)
        except LedgerError as error:
            self._lost(error)
            return None
        self._listen = listen
        return said

    def _note(self, kind: str, body: dict[str, Any]) -> bool:
        if self._ledger is None:
            return False
        try:
            self._append(kind, self._now(), body)
        except LedgerError as error:
            self._lost(error)
            return False
        return True

    def _close(self) -> None:
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()

    def _look_around(self) -> None:
        if self._ledger is None:
            return
        try:
            self._note_step(self._now())
        except LedgerError as error:
            self._lost(error)
        self._ledger.look()
        self._tell_archive(self._ledger.archive_fault)

    def _tell_archive(self, fault: str) -> None:
        """What keeps closed segments from being archived harms nobody at the gate: it is logged, once."""
        if fault and fault != self._archive_fault:
            self._log.warning("closed segments of the ledger are not archived", fault=fault)
        self._archive_fault = fault

    def _append(self, kind: str, at: Moment, body: Mapping[str, Any]) -> Head:
        """Write an entry, and before it, if somebody set the clock, that: times mean something else from then on."""
        self._note_step(at)
        return self._insert(kind, stamp_of(at), body)

    def _note_step(self, at: Moment) -> None:
        step = self._clock.stepped(at)
        if step is not None:
            body = {"by_ms": step // timedelta(milliseconds=1), "instead_of": time_text(at.utc - step)}
            self._insert(CLOCK_STEPPED, stamp_of(at), body)
        self._clock.note(at)

    def _insert(self, kind: str, stamp: Stamp, body: Mapping[str, Any]) -> Head:
        """Insert into TinyDB's ledger table: durable when it returns. This thread alone writes, so the head is ours."""
        if self._ledger is None:
            raise LedgerError("ledger", expected="an open ledger", got="none", mend="see the health line")
        document = {"kind": kind, "time": time_text(stamp.time), "clock": stamp.clock.to_json(), "body": body}
        try:
            self._ledger.table("ledger").insert(document)
        except LedgerError:
            self._takes_all = False
            raise
        head = self._ledger.head()
        self._follow(self._ledger, head.count, kind, stamp, body)
        return head

    def _follow(self, ledger: Ledger, seq: int, kind: str, stamp: Stamp, body: Mapping[str, Any]) -> None:
        """Say again who is on site when a segment has begun. It fails without harm to the entry before: it is due."""
        at = moment_of(stamp)
        self._muster.take(seq, kind, body, at)
        self._listen(seq, kind, body, at)
        try:
            statement = self._muster.due(ledger)
            if statement is not None:
                ledger.append(EntryKind.ON_SITE.value, stamp_of(self._now()), statement)
                self._muster.said(ledger.open_segment)
        except LedgerError as error:
            self._log.warning("who is on site not said again yet", fault=str(error))

    def _stamp(self) -> Stamp:
        return stamp_of(self._now())

    def _lost(self, error: LedgerError) -> None:
        self._post(self._lost_by(_what(error), error.mend))

    def _lost_by(self, detail: str, mend: str) -> ev.PartChanged:
        return ev.PartChanged(ev.Part.LEDGER, False, detail, mend, self._now())


def _nobody_listens(_seq: int, _kind: str, _body: Mapping[str, Any], _at: Moment) -> None:
    """Entries of before anybody wanted them."""


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _what(error: LedgerError) -> str:
    """What is wrong; neither what to do nor the name of the part, which stand beside it."""
    where = "" if error.what == "ledger" else f"{error.what}: "
    return f"{where}expected {error.expected}, got {error.got}"
