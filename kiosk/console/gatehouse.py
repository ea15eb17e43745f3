"""What a staff console asks of the station, and what it is told: the typed protocol of the Unix socket.

Frames are lines of JSON (msgspec's tagged structs), each at most MOST_BYTES. A console sends one `Request` after the
other, each with a number of its own, and gets one `Answer` for each; in between it is told what is on show, each kind
of `Told` whole and anew, as a driver's screen is: a console that joins late is right after the next message. Nothing
but Welcome comes before a log-on. No message carries an expected seal number before its check is recorded.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct

VERSION: Final = 1
"""Of this protocol; both ends are of one installation, and say so when they are not."""

SOCKET: Final = "gatehouse.sock"
"""The socket's name in the data folder."""

TERMINAL: Final = "terminal"
"""Where somebody logs on who is at no browser, and not at the kiosk's own screen."""

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a line: an export of a year's uplifts is some hundred KB."""


def _nothing_drawn(_: object) -> list[tuple[str, object]]:
    """For `__rich_repr__`: a crash that draws locals names every field of a Struct without it."""
    return []


# --- what is asked --------------------------------------------------------------------------------------


class LogOn(Struct, frozen=True, tag=True):
    """Log on by name and password. Neither stands in any repr: people type passwords where names belong.

    Attributes:
        name: The account's.
        password: Its password, or its one-time code.
        where: At which place the person sits, as the console's own program knows it: for entries, and so that whoever
            guesses at one place keeps nobody from another.
    """

    name: str
    password: str
    where: str = TERMINAL

    def __repr__(self) -> str:
        return "LogOn()"

    __rich_repr__ = _nothing_drawn


class TakeOver(Struct, frozen=True, tag=True):
    """Go on with the session of somebody who logged on by badge and PIN at the kiosk, on the kiosk's own screen.

    Attributes:
        session: Its number, which nobody guesses: the driver's screen was told it.
    """

    session: int

    def __repr__(self) -> str:
        return "TakeOver()"

    __rich_repr__ = _nothing_drawn


class LogOff(Struct, frozen=True, tag=True):
    """Log off."""


class Unlock(Struct, frozen=True, tag=True):
    """Go on with a session that was locked after idle minutes."""

    password: str

    def __repr__(self) -> str:
        return "Unlock()"

    __rich_repr__ = _nothing_drawn


class StillHere(Struct, frozen=True, tag=True):
    """The person is busy (typing, scrolling): the idle minutes begin anew."""


class ChangePassword(Struct, frozen=True, tag=True):
    """Give oneself another password."""

    old: str
    new: str

    def __repr__(self) -> str:
        return "ChangePassword()"

    __rich_repr__ = _nothing_drawn


class SignOnDuty(Struct, frozen=True, tag=True):
    """Be on duty from now on."""


class SignOffDuty(Struct, frozen=True, tag=True):
    """Be on duty no more."""


class AskUplift(Struct, frozen=True, tag=True):
    """Everything recorded of an uplift: answered by UpliftDetail."""

    entry: int


class Verify(Struct, frozen=True, tag=True):
    """These unattended uplifts were what they should be."""

    entries: tuple[int, ...]
    note: str
    camera: str


class Dispute(Struct, frozen=True, tag=True):
    """This unattended uplift was not: a discrepancy, which opens an incident."""

    entry: int
    note: str
    camera: str


class Second(Struct, frozen=True):
    """The second person, who gives name and password at the first one's console."""

    name: str
    password: str

    def __repr__(self) -> str:
        return "Second()"

    __rich_repr__ = _nothing_drawn


class Speak(Struct, frozen=True, tag=True):
    """Show the driver who stands at the kiosk this message; empty takes it away."""

    text: str


class ReleaseHold(Struct, frozen=True, tag=True):
    """What was wrong is settled: the hold ends, and the driver may begin anew."""

    visit: str
    reason: str
    second: Second


class TurnAway(Struct, frozen=True, tag=True):
    """The truck leaves without its load."""

    visit: str
    reason: str


class ReplaceSeal(Struct, frozen=True, tag=True):
    """A damaged seal is replaced by another (clause 8.10), both linked; then the hold ends."""

    visit: str
    unit: str
    old: str
    new: str
    reason: str
    second: Second


class OpenIncident(Struct, frozen=True, tag=True):
    """An incident, by hand or from a hold, a tamper switch, a missing seal or a stocktake.

    Attributes:
        what: What it is, of `kiosk.gatehouse.incidents`.
        text: In words.
        about: Entries that it is about.
    """

    what: str
    text: str
    about: tuple[int, ...] = ()


class NoteIncident(Struct, frozen=True, tag=True):
    """Something more is known of an incident."""

    incident: int
    text: str


class DraftIncident(Struct, frozen=True, tag=True):
    """The draft of the report to Customs (clause 12.3), as text: answered by Document."""

    incident: int


class ReportIncident(Struct, frozen=True, tag=True):
    """The report went to Customs, or is to be sent by the site's mail server.

    Attributes:
        incident: Its number.
        how: ``mail``: send it now; ``file``: written as a file; else how it was told, in words.
        text: The report as it goes out.
    """

    incident: int
    how: str
    text: str


class CloseIncident(Struct, frozen=True, tag=True):
    """Nothing is left to do about an incident."""

    incident: int
    text: str


class SignInVisitor(Struct, frozen=True, tag=True):
    """A visitor or contractor comes on site (clauses 3.1, 4.1).

    Attributes:
        name: The visitor's.
        company: For whom they come.
        host: Whom they visit.
        purpose: What for.
        contractor: A contractor, not a visitor.
        inducted: They were inducted.
        badge: The number of the badge that was lent or printed; empty when none was.
    """

    name: str
    company: str
    host: str
    purpose: str
    contractor: bool
    inducted: bool
    badge: str


class SignOutVisitor(Struct, frozen=True, tag=True):
    """They left; the badge came back, or not."""

    visitor: int
    badge_returned: bool


class BeginEvacuation(Struct, frozen=True, tag=True):
    """Everyone leaves the buildings: who is on site counts as the list to be called."""

    reason: str


class Safe(Struct, frozen=True, tag=True):
    """Someone on the evacuation list was seen at the assembly point."""

    key: str


class EndEvacuation(Struct, frozen=True, tag=True):
    """It is over.

    Attributes:
        partly_loaded: Container numbers that stood partly loaded, and must be repacked (clause 9.1).
    """

    partly_loaded: tuple[str, ...]


class Repacked(Struct, frozen=True, tag=True):
    """A container that stood partly loaded during an evacuation was emptied, looked through and packed anew."""

    unit: str
    note: str


class SeenAlert(Struct, frozen=True, tag=True):
    """Somebody looked into an alert."""

    alert: int
    note: str


class AddAccount(Struct, frozen=True, tag=True):
    """Give a member of staff an account: answered by OneTimeCode."""

    staff: str
    name: str
    role: str


class DisableAccount(Struct, frozen=True, tag=True):
    """Take an account out of use."""

    staff: str
    reason: str


class ResetAccount(Struct, frozen=True, tag=True):
    """Unlock an account and have its password chosen anew: answered by OneTimeCode."""

    staff: str


class Export(Struct, frozen=True, tag=True):
    """What is on show, as CSV: answered by Document.

    Attributes:
        what: ``queue``, ``holds``, ``incidents``, ``on-site``, ``alerts`` or ``accounts``.
    """

    what: str


class EvacuationList(Struct, frozen=True, tag=True):
    """The list of everyone on site, as a printable page: answered by Document."""

    printed: bool = False


Wish = (
    LogOn
    | TakeOver
    | LogOff
    | Unlock
    | StillHere
    | ChangePassword
    | SignOnDuty
    | SignOffDuty
    | AskUplift
    | Verify
    | Dispute
    | Speak
    | ReleaseHold
    | TurnAway
    | ReplaceSeal
    | OpenIncident
    | NoteIncident
    | DraftIncident
    | ReportIncident
    | CloseIncident
    | SignInVisitor
    | SignOutVisitor
    | BeginEvacuation
    | Safe
    | EndEvacuation
    | Repacked
    | SeenAlert
    | AddAccount
    | DisableAccount
    | ResetAccount
    | Export
    | EvacuationList
)


class Request(Struct, frozen=True):
    """A wish with the console's own number for it."""

    number: int
    wish: Wish


# --- what is answered -----------------------------------------------------------------------------------


class Done(Struct, frozen=True, tag=True):
    """It was done.

    Attributes:
        entries: The numbers of the entries that were written.
        words: What is worth saying, such as where a file lies.
    """

    entries: tuple[int, ...] = ()
    words: str = ""


class NotDone(Struct, frozen=True, tag=True):
    """It was not done, and nothing was written but that it was refused."""

    expected: str
    got: str
    mend: str


class OneTimeCode(Struct, frozen=True, tag=True):
    """A code by which an account's first password is set; shown once, and kept nowhere in clear."""

    code: str
    entries: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return "OneTimeCode()"

    __rich_repr__ = _nothing_drawn


class Document(Struct, frozen=True, tag=True):
    """A document that was asked for."""

    name: str
    media: str
    content: bytes


class Line(Struct, frozen=True):
    """A line of a detail: what it is called, what it says, and whether it is odd."""

    label: str
    text: str
    odd: bool = False


class UpliftDetail(Struct, frozen=True, tag=True):
    """Everything recorded of an uplift, in the order in which a person looks through it."""

    entry: int
    lines: tuple[Line, ...]


Result = Done | NotDone | OneTimeCode | Document | UpliftDetail


class Answer(Struct, frozen=True, tag=True):
    """To the request of this number."""

    number: int
    result: Result


# --- what is told ---------------------------------------------------------------------------------------


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


Told = (
    Welcome | LoggedOn | LoggedOff | QueueNow | HoldsNow | IncidentsNow | OnSiteNow | AlertsNow | AccountsNow | GateNow
)

FromStation = Answer | Told
"""What comes to a console."""
