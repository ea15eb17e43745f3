"""The decisions of log-ons (clauses 11.1, 11.2): whether an attempt is looked at, and what becomes of it. No I/O.

Theory of operation: `begin` says that an attempt must wait, or what is to be checked. Whoever checks (on a thread of
its own: `kiosk.station.password_check`) hands the answer to `answered`, writes the entries that this gives, has the
book take them, says `settled`, and only then tells the person. Nobody gets in whose entry was not written.

From outside, an unknown name, a disabled account, a locked one and a wrong password are the same: the same words after
the same work. What an attempt without an account is checked against is nobody's hash. The entry that says that an
account is locked comes after the person was told, so that the third failure takes no longer than others; the third
failure itself locks it, should the power go in between.

Of a name that nobody has, entries keep a digest alone: people type passwords where names belong. Its key is drawn anew
at each start and kept nowhere, so nobody finds by a ledger what was typed; within a run, the same name has the same
digest.
"""

import hmac
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kiosk.core.effects import Json
from kiosk.core.passwords import PasswordAnswer, PasswordSlot
from kiosk.core.times import Moment
from kiosk.gatehouse.accounts import MOST_FAILURES, Account, AccountBook, account_key
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.means import LogonMeans, Purpose
from kiosk.gatehouse.recorded import ToRecord
from kiosk.gatehouse.throttle import LIMITS, Limits, Throttle
from kiosk.gatehouse.turned_away import TurnedAway

WRONG: Final = "The name or the password is wrong, or the account is locked."
WRONG_BADGE: Final = "The PIN is wrong, or this badge cannot log on."
NOT_CHECKED: Final = "Nobody can log on now: passwords cannot be read. Call the security manager."

MOST_AT_ONCE: Final = 4
"""Attempts that are being checked: one after the other, each for half a second."""

BUSY_S: Final = 2
"""Seconds to wait while so many are."""

_DIGEST_DIGITS: Final = 16


class Check(Struct, frozen=True):
    """An attempt that is to be checked.

    Attributes:
        ref: Its number.
        staff: Against whose secret; None: against nobody's.
        slot: Which of the two, where it is a password.
        means: By what somebody wants to get in.
        purpose: What for.
        where: At which place.
        name: The typed name, as a key.
        began: When.
    """

    ref: int
    staff: str | None
    slot: PasswordSlot
    means: LogonMeans
    purpose: Purpose
    where: str
    name: str
    began: Moment

    def __repr__(self) -> str:
        return f"Check({self.ref})"


class Wait(Struct, frozen=True):
    """An attempt that is not looked at, whoever it names.

    Attributes:
        seconds: Until the next one is.
    """

    seconds: int

    @property
    def words(self) -> str:
        """What the person is told."""
        return f"Too many attempts. Wait {self.seconds} s."


class Outcome(Struct, frozen=True):
    """What became of an attempt, once its entries are written.

    Attributes:
        account: Who got in; None when nobody did.
        words: What the person is told, when nobody did.
        entries: To be written before anybody is told anything.
        after: To be written when the person was told.
    """

    account: Account | None
    words: str
    entries: tuple[ToRecord, ...]
    after: tuple[ToRecord, ...] = ()


class Logons:
    """Judges attempts.

    Args:
        book: The accounts, as folded so far; a ledger that comes back brings another book.
        key: By which digests of unknown names are made: drawn by chance at each start.
        limits: How many failures are allowed.
    """

    def __init__(self, book: Callable[[], AccountBook], key: bytes, limits: Limits = LIMITS) -> None:
        self._book = book
        self._key = key
        self._throttle = Throttle(limits)
        self._refused = TurnedAway()
        self._checked: dict[int, Check] = {}
        self._last = 0

    # --- an attempt -----------------------------------------------------------------------------------

    def begin(
        self, name: str, where: str, at: Moment, *, purpose: Purpose = Purpose.LOG_ON, badge: bool = False
    ) -> Check | Wait:
        """Somebody wants to get in.

        Args:
            name: As it was typed; of a badge the id of its holder.
            where: At which place: something that the person cannot choose, such as the terminal, never the connection.
            at: Now.
            purpose: What for.
            badge: By a badge, which proved itself already, and its PIN.
        """
        key = account_key(name)
        wait_s = self._throttle.wait_s(key, where, at.monotonic) or self._in_hand_s(key)
        if wait_s:
            self._refused.add(where, at)
            return Wait(wait_s)
        account = self._book().find(key)
        means, slot = _means_of(account, purpose, badge=badge)
        staff = account.staff if account is not None and not _shut(account, means, purpose, at) else None
        self._last += 1
        check = Check(self._last, staff, slot, means, purpose, where, key, at)
        self._checked[check.ref] = check
        self._throttle.begin(key, where, at.monotonic)
        return check

    def answered(self, check: Check, answer: PasswordAnswer, at: Moment) -> Outcome:
        """What was checked is known. Of a badge the answer is its PIN's, by the same words."""
        account = self._book().find(check.name)
        why = _why_not(account, check, answer, at)
        if account is not None and not why:
            self._throttle.forgive(check.name, check.where, check.began.monotonic)
            return Outcome(account, "", _let_in(account, check))
        counts = account is not None and answer is not PasswordAnswer.FAILED
        tries = _tries(account, check.means) + 1 if account is not None and counts else 0
        failed = ToRecord(GatehouseKind.LOGON_FAILED.value, self._failed_body(account, check, why, tries))
        after: tuple[ToRecord, ...] = ()
        if account is not None and tries == MOST_FAILURES:
            said: dict[str, Json] = {"staff": account.staff, "means": check.means.value}
            after = (ToRecord(GatehouseKind.LOGON_LOCKED.value, said),)
        return Outcome(None, _words(check, answer), (failed,), after)

    def settled(self, check: Check) -> None:
        """Its entries are written and folded, or could not be: its name may be tried again."""
        self._checked.pop(check.ref, None)

    # --- what was not looked at -----------------------------------------------------------------------

    def due(self, at: Moment) -> tuple[ToRecord, ...]:
        """The entry of the attempts that were not looked at, once it is a minute since the first of them."""
        return self._refused.due(at)

    def rest(self, at: Moment) -> tuple[ToRecord, ...]:
        """The same, though no minute has passed: at the end."""
        return self._refused.rest(at)

    # --------------------------------------------------------------------------------------------------

    def _in_hand_s(self, key: str) -> int:
        """One attempt of a name at a time: else several would count as one."""
        in_hand = len(self._checked) >= MOST_AT_ONCE or any(each.name == key for each in self._checked.values())
        return BUSY_S if in_hand else 0

    def _failed_body(self, account: Account | None, check: Check, why: str, tries: int) -> dict[str, Json]:
        who: dict[str, Json] = (
            {"staff": account.staff} if account is not None else {"name_digest": self._digest(check.name)}
        )
        how: dict[str, Json] = {"means": check.means.value, "purpose": check.purpose.value, "where": check.where}
        return who | {"why": why} | how | ({"tries": tries} if tries else {})

    def _digest(self, name: str) -> str:
        return hmac.digest(self._key, name.encode(), "sha256").hex()[:_DIGEST_DIGITS]


def _means_of(account: Account | None, purpose: Purpose, *, badge: bool) -> tuple[LogonMeans, PasswordSlot]:
    if badge:
        return LogonMeans.BADGE, PasswordSlot.PASSWORD
    if account is None or account.slot is PasswordSlot.PASSWORD:
        return LogonMeans.PASSWORD, PasswordSlot.PASSWORD
    if purpose in {Purpose.LOG_ON, Purpose.CHANGE}:
        return LogonMeans.CODE, PasswordSlot.CODE
    return LogonMeans.PASSWORD, PasswordSlot.PASSWORD


def _shut(account: Account, means: LogonMeans, purpose: Purpose, at: Moment) -> str:
    """Why nobody gets in by this account, whatever they know; empty when somebody may."""
    if account.disabled:
        return "disabled"
    if means is LogonMeans.BADGE:
        return "badge locked" if account.badge_locked else ""
    if account.locked:
        return "locked"
    if means is LogonMeans.CODE and purpose is Purpose.LOG_ON:
        return _code_over(account, at)
    if means is LogonMeans.PASSWORD and account.slot is PasswordSlot.CODE:
        return "no password"  # the one from before a reset lies in the file still, lest it be chosen again
    return ""


def _code_over(account: Account, at: Moment) -> str:
    if account.code_until is None:
        return "code used"
    return "code has run out" if at.utc >= account.code_until else ""


def _why_not(account: Account | None, check: Check, answer: PasswordAnswer, at: Moment) -> str:
    """Why somebody does not get in, for the entry; empty when they do."""
    if account is None:
        return "unknown name"
    if shut := _shut(account, check.means, check.purpose, at):
        return shut
    is_badge = check.means is LogonMeans.BADGE
    if check.staff is None or _means_of(account, check.purpose, badge=is_badge) != (check.means, check.slot):
        return "changed meanwhile"
    if answer is PasswordAnswer.FAILED:
        return "not checked"
    what = "PIN" if is_badge else check.slot.value
    return "" if answer is PasswordAnswer.RIGHT else f"{'wrong' if answer is PasswordAnswer.WRONG else 'no'} {what}"


def _let_in(account: Account, check: Check) -> tuple[ToRecord, ...]:
    """The entry of somebody who got in; a change of password has one of its own (`account_steps.password_set`)."""
    said: dict[str, Json] = {"staff": account.staff, "where": check.where}
    match check.purpose:
        case Purpose.LOG_ON:
            return (ToRecord(GatehouseKind.LOGON.value, said | {"means": check.means.value}),)
        case Purpose.UNLOCK:
            return (ToRecord(GatehouseKind.SESSION_UNLOCKED.value, said),)
        case Purpose.SECOND:
            return (ToRecord(GatehouseKind.CONFIRMED.value, said),)
        case Purpose.CHANGE:
            return ()


def _tries(account: Account, means: LogonMeans) -> int:
    return account.badge_failures if means is LogonMeans.BADGE else account.failures


def _words(check: Check, answer: PasswordAnswer) -> str:
    if answer is PasswordAnswer.FAILED:
        return NOT_CHECKED
    return WRONG_BADGE if check.means is LogonMeans.BADGE else WRONG
