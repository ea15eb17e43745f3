"""Which staff were about: signed on for duty, or logged on at a console. They verify nothing that left meanwhile."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from kiosk.core.effects import EntryKind, Json
from kiosk.core.times import Moment, seconds_between
from kiosk.gatehouse.facts import moment_from, moment_to
from kiosk.gatehouse.kinds import GatehouseKind

KIOSK_STARTED: Final = "kiosk-started"

KINDS: Final = frozenset(
    {
        *(EntryKind.STAFF_SIGNED_ON.value, EntryKind.STAFF_SIGNED_OFF.value),
        *(GatehouseKind.LOGON.value, GatehouseKind.LOGOFF.value, KIOSK_STARTED),
    }
)


class _About(Struct):
    """One of the staff.

    Attributes:
        duty: Since when they are signed on; None when they are not.
        sessions: At how many consoles they are logged on.
        logged_on: Since when at the last of them.
    """

    duty: Moment | None = None
    sessions: int = 0
    logged_on: Moment | None = None


class Presence:
    """Folds entries into who is about.

    Args:
        lapses_h: Hours after which whoever neither signed off nor logged off counts as gone.
    """

    def __init__(self, lapses_h: float) -> None:
        self._lapses_s = lapses_h * 3600
        self._about: dict[str, _About] = {}

    def apply(self, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        """Take an entry of KINDS. A console's session does not outlive the kiosk."""
        if kind == KIOSK_STARTED:
            self._about = {staff: _About(one.duty) for staff, one in self._about.items() if one.duty is not None}
            return
        staff = str(body.get("staff") or "")
        one = self._about.setdefault(staff, _About())
        match kind:
            case EntryKind.STAFF_SIGNED_ON.value:
                one.duty = at
            case EntryKind.STAFF_SIGNED_OFF.value:
                one.duty = None
            case GatehouseKind.LOGON.value:
                one.sessions, one.logged_on = one.sessions + 1, at
            case _:
                one.sessions = max(0, one.sessions - 1)
        if one.duty is None and not one.sessions:
            del self._about[staff]

    def now(self, at: Moment) -> dict[str, str]:
        """Who is about, and how."""
        there: dict[str, str] = {}
        for staff, one in self._about.items():
            if one.sessions and one.logged_on is not None and self._lasts(one.logged_on, at):
                there[staff] = "logged on"
            if one.duty is not None and self._lasts(one.duty, at):
                there[staff] = "signed on"
        return there

    def _lasts(self, since: Moment, at: Moment) -> bool:
        return seconds_between(since, at) < self._lapses_s

    def to_json(self) -> Json:
        """As a statement keeps it."""
        return {
            staff: {
                "duty": moment_to(one.duty) if one.duty is not None else None,
                "sessions": one.sessions,
                "logged_on": moment_to(one.logged_on) if one.logged_on is not None else None,
            }
            for staff, one in self._about.items()
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any], lapses_h: float) -> "Presence":
        """Reads what `to_json` gives."""
        presence = cls(lapses_h)
        for staff, one in said.items():
            duty, logged_on = one["duty"], one["logged_on"]
            presence._about[staff] = _About(
                moment_from(duty) if duty is not None else None,
                one["sessions"],
                moment_from(logged_on) if logged_on is not None else None,
            )
        return presence
