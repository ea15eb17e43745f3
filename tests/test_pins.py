"""PINs in their file: who may read it, what it takes, how long a check is, and what a power cut or two processes do."""

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import rich.pretty
from argon2 import PasswordHasher, extract_parameters
from msgspec.structs import replace

from kiosk import secret_hashes
from kiosk.core.cards import CardTechnology, Credential
from kiosk.core.pins import Pin, PinAnswer
from kiosk.pins import FEWEST_PASSES, MEMORY_KIB, MOST_PASSES, PinNotTaken, PinStore, PinsUnusable, measured_passes

CARD = Credential(CardTechnology.TYPE_4, bytes.fromhex("04de5f1eacc040"))
OTHER = Credential(CardTechnology.TYPE_4, bytes.fromhex("04de5f1eacc041"))
RIGHT, WRONG = Pin("740315"), Pin("740316")


def slow() -> int:
    return FEWEST_PASSES


@pytest.fixture
def store(tmp_path: Path) -> PinStore:
    return PinStore(tmp_path, slow)


def kept(data: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((data / "secrets" / "pins.json").read_text())
    return said


def test_a_pin_that_was_set_is_right_and_every_other_is_wrong(store: PinStore) -> None:
    store.set(CARD, RIGHT)
    assert store.check(CARD, RIGHT) is PinAnswer.RIGHT
    assert store.check(CARD, WRONG) is PinAnswer.WRONG
    assert store.check(CARD, Pin("7403150")) is PinAnswer.WRONG
    assert store.check(OTHER, RIGHT) is PinAnswer.NOT_SET


def test_a_pin_set_again_stands_in_place_of_the_one_before(store: PinStore) -> None:
    store.set(CARD, RIGHT)
    store.set(CARD, WRONG)
    assert store.check(CARD, RIGHT) is PinAnswer.WRONG
    assert store.check(CARD, WRONG) is PinAnswer.RIGHT


def test_a_pin_that_was_removed_is_no_pin(store: PinStore) -> None:
    assert not store.remove(CARD)
    store.set(CARD, RIGHT)
    assert store.has(CARD)
    assert store.remove(CARD)
    assert not store.has(CARD)
    assert store.check(CARD, RIGHT) is PinAnswer.NOT_SET


@pytest.mark.parametrize("digits", ["", "123", "123456789", "12a4", "٣٤٥٦", "1 34"])
def test_only_four_to_eight_digits_are_a_pin(store: PinStore, digits: str) -> None:
    with pytest.raises(PinNotTaken, match="expected 4 to 8 digits"):
        store.set(CARD, Pin(digits))
    assert Pin(digits).problem


@pytest.mark.parametrize("digits", ["0000", "1234", "23456789", "9876", "11111111"])
def test_a_pin_that_is_guessed_in_three_tries_is_not_set(store: PinStore, digits: str) -> None:
    with pytest.raises(PinNotTaken, match="guesses") as refused:
        store.set(CARD, Pin(digits))
    assert digits not in str(refused.value)


@pytest.mark.parametrize("digits", ["1235", "1212", "0001", "9012"])
def test_a_pin_that_is_no_run_is_not_obvious(digits: str) -> None:
    assert not Pin(digits).is_obvious


def test_the_hashes_are_argon2id_of_at_least_what_owasp_asks_and_the_digits_stand_nowhere(
    tmp_path: Path, store: PinStore
) -> None:
    store.set(CARD, RIGHT)
    (only,) = kept(tmp_path)["pins"].values()
    told = extract_parameters(only)
    assert only.startswith("$argon2id$")
    assert (told.memory_cost, told.time_cost, told.parallelism) == (19 * 1024, 2, 1)
    assert not [path for path in (tmp_path / "secrets").iterdir() if RIGHT.digits.encode() in path.read_bytes()]


def test_two_cards_with_the_same_pin_have_different_hashes(tmp_path: Path, store: PinStore) -> None:
    store.set(CARD, RIGHT)
    store.set(OTHER, RIGHT)
    assert len(set(kept(tmp_path)["pins"].values())) == 2


def test_nobody_but_the_kiosks_user_can_read_folder_and_files(tmp_path: Path, store: PinStore) -> None:
    before = os.umask(0)
    try:
        store.set(CARD, RIGHT)
    finally:
        os.umask(before)
    folder = tmp_path / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {"pins.json": 0o600}


def test_a_file_left_open_to_all_by_a_power_cut_is_not_written_into(tmp_path: Path, store: PinStore) -> None:
    store.set(CARD, RIGHT)
    left = tmp_path / "secrets" / "pins.json.new"
    left.write_text("half")
    left.chmod(0o644)
    store.set(OTHER, RIGHT)
    assert (tmp_path / "secrets" / "pins.json").stat().st_mode & 0o777 == 0o600
    assert store.check(CARD, RIGHT) is PinAnswer.RIGHT


def test_what_root_sets_is_given_to_the_owner_of_the_data_folder(
    tmp_path: Path, store: PinStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda _path, *owner, **_: given.append(owner))
    monkeypatch.setattr(os, "fchown", lambda _handle, *owner: given.append(owner))
    store.set(CARD, RIGHT)
    owner = tmp_path.stat()
    assert set(given) == {(owner.st_uid, owner.st_gid)}
    assert len(given) >= 2, "the folder and the file"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    store.set(CARD, WRONG)
    assert len(given) == 2


@pytest.mark.parametrize(
    "content", ["", "{", '{"passes": 1, "pins": {}}', '{"pins": {"a": 3}}', '{"pins": {}, "more": 1}', "[]"]
)
def test_a_file_that_is_not_ours_says_so_and_no_pin_is_right_by_it(
    tmp_path: Path, store: PinStore, content: str
) -> None:
    store.set(CARD, RIGHT)
    path = tmp_path / "secrets" / "pins.json"
    path.write_text(content)
    assert store.check(CARD, RIGHT) is PinAnswer.FAILED
    with pytest.raises(PinsUnusable, match="as this program writes it"):
        store.set(CARD, RIGHT)
    assert path.read_text() == content


def test_a_file_that_others_can_read_is_not_used(tmp_path: Path, store: PinStore) -> None:
    store.set(CARD, RIGHT)
    (tmp_path / "secrets" / "pins.json").chmod(0o640)
    assert store.check(CARD, RIGHT) is PinAnswer.FAILED
    with pytest.raises(PinsUnusable, match="mode 600"):
        store.has(CARD)


def test_a_hash_that_is_none_is_no_right_pin(tmp_path: Path, store: PinStore) -> None:
    store.set(CARD, RIGHT)
    path = tmp_path / "secrets" / "pins.json"
    path.write_text(json.dumps({"passes": 2, "pins": {str(CARD): "$argon2id$v=19$m=8"}}))
    assert store.check(CARD, RIGHT) is PinAnswer.FAILED


def test_the_passes_of_new_hashes_grow_and_never_shrink(tmp_path: Path) -> None:
    PinStore(tmp_path, lambda: 4).set(CARD, RIGHT)
    PinStore(tmp_path, slow).set(OTHER, RIGHT)
    assert kept(tmp_path)["passes"] == 4
    assert {extract_parameters(each).time_cost for each in kept(tmp_path)["pins"].values()} == {4}


def test_a_right_pin_is_hashed_anew_once_hashes_have_more_passes(tmp_path: Path, store: PinStore) -> None:
    store.set(CARD, RIGHT)
    PinStore(tmp_path, lambda: 4).set(OTHER, RIGHT)
    old = kept(tmp_path)["pins"][str(CARD)]
    assert store.check(CARD, WRONG) is PinAnswer.WRONG
    assert kept(tmp_path)["pins"][str(CARD)] == old
    assert store.check(CARD, RIGHT) is PinAnswer.RIGHT
    assert extract_parameters(kept(tmp_path)["pins"][str(CARD)]).time_cost == 4
    assert store.check(CARD, RIGHT) is PinAnswer.RIGHT


def test_a_pin_set_while_the_old_one_is_hashed_anew_is_not_lost(
    tmp_path: Path, store: PinStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set(CARD, RIGHT)
    PinStore(tmp_path, lambda: 3).set(OTHER, RIGHT)
    hashed = PasswordHasher.hash

    def while_a_command_sets_it(hasher: PasswordHasher, digits: str) -> str:
        monkeypatch.setattr(PasswordHasher, "hash", hashed)
        PinStore(tmp_path, slow).set(CARD, WRONG)
        return hashed(hasher, digits)

    monkeypatch.setattr(PasswordHasher, "hash", while_a_command_sets_it)
    assert store.check(CARD, RIGHT) is PinAnswer.RIGHT
    assert store.check(CARD, WRONG) is PinAnswer.RIGHT


def test_a_disk_that_is_full_refuses_no_right_pin(
    tmp_path: Path, store: PinStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set(CARD, RIGHT)
    PinStore(tmp_path, lambda: 3).set(OTHER, RIGHT)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(secret_hashes, "write_secret", full)
    assert store.check(CARD, RIGHT) is PinAnswer.RIGHT
    with pytest.raises(OSError, match="No space"):
        store.set(CARD, WRONG)
    assert store.check(CARD, RIGHT) is PinAnswer.RIGHT


def test_pins_set_at_once_from_many_threads_are_all_there(tmp_path: Path) -> None:
    cards = [replace(CARD, identifier=bytes([4, 0, 0, 0, 0, 0, each])) for each in range(12)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda card: PinStore(tmp_path, slow).set(card, RIGHT), cards))
    assert set(kept(tmp_path)["pins"]) == set(map(str, cards))


def test_the_measured_passes_are_within_bounds_and_take_about_as_long_as_they_should() -> None:
    passes = measured_passes()
    assert FEWEST_PASSES <= passes <= MOST_PASSES
    assert MEMORY_KIB * 1024 >= 19 * 2**20


def test_a_card_without_a_pin_takes_as_long_to_refuse_as_a_wrong_pin(store: PinStore) -> None:
    """By the hashes that were counted, not by the clock: the same function, memory and passes."""
    store.set(CARD, RIGHT)
    seen: list[tuple[int, int, int]] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, known: str, digits: str) -> bool:
        told = extract_parameters(known)
        seen.append((told.memory_cost, told.time_cost, told.parallelism))
        return verify(hasher, known, digits)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PasswordHasher, "verify", counted)
        assert (store.check(CARD, WRONG), store.check(OTHER, WRONG)) == (PinAnswer.WRONG, PinAnswer.NOT_SET)
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_other_threads_run_while_a_pin_is_hashed(tmp_path: Path) -> None:
    """The interpreter's lock is given up: a check of 12 passes takes hundreds of milliseconds, the loop goes on."""
    store = PinStore(tmp_path, lambda: MOST_PASSES)
    store.set(CARD, RIGHT)
    done = threading.Event()

    def check() -> None:
        store.check(CARD, RIGHT)
        done.set()

    checking = threading.Thread(target=check)
    checking.start()
    longest, last = 0.0, time.perf_counter()
    began = last
    while not done.is_set():
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    checking.join()
    assert longest < (last - began) / 2


def test_a_pin_shows_its_digits_in_no_repr_and_to_no_drawer_of_locals() -> None:
    shown = [repr(RIGHT), str(RIGHT), f"{RIGHT}", f"{(RIGHT,)}", rich.pretty.pretty_repr({"pin": RIGHT})]
    assert not [text for text in shown if RIGHT.digits in text]
