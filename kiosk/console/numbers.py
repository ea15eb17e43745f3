"""What the station says of itself in numbers, for whoever watches over it: no name, no id, no content of an entry."""

from datetime import datetime

from msgspec import Struct


class Work(Struct, frozen=True):
    """How much waits for staff.

    Attributes:
        holds: Trucks that are held.
        alerts: Alerts that nobody looked into.
        incidents: Incidents that are open.
        unreported: Those of them that Customs was not told of.
        unverified: Unattended uplifts that nobody has verified.
        oldest_unverified: When the oldest of those was; None where there is none.
    """

    holds: int
    alerts: int
    incidents: int
    unreported: int
    unverified: int
    oldest_unverified: datetime | None


class Numbers(Struct, frozen=True):
    """How the ledger stands.

    Attributes:
        entries: How many entries it has.
        last_entry: When the last one was written.
        work: How much waits for staff; None while that is not known yet.
    """

    entries: int
    last_entry: datetime
    work: Work | None
