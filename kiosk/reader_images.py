"""Images of the seal reader's firmware: the file that a release hands out, and the key it is signed with.

An image file is a line that says what it is, a line of JSON (version, digest, signature), and the image, which goes to
the reader as it is. scripts/firmware_image.py makes it; `sealgate reader update` sends it. The key signs for
readers: each has the public half, and takes no image that is signed by another.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from msgspec import Struct

from kiosk.core.errors import SealgateError
from kiosk.durable import sync_folder, write_file
from sealwire.messages import UpdateBegin, signed_text

MAGIC: Final = b"sealgate reader image 1\n"

MAX_BYTES: Final = 256 * 1024
"""Of an image: what a reader takes at most."""

_OURS_ALONE: Final = 0o600
_OTHERS: Final = 0o077


class ImageRefused(SealgateError):
    """A file is no image of the reader's firmware, or no key for one."""


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The file's line of JSON."""

    version: str
    sha256: str
    signature: str


class ReaderImage(Struct, frozen=True):
    """An image of the firmware.

    Attributes:
        version: Of the firmware in it, at most 16 bytes.
        signature: Ed25519, over `sealwire.messages.signed_text`.
        data: The image itself, in MicroPython's ROMFS format.
    """

    version: str
    signature: bytes
    data: bytes

    @property
    def sha256(self) -> bytes:
        """The digest of the image."""
        return hashlib.sha256(self.data).digest()

    def announcement(self) -> UpdateBegin:
        """What is sent to the reader first."""
        return UpdateBegin(len(self.data), self.sha256, self.signature, self.version)

    def is_signed_for(self, public: Ed25519PublicKey) -> bool:
        """Whether readers that have this public key take it."""
        try:
            public.verify(self.signature, signed_text(self.version, self.sha256))
        except InvalidSignature:
            return False
        return True

    def write(self, path: Path) -> None:
        """Writes the image file.

        Raises:
            OSError: The disk refuses; a file that was there is as it was.
        """
        head = msgspec.json.encode(_Head(self.version, self.sha256.hex(), self.signature.hex()))
        write_file(path, MAGIC + head + b"\n" + self.data)


def read_image(path: Path) -> ReaderImage:
    """Reads an image file and looks whether it is whole. Whom it is signed for is not known here.

    Raises:
        ImageRefused: It is none, or not whole.
        OSError: It cannot be read.
    """
    data = path.read_bytes()
    head, _, content = data.removeprefix(MAGIC).partition(b"\n")
    if not data.startswith(MAGIC):
        raise _refused(path, "an image of the seal reader's firmware", f"a file that begins with {data[:16]!r}")
    try:
        fields = msgspec.json.decode(head, type=_Head)
        image = ReaderImage(fields.version, bytes.fromhex(fields.signature), content)
    except (msgspec.DecodeError, ValueError) as error:
        raise _refused(path, "a line of JSON with version, sha256 and signature", str(error)) from error
    if image.sha256.hex() != fields.sha256:
        raise _refused(path, f"an image with the SHA-256 {fields.sha256}", image.sha256.hex())
    if not 0 < len(content) <= MAX_BYTES:
        raise _refused(path, f"an image of 1 to {MAX_BYTES} bytes", f"{len(content)}")
    if len(image.signature) != 64 or not 0 < len(image.version.encode()) <= 16:
        raise _refused(path, "a signature of 64 bytes and a version of 1 to 16", f"{fields}")
    return image


def signed_image(version: str, content: bytes, key: Ed25519PrivateKey) -> ReaderImage:
    """Signs an image.

    Args:
        version: Of the firmware in it, at most 16 bytes.
        content: The image, in MicroPython's ROMFS format.
        key: Whose public half the readers have.
    """
    return ReaderImage(version, key.sign(signed_text(version, hashlib.sha256(content).digest())), content)


def make_key(path: Path) -> Ed25519PrivateKey:
    """Makes a key and its file (PEM, mode 600).

    Raises:
        FileExistsError: There is a file.
        OSError: The disk refuses.
    """
    key = Ed25519PrivateKey.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OURS_ALONE)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """Reads a key's file.

    Raises:
        ImageRefused: Others may read it, or it is no key.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        data = file.read(4096)
    if mode & _OTHERS:
        raise _refused(path, "a key that its owner alone may read (mode 600)", f"mode {mode:o}", "chmod 600 it")
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError) as error:
        raise _refused(path, "an Ed25519 key as PEM", str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _refused(path, "an Ed25519 key", type(key).__name__)
    return key


def public_text(public: Ed25519PublicKey) -> str:
    """A public key as a reader has it: 32 bytes in hexadecimal, one line."""
    return f"{public.public_bytes_raw().hex()}\n"


def read_public(path: Path) -> Ed25519PublicKey:
    """Reads a file of `public_text`.

    Raises:
        ImageRefused: It is none.
        OSError: It cannot be read.
    """
    data = path.read_bytes()
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(data[:70].decode("ascii")))
    except ValueError as error:
        raise _refused(path, "a public key of 32 bytes in hexadecimal", f"{data[:70]!r}") from error


def _refused(path: Path, expected: str, got: str, mend: str = "get it anew from whom it came") -> ImageRefused:
    return ImageRefused(expected=f"{expected} in {path}", got=got, mend=mend)
