"""Log-ons: who gets in, what others are told, what it costs to guess, and that each has its entry."""

from typing import Any

import pytest

from kiosk.core.passwords import PasswordAnswer, PasswordSlot
from kiosk.gatehouse import account_steps
from kiosk.gatehouse.logon import MOST_AT_ONCE, NOT_CHECKED, WRONG, WRONG_BADGE, Check, Logons, Wait
from kiosk.gatehouse.means import LogonMeans, Purpose
from kiosk.gatehouse.roles import Role
from kiosk.gatehouse.throttle import LIMITS
from tests.gatehouse.account_rig import BEN, HANA, KEY, TERMINAL, WIREMU, Gatehouse, days, moment

RIGHT_, WRONG_, NOT_SET, FAILED = (
    PasswordAnswer.RIGHT, PasswordAnswer.WRONG, PasswordAnswer.NOT_SET, PasswordAnswer.FAILED,
)  # fmt: skip


@pytest.fixture
def gatehouse() -> Gatehouse:
    """Hana keeps the accounts, Ben is of the gatehouse; both have passwords. Wiremu has a code."""
    made = Gatehouse()
    made.with_password(HANA)
    made.with_password(BEN, Role.GATEHOUSE)
    made.add(WIREMU, Role.AUDITOR, by=HANA)
    return made


def last(gatehouse: Gatehouse) -> tuple[str, dict[str, Any]]:
    entry = gatehouse.entries[-1]
    return entry.kind, dict(entry.body)


# --- getting in ---------------------------------------------------------------------------------------


def test_a_right_password_gets_in_and_is_an_entry(gatehouse: Gatehouse) -> None:
    outcome = gatehouse.attempt("s02")
    assert outcome.account is not None
    assert (outcome.account.staff, outcome.words) == (BEN, "")
    assert last(gatehouse) == ("logon", {"staff": BEN, "means": "password", "where": TERMINAL})
    assert gatehouse.account(BEN).last_logon == gatehouse.at.utc


def test_a_code_gets_in_once_and_then_a_password_is_to_be_chosen(gatehouse: Gatehouse) -> None:
    check = gatehouse.begin(WIREMU)
    assert (check.means, check.slot) == (LogonMeans.CODE, PasswordSlot.CODE)
    outcome = gatehouse.answer(check, RIGHT_)
    assert outcome.account is not None
    assert (
        gatehouse.account(WIREMU).must_change(gatehouse.at.utc, 365)
        == "Choose a password: the one-time code is used up."
    )
    assert gatehouse.attempt(WIREMU).account is None
    assert last(gatehouse)[1]["why"] == "code used"
    check = gatehouse.begin(WIREMU, purpose=Purpose.CHANGE)
    assert check.slot is PasswordSlot.CODE
    assert gatehouse.answer(check, RIGHT_).entries == (), "its entry comes once the new one is in force"
    gatehouse.choose(WIREMU)
    assert last(gatehouse) == ("staff-password-set", {"staff": WIREMU, "how": "one-time code"})
    assert gatehouse.attempt(WIREMU).account is not None


def test_a_code_that_has_run_out_gets_nobody_in(gatehouse: Gatehouse) -> None:
    gatehouse.now = days(3)
    assert gatehouse.answer(gatehouse.begin(WIREMU), RIGHT_).account is None
    assert last(gatehouse)[1]["why"] == "code has run out"


def test_a_badge_and_its_pin_get_in_though_the_password_is_locked(gatehouse: Gatehouse) -> None:
    gatehouse.fail(BEN, 3)
    assert gatehouse.attempt(BEN, badge=True).account is not None
    assert last(gatehouse)[1]["means"] == "badge and PIN"
    assert gatehouse.account(BEN).locked
    assert gatehouse.attempt(BEN).account is None


def test_a_second_person_and_an_unlocked_session_are_entries_of_their_own(gatehouse: Gatehouse) -> None:
    assert gatehouse.attempt(BEN, purpose=Purpose.SECOND).account is not None
    assert last(gatehouse) == ("confirmed", {"staff": BEN, "where": TERMINAL})
    assert gatehouse.attempt(BEN, purpose=Purpose.UNLOCK).account is not None
    assert last(gatehouse) == ("session-unlocked", {"staff": BEN, "where": TERMINAL})


def test_a_password_from_before_a_reset_serves_nothing_any_more(gatehouse: Gatehouse) -> None:
    """Its hash lies in the file still, lest it be chosen again."""
    gatehouse.write(account_steps.reset(gatehouse.book, BEN, HANA))
    for purpose in (Purpose.SECOND, Purpose.UNLOCK):
        check = gatehouse.begin(BEN, purpose=purpose)
        assert check.staff is None
        assert gatehouse.answer(check, RIGHT_).account is None
    assert gatehouse.begin(BEN).slot is PasswordSlot.CODE


def test_a_log_on_gives_back_the_tries(gatehouse: Gatehouse) -> None:
    gatehouse.fail(BEN, 2)
    gatehouse.attempt(BEN)
    gatehouse.fail(BEN, 2)
    assert not gatehouse.account(BEN).locked


# --- not getting in -----------------------------------------------------------------------------------


def test_three_failures_lock_an_account_over_restarts_until_it_is_reset(gatehouse: Gatehouse) -> None:
    gatehouse.fail(BEN, 2)
    gatehouse = gatehouse.restarted()
    gatehouse.fail(BEN)
    assert gatehouse.kinds()[-2:] == ["logon-failed", "logon-locked"]
    assert last(gatehouse)[1] == {"staff": BEN, "means": "password"}
    gatehouse = gatehouse.restarted()
    gatehouse.now += days(400)
    assert gatehouse.attempt(BEN).account is None
    assert last(gatehouse)[1]["why"] == "locked"
    gatehouse.write(account_steps.reset(gatehouse.book, BEN, HANA))
    assert gatehouse.attempt(BEN).account is not None


def test_three_wrong_pins_lock_a_badge_and_no_password(gatehouse: Gatehouse) -> None:
    assert gatehouse.fail(BEN, 3, badge=True).words == WRONG_BADGE
    assert last(gatehouse) == ("logon-locked", {"staff": BEN, "means": "badge and PIN"})
    assert gatehouse.attempt(BEN, badge=True).account is None
    assert last(gatehouse)[1]["why"] == "badge locked"
    assert gatehouse.attempt(BEN).account is not None


def test_from_outside_unknown_disabled_locked_and_wrong_are_the_same(gatehouse: Gatehouse) -> None:
    """The same words, one hash each, and one entry before anybody is told."""
    gatehouse.with_password("S04", Role.GATEHOUSE)
    gatehouse.write(account_steps.disable(gatehouse.book, "S04", HANA, "has left"))
    gatehouse.with_password("S05", Role.GATEHOUSE)
    gatehouse.fail("S05", 3)
    seen = []
    for name in ("nobody", "S04", "S05", BEN, WIREMU):
        gatehouse.now += 3700
        check = gatehouse.begin(name)
        outcome = gatehouse.answer(check, WRONG_ if check.staff else NOT_SET)
        seen.append((outcome.account, outcome.words, [each.kind for each in outcome.entries]))
    assert seen == [(None, WRONG, ["logon-failed"])] * 5


@pytest.mark.parametrize("name", ["nobody", "S04", BEN])
def test_who_may_not_log_on_is_held_against_nobodys_hash(gatehouse: Gatehouse, name: str) -> None:
    gatehouse.with_password("S04", Role.GATEHOUSE)
    gatehouse.write(account_steps.disable(gatehouse.book, "S04", HANA, "has left"))
    gatehouse.fail(BEN, 3)
    gatehouse.now += 3700
    assert gatehouse.begin(name).staff is None


def test_the_third_failure_is_told_as_quickly_as_others_and_locks_though_its_lock_was_not_written(
    gatehouse: Gatehouse,
) -> None:
    gatehouse.fail(BEN, 2)
    gatehouse.now += 3700
    check = gatehouse.begin(BEN)
    outcome = gatehouse.logons.answered(check, WRONG_, gatehouse.at)
    assert [each.kind for each in outcome.entries] == ["logon-failed"]
    assert [each.kind for each in outcome.after] == ["logon-locked"]
    gatehouse.write(*outcome.entries)  # and here the power goes
    assert gatehouse.restarted().account(BEN).locked


def test_what_could_not_be_checked_is_no_try_and_said_alike_to_all(gatehouse: Gatehouse) -> None:
    for name in (BEN, "nobody"):
        for _ in range(4):
            assert gatehouse.attempt(name, FAILED).words == NOT_CHECKED
    assert gatehouse.account(BEN).failures == 0
    assert "tries" not in last(gatehouse)[1]


def test_what_was_typed_as_an_unknown_name_is_in_no_entry(gatehouse: Gatehouse) -> None:
    typed = "correct horse battery staple"
    digests = []
    for _ in range(2):
        gatehouse.attempt(typed, NOT_SET)
        digests.append(last(gatehouse)[1]["name_digest"])
    gatehouse.attempt("another", NOT_SET)
    assert typed not in repr(gatehouse.entries)
    assert digests[0] == digests[1] != last(gatehouse)[1]["name_digest"]
    other = Logons(lambda: gatehouse.book, b"another start's key".ljust(32))
    check = other.begin(typed, TERMINAL, gatehouse.at)
    assert isinstance(check, Check)
    (entry,) = other.answered(check, NOT_SET, gatehouse.at).entries
    assert entry.body["name_digest"] not in digests, "no digest outlives a start, so none can be looked up"
    assert typed not in repr(check)


def test_an_account_that_was_reset_or_disabled_while_its_password_was_checked_lets_nobody_in(
    gatehouse: Gatehouse,
) -> None:
    for resets in (True, False):
        check = gatehouse.begin(BEN)
        book = gatehouse.book
        step = account_steps.reset(book, BEN, HANA) if resets else account_steps.disable(book, BEN, HANA, "x")
        gatehouse.write(step)
        assert gatehouse.answer(check, RIGHT_).account is None
        gatehouse.now += 3700


# --- guessing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [BEN, "nobody"])
def test_a_name_is_looked_at_three_times_a_minute_whether_somebody_has_it_or_not(
    gatehouse: Gatehouse, name: str
) -> None:
    for _ in range(3):
        check = gatehouse.begin(name)
        gatehouse.answer(check, WRONG_ if check.staff else NOT_SET)
        gatehouse.now += 1
    assert gatehouse.wait(name) == 57
    gatehouse.now += 57
    gatehouse.begin(name)


def test_who_guesses_at_one_place_keeps_nobody_from_another(gatehouse: Gatehouse) -> None:
    for number in range(10):
        gatehouse.answer(gatehouse.begin(f"guess {number}"), NOT_SET)
    assert gatehouse.wait(BEN) == 60
    assert gatehouse.answer(gatehouse.begin(BEN, where="terminal 2"), RIGHT_).account is not None


def test_people_who_know_their_passwords_are_never_made_to_wait(gatehouse: Gatehouse) -> None:
    for _ in range(200):
        assert gatehouse.answer(gatehouse.begin(BEN), RIGHT_).account is not None


def test_one_attempt_of_a_name_and_four_in_all_are_checked_at_a_time(gatehouse: Gatehouse) -> None:
    first = gatehouse.begin(BEN)
    assert gatehouse.wait("s02") == 2
    for number in range(MOST_AT_ONCE - 1):
        gatehouse.begin(f"guess {number}", where=f"terminal {number}")
    assert gatehouse.wait(HANA) == 2
    gatehouse.answer(first, RIGHT_)
    gatehouse.begin(HANA)


def test_what_is_not_looked_at_is_told_in_one_entry_a_minute(gatehouse: Gatehouse) -> None:
    for number in range(10):
        gatehouse.answer(gatehouse.begin(f"guess {number}"), NOT_SET)
    for _ in range(500):
        gatehouse.wait(BEN)
    gatehouse.now += 59
    assert gatehouse.logons.due(gatehouse.at) == ()
    gatehouse.now += 1
    (entry,) = gatehouse.logons.due(gatehouse.at)
    assert entry.kind == "logons-refused"
    assert (entry.body["count"], entry.body["places"]) == (500, [TERMINAL])
    assert gatehouse.logons.rest(gatehouse.at) == ()


def test_of_a_hundred_thousand_guesses_none_gets_in_and_few_are_looked_at(gatehouse: Gatehouse) -> None:
    """At a thousand a second, by turns at known and made-up names, from thirty places; the clock goes along."""
    names = (HANA, BEN, WIREMU, *(f"guess {number}" for number in range(50)))
    looked_at = let_in = 0
    before = len(gatehouse.entries)
    for number in range(100_000):
        gatehouse.now += 0.001
        made = gatehouse.logons.begin(names[number % len(names)], f"terminal {number % 30}", gatehouse.at)
        if isinstance(made, Check):
            looked_at += 1
            let_in += gatehouse.answer(made, WRONG_ if made.staff else NOT_SET).account is not None
        gatehouse.write(*gatehouse.logons.due(gatehouse.at))
    gatehouse.write(*gatehouse.logons.rest(gatehouse.at))
    entries = gatehouse.entries[before:]
    refused = sum(entry.body["count"] for entry in entries if entry.kind == "logons-refused")
    assert let_in == 0
    assert looked_at <= 2 * LIMITS.all[0].most, "in a hundred seconds: two minutes' worth"
    assert looked_at + refused == 100_000, "each is told"
    assert len(entries) <= looked_at + 3 + 3
    assert gatehouse.logons._throttle.remembered <= 2 * LIMITS.all[1].most


def test_a_day_of_guessing_leaves_a_bounded_number_of_entries_and_hashes(gatehouse: Gatehouse) -> None:
    before, looked_at = len(gatehouse.entries), 0
    for number in range(24 * 60 * 6):
        gatehouse.now += 10
        made = gatehouse.logons.begin(f"guess {number}", f"terminal {number % 50}", gatehouse.at)
        if isinstance(made, Check):
            looked_at += 1
            gatehouse.answer(made, NOT_SET)
        gatehouse.write(*gatehouse.logons.due(gatehouse.at))
    assert looked_at <= 24 * LIMITS.all[1].most + LIMITS.all[1].most
    assert len(gatehouse.entries) - before <= looked_at + 24 * 60
    assert gatehouse.logons._throttle.remembered <= 2 * LIMITS.all[1].most


def test_words_of_waiting_say_how_long() -> None:
    assert Wait(57).words == "Too many attempts. Wait 57 s."


def test_a_throttle_is_not_moved_by_a_wall_clock_that_is_set() -> None:
    gatehouse = Gatehouse()
    logons = Logons(lambda: gatehouse.book, KEY)
    for _ in range(3):
        check = logons.begin("x", TERMINAL, moment())
        assert isinstance(check, Check)
        logons.answered(check, NOT_SET, moment())
        logons.settled(check)
    from msgspec.structs import replace

    later = replace(moment(), utc=moment(days(5)).utc)
    assert isinstance(logons.begin("x", TERMINAL, later), Wait)
