"""The signing key's file: whole or not there, and nobody else's to read."""

import os
import threading
from pathlib import Path

import pytest

from kiosk.ledger.errors import KeyMalformed, KeyRefused
from kiosk.ledger.keys import KEY_NAME, PUBLIC_NAME, hold_keys, read_public_key
from kiosk.ledger.note import SignerKey, VerifierKey
from tests.ledger.test_note import tells_nothing


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def made(keys: Path) -> SignerKey:
    with hold_keys(keys) as ring:
        return ring.make("sealgate/ab")


def read(keys: Path) -> SignerKey | None:
    with hold_keys(keys) as ring:
        return ring.read()


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> object:
    """Whatever the caller's habit is."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_a_new_key_is_its_owners_alone_and_comes_back(keys: Path, umask: int) -> None:
    assert read(keys) is None
    key = made(keys)
    again = read(keys)
    assert again is not None
    assert again.verifier == key.verifier == read_public_key(keys / PUBLIC_NAME)
    assert (keys / KEY_NAME).stat().st_mode & 0o7777 == 0o600
    assert (keys / KEY_NAME).read_text() == key.secret_text() + "\n"
    assert (keys / PUBLIC_NAME).read_text() == key.verifier.text + "\n"
    assert sorted(path.name for path in keys.iterdir()) == [KEY_NAME, PUBLIC_NAME]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602, 0o610, 0o601])
def test_a_key_that_others_may_touch_is_refused_with_its_mend_and_without_its_text(keys: Path, mode: int) -> None:
    secret = made(keys).secret_text()
    (keys / KEY_NAME).chmod(mode)
    with pytest.raises(KeyRefused, match=rf"got mode {mode:o}; chmod 600 it") as caught:
        read(keys)
    assert tells_nothing(str(caught.value) + repr(caught.value.args), secret)


def test_a_key_is_never_replaced(keys: Path) -> None:
    key = made(keys)
    with pytest.raises(KeyRefused, match="expected no key yet"):
        made(keys)
    assert (keys / KEY_NAME).read_text() == key.secret_text() + "\n"


def test_a_file_that_is_no_key_is_refused(keys: Path) -> None:
    secret = made(keys).secret_text()
    for text in (b"", b"\n", b"\xff", secret[:-4].encode(), secret.encode() + b"\n\n", secret.encode() * 100):
        (keys / KEY_NAME).write_bytes(text)
        with pytest.raises(KeyRefused) as caught:
            read(keys)
        assert tells_nothing(str(caught.value), secret)


def test_a_link_or_a_pipe_in_the_keys_place_is_not_followed_nor_waited_for(keys: Path, tmp_path: Path) -> None:
    made(keys)
    (keys / KEY_NAME).rename(tmp_path / "elsewhere")
    (keys / KEY_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        read(keys)
    (keys / KEY_NAME).unlink()
    os.mkfifo(keys / KEY_NAME, 0o600)
    with pytest.raises(KeyRefused, match="expected a file, got prw"):
        read(keys)


def test_a_public_half_that_a_power_cut_prevented_is_written(keys: Path) -> None:
    key = made(keys)
    (keys / PUBLIC_NAME).unlink()
    assert read(keys) is not None
    assert read_public_key(keys / PUBLIC_NAME) == key.verifier


def test_a_public_half_that_is_anothers_is_refused(keys: Path) -> None:
    made(keys)
    (keys / PUBLIC_NAME).write_text(SignerKey.make("sealgate/ab").verifier.text + "\n")
    with pytest.raises(KeyRefused, match=r"the public half of checkpoint\.key"):
        read(keys)
    (keys / PUBLIC_NAME).write_text("rubbish\n")
    with pytest.raises(KeyMalformed):
        read(keys)


@pytest.mark.parametrize("fails", range(1, 5))
def test_a_disk_that_fails_leaves_no_key_or_a_whole_one(
    keys: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    """Making a key syncs its file, its folder, the public half's file and the folder again; the n-th fails."""
    keys.mkdir()
    syncs, genuine = 0, os.fsync

    def fsync(handle: int) -> None:
        nonlocal syncs
        syncs += 1
        if syncs == fails:
            raise OSError(5, "Input/output error")
        genuine(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="Input/output"):
        made(keys)
    monkeypatch.undo()
    found = read(keys)
    if found is None:
        assert fails == 1
        found = made(keys)
    assert read_public_key(keys / PUBLIC_NAME) == found.verifier
    assert sorted(path.name for path in keys.iterdir())[:2] == [KEY_NAME, PUBLIC_NAME]


def test_what_a_power_cut_left_half_written_is_not_used_and_not_kept(keys: Path) -> None:
    keys.mkdir()
    beside = keys / (KEY_NAME + ".new")
    beside.write_text("PRIVATE+KEY+seal")
    beside.chmod(0o644)
    assert read(keys) is None
    made(keys)
    assert not beside.exists()
    assert (keys / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_two_who_sign_wait_for_each_other(keys: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with hold_keys(keys):
            order.append("second")

    with hold_keys(keys) as ring:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.1)
        ring.make("sealgate/ab")
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_public_keys_file_is_one_line(tmp_path: Path) -> None:
    key = SignerKey.make("sealgate/ab").verifier
    path = tmp_path / "a.pub"
    path.write_text(key.text)
    assert read_public_key(path) == key
    for text in (f"{key.text}\n\n", f"{key.text}\n{key.text}\n", f" {key.text}\n", "", f"{key.text}\r\n"):
        path.write_bytes(text.encode())
        with pytest.raises(KeyMalformed):
            read_public_key(path)
    with pytest.raises(FileNotFoundError):
        read_public_key(tmp_path / "none")
    assert VerifierKey.parse(key.text) == key
