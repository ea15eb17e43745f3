"""The lane: what stands around a visit. One kiosk, one visit at a time, the parts it needs, who is on site."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from msgspec.structs import replace

from kiosk.core import card_taps
from kiosk.core import events as ev
from kiosk.core.attendance import attendance
from kiosk.core.card_book import CardBook
from kiosk.core.cards import Credential
from kiosk.core.effects import CommitEntry, Effect, EntryKind, Indicate, Json, ScanKept, Signal
from kiosk.core.entries import card_tapped, device_connected, stamp, stray_scan
from kiosk.core.errors import IllegalEvent
from kiosk.core.events import Part
from kiosk.core.list_override import list_override
from kiosk.core.parties import StaffMember
from kiosk.core.parts import PartState, Scanners
from kiosk.core.plan import SecurityPlan
from kiosk.core.reasons import Reason
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.rules import Situation, staff_of_card
from kiosk.core.scans import Scan, is_awaited, is_bound_elsewhere, is_known, judgement, kept_with, refusal, stray_of
from kiosk.core.staff_place import StaffPlace
from kiosk.core.times import Moment
from kiosk.core.visit import State, Visit
from kiosk.core.visit_file import Resolved

MOST_UNRECORDED: Final = 1000
"""Entries kept for a ledger that is lost: out of service nobody is served, so these are few unless a loop chatters."""


_RESOLVED: Final[Mapping[str, Resolved]] = {
    EntryKind.HOLD_RELEASED.value: Resolved.RELEASED,
    EntryKind.HOLD_TURNED_AWAY.value: Resolved.TURNED_AWAY,
}


class Lane:
    """Takes every event of the gate and says what is to be done.

    Attributes:
        visit: The visit that is on, or whose end is still on show; None when nobody is served.
        parts: The state of each part.
        awake: A vehicle stands on the entry loop.
        card_on_reader: A card lies on the reader.
        cabinet_open: The kiosk's cabinet stands open.
        failing: The site's own cards that failed since one last proved itself; some, not all where there are many.
        place: What of the gatehouse is on the driver's screen.
    """

    def __init__(self, plan: SecurityPlan, records: Records, roster: Roster) -> None:
        self.visit: Visit | None = None
        self.parts: dict[Part, PartState] = {part: PartState() for part in Part}
        self.awake = False
        self.card_on_reader = False
        self.cabinet_open = False
        self.failing: frozenset[Credential] = frozenset()
        self.situation = Situation(plan, records, roster)
        self.place = StaffPlace()
        self._scanners = Scanners(plan.scanners)
        self._refs = count(1)
        self._takers: Mapping[type[ev.Event], Callable[[Any], list[Effect]]] = {
            ev.CardPresented: self._card,
            ev.CardNotTaken: self._card,
            ev.CardRemoved: self._card_removed,
            ev.ScanRead: self._scan,
            ev.ScanUnreadable: self._scan,
            ev.StrayScan: self._stray_scan,
            ev.PartChanged: self._part,
            ev.ReaderFault: self._reader_fault,
            ev.DeviceConnected: self._device_connected,
            ev.LoopChanged: self._loop,
            ev.TamperChanged: self._tamper,
            ev.EntryCommitted: self._answered,
            ev.CommitFailed: self._answered,
            ev.RecordsReplaced: self._records_replaced,
            ev.HoldReleased: self._hold_released,
            ev.ListOverridden: self._list_overridden,
            ev.StaffRecorded: self._staff_recorded,
            ev.StaffAdmitted: self.place.handle,
            ev.StaffNotAdmitted: self.place.handle,
            ev.StaffLeft: self.place.handle,
            ev.VisitorCame: self._visitor_came,
            ev.VisitorRecorded: self.place.handle,
            ev.VisitorNotRecorded: self.place.handle,
        }
        """Events that concern the lane first; all others are the visit's."""
        self._pending: dict[int, CommitEntry] = {}
        self._told = card_taps.to_challenge(CardBook(), plan.card_level)
        self._unrecorded: list[CommitEntry] = []

    @property
    def in_service(self) -> bool:
        """Whether a driver can be served: every part works. Nothing stands in for a part that is missing."""
        return all(part.working for part in self.parts.values())

    @property
    def scanners(self) -> Mapping[str, PartState]:
        """How each device that scans is, by its name."""
        return self._scanners.each

    @property
    def doubts_keys(self) -> bool:
        """Whether so many cards of the site's failed in a row that the kiosk's own keys are likely the wrong ones."""
        return len(self.failing) >= card_taps.MOST_FAILING

    @property
    def wakes_at(self) -> float | None:
        """Monotonic seconds at which the lane wants a TimePassed; None when it waits for nothing."""
        visit, place = self.visit, self.place.wakes_at
        wakes = (visit.wakes_at(self.situation.plan.timeouts) if visit is not None else None, place)
        return min((each for each in wakes if each is not None), default=None)

    def take_roster(self, roster: Roster, at: Moment, restored: Mapping[str, Json] | None = None) -> list[Effect]:
        """Take over who is on site from a ledger that was just opened.

        What the ledger could not take before is written now, as it was, and answered as it would have been: a driver
        who still stands before a hold is told its number. Visits that a power cut or a crash ended without a record
        are recorded as interrupted.

        Args:
            roster: By what the ledger holds.
            at: When.
            restored: Of a ledger that goes on from a backup, which one: no message of a card counts by itself any more.
        """
        self.situation = replace(self.situation, roster=roster)
        ended_late = {entry.body.get("visit") for entry in self._unrecorded}
        on_now = self.visit.file.visit_id if self.visit is not None and not self.visit.ended else None
        effects = self._late()
        if restored is not None:
            effects.append(self._asked_anew(EntryKind.RESTORED, restored, at))
        effects += [
            self._asked_anew(
                EntryKind.INTERRUPTED,
                {
                    "visit": stay.visit_id,
                    "driver": stay.driver_id,
                    "opened": stamp(stay.since),
                    "reason": Reason.POWER_LOST.name,
                    "clause": Reason.POWER_LOST.text.clause,
                    "uplifted": stay.uplifted,
                },
                at,
            )
            for stay in roster.unended()
            if stay.visit_id != on_now and stay.visit_id not in ended_late
        ]
        return effects + self._cards_to_challenge()

    def handle(self, event: ev.Event) -> list[Effect]:
        """Take an event.

        Raises:
            IllegalEvent: when nothing here takes it; nothing was changed.
        """
        self.place.expire(event.at.monotonic)
        taker = self._takers.get(type(event))
        return taker(event) if taker is not None else self._to_visit(event)

    # --- what concerns the visit --------------------------------------------------------------------

    def _card(self, event: ev.CardPresented | ev.CardNotTaken) -> list[Effect]:
        self.card_on_reader = isinstance(event, ev.CardPresented)
        cards = self.situation.roster.cards
        tap = card_taps.fresh(cards, event)
        news, failures = card_taps.learn(cards, tap)
        self.failing = card_taps.failing(self.failing, cards, tap, self.situation.plan.card_level)
        effects = self._tapped(tap)
        told = any(isinstance(effect, CommitEntry) for effect in effects)
        if failures is not None or (news and not told):
            file = self.visit.file if self.visit is not None else None
            effects += self._record(EntryKind.CARD_TAPPED, card_tapped(tap, file, failures), tap.at)
        return effects + self._cards_to_challenge()

    def _tapped(self, tap: ev.CardPresented | ev.CardNotTaken) -> list[Effect]:
        if self.visit is not None and not self.visit.ended:
            return self._pass_on(self.visit, tap)
        if not self.in_service:
            return [Indicate(Signal.STOP)]
        if (member := self._staff_of(tap)) is not None and tap.credential is not None:
            self.visit = None
            timeouts = self.situation.plan.timeouts
            return self.place.greet(member, tap.credential, tap.at, timeouts, lambda: next(self._refs))
        left = self.place.leave()  # the gate is for drivers
        self.visit = Visit(f"{stamp(tap.at)}/{next(self._refs)}", tap.at, self._refs)
        return left + self._pass_on(self.visit, tap)

    def _staff_of(self, tap: card_taps.Tap) -> StaffMember | None:
        """Whose badge it is, where staff may have their console here; None for whatever else was tapped."""
        if not self.situation.plan.staff_at_kiosk or isinstance(tap, ev.CardNotTaken):
            return None
        member = staff_of_card(self.situation, tap.credential, tap.proof, tap.at)
        return member if isinstance(member, StaffMember) else None

    def _visitor_came(self, event: ev.VisitorCame) -> list[Effect]:
        """While nobody else is served, and what they say can be written down."""
        plan, busy = self.situation.plan, self.visit is not None and not self.visit.ended
        if busy or self.place.taken or not (plan.visitors_at_kiosk and self.in_service):
            raise IllegalEvent("NO PLACE FOR A VISITOR", type(event).__name__)
        self.visit = None
        return self.place.welcome(event.at, plan.timeouts, lambda: next(self._refs))

    def _cards_to_challenge(self) -> list[Effect]:
        """Tell the reader, when that has changed, which cards to ask and how."""
        told = card_taps.to_challenge(self.situation.roster.cards, self.situation.plan.card_level)
        if told == self._told:
            return []
        self._told = told
        return [told]

    def _scan(self, scan: Scan) -> list[Effect]:
        visit = self.visit
        if scan.bound is not None and is_bound_elsewhere(scan.bound, visit):
            return self._stray_scan(stray_of(scan, scan.bound))
        if visit is None or not is_awaited(visit):
            return [refusal(scan.source, None, visit)]
        before = visit.state
        effects = self._pass_on(visit, scan)
        if scan.bound is not None:
            effects.append(ScanKept(scan.source, scan.bound.unit, scan.bound.seq))
        return [*effects, judgement(scan, visit, before)]

    def _stray_scan(self, scan: ev.StrayScan) -> list[Effect]:
        """It counts for no visit. Whoever took it just now is told; who took it long ago has gone on.

        The reader may send it once more, as long as it has not heard that the ledger holds it.
        """
        effects: list[Effect] = []
        if self.situation.roster.has_scan(scan.unit, scan.seq):
            effects.append(ScanKept(scan.reader, scan.unit, scan.seq))
        else:
            effects += self._record(EntryKind.STRAY_SCAN, stray_scan(scan), scan.at)
        if scan.why is ev.Stray.UNBOUND:
            effects.append(refusal(scan.reader, scan.seq, self.visit))
        return effects

    def _to_visit(self, event: ev.Event) -> list[Effect]:
        if self.place.taken:
            return self.place.handle(event)
        visit = self.visit
        if visit is None:
            if isinstance(event, ev.TimePassed | ev.KioskStopping):
                return []
            raise IllegalEvent("NOBODY", type(event).__name__)
        if visit.ended and isinstance(event, ev.WentOn):
            return self._dismiss()
        effects = self._pass_on(visit, event)
        if visit.ended and isinstance(event, ev.TimePassed) and event.at.monotonic >= visit.waiting.ends:
            effects += self._dismiss()
        return effects

    def _dismiss(self) -> list[Effect]:
        self.visit, self.place.word = None, None
        return [Indicate(Signal.IDLE)]

    def _pass_on(self, visit: Visit, event: ev.Event) -> list[Effect]:
        effects = visit.handle(event, self.situation)
        for effect in effects:
            if isinstance(effect, CommitEntry):
                self._asked(effect)
        return effects

    # --- what concerns the lane ---------------------------------------------------------------------

    def _card_removed(self, _event: ev.CardRemoved) -> list[Effect]:
        self.card_on_reader = False
        return []

    def _records_replaced(self, event: ev.RecordsReplaced) -> list[Effect]:
        self.situation = replace(self.situation, records=event.records)
        self.situation.roster.know_uplifted(event.uplifted)
        return []

    def _hold_released(self, event: ev.HoldReleased) -> list[Effect]:
        if not self.situation.roster.is_held(event.visit_id):
            raise IllegalEvent("NOT HELD", type(event).__name__)
        body: dict[str, Json] = {"visit": event.visit_id, "staff": event.staff_id, "note": event.note}
        return self._record(EntryKind.HOLD_RELEASED, body, event.at)

    def _list_overridden(self, event: ev.ListOverridden) -> list[Effect]:
        """It counts once the ledger holds it."""
        body = list_override(event, self.situation.records, self.situation.plan)
        return self._record(EntryKind.LIST_OVERRIDE, body, event.at)

    def _staff_recorded(self, event: ev.StaffRecorded) -> list[Effect]:
        self.situation.roster.apply(event.kind, event.body, event.at)
        if event.kind == EntryKind.STAFF_SPOKE.value:
            self._spoken(str(event.body["text"]), event.at)
        return [*self._resolved(event), *self._cards_to_challenge()]

    def _spoken(self, text: str, at: Moment) -> None:
        """Staff speak to whoever stands at the kiosk; what a driver was stopped by stays on show with it."""
        ends = self.place.speak(text, at, self.situation.plan.timeouts)
        if self.visit is not None and ends is not None:
            self.visit.keep_on_show(ends)

    def _resolved(self, event: ev.StaffRecorded) -> list[Effect]:
        """The driver whose hold it is, if he still stands here, sees what staff made of it."""
        resolved, visit = _RESOLVED.get(event.kind), self.visit
        if resolved is None or visit is None or visit.state is not State.HELD:
            return []
        if visit.file.visit_id != event.body["visit"]:
            return []
        visit.resolve(resolved, event.at, self.situation.plan.timeouts)
        return [Indicate(Signal.GOOD if resolved is Resolved.RELEASED else Signal.STOP)]

    def _record(self, kind: EntryKind, body: Mapping[str, Json], at: Moment) -> list[Effect]:
        """Write an entry now, or once there is a ledger, after those that wait for it already."""
        if not self.parts[Part.LEDGER].working:
            self._keep(CommitEntry(next(self._refs), kind, body, at))
            return []
        return [self._asked_anew(kind, body, at)]

    def _late(self) -> list[Effect]:
        """Write what the ledger could not take before, in its order; but not what it turns out to hold."""
        late, self._unrecorded = self._unrecorded, []
        effects: list[Effect] = []
        for entry in late:
            if is_known(entry, self.situation.roster):
                effects.append(kept_with(entry.body))
            elif entry.kind is not EntryKind.DEVICE_CONNECTED or self._is_another(entry.body):
                effects.append(self._asked(replace(entry, body={**entry.body, "late": True})))
        return effects

    def _asked_anew(self, kind: EntryKind, body: Mapping[str, Json], at: Moment) -> CommitEntry:
        return self._asked(CommitEntry(next(self._refs), kind, body, at))

    def _asked(self, entry: CommitEntry) -> CommitEntry:
        """Note that the ledger will answer for an entry."""
        self._pending[entry.ref] = entry
        return entry

    def _answered(self, event: ev.EntryCommitted | ev.CommitFailed) -> list[Effect]:
        entry = self._pending.pop(event.ref)
        effects: list[Effect] = []
        if isinstance(event, ev.EntryCommitted):
            self.situation.roster.apply(entry.kind.value, entry.body, entry.at)
            effects += self._cards_to_challenge()
            if entry.kind is EntryKind.STRAY_SCAN:
                effects.append(kept_with(entry.body))
        else:
            self.parts[Part.LEDGER] = PartState(False, event.why, event.mend)
            self._keep(entry)
        return effects + (self._pass_on(self.visit, event) if self.visit is not None else [])

    def _keep(self, entry: CommitEntry) -> None:
        """Keep an entry that the ledger could not take. Not an uplift: nothing opened, and its hold tells of it."""
        if entry.kind is not EntryKind.UPLIFT and len(self._unrecorded) < MOST_UNRECORDED:
            self._unrecorded.append(entry)

    def _part(self, event: ev.PartChanged) -> list[Effect]:
        if event.part is Part.SCANNER:
            self._scanners.changed(event)
            return self._look_at_scanners(event.at)
        self.parts[event.part] = PartState(event.working, event.detail, event.mend)
        self.situation = replace(self.situation, reader_lost=self.parts[Part.READER].working is False)
        if event.part is Part.READER:
            self.card_on_reader = False
        return self._late() if event.part is Part.LEDGER and event.working else []

    def _reader_fault(self, event: ev.ReaderFault) -> list[Effect]:
        self._scanners.fault(event)
        return self._look_at_scanners(event.at)

    def _device_connected(self, event: ev.DeviceConnected) -> list[Effect]:
        """Recorded when it is another than was known under its name: a device comes back often, and rarely changes."""
        body = device_connected(event)
        return self._record(EntryKind.DEVICE_CONNECTED, body, event.at) if self._is_another(body) else []

    def _is_another(self, body: Mapping[str, Json]) -> bool:
        """Whether an entry of a device tells of another than the last one, whether the ledger has that yet or not."""
        return self.situation.roster.devices.is_news(body, [*self._pending.values(), *self._unrecorded])

    def _look_at_scanners(self, at: Moment) -> list[Effect]:
        """Once the last one is lost, the scan that is awaited has failed: the driver may key the number."""
        before, now = self.parts[Part.SCANNER], self._scanners.state
        self.parts[Part.SCANNER] = now
        visit = self.visit
        if visit is not None and is_awaited(visit) and before.working and not now.working:
            return self._pass_on(visit, ev.ScanUnreadable("the scanner was lost", at))
        return []

    def _loop(self, event: ev.LoopChanged) -> list[Effect]:
        if event.loop is ev.Loop.ENTRY:
            self.awake = event.occupied
            return []
        if self.visit is not None and self.visit.state is State.PASSING:
            return self._pass_on(self.visit, event)
        if event.occupied:
            return self._incident("vehicle-at-exit-without-uplift", event.at)
        return []

    def _incident(self, what: str, at: Moment) -> list[Effect]:
        """Something that no visit accounts for; whether somebody was there who can say why stands beside it."""
        around = self.situation
        attended = attendance(around.plan, around.records, around.roster, at).attended
        return self._record(EntryKind.INCIDENT, {"what": what, "attended": attended}, at)

    def _tamper(self, event: ev.TamperChanged) -> list[Effect]:
        if event.opened is self.cabinet_open:
            return []
        self.cabinet_open = event.opened
        what = "cabinet-opened" if event.opened else "cabinet-closed"
        return self._incident(what, event.at)
