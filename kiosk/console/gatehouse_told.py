"""What the station tells a staff console of what is on show: each kind whole, and its rows."""

from datetime import datetime

from msgspec import Struct


class Welcome(Struct, frozen=True, tag=True):
    """The first message of the station; all that anybody is told before a log-on."""

    version: int
    site_name: str
    timezone: str


class LoggedOn(Struct, frozen=True, tag=True):
    """Who this session is.

    Attributes:
        staff: The account.
        name: The person's name.
        role: Role's value.
        may: Action's values.
        must_change: The password has to be changed before anything else; why, or empty.
        on_duty: Signed on for duty.
        locked: Idle too long: nothing is shown until it was unlocked.
        warning: The password runs out soon, or the last log-on was odd; empty when there is nothing to say.
    """

    staff: str
    name: str
    role: str
    may: tuple[str, ...]
    must_change: str = ""
    on_duty: bool = False
    locked: bool = False
    warning: str = ""


class LoggedOff(Struct, frozen=True, tag=True):
    """The session is over."""

    why: str


class QueueRow(Struct, frozen=True):
    """An unattended uplift that waits for its verification.

    Attributes:
        entry: The uplift's entry.
        at: When the driver signed.
        driver: The driver's name.
        operator: The operator's name.
        units: Container or package numbers.
        seals: Seal numbers, as checked.
        odd: What looks odd about it, each in a few words; the weightiest first.
        weight: How odd it is; 0 when nothing is.
        overdue: It waits for longer than the site allows.
        mine: The one who looks may not verify it; why, or empty.
        footage: Whoever verifies it must name the camera footage that they looked at (clause 1.6).
    """

    entry: int
    at: datetime
    driver: str
    operator: str
    units: tuple[str, ...]
    seals: tuple[str, ...]
    odd: tuple[str, ...]
    weight: int
    overdue: bool
    mine: str = ""
    footage: bool = False


class QueueNow(Struct, frozen=True, tag=True):
    """The verification queue, the oldest first."""

    rows: tuple[QueueRow, ...]
    overdue_h: float


class HoldRow(Struct, frozen=True):
    """A truck that is held.

    Attributes:
        visit: The visit.
        entry: The hold's entry; 0 while it is on its way to the ledger.
        since: When.
        driver: The driver's name.
        operator: The operator's name.
        reason: Reason's name.
        headline: What the driver was told.
        clause: Which clause it serves.
        units: Container or package numbers of the visit.
        seals: Of each unit the seal number that the driver gave, or empty.
        at_kiosk: The driver still stands before the kiosk.
        message: What staff have on the driver's screen; empty when nothing.
        replaceable: The seal of one of its units can be replaced.
    """

    visit: str
    entry: int
    since: datetime
    driver: str
    operator: str
    reason: str
    headline: str
    clause: str
    units: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    at_kiosk: bool = False
    message: str = ""
    replaceable: bool = False


class HoldsNow(Struct, frozen=True, tag=True):
    """Open holds, the newest first."""

    rows: tuple[HoldRow, ...]


class IncidentRow(Struct, frozen=True):
    """An incident that is open, or was closed lately."""

    incident: int
    at: datetime
    what: str
    text: str
    about: tuple[int, ...]
    reported: datetime | None
    reported_by: str
    reported_how: str
    closed: datetime | None
    overdue: bool
    notes: tuple[str, ...] = ()


class OfferRow(Struct, frozen=True):
    """An entry of which a person says whether it is an incident: opened by OpenIncident about it, or left alone."""

    entry: int
    at: datetime
    what: str
    text: str


class IncidentsNow(Struct, frozen=True, tag=True):
    """Incidents, the newest first.

    Attributes:
        rows: Open ones, and those that were closed lately.
        kinds: What an incident can be, in the words of clause 12.3.
        offers: What may be an incident: a person says so.
    """

    rows: tuple[IncidentRow, ...]
    kinds: tuple[str, ...]
    offers: tuple[OfferRow, ...] = ()


class PersonRow(Struct, frozen=True):
    """Someone on site.

    Attributes:
        key: By which the evacuation list names them.
        what: ``driver``, ``visitor``, ``contractor`` or ``staff``.
        name: Theirs.
        company: For whom they come.
        since: When they came.
        detail: Whom they visit and why, or how their visit stands.
        badge: Of visitors.
        visitor: The number to sign them out by; 0 for others.
        safe: Seen at the assembly point, in an evacuation.
        long: They are on site for longer than the site expects.
        unchecked: A visitor who signed in alone, and whom no staff have seen yet (clause 3.1).
    """

    key: str
    what: str
    name: str
    company: str
    since: datetime
    detail: str = ""
    badge: str = ""
    visitor: int = 0
    safe: bool = False
    long: bool = False
    unchecked: bool = False


class OnSiteNow(Struct, frozen=True, tag=True):
    """Everyone on site, the longest first.

    Attributes:
        people: Who.
        evacuation: Since when everybody is being called together; None when not.
        to_repack: Containers that stood partly loaded during an evacuation, and were not repacked yet.
    """

    people: tuple[PersonRow, ...]
    evacuation: datetime | None = None
    to_repack: tuple[str, ...] = ()


class AlertRow(Struct, frozen=True):
    """Something suspicious (clause 11.1)."""

    alert: int
    at: datetime
    what: str
    text: str
    seen_by: str = ""


class AlertsNow(Struct, frozen=True, tag=True):
    """Alerts that nobody has acknowledged yet, and the last ones that somebody has; the newest first."""

    rows: tuple[AlertRow, ...]


class AccountRow(Struct, frozen=True):
    """An account, for whoever keeps them."""

    staff: str
    name: str
    role: str
    state: str
    last_logon: datetime | None
    password_until: datetime | None
    on_duty: bool


class AccountsNow(Struct, frozen=True, tag=True):
    """All accounts; told to those who may keep them, and to auditors."""

    rows: tuple[AccountRow, ...]


class PartRow(Struct, frozen=True):
    """A part of the kiosk: its name, how it is, what is wrong and what to do."""

    part: str
    condition: str
    detail: str
    mend: str


class GateNow(Struct, frozen=True, tag=True):
    """How the gate is.

    Attributes:
        attended: Whether staff are on duty, by the site's rule.
        on_duty: Names of who is.
        parts: Each part's health.
        lane: What the driver's screen shows, in a few words; empty when nobody is served.
        lane_since: Since when.
        message: What staff have on the driver's screen.
        backup_age_h: Hours since the last good backup; None when there was none.
        backup_trouble: What is wrong with backups; empty when nothing is.
        list_words: What is to be said of the approved list; empty when nothing is.
        uplifts_by_hour: Of the last 24 hours, the oldest first: uplifts that began in each.
        verified_today: Uplifts that were verified since local midnight.
        machine: What is measured of the kiosk's own machine.
    """

    attended: bool
    on_duty: tuple[str, ...]
    parts: tuple[PartRow, ...]
    lane: str = ""
    lane_since: datetime | None = None
    message: str = ""
    backup_age_h: int | None = None
    backup_trouble: str = ""
    list_words: str = ""
    uplifts_by_hour: tuple[int, ...] = ()
    verified_today: int = 0
    machine: tuple[PartRow, ...] = ()


Told = (
    Welcome | LoggedOn | LoggedOff | QueueNow | HoldsNow | IncidentsNow | OnSiteNow | AlertsNow | AccountsNow | GateNow
)
