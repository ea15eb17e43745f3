"""Signed notes: a text and the Ed25519 signatures under it, as C2SP signed-note has them (https://c2sp.org/signed-note).

    text, its last line ended
    (an empty line)
    — NAME base64(key id, signature)

A key has a name and an id of four bytes, the first of SHA-256(name, 0x0A, type, public key). A public key travels as
``name+id+base64(type, key)`` (signed-note, "Verifier keys"), a signing key as ``PRIVATE+KEY+name+id+base64(type,
seed)`` (golang.org/x/mod/sumdb/note, from which C2SP took the rest).

A signature by a key that the reader does not know says nothing and is passed over: witnesses may add theirs. One that
bears the known key's name and id and is wrong spoils the whole note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Final, NoReturn

from msgspec import Struct

from kiosk.ledger.errors import KeyMalformed, KeyRefused, NotProved

if TYPE_CHECKING:  # cryptography is loaded when a signature is made or checked: the gate's start needs none of it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519: Final = b"\x01"
"""The type of our keys and signatures (signed-note, "Signature types")."""

KEY_BYTES: Final = 32
"""Length of an Ed25519 public key, and of the seed that is the private key (RFC 8032, 5.1.5)."""

MAX_NOTE_BYTES: Final = 1_000_000
"""Longest note that is read: 16 signatures must be (signed-note, "Format"), and the largest kind takes some 5 kB."""

MAX_SIGNATURES: Final = 100
"""Most signatures that are looked at."""

_PRIVATE: Final = "PRIVATE+KEY+"
_DASH: Final = "\N{EM DASH} "
_ID_BYTES: Final = 4


class VerifierKey(Struct, frozen=True):
    """A public key: what is needed to check a signature, and all that is.

    Attributes:
        name: Whose key it is.
        public: The Ed25519 public key.
    """

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Reads ``name+id+base64``.

        Raises:
            KeyMalformed: It is no such text, its id is another key's, or the key is of another type than Ed25519.
        """
        if text.startswith(_PRIVATE):
            raise KeyMalformed(expected="a public key", got="a private one: keep it to yourself")
        name, identity, data = _split_key(text) or _refuse_key("the form name+id+base64")
        if data[:1] != ED25519 or len(data) != 1 + KEY_BYTES:
            raise KeyMalformed(
                expected="an Ed25519 key (type 1, 32 bytes)", got=f"{len(data)} bytes: {data[:1].hex()}.."
            )
        key = cls(name, data[1:])
        if key.key_id != identity:
            raise KeyMalformed(expected=f"the id {key.key_id.hex()} of this name and key", got=identity.hex())
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes that, beside the name, say which key signed."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as it is handed out, in one line without line end."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Whether a signature over a text is this key's (RFC 8032, 5.1.7)."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):  # ValueError: 32 bytes that are no public key
            return False
        return True


class SignerKey:
    """A signing key. It shows itself nowhere: `secret_text` alone tells it, for the file that keeps it."""

    __slots__ = ("_private", "verifier")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.verifier = VerifierKey(name, private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"SignerKey({self.verifier.name!r})"

    @classmethod
    def make(cls, name: str) -> SignerKey:
        """Makes a new key from the system's random numbers.

        Raises:
            KeyMalformed: A key cannot be named so.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not is_key_name(name):
            raise KeyMalformed(expected="a name without spaces, control characters and plus signs", got=repr(name))
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> SignerKey:
        """Reads ``PRIVATE+KEY+name+id+base64``.

        Raises:
            KeyRefused: It is no such text. The message tells nothing of it.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        parts = _split_key(text.removeprefix(_PRIVATE)) if text.startswith(_PRIVATE) else None
        if parts is None or parts[2][:1] != ED25519 or len(parts[2]) != 1 + KEY_BYTES:
            raise _no_signing_key("PRIVATE+KEY+name+id+base64 of an Ed25519 key", "something else")
        key = cls(parts[0], Ed25519PrivateKey.from_private_bytes(parts[2][1:]))
        if key.verifier.key_id != parts[1]:
            raise _no_signing_key("the id of its own name and key", "the id of another")
        return key

    def secret_text(self) -> str:
        """The key itself, in one line without line end: for the file that keeps it and for nothing else."""
        seed = self._private.private_bytes_raw()
        data = base64.b64encode(ED25519 + seed).decode()
        return f"{_PRIVATE}{self.verifier.name}+{self.verifier.key_id.hex()}+{data}"

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key itself, for what is signed and is no note. It shows itself nowhere either."""
        return self._private

    def sign(self, text: str) -> bytes:
        """The note: the text with this key's signature under it; see `sign_note`."""
        return sign_note(text, self)

    def signature(self, text: bytes) -> Signature:
        """This key's signature over a text."""
        return Signature(self.verifier.name, self.verifier.key_id, self._private.sign(text))


class Signature(Struct, frozen=True):
    """One line under a note: by a key of this name and id, the signature itself."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self) -> str:
        """It as it stands under a note, with its line end."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.data).decode()}\n"


class Note(Struct, frozen=True):
    """A note as it was read, whoever signed it. Nothing in it is to be believed before `open_note`.

    Attributes:
        text: What was signed, with its line ends.
        signatures: The lines under it, at least one.
    """

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Takes a note apart.

        Raises:
            NotProved: It is no signed note.
        """
        if len(data) > MAX_NOTE_BYTES:
            raise _no_note(f"at most {MAX_NOTE_BYTES} bytes", f"{len(data)}")
        if _has_control(data):
            raise _no_note("no control characters but line ends", "others")
        try:
            text, empty, under = data.decode().rpartition("\n\n")
        except UnicodeDecodeError as fault:
            raise _no_note("UTF-8", f"byte {data[fault.start]:#04x} at {fault.start}") from None
        if not empty or not under.endswith("\n"):
            raise _no_note("a text, an empty line and ended lines of signatures", "something else")
        lines = under[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise _no_note(f"at most {MAX_SIGNATURES} signatures", f"{len(lines)}")
        return cls(text + "\n", tuple(map(_parse_signature, lines)))


def sign_note(text: str, *keys: SignerKey) -> bytes:
    """A note: a text with the signatures of some keys under it.

    Args:
        text: What to sign; it ends its last line.
        keys: Who signs, in the order of the lines.

    Raises:
        ValueError: A note cannot hold such a text.
    """
    data = text.encode()
    if not text.endswith("\n") or _has_control(data):
        raise ValueError("expected a text that ends its last line and has no control characters")
    return data + b"\n" + "".join(key.signature(data).line for key in keys).encode()


def open_note(data: bytes, *keys: VerifierKey) -> str:
    """The text of a note that a known key signed.

    Args:
        data: The note.
        keys: The keys that are known; one of them must have signed.

    Raises:
        NotProved: It is no signed note, none of the keys signed it, or a signature that says it is one's is wrong.
    """
    note = Note.parse(data)
    known = {(key.name, key.key_id): key for key in keys}
    ours = [(known[line.name, line.key_id], line) for line in note.signatures if (line.name, line.key_id) in known]
    if not ours:
        wanted = " or ".join(f"{key.name}+{key.key_id.hex()}" for key in keys)
        names = ", ".join(f"{line.name!r} {line.key_id.hex()}" for line in note.signatures[:3])
        raise NotProved("signature", expected=f"one by {wanted}", got=f"those by {names}")
    signed = note.text.encode()
    for key, line in ours:
        if not key.verifies(line.data, signed):
            raise NotProved(
                "signature",
                expected=f"that of {key.name}+{key.key_id.hex()} over this text",
                got="one that does not fit it",
            )
    return note.text


def is_key_name(name: str) -> bool:
    """Whether a key can be named so (signed-note, "Format")."""
    return bool(name) and not any(char.isspace() or char < " " or char == "+" for char in name)


def strict_base64(text: str) -> bytes | None:
    """What a text of RFC 4648, 4, stands for; None when it is not the one way to write that."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _parse_signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    data = strict_base64(encoded)
    if not line.startswith(_DASH) or not is_key_name(name) or data is None or len(data) <= _ID_BYTES:
        raise _no_note("signatures as '\N{EM DASH} NAME BASE64'", repr(line[:80]))
    return Signature(name, data[:_ID_BYTES], data[_ID_BYTES:])


def _split_key(text: str) -> tuple[str, bytes, bytes] | None:
    """Name, id and data of a key's text; the data may have plus signs in its base64."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    data = strict_base64(encoded)
    if not is_key_name(name) or len(identity) != 2 * _ID_BYTES or not set(identity) <= set("0123456789abcdef"):
        return None
    return (name, bytes.fromhex(identity), data) if data else None


def _refuse_key(expected: str) -> NoReturn:
    raise KeyMalformed(expected=expected, got="something else")


def _no_signing_key(expected: str, got: str) -> KeyRefused:
    return KeyRefused("signing key", expected=expected, got=got, mend="put the kiosk's own checkpoint.key back")


def _has_control(data: bytes) -> bool:
    return any(byte < 0x20 and byte != 0x0A for byte in data)


def _no_note(expected: str, got: str) -> NotProved:
    return NotProved("signed note", expected=expected, got=got)
