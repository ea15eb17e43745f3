"""Checks who is behind a console: log-ons, idle minutes, the second person, accounts. Every one of them is an entry."""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.core.cards import Credential
from kiosk.core.errors import SealgateError
from kiosk.core.passwords import Password, PasswordAnswer
from kiosk.core.pins import Pin
from kiosk.gatehouse import account_steps, sessions
from kiosk.gatehouse.accounts import Account
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.book import GatehouseBook
from kiosk.gatehouse.logon import Check, Logons, Wait
from kiosk.gatehouse.means import LogonMeans, Purpose
from kiosk.gatehouse.recorded import ToRecord
from kiosk.gatehouse.roles import MAY, Action
from kiosk.gatehouse.sessions import Due, Session
from kiosk.ledger.errors import LedgerError
from kiosk.site import Site
from kiosk.station.consoles.doing import Doing
from kiosk.station.password_check import PasswordCheck

_NUMBER_BITS: Final = 62
"""Of a session's number, which is also the ticket by which the kiosk's screen takes it over."""
_KEY_BYTES: Final = 32
AT_KIOSK: Final = "kiosk"
"""Where somebody logs on who is at the kiosk's own screen."""
TOO_MANY: Final = "fewer attempts"
"""What was expected of whoever tries too often."""
_NO: Final = "what you gave was not taken"


class Entered(Struct, frozen=True):
    """A log-on that succeeded.

    Attributes:
        session: The session's number, never used twice.
        actor: Who it is.
    """

    session: int
    actor: Actor


class Door:
    """Sessions of one station.

    Args:
        site: The site's settings.
        data: The data folder: the hashes are there.
        book: What the gatehouse has open, accounts among it.
        doing: Writes entries.
        over: Told of each session's end.
        on_duty: Who is signed on for duty, by id.
    """

    def __init__(
        self,
        site: Site,
        data: Path,
        book: Callable[[], GatehouseBook],
        doing: Doing,
        over: Callable[[int], None],
        on_duty: Callable[[], frozenset[str]],
    ) -> None:
        self._site = site
        self._book = book
        self._doing = doing
        self._rules = site.sessions
        self._check = PasswordCheck(data)
        self._over = over
        self._on_duty = on_duty
        self._taken: set[int] = set()
        self._sessions: dict[int, Session] = {}
        self._logons = Logons(lambda: book().accounts, secrets.token_bytes(_KEY_BYTES))

    # --- log-ons ------------------------------------------------------------------------------------

    async def log_on(self, name: str, password: str, where: str) -> Entered | g.NotDone:
        """Let somebody in, or not."""
        outcome = await self._attempt(name, password, where, Purpose.LOG_ON)
        if isinstance(outcome, g.NotDone):
            return outcome
        return self._entered(*outcome, where)

    async def badge(self, staff: str, badge: Credential, pin: Pin) -> Entered | g.NotDone:
        """Let somebody in at the kiosk, by a badge that has proved itself and its PIN."""
        begun = self._logons.begin(staff, AT_KIOSK, self._doing.now(), badge=True)
        if isinstance(begun, Wait):
            return g.NotDone(TOO_MANY, _NO, begun.words)
        outcome = await self._checked(begun, self._check.check_pin(badge, pin))
        return outcome if isinstance(outcome, g.NotDone) else self._entered(*outcome, AT_KIOSK)

    def _entered(self, account: Account, means: LogonMeans, where: str) -> Entered:
        number = secrets.randbits(_NUMBER_BITS)
        self._sessions[number] = sessions.session_of(account, means, where, self._doing.now(), self._rules)
        return Entered(number, _actor(account))

    async def unlock(self, session: int, password: str) -> g.NotDone | None:
        """Go on with a session that was locked."""
        held = self._sessions.get(session)
        if held is None or not held.locked:
            return None
        outcome = await self._attempt(held.staff, password, held.where, Purpose.UNLOCK)
        if isinstance(outcome, g.NotDone):
            return outcome
        if session in self._sessions:
            self._sessions[session] = sessions.unlocked(self._sessions[session], self._doing.now())
        return None

    async def second(self, session: int, second: gw.Second) -> Actor | g.NotDone:
        """The second person beside a session's."""
        held = self._sessions[session]
        outcome = await self._attempt(second.name, second.password, held.where, Purpose.SECOND)
        if isinstance(outcome, g.NotDone):
            return outcome
        account, _ = outcome
        sessions.second_person(held, account, self._doing.now(), self._rules)
        return _actor(account)

    async def change_password(self, session: int, old: str, new: str) -> g.NotDone | None:
        """Give oneself another password."""
        held = self._sessions[session]
        account = self._book().accounts.find(held.staff)
        assert account is not None, "an account is disabled, never taken away"
        if held.means is not LogonMeans.CODE:  # a code is good for one log-on, and was given at that
            outcome = await self._attempt(held.staff, old, held.where, Purpose.CHANGE)
            if isinstance(outcome, g.NotDone):
                return outcome
        try:
            await self._check.set(account.staff, Password(new), self._names(account))
            await self._doing.write(account_steps.password_set(account))
        except (SealgateError, LedgerError) as fault:
            return g.NotDone(fault.expected, fault.got, fault.mend)
        if session in self._sessions:
            self._sessions[session] = sessions.with_new_password(self._sessions[session], self._doing.now())
        return None

    async def _attempt(
        self, name: str, password: str, where: str, purpose: Purpose
    ) -> tuple[Account, LogonMeans] | g.NotDone:
        """Somebody gives a name and a password, whatever for: looked at, checked, written down, and then told."""
        begun = self._logons.begin(name, where, self._doing.now(), purpose=purpose)
        if isinstance(begun, Wait):
            return g.NotDone(TOO_MANY, _NO, begun.words)
        return await self._checked(begun, self._check.check(begun.staff, begun.slot, Password(password)))

    async def _checked(self, begun: Check, asked: Awaitable[PasswordAnswer]) -> tuple[Account, LogonMeans] | g.NotDone:
        """Wait for what it is, write it down, and only then say it."""
        try:
            outcome = self._logons.answered(begun, await asked, self._doing.now())
            await self._doing.write(*outcome.entries)
        except (SealgateError, LedgerError) as fault:
            return g.NotDone(fault.expected, fault.got, fault.mend)
        finally:
            self._logons.settled(begun)
        self._doing.write_later(*outcome.after)
        if outcome.account is None:
            return g.NotDone("a name and its password", _NO, outcome.words)
        return outcome.account, begun.means

    # --- sessions -----------------------------------------------------------------------------------

    def taken_over(self, session: int) -> Entered | g.NotDone:
        """The session of somebody who logged on at the kiosk, once, by the console on its screen."""
        held = self._sessions.get(session)
        account = self._book().accounts.find(held.staff) if held is not None else None
        if held is None or account is None or held.where != AT_KIOSK or session in self._taken:
            return g.NotDone("a session at the kiosk", "none of that number", "tap the badge again")
        self._taken.add(session)
        return Entered(session, _actor(account))

    async def log_off(self, session: int, why: str) -> None:
        """End a session."""
        held = self._sessions.pop(session, None)
        if held is not None:
            self._taken.discard(session)
            self._over(session)
            await self._doing.try_write(sessions.ending(held, why))

    def where(self, session: int) -> str:
        """At which place a session is; empty once it is over."""
        held = self._sessions.get(session)
        return held.where if held is not None else ""

    async def refused(self, session: int, action: Action) -> None:
        """Write down that somebody asked for what their role may not do."""
        await self._doing.try_write(sessions.refusal(self._sessions[session], action))

    # --- accounts -----------------------------------------------------------------------------------

    async def add(self, actor: Actor, staff: str, name: str, role: str) -> g.Result:
        """Make an account."""
        async with self._doing.turn():
            kept = self._book().accounts
            return await self._with_code(
                account_steps.add(kept, staff, name, account_steps.role_named(role), actor.staff_id)
            )

    async def reset(self, actor: Actor, staff: str) -> g.Result:
        """Unlock an account and have its password chosen anew."""
        async with self._doing.turn():
            return await self._with_code(account_steps.reset(self._book().accounts, staff, actor.staff_id))

    async def disable(self, actor: Actor, staff: str, reason: str) -> g.Result:
        """Take an account out of use; its sessions end at the next look."""
        async with self._doing.turn():
            wanted = account_steps.disable(self._book().accounts, staff, actor.staff_id, reason)
            entries = await self._doing.write(wanted)
            await self._check.forget(str(wanted.body["staff"]))
            return g.Done(entries)

    async def _with_code(self, wanted: ToRecord) -> g.Result:
        """The code first, so that an account whose entry is written has one; without its entry it is gone again."""
        staff = str(wanted.body["staff"])
        code = await self._check.give_code(staff)
        try:
            return g.OneTimeCode(code, await self._doing.write(wanted))
        except LedgerError:
            await self._check.take_code(staff)
            raise

    def accounts(self) -> gt.AccountsNow:
        """All accounts."""
        now, days, on_duty = self._doing.now().utc, self._rules.password_days, self._on_duty()
        return gt.AccountsNow(
            tuple(
                gt.AccountRow(
                    staff=each.staff,
                    name=each.name,
                    role=each.role.value,
                    state=each.state(now, days),
                    last_logon=each.last_logon,
                    password_until=each.password_until(days),
                    on_duty=each.staff in on_duty,
                )
                for each in self._book().accounts.all()
            )
        )

    def _names(self, account: Account) -> tuple[str, ...]:
        plan = self._site.plan
        return (account.staff, account.name, plan.site_id, plan.site_name)

    def active(self, session: int) -> None:
        """The person did something."""
        if session in self._sessions:
            self._sessions[session] = sessions.used(self._sessions[session], self._doing.now())

    def standing(self, session: int) -> gt.LoggedOn | None:
        """Who this session is; None once it is over, though nobody has looked at it since."""
        held = self._sessions.get(session)
        account = self._book().accounts.find(held.staff) if held is not None else None
        if held is None or account is None or self._due(held) not in {None, Due.LOCK}:
            return None
        return gt.LoggedOn(
            staff=held.staff,
            name=held.name,
            role=held.role.value,
            may=tuple(sorted(action.value for action in MAY[held.role])),
            must_change=held.must_change,
            on_duty=held.staff in self._on_duty(),
            locked=held.locked,
            warning=account.warning(self._doing.now().utc, self._rules.password_days),
        )

    def _due(self, held: Session) -> Due | None:
        return sessions.due(held, self._book().accounts, self._doing.now(), self._rules)

    async def look(self) -> None:
        """Lock and end what has been idle for too long."""
        at = self._doing.now()
        for number, held in tuple(self._sessions.items()):
            match self._due(held):
                case None:
                    pass
                case Due.LOCK:
                    self._sessions[number], entry = sessions.locking(held)
                    await self._doing.try_write(entry)
                case over:
                    await self.log_off(number, over.value)
        await self._doing.try_write(*self._logons.due(at))

    async def close(self) -> None:
        """End every session, and what checks passwords."""
        for number in tuple(self._sessions):
            await self.log_off(number, "the kiosk is stopping")
        await self._doing.try_write(*self._logons.rest(self._doing.now()))
        self._check.close()


def _actor(account: Account) -> Actor:
    return Actor(account.staff, account.name, account.role)
