"""What a staff console may ask of the station, each wish answered by a result of `kiosk.console.gatehouse`."""

from typing import Final

from msgspec import Struct

from kiosk.core.unshown import nothing_drawn

TERMINAL: Final = "terminal"
"""Where somebody logs on who is at no browser, and not at the kiosk's own screen."""


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

    __rich_repr__ = nothing_drawn


class TakeOver(Struct, frozen=True, tag=True):
    """Go on with the session of somebody who logged on by badge and PIN at the kiosk, on the kiosk's own screen.

    Attributes:
        session: Its number, which nobody guesses: the driver's screen was told it.
    """

    session: int

    def __repr__(self) -> str:
        return "TakeOver()"

    __rich_repr__ = nothing_drawn


class LogOff(Struct, frozen=True, tag=True):
    """Log off."""


class Unlock(Struct, frozen=True, tag=True):
    """Go on with a session that was locked after idle minutes."""

    password: str

    def __repr__(self) -> str:
        return "Unlock()"

    __rich_repr__ = nothing_drawn


class StillHere(Struct, frozen=True, tag=True):
    """The person is busy (typing, scrolling): the idle minutes begin anew."""


class ChangePassword(Struct, frozen=True, tag=True):
    """Give oneself another password."""

    old: str
    new: str

    def __repr__(self) -> str:
        return "ChangePassword()"

    __rich_repr__ = nothing_drawn


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

    __rich_repr__ = nothing_drawn


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


class CheckVisitor(Struct, frozen=True, tag=True):
    """Staff have seen somebody who signed in alone at the kiosk (clause 3.1).

    Attributes:
        visitor: Their number.
        inducted: A contractor's induction is confirmed; of visitors it says nothing.
        badge: The number of the badge that they were given; empty when they have none.
    """

    visitor: int
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


class NotSafe(Struct, frozen=True, tag=True):
    """Someone was ticked off the evacuation list by mistake: they are to be called again."""

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
    | CheckVisitor
    | SignOutVisitor
    | BeginEvacuation
    | Safe
    | NotSafe
    | EndEvacuation
    | Repacked
    | SeenAlert
    | AddAccount
    | DisableAccount
    | ResetAccount
    | Export
    | EvacuationList
)
