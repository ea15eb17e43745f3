"""`sealgate doctor` sees what is wrong with accounts and their passwords, and says how to mend it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.passwords import Password
from kiosk.core.times import ClockState
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.accounts import AccountsCheck
from kiosk.doctor.check import Kiosk, Verdict
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.stamp import Clock, Stamp
from kiosk.passwords import PasswordStore
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Cost
from kiosk.site import parse_site

NOW = datetime(2030, 6, 1, tzinfo=UTC)


class Accounts:
    """A kiosk with a ledger."""

    def __init__(self, data: Path) -> None:
        self.data = data
        data.mkdir()
        self.at = NOW - timedelta(days=400)
        Ledger.open(data / "ledger", self.stamp).close()

    def stamp(self) -> Stamp:
        return Stamp(self.at, Clock(ClockState.SYNCHRONISED.value, "boot-1", 1000))

    def record(self, kind: str, **body: Any) -> None:
        with Ledger.open(self.data / "ledger", self.stamp) as ledger:
            ledger.append(kind, self.stamp(), body)

    def add(self, staff: str, role: str = "security manager") -> None:
        self.record("staff-added", staff=staff, name=f"Person {staff}", role=role, by="S01", code_hours=72)

    def choose(self, staff: str) -> None:
        self.record("staff-password-set", staff=staff, how="changed")
        cheap = Cost(OWASP_MEMORY_KIB, OWASP_PASSES)
        PasswordStore(self.data, lambda: cheap).set(staff, Password(f"kauri tui {staff} moana"), ())

    def verdicts(self) -> list[Verdict]:
        site = parse_site((SAMPLE_SITE / "site.toml").read_text(encoding="utf-8"))
        return list(AccountsCheck().look(Kiosk(self.data, Path("site.toml"), site, NOW)))

    def wrong(self) -> list[str]:
        """What is wrong; each has a mend."""
        wrongs = [verdict for verdict in self.verdicts() if not verdict.ok]
        assert all(verdict.mend for verdict in wrongs)
        return [verdict.finding for verdict in wrongs]


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "data")


def sound(accounts: Accounts) -> Accounts:
    accounts.at = NOW - timedelta(days=10)
    accounts.add("S01")
    accounts.choose("S01")
    return accounts


def test_a_kiosk_on_which_nobody_can_log_on_is_told(accounts: Accounts) -> None:
    assert accounts.wrong() == ["nobody has one: nobody can log on at the gatehouse"]


def test_nothing_is_wrong_with_accounts_that_are_in_use(accounts: Accounts) -> None:
    assert [str(each) for each in sound(accounts).verdicts()] == [
        "ok     accounts: 1 in use; none needs anybody",
        "ok     passwords: their file is its owner's alone, and has what the ledger says",
    ]


def test_a_password_of_more_than_a_year_is_told(accounts: Accounts) -> None:
    accounts.add("S02")
    accounts.choose("S02")
    assert sound(accounts).wrong() == ["S02 have had one password for 365 days"]


def test_locked_accounts_and_badges_are_told(accounts: Accounts) -> None:
    sound(accounts)
    for staff, means in (("S02", "password"), ("S03", "badge and PIN")):
        accounts.add(staff)
        accounts.choose(staff)
        for tries in (1, 2, 3):
            accounts.record("logon-failed", staff=staff, means=means, why="x", where="x", tries=tries)
    assert accounts.wrong() == ["S02, S03 are locked"]


def test_codes_that_were_never_used_are_told_and_those_of_people_with_badges_are_not(accounts: Accounts) -> None:
    accounts.add("S02")
    accounts.add("S03")
    accounts.record("logon", staff="S03", means="badge and PIN", where="kiosk")
    sound(accounts)
    accounts.at = NOW - timedelta(hours=1)
    accounts.add("S04")
    assert accounts.wrong() == ["S02 never used their one-time code, which has run out"]


def test_a_code_that_was_used_and_led_to_no_password_is_told(accounts: Accounts) -> None:
    accounts.add("S02")
    accounts.record("logon", staff="S02", means="one-time code", where="x")
    assert sound(accounts).wrong() == ["S02 used their one-time code, and chose no password"]


def test_no_security_manager_is_told_and_disabled_accounts_are_not(accounts: Accounts) -> None:
    sound(accounts)
    accounts.add("S02", "auditor")
    accounts.choose("S02")
    accounts.add("S03", "auditor")
    accounts.record("staff-disabled", staff="S03", by="S01", reason="x")
    accounts.record("staff-disabled", staff="S01", by="S02", reason="x")
    assert accounts.wrong() == ["no security manager keeps them"]


def test_passwords_that_the_ledger_knows_and_the_file_lacks_are_told_as_after_a_restore(accounts: Accounts) -> None:
    sound(accounts)
    (accounts.data / "secrets" / "passwords.json").unlink()
    assert accounts.wrong() == ["S01 should have one by the ledger, and the file has none"]


def test_a_kiosk_without_settings_or_ledger_is_looked_at_by_others(accounts: Accounts, tmp_path: Path) -> None:
    assert list(AccountsCheck().look(Kiosk(accounts.data, Path("site.toml"), None, NOW))) == []
    site = parse_site((SAMPLE_SITE / "site.toml").read_text(encoding="utf-8"))
    assert list(AccountsCheck().look(Kiosk(tmp_path / "none", Path("site.toml"), site, NOW))) == []
