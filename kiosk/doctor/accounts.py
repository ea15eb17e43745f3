"""Can somebody keep the accounts, are passwords changed and codes used, and is anybody locked out (11.1, 11.2)?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kiosk.doctor.check import Kiosk, Verdict, good, named, wrong

if TYPE_CHECKING:
    from kiosk.gatehouse.accounts import Account

_ACCOUNTS, _PASSWORDS = "accounts", "passwords"


class AccountsCheck:
    """Looks at the accounts of staff, and at the file of their passwords."""

    of = _ACCOUNTS

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """What somebody must see to. A kiosk without accounts is told once that it has none."""
        if kiosk.site is None or not kiosk.ledger.is_dir():
            return
        from kiosk.gatehouse_ledger import read_gatehouse
        from kiosk.passwords import PasswordStore

        book = read_gatehouse(kiosk.ledger).accounts
        if not book.all():
            mend = "sealgate staff add --role 'security manager'"
            yield wrong(_ACCOUNTS, "nobody has one: nobody can log on at the gatehouse", mend)
            return
        yield from _accounts(kiosk, book.all(), has_keeper=bool(book.keepers()), days=kiosk.site.sessions.password_days)
        lacking = [each.staff for each in book.all() if _lacks(each, PasswordStore(kiosk.data).has)]
        if lacking:
            yield wrong(
                _PASSWORDS,
                f"{named(lacking)} should have one by the ledger, and the file has none",
                "after a restore reset them: sealgate staff reset --staff ID",
            )
        else:
            yield good(_PASSWORDS, "their file is its owner's alone, and has what the ledger says")


def _accounts(kiosk: Kiosk, accounts: Sequence[Account], *, has_keeper: bool, days: int) -> Iterator[Verdict]:
    in_use = [each for each in accounts if not each.disabled]
    troubles: tuple[tuple[str, Callable[[Account], bool], str], ...] = (
        (
            "are locked",
            lambda each: each.locked or each.badge_locked,
            "ask them whether it was they; then sealgate staff reset --staff ID",
        ),
        (
            f"have had one password for {days} days",
            lambda each: each.password_set is not None and bool(each.must_change(kiosk.now, days)),
            "have them log on and choose another, or disable the accounts",
        ),
        (
            "never used their one-time code, which has run out",
            lambda each: _code_ran_out(each, kiosk.now),
            "reset them once they can log on, or disable them",
        ),
        (
            "used their one-time code, and chose no password",
            lambda each: each.password_set is None and each.code_until is None,
            "sealgate staff reset --staff ID",
        ),
    )
    wrongs = [
        wrong(_ACCOUNTS, f"{named(each)} {what}", mend)
        for what, has, mend in troubles
        if (each := [account.staff for account in in_use if has(account)])
    ]
    if not has_keeper:
        wrongs.append(
            wrong(_ACCOUNTS, "no security manager keeps them", "sealgate staff add --role 'security manager'")
        )
    yield from wrongs or [good(_ACCOUNTS, f"{len(in_use)} in use; none needs anybody")]


def _code_ran_out(account: Account, now: datetime) -> bool:
    """Whether its person has not logged on since the code was given, not by a badge either, and now cannot by it."""
    from kiosk.gatehouse.accounts import CODE_HOURS

    if account.code_until is None or now < account.code_until:
        return False
    return account.last_logon is None or account.last_logon < account.code_until - timedelta(hours=CODE_HOURS)


def _lacks(account: Account, has: Callable[[str], bool]) -> bool:
    return not account.disabled and account.password_set is not None and not has(account.staff)
