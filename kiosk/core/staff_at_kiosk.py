"""A member of staff at the kiosk's own screen: a badge that is genuine, its PIN, then the staff console there.

A driver's tap ends it at once: the gate is for drivers. Who is let in is the gatehouse's to say, and to write down.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from kiosk.core import events as ev
from kiosk.core.cards import Credential
from kiosk.core.effects import CheckStaff, DismissStaff, Effect
from kiosk.core.errors import IllegalEvent
from kiosk.core.parties import StaffMember
from kiosk.core.plan import Timeouts
from kiosk.core.said import Said
from kiosk.core.times import Moment


class StaffState(Enum):
    """Where it stands."""

    PIN = "pin"
    CHECKING = "checking"
    INSIDE = "inside"
    """The staff console is on the kiosk's screen."""
    OUT = "out"
    """Over: nothing of it is on show."""


class StaffAtKiosk:
    """One member of staff at the kiosk's screen.

    Args:
        member: Whose badge it is.
        credential: The badge.
        at: When it was tapped.
        timeouts: How long each state waits.
        next_ref: Gives references that no effect had yet.

    Attributes:
        state: Where it stands.
        problem: Why the last PIN was not taken, for the screen; None when none was given.
        session: The session at the kiosk, once somebody is inside; 0 before.
        ends: Monotonic seconds at which the state runs out; None while it does not.
        length_s: How long the state waits in all, in seconds.
    """

    def __init__(
        self,
        member: StaffMember,
        credential: Credential,
        at: Moment,
        timeouts: Timeouts,
        next_ref: Callable[[], int],
    ) -> None:
        self.state = StaffState.PIN
        self.problem: Said | None = None
        self.session = 0
        self.length_s = timeouts.pin_s
        self.ends: float | None = at.monotonic + timeouts.pin_s
        self._member = member
        self._credential = credential
        self._timeouts = timeouts
        self._next_ref = next_ref
        self._ref = 0
        self._takers: Mapping[tuple[StaffState, type[ev.Event]], Callable[[Any], list[Effect]]] = {
            (StaffState.PIN, ev.PinKeyed): self._keyed,
            (StaffState.PIN, ev.Cancelled): self._left,
            (StaffState.PIN, ev.DriverActive): self._busy,
            (StaffState.CHECKING, ev.StaffAdmitted): self._admitted,
            (StaffState.CHECKING, ev.StaffNotAdmitted): self._not_admitted,
            (StaffState.INSIDE, ev.StaffLeft): self._left,
        }
        """What each state takes. Nobody is inside but by StaffAdmitted, the answer to the check of this badge's PIN."""

    def handle(self, event: ev.Event) -> list[Effect]:
        """Take an event.

        Raises:
            IllegalEvent: when the state has no use for it; nothing was changed.
        """
        if isinstance(event, ev.TimePassed | ev.KioskStopping):
            return self._time(event.at)
        take = self._takers.get((self.state, type(event)))
        if take is None:
            raise IllegalEvent(f"STAFF {self.state.name}", type(event).__name__)
        return take(event)

    def leave(self) -> list[Effect]:
        """End it, wherever it stands: a driver came."""
        inside = self.state is StaffState.INSIDE
        self._enter(StaffState.OUT, None, 0.0)
        return [DismissStaff(self.session)] if inside else []

    # --- what happens ---------------------------------------------------------------------------------

    def _keyed(self, event: ev.PinKeyed) -> list[Effect]:
        if event.pin.problem:
            self.problem = event.pin.problem
            return []
        self._ref = self._next_ref()
        self._enter(StaffState.CHECKING, event.at, self._timeouts.pin_check_s)
        return [CheckStaff(self._ref, self._member.staff_id, self._credential, event.pin)]

    def _admitted(self, event: ev.StaffAdmitted) -> list[Effect]:
        if event.ref != self._ref:
            return [DismissStaff(event.session)]
        self.session = event.session
        self._enter(StaffState.INSIDE, None, 0.0)
        return []

    def _not_admitted(self, event: ev.StaffNotAdmitted) -> list[Effect]:
        if event.ref == self._ref:
            self._enter(StaffState.PIN, event.at, self._timeouts.pin_s)
            self.problem = event.words
        return []

    def _left(self, _event: ev.Event) -> list[Effect]:
        self._enter(StaffState.OUT, None, 0.0)
        return []

    def _busy(self, event: ev.DriverActive) -> list[Effect]:
        self.ends = event.at.monotonic + self.length_s
        return []

    def _time(self, at: Moment) -> list[Effect]:
        """A PIN that nobody keys, or nobody answers, is given up; the console has idle minutes of its own."""
        if self.ends is not None and at.monotonic >= self.ends:
            self._enter(StaffState.OUT, None, 0.0)
        return []

    def _enter(self, state: StaffState, at: Moment | None, length_s: float) -> None:
        self.state, self.problem, self.length_s = state, None, length_s
        self.ends = None if at is None else at.monotonic + length_s
