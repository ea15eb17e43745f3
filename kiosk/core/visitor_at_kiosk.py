"""A visitor or contractor at the kiosk's own screen, who signs in or out without staff (clauses 3.1 and 4.1).

It opens nothing. A driver's tap ends it at once: the gate is for drivers; what was not signed yet is forgotten.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from kiosk.core import events as ev
from kiosk.core.effects import Effect, Indicate, RecordVisitor, Signal
from kiosk.core.errors import IllegalEvent
from kiosk.core.plan import Timeouts
from kiosk.core.said import Said, said
from kiosk.core.times import Moment
from kiosk.core.visitor_form import VisitorForm

NOT_WRITTEN: Final = said("It was not written down. Tell staff.")
"""What somebody is told whose coming or leaving the ledger did not take."""


class VisitorState(Enum):
    """Where it stands."""

    ASKED = "asked"
    RECORDING = "recording"
    SIGNED = "signed"
    """It is written down; what to do now is on show."""
    OUT = "out"
    """Over: nothing of it is on show."""


class Signed(Struct, frozen=True):
    """What was written down.

    Attributes:
        leaves: Somebody left; else somebody came.
        name: Theirs.
        number: Theirs, by which they sign out.
    """

    leaves: bool
    name: str
    number: int


class VisitorAtKiosk:
    """One person at the kiosk's screen.

    Args:
        at: When they began.
        timeouts: How long each state waits.
        next_ref: Gives references that no effect had yet.

    Attributes:
        state: Where it stands.
        form: What was asked and answered.
        problem: Why the last answer was not taken, for the screen; None when none was given.
        signed: What was written down; None before.
        ends: Monotonic seconds at which the state runs out.
        length_s: How long the state waits in all, in seconds.
    """

    def __init__(self, at: Moment, timeouts: Timeouts, next_ref: Callable[[], int]) -> None:
        self.state = VisitorState.ASKED
        self.form = VisitorForm()
        self.problem: Said | None = None
        self.signed: Signed | None = None
        self.length_s = timeouts.visitor_s
        self.ends = at.monotonic + timeouts.visitor_s
        self._timeouts = timeouts
        self._next_ref = next_ref
        self._ref = 0
        self._takers: Mapping[tuple[VisitorState, type[ev.Event]], Callable[[Any], list[Effect]]] = {
            (VisitorState.ASKED, ev.VisitorAnswered): self._answered,
            (VisitorState.ASKED, ev.VisitorWentBack): self._went_back,
            (VisitorState.ASKED, ev.Cancelled): self._left,
            (VisitorState.ASKED, ev.DriverActive): self._busy,
            (VisitorState.ASKED, ev.VisitorRecorded): self._recorded,
            (VisitorState.RECORDING, ev.VisitorRecorded): self._recorded,
            (VisitorState.RECORDING, ev.VisitorNotRecorded): self._not_recorded,
            (VisitorState.SIGNED, ev.WentOn): self._left,
        }

    def handle(self, event: ev.Event) -> list[Effect]:
        """Take an event.

        Raises:
            IllegalEvent: when the state has no use for it; nothing was changed.
        """
        if isinstance(event, ev.TimePassed | ev.KioskStopping):
            return self._time(event.at)
        take = self._takers.get((self.state, type(event)))
        if take is None:
            raise IllegalEvent(f"VISITOR {self.state.name}", type(event).__name__)
        return take(event)

    # --- what happens ---------------------------------------------------------------------------------

    def _answered(self, event: ev.VisitorAnswered) -> list[Effect]:
        if not self.form.takes(event.text):
            raise IllegalEvent(f"VISITOR {self.form.ask}", type(event).__name__)
        problem = self.form.why_not(event.text)
        if problem is not None:
            return self._ask(self.form, event.at, problem)
        form = self.form.answered(event.text)
        if form.ask is not None:
            return self._ask(form, event.at)
        self._ref = self._next_ref()
        self.form, self.problem = form, None
        self._enter(VisitorState.RECORDING, event.at, self._timeouts.commit_s)
        return [RecordVisitor(self._ref, form.wanted())]

    def _went_back(self, event: ev.VisitorWentBack) -> list[Effect]:
        return self._ask(self.form.back(), event.at)

    def _recorded(self, event: ev.VisitorRecorded) -> list[Effect]:
        """Also once it is asked again, since a disk was slow."""
        if event.ref != self._ref:
            return []
        self.signed = Signed(event.leaves, event.name, event.number)
        self._enter(VisitorState.SIGNED, event.at, self._timeouts.stopped_s)
        return [Indicate(Signal.GOOD)]

    def _not_recorded(self, event: ev.VisitorNotRecorded) -> list[Effect]:
        return self._ask(self.form.back(), event.at, event.words) if event.ref == self._ref else []

    def _left(self, _event: ev.Event) -> list[Effect]:
        self.state = VisitorState.OUT
        return []

    def _busy(self, event: ev.DriverActive) -> list[Effect]:
        self.ends = event.at.monotonic + self.length_s
        return []

    def _time(self, at: Moment) -> list[Effect]:
        """A form that nobody fills is given up; a write that is not answered is told as none."""
        if at.monotonic < self.ends:
            return []
        if self.state is VisitorState.RECORDING:
            return self._ask(self.form.back(), at, NOT_WRITTEN)
        return self._left(ev.TimePassed(at))

    def _ask(self, form: VisitorForm, at: Moment, problem: Said | None = None) -> list[Effect]:
        self.form, self.problem = form, problem
        self._enter(VisitorState.ASKED, at, self._timeouts.visitor_s)
        return [Indicate(Signal.ASK if problem is None else Signal.AGAIN)]

    def _enter(self, state: VisitorState, at: Moment, length_s: float) -> None:
        self.state, self.length_s, self.ends = state, length_s, at.monotonic + length_s
