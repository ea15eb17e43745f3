"""The card keys as files: whose they are, where they are looked for, and that they show themselves nowhere."""

import os
import stat
from datetime import date
from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from drivers.cards.keys import Purpose
from kiosk import card_keys, durable
from kiosk.card_keys import (
    MOST_VERSIONS,
    MasterKeys,
    make_keys,
    place_of_keys,
    read_keys,
    retire_key,
    rotate_keys,
)
from kiosk.card_record_keys import (
    make_records_key,
    place_of_records_key,
    place_of_trusted,
    read_records_key,
    trust,
    trusted_keys,
    trusted_lines,
)
from kiosk.own_keys import CardKeysUnusable

TODAY = date(2026, 11, 30)
UID = bytes.fromhex("04DE5F1EACC040")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return place_of_keys(tmp_path, {})


def test_a_first_key_is_made_of_the_systems_random_numbers_for_its_owner_alone(path: Path) -> None:
    keys = make_keys(path, TODAY)
    assert read_keys(path) == keys
    assert (keys.newest.version, keys.newest.made) == (1, TODAY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    other = make_keys(path.with_name("other.key"), TODAY)
    assert other.newest.key != keys.newest.key
    assert len({keys.newest.fingerprint, other.newest.fingerprint}) == 2


def test_keys_are_never_made_over_others(path: Path) -> None:
    keys = make_keys(path, TODAY)
    with pytest.raises(CardKeysUnusable, match="keep it"):
        make_keys(path, TODAY)
    assert read_keys(path) == keys


def test_after_a_rotation_cards_of_both_versions_have_the_keys_that_they_had(path: Path) -> None:
    before = make_keys(path, TODAY).for_cards()
    after = rotate_keys(path, TODAY).for_cards()
    assert after == read_keys(path).for_cards()
    assert (after.newest, after.versions) == (2, (2, 1))
    assert after.key(Purpose.CHALLENGE, UID, 1) == before.key(Purpose.CHALLENGE, UID, 1)
    assert after.key(Purpose.CHALLENGE, UID, 2) != before.key(Purpose.CHALLENGE, UID, 1)


def test_a_retired_key_is_gone_from_the_file_and_its_bytes_are_overwritten(path: Path) -> None:
    first = make_keys(path, TODAY).newest
    rotate_keys(path, TODAY)
    with path.open("rb") as old:
        assert [each.version for each in retire_key(path, 1).masters] == [2]
        assert old.read().strip(b"\0") == b""
    assert first.key.encode() not in path.read_bytes()
    for version in (1, 2, 9):
        with pytest.raises(CardKeysUnusable, match=r"older than the newest \(none\)"):
            retire_key(path, version)


def test_versions_end_where_the_chips_do(path: Path) -> None:
    keys = make_keys(path, TODAY)
    path.write_text(path.read_text().replace('"version": 1', f'"version": {MOST_VERSIONS}'))
    assert read_keys(path).newest.version == MOST_VERSIONS
    with pytest.raises(CardKeysUnusable, match="all used"):
        rotate_keys(path, TODAY)
    assert read_keys(path).newest.key == keys.newest.key


def test_without_a_file_the_mend_is_told(path: Path) -> None:
    with pytest.raises(CardKeysUnusable, match=r"got none; make them once with 'sealgate card key make'"):
        read_keys(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_may_read_or_change_is_not_used(path: Path, mode: int) -> None:
    make_keys(path, TODAY)
    path.chmod(mode)
    with pytest.raises(CardKeysUnusable, match=r"its owner alone may read.*When keys are stolen"):
        read_keys(path)


def test_a_file_of_another_user_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_keys(path, TODAY)
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    if owner == 0:
        assert read_keys(path).masters  # root could read it anyway
        os.chown(path, 65534, 65534)
    with pytest.raises(CardKeysUnusable, match="to be owned by user"):
        read_keys(path)


@pytest.mark.parametrize("made", ["link", "folder", "pipe"])
def test_what_is_no_file_is_not_followed(path: Path, made: str) -> None:
    real = path.with_name("real.key")
    make_keys(real, TODAY)
    match made:
        case "link":
            path.symlink_to(real)
        case "folder":
            path.mkdir()
        case _:
            os.mkfifo(path)
    with pytest.raises((CardKeysUnusable, OSError)):
        read_keys(path)


SECRET = "00112233445566778899aabbccddeeff"


def written(*masters: str, form: str = card_keys.FORM, more: str = "") -> bytes:
    return f'{{"form": "{form}", "masters": [{", ".join(masters)}]{more}}}'.encode()


def master(version: int = 1, key: str = SECRET) -> str:
    return f'{{"version": {version}, "made": "2026-11-30", "key": "{key}"}}'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SECRET.encode(),
        b"\xff" + SECRET.encode(),
        written(),
        written(master(key=f"{SECRET}0")),
        written(master(0)),
        written(master(256)),
        written(master(), master()),
        written(master(2), master(1)),
        written(master(), form="another"),
        written(master(), more=f', "{SECRET}": 1'),
    ],
)
def test_what_is_no_key_file_is_refused_and_not_quoted(path: Path, content: bytes) -> None:
    durable.make_secret_folder(path.parent)
    durable.write_secret(path, content)
    with pytest.raises(CardKeysUnusable, match="as 'sealgate card key' writes it") as refused:
        read_keys(path)
    assert SECRET not in f"{refused.value!r} {refused.value} {refused.value.__context__!r}"


def test_a_credential_of_systemd_counts_before_the_data_folder(tmp_path: Path, path: Path) -> None:
    """Its mode is as systemd makes it: 0440 where an ACL names the service's user (systemd.exec(5))."""
    make_keys(path, TODAY)
    folder = tmp_path / "credentials"
    environment = {"CREDENTIALS_DIRECTORY": str(folder)}
    assert place_of_keys(tmp_path, environment) == path
    credential = folder / "cards.key"
    keys = make_keys(credential, TODAY)
    credential.chmod(0o440)
    assert place_of_keys(tmp_path, environment) == credential
    assert read_keys(credential, environment) == keys != read_keys(path)
    with pytest.raises(CardKeysUnusable):
        read_keys(credential, {})
    credential.chmod(0o444)
    with pytest.raises(CardKeysUnusable):
        read_keys(credential, environment)


def test_a_power_cut_in_the_middle_of_a_rotation_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = make_keys(path, TODAY)
    stopped = OSError(28, "No space left on device")

    def fails(*_: object) -> None:
        raise stopped

    monkeypatch.setattr(durable, "write_all", fails)
    with pytest.raises(OSError, match="No space"):
        rotate_keys(path, TODAY)
    monkeypatch.undo()
    assert read_keys(path) == keys
    path.with_name("cards.key.new").write_bytes(b"left over")
    assert rotate_keys(path, TODAY).newest.version == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_root_makes_belongs_to_the_kiosks_user(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda _path, user, group, **_: given.append((user, group)))
    monkeypatch.setattr(os, "fchown", lambda _handle, user, group: given.append((user, group)))
    make_keys(path, TODAY)
    above = path.parent.parent.stat()
    assert set(given) == {(above.st_uid, above.st_gid)}
    assert len(given) >= 2, "the folder and the file"


def test_no_key_is_in_what_a_value_says_of_itself(path: Path) -> None:
    make_keys(path, TODAY)
    keys = rotate_keys(path, TODAY)
    said = " ".join(f"{each!r} {each} {pretty_repr(each)}" for each in (keys, *keys.masters, keys.for_cards()))
    assert all(master.key not in said.lower() for master in keys.masters)
    assert "versions=[1, 2]" in said


# --- the key that signs records ---------------------------------------------------------------------


def test_the_key_that_signs_records_is_trusted_from_the_first_card_on(tmp_path: Path) -> None:
    key = place_of_records_key(tmp_path)
    line = make_records_key(tmp_path, key, "SLS 0421", anew=False)
    assert line.startswith("sealgate-cards/SLS-0421+")
    assert trusted_lines(tmp_path) == (line,)
    assert trusted_keys(tmp_path) == (read_records_key(key).public_key().public_bytes_raw(),)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(CardKeysUnusable, match="keep it"):
        make_records_key(tmp_path, key, "SLS0421", anew=False)


def test_a_new_one_leaves_the_old_one_trusted_and_may_be_kept_elsewhere(tmp_path: Path) -> None:
    stick = tmp_path / "stick" / "records.key"
    make_records_key(tmp_path, stick, "SLS0421", anew=False)
    first = read_records_key(stick).public_key().public_bytes_raw()
    make_records_key(tmp_path, stick, "SLS0421", anew=True)
    second = read_records_key(stick).public_key().public_bytes_raw()
    assert trusted_keys(tmp_path) == (first, second)
    assert not place_of_records_key(tmp_path).exists()


def test_nobody_is_trusted_without_a_file_and_nobody_by_one_that_others_may_change(tmp_path: Path) -> None:
    assert trusted_keys(tmp_path) == ()
    line = make_records_key(tmp_path, place_of_records_key(tmp_path), "SLS0421", anew=False)
    place_of_trusted(tmp_path).chmod(0o666)
    with pytest.raises(CardKeysUnusable, match="its owner alone may change"):
        trusted_keys(tmp_path)
    place_of_trusted(tmp_path).chmod(0o640)
    trust(tmp_path, [line, "rubbish"])
    with pytest.raises(CardKeysUnusable, match="a public key a line"):
        trusted_keys(tmp_path)


def test_what_is_no_signing_key_is_refused_and_not_quoted(tmp_path: Path) -> None:
    path = place_of_records_key(tmp_path)
    make_records_key(tmp_path, path, "SLS0421", anew=False)
    text = path.read_text()
    durable.write_secret(path, text.replace("+", "-", 1).encode())
    with pytest.raises(CardKeysUnusable) as refused:
        read_records_key(path)
    assert text.split("+")[-1].strip() not in f"{refused.value!r} {refused.value.__context__!r}"


def test_the_forms_name_is_what_is_written(path: Path) -> None:
    assert isinstance(make_keys(path, TODAY), MasterKeys)
    assert card_keys.FORM in path.read_text()


def test_a_link_in_the_place_of_a_file_that_is_being_written_is_not_followed(tmp_path: Path) -> None:
    """As root writes keys into the kiosk user's folder, that user must not choose what root overwrites."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"as it was")
    (tmp_path / "cards.key.new").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        durable.write_file(tmp_path / "cards.key", b"keys")
    assert victim.read_bytes() == b"as it was"
    durable.write_file(tmp_path / "cards.key", b"keys")
    assert (tmp_path / "cards.key").read_bytes() == b"keys"
