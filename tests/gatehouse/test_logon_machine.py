"""A state machine of Hypothesis against accounts and log-ons: whatever happens, nobody gets in who must not.

The oracle keeps its own account of each person by what was done, and shares no code with the book. Sabotaged log-ons
show that it sees what it should.
"""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec import Struct

from kiosk.core.passwords import PasswordAnswer, PasswordSlot
from kiosk.gatehouse import account_steps, logon
from kiosk.gatehouse.accounts import AccountBook
from kiosk.gatehouse.logon import Check, Logons
from kiosk.gatehouse.means import LogonMeans, Purpose
from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.roles import Role
from tests.gatehouse.account_rig import KEY, Gatehouse

PEOPLE = ("S01", "S02")
NAMES = (*PEOPLE, "s01", " S02", "password1234")
SABOTAGED = 1500
"""Examples in which a sabotaged door must be found out. It takes a few dozen."""
MINUTE = 60.0


class Known(Struct):
    """What the oracle knows of a person."""

    disabled: bool = False
    failures: int = 0
    pin_failures: int = 0
    has_password: bool = False
    code_from: float | None = None

    def code_good(self, now: float) -> bool:
        return self.code_from is not None and now < self.code_from + 72 * 3600


class Door(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.gatehouse = Gatehouse()
        self.people: dict[str, Known] = {}
        self.begun: list[Check] = []

    # --- what staff do --------------------------------------------------------------------------------

    @rule(staff=st.sampled_from(PEOPLE), role=st.sampled_from(Role))
    def add(self, staff: str, role: Role) -> None:
        try:
            step = account_steps.add(self.gatehouse.book, staff, "Somebody", role, "machine:root")
        except Refused:
            return
        assert staff not in self.people or self.people[staff].disabled
        self.gatehouse.write(step)
        self.people[staff] = Known(code_from=self.gatehouse.now)

    @rule(staff=st.sampled_from(PEOPLE))
    def disable(self, staff: str) -> None:
        try:
            self.gatehouse.write(account_steps.disable(self.gatehouse.book, staff, "machine:root", "x"))
        except Refused:
            return
        self.people[staff] = Known(disabled=True)

    @rule(staff=st.sampled_from(PEOPLE))
    def reset(self, staff: str) -> None:
        try:
            self.gatehouse.write(account_steps.reset(self.gatehouse.book, staff, "machine:root"))
        except Refused:
            assert staff not in self.people or self.people[staff].disabled
            return
        self.people[staff] = Known(code_from=self.gatehouse.now)

    @rule(seconds=st.sampled_from([1.0, MINUTE, 3700.0, 40 * 3600.0, 80 * 3600.0]))
    def wait(self, seconds: float) -> None:
        self.gatehouse.now += seconds

    @rule(said_again=st.booleans())
    def restart(self, said_again: bool) -> None:
        """What was being checked is lost; the book is folded anew, or made of what it says."""
        before = self.gatehouse.book.all()
        self.gatehouse, self.begun = self.gatehouse.restarted(), []
        if said_again:
            said = msgspec.json.decode(msgspec.json.encode(self.gatehouse.book.statement()))
            self.gatehouse.book = AccountBook.from_json(said)
            self.gatehouse.logons = Logons(lambda: self.gatehouse.book, KEY)
        assert self.gatehouse.book.all() == before

    # --- who wants to get in ---------------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES), purpose=st.sampled_from(Purpose), badge=st.booleans(), where=st.integers(1, 3))
    def begin(self, name: str, purpose: Purpose, badge: bool, where: int) -> None:
        badge = badge and purpose is Purpose.LOG_ON
        made = self.gatehouse.logons.begin(name, f"terminal {where}", self.gatehouse.at, purpose=purpose, badge=badge)
        if isinstance(made, Check):
            self.begun.append(made)

    @rule(staff=st.sampled_from(PEOPLE), resets=st.booleans())
    def change_while_it_is_checked(self, staff: str, resets: bool) -> None:
        self.begin(staff, Purpose.LOG_ON, badge=False, where=1)
        if resets:
            self.reset(staff)
        else:
            self.disable(staff)

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        if not self.begun:
            return
        check = self.begun.pop(data.draw(st.integers(0, len(self.begun) - 1)))
        answers = (
            [PasswordAnswer.RIGHT, *PasswordAnswer] if check.staff else [PasswordAnswer.NOT_SET, PasswordAnswer.FAILED]
        )
        answer = data.draw(st.sampled_from(answers))
        outcome = self.gatehouse.answer(check, answer)
        assert len(outcome.entries) == (0 if outcome.account and check.purpose is Purpose.CHANGE else 1)
        person = self.people.get(check.name.upper())
        if outcome.account is not None:
            self._got_in(person, check, answer)
        elif person is not None and answer is not PasswordAnswer.FAILED:
            if check.means is LogonMeans.BADGE:
                person.pin_failures += 1
            else:
                person.failures += 1

    def _got_in(self, person: Known | None, check: Check, answer: PasswordAnswer) -> None:
        assert answer is PasswordAnswer.RIGHT
        assert person is not None
        assert not person.disabled
        if check.means is LogonMeans.BADGE:
            assert person.pin_failures < 3
            person.pin_failures = 0
            return
        assert person.failures < 3
        if check.slot is PasswordSlot.PASSWORD:
            assert person.has_password
        elif check.purpose is Purpose.LOG_ON:
            assert person.code_good(self.gatehouse.now)
            person.code_from = None
        else:
            assert check.purpose is Purpose.CHANGE
            assert not person.has_password
        if check.purpose is Purpose.CHANGE:
            self.gatehouse.choose(check.name)
            person.has_password, person.code_from = True, None
        person.failures = 0

    @invariant()
    def the_book_knows_what_the_oracle_knows(self) -> None:
        for staff, person in getattr(self, "people", {}).items():
            account = self.gatehouse.account(staff)
            assert account.disabled is person.disabled
            if not person.disabled:
                assert account.locked is (person.failures >= 3)
                assert account.badge_locked is (person.pin_failures >= 3)
                assert (account.password_set is not None) is person.has_password


def run(examples: int) -> None:
    run_state_machine_as_test(
        Door,
        settings=settings(
            max_examples=examples,
            stateful_step_count=60,
            deadline=None,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nobody_gets_in_who_must_not_whatever_happens() -> None:
    run(120)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_nobody_gets_in_who_must_not_in_many_more_histories() -> None:
    run(3000)


def lets_locked_in(*_: Any, **__: Any) -> str:
    return ""


def forgets_that_it_changed(account: Any, check: Any, answer: PasswordAnswer, at: Any) -> str:
    return "" if account is not None and answer is PasswordAnswer.RIGHT else "wrong"


@pytest.mark.parametrize(("part", "flaw"), [("_shut", lets_locked_in), ("_why_not", forgets_that_it_changed)])
def test_the_oracle_sees_a_door_that_lets_the_wrong_ones_in(
    monkeypatch: pytest.MonkeyPatch, part: str, flaw: Any
) -> None:
    monkeypatch.setattr(logon, part, flaw)
    with pytest.raises(AssertionError):
        run(SABOTAGED)
