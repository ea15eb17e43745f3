"""The passwords in the data folder: hashes of equal cost, held against those before, in nobody else's hands."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters

from kiosk import passwords, secret_hashes
from kiosk.core.one_time_codes import read_code
from kiosk.core.passwords import Password, PasswordAnswer, PasswordSlot
from kiosk.passwords import (
    MEMORY_KIB,
    MOST_REMEMBERED,
    PasswordNotTaken,
    PasswordStore,
    PasswordsUnusable,
    easily_guessed,
    measured_cost,
)
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Cost

CHEAP = Cost(OWASP_MEMORY_KIB, OWASP_PASSES)
RIGHT, WRONG = Password("kauri tui moana 77"), Password("kauri tui moana 78")
NAMES = ("S01", "Hana Whaanga", "SLS001", "Test Yard")
PASSWORD, CODE = PasswordSlot.PASSWORD, PasswordSlot.CODE


def cheap() -> Cost:
    return CHEAP


@pytest.fixture
def store(tmp_path: Path) -> PasswordStore:
    return PasswordStore(tmp_path, cheap)


def kept(data: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((data / "secrets" / "passwords.json").read_text())
    return said


def test_a_password_that_was_chosen_is_right_and_every_other_is_wrong(store: PasswordStore) -> None:
    store.set("S01", RIGHT, NAMES)
    assert store.has("S01")
    assert store.check("S01", PASSWORD, RIGHT) is PasswordAnswer.RIGHT
    assert store.check("S01", PASSWORD, WRONG) is PasswordAnswer.WRONG
    assert store.check("S01", CODE, RIGHT) is PasswordAnswer.NOT_SET
    assert store.check("S02", PASSWORD, RIGHT) is PasswordAnswer.NOT_SET
    assert store.check(None, PASSWORD, RIGHT) is PasswordAnswer.NOT_SET


def test_nobodys_password_is_right_while_there_is_no_file(store: PasswordStore) -> None:
    assert store.check("S01", PASSWORD, RIGHT) is store.check(None, CODE, RIGHT) is PasswordAnswer.NOT_SET
    assert not store.has("S01")


def test_a_code_is_right_however_it_is_typed_and_gone_with_the_first_password(store: PasswordStore) -> None:
    code = store.give_code("S01")
    assert read_code(code) == code
    for typed in (code, code.lower(), code.replace("-", " "), f"{code} "):
        assert store.check("S01", CODE, Password(typed)) is PasswordAnswer.RIGHT
    assert store.check("S01", CODE, RIGHT) is PasswordAnswer.WRONG
    assert store.check("S01", PASSWORD, Password(code)) is PasswordAnswer.NOT_SET
    store.set("S01", RIGHT, NAMES)
    assert store.check("S01", CODE, Password(code)) is PasswordAnswer.NOT_SET


def test_a_new_code_stands_in_place_of_the_one_before_and_can_be_taken_away(store: PasswordStore) -> None:
    first, second = store.give_code("S01"), store.give_code("S01")
    assert first != second
    assert store.check("S01", CODE, Password(first)) is PasswordAnswer.WRONG
    store.take_code("S01")
    store.take_code("S01")
    assert store.check("S01", CODE, Password(second)) is PasswordAnswer.NOT_SET


def test_a_code_leaves_the_password_as_it_is_and_a_disabled_account_keeps_nothing(store: PasswordStore) -> None:
    store.set("S01", RIGHT, NAMES)
    store.set("S02", WRONG, NAMES)
    store.give_code("S01")
    assert store.check("S01", PASSWORD, RIGHT) is PasswordAnswer.RIGHT
    store.forget("S01")
    store.forget("S01")
    assert store.check("S01", PASSWORD, RIGHT) is store.check("S01", CODE, RIGHT) is PasswordAnswer.NOT_SET
    assert store.check("S02", PASSWORD, WRONG) is PasswordAnswer.RIGHT


def test_none_of_the_last_eight_passwords_is_chosen_again(store: PasswordStore) -> None:
    chosen = [Password(f"kauri {number} tui moana") for number in range(MOST_REMEMBERED + 1)]
    for each in chosen:
        store.set("S01", each, NAMES)
    with pytest.raises(PasswordNotTaken, match="another password than the last 8") as refused:
        store.set("S01", chosen[1], NAMES)
    assert chosen[1].text not in str(refused.value)
    store.set("S01", chosen[0], NAMES)
    store.set("S02", chosen[1], NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "passwordpassword", "1234567890123456", "aaaaaaaaaaaaaaaa", "qwertyuiopasdfgh", "iloveyouiloveyou",
        "Summer2026Summer2026", "Password12345678", "HanaWhaanga TestYard", "hanawhaangahanaw", "TestYard2026TestYard",
        "Test Yard Test Yard", "Sealgate Sealgate", "SLS001SLS001SLS001", "a" * 128,
    ],
)  # fmt: skip
def test_what_whoever_guesses_tries_first_is_not_taken(store: PasswordStore, text: str) -> None:
    with pytest.raises(PasswordNotTaken, match="easily guessed") as refused:
        store.set("S01", Password(text), NAMES)
    assert text not in str(refused.value)
    assert store.check("S01", PASSWORD, Password(text)) is PasswordAnswer.NOT_SET


@pytest.mark.parametrize(
    "text", ["kauri tui moana 77", "correct horse battery staple", "Xk9vQ2mLp0zRt4Wq", "ngā tai o te awa roa"]
)
def test_words_that_have_nothing_to_do_with_each_other_are_taken(text: str) -> None:
    assert easily_guessed(Password(text), NAMES) is None


@pytest.mark.parametrize("text", ["", "short", "x" * 129, "kauri tui moana\t77"])
def test_what_can_be_no_password_is_not_taken(store: PasswordStore, text: str) -> None:
    with pytest.raises(PasswordNotTaken, match="a password that can be one"):
        store.set("S01", Password(text), NAMES)


# --- the file -----------------------------------------------------------------------------------------


def test_all_hashes_cost_the_same_and_as_much_as_was_measured_once(tmp_path: Path) -> None:
    measured = iter([Cost(OWASP_MEMORY_KIB, 3), Cost(OWASP_MEMORY_KIB, 9)])
    store = PasswordStore(tmp_path, lambda: next(measured))
    store.set("S01", RIGHT, NAMES)
    store.give_code("S02")
    store.set("S01", WRONG, NAMES)
    said = kept(tmp_path)
    hashes = [*said["passwords"]["S01"], said["codes"]["S02"]]
    told = {(p.memory_cost, p.time_cost, p.parallelism) for p in map(extract_parameters, hashes)}
    assert told == {(OWASP_MEMORY_KIB, 3, 1)}
    assert len(set(hashes)) == 3
    assert all(each.startswith("$argon2id$") for each in hashes)


def test_whoever_is_named_the_same_work_is_done(store: PasswordStore) -> None:
    """By the hashes that were counted, not by the clock; scripts/bench logon measures the time."""
    store.set("S01", RIGHT, NAMES)
    store.give_code("S02")
    seen: list[tuple[int, int, int]] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, known: str, typed: str) -> bool:
        told = extract_parameters(known)
        seen.append((told.memory_cost, told.time_cost, told.parallelism))
        return verify(hasher, known, typed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PasswordHasher, "verify", counted)
        for staff, slot in (("S01", PASSWORD), ("S02", CODE), ("S03", PASSWORD), (None, PASSWORD), (None, CODE)):
            store.check(staff, slot, WRONG)
    assert len(seen) == 5
    assert len(set(seen)) == 1


def test_the_cost_of_this_machine_is_within_bounds_and_of_a_small_one_owasps_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cost = measured_cost()
    assert cost.memory_kib == MEMORY_KIB
    assert passwords.FEWEST_PASSES <= cost.passes <= passwords.MOST_PASSES
    monkeypatch.setattr(os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 512 * 2**20 // 4096)
    small = measured_cost()
    assert small.memory_kib == OWASP_MEMORY_KIB
    assert small.passes >= OWASP_PASSES


def test_neither_passwords_nor_codes_are_in_the_file_and_nobody_else_can_read_it(
    tmp_path: Path, store: PasswordStore
) -> None:
    before = os.umask(0)
    try:
        store.set("S01", RIGHT, NAMES)
        code = store.give_code("S02")
    finally:
        os.umask(before)
    folder = tmp_path / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {"passwords.json": 0o600}
    content = (folder / "passwords.json").read_text()
    assert not [secret for secret in (RIGHT.text, code, code.replace("-", "")) if secret in content]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"memory_kib": 8, "passes": 2}', '{"memory_kib": 65536, "passes": 3, "more": 1}']
)
def test_a_file_that_is_not_ours_lets_nobody_in_and_is_not_written_over(
    tmp_path: Path, store: PasswordStore, content: str
) -> None:
    store.set("S01", RIGHT, NAMES)
    path = tmp_path / "secrets" / "passwords.json"
    path.write_text(content)
    for staff in ("S01", None):
        assert store.check(staff, PASSWORD, RIGHT) is PasswordAnswer.FAILED
    for act in (lambda: store.give_code("S01"), lambda: store.forget("S01"), lambda: store.has("S01")):
        with pytest.raises(PasswordsUnusable, match="as this program writes it"):
            act()
    assert path.read_text() == content


def test_a_file_that_others_can_read_lets_nobody_in(tmp_path: Path, store: PasswordStore) -> None:
    store.set("S01", RIGHT, NAMES)
    (tmp_path / "secrets" / "passwords.json").chmod(0o604)
    assert store.check("S01", PASSWORD, RIGHT) is PasswordAnswer.FAILED
    with pytest.raises(PasswordsUnusable, match="mode 600"):
        store.has("S01")


def test_a_hash_that_is_none_lets_nobody_in(tmp_path: Path, store: PasswordStore) -> None:
    store.set("S01", RIGHT, NAMES)
    path = tmp_path / "secrets" / "passwords.json"
    path.write_text(path.read_text().replace("$argon2id$v=19", "$argon2id$v=1x"))
    assert store.check("S01", PASSWORD, RIGHT) is PasswordAnswer.FAILED


def test_what_is_changed_by_two_at_once_is_all_there(tmp_path: Path, store: PasswordStore) -> None:
    store.set("S00", RIGHT, NAMES)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: PasswordStore(tmp_path, cheap).give_code(f"S{number}"), range(12)))
    assert len(kept(tmp_path)["codes"]) == 12


def test_a_file_that_another_command_began_meanwhile_at_another_cost_is_left_alone(
    tmp_path: Path, store: PasswordStore
) -> None:
    def slowly() -> Cost:
        store.give_code("S02")
        return Cost(OWASP_MEMORY_KIB, 3)

    with pytest.raises(PasswordsUnusable, match="another command"):
        PasswordStore(tmp_path, slowly).give_code("S01")
    assert set(kept(tmp_path)["codes"]) == {"S02"}


def test_a_disk_that_is_full_leaves_what_was_there(
    tmp_path: Path, store: PasswordStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set("S01", RIGHT, NAMES)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(secret_hashes, "write_secret", full)
    with pytest.raises(OSError, match="No space"):
        store.set("S01", WRONG, NAMES)
    assert store.check("S01", PASSWORD, RIGHT) is PasswordAnswer.RIGHT
