"""The checkpoint key is replaced with an entry that says so, and whatever happens one key is in force."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from kiosk.ledger.attest import Signed, compare, prove_entry, prove_growth, sign_now
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.ledger.errors import Contradiction, KeyRefused, LedgerDamaged, LedgerHeld, NotProved
from kiosk.ledger.handover import CHECKPOINT_KEY, Handover, Why, open_handover, unrecorded
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.keys import KEY_NAME, PUBLIC_NAME, RETIRED_NAME, SUCCESSOR_NAME, hold_keys, read_public_key
from kiosk.ledger.last import CHECKPOINT_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.note import Note, open_note
from kiosk.ledger.prove import verify_growth, verify_proof
from kiosk.ledger.rotation import Rotated, rotate
from tests.ledger.conftest import record, ticking
from tests.ledger.test_attest import FORGERIES, forge, grow


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def signed(folder: Path, keys: Path) -> Signed:
    """A ledger of five entries, and what was signed of it."""
    grow(folder, 4)
    return sign_now(folder, keys)


def rotated(folder: Path, keys: Path, *, lost: bool = False) -> Rotated:
    return rotate(folder, keys, ticking(), lost=lost)


def changes(folder: Path) -> list[dict[str, Any]]:
    return [entry.body for entry in read_entries(folder) if entry.kind == CHECKPOINT_KEY]


def lose(keys: Path) -> None:
    (keys / KEY_NAME).unlink()


def test_a_rotation_is_an_entry_that_names_both_keys_and_that_the_old_one_signed(
    folder: Path, keys: Path, signed: Signed
) -> None:
    done = rotated(folder, keys)
    (change,) = changes(folder)
    assert (change["old"], change["new"], change["why"]) == (signed.key.text, done.signed.key.text, "rotated")
    handover = Handover(signed.key, done.signed.key, Why.ROTATED)
    assert open_handover(change["note"].encode(), signed.key) == handover
    assert open_note(change["note"].encode(), done.signed.key) == handover.text
    assert done.signed.key != signed.key
    assert read_public_key(keys / PUBLIC_NAME) == done.signed.key


def test_the_first_checkpoint_after_it_covers_the_entry_and_is_signed_by_both_keys(
    folder: Path, keys: Path, signed: Signed
) -> None:
    done = rotated(folder, keys)
    note = (folder / CHECKPOINT_NAME).read_bytes()
    assert note == done.signed.note
    assert len(Note.parse(note).signatures) == 2
    for key in (signed.key, done.signed.key):
        checkpoint = open_checkpoint(note, key)
        assert checkpoint.size == 6
        assert compare(folder, checkpoint).ok
        proved = verify_proof(prove_entry(folder, keys, 6), key)
        assert proved.entry.kind == CHECKPOINT_KEY
        assert verify_growth(prove_growth(folder, keys, signed.note), signed.checkpoint, key).size == 6


def test_from_the_next_checkpoint_on_the_new_key_signs_alone(folder: Path, keys: Path, signed: Signed) -> None:
    done = rotated(folder, keys)
    assert sign_now(folder, keys).note == done.signed.note
    grow(folder, 2)
    later = sign_now(folder, keys)
    assert open_checkpoint(later.note, done.signed.key).size == 8
    with pytest.raises(NotProved, match="signature"):
        open_checkpoint(later.note, signed.key)
    growth = prove_growth(folder, keys, signed.note)
    assert verify_growth(growth, signed.checkpoint, signed.key, done.signed.key) == later.checkpoint


def test_the_old_secret_is_destroyed_and_its_public_half_kept_with_the_note_for_who_knows_it(
    folder: Path, keys: Path, signed: Signed
) -> None:
    secret = (keys / KEY_NAME).read_bytes()
    with (keys / KEY_NAME).open("rb") as held:
        done = rotated(folder, keys)
        assert held.read() == bytes(len(secret))
    kept = [path for path in keys.rglob("*") if path.is_file()]
    assert not [path for path in kept if secret[-40:-1] in path.read_bytes()]
    old = signed.key.key_id.hex()
    assert read_public_key(keys / RETIRED_NAME / f"{old}.pub") == signed.key
    assert done.handover == keys / RETIRED_NAME / f"{old}.handover"
    assert open_handover(done.handover.read_bytes(), signed.key).new == done.signed.key
    assert (keys / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_who_knows_the_first_key_alone_gets_to_the_newest_by_the_notes(
    folder: Path, keys: Path, signed: Signed
) -> None:
    known = signed.key
    for _ in range(3):
        rotated(folder, keys)
    for _ in range(3):
        path = keys / RETIRED_NAME / f"{known.key_id.hex()}.handover"
        known = open_handover(path.read_bytes(), known).new
    assert known == read_public_key(keys / PUBLIC_NAME)
    assert [change["new"] for change in changes(folder)][-1] == known.text


@pytest.mark.parametrize("how", FORGERIES)
def test_what_the_old_key_signed_is_not_contradicted_by_the_new_one(
    folder: Path, keys: Path, signed: Signed, how: str
) -> None:
    """Neither in the change itself, of which nothing is then begun, nor after it."""
    shutil.copytree(folder.parent, folder.parent / "before")
    before = folder.parent / "before"
    forge(before / "ledger", FORGERIES[how])
    with pytest.raises(Contradiction):
        rotated(before / "ledger", before / "keys")
    assert not changes(before / "ledger")
    assert not (before / "keys" / SUCCESSOR_NAME).exists()
    rotated(folder, keys)
    forge(folder, FORGERIES[how])
    with pytest.raises(Contradiction):
        sign_now(folder, keys)


def test_the_kiosk_must_be_stopped_and_who_holds_the_ledger_is_said(folder: Path, keys: Path, signed: Signed) -> None:
    with Ledger.open(folder, ticking()), pytest.raises(LedgerHeld, match=rf"held by process {os.getpid()} on "):
        rotated(folder, keys)
    assert not changes(folder)


def test_a_damaged_ledger_gets_no_new_key(folder: Path, keys: Path, signed: Signed) -> None:
    journal = folder / JOURNAL_NAME
    journal.write_bytes(journal.read_bytes().replace(b"NZ000001", b"NZ000009"))
    with pytest.raises(LedgerDamaged):
        rotated(folder, keys)
    assert not (keys / SUCCESSOR_NAME).exists()


# A key that is lost.


def test_a_lost_key_is_replaced_and_the_entry_says_that_it_could_not_sign(
    folder: Path, keys: Path, signed: Signed
) -> None:
    lose(keys)
    done = rotated(folder, keys, lost=True)
    (change,) = changes(folder)
    assert (change["old"], change["new"], change["why"]) == (signed.key.text, done.signed.key.text, "lost")
    with pytest.raises(NotProved, match="signature"):
        open_handover(change["note"].encode(), signed.key)
    assert done.handover is None
    assert open_checkpoint(done.signed.note, done.signed.key).size == 6
    with pytest.raises(NotProved, match="signature"):
        open_checkpoint(done.signed.note, signed.key)
    assert read_public_key(keys / RETIRED_NAME / f"{signed.key.key_id.hex()}.pub") == signed.key
    assert sign_now(folder, keys).note == done.signed.note


def test_a_ledger_that_comes_back_without_any_of_its_keys_gets_a_new_one(
    folder: Path, keys: Path, signed: Signed
) -> None:
    shutil.rmtree(keys)
    done = rotated(folder, keys, lost=True)
    assert [(change["old"], change["why"]) for change in changes(folder)] == [("", "lost")]
    assert done.signed.checkpoint.size == 6
    assert prove_entry(folder, keys, 6)


@pytest.mark.parametrize("how", FORGERIES)
def test_what_a_lost_key_signed_is_not_contradicted_either(folder: Path, keys: Path, signed: Signed, how: str) -> None:
    lose(keys)
    forge(folder, FORGERIES[how])
    with pytest.raises(Contradiction):
        rotated(folder, keys, lost=True)
    assert not changes(folder)


def test_a_key_is_lost_only_when_it_is_said_to_be_and_is(folder: Path, keys: Path, signed: Signed) -> None:
    with pytest.raises(KeyRefused, match="leave out --lost"):
        rotated(folder, keys, lost=True)
    lose(keys)
    with pytest.raises(KeyRefused, match="give --lost if it is lost"):
        rotated(folder, keys)
    assert not changes(folder)


# The key of which no entry tells yet.


def test_a_first_key_has_no_entry_until_somebody_who_holds_the_ledger_makes_it(
    folder: Path, keys: Path, signed: Signed
) -> None:
    assert unrecorded(keys) == signed.key
    done = rotated(folder, keys)
    assert unrecorded(keys) is None
    (keys / PUBLIC_NAME).unlink()
    assert unrecorded(keys) is None
    with hold_keys(keys) as ring:
        assert ring.read()
    assert read_public_key(keys / PUBLIC_NAME) == done.signed.key


# Killed.

CHANGING: Final = ("open", "pwrite", "fsync", "fdatasync", "ftruncate", "replace", "rename", "unlink", "mkdir")


def killed_after(passing: int, doing: Callable[[], object]) -> bool:
    """Does something in a child that is killed at its next call that may change a file, once so many have passed.

    Returns:
        Whether it was; else it came to its end.
    """
    child = os.fork()
    if child == 0:
        left = passing

        def killing(genuine: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return genuine(*args, **kwargs)

            return call

        for name in CHANGING:
            setattr(os, name, killing(getattr(os, name)))
        try:
            doing()
        except BaseException:  # noqa: BLE001 - a test's child must not go on as the test
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code != 0


def interrupted(site: Path, *, lost: bool) -> Iterator[Path]:
    """The data folder as a kill leaves it, at each call that may change a file; the last one is that of no kill."""
    for passing in count():
        place = site.with_name(f"killed-{passing}")
        shutil.copytree(site, place)
        killed = killed_after(passing, partial(rotated, place / "ledger", place / "keys", lost=lost))
        yield place
        if not killed:
            return


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The data folder of a ledger of five entries that was signed."""
    data = tmp_path / "site"
    grow(data / "ledger", 4)
    sign_now(data / "ledger", data / "keys")
    return data


def assert_one_key_is_in_force(place: Path, first: Signed) -> str:
    """After any next signature: the key in force, its public half and the entries agree, and nothing waits."""
    now = sign_now(place / "ledger", place / "keys")
    named = [first.key.text, *(change["new"] for change in changes(place / "ledger"))]
    with hold_keys(place / "keys") as ring:
        key = ring.read()
        assert key
        assert ring.successor() is None
    assert key.verifier.text == named[-1] == now.key.text
    assert read_public_key(place / "keys" / PUBLIC_NAME) == key.verifier
    assert compare(place / "ledger", open_checkpoint(now.note, key.verifier)).ok
    return key.verifier.text


def test_killed_at_any_call_the_old_key_or_the_new_one_is_in_force_and_the_next_signature_ends_it(site: Path) -> None:
    first = sign_now(site / "ledger", site / "keys")
    outcomes = []
    for place in interrupted(site, lost=False):
        with Ledger.open(place / "ledger", ticking()) as ledger:  # the kiosk starts, and cuts a torn tail
            record(ledger, 9)
        in_force = assert_one_key_is_in_force(place, first)
        outcomes.append(in_force != first.key.text)
        if in_force != first.key.text:
            handover = place / "keys" / RETIRED_NAME / f"{first.key.key_id.hex()}.handover"
            assert open_handover(handover.read_bytes(), first.key).new.text == in_force
            assert unrecorded(place / "keys") is None
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) > 10
    assert outcomes.count(True) > 10


def test_killed_at_any_call_the_next_run_ends_it_or_does_it(site: Path) -> None:
    first = sign_now(site / "ledger", site / "keys")
    ended = 0
    for place in interrupted(site, lost=False):
        begun = len(changes(place / "ledger"))
        done = rotated(place / "ledger", place / "keys")
        assert len(changes(place / "ledger")) == (begun if done.interrupted else begun + 1)
        assert done.handover is not None
        assert_one_key_is_in_force(place, first)
        ended += done.interrupted
    assert ended > 5


def test_killed_at_any_call_a_lost_key_is_replaced_by_the_next_run(site: Path) -> None:
    first = sign_now(site / "ledger", site / "keys")
    lose(site / "keys")
    for place in interrupted(site, lost=True):
        if not (place / "keys" / KEY_NAME).exists():
            rotated(place / "ledger", place / "keys", lost=True)
        assert assert_one_key_is_in_force(place, first) != first.key.text
        assert len(changes(place / "ledger")) == 1
