"""`sealgate staff`: accounts kept at the machine itself, beside a kiosk that runs or without one."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk import passwords
from kiosk.cli import main
from kiosk.commands import staff as staff_command
from kiosk.commands.key import stamp_now
from kiosk.commands.staff_arguments import ROLES
from kiosk.console import messages as msg
from kiosk.console.desk import NotRecorded
from kiosk.core.effects import EntryKind
from kiosk.core.passwords import Password, PasswordAnswer, PasswordSlot
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.devices import read_clock
from kiosk.gatehouse.accounts import AccountBook
from kiosk.gatehouse.roles import Role
from kiosk.gatehouse_ledger import read_gatehouse
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.passwords import PasswordStore
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Cost
from kiosk.site import read_site
from tests.station.rig import running

SITE = SAMPLE_SITE / "site.toml"
CODE = PasswordSlot.CODE
MANAGER = ("--role", "security manager")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "measured_cost", lambda: Cost(OWASP_MEMORY_KIB, OWASP_PASSES))
    monkeypatch.delenv("SUDO_USER", raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "records").mkdir(parents=True)
    shutil.copy(SAMPLE_SITE / "staff.csv", folder / "records")
    Ledger.open(folder / "ledger", stamp_now).close()
    return folder


@pytest.fixture
def staff(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["staff", *words, "--data", str(data), "--config", str(SITE)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def add(staff: Run, who: str = "S01", *words: str) -> dict[str, Any]:
    code, out, err = staff("add", "--staff", who, *(words or MANAGER), "--json")
    assert (code, err) == (0, "")
    said: dict[str, Any] = json.loads(out)
    return said


def right(data: Path, who: str, code: str) -> bool:
    return PasswordStore(data).check(who, CODE, Password(code)) is PasswordAnswer.RIGHT


def test_the_roles_that_the_command_takes_are_the_roles() -> None:
    assert list(ROLES) == [role.value for role in Role]


def test_the_first_account_is_a_security_managers_and_its_code_is_shown_once(data: Path, staff: Run) -> None:
    code, out, err = staff("add", "--staff", "S01", *MANAGER)
    assert (code, err) == (0, "")
    shown = out.split("one-time code: ")[1].split()[0]
    assert right(data, "S01", shown)
    entry = list(read_entries(data / "ledger"))[-1]
    assert entry.kind == "staff-added"
    assert entry.body["name"] == "Hana Whaanga", "as the records have it"
    assert str(entry.body["by"]).startswith("machine:")
    assert shown not in "".join(path.read_text(errors="replace") for path in data.rglob("*") if path.is_file())


def test_nobody_else_comes_first(data: Path, staff: Run) -> None:
    before = len(list(read_entries(data / "ledger")))
    for role in ("gatehouse", "export office", "auditor"):
        code, out, err = staff("add", "--staff", "S01", "--role", role)
        assert (code, out) == (1, "")
        assert "a security manager first" in err
    assert len(list(read_entries(data / "ledger"))) == before
    assert not (data / "secrets" / "passwords.json").exists()


def test_whoever_is_not_among_the_sites_staff_needs_a_name_and_who_is_has_theirs(data: Path, staff: Run) -> None:
    add(staff)
    code, _, err = staff("add", "--staff", "A1", "--role", "auditor")
    assert (code, "--name" in err) == (2, True)
    code, _, err = staff("add", "--staff", "S02", "--name", "Somebody Else", "--role", "gatehouse")
    assert (code, "as the site has S02" in err) == (2, True)
    add(staff, "A1", "--name", "Customs Auditor", "--role", "auditor")
    assert read_gatehouse(data / "ledger").accounts.find("a1") is not None


def test_a_kiosk_that_runs_writes_the_entries_and_its_file_is_the_same(data: Path, staff: Run) -> None:
    with running(data, clock=read_clock) as kiosk:
        kiosk.until(msg.Attract)
        said = add(staff)
        assert kiosk.entries()[said["entry"] - 1][0] == "staff-added"
        assert right(data, "S01", said["code"])
        assert staff("reset", "--staff", "s01")[0] == 0
        add(staff, "S02", *MANAGER)
        assert staff("disable", "--staff", "S01", "--reason", "has left")[0] == 0
        kept = [kind for kind in kiosk.kinds() if kind.startswith("staff-")]
        assert kept == ["staff-added", "staff-reset", "staff-added", "staff-disabled"]
    assert not right(data, "S01", said["code"])


def test_a_reset_gives_another_code_and_says_until_when(data: Path, staff: Run) -> None:
    first = add(staff)
    code, out, _ = staff("reset", "--staff", "S01", "--json")
    said = json.loads(out)
    assert (code, said["kind"]) == (0, "staff-reset")
    assert said["code"] != first["code"]
    assert right(data, "S01", said["code"])
    left = datetime.fromisoformat(said["code_until"]) - datetime.now(UTC)
    assert timedelta(hours=71) < left <= timedelta(hours=72)


def test_a_code_whose_entry_was_not_written_is_gone_again(
    data: Path, staff: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise NotRecorded(expected="a disk", got="none", mend="x")

    monkeypatch.setattr(staff_command, "record", refused)
    code, out, err = staff("add", "--staff", "S01", *MANAGER)
    assert (code, out, "expected a disk" in err) == (1, "", True)
    assert json.loads((data / "secrets" / "passwords.json").read_text())["codes"] == {}


def test_what_cannot_be_done_is_told_with_the_mend(staff: Run) -> None:
    assert staff("list")[0] == 1
    add(staff)
    for words, line in (
        (("add", "--staff", "S01", *MANAGER), "who has one as security manager"),
        (("disable", "--staff", "S01", "--reason", "x"), "the last one"),
        (("disable", "--staff", "S09", "--reason", "x"), "who has none"),
        (("reset", "--staff", "S09"), "sealgate staff list"),
    ):
        code, out, err = staff(*words)
        assert (code, out) == (1, "")
        assert line in err


def test_the_list_shows_how_each_account_stands(data: Path, staff: Run) -> None:
    add(staff)
    add(staff, "S02", "--role", "gatehouse")
    staff("disable", "--staff", "S02", "--reason", "has left")
    code, out, _ = staff("list")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["id", "name", "role", "state", "last", "log-on", "password", "until"]
    assert ("code given" in lines[1], "disabled" in lines[2]) == (True, True)
    accounts = json.loads(staff("list", "--json")[1])["accounts"]
    assert [(each["staff"], each["role"], each["state"]) for each in accounts] == [
        ("S01", "security manager", "code given"),
        ("S02", "gatehouse", "disabled"),
    ]


def test_only_root_and_the_kiosks_own_user_keep_accounts(
    data: Path, staff: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = data.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 12345)
    code, out, err = staff("add", "--staff", "S01", *MANAGER)
    assert (code, out, "root, or the kiosk's own user" in err) == (1, "", True)


def test_who_used_sudo_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "aroha")
    assert staff_command._who(data) == "machine:root for aroha"
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    with pytest.raises(staff_command.NotYours, match="user 4000000"):
        staff_command._who(data)


def test_accounts_that_a_running_kiosk_says_again_are_read_from_there_on(data: Path, staff: Run) -> None:
    add(staff)
    said = read_gatehouse(data / "ledger").accounts.statement()
    with Ledger.open(data / "ledger", stamp_now) as ledger:
        ledger.append(EntryKind.ON_SITE.value, stamp_now(), {"on_site": []})
    assert read_gatehouse(data / "ledger").accounts.find("S01") is not None, (
        "one that says nothing of them is passed over"
    )
    with Ledger.open(data / "ledger", stamp_now) as ledger:
        ledger.append(EntryKind.ON_SITE.value, stamp_now(), {"on_site": [], "gatehouse": {"accounts": said}})
    add(staff, "S02", "--role", "auditor")
    assert [each.staff for each in read_gatehouse(data / "ledger").accounts.all()] == ["S01", "S02"]
    assert read_gatehouse(data / "ledger").accounts.all()[0] == AccountBook.from_json(said).all()[0]


def test_sessions_and_passwords_last_as_long_as_the_site_says(tmp_path: Path) -> None:
    text = SITE.read_text(encoding="utf-8")
    assert read_site(SITE).sessions.password_days == 365
    path = tmp_path / "site.toml"
    set_here = "[gatehouse]\nidle_minutes = 5\nsession_hours = 8\npassword_days = 90"
    path.write_text(text.replace("[gatehouse]", set_here), encoding="utf-8")
    told = read_site(path).sessions
    assert (told.idle_minutes, told.session_hours, told.password_days) == (5, 8, 90)
