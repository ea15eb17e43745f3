"""What is counted of what the station tells: plain numbers, on the station's thread, in microseconds.

Nothing here waits, and every series is there from the start with 0, so a reader on another thread sees no table change
its size. No count names a person, a card, a container, a seal or a visit: labels are codes of ours and the names that
site.toml gives devices.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, get_args

from msgspec import Struct

from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.core.effects import CommitEntry, Effect, EntryKind, Indicate, OpenBarrier
from kiosk.core.loads import Mode
from kiosk.core.reasons import Reason, StopKind
from kiosk.core.records import Records
from kiosk.monitoring.histogram import Histogram

TAP_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Around a tenth of a second, up to which an answer feels immediate."""

COMMIT_BOUNDS_S: Final = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""From a good disk's sync to a card that is about to die."""

OTHER: Final = "other"
"""The label of what is none of the values that are known here, such as an entry of a later version."""

READER_PARTS: Final = ("engine", "spool", "firmware", "config", "flash", "memory", "version")
"""Parts that a seal reader names in a fault (firmware/reader)."""

INCIDENTS: Final = ("vehicle-at-exit-without-uplift", "cabinet-opened", "cabinet-closed")
"""What the gate itself records as an incident (kiosk/core/lane.py)."""

MOST_PENDING: Final = 1000
"""Entries whose answer is awaited; there are some."""

_ENDS: Final = {
    EntryKind.HOLD: "held",
    EntryKind.REFUSAL: "refused",
    EntryKind.ABANDONED: "abandoned",
    EntryKind.INTERRUPTED: "interrupted",
}
_OUTCOME_OF: Final = {
    StopKind.HOLD: "held",
    StopKind.REFUSAL: "refused",
    StopKind.ABANDONED: "abandoned",
    StopKind.INTERRUPTED: "interrupted",
}
_BEGINS: Final = frozenset({EntryKind.VISIT_OPENED, EntryKind.PIN_ASKED, EntryKind.REFUSAL})

_EVENTS: Final = frozenset(get_args(ev.Event))

End = tuple[str, str]
"""How a visit ended: the outcome, and the reason code, which is empty where the truck drove out."""

UpliftLabels = tuple[str, str, str]
"""Of an uplift: sea or air; whether staff were on duty; whether the seal was scanned or keyed."""


class _Asked(Struct, frozen=True):
    """An entry that the ledger was asked to write, and since when."""

    kind: EntryKind
    body: Mapping[str, Any]
    at: float


class Counts:
    """Counts what it is told.

    Args:
        devices: The part of each device, by the name that site.toml gives it.
        readers: The names of the seal readers.
        clock: Seconds that only go forward: those of the moments that events bring along.

    Attributes:
        health: What the health line said last; None before the station said anything.
        checkpoint: What was told of the last checkpoint.
        records: The records that count; only read.
        records_at: Since when.
    """

    def __init__(
        self, devices: Mapping[str, str], readers: tuple[str, ...] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self.parts = dict(devices)
        self.visits_begun = 0
        self.visits_ended: dict[End, int] = {("departed", ""): 0, ("unseen", ""): 0} | {
            (_OUTCOME_OF[reason.text.kind], reason.name): 0 for reason in Reason
        }
        self.visits_ended |= {(outcome, OTHER): 0 for outcome in _ENDS.values()}
        self.uplifts: dict[UpliftLabels, int] = {
            (mode.value, attended, how): 0
            for mode in Mode
            for attended in ("yes", "no")
            for how in ("scanned", "keyed")
        }
        self.pins_wrong = 0
        self.stray_scans = {why.value: 0 for why in ev.Stray}
        self.incidents = dict.fromkeys((*INCIDENTS, OTHER), 0)
        self.barrier_openings = 0
        self.barrier_failures = 0
        self.commit_failures = 0
        self.device_up = dict.fromkeys(devices, False)
        self.device_losses = dict.fromkeys(devices, 0)
        self.reader_faults = {(reader, part): 0 for reader in readers for part in (*READER_PARTS, OTHER)}
        self.cabinet_open = False
        self.tap_to_decision = Histogram(TAP_BOUNDS_S)
        self.tap_to_barrier = Histogram(TAP_BOUNDS_S)
        self.commit = Histogram(COMMIT_BOUNDS_S)
        self.health: msg.Health | None = None
        self.checkpoint = msg.CheckpointNews()
        self.records: Records | None = None
        self.records_at: datetime | None = None
        self._deciding: float | None = None
        self._tapped: float | None = None
        self._visit: object = None
        self._pending: dict[int, _Asked] = {}
        self._takers: Mapping[type[ev.Event | Effect], Callable[[Any], None]] = {
            CommitEntry: self._commit_asked,
            Indicate: self._indicated,
            OpenBarrier: self._opened,
            ev.CardPresented: self._tap,
            ev.CardNotTaken: self._tap,
            ev.EntryCommitted: self._committed,
            ev.CommitFailed: self._failed,
            ev.PartChanged: self._part_changed,
            ev.ReaderFault: self._reader_fault,
            ev.BarrierFailed: self._barrier_failed,
            ev.TamperChanged: self._tamper,
            ev.RecordsReplaced: self._records_replaced,
        }

    # --- from the station's thread ------------------------------------------------------------------

    def happened(self, what: ev.Event | Effect) -> None:
        """Takes every event before it is handled, and every effect before it is done."""
        if self._deciding is not None and type(what) in _EVENTS:
            self._deciding = None  # nothing signalled what became of the tap
        taker = self._takers.get(type(what))
        if taker is not None:
            taker(what)

    def told(self, told: msg.Told) -> None:
        """Takes what screens are told."""
        if isinstance(told, msg.Health):
            self.health = told
        elif isinstance(told, msg.CheckpointNews):
            self.checkpoint = told

    # --- taps and the barrier -----------------------------------------------------------------------

    def _tap(self, tap: ev.CardPresented | ev.CardNotTaken) -> None:
        self._deciding = self._tapped = tap.at.monotonic

    def _indicated(self, _effect: Indicate) -> None:
        """The first signal after a tap tells what was decided; a second tap is answered once the entry is written."""
        if self._deciding is not None:
            self.tap_to_decision.observe(self._clock() - self._deciding)
            self._deciding = None

    def _opened(self, _effect: OpenBarrier) -> None:
        self.barrier_openings += 1
        if self._tapped is not None:
            self.tap_to_barrier.observe(self._clock() - self._tapped)
            self._tapped = None

    def _barrier_failed(self, _event: ev.BarrierFailed) -> None:
        self.barrier_failures += 1

    # --- entries ------------------------------------------------------------------------------------

    def _commit_asked(self, effect: CommitEntry) -> None:
        if len(self._pending) >= MOST_PENDING:
            del self._pending[next(iter(self._pending))]
        self._pending[effect.ref] = _Asked(effect.kind, effect.body, self._clock())
        if effect.kind is EntryKind.UPLIFT:
            self._deciding = None
        visit = effect.body.get("visit")
        if effect.kind in _BEGINS and visit != self._visit and not effect.body.get("late"):
            self._visit = visit
            self.visits_begun += 1

    def _failed(self, event: ev.CommitFailed) -> None:
        self._pending.pop(event.ref, None)
        self.commit_failures += 1

    def _committed(self, event: ev.EntryCommitted) -> None:
        asked = self._pending.pop(event.ref, None)
        if asked is None:
            return
        self.commit.observe(max(0.0, event.at.monotonic - asked.at))
        if asked.kind in _ENDS:
            self._ended(_ENDS[asked.kind], str(asked.body.get("reason")))
        elif asked.kind is EntryKind.PASSAGE:
            self._ended("departed" if asked.body.get("seen") else "unseen", "")
        elif asked.kind is EntryKind.UPLIFT:
            self._uplifted(asked.body)
        elif asked.kind is EntryKind.PIN_WRONG:
            self.pins_wrong += 1
        elif asked.kind is EntryKind.STRAY_SCAN and asked.body.get("why") in self.stray_scans:
            self.stray_scans[str(asked.body["why"])] += 1
        elif asked.kind is EntryKind.INCIDENT:
            what = asked.body.get("what")
            self.incidents[str(what) if what in self.incidents else OTHER] += 1

    def _ended(self, outcome: str, reason: str) -> None:
        end = (outcome, reason)
        self.visits_ended[end if end in self.visits_ended else (outcome, OTHER)] += 1

    def _uplifted(self, body: Mapping[str, Any]) -> None:
        attended = "yes" if body.get("attended") is True else "no"
        for check in body["uplifts"]:
            labels = (str(check["mode"]), attended, "keyed" if check["keyed"] else "scanned")
            if labels in self.uplifts:
                self.uplifts[labels] += 1

    # --- devices and records ------------------------------------------------------------------------

    def _part_changed(self, event: ev.PartChanged) -> None:
        if event.device not in self.device_up:
            return
        if self.device_up[event.device] and not event.working:
            self.device_losses[event.device] += 1
        self.device_up[event.device] = event.working

    def _reader_fault(self, event: ev.ReaderFault) -> None:
        if event.is_over:
            return
        part = event.part if event.part in READER_PARTS else OTHER
        if (event.reader, part) in self.reader_faults:
            self.reader_faults[event.reader, part] += 1

    def _tamper(self, event: ev.TamperChanged) -> None:
        self.cabinet_open = event.opened

    def _records_replaced(self, event: ev.RecordsReplaced) -> None:
        self.records, self.records_at = event.records, event.at.utc
