"""Images of the firmware are made, signed and read back; MicroPython reads them as it reads its own format."""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.reader_firmware import FIRMWARE, PACKAGES, compiled, version_of
from kiosk.reader_images import (
    MAX_BYTES,
    ImageRefused,
    make_key,
    public_text,
    read_image,
    read_key,
    read_public,
    signed_image,
)
from reader.images import MOST_BYTES
from scripts.firmware_image import content_of, main
from tests.firmware.interpreter import ROOT, run
from tests.firmware.modules import MODULES

KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture(scope="module")
def content() -> bytes:
    return content_of(FIRMWARE)


@pytest.fixture
def image_file(tmp_path: Path) -> Path:
    path = tmp_path / "reader.image"
    signed_image("1.2.3", b"content", KEY).write(path)
    return path


def test_an_image_holds_every_module_but_those_that_are_never_updated(content: bytes, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(content)
    program = ROOT / "tests/firmware/device/image_files.py"
    seen = json.loads(run("-X", "heapsize=4M", program, image, folders=(ROOT,)))
    wanted = {
        f"/{module.with_suffix('.mpy')}": hashlib.sha256(compiled(FIRMWARE / module, str(module))).hexdigest()
        for module in MODULES
        if module.parts[0] in PACKAGES
    }
    assert seen["/ours"] == wanted, "read by romfs.py"
    assert seen["/theirs"] == wanted, "read by MicroPython's own VfsRom"
    assert len(wanted) > 15


def test_the_same_modules_make_the_same_image(content: bytes) -> None:
    assert content_of(FIRMWARE) == content


def test_the_image_has_room_on_the_reader_many_times_over(content: bytes) -> None:
    assert len(content) * 3 < MOST_BYTES
    assert MOST_BYTES == MAX_BYTES


def test_what_is_built_is_read_back_and_signed_for_the_readers(tmp_path: Path, content: bytes) -> None:
    key, out = tmp_path / "site.key", tmp_path / "reader.image"
    assert main(["key", str(key)]) == 0
    assert main(["build", "--key", str(key), "--out", str(out)]) == 0
    image = read_image(out)
    assert (image.version, image.data) == (version_of(FIRMWARE), content)
    assert image.is_signed_for(read_public(tmp_path / "site.key.pub"))
    assert not image.is_signed_for(Ed25519PrivateKey.generate().public_key())
    begin = image.announcement()
    assert (begin.size, begin.version, begin.sha256) == (len(content), image.version, hashlib.sha256(content).digest())
    assert begin.signature == image.signature


def test_a_key_is_for_its_owners_eyes_and_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "site.key"
    before = os.umask(0)
    try:
        make_key(key)
    finally:
        os.umask(before)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    text = key.read_bytes()
    assert main(["key", str(key)]) == 3
    assert key.read_bytes() == text
    assert "File exists" in capsys.readouterr().err


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    key = tmp_path / "site.key"
    make_key(key)
    key.chmod(mode)
    with pytest.raises(ImageRefused, match=rf"expected a key that its owner alone .* got mode {mode:o}; chmod 600 it"):
        read_key(key)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.key"
    other = generate_private_key(SECP256R1())
    for content in (
        b"",
        b"nonsense",
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(ImageRefused, match="Ed25519 key"):
            read_key(path)


@pytest.mark.parametrize("text", ["", "00" * 31, "g" * 64, "00" * 40])
def test_a_public_key_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "site.pub"
    path.write_text(text)
    with pytest.raises(ImageRefused, match="expected a public key of 32 bytes in hexadecimal"):
        read_public(path)


def test_a_public_key_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "site.pub"
    path.write_text(public_text(KEY.public_key()))
    assert read_public(path) == KEY.public_key()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"sealgate", b"Sealgate", "an image of the seal reader's firmware"),
        (b"content", b"Content", "an image with the SHA-256"),
        (b"content", b"", "an image with the SHA-256"),
        (b'"version"', b'"versions"', "a line of JSON"),
        (b"{", b"[", "a line of JSON"),
        (b'"signature":"', b'"signature":"x', "a line of JSON"),
        (b'"signature":"', b'"signature":"00', "a signature of 64 bytes"),
        (b'"1.2.3"', b'""', "a signature of 64 bytes and a version of 1 to 16"),
        (b'"1.2.3"', b'"12345678901234567"', "a signature of 64 bytes and a version of 1 to 16"),
    ],
)
def test_a_file_that_is_no_whole_image_is_refused(image_file: Path, old: bytes, new: bytes, expected: str) -> None:
    image_file.write_bytes(image_file.read_bytes().replace(old, new, 1))
    with pytest.raises(ImageRefused, match=expected):
        read_image(image_file)


@pytest.mark.parametrize("size", [0, MAX_BYTES + 1])
def test_an_image_that_no_reader_takes_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "reader.image"
    signed_image("1.2.3", bytes(size), KEY).write(path)
    with pytest.raises(ImageRefused, match=f"expected an image of 1 to {MAX_BYTES} bytes"):
        read_image(path)


def test_a_module_that_does_not_compile_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_key(tmp_path / "site.key")
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('VERSION = "1"\n')
    (tmp_path / "reader/wrong.py").write_text("def f(:\n")
    arguments = ["build", "--key", str(tmp_path / "site.key"), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--firmware", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("firmware_image.py: expected a module that MicroPython takes in reader/wrong.py, got")
    assert not (tmp_path / "out").exists()


def test_a_firmware_without_a_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader/__init__.py").write_text("version = 1\n")
    with pytest.raises(ValueError, match=r"expected VERSION in .*reader/__init__\.py, found none"):
        version_of(tmp_path)


@pytest.mark.parametrize("arguments", [[], ["build"], ["build", "--key", "x"], ["sign"]])
def test_wrong_use_is_told(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_key_that_is_not_there_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--key", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 3
    assert capsys.readouterr().err.count("\n") == 1
