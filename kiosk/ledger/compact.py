"""A signed checkpoint as one short text, for a QR code that fits a screen of 80x24; the note is rebuilt exactly.

``SEALGATE:`` and, in base45, one after the other:

    1 byte     version, 1
    16 bytes   the ledger's id, which its origin and the key's name end with
    32 bytes   the root
    4 bytes    the key's id
    64 bytes   the signature
    the rest   the size, in as few bytes as it takes, the most significant first

It has room for one signature: of a note that has several (`kiosk.ledger.rotation`) it is that of the key in force, and
what is rebuilt is the note with that one alone.
"""

from __future__ import annotations

import re
from typing import Final

from kiosk.ledger import base45
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.errors import NotProved
from kiosk.ledger.merkle import DIGEST_BYTES
from kiosk.ledger.note import Note, Signature, VerifierKey
from kiosk.ledger.proofs import MOST_LEAVES

PREFIX: Final = "SEALGATE:"

_VERSION: Final = b"\x01"
_ORIGIN: Final = re.compile(r"sealgate/([0-9a-f]{32})", re.ASCII)
_ID_BYTES, _KEY_ID_BYTES, _SIGNATURE_BYTES = 16, 4, 64
_ROOT_AT: Final = 1 + _ID_BYTES
_KEY_AT: Final = _ROOT_AT + DIGEST_BYTES
_SIGNATURE_AT: Final = _KEY_AT + _KEY_ID_BYTES
_SIZE_AT: Final = _SIGNATURE_AT + _SIGNATURE_BYTES


def to_compact(data: bytes, key: VerifierKey) -> str:
    """The short text of a checkpoint, with one key's signature.

    Args:
        data: The signed note. It is not checked.
        key: Whose signature to take.

    Raises:
        NotProved: It is no checkpoint of one of our ledgers, or the key did not sign it.
    """
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    origin = _ORIGIN.fullmatch(checkpoint.origin)
    signatures = [line.data for line in note.signatures if (line.name, line.key_id) == (key.name, key.key_id)]
    if not origin or checkpoint.extensions or not signatures or len(signatures[0]) != _SIGNATURE_BYTES:
        raise _no_text("a checkpoint of a kiosk's, signed by its key", repr(note.text[:80]))
    size = checkpoint.size.to_bytes((checkpoint.size.bit_length() + 7) // 8, "big")
    packed = _VERSION + bytes.fromhex(origin[1]) + checkpoint.root + key.key_id + signatures[0] + size
    return PREFIX + base45.encode(packed)


def from_compact(text: str) -> bytes:
    """The signed note that a short text stands for. Nothing in it is to be believed before it was opened with a key.

    Raises:
        NotProved: The text stands for none.
    """
    packed = base45.decode(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
    if packed is None or packed[:1] != _VERSION or len(packed) <= _SIZE_AT or packed[_SIZE_AT] == 0:
        raise _no_text(f"{PREFIX} and what stands for a checkpoint, whole and as it was read", repr(text[:40]))
    size = int.from_bytes(packed[_SIZE_AT:], "big")
    if size > MOST_LEAVES:
        raise _no_text(f"at most {MOST_LEAVES} entries", "more")
    origin = f"sealgate/{packed[1:_ROOT_AT].hex()}"
    signature = Signature(origin, packed[_KEY_AT:_SIGNATURE_AT], packed[_SIGNATURE_AT:_SIZE_AT])
    return f"{Checkpoint(origin, size, packed[_ROOT_AT:_KEY_AT]).text}\n{signature.line}".encode()


def note_of(data: bytes) -> bytes:
    """A signed note from a file's content, be it the note itself or its short text.

    Raises:
        NotProved: It begins as a short text and stands for none.
    """
    if not data.startswith(PREFIX.encode()):
        return data
    return from_compact(data.decode("ascii", errors="replace").strip())


def _no_text(expected: str, got: str) -> NotProved:
    return NotProved("checkpoint's short text", expected=expected, got=got)
