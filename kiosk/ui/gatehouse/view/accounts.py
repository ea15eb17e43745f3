"""Accounts of staff, and one's own password (clauses 2.4 and 11.2)."""

from datetime import datetime
from typing import Final

from kiosk.console.gatehouse_told import AccountRow, LoggedOn
from kiosk.console.gatehouse_wishes import (
    AddAccount,
    ChangePassword,
    DisableAccount,
    LogOff,
    LogOn,
    ResetAccount,
    SignOffDuty,
    SignOnDuty,
    Unlock,
    Wish,
)
from kiosk.ui.gatehouse.view.forms import Ask, Field, Form, Given, Kind, Picked, Say, Step
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.sheet import Column, Row, Sheet
from kiosk.ui.gatehouse.view.words import Fact, Piece, Tone, day, fact, soon, when, when_and_ago

COLUMNS: Final = (
    Column("Id", 4),
    Column("Name", 12),
    Column("Role", 10),
    Column("State", 8),
    Column("Last log-on", 11),
    Column("Password until", 11),
    Column("Duty", 4),
)
ROLES: Final = ("gatehouse", "export office", "security manager", "auditor")
"""What a member of staff can be, as `AddAccount.role` names it."""

IN_USE: Final = "in use"
"""The state of an account that can be used, and of nothing else."""

SOON_DAYS: Final = 14
"""Days before a password runs out from which on it is pointed out."""

_NONE: Final = "There is no account under the cursor."


def sheet(known: Known, now: datetime) -> Sheet:
    """The accounts as a list."""
    if known.accounts is None:
        return Sheet(COLUMNS, (), "Accounts are shown to security managers and auditors alone.")
    return Sheet(COLUMNS, tuple(_row(row, known, now) for row in known.accounts.rows), "There are no accounts.")


def _row(row: AccountRow, known: Known, now: datetime) -> Row:
    cells = (
        Piece(row.staff),
        Piece(row.name, Tone.STRONG),
        Piece(row.role),
        _state(row),
        Piece(when(row.last_logon, known.zone, now) if row.last_logon else "never"),
        _until(row, known, now),
        Piece("on duty" if row.on_duty else "", Tone.WELL),
    )
    order = (
        row.staff,
        row.name,
        row.role,
        row.state,
        row.last_logon.timestamp() if row.last_logon else 0.0,
        row.password_until.timestamp() if row.password_until else 0.0,
        float(not row.on_duty),
    )
    return Row(row.staff, cells, order)


def _state(row: AccountRow) -> Piece:
    return Piece(f"+ {row.state}", Tone.WELL) if row.state == IN_USE else Piece(f"! {row.state}", Tone.WARN)


def _until(row: AccountRow, known: Known, now: datetime) -> Piece:
    if row.password_until is None:
        return Piece("none set", Tone.QUIET)
    text = day(row.password_until, known.zone)
    return Piece(f"! {text}", Tone.WARN) if soon(row.password_until, now, SOON_DAYS) else Piece(text)


def facts(known: Known, key: str, now: datetime) -> tuple[Fact, ...]:
    """What is known of the row under the cursor."""
    row = row_of(known, key)
    if row is None:
        return ()
    return (
        fact("Name", row.name, Tone.STRONG),
        fact("Id", row.staff),
        fact("Role", row.role),
        Fact("State", _state(row)),
        fact("Last log-on", when_and_ago(row.last_logon, known.zone, now) if row.last_logon else "never"),
        Fact("Password until", _until(row, known, now)),
        fact("On duty", "yes" if row.on_duty else "no"),
    )


def row_of(known: Known, key: str) -> AccountRow | None:
    """The account of this key."""
    rows = known.accounts.rows if known.accounts else ()
    return next((row for row in rows if row.staff == key), None)


# --- what can be done ---------------------------------------------------------------------------------------


def add(_known: Known, _picked: Picked) -> Step:
    """Give a member of staff an account."""

    def make(given: Given) -> AddAccount:
        return AddAccount(given["staff"], given["name"], given["role"])

    return Form(
        title="Give a member of staff an account",
        button="Add",
        fields=(
            Field("staff", "Id", required=True, hint="as in the site's list of staff"),
            Field("name", "Name", required=True),
            Field("role", "Role", Kind.PICK, required=True, picks=ROLES, value=ROLES[0]),
        ),
        make=make,
        warning="The next page shows a one-time code, once. Give it to this person alone.",
    )


def reset(known: Known, picked: Picked) -> Step:
    """Have a password chosen anew."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(_NONE)
    staff = row.staff

    def make(_given: Given) -> ResetAccount:
        return ResetAccount(staff)

    return Form(
        title=f"Have {row.name} choose another password",
        button="Reset",
        fields=(),
        make=make,
        facts=(fact("Id", row.staff), Fact("State", _state(row))),
        warning="The password that they have ends now. The next page shows a one-time code, once.",
    )


def disable(known: Known, picked: Picked) -> Step:
    """Take an account out of use."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(_NONE)
    staff = row.staff

    def make(given: Given) -> DisableAccount:
        return DisableAccount(staff, given["reason"])

    fields = (Field("reason", "Why", required=True),)
    return Form(f"Take the account of {row.name} out of use", "Disable", fields, make, (fact("Id", row.staff),))


# --- the session --------------------------------------------------------------------------------------------


def log_on(known: Known, name: str) -> Form:
    """The log-on; `name` is who was logged on before, or empty."""

    def make(given: Given) -> LogOn:
        return LogOn(given["name"], given["password"])

    return Form(
        title=known.site_name,
        button="Log on",
        fields=(
            Field("name", "Name", required=True, value=name),
            Field("password", "Password", Kind.HIDDEN, required=True, hint="or the one-time code you were given"),
        ),
        make=make,
        warning=known.line.words or known.ended,
    )


def unlock(known: Known) -> Form:
    """What a locked session shows: nothing of what it held."""

    def make(given: Given) -> Unlock:
        return Unlock(given["password"])

    name = known.session.name if known.session else ""
    return Form(
        title=f"{known.site_name}: locked",
        button="Unlock",
        fields=(Field("password", "Password", Kind.HIDDEN, required=True),),
        make=make,
        facts=(fact("Logged on", name, Tone.STRONG),),
        warning=known.line.words or "Nobody was at this console for a while.",
    )


def change_password(known: Known) -> Form:
    """Another password; before anything else where the station says so."""

    def make(given: Given) -> Wish | str:
        if given["new"] != given["again"]:
            return "The two new passwords are not the same."
        return ChangePassword(given["old"], given["new"])

    return Form(
        title="Give yourself another password",
        button="Change it",
        fields=(
            Field("old", "Old password", Kind.HIDDEN, required=True, hint="or the one-time code you were given"),
            Field("new", "New password", Kind.HIDDEN, required=True, hint="a long one: words that you remember"),
            Field("again", "The new one again", Kind.HIDDEN, required=True),
        ),
        make=make,
        warning=known.session.must_change if known.session else "",
    )


def log_off(_known: Known, _picked: Picked) -> Step:
    """Log off."""

    def make(_given: Given) -> LogOff:
        return LogOff()

    return Form("Log off", "Log off", (), make)


def duty(known: Known, _picked: Picked) -> Step:
    """Sign on for duty, or off."""
    on_duty = known.session is not None and known.session.on_duty
    return Ask(SignOffDuty() if on_duty else SignOnDuty())


def own_password(known: Known, _picked: Picked) -> Step:
    """Give oneself another password."""
    return change_password(known)


def who(session: LoggedOn) -> str:
    """Who is logged on, for the top line."""
    return f"{session.name}, {session.role}{', on duty' if session.on_duty else ''}"
