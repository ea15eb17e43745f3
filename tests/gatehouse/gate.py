"""The core of a kiosk with a ledger behind it: what really goes in comes out as the entries that really are written.

Every CommitEntry is answered as the station's recorder answers it: an entry of its own number, and before it a
`clock-stepped` where somebody set the clock. Bodies go through JSON, moments through the milliseconds of a stamp.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import msgspec

from kiosk.core import events as ev
from kiosk.core.cards import CardProof, Credential
from kiosk.core.effects import CheckPin, CommitEntry, Effect, EntryKind
from kiosk.core.lane import Lane
from kiosk.core.pins import Pin, PinAnswer
from kiosk.core.plan import SecurityPlan
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.seals import Symbology, VvttStep
from kiosk.core.times import ClockState, ClockWatch, Moment
from kiosk.core.visit import State
from kiosk.gatehouse.recorded import Recorded
from kiosk.ledger.moments import moment_of, stamp_of
from kiosk.ledger.stamp import time_text
from kiosk.station.recorder import CLOCK_STEPPED

BUSY_S: Final = 25.0
"""How often a driver who is at the screen touches it: so a step goes on for longer than its time-out."""

RIGHT_PIN, WRONG_PIN = "4711", "1174"


class Gate:
    """One gate, its clocks and its ledger.

    Attributes:
        ledger: What was written, in order.
        clock: What is known of the wall clock.
        writes: Whether the ledger takes entries.
    """

    def __init__(self, plan: SecurityPlan, records: Records, opens: datetime, random: Random) -> None:
        self.plan, self.records = plan, records
        self.ledger: list[Recorded] = []
        self.clock = ClockState.SYNCHRONISED
        self.writes = True
        self.random = random
        self._utc, self._monotonic, self._boots = opens, 40.0, 0
        self._watch = ClockWatch()
        self.lane = self._started()

    # --- the clocks -----------------------------------------------------------------------------------

    def now(self) -> Moment:
        return Moment(self._utc, self._monotonic, self.clock, f"boot-{self._boots}")

    @property
    def utc(self) -> datetime:
        return self._utc

    def pass_by(self, seconds: float) -> None:
        """Time goes by; who waits in the core for a moment is woken at it."""
        end = self._monotonic + seconds
        while (wakes_at := self.lane.wakes_at) is not None and wakes_at <= end:
            self._tick(max(0.0, wakes_at - self._monotonic) + 0.003)
            self.send(ev.TimePassed(self.now()))
        self._tick(max(0.0, end - self._monotonic))

    def be_busy(self, seconds: float) -> None:
        """The same, with the driver at the screen, whose time-out begins anew at each touch."""
        while seconds > BUSY_S:
            self.pass_by(BUSY_S)
            self.send(ev.DriverActive(self.now()))
            seconds -= BUSY_S
        self.pass_by(seconds)

    def pass_until(self, instant: datetime) -> None:
        self.pass_by(max(0.0, (instant - self._utc).total_seconds()))

    def set_clock(self, by_s: float) -> None:
        """Somebody sets the wall clock."""
        self._utc += timedelta(seconds=by_s)

    def _tick(self, seconds: float) -> None:
        self._monotonic += seconds
        self._utc += timedelta(seconds=seconds)

    # --- the machine ----------------------------------------------------------------------------------

    def _started(self) -> Lane:
        self._boots += 1
        lane = Lane(self.plan, self.records, Roster())
        for part in ev.Part:
            for device in self.plan.scanners if part is ev.Part.SCANNER else ("",):
                lane.handle(ev.PartChanged(part, True, "", "", self.now(), device))
        return lane

    def lose_power(self, off_s: float) -> None:
        """The machine goes off and comes up again; what it had not written is gone."""
        roster = Roster()
        self._tick(off_s)
        self._monotonic = 35.0
        for entry in self.ledger:
            roster.apply(entry.kind, entry.body, entry.at)
        self.lane = self._started()
        self.note("kiosk-started", {"site": self.plan.site_id, "files": {}})
        self.take(self.lane.take_roster(roster, self.now()))

    def lose_ledger(self) -> None:
        self.writes = False

    def find_ledger(self) -> None:
        """It is opened again: what could not be written is written late."""
        self.writes = True
        self.note("ledger-reopened", {"site": self.plan.site_id, "files": {}})
        self.take(self.lane.handle(ev.PartChanged(ev.Part.LEDGER, True, "", "", self.now())))

    def replace_records(self, records: Records) -> None:
        self.records = records
        self.send(ev.RecordsReplaced(records, self.now()))
        self.note("records-replaced", {"files": {"bookings.csv": self.random.randbytes(8).hex()}})

    # --- the ledger -----------------------------------------------------------------------------------

    def note(self, kind: str, body: Mapping[str, Any], at: Moment | None = None) -> int:
        """Write an entry; its number."""
        at = at or self.now()
        step = self._watch.stepped(at)
        if step is not None:
            before = time_text(at.utc - step)
            self._append(CLOCK_STEPPED, {"by_ms": step // timedelta(milliseconds=1), "instead_of": before}, at)
        self._watch.note(at)
        return self._append(kind, body, at)

    def staff_record(self, kind: str, body: Mapping[str, Any]) -> int:
        """What staff record by a command or a console."""
        number = self.note(kind, body)
        self.take(self.lane.handle(ev.StaffRecorded(kind, self.ledger[-1].body, self.now())))
        return number

    def _append(self, kind: str, body: Mapping[str, Any], at: Moment) -> int:
        plain = msgspec.json.decode(msgspec.json.encode(body))
        self.ledger.append(Recorded(len(self.ledger) + 1, kind, plain, moment_of(stamp_of(to_the_millisecond(at)))))
        return len(self.ledger)

    # --- events ---------------------------------------------------------------------------------------

    def send(self, event: ev.Event) -> list[Effect]:
        effects = self.lane.handle(event)
        self.take(effects)
        return effects

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, CommitEntry):
                self._commit(effect)
            elif isinstance(effect, CheckPin):
                answer = PinAnswer.RIGHT if effect.pin == Pin(RIGHT_PIN) else PinAnswer.WRONG
                self._tick(0.3)
                self.send(ev.PinChecked(effect.ref, answer, self.now()))

    def _commit(self, effect: CommitEntry) -> None:
        self._tick(self.random.uniform(0.002, 0.02))
        if self.writes:
            number = self.note(effect.kind.value, effect.body, effect.at)
            self.send(ev.EntryCommitted(effect.ref, number, "00" * 32, self.now()))
        else:
            self.send(ev.CommitFailed(effect.ref, "input/output error", "see to the disk", self.now()))

    @property
    def state(self) -> State | None:
        return self.lane.visit.state if self.lane.visit is not None else None

    def tap(self, credential: Credential, proof: CardProof) -> None:
        self.send(ev.CardPresented(credential, proof, self.now()))
        self._tick(0.4)
        self.send(ev.CardRemoved(self.now()))

    def key_pin(self, digits: str) -> None:
        self.send(ev.PinKeyed(Pin(digits), self.now()))

    def answer(self, step: VvttStep) -> None:
        self.send(ev.StepAnswered(step, True, self.now()))

    def scan(self, text: str, source: str, symbology: Symbology = Symbology.CODE_128) -> None:
        self.send(ev.ScanRead(text, symbology, (), self.now(), source))

    def stray(self, text: str, why: ev.Stray, age_ms: int | None, reader: str = "left reader") -> None:
        seq = len(self.ledger) + 1
        self.send(ev.StrayScan(reader, "E6614C31", seq, text, why, age_ms, self.now()))

    def exit_loop(self, *, occupied: bool) -> None:
        self.send(ev.LoopChanged(ev.Loop.EXIT, occupied, self.now()))

    def last(self, kind: EntryKind) -> int:
        """The number of the newest entry of a kind."""
        return next(entry.seq for entry in reversed(self.ledger) if entry.kind == kind.value)


def to_the_millisecond(at: Moment) -> Moment:
    cut = at.utc.replace(microsecond=at.utc.microsecond // 1000 * 1000)
    return Moment(cut, at.monotonic, at.clock, at.boot)
