"""What of the gatehouse is on the driver's screen: words of staff, a member of staff, a visitor who signs in."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kiosk.core import events as ev
from kiosk.core.cards import Credential
from kiosk.core.effects import DismissStaff, Effect, Indicate, Signal
from kiosk.core.parties import StaffMember
from kiosk.core.plan import Timeouts
from kiosk.core.staff_at_kiosk import StaffAtKiosk, StaffState
from kiosk.core.times import Moment
from kiosk.core.visitor_at_kiosk import VisitorAtKiosk, VisitorState

LONGEST_WORD: Final = 120
"""Characters: two rows of plain text on the smallest screen."""


class StaffWord(Struct, frozen=True):
    """A message of the gatehouse to the driver.

    Attributes:
        text: The words.
        ends: Monotonic seconds at which they go by themselves.
    """

    text: str
    ends: float


class StaffPlace:
    """Keeps it for a lane.

    Attributes:
        word: What staff have on the screen; None when nothing.
        staff: A member of staff at the screen; None when none is.
        visitor: Somebody at the screen who signs in or out; None when nobody does.
    """

    def __init__(self) -> None:
        self.word: StaffWord | None = None
        self.staff: StaffAtKiosk | None = None
        self.visitor: VisitorAtKiosk | None = None

    @property
    def taken(self) -> bool:
        """Whether somebody is at the screen who is no driver."""
        return self.staff is not None or self.visitor is not None

    @property
    def wakes_at(self) -> float | None:
        """Monotonic seconds at which something of it runs out; None while nothing does."""
        ends = (
            self.word.ends if self.word is not None else None,
            self.staff.ends if self.staff is not None else None,
            self.visitor.ends if self.visitor is not None else None,
        )
        return min((each for each in ends if each is not None), default=None)

    def expire(self, now: float) -> None:
        """Take words away whose time is over."""
        if self.word is not None and now >= self.word.ends:
            self.word = None

    def speak(self, text: str, at: Moment, timeouts: Timeouts) -> float | None:
        """Put words on the screen, or take them away; until when they stay."""
        ends = at.monotonic + timeouts.message_s
        self.word = StaffWord(text[:LONGEST_WORD], ends) if text else None
        return ends if text else None

    def greet(
        self, member: StaffMember, badge: Credential, at: Moment, timeouts: Timeouts, next_ref: Callable[[], int]
    ) -> list[Effect]:
        """Somebody of staff tapped: ask for the badge's PIN."""
        effects = self.leave()
        self.staff = StaffAtKiosk(member, badge, at, timeouts, next_ref)
        return [*effects, Indicate(Signal.ASK)]

    def welcome(self, at: Moment, timeouts: Timeouts, next_ref: Callable[[], int]) -> list[Effect]:
        """Somebody came who is no driver: ask what for."""
        effects = self.leave()
        self.visitor = VisitorAtKiosk(at, timeouts, next_ref)
        return [*effects, Indicate(Signal.ASK)]

    def leave(self) -> list[Effect]:
        """Whoever is at the screen is there no more, and what was said was said to somebody else."""
        staff, self.staff, self.visitor, self.word = self.staff, None, None, None
        return staff.leave() if staff is not None else []

    def handle(self, event: ev.Event) -> list[Effect]:
        """An event that is about who is at the screen.

        Raises:
            IllegalEvent: when it makes no sense there; nothing was changed.
        """
        of_staff = isinstance(event, ev.StaffAdmitted | ev.StaffNotAdmitted | ev.StaffLeft)
        of_visitors = isinstance(event, ev.VisitorRecorded | ev.VisitorNotRecorded)
        to_visitor = of_visitors or (self.visitor is not None and not of_staff)
        return self._to_visitor(event) if to_visitor else self._to_staff(event)

    def _to_staff(self, event: ev.Event) -> list[Effect]:
        if self.staff is None:
            return [DismissStaff(event.session)] if isinstance(event, ev.StaffAdmitted) else []
        effects = self.staff.handle(event)
        if self.staff.state is StaffState.OUT:
            self.staff = None
            effects.append(Indicate(Signal.IDLE))
        return effects

    def _to_visitor(self, event: ev.Event) -> list[Effect]:
        if self.visitor is None:
            return []
        effects = self.visitor.handle(event)
        if self.visitor.state is VisitorState.OUT:
            self.visitor = None
            effects.append(Indicate(Signal.IDLE))
        return effects
