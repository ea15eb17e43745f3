"""Sessions: locked after idle minutes, ended after hours, by what becomes of the account; and what a role may do."""

import re
from pathlib import Path

import pytest

from kiosk.core.passwords import PasswordAnswer
from kiosk.core.plan import SessionRules
from kiosk.gatehouse import account_steps, sessions
from kiosk.gatehouse.means import LogonMeans, Purpose
from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.roles import MAY, Action, Role
from kiosk.gatehouse.sessions import Due, Session
from tests.gatehouse.account_rig import BEN, HANA, TERMINAL, Gatehouse, days

RULES = SessionRules()
PAGE = Path(__file__).parents[2] / "docs" / "accounts.md"


@pytest.fixture
def gatehouse() -> Gatehouse:
    made = Gatehouse()
    made.with_password(HANA)
    made.with_password(BEN, Role.GATEHOUSE)
    return made


def logged_on(gatehouse: Gatehouse, staff: str = BEN, means: LogonMeans = LogonMeans.PASSWORD) -> Session:
    return sessions.session_of(gatehouse.account(staff), means, TERMINAL, gatehouse.at, RULES)


def due(gatehouse: Gatehouse, session: Session) -> Due | None:
    return sessions.due(session, gatehouse.book, gatehouse.at, RULES)


def test_a_session_that_nobody_uses_is_locked_after_ten_minutes_and_goes_on_with_the_password(
    gatehouse: Gatehouse,
) -> None:
    session = logged_on(gatehouse)
    gatehouse.now = 599
    assert due(gatehouse, session) is None
    session = sessions.used(session, gatehouse.at)
    gatehouse.now = 599 + 600
    assert due(gatehouse, session) is Due.LOCK
    session, entry = sessions.locking(session)
    assert (entry.kind, entry.body) == ("session-locked", {"staff": BEN, "where": TERMINAL})
    assert session.locked
    assert sessions.used(session, gatehouse.at) == session, "keys on a locked screen unlock nothing"
    gatehouse.now += 3600
    assert due(gatehouse, session) is None
    session = sessions.unlocked(session, gatehouse.at)
    assert due(gatehouse, session) is None
    assert not session.locked


def test_a_session_ends_after_twelve_hours_however_busy(gatehouse: Gatehouse) -> None:
    session = logged_on(gatehouse)
    gatehouse.now = 12 * 3600
    assert due(gatehouse, sessions.used(session, gatehouse.at)) is Due.TOO_LONG
    locked, _ = sessions.locking(session)
    assert due(gatehouse, locked) is Due.TOO_LONG
    assert sessions.ending(session, Due.TOO_LONG.value).body["why"] == "it lasted as long as a session may"


def test_a_badges_session_and_one_without_a_password_end_instead_of_being_locked(gatehouse: Gatehouse) -> None:
    gatehouse.add("S03", Role.AUDITOR, by=HANA)
    gatehouse.attempt("S03")
    badge, code = logged_on(gatehouse, means=LogonMeans.BADGE), logged_on(gatehouse, "S03", LogonMeans.CODE)
    gatehouse.now += 600
    assert due(gatehouse, badge) is due(gatehouse, code) is Due.IDLE_END


def test_a_session_ends_when_its_account_is_disabled_reset_or_given_another_role(gatehouse: Gatehouse) -> None:
    session = logged_on(gatehouse)
    by_badge = logged_on(gatehouse, means=LogonMeans.BADGE)
    gatehouse.write(account_steps.reset(gatehouse.book, BEN, HANA))
    assert due(gatehouse, session) is due(gatehouse, by_badge) is Due.RESET
    gatehouse.attempt(BEN)
    assert due(gatehouse, session) is Due.RESET, "also once somebody has used the code"
    gatehouse.write(account_steps.disable(gatehouse.book, BEN, HANA, "has left"))
    assert due(gatehouse, session) is Due.DISABLED
    gatehouse.write(account_steps.add(gatehouse.book, BEN, "Ben", Role.AUDITOR, HANA))
    assert due(gatehouse, session) is Due.OTHER_ROLE


def test_somebody_elses_guesses_end_no_session_but_one_that_cannot_be_unlocked_any_more(gatehouse: Gatehouse) -> None:
    gatehouse.now = -3 * 3700.0
    gatehouse.fail(BEN, 3)
    session = logged_on(gatehouse)
    assert due(gatehouse, session) is None
    assert due(gatehouse, sessions.locking(session)[0]) is Due.LOCKED_ACCOUNT


def test_with_a_password_to_be_changed_nothing_else_can_be_done_first(gatehouse: Gatehouse) -> None:
    gatehouse.now = days(366)
    session = logged_on(gatehouse, HANA)
    assert session.must_change
    session = sessions.with_new_password(session, gatehouse.at)
    assert not session.must_change
    assert not logged_on(gatehouse, HANA, LogonMeans.BADGE).must_change, "a badge and a PIN are two factors"


def test_a_session_that_began_by_a_code_is_one_by_password_once_that_was_chosen(gatehouse: Gatehouse) -> None:
    """Else whoever found it open could choose another password without knowing this one."""
    gatehouse.add("S03", Role.AUDITOR, by=HANA)
    gatehouse.attempt("S03")
    session = sessions.with_new_password(logged_on(gatehouse, "S03", LogonMeans.CODE), gatehouse.at)
    assert session.means is LogonMeans.PASSWORD
    by_badge = sessions.with_new_password(logged_on(gatehouse, means=LogonMeans.BADGE), gatehouse.at)
    assert by_badge.means is LogonMeans.BADGE


# --- what a role may do -------------------------------------------------------------------------------


def test_an_auditor_sees_all_and_changes_nothing(gatehouse: Gatehouse) -> None:
    gatehouse.with_password("S03", Role.AUDITOR)
    session = logged_on(gatehouse, "S03")
    assert MAY[session.role] == {Action.LOOK, Action.EXPORT}


def test_what_was_refused_is_an_entry(gatehouse: Gatehouse) -> None:
    session = logged_on(gatehouse)
    entry = sessions.refusal(session, Action.ACCOUNTS)
    assert entry.kind == "refused"
    assert entry.body == {"staff": BEN, "action": "keep the accounts", "role": "gatehouse", "where": TERMINAL}


def test_the_page_says_what_each_role_may_do_as_the_table_has_it() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \|((?: yes \| ?| *\| ?){4})$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    said = {action: ["yes" in cell for cell in cells.split("|")[:4]] for action, cells in rows}
    assert said == {action.value: [action in MAY[role] for role in Role] for action in Action}


# --- the second person --------------------------------------------------------------------------------


def test_the_second_person_is_another_one_who_may_and_whose_password_is_in_force(gatehouse: Gatehouse) -> None:
    gatehouse.with_password("S03", Role.AUDITOR)
    session = logged_on(gatehouse)
    outcome = gatehouse.attempt(HANA, purpose=Purpose.SECOND)
    assert outcome.account is not None
    sessions.second_person(session, outcome.account, gatehouse.at, RULES)
    for staff, line in ((BEN, "the same one"), ("S03", "Person S03, auditor")):
        with pytest.raises(Refused, match=line):
            sessions.second_person(session, gatehouse.account(staff), gatehouse.at, RULES)
    gatehouse.now = days(366)
    with pytest.raises(Refused, match="Choose another password"):
        sessions.second_person(session, gatehouse.account(HANA), gatehouse.at, RULES)
    assert gatehouse.attempt(HANA, PasswordAnswer.WRONG, purpose=Purpose.SECOND).account is None
    assert gatehouse.account(HANA).failures == 1
