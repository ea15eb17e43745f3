"""The steps of keeping accounts: added, disabled, reset (clause 11.2). Whether one is possible is decided here.

Whoever asks makes the one-time code (`kiosk.passwords`), writes the entry, and shows the code once.
"""

import re
from typing import Final

from kiosk.core.effects import Json
from kiosk.core.passwords import PasswordSlot
from kiosk.gatehouse.accounts import CODE_HOURS, LONGEST_NAME, Account, AccountBook
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Refused, ToRecord
from kiosk.gatehouse.roles import Role

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}")
"""What an id of the site's staff is made of, as records have it."""

AT_THE_MACHINE: Final = "machine:"
"""How the name of who does it begins, where that is a user of the machine itself; no id of staff has a colon."""


def role_named(word: str) -> Role:
    """The role of a word.

    Raises:
        Refused: There is none.
    """
    try:
        return Role(word)
    except ValueError:
        expected = f"one of {', '.join(role.value for role in Role)}"
        raise Refused(expected=expected, got=repr(word), mend="name the role") from None


def add(book: AccountBook, staff: str, name: str, role: Role, by: str) -> ToRecord:
    """Give somebody an account, or a disabled one anew, perhaps with another role; it begins with a one-time code.

    Args:
        book: What is known.
        staff: The id of the site's records.
        name: The person's name.
        role: What they may do.
        by: Who does it.

    Raises:
        Refused: They have one; it is the first, and not a security manager's; or id or name are none.
    """
    if not _ID.fullmatch(staff):
        expected = "an id of 1 to 40 letters, digits, spaces, dots, hyphens or slashes"
        raise Refused(expected=expected, got=ascii(staff[:80]), mend="give the id that the site's records have")
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        expected, mend = f"the person's name, in 1 to {LONGEST_NAME} characters", "give it, or import the site's staff"
        raise Refused(expected=expected, got=f"{len(name)}", mend=mend)
    account = book.find(staff)
    if account is not None and not account.disabled:
        raise Refused(
            expected="somebody without an account",
            got=f"{account.staff}, who has one as {account.role.value}",
            mend="reset it for a new password, or disable it first for another role",
        )
    if not book.keepers() and role is not Role.SECURITY_MANAGER:
        raise Refused(
            expected="a security manager first, who keeps the accounts",
            got=f"the role {role.value}, and no security manager",
            mend=f"add one with the role {Role.SECURITY_MANAGER.value!r}",
        )
    known = account.staff if account is not None else staff
    body: dict[str, Json] = {
        "staff": known,
        "name": name.strip(),
        "role": role.value,
        "by": by,
        "code_hours": CODE_HOURS,
    }
    return ToRecord(GatehouseKind.STAFF_ADDED.value, body)


def disable(book: AccountBook, staff: str, by: str, reason: str) -> ToRecord:
    """Take an account out of use; its sessions end.

    Raises:
        Refused: There is none, it is disabled, nobody says why, or nobody would be left to keep the accounts.
    """
    account = _of(book, staff)
    if not reason.strip():
        raise Refused(expected="a reason", got="none", mend="say why, such as that the person has left")
    if book.keepers() == (account,):
        raise Refused(
            expected="another security manager, who keeps the accounts",
            got="the last one",
            mend="add another security manager first",
        )
    return ToRecord(GatehouseKind.STAFF_DISABLED.value, {"staff": account.staff, "by": by, "reason": reason.strip()})


def reset(book: AccountBook, staff: str, by: str) -> ToRecord:
    """Unlock an account and have its password chosen anew, by a one-time code; the old one counts no more.

    Raises:
        Refused: There is none, it is disabled, or it is the asker's own: whoever found a session open would have it for
            good.
    """
    account = _of(book, staff)
    if account == book.find(by):
        raise Refused(
            expected="another person's account",
            got="the asker's own",
            mend="change the password instead, or have another security manager reset it",
        )
    return ToRecord(GatehouseKind.STAFF_RESET.value, {"staff": account.staff, "by": by, "code_hours": CODE_HOURS})


def password_set(account: Account) -> ToRecord:
    """Somebody has chosen a password: it is in force."""
    how = "one-time code" if account.slot is PasswordSlot.CODE else "changed"
    return ToRecord(GatehouseKind.STAFF_PASSWORD_SET.value, {"staff": account.staff, "how": how})


def _of(book: AccountBook, staff: str) -> Account:
    account = book.find(staff)
    if account is None or account.disabled:
        raise Refused(
            expected="somebody with an account",
            got=f"{staff!r}, who has none" if account is None else f"{account.staff}, whose account is disabled",
            mend="look with 'sealgate staff list'",
        )
    return account
