"""Who has an account, and how it stands: folded from entries (clause 11.2). No secret is in here.

Names of accounts are the ids of the site's staff; large and small letters are the same. Three failures in a row lock
an account's password, three wrong PINs its badge; a reset gives both back, and neither time nor a restart does.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.effects import Json
from kiosk.core.passwords import PasswordSlot
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.means import LogonMeans
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.roles import Role

MOST_FAILURES: Final = 3
"""In a row, after which an account is locked (NZISM 3.9)."""

CODE_HOURS: Final = 72
"""For which a one-time code is good: over a weekend."""

WARN_DAYS: Final = 14
"""Before a password has to be changed, from when on its person is told."""

LONGEST_NAME: Final = 80
"""Characters of a typed name that are looked at; no id is as long."""


def account_key(name: str) -> str:
    """By which an account is found, whatever case somebody types."""
    return unicodedata.normalize("NFKC", name[:LONGEST_NAME]).strip().casefold()


class Account(Struct, frozen=True):
    """An account.

    Attributes:
        staff: The id of its member of staff, as it was added.
        name: The person's name.
        role: What they may do.
        disabled: It was taken out of use.
        failures: Wrong passwords in a row.
        badge_failures: Wrong PINs in a row.
        password_set: When its password was chosen; None while it has none that counts.
        code_until: Until when its one-time code is good; None when it has none, or it was used.
        last_logon: When its person logged on last.
        resets: How often it was added or reset: sessions of before end.
    """

    staff: str
    name: str
    role: Role
    disabled: bool = False
    failures: int = 0
    badge_failures: int = 0
    password_set: datetime | None = None
    code_until: datetime | None = None
    last_logon: datetime | None = None
    resets: int = 0

    @property
    def locked(self) -> bool:
        """Whether no password is taken any more."""
        return self.failures >= MOST_FAILURES

    @property
    def badge_locked(self) -> bool:
        """Whether no PIN is taken any more."""
        return self.badge_failures >= MOST_FAILURES

    @property
    def slot(self) -> PasswordSlot:
        """Which of its secrets counts."""
        return PasswordSlot.CODE if self.password_set is None else PasswordSlot.PASSWORD

    def password_until(self, days: int) -> datetime | None:
        """When its password has to be changed; None when it has none."""
        return None if self.password_set is None else self.password_set + timedelta(days=days)

    def must_change(self, now: datetime, days: int) -> str:
        """Why its password has to be changed before anything else, in words; empty when it need not."""
        until = self.password_until(days)
        if until is None:
            return "Choose a password: the one-time code is used up."
        return f"Choose another password: this one is older than {days} days." if now >= until else ""

    def warning(self, now: datetime, days: int) -> str:
        """What its person should know of the password, in words; empty when there is nothing."""
        until = self.password_until(days)
        if until is None or not timedelta() < until - now <= timedelta(days=WARN_DAYS):
            return ""
        left = (until - now) // timedelta(days=1)
        return f"The password has to be changed {f'within {left} days' if left else 'today'}."

    def state(self, now: datetime, days: int) -> str:
        """How it stands, in a few words."""
        if self.disabled:
            return "disabled"
        if self.locked:
            return "locked"
        badge = ", badge locked" if self.badge_locked else ""
        if self.password_set is not None:
            return f"{'password too old' if self.must_change(now, days) else 'in use'}{badge}"
        if self.code_until is None:
            return f"code used, no password chosen{badge}"
        return f"{'code given' if now < self.code_until else 'code has run out'}{badge}"


class _Held(Struct, frozen=True):
    """What a book holds."""

    accounts: tuple[Account, ...] = ()


class AccountBook:
    """All accounts. Takes every entry in the ledger's order, and heeds those of accounts."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    @classmethod
    def from_json(cls, said: Any) -> "AccountBook":  # noqa: ANN401 - JSON
        """The book that said this; of entries of earlier versions, which have None, an empty one."""
        book = cls()
        for account in msgspec.convert(said or {}, _Held).accounts:
            book._keep(account)
        return book

    def statement(self) -> Json:
        """All that it holds."""
        held: Json = msgspec.to_builtins(_Held(self.all()))
        return held

    # --- what is asked --------------------------------------------------------------------------------

    def all(self) -> tuple[Account, ...]:
        """Every account, by id."""
        return tuple(self._accounts[key] for key in sorted(self._accounts))

    def find(self, name: str) -> Account | None:
        """The account of a name, whatever its case; None when nobody has it."""
        return self._accounts.get(account_key(name))

    def keepers(self) -> tuple[Account, ...]:
        """The security managers who keep the accounts: those that are not disabled."""
        return tuple(each for each in self.all() if each.role is Role.SECURITY_MANAGER and not each.disabled)

    # --- folding --------------------------------------------------------------------------------------

    def apply(self, entry: Recorded) -> None:
        """Take the next entry."""
        if entry.kind == GatehouseKind.STAFF_ADDED.value:
            self._added(entry.body, entry.at.utc)
        elif entry.kind in _CHANGES and "staff" in entry.body:
            account = self.find(str(entry.body["staff"]))
            if account is not None:
                self._keep(_CHANGES[entry.kind](account, entry.body, entry.at.utc))

    def _added(self, body: Mapping[str, Any], at: datetime) -> None:
        before = self.find(str(body["staff"]))
        self._keep(
            Account(
                *(str(body["staff"]), str(body["name"]), Role(body["role"])),
                code_until=_code_until(body, at),
                last_logon=before.last_logon if before is not None else None,
                resets=before.resets + 1 if before is not None else 0,
            )
        )

    def _keep(self, account: Account) -> None:
        self._accounts[account_key(account.staff)] = account


def _code_until(body: Mapping[str, Any], at: datetime) -> datetime:
    return at + timedelta(hours=int(body["code_hours"]))


def _disabled(account: Account, _body: Mapping[str, Any], _at: datetime) -> Account:
    return replace(account, disabled=True, password_set=None, code_until=None)


def _reset(account: Account, body: Mapping[str, Any], at: datetime) -> Account:
    until, resets = _code_until(body, at), account.resets + 1
    return replace(account, failures=0, badge_failures=0, password_set=None, code_until=until, resets=resets)


def _password_set(account: Account, _body: Mapping[str, Any], at: datetime) -> Account:
    return replace(account, failures=0, password_set=at, code_until=None)


def _logged_on(account: Account, body: Mapping[str, Any], at: datetime) -> Account:
    account = replace(account, last_logon=at)
    match body["means"]:
        case LogonMeans.BADGE.value:
            return replace(account, badge_failures=0)
        case LogonMeans.CODE.value:  # good for one log-on
            return replace(account, failures=0, code_until=None)
        case _:
            return replace(account, failures=0)


def _failed(account: Account, body: Mapping[str, Any], _at: datetime) -> Account:
    if "tries" not in body:
        return account
    if body["means"] == LogonMeans.BADGE.value:
        return replace(account, badge_failures=account.badge_failures + 1)
    return replace(account, failures=account.failures + 1)


def _confirmed(account: Account, _body: Mapping[str, Any], _at: datetime) -> Account:
    return replace(account, failures=0)


_CHANGES: Final = {
    GatehouseKind.STAFF_DISABLED.value: _disabled,
    GatehouseKind.STAFF_RESET.value: _reset,
    GatehouseKind.STAFF_PASSWORD_SET.value: _password_set,
    GatehouseKind.LOGON.value: _logged_on,
    GatehouseKind.LOGON_FAILED.value: _failed,
    GatehouseKind.SESSION_UNLOCKED.value: _confirmed,
    GatehouseKind.CONFIRMED.value: _confirmed,
}
"""What an entry of each kind does to the account that it names."""
