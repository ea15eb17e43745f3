"""No password, code, or typed name of nobody's is in anything that is written or printed, in whatever form.

What is searched: all that the commands print but the code once, every file that they and a kiosk leave (ledger,
catalogue, log at its most talkative, exports of each form, backup, the file of hashes itself), and what values say of
themselves.
"""

import asyncio
import json
import logging
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import structlog
from rich.pretty import pretty_repr

from kiosk import passwords
from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.commands.recording import record
from kiosk.console import gatehouse as asked
from kiosk.console import gatehouse_wishes as gw
from kiosk.core.passwords import Password, PasswordAnswer
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.devices import read_clock
from kiosk.gatehouse.accounts import AccountBook
from kiosk.gatehouse.logon import Check, Logons, Outcome
from kiosk.gatehouse.means import Purpose
from kiosk.gatehouse_ledger import read_gatehouse
from kiosk.ledger.ledger import Ledger
from kiosk.logs import log_to_file
from kiosk.passwords import PasswordNotTaken, PasswordStore
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Cost
from kiosk.station.password_check import PasswordCheck
from tests.app.test_keys_nowhere import found, unpacked

CONFIG = SAMPLE_SITE / "site.toml"
CHOSEN, SECOND = "kauri tui moana 77", "nikau weka awa 4410"
GUESSED = "hunter2 hunter2 hunter2"
TYPED_AS_NAME = "the password in the name field"


def searched(secrets: Iterable[str]) -> list[bytes]:
    """As bytes, and as a terminal's escapes and JSON would show them."""
    return [form for secret in secrets for form in (secret.encode(), json.dumps(secret)[1:-1].encode())]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(passwords, "measured_cost", lambda: Cost(OWASP_MEMORY_KIB, OWASP_PASSES))
    folder = tmp_path / "data"
    (folder / "records").mkdir(parents=True)
    shutil.copy(SAMPLE_SITE / "staff.csv", folder / "records")
    Ledger.open(folder / "ledger", stamp_now).close()
    return folder


@pytest.fixture
def talkative(data: Path) -> Iterator[None]:
    before, ours = structlog.get_config(), logging.getLogger("sealgate")
    log_to_file(data / "log" / "kiosk.log")
    handler, level = ours.handlers[0], ours.level
    ours.setLevel(1)
    try:
        yield
    finally:
        ours.setLevel(level)
        ours.removeHandler(handler)
        handler.close()
        structlog.configure(**before)


def say(data: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints."""
    main([*words, "--data", str(data), "--config", str(CONFIG)])
    told = capsys.readouterr()
    return told.out + told.err


class Door:
    """Log-ons as a server runs them, whose entries go into a real ledger."""

    def __init__(self, data: Path, check: PasswordCheck) -> None:
        self.data = data
        self.check = check
        self.book = read_gatehouse(data / "ledger").accounts
        self.logons = Logons(lambda: self.book, bytes(32))

    async def attempt(self, name: str, typed: str, purpose: Purpose = Purpose.LOG_ON) -> Outcome:
        self.book = read_gatehouse(self.data / "ledger").accounts
        self.logons = Logons(lambda: self.book, bytes(32))  # a fresh throttle: it is not what is looked at here
        made = self.logons.begin(name, "terminal 1", read_clock(), purpose=purpose)
        assert isinstance(made, Check)
        answer = await self.check.check(made.staff, made.slot, Password(typed))
        outcome = self.logons.answered(made, answer, read_clock())
        for entry in (*outcome.entries, *outcome.after):
            record(self.data, entry.kind, entry.body)
        return outcome


async def everything(data: Path, code: str) -> None:
    """Wrong and right, known and unknown, changed, refused and broken."""
    check = PasswordCheck(data)
    try:
        door = Door(data, check)
        for name, typed in (("S01", GUESSED), (TYPED_AS_NAME, CHOSEN), (CHOSEN, "S01"), ("S02", CHOSEN)):
            assert (await door.attempt(name, typed)).account is None
        assert (await door.attempt("S01", code)).account is not None
        for unfit in (GUESSED, "Hana Whaanga Hana", "short", CHOSEN[:8] + "\n" + CHOSEN):
            with pytest.raises(PasswordNotTaken) as refused:
                await check.set("S01", Password(unfit), ("Hana Whaanga", "S01"))
            assert unfit not in str(refused.value) + repr(refused.value)
        await check.set("S01", Password(CHOSEN), ("Hana Whaanga", "S01"))
        record(data, "staff-password-set", {"staff": "S01", "how": "one-time code"})
        assert (await door.attempt("S01", CHOSEN)).account is not None
        assert (await door.attempt("S01", CHOSEN, Purpose.CHANGE)).account is not None
        await check.set("S01", Password(SECOND), ("Hana Whaanga", "S01"))
        record(data, "staff-password-set", {"staff": "S01", "how": "changed"})
        for _ in range(4):
            await door.attempt("S01", GUESSED)
        path = data / "secrets" / "passwords.json"
        path.chmod(0o644)
        assert await check.check("S01", door.book.all()[0].slot, Password(SECOND)) is PasswordAnswer.FAILED
        path.chmod(0o600)
    finally:
        check.close()


def test_no_password_code_or_typed_name_is_anywhere(
    data: Path, talkative: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(say(data, capsys, "staff", "add", "--staff", "S01", "--role", "security manager", "--json"))
    code = str(told.pop("code"))
    asyncio.run(everything(data, code))
    said = [json.dumps(told), say(data, capsys, "staff", "list"), say(data, capsys, "staff", "list", "--json")]
    reset = json.loads(say(data, capsys, "staff", "reset", "--staff", "S01", "--json"))
    second = str(reset.pop("code"))
    said += [json.dumps(reset), say(data, capsys, "doctor")]
    for form, name in (("csv", "csv"), ("xlsx", "out.xlsx"), ("jsonl", "out.jsonl"), ("tinydb", "out.json")):
        said.append(say(data, capsys, "export", "--format", form, "--out", str(tmp_path / name)))
    (tmp_path / "backups").mkdir()
    for words in (("backup", "--to", str(tmp_path / "backups")), ("verify",), ("show",)):
        said.append(say(data, capsys, "ledger", *words))

    codes = [form for each in (code, second) for form in (each, each.replace("-", ""))]
    secrets = searched([CHOSEN, SECOND, GUESSED, TYPED_AS_NAME, *codes])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"kiosk.log", "passwords.json", "out.jsonl", "out.xlsx", "manifest.json"} <= {path.name for path in files}
    assert {path: hits for path in files for held in unpacked(path) if (hits := found(secrets, held))} == {}
    assert found(secrets, "".join(said).encode()) == []
    backups = [path for path in (tmp_path / "backups").rglob("*") if path.is_file()]
    hashes = [b"$argon2id$", b"passwords.json"]
    assert [path for path in backups for held in unpacked(path) if any(each in held for each in hashes)] == []
    exported = (tmp_path / "out.jsonl").read_bytes()
    assert b"logon-failed" in exported
    assert b"name_digest" in exported
    assert found([b"S01"], exported), "the search sees what is there"


def test_no_message_of_a_console_and_no_value_tells_a_password() -> None:
    values: list[object] = [
        Password(CHOSEN), gw.LogOn("S01", CHOSEN), gw.Unlock(CHOSEN), gw.ChangePassword(CHOSEN, SECOND),
        gw.Second(CHOSEN, "x"), gw.LogOn(CHOSEN, "x"), asked.OneTimeCode("7K3Q-9XMZ-2H5T"),
        asked.Request(1, gw.LogOn("S01", CHOSEN)),
        asked.Request(1, gw.ReleaseHold("v", "x", gw.Second("S02", SECOND))),
    ]  # fmt: skip
    secrets = searched([CHOSEN, SECOND, "7K3Q-9XMZ-2H5T"])
    for value in values:
        for told in (repr(value), str(value), f"{value}", repr([value]), repr(ValueError(value))):
            assert found(secrets, told.encode()) == [], type(value)
    drawn = {type(value).__name__: found(secrets, pretty_repr(value).encode()) for value in values}
    assert {name: hits for name, hits in drawn.items() if hits} == {}


def test_a_store_shows_nothing_of_what_it_holds(data: Path) -> None:
    store = PasswordStore(data)
    store.set("S01", Password(CHOSEN), ())
    assert found(searched([CHOSEN]), f"{store!r} {vars(store)!r} {AccountBook()!r}".encode()) == []
