"""The visit state machine: one truck at the kiosk, from the first tap to the end that is recorded.

Theory of operation
===================

A visit is a state, a file (what is known so far) and the moment at which its state's time-out ends. An event
is looked up in TABLE under the state; the row names a decision (kiosk.core.decisions) and says for each of
its outcomes which state comes next. Nothing else moves a visit. An event without a row raises IllegalEvent
and changes nothing; since files are values, so does an event whose decision fails.

Entering some states has an effect: the entry of an uplift or of an end is committed, the barrier is told to
open. OpenBarrier has a single source: the outcome "committed" of EntryCommitted in COMMITTING, and that
outcome needs the reference of this visit's own uplift entry.

Where a PIN is asked, the ledger holds the tap before it is (PIN_ASKED), and each wrong one before the driver is told
(PIN_WRONG): whoever pulls the plug gets neither a tap nor a try for nothing.

Every path ends in DEPARTED, UNSEEN, HELD, REFUSED, ABANDONED or INTERRUPTED, and each of them commits an
entry. A visit that a power cut ends is found at the next start (Roster.unended) and recorded then.

The diagram in docs/architecture.md is made from TABLE.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from itertools import count
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core import entries
from kiosk.core import events as ev
from kiosk.core.decisions import arriving, checking, deciding, leaving, pin, waiting
from kiosk.core.decisions.deciding import STAY, Context, Decide
from kiosk.core.effects import CheckPin, CommitEntry, Effect, EntryKind, ExpectScan, Indicate, OpenBarrier, Signal
from kiosk.core.errors import IllegalEvent
from kiosk.core.plan import Timeouts
from kiosk.core.rules import Situation
from kiosk.core.times import Moment
from kiosk.core.visit_file import Resolved, VisitFile


class State(Enum):
    """Where a visit stands."""

    ARRIVING = "arriving"
    PIN_ASKED = "pin asked"
    PIN = "pin"
    PIN_CHECK = "pin check"
    PIN_WRONG = "pin wrong"
    WELCOMED = "welcomed"
    CHOOSING = "choosing"
    PACKAGE_CHECK = "package check"
    PACKAGE_SIGNING = "package signing"
    VIEW = "view"
    VERIFY = "verify"
    KEYING = "keying"
    KEYING_AGAIN = "keying again"
    TUG = "tug"
    TWIST = "twist"
    CHECKED = "checked"
    SIGNING = "signing"
    COMMITTING = "committing"
    PASSING = "passing"
    DEPARTED = "departed"
    UNSEEN = "unseen"
    HELD = "held"
    REFUSED = "refused"
    ABANDONED = "abandoned"
    INTERRUPTED = "interrupted"


ENDS: Final = frozenset(
    {State.DEPARTED, State.UNSEEN, State.HELD, State.REFUSED, State.ABANDONED, State.INTERRUPTED}
)  # fmt: skip
"""States in which a visit is over and its end is on its way to the ledger."""

SCANNING: Final = frozenset({State.CHOOSING, State.VERIFY, State.KEYING, State.KEYING_AGAIN})
"""States in which a scan means something."""

Row = tuple[Decide, Mapping[str, State]]


def _row(decide: Decide, **to: State) -> Row:
    return decide, to


_HOLD = {"hold": State.HELD}
_GIVE_UP: Mapping[type[ev.Event], Row] = {
    ev.Cancelled: _row(waiting.cancelled, abandoned=State.ABANDONED),
    ev.TimePassed: _row(waiting.time_passed, abandoned=State.ABANDONED),
    ev.DriverActive: _row(waiting.active),
}
_ALWAYS: Mapping[type[ev.Event], Row] = {
    ev.CardPresented: _row(leaving.other_card),
    ev.CardNotTaken: _row(deciding.card_not_taken_here),
    ev.EntryCommitted: _row(deciding.nothing),
    ev.CommitFailed: _row(leaving.commit_failed, hold=State.HELD),
    ev.KioskStopping: _row(waiting.stopping, interrupted=State.INTERRUPTED),
}
_LOAD_NAMED = {"sea": State.VIEW, "air": State.PACKAGE_CHECK, "hold": State.HELD, "refusal": State.REFUSED}
_VERIFIED = {"tug": State.TUG, "checked": State.CHECKED, "hold": State.HELD}
_SCANNED: Mapping[type[ev.Event], Row] = {
    ev.ScanRead: _row(checking.seal_scanned, **_VERIFIED),
    ev.ScanUnreadable: _row(checking.scan_unreadable),
}
_END: Mapping[type[ev.Event], Row] = {
    ev.EntryCommitted: _row(leaving.end_recorded),
    ev.CommitFailed: _row(deciding.nothing),
    ev.KioskStopping: _row(deciding.nothing),
    ev.TimePassed: _row(deciding.nothing),
}

TABLE: Final[Mapping[State, Mapping[type[ev.Event], Row]]] = {
    State.ARRIVING: {
        ev.CardPresented: _row(arriving.first_tap, admitted=State.WELCOMED, pin=State.PIN_ASKED, refusal=State.REFUSED),
        ev.CardNotTaken: _row(arriving.card_not_taken, refusal=State.REFUSED),
    },
    State.PIN_ASKED: {
        **_ALWAYS,
        ev.EntryCommitted: _row(pin.asked, ask=State.PIN),
        ev.TimePassed: _row(waiting.commit_time, **_HOLD),
    },
    State.PIN: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.PinKeyed: _row(pin.keyed, check=State.PIN_CHECK),
    },
    State.PIN_CHECK: {
        **_ALWAYS,
        ev.PinChecked: _row(pin.checked, admitted=State.WELCOMED, wrong=State.PIN_WRONG, refusal=State.REFUSED),
        ev.TimePassed: _row(pin.check_time, refusal=State.REFUSED),
    },
    State.PIN_WRONG: {
        **_ALWAYS,
        ev.EntryCommitted: _row(pin.wrong_recorded, again=State.PIN, refusal=State.REFUSED),
        ev.TimePassed: _row(waiting.commit_time, **_HOLD),
    },
    State.WELCOMED: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.WentOn: _row(arriving.choose, choose=State.CHOOSING),
        ev.TimePassed: _row(waiting.welcome_time, choose=State.CHOOSING),
    },
    State.CHOOSING: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.Cancelled: _row(waiting.choosing_cancelled, back=State.CHECKED, abandoned=State.ABANDONED),
        ev.LoadChosen: _row(arriving.load_chosen, **_LOAD_NAMED),
        ev.UnitKeyed: _row(arriving.unit_keyed, **_LOAD_NAMED),
        ev.ScanRead: _row(arriving.slip_scanned, **_LOAD_NAMED),
        ev.ScanUnreadable: _row(deciding.nothing),
    },
    State.PACKAGE_CHECK: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.PackageAnswered: _row(checking.package_answered, answered=State.PACKAGE_SIGNING, hold=State.HELD),
    },
    State.PACKAGE_SIGNING: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.CardPresented: _row(checking.package_signed, view=State.VIEW),
    },
    State.VIEW: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.StepAnswered: _row(checking.step_answered, verify=State.VERIFY, hold=State.HELD),
    },
    State.VERIFY: {
        **_ALWAYS,
        **_GIVE_UP,
        **_SCANNED,
        ev.KeyingAsked: _row(checking.keying_asked, key=State.KEYING),
        ev.TimePassed: _row(waiting.verify_time, abandoned=State.ABANDONED),
    },
    State.KEYING: {
        **_ALWAYS,
        **_GIVE_UP,
        **_SCANNED,
        ev.SealKeyed: _row(checking.keyed_first, again=State.KEYING_AGAIN),
        ev.Cancelled: _row(waiting.keying_cancelled, scan=State.VERIFY),
    },
    State.KEYING_AGAIN: {
        **_ALWAYS,
        **_GIVE_UP,
        **_SCANNED,
        ev.SealKeyed: _row(checking.keyed_again, differ=State.KEYING, **_VERIFIED),
        ev.Cancelled: _row(waiting.keying_cancelled, scan=State.VERIFY),
    },
    State.TUG: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.StepAnswered: _row(checking.step_answered, twist=State.TWIST, checked=State.CHECKED, hold=State.HELD),
    },
    State.TWIST: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.StepAnswered: _row(checking.step_answered, checked=State.CHECKED, hold=State.HELD),
    },
    State.CHECKED: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.UpliftAdded: _row(leaving.checked_more, another=State.CHOOSING),
        ev.UpliftsFinished: _row(leaving.sign, sign=State.SIGNING),
    },
    State.SIGNING: {
        **_ALWAYS,
        **_GIVE_UP,
        ev.CardPresented: _row(leaving.second_tap, signed=State.COMMITTING, hold=State.HELD, refusal=State.REFUSED),
        ev.TimePassed: _row(waiting.sign_time, abandoned=State.ABANDONED, hold=State.HELD),
    },
    State.COMMITTING: {
        **_ALWAYS,
        ev.EntryCommitted: _row(leaving.committed, committed=State.PASSING),
        ev.TimePassed: _row(waiting.commit_time, **_HOLD),
    },
    State.PASSING: {
        **_ALWAYS,
        ev.CommitFailed: _row(deciding.nothing),
        ev.LoopChanged: _row(leaving.exit_loop, departed=State.DEPARTED),
        ev.BarrierFailed: _row(leaving.barrier_failed, **_HOLD),
        ev.TimePassed: _row(waiting.passing_time, unseen=State.UNSEEN),
    },
    **dict.fromkeys(ENDS, _END),
}
"""Every transition: state, event, decision, and the state that each outcome leads to. STAY is open to all."""

_ENTRY: Final[Mapping[State, tuple[EntryKind, Callable[[VisitFile, Situation], entries.Body]]]] = {
    State.PIN_ASKED: (EntryKind.PIN_ASKED, lambda file, _: entries.pin_asked(file)),
    State.PIN_WRONG: (EntryKind.PIN_WRONG, pin.wrong_body),
    State.WELCOMED: (EntryKind.VISIT_OPENED, lambda file, _: entries.visit_opened(file)),
    State.COMMITTING: (EntryKind.UPLIFT, lambda file, _: entries.uplift(file)),
    State.DEPARTED: (EntryKind.PASSAGE, lambda file, _: entries.passage(file, seen=True)),
    State.UNSEEN: (EntryKind.PASSAGE, lambda file, _: entries.passage(file, seen=False)),
    State.HELD: (EntryKind.HOLD, lambda file, _: entries.stop(file)),
    State.REFUSED: (EntryKind.REFUSAL, lambda file, _: entries.stop(file)),
    State.ABANDONED: (EntryKind.ABANDONED, lambda file, _: entries.stop(file)),
    State.INTERRUPTED: (EntryKind.INTERRUPTED, lambda file, _: entries.stop(file)),
}
"""What entering a state writes to the ledger."""

_SIGNAL: Final[Mapping[State, Signal]] = {
    State.PIN: Signal.ASK,
    State.WELCOMED: Signal.GOOD,
    State.CHOOSING: Signal.ASK,
    State.PACKAGE_CHECK: Signal.ASK,
    State.PACKAGE_SIGNING: Signal.ASK,
    State.VIEW: Signal.ASK,
    State.VERIFY: Signal.ASK,
    State.KEYING: Signal.ASK,
    State.KEYING_AGAIN: Signal.ASK,
    State.TUG: Signal.ASK,
    State.TWIST: Signal.ASK,
    State.CHECKED: Signal.GOOD,
    State.SIGNING: Signal.ASK,
    State.PASSING: Signal.OPEN,
    State.HELD: Signal.STOP,
    State.REFUSED: Signal.STOP,
    State.ABANDONED: Signal.IDLE,
    State.INTERRUPTED: Signal.STOP,
    State.DEPARTED: Signal.IDLE,
    State.UNSEEN: Signal.IDLE,
}
"""What entering a state shows on lamps and buzzer: each that waits for the driver says so to who does not look."""

_WAITS_FOR_NO_DRIVER: Final = frozenset({State.COMMITTING, State.PASSING})
"""In these nothing is to be tried again, and the barrier's signal is not talked over."""

_TIMEOUT: Final[Mapping[State, Callable[[Timeouts], float]]] = {
    State.ARRIVING: lambda _: 0.0,
    State.PIN_ASKED: lambda each: each.commit_s,
    State.PIN: lambda each: each.pin_s,
    State.PIN_CHECK: lambda each: each.pin_check_s,
    State.PIN_WRONG: lambda each: each.commit_s,
    State.WELCOMED: lambda each: each.welcome_s,
    State.CHOOSING: lambda each: each.choose_s,
    State.VERIFY: lambda each: each.verify_s,
    State.KEYING: lambda each: each.verify_s,
    State.KEYING_AGAIN: lambda each: each.verify_s,
    State.SIGNING: lambda each: each.sign_s,
    State.COMMITTING: lambda each: each.commit_s,
    State.PASSING: lambda each: each.passing_s,
    **{end: lambda each: each.stopped_s for end in ENDS},
}
"""How long a state waits; the others wait step_s."""


class Waiting(Struct, frozen=True):
    """How long the state waits.

    Attributes:
        since: Monotonic seconds at which it was entered.
        ends: Monotonic seconds at which its time-out runs out.
        length_s: The whole time-out.
    """

    since: float
    ends: float
    length_s: float


class Visit:
    """One truck's visit.

    Attributes:
        state: Where it stands.
        file: What is known of it.
        waiting: How long the state waits.
        turn: Which scan is awaited, by `ExpectScan.turn`; 0 when none is.
    """

    def __init__(self, visit_id: str, began: Moment, refs: "count[int]") -> None:
        self.state = State.ARRIVING
        self.file = VisitFile(visit_id, began)
        self.waiting = Waiting(began.monotonic, began.monotonic, 0.0)
        self.turn = 0
        self._refs = refs

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in ENDS

    def wakes_at(self, timeouts: Timeouts) -> float:
        """Monotonic seconds at which the visit wants a TimePassed."""
        if self.state is State.VERIFY and not self.file.may_key:
            return min(self.waiting.ends, self.waiting.since + timeouts.scan_patience_s)
        return self.waiting.ends

    def handle(self, event: ev.Event, situation: Situation) -> list[Effect]:
        """Take an event.

        Raises:
            IllegalEvent: when the state has no transition for it; nothing was changed.
        """
        row = TABLE[self.state].get(type(event))
        if row is None:
            raise IllegalEvent(self.state.name, type(event).__name__)
        decide, to = row
        now = event.at.monotonic
        context = Context(
            file=self.file,
            situation=situation,
            state=self.state.value,
            waited_s=now - self.waiting.since,
            overdue=now >= self.waiting.ends,
        )
        decided = decide(context, event)
        self.file = decided.file
        if decided.outcome == STAY:
            if decided.renew:
                self._wait(now, situation.plan.timeouts, since=self.waiting.since)
            return [Indicate(Signal.AGAIN)] if decided.wrong and self.state not in _WAITS_FOR_NO_DRIVER else []
        return self._enter(to[decided.outcome], event.at, situation, wrong=decided.wrong)

    def resolve(self, resolved: Resolved, at: Moment, timeouts: Timeouts) -> None:
        """Staff resolved the hold in which it ended: it stays on show for as long as that takes to be read."""
        self.file = replace(self.file, resolved=resolved)
        self._wait(at.monotonic, timeouts, since=at.monotonic)

    def keep_on_show(self, until: float) -> None:
        """An end stays on show till then, at least: staff speak to the driver.

        Args:
            until: Monotonic seconds.
        """
        if self.ended and until > self.waiting.ends:
            self.waiting = Waiting(self.waiting.since, until, until - self.waiting.since)

    def _enter(self, state: State, at: Moment, situation: Situation, *, wrong: bool) -> list[Effect]:
        scanned_before = self.state in SCANNING
        self.state = state
        self._wait(at.monotonic, situation.plan.timeouts, since=at.monotonic)
        effects: list[Effect] = []
        if state in _ENTRY:
            kind, body = _ENTRY[state]
            ref = next(self._refs)
            if kind is not EntryKind.VISIT_OPENED:
                self.file = replace(self.file, commit_ref=ref)
            effects.append(CommitEntry(ref, kind, body(self.file, situation), at))
        if state is State.PIN_CHECK:
            effects.append(self._check_pin())
        if state is State.PASSING:
            assert self.file.entry_number is not None, "PASSING is entered with the uplift's entry number"
            effects.append(OpenBarrier(self.file.visit_id, self.file.entry_number))
        if state in _SIGNAL:
            effects.append(Indicate(Signal.AGAIN if wrong else _SIGNAL[state]))
        if scanned_before is not (state in SCANNING):
            self.turn = next(self._refs) if state in SCANNING else 0
            effects.append(ExpectScan(state in SCANNING, self.turn))
        return effects

    def _check_pin(self) -> CheckPin:
        """What was keyed goes on its way, and is in the file no more."""
        file, ref = self.file, next(self._refs)
        assert file.credential is not None, "a card was tapped before its PIN was keyed"
        assert file.pin is not None, "a PIN is checked once it was keyed"
        self.file = replace(file, pin=None, pin_ref=ref)
        return CheckPin(ref, file.credential, file.pin)

    def _wait(self, now: float, timeouts: Timeouts, *, since: float) -> None:
        length = _TIMEOUT[self.state](timeouts) if self.state in _TIMEOUT else timeouts.step_s
        ends = now + length
        if self.state not in ENDS | {State.COMMITTING, State.PASSING}:
            ends = min(ends, self.file.began.monotonic + timeouts.visit_s)
        self.waiting = Waiting(since, ends, length)
