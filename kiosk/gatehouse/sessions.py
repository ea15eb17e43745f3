"""Sessions of staff: who is logged on, how long, and what they may do (clause 11.2). Values: nothing waits or writes.

A session that nobody has used for the idle minutes is locked: it shows nothing, and goes on with the password. One by a
badge ends instead, since its person taps in again as quickly; so does one whose password is to be chosen first.
"""

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.effects import Json
from kiosk.core.plan import SessionRules
from kiosk.core.times import Moment, seconds_between
from kiosk.gatehouse.accounts import Account, AccountBook
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.means import LogonMeans
from kiosk.gatehouse.recorded import Refused, ToRecord
from kiosk.gatehouse.roles import MAY, Action, Role


class Due(Enum):
    """What is to become of a session. The value is why, for its entry and its person."""

    LOCK = "nobody used it"
    IDLE_END = "nobody used it, and it cannot be unlocked"
    TOO_LONG = "it lasted as long as a session may"
    DISABLED = "the account was disabled"
    RESET = "the account was reset"
    LOCKED_ACCOUNT = "the account was locked"
    OTHER_ROLE = "the account has another role"


class Session(Struct, frozen=True):
    """Somebody who is logged on.

    Attributes:
        staff: The account.
        name: The person's name.
        role: What they may do.
        means: By what they logged on.
        where: At which place.
        since: When.
        active: When they did something last.
        must_change: Why the password has to be changed before anything else; empty when it need not.
        locked: Idle too long: nothing is shown and nothing done until it was unlocked.
        resets: How often the account had been reset: once more, and the session is over.
    """

    staff: str
    name: str
    role: Role
    means: LogonMeans
    where: str
    since: Moment
    active: Moment
    must_change: str = ""
    locked: bool = False
    resets: int = 0


def session_of(account: Account, means: LogonMeans, where: str, at: Moment, rules: SessionRules) -> Session:
    """The session of somebody who got in."""
    must = "" if means is LogonMeans.BADGE else account.must_change(at.utc, rules.password_days)
    return Session(account.staff, account.name, account.role, means, where, at, at, must, resets=account.resets)


def used(session: Session, at: Moment) -> Session:
    """Its person did something. A locked one stays locked."""
    return session if session.locked else replace(session, active=at)


def unlocked(session: Session, at: Moment) -> Session:
    """Its person gave the password."""
    return replace(session, locked=False, active=at)


def with_new_password(session: Session, at: Moment) -> Session:
    """Its person chose a password. From now on it is a session by that, to be known by who wants another."""
    means = LogonMeans.PASSWORD if session.means is LogonMeans.CODE else session.means
    return replace(session, must_change="", means=means, active=at)


def due(session: Session, book: AccountBook, at: Moment, rules: SessionRules) -> Due | None:
    """What is to become of it now; None while it goes on as it is.

    Args:
        session: The session.
        book: The accounts, as folded so far.
        at: Now.
        rules: What site.toml says.
    """
    if (ended := _ended_by_account(session, book.find(session.staff))) is not None:
        return ended
    if seconds_between(session.since, at) >= rules.session_hours * 3600:
        return Due.TOO_LONG
    if session.locked or seconds_between(session.active, at) < rules.idle_minutes * 60:
        return None
    return Due.IDLE_END if session.means is LogonMeans.BADGE or session.must_change else Due.LOCK


def _ended_by_account(session: Session, account: Account | None) -> Due | None:
    """Whether what became of the account ends its session."""
    if account is None or account.disabled:
        return Due.DISABLED
    if account.role is not session.role:
        return Due.OTHER_ROLE
    if account.resets != session.resets:
        return Due.RESET
    if session.means is LogonMeans.BADGE:
        return None
    return Due.LOCKED_ACCOUNT if account.locked and session.locked else None


def locking(session: Session) -> tuple[Session, ToRecord]:
    """The session once it is locked, and the entry that says so."""
    said: dict[str, Json] = {"staff": session.staff, "where": session.where}
    return replace(session, locked=True), ToRecord(GatehouseKind.SESSION_LOCKED.value, said)


def ending(session: Session, why: str) -> ToRecord:
    """The entry of its end."""
    return ToRecord(GatehouseKind.LOGOFF.value, {"staff": session.staff, "where": session.where, "why": why})


def refusal(session: Session, action: Action) -> ToRecord:
    """The entry of somebody who asked for what they may not do."""
    body: dict[str, Json] = {
        "staff": session.staff, "action": action.value, "role": session.role.value, "where": session.where,
    }  # fmt: skip
    return ToRecord(GatehouseKind.REFUSED.value, body)


def second_person(session: Session, second: Account, at: Moment, rules: SessionRules) -> None:
    """Look whether somebody who gave name and password can be the second person beside a session's.

    Raises:
        Refused: It is the same person, their role may not, or their password has to be changed first.
    """
    if second.staff == session.staff:
        raise Refused(expected="a second person", got="the same one", mend="call somebody else of the staff")
    if Action.SECOND not in MAY[second.role]:
        raise Refused(
            expected="somebody who may be the second person",
            got=f"{second.name}, {second.role.value}",
            mend="call somebody of the gatehouse",
        )
    if must := second.must_change(at.utc, rules.password_days):
        raise Refused(expected="a password that is in force", got="one that is not", mend=must)
