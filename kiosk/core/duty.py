"""Which of the site's staff are on duty, as they sign on and off: folded from entries (clauses 5.2, 5.3).

A sign-on lapses by itself after some hours, so that a sign-off that was forgotten makes no night attended. How long it
was is told by the clock that nobody can set. Across a start of the machine there is only the wall clock: while nothing
vouches for it, or if it says that the sign-on is still to come, a sign-on from before counts for nothing.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from kiosk.core.effects import EntryKind, Json
from kiosk.core.errors import SealgateError
from kiosk.core.parties import StaffMember
from kiosk.core.times import ClockState, Moment, seconds_between

DUTY_KINDS: Final = frozenset({EntryKind.STAFF_SIGNED_ON, EntryKind.STAFF_SIGNED_OFF})
"""The kinds of the entries that signing on and off make."""

ACCOUNT_DISABLED: Final = "staff-disabled"
"""The kind of the entry by which somebody's account is taken out of use: with it they are sent off duty."""

MOST_WHY: Final = 200
"""Letters that such a reason has at most."""


class DutyRule(Enum):
    """What makes the site attended."""

    HOURS = "hours"
    """The access windows say so."""
    SIGNED_ON = "signed-on"
    """At least one member of staff is signed on."""
    BOTH = "both"
    """The windows say so, and somebody is signed on."""


class SignedBy(Enum):
    """How somebody signed on or off."""

    BADGE = "badge"
    CONSOLE = "console"
    COMMAND = "command"


class DutyRefused(SealgateError):
    """Somebody cannot sign on or off. Nothing was recorded."""


class OnDuty(Struct, frozen=True):
    """A member of staff who is signed on.

    Attributes:
        staff_id: Who.
        name: Their name when they signed on.
        since: When that was.
        how: How they did it, as the entry has it.
    """

    staff_id: str
    name: str
    since: Moment
    how: str

    def lapsed(self, now: Moment, lapses_h: float) -> bool:
        """Whether it is so long ago, or may be, that it no longer counts."""
        if self.since.boot != now.boot and ClockState.DOUBTFUL in {self.since.clock, now.clock}:
            return True
        return not 0 <= seconds_between(self.since, now) < lapses_h * 3600


class DutyBook:
    """Who is signed on. Its size goes with the number of staff."""

    def __init__(self, signed_on: Sequence[OnDuty] = ()) -> None:
        self._signed_on = {each.staff_id: each for each in signed_on}

    def apply(self, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        """Take one entry, in the ledger's order; who signs on once more is on duty from then on.

        Args:
            kind: The entry's; all but those of DUTY_KINDS and ACCOUNT_DISABLED are passed over.
            body: The entry's.
            at: When it happened.
        """
        if kind == EntryKind.STAFF_SIGNED_ON.value:
            staff_id = str(body["staff"])
            self._signed_on.pop(staff_id, None)
            self._signed_on[staff_id] = OnDuty(staff_id, str(body["name"]), at, str(body["how"]))
        elif kind in {EntryKind.STAFF_SIGNED_OFF.value, ACCOUNT_DISABLED}:
            self._signed_on.pop(str(body["staff"]), None)

    def on_duty(self, now: Moment, lapses_h: float) -> tuple[OnDuty, ...]:
        """Who is signed on and since when, longest first.

        Args:
            now: When that is asked.
            lapses_h: Hours after which a sign-on counts as a forgotten sign-off.
        """
        return tuple(each for each in self._signed_on.values() if not each.lapsed(now, lapses_h))

    def statement(self) -> list[Json]:
        """As an entry of the kind ON_SITE keeps it."""
        return [
            {"staff": each.staff_id, "name": each.name, "how": each.how, **each.since.since_json()}
            for each in self._signed_on.values()
        ]

    @classmethod
    def from_json(cls, said: Sequence[Mapping[str, Any]]) -> "DutyBook":
        """Reads what `statement` gives; entries of earlier versions say nothing."""
        return cls([OnDuty(each["staff"], each["name"], Moment.of_since(each), each["how"]) for each in said])


# --- what signing on and off record -----------------------------------------------------------------


def signed_on(who: StaffMember, how: SignedBy) -> dict[str, Json]:
    """The body of an entry STAFF_SIGNED_ON."""
    return {"staff": who.staff_id, "name": who.name, "how": how.value}


def signed_off(who: StaffMember, how: SignedBy, why: str, now_on: Sequence[OnDuty]) -> dict[str, Json]:
    """The body of an entry STAFF_SIGNED_OFF.

    Args:
        who: Who goes off duty.
        how: How that is said.
        why: Why, where they do not say it themselves; else empty.
        now_on: Who is on duty.

    Raises:
        DutyRefused: They are not signed on.
    """
    if who.staff_id not in {each.staff_id for each in now_on}:
        there = ", ".join(each.staff_id for each in now_on) or "nobody"
        raise DutyRefused(
            expected=f"{who.name} ({who.staff_id}) to be signed on",
            got=f"signed on: {there}",
            mend="look with 'sealgate staff duty'; a sign-on lapses by itself",
        )
    return {"staff": who.staff_id, "name": who.name, "how": how.value, "why": why.strip()}
