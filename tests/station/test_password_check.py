"""Passwords are checked beside the loop: it goes on, a flood is turned away, and what fails tells no password."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from kiosk import passwords
from kiosk.core.cards import CardTechnology, Credential
from kiosk.core.passwords import Password, PasswordAnswer, PasswordSlot
from kiosk.core.pins import Pin
from kiosk.gatehouse.logon import Check, Wait
from kiosk.passwords import PasswordNotTaken, PasswordStore
from kiosk.pins import PinStore
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Cost
from kiosk.station.password_check import MOST_WAITING, PasswordCheck, TooMany
from tests.gatehouse.account_rig import BEN, HANA, Gatehouse

RIGHT, WRONG = Password("kauri tui moana 77"), Password("kauri tui moana 78")
CARD = Credential(CardTechnology.TYPE_4, bytes.fromhex("04de5f1eacc040"))
PASSWORD = PasswordSlot.PASSWORD


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "measured_cost", lambda: Cost(OWASP_MEMORY_KIB, OWASP_PASSES))


@pytest.fixture
def check(tmp_path: Path) -> Iterator[PasswordCheck]:
    made = PasswordCheck(tmp_path)
    try:
        yield made
    finally:
        made.close()


async def test_a_password_is_chosen_and_checked_and_a_code_given_taken_and_forgotten(check: PasswordCheck) -> None:
    await check.set(HANA, RIGHT, ("Hana",))
    assert await check.check(HANA, PASSWORD, RIGHT) is PasswordAnswer.RIGHT
    assert await check.check(HANA, PASSWORD, WRONG) is PasswordAnswer.WRONG
    assert await check.check(None, PASSWORD, RIGHT) is PasswordAnswer.NOT_SET
    code = await check.give_code(BEN)
    assert await check.check(BEN, PasswordSlot.CODE, Password(code)) is PasswordAnswer.RIGHT
    await check.take_code(BEN)
    assert await check.check(BEN, PasswordSlot.CODE, Password(code)) is PasswordAnswer.NOT_SET
    await check.forget(HANA)
    assert await check.check(HANA, PASSWORD, RIGHT) is PasswordAnswer.NOT_SET
    with pytest.raises(PasswordNotTaken):
        await check.set(HANA, Password("short"), ())


async def test_a_badges_pin_is_answered_in_the_same_words(tmp_path: Path, check: PasswordCheck) -> None:
    assert await check.check_pin(CARD, Pin("740315")) is PasswordAnswer.NOT_SET
    PinStore(tmp_path, lambda: OWASP_PASSES).set(CARD, Pin("740315"))
    assert await check.check_pin(CARD, Pin("740315")) is PasswordAnswer.RIGHT
    assert await check.check_pin(CARD, Pin("740316")) is PasswordAnswer.WRONG


async def test_the_loop_goes_on_while_a_password_is_checked(tmp_path: Path, check: PasswordCheck) -> None:
    PasswordStore(tmp_path, lambda: Cost(OWASP_MEMORY_KIB, 12)).set(HANA, RIGHT, ())
    asked = asyncio.ensure_future(check.check(HANA, PASSWORD, RIGHT))
    longest, last = 0.0, time.perf_counter()
    began = last
    while not asked.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    assert asked.result() is PasswordAnswer.RIGHT
    assert longest < (last - began) / 2


async def test_a_full_queue_turns_away_and_takes_again_once_there_is_room(check: PasswordCheck) -> None:
    asked = [asyncio.ensure_future(check.check(None, PASSWORD, RIGHT)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooMany, match="wait a few seconds"):
        await check.check(None, PASSWORD, RIGHT)
    assert set(await asyncio.gather(*asked)) == {PasswordAnswer.NOT_SET}
    assert await check.check(None, PASSWORD, RIGHT) is PasswordAnswer.NOT_SET


async def test_who_hangs_up_makes_no_room_before_the_work_is_done(
    check: PasswordCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(*_: Any) -> PasswordAnswer:
        go_on.wait(10)
        return PasswordAnswer.WRONG

    monkeypatch.setattr(PasswordStore, "check", slow)
    try:
        asked = [asyncio.ensure_future(check.check(None, PASSWORD, RIGHT)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        with pytest.raises(TooMany):
            await check.check(None, PASSWORD, RIGHT)
    finally:
        go_on.set()


async def test_what_breaks_is_told_without_the_password(check: PasswordCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_store: object, _staff: object, _slot: object, typed: Password) -> PasswordAnswer:
        raise ValueError(typed.text)

    monkeypatch.setattr(PasswordStore, "check", broken)
    with capture_logs() as logs:
        check._log = structlog.get_logger("station")
        assert await check.check(HANA, PASSWORD, RIGHT) is PasswordAnswer.FAILED
    assert [log["fault"] for log in logs] == ["ValueError"]
    assert RIGHT.text not in repr(logs)


async def test_of_many_guesses_with_real_hashes_none_gets_in_and_who_knows_the_password_does(
    check: PasswordCheck,
) -> None:
    """As a server runs it: `begin`, the check on its thread, `answered`, the entries, `settled`."""
    gatehouse = Gatehouse()
    gatehouse.with_password(HANA)
    gatehouse.with_password(BEN)
    await check.set(HANA, RIGHT, ())
    await check.set(BEN, WRONG, ())

    async def attempt(name: str, typed: Password, where: str) -> bool:
        made = gatehouse.logons.begin(name, where, gatehouse.at)
        if isinstance(made, Wait):
            return False
        assert isinstance(made, Check)
        answer = await check.check(made.staff, made.slot, typed)
        return gatehouse.answer(made, answer).account is not None

    guesses = [
        attempt(HANA if number % 3 else f"S{number}", Password(f"guess {number}"), "terminal 1")
        for number in range(2000)
    ]
    assert not any(await asyncio.gather(*guesses))
    assert await attempt(BEN, WRONG, "terminal 2")
    assert gatehouse.kinds().count("logon-failed") <= 10
    (told,) = gatehouse.logons.rest(gatehouse.at)
    assert told.body["count"] == 2000 - gatehouse.kinds().count("logon-failed")
