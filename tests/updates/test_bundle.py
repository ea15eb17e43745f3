"""A bundle is taken whole and as it was signed, or not at all; nothing of a hostile one reaches the disk."""

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.note import SignerKey, sign_note
from kiosk.updates.bundle import BLOCK, NOTE_DATE, NOTE_NAME, header, read_bundle
from kiosk.updates.errors import BundleRefused, KeysRefused
from kiosk.updates.manifest import Manifest, ReleaseFile, is_allowed, number_of
from kiosk.updates.trust import read_keys, write_keys
from tests.updates.rig import KEY, OTHER, RELEASED, Kiosk, bundle_bytes, contents, manifest_of

TRUSTED = (KEY.verifier,)


class Taken(dict[str, bytearray]):
    """What was handed on."""

    def of(self, file: ReleaseFile) -> "Sunk":
        self[file.path] = bytearray()
        return Sunk(self[file.path])


class Sunk:
    def __init__(self, into: bytearray) -> None:
        self._into = into

    def write(self, piece: bytes) -> None:
        self._into += piece


def taken_of(data: bytes) -> Taken:
    taken = Taken()
    read_bundle(io.BytesIO(data), TRUSTED, taken.of)
    return taken


def test_a_bundle_gives_back_each_file_that_it_was_made_of(tmp_path: Path) -> None:
    data = bundle_bytes(tmp_path)
    bundle = read_bundle(io.BytesIO(data), TRUSTED)
    assert bundle.manifest == manifest_of("0.2.0", contents("0.2.0"))
    assert bundle.sha256 == hashlib.sha256(data).hexdigest()
    assert bundle.signed_by == TRUSTED
    assert {path: bytes(content) for path, content in taken_of(data).items()} == contents("0.2.0")


def test_the_same_files_and_keys_give_the_same_bytes(tmp_path: Path) -> None:
    assert bundle_bytes(tmp_path / "one") == bundle_bytes(tmp_path / "two")


def test_any_tar_lists_it(tmp_path: Path) -> None:
    (tmp_path / "bundle.tar").write_bytes(bundle_bytes(tmp_path))
    listed = subprocess.run(["tar", "tf", tmp_path / "bundle.tar"], capture_output=True, text=True, check=True)
    assert listed.stdout.split() == [NOTE_NAME, *contents("0.2.0")]
    assert listed.stderr == ""


@pytest.mark.parametrize(
    ("keys", "expected"),
    [((OTHER,), "those by 'releases.example'"), ((SignerKey.make("somebody"),), "those by 'somebody'")],
)
def test_one_that_no_trusted_key_signed_is_refused(tmp_path: Path, keys: tuple[SignerKey, ...], expected: str) -> None:
    with pytest.raises(BundleRefused, match=expected):
        read_bundle(io.BytesIO(bundle_bytes(tmp_path, "0.2.0", *keys)), TRUSTED)


def test_one_that_the_old_key_and_the_new_one_signed_is_taken_by_who_knows_either(tmp_path: Path) -> None:
    data = bundle_bytes(tmp_path, "0.2.0", KEY, OTHER)
    assert read_bundle(io.BytesIO(data), TRUSTED).signed_by == TRUSTED
    assert read_bundle(io.BytesIO(data), (OTHER.verifier,)).signed_by == (OTHER.verifier,)


def test_nothing_is_handed_on_of_a_bundle_whose_signature_is_wrong(tmp_path: Path) -> None:
    data = bytearray(bundle_bytes(tmp_path))
    at = data.index(b'"version": "0.2.0"') + 13
    data[at : at + 1] = b"9"
    taken = Taken()
    with pytest.raises(BundleRefused, match="that does not fit it"):
        read_bundle(io.BytesIO(bytes(data)), TRUSTED, taken.of)
    assert not taken


def test_one_that_is_cut_short_or_goes_on_is_refused_wherever_that_is(tmp_path: Path) -> None:
    data = bundle_bytes(tmp_path)
    lengths = {0, 1, BLOCK - 1, BLOCK, len(data) - 1, len(data) - BLOCK} | set(range(0, len(data), 257))
    for length in lengths:
        with pytest.raises(BundleRefused):
            read_bundle(io.BytesIO(data[:length]), TRUSTED)
    for more in (b"\0", b"\0" * BLOCK, header("wheels/more-1-py3-none-any.whl", 0, RELEASED)):
        with pytest.raises(BundleRefused, match="end after its last file"):
            read_bundle(io.BytesIO(data + more), TRUSTED)


def test_one_of_which_any_byte_was_altered_is_refused(tmp_path: Path) -> None:
    data = bundle_bytes(tmp_path)
    chosen = Random(7)
    places = {*range(BLOCK), *(chosen.randrange(len(data)) for _ in range(600))}
    for at in sorted(places):
        altered = bytearray(data)
        altered[at] ^= 1 << chosen.randrange(8)
        with pytest.raises(BundleRefused):
            read_bundle(io.BytesIO(bytes(altered)), TRUSTED)


# --- archives by somebody who wants to get out of the folder --------------------------------------------------------


def hostile(alter: Callable[[tarfile.TarInfo], object]) -> Callable[[bytes], bytes]:
    """A bundle whose third member is another than the signed manifest says, in a tar that is sound in itself."""

    def made(data: bytes) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=out, mode="w") as new:
            for number, member in enumerate(old.getmembers()):
                content = old.extractfile(member)
                assert content is not None
                if number == 2:
                    alter(member)
                new.addfile(member, content if member.isreg() else None)
        return out.getvalue()

    return made


def as_link(kind: bytes, to: str) -> Callable[[tarfile.TarInfo], object]:
    def alter(member: tarfile.TarInfo) -> None:
        member.type, member.linkname, member.size = kind, to, 0

    return alter


def members(data: bytes) -> list[tuple[int, int]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [
            (member.offset, member.offset_data + -(-member.size // BLOCK) * BLOCK) for member in archive.getmembers()
        ]


def twice(data: bytes) -> bytes:
    start, end = members(data)[2]
    return data[:end] + data[start:end] + data[end:]


def fewer(data: bytes) -> bytes:
    start, end = members(data)[2]
    return data[:start] + data[end:]


def unlisted(data: bytes) -> bytes:
    _, end = members(data)[-1]
    return data[:end] + header("wheels/evil-1-py3-none-any.whl", 0, RELEASED) + data[end:]


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "an absolute path": hostile(lambda member: setattr(member, "name", "/etc/cron.d/x")),
    "a path that leads out": hostile(lambda member: setattr(member, "name", "../../etc/x")),
    "a path that leads out half-way": hostile(lambda member: setattr(member, "name", "wheels/../../x")),
    "a symbolic link": hostile(as_link(tarfile.SYMTYPE, "/etc/passwd")),
    "a hard link": hostile(as_link(tarfile.LNKTYPE, "/etc/shadow")),
    "a device": hostile(as_link(tarfile.BLKTYPE, "")),
    "a pipe": hostile(as_link(tarfile.FIFOTYPE, "")),
    "a folder": hostile(as_link(tarfile.DIRTYPE, "")),
    "a sparse file": hostile(as_link(tarfile.GNUTYPE_SPARSE, "")),
    "a name of its own header": hostile(lambda member: setattr(member, "name", "wheels/" + "x" * 200)),
    "a file that everybody may run as root": hostile(lambda member: setattr(member, "mode", 0o4755)),
    "another owner": hostile(lambda member: setattr(member, "uid", 1000)),
    "a file twice": twice,
    "a file that is not listed": unlisted,
    "a file too few": fewer,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_an_archive_with_something_else_in_it_is_refused(tmp_path: Path, what: str) -> None:
    data = HOSTILE[what](bundle_bytes(tmp_path))
    assert data != bundle_bytes(tmp_path)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert len(archive.getmembers()) >= 5, "other programs take it for an archive"
    with pytest.raises(BundleRefused):
        read_bundle(io.BytesIO(data), TRUSTED)


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "../x.whl", "wheels/../x.whl", "wheels/x/y.whl", "wheels/.whl", "wheels/x.tar.gz", "x.whl"),
        *("share/", "share/../x", "share/.hidden", "share/a/.ssh/b", "share//x", "share/x/", "share/a/b/c/d/e"),
        *("wheels/a\\b.whl", "wheels/a b.whl", "wheels/ä.whl", "wheels/a\n.whl", "share/a\0b", NOTE_NAME, ""),
    ],
)
def test_even_a_signed_manifest_may_not_name_such_a_file(path: str) -> None:
    assert not is_allowed(path)
    with pytest.raises(BundleRefused):
        Manifest.from_text(manifest_of("0.2.0", contents("0.2.0") | {path: b"x"}).to_text())


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "0.2"},
        {"version": "0.2.0rc1"},
        {"version": "0.02.0"},
        {"version": "../0.2.0"},
        {"name": "another"},
        {"platform": "linux/aarch64"},
        {"least": "one"},
        {"released": "yesterday"},
        {"project": "wheels/idna.whl"},
        {"format": 2},
        {"files": ()},
    ],
)
def test_a_manifest_that_says_something_odd_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BundleRefused):
        Manifest.from_text(msgspec.structs.replace(manifest_of("0.2.0", contents("0.2.0")), **wrong).to_text())


def test_a_manifest_may_not_name_a_file_twice_whatever_the_case_or_one_as_another_s_folder() -> None:
    for more in ("share/SBOM.cdx.json", "share/scripts"):
        with pytest.raises(BundleRefused):
            Manifest.from_text(manifest_of("0.2.0", contents("0.2.0") | {more: b""}).to_text())


def test_a_manifest_of_a_later_form_says_so() -> None:
    with pytest.raises(
        BundleRefused, match="expected a release of format 1, got format 2; update to a version between"
    ):
        Manifest.from_text('{"format": 2, "anything": true}\n')


def test_a_note_that_claims_to_be_huge_is_not_read() -> None:
    with pytest.raises(BundleRefused, match="begins with its signed note"):
        read_bundle(io.BytesIO(header(NOTE_NAME, 8**10, NOTE_DATE)), TRUSTED)


def test_a_signed_note_that_is_no_manifest_is_refused() -> None:
    note = sign_note("an approved list\n", KEY)
    data = header(NOTE_NAME, len(note), NOTE_DATE) + note.ljust(-(-len(note) // BLOCK) * BLOCK, b"\0")
    with pytest.raises(BundleRefused, match="a manifest as releases have it"):
        read_bundle(io.BytesIO(data), TRUSTED)


@given(st.binary(max_size=4096))
def test_whatever_else_is_in_a_file_it_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(BundleRefused):
        read_bundle(io.BytesIO(data), TRUSTED)


@given(st.tuples(*[st.integers(0, 999_999)] * 3), st.tuples(*[st.integers(0, 999_999)] * 3))
def test_versions_are_older_as_their_numbers_are_less(one: tuple[int, int, int], two: tuple[int, int, int]) -> None:
    texts = [".".join(map(str, each)) for each in (one, two)]
    assert (number_of(texts[0]) < number_of(texts[1])) == (one < two)


# --- whom a kiosk trusts --------------------------------------------------------------------------------------------


def test_the_keys_of_a_kiosk_are_lines_and_what_is_for_people(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path)
    kiosk.places.keys.write_text(f"# ours\n\n{KEY.verifier.text}\n  {OTHER.verifier.text} # since June\n")
    assert read_keys(kiosk.places.keys) == (KEY.verifier, OTHER.verifier)


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        (None, 0, "no file"),
        ("# none\n", 0o644, "got none"),
        (f"{KEY.verifier.text[:-2]}\n", 0o644, "copy the releases' public key there again"),
        (f"{KEY.secret_text()}\n", 0o644, "a private one"),
        (f"{KEY.verifier.text}\n", 0o664, "mode 664"),
        (f"{KEY.verifier.text}\n", 0o646, "mode 646"),
    ],
)
def test_keys_that_cannot_be_relied_on_are_refused(tmp_path: Path, text: str | None, mode: int, expected: str) -> None:
    path = tmp_path / "keys"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    with pytest.raises(KeysRefused, match=expected) as caught:
        read_keys(path)
    assert KEY.secret_text() not in str(caught.value)


def test_other_keys_take_the_place_of_those_that_were_there(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path)
    write_keys(kiosk.places.keys, [OTHER.verifier.text], "from release 0.3.0")
    assert read_keys(kiosk.places.keys) == (OTHER.verifier,)
