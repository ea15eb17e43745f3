"""Accounts of some people, moments, and a gatehouse that folds what is written: what its tests share."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from kiosk.core.passwords import PasswordAnswer
from kiosk.core.times import ClockState, Moment
from kiosk.gatehouse import account_steps
from kiosk.gatehouse.accounts import Account, AccountBook
from kiosk.gatehouse.logon import Check, Logons, Outcome, Wait
from kiosk.gatehouse.means import Purpose
from kiosk.gatehouse.recorded import Recorded, ToRecord
from kiosk.gatehouse.roles import Role

MONDAY_NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
HANA, BEN, WIREMU = "S01", "S02", "S03"
TERMINAL = "terminal 1"
KEY = bytes(32)


def moment(seconds: float = 0.0, *, clock: ClockState = ClockState.SYNCHRONISED) -> Moment:
    """So long after a Monday's noon, on both clocks."""
    return Moment(MONDAY_NOON + timedelta(seconds=seconds), 1000.0 + seconds, clock, "boot-1")


def days(number: float) -> float:
    """In seconds."""
    return number * 86_400.0


class Gatehouse:
    """A book and log-ons over it, with a ledger that is a list."""

    def __init__(self, entries: Iterable[Recorded] = ()) -> None:
        self.now = 0.0
        self.entries: list[Recorded] = []
        self.book = AccountBook()
        self.logons = Logons(lambda: self.book, KEY)
        for entry in entries:
            self.entries.append(entry)
            self.book.apply(entry)

    @property
    def at(self) -> Moment:
        return moment(self.now)

    def write(self, *entries: ToRecord) -> None:
        for each in entries:
            recorded = Recorded(len(self.entries) + 1, each.kind, each.body, self.at)
            self.entries.append(recorded)
            self.book.apply(recorded)

    def add(self, staff: str, role: Role = Role.SECURITY_MANAGER, *, by: str = "machine:root") -> None:
        self.write(account_steps.add(self.book, staff, f"Person {staff}", role, by))

    def with_password(self, staff: str, role: Role = Role.SECURITY_MANAGER) -> None:
        """An account whose person has chosen a password."""
        self.add(staff, role)
        self.choose(staff)

    def choose(self, staff: str) -> None:
        self.write(account_steps.password_set(self.account(staff)))

    def account(self, staff: str) -> Account:
        account = self.book.find(staff)
        assert account is not None
        return account

    def begin(self, name: str, *, where: str = TERMINAL, **more: Any) -> Check:
        check = self.logons.begin(name, where, self.at, **more)
        assert isinstance(check, Check), check
        return check

    def wait(self, name: str, *, where: str = TERMINAL, **more: Any) -> int:
        wait = self.logons.begin(name, where, self.at, **more)
        assert isinstance(wait, Wait), wait
        return wait.seconds

    def answer(self, check: Check, answer: PasswordAnswer) -> Outcome:
        """What was checked is known; its entries are written, and then those after."""
        outcome = self.logons.answered(check, answer, self.at)
        self.write(*outcome.entries)
        self.logons.settled(check)
        self.write(*outcome.after)
        return outcome

    def attempt(self, name: str, answer: PasswordAnswer = PasswordAnswer.RIGHT, **more: Any) -> Outcome:
        """A whole attempt, an hour after the one before: no throttle is in its way."""
        self.now += 3700.0
        return self.answer(self.begin(name, **more), answer)

    def fail(self, name: str, times: int = 1, **more: Any) -> Outcome:
        for _ in range(times):
            outcome = self.attempt(name, PasswordAnswer.WRONG, **more)
        return outcome

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries]

    def restarted(self) -> "Gatehouse":
        """The same after a restart, by what its ledger holds."""
        after = Gatehouse(self.entries)
        after.now = self.now
        return after


SECOND = {"purpose": Purpose.SECOND}
