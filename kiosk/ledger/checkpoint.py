"""Checkpoints: how long the ledger is and its Merkle root, signed (https://c2sp.org/tlog-checkpoint).

    origin                 which ledger
    size                   how many entries
    base64 of the root     over all of them (RFC 6962, 2.1)
    (extension lines, which we write none of)

This is the text of a signed note. Whoever keeps one can tell later whether the ledger still begins with exactly that.
"""

from __future__ import annotations

import base64

from msgspec import Struct

from kiosk.ledger.errors import NotProved
from kiosk.ledger.merkle import DIGEST_BYTES
from kiosk.ledger.note import SignerKey, VerifierKey, open_note, sign_note, strict_base64
from kiosk.ledger.proofs import MOST_LEAVES, check_consistency


class Checkpoint(Struct, frozen=True):
    """Where a ledger stood.

    Attributes:
        origin: Which ledger.
        size: How many entries it had.
        root: The Merkle root over them.
        extensions: Lines that others may have added; they bind nobody.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Reads a checkpoint's text, as `text` writes it.

        Raises:
            NotProved: It is no such text.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() != "" or not all(lines):
            raise _no_checkpoint("three lines or more, none empty, the last one ended", repr(text[:80]))
        origin, size, root = lines[0], parse_count(lines[1]), strict_base64(lines[2])
        if size is None:
            raise _no_checkpoint("a size in decimal without leading zeroes", repr(lines[1][:80]))
        if root is None or len(root) != DIGEST_BYTES:
            raise _no_checkpoint(f"{DIGEST_BYTES} bytes of root in base64", repr(lines[2][:80]))
        return cls(origin, size, root, tuple(lines[3:]))

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    def __str__(self) -> str:
        return f"{self.origin} at {self.size} entries, root {self.root.hex()}"


def sign_checkpoint(checkpoint: Checkpoint, *keys: SignerKey) -> bytes:
    """The checkpoint as a signed note.

    Raises:
        ValueError: A key is another ledger's: key and origin have one name (tlog-checkpoint, "Signatures").
    """
    for key in keys:
        if checkpoint.origin != key.verifier.name:
            raise ValueError(f"expected the key of {checkpoint.origin}, got {key.verifier.name}'s")
    return sign_note(checkpoint.text, *keys)


def open_checkpoint(data: bytes, *keys: VerifierKey) -> Checkpoint:
    """The checkpoint of a signed note.

    Args:
        data: The note.
        keys: The keys that are known: of the ledger's keys, one after the other, any may have signed.

    Raises:
        NotProved: It is none, none of the keys signed it, or it is about another ledger than a key's.
    """
    checkpoint = Checkpoint.parse(open_note(data, *keys))
    for key in keys:
        if checkpoint.origin != key.name:
            raise _no_checkpoint(f"one of {key.name}, whose key this is", f"one of {checkpoint.origin!r}")
    return checkpoint


def check_growth(old: Checkpoint, new: Checkpoint, proof: tuple[bytes, ...]) -> None:
    """Checks that the ledger at one checkpoint begins with all that it held at an older one (RFC 6962, 2.1.2).

    Raises:
        NotProved: It does not, or they are of two ledgers.
    """
    if old.origin != new.origin:
        raise _no_checkpoint(f"two of one ledger, {old.origin}", f"one of {new.origin!r}")
    check_consistency(old.size, old.root, new.size, new.root, proof)


def parse_count(text: str) -> int | None:
    """A count as C2SP writes it: ASCII decimal, no leading zeroes; None when it is not, or no ledger is so long."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MOST_LEAVES)) or (text[0] == "0" and text != "0"):
        return None
    return int(text) if int(text) <= MOST_LEAVES else None


def _no_checkpoint(expected: str, got: str) -> NotProved:
    return NotProved("checkpoint", expected=expected, got=got)
