"""Accounts as entries tell of them: roles, locks, codes, ages of passwords; and what keeping them allows."""

from datetime import timedelta

import msgspec
import pytest

from kiosk.console import desk
from kiosk.console.bodies import misshape_of
from kiosk.core.passwords import PasswordSlot
from kiosk.gatehouse import account_steps
from kiosk.gatehouse.accounts import AccountBook
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Refused, ToRecord
from kiosk.gatehouse.roles import Role
from tests.gatehouse.account_rig import BEN, HANA, WIREMU, Gatehouse, days, moment


@pytest.fixture
def gatehouse() -> Gatehouse:
    """Hana keeps the accounts, and has a password."""
    made = Gatehouse()
    made.with_password(HANA)
    return made


# --- how they stand -----------------------------------------------------------------------------------


def test_an_account_begins_with_a_code_that_is_good_for_three_days(gatehouse: Gatehouse) -> None:
    gatehouse.add(BEN, Role.GATEHOUSE, by=HANA)
    account = gatehouse.account(BEN)
    assert (account.slot, account.role, account.name) == (PasswordSlot.CODE, Role.GATEHOUSE, "Person S02")
    assert account.code_until == gatehouse.at.utc + timedelta(hours=72)
    assert account.state(gatehouse.at.utc, 365) == "code given"
    assert account.state(moment(days(4)).utc, 365) == "code has run out"


def test_names_are_found_whatever_their_case_and_however_they_are_typed(gatehouse: Gatehouse) -> None:
    assert {gatehouse.book.find(name) for name in ("S01", "s01", " s01 ", "\uff33\uff10\uff11")} == {
        gatehouse.account(HANA)
    }
    assert gatehouse.book.find("S0") is None
    assert gatehouse.book.find("S01" * 1000) is None


def test_a_password_is_to_be_changed_after_a_year_and_its_person_is_told_two_weeks_before(gatehouse: Gatehouse) -> None:
    account = gatehouse.account(HANA)
    assert (account.must_change(moment(days(364.9)).utc, 365), account.warning(moment(days(350)).utc, 365)) == ("", "")
    assert account.warning(moment(days(352)).utc, 365) == "The password has to be changed within 13 days."
    assert account.warning(moment(days(364.5)).utc, 365) == "The password has to be changed today."
    assert (
        account.must_change(moment(days(365)).utc, 365) == "Choose another password: this one is older than 365 days."
    )
    assert account.warning(moment(days(366)).utc, 365) == ""
    assert account.state(moment(days(366)).utc, 365) == "password too old"
    gatehouse.now = days(366)
    gatehouse.choose(HANA)
    assert gatehouse.account(HANA).must_change(moment(days(367)).utc, 365) == ""


def test_a_reset_unlocks_an_account_and_its_old_password_counts_no_more(gatehouse: Gatehouse) -> None:
    gatehouse.with_password(BEN, Role.GATEHOUSE)
    gatehouse.fail(BEN, 3)
    gatehouse.fail(BEN, 3, badge=True)
    assert (gatehouse.account(BEN).locked, gatehouse.account(BEN).badge_locked) == (True, True)
    gatehouse.write(account_steps.reset(gatehouse.book, "s02", HANA))
    account = gatehouse.account(BEN)
    assert (account.locked, account.badge_locked, account.slot) == (False, False, PasswordSlot.CODE)


def test_a_disabled_account_is_added_anew_with_another_role_and_a_code(gatehouse: Gatehouse) -> None:
    gatehouse.with_password(BEN, Role.GATEHOUSE)
    gatehouse.write(account_steps.disable(gatehouse.book, BEN, HANA, "has left"))
    assert gatehouse.account(BEN).state(gatehouse.at.utc, 365) == "disabled"
    gatehouse.write(account_steps.add(gatehouse.book, "s02", "Ben Tamihana", Role.AUDITOR, HANA))
    account = gatehouse.account(BEN)
    assert (account.staff, account.name, account.role, account.disabled) == (BEN, "Ben Tamihana", Role.AUDITOR, False)
    assert account.slot is PasswordSlot.CODE


def test_a_book_made_of_what_a_book_says_is_the_same_book(gatehouse: Gatehouse) -> None:
    gatehouse.add(BEN, Role.AUDITOR, by=HANA)
    gatehouse.fail(HANA, 2)
    gatehouse.attempt(BEN)
    again = AccountBook.from_json(msgspec.json.decode(msgspec.json.encode(gatehouse.book.statement())))
    assert again.all() == gatehouse.book.all() == gatehouse.restarted().book.all()
    assert AccountBook.from_json(None).all() == ()


def test_entries_of_other_kinds_and_of_nobody_change_nothing(gatehouse: Gatehouse) -> None:
    before = gatehouse.book.all()
    gatehouse.write(ToRecord("uplift", {"staff": HANA}), ToRecord(GatehouseKind.LOGON_FAILED.value, {"tries": 1}))
    gatehouse.write(ToRecord(GatehouseKind.STAFF_RESET.value, {"staff": "S99", "by": HANA, "code_hours": 72}))
    assert gatehouse.book.all() == before


# --- keeping them -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.GATEHOUSE, Role.AUDITOR, Role.EXPORT_OFFICE])
def test_the_first_account_is_a_security_managers(role: Role) -> None:
    with pytest.raises(Refused, match="a security manager first"):
        account_steps.add(AccountBook(), HANA, "Hana", role, "machine:root")


def test_whoever_has_an_account_gets_no_other(gatehouse: Gatehouse) -> None:
    with pytest.raises(Refused, match="S01, who has one as security manager"):
        account_steps.add(gatehouse.book, "s01", "Hana", Role.AUDITOR, HANA)


def test_the_last_security_manager_is_not_disabled(gatehouse: Gatehouse) -> None:
    with pytest.raises(Refused, match="the last one"):
        account_steps.disable(gatehouse.book, HANA, "machine:root", "has left")
    gatehouse.add(BEN, by=HANA)
    gatehouse.write(account_steps.disable(gatehouse.book, HANA, BEN, "has left"))
    assert gatehouse.book.keepers() == (gatehouse.account(BEN),)


def test_nobody_resets_their_own_account_and_root_resets_anybodys(gatehouse: Gatehouse) -> None:
    with pytest.raises(Refused, match="the asker's own"):
        account_steps.reset(gatehouse.book, "s01", HANA)
    gatehouse.write(account_steps.reset(gatehouse.book, HANA, "machine:root"))
    assert gatehouse.account(HANA).slot is PasswordSlot.CODE


@pytest.mark.parametrize("staff", ["", "machine:root", "S01\n", "ä", "x" * 41])
def test_what_is_no_id_gets_no_account(gatehouse: Gatehouse, staff: str) -> None:
    with pytest.raises(Refused, match="an id of"):
        account_steps.add(gatehouse.book, staff, "Somebody", Role.AUDITOR, HANA)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb"])
def test_an_account_has_a_persons_name(gatehouse: Gatehouse, name: str) -> None:
    with pytest.raises(Refused, match="the person's name"):
        account_steps.add(gatehouse.book, BEN, name, Role.AUDITOR, HANA)


def test_who_has_no_account_is_neither_reset_nor_disabled_and_a_reason_is_needed(gatehouse: Gatehouse) -> None:
    with pytest.raises(Refused, match="who has none"):
        account_steps.reset(gatehouse.book, WIREMU, HANA)
    gatehouse.add(BEN, Role.GATEHOUSE, by=HANA)
    with pytest.raises(Refused, match="expected a reason"):
        account_steps.disable(gatehouse.book, BEN, HANA, " ")
    gatehouse.write(account_steps.disable(gatehouse.book, BEN, HANA, "x"))
    with pytest.raises(Refused, match="is disabled"):
        account_steps.reset(gatehouse.book, BEN, HANA)


def test_a_role_is_one_of_four() -> None:
    assert account_steps.role_named("auditor") is Role.AUDITOR
    with pytest.raises(Refused, match="gatehouse, export office, security manager, auditor"):
        account_steps.role_named("boss")


def test_the_desk_takes_what_these_steps_make_and_nothing_that_lets_anybody_in(gatehouse: Gatehouse) -> None:
    gatehouse.add(BEN, by=HANA)
    steps = [
        account_steps.add(gatehouse.book, WIREMU, "Wiremu", Role.AUDITOR, "machine:root"),
        account_steps.disable(gatehouse.book, BEN, "machine:root", "has left"),
        account_steps.reset(gatehouse.book, BEN, "machine:root"),
    ]
    assert {step.kind for step in steps} == desk.STAFF_KINDS <= desk.KINDS
    assert [misshape_of(desk.Asked(step.kind, step.body)) for step in steps] == [""] * 3
    assert misshape_of(desk.Asked("staff-added", steps[0].body | {"role": "boss"}))
    assert {kind.value for kind in GatehouseKind} & desk.KINDS == desk.STAFF_KINDS
