"""The proof of an entry as one short text, for a QR code on a printed report; the proof is rebuilt exactly.

``SEALPROOF:`` and, in base45, what zlib (RFC 1950) makes of, one after the other:

    1 byte     version, 1
    8 bytes    the entry's place from 0, the most significant first
    1 byte     how many hashes
    32 each    the hashes of the proof of inclusion
    2 bytes    how long the note is
    the note   the signed checkpoint
    the rest   the entry's line
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from kiosk.ledger import base45
from kiosk.ledger.entry import MAX_LINE_BYTES
from kiosk.ledger.errors import NotProved
from kiosk.ledger.merkle import DIGEST_BYTES
from kiosk.ledger.prove import format_parts, parts_of

PREFIX: Final = "SEALPROOF:"

MOST_CHARACTERS: Final = 4_296
"""What the largest QR code holds of such letters (ISO/IEC 18004, table 7: version 40, level L)."""

_VERSION: Final = 1
_HEAD: Final = struct.Struct(">BQB")
_NOTE: Final = struct.Struct(">H")


def to_compact(proof: bytes) -> str:
    """The short text of a proof. It is not checked.

    Raises:
        NotProved: The file is no proof of an entry.
    """
    line, index, hashes, note = parts_of(proof)
    packed = _HEAD.pack(_VERSION, index, len(hashes)) + b"".join(hashes) + _NOTE.pack(len(note)) + note + line
    return PREFIX + base45.encode(zlib.compress(packed, 9))


def from_compact(text: str) -> bytes:
    """The proof that a short text stands for. Nothing in it is to be believed before it was verified with a key.

    Raises:
        NotProved: The text stands for none.
    """
    packed = base45.decode(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
    try:
        inflated = _inflated(packed or b"")
        version, index, count = _HEAD.unpack_from(inflated)
        at = _HEAD.size + count * DIGEST_BYTES
        hashes = [inflated[here : here + DIGEST_BYTES] for here in range(_HEAD.size, at, DIGEST_BYTES)]
        (length,) = _NOTE.unpack_from(inflated, at)
        note, line = inflated[at + _NOTE.size :][:length], inflated[at + _NOTE.size + length :]
        if version == _VERSION and len(note) == length:
            return format_parts(line, index, hashes, note)
    except (struct.error, zlib.error):
        pass
    expected = f"{PREFIX} and what stands for a proof, whole and as it was read"
    raise NotProved("proof's short text", expected=expected, got=repr(text[:40]))


def proof_of(data: bytes) -> bytes:
    """A proof from a file's content, be it the proof itself or its short text.

    Raises:
        NotProved: It begins as a short text and stands for none.
    """
    if not data.startswith(PREFIX.encode()):
        return data
    return from_compact(data.decode("ascii", errors="replace").strip())


def _inflated(data: bytes) -> bytes:
    """As much as a proof can be: a few bytes may stand for gigabytes."""
    inflater = zlib.decompressobj()
    inflated = inflater.decompress(data, MAX_LINE_BYTES)
    if not inflater.eof:
        raise zlib.error("not whole, or too long")
    return inflated
