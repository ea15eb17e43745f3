"""Going on by an approved list that has run out: what staff must give for it, and how long it counts (clause 8.16)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct

from kiosk.core.effects import Json
from kiosk.core.errors import IllegalEvent
from kiosk.core.events import ListOverridden
from kiosk.core.plan import SecurityPlan
from kiosk.core.records import Records
from kiosk.core.times import Moment, seconds_between, utc_text


class ListOverride(Struct, frozen=True):
    """Staff answer for the operators of a list that has run out.

    Attributes:
        version: The list's.
        staff_id: Who answers for it.
        reason: Why.
        since: When it was given.
        lasts_s: Seconds for which it counts, by the clock that nobody can set where there is one.
    """

    version: str
    staff_id: str
    reason: str
    since: Moment
    lasts_s: int

    def covers(self, version: str, now: Moment) -> bool:
        """Whether it stands for this list at this moment."""
        return version == self.version and seconds_between(self.since, now) < self.lasts_s

    def cited(self) -> dict[str, Json]:
        """As the entries of a visit cite it."""
        return {"staff": self.staff_id, "reason": self.reason, "since": self.since.utc.isoformat()}

    def to_json(self) -> dict[str, Json]:
        """As an entry of the kind ON_SITE keeps it."""
        return self.cited() | {"version": self.version, "lasts_s": self.lasts_s} | self.since.since_json()

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "ListOverride":
        """Reads what `to_json` gives."""
        return cls(said["version"], said["staff"], said["reason"], Moment.of_since(said), said["lasts_s"])

    @classmethod
    def of_entry(cls, body: Mapping[str, Any], at: Moment) -> "ListOverride":
        """Reads an entry of the kind LIST_OVERRIDE.

        Args:
            body: The entry's.
            at: When it happened.
        """
        return cls(body["version"], body["staff"], body["reason"], at, body["lasts_s"])


def list_override(event: ListOverridden, records: Records, plan: SecurityPlan) -> dict[str, Json]:
    """The body of the entry that puts an override in force.

    Raises:
        IllegalEvent: when no list ran out, or another; when nobody of the staff gives it; when it has no reason.
    """
    expired = records.expired_list_on(event.at.utc.astimezone(plan.timezone).date())
    staff = records.staff_member(event.staff_id)
    reason = event.reason.strip()
    if expired is None or expired.version != event.version:
        raise IllegalEvent("THIS LIST DID NOT EXPIRE", type(event).__name__)
    if staff is None:
        raise IllegalEvent("NOT GIVEN BY STAFF", type(event).__name__)
    if not reason:
        raise IllegalEvent("WITHOUT A REASON", type(event).__name__)
    lasts = timedelta(hours=plan.list_override_h)
    return {
        "version": expired.version,
        "expired": str(expired.in_force_until),
        "staff": staff.staff_id,
        "staff_name": staff.name,
        "reason": reason,
        "until": utc_text(event.at.utc + lasts),
        "lasts_s": int(lasts.total_seconds()),
        "clause": "8.16",
    }
