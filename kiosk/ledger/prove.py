"""Proofs as small text files, which a third party checks with the kiosk's public key and nothing else.

An entry's proof is a C2SP tlog-proof (https://c2sp.org/tlog-proof):

    c2sp.org/tlog-proof@v1
    extra BASE64           the entry's line, exactly as it stands in the ledger, without its line end
    index N                its place from 0: entry N + 1
    BASE64 ...             the hashes of its proof of inclusion (RFC 6962, 2.1.1)
    (an empty line)
    the signed checkpoint

That format calls the extra data unauthenticated. Ours is not: its hash is the leaf that the proof is about.

The proof that a ledger only grew is what a C2SP tlog-witness is asked with (https://c2sp.org/tlog-witness,
add-checkpoint): ``old N``, the hashes of the proof of consistency (RFC 6962, 2.1.2), an empty line, the newer signed
checkpoint. Who has the older checkpoint can check it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from kiosk.ledger.checkpoint import Checkpoint, check_growth, open_checkpoint, parse_count
from kiosk.ledger.entry import FIRST_SEQ, MAX_LINE_BYTES, LedgerEntry
from kiosk.ledger.errors import EntryMalformed, NotProved
from kiosk.ledger.merkle import DIGEST_BYTES, leaf_hash
from kiosk.ledger.note import MAX_NOTE_BYTES, VerifierKey, strict_base64
from kiosk.ledger.proofs import check_inclusion

HEADER: Final = "c2sp.org/tlog-proof@v1"

SUFFIX: Final = ".tlog-proof"
"""How the files' names end (tlog-proof)."""

MAX_PROOF_BYTES: Final = MAX_LINE_BYTES // 3 * 4 + MAX_NOTE_BYTES + 10_000
"""Longest proof that is read: the longest line in base64, the longest checkpoint, 63 hashes."""

MAX_HASHES: Final = 63
"""Most hashes in a proof; see `kiosk.ledger.proofs.MOST_LEAVES`."""

_OLD: Final = "old "


class Proved(Struct, frozen=True):
    """What a proof shows.

    Attributes:
        entry: The entry.
        checkpoint: The signed checkpoint that it is under.
    """

    entry: LedgerEntry
    checkpoint: Checkpoint


def format_proof(entry: LedgerEntry, hashes: Sequence[bytes], note: bytes) -> bytes:
    """The file that proves an entry.

    Args:
        entry: The entry.
        hashes: Its proof of inclusion under the checkpoint.
        note: The signed checkpoint.
    """
    return format_parts(entry.to_line(), entry.seq - FIRST_SEQ, hashes, note)


def format_parts(line: bytes, index: int, hashes: Sequence[bytes], note: bytes) -> bytes:
    """The same of an entry's line, and its place from 0."""
    return _format([HEADER, f"extra {base64.b64encode(line).decode()}", f"index {index}"], hashes, note)


def format_growth(old: int, hashes: Sequence[bytes], note: bytes) -> bytes:
    """The file that proves that a ledger only grew.

    Args:
        old: How many entries it had at the older checkpoint.
        hashes: The proof of consistency.
        note: The newer signed checkpoint.
    """
    return _format([f"{_OLD}{old}"], hashes, note)


def verify_proof(data: bytes, *keys: VerifierKey) -> Proved:
    """Checks the file that proves an entry. Nothing else is needed: no ledger, no network.

    Args:
        data: The file.
        keys: The kiosk's public keys, which the reader has from elsewhere; one of them must have signed.

    Raises:
        NotProved: The file does not prove that this kiosk signed for this entry.
    """
    line, index, hashes, note = parts_of(data)
    checkpoint = open_checkpoint(note, *keys)
    check_inclusion(leaf_hash(line), index, checkpoint.size, hashes, checkpoint.root)
    try:
        entry = LedgerEntry.from_line(line)
    except EntryMalformed as fault:
        raise NotProved("the entry in the proof", expected=fault.expected, got=fault.got) from None
    if entry.seq != index + FIRST_SEQ:
        raise _no_proof(f"entry {index + FIRST_SEQ} at this place", f"an entry that says it is {entry.seq}")
    return Proved(entry, checkpoint)


def parts_of(data: bytes) -> tuple[bytes, int, tuple[bytes, ...], bytes]:
    """What stands in the file that proves an entry: its line, its place from 0, the hashes, the signed checkpoint.

    Nothing of it is checked.

    Raises:
        NotProved: The file is none.
    """
    head, note = _split(data)
    if head[:1] != [HEADER] or len(head) < 3 or not head[1].startswith("extra ") or not head[2].startswith("index "):
        raise _no_proof(f"{HEADER}, then the lines 'extra' and 'index'", repr("\n".join(head)[:80]))
    line, index = strict_base64(head[1].removeprefix("extra ")), parse_count(head[2].removeprefix("index "))
    if line is None or index is None:
        raise _no_proof("base64 after 'extra' and a number after 'index'", "something else")
    return line, index, _hashes(head[3:]), note


def is_growth(data: bytes) -> bool:
    """Whether a file says that it proves that a ledger only grew, rather than an entry."""
    return data.startswith(_OLD.encode())


def verify_growth(data: bytes, old: Checkpoint, *keys: VerifierKey) -> Checkpoint:
    """Checks the file that proves that a ledger only grew since an older checkpoint.

    Args:
        data: The file.
        old: The older checkpoint, opened with one of the same keys.
        keys: The kiosk's public keys; one of them must have signed.

    Returns:
        The newer checkpoint.

    Raises:
        NotProved: The file does not prove it.
    """
    head, note = _split(data)
    size = parse_count(head[0].removeprefix(_OLD)) if head and head[0].startswith(_OLD) else None
    if size is None:
        raise _no_proof("a first line 'old' and a number", repr("\n".join(head)[:80]))
    if size != old.size:
        raise _no_proof(f"one that begins at the older checkpoint's {old.size} entries", f"one from {size}")
    checkpoint = open_checkpoint(note, *keys)
    check_growth(old, checkpoint, _hashes(head[1:]))
    return checkpoint


def _format(head: Sequence[str], hashes: Sequence[bytes], note: bytes) -> bytes:
    lines = [*head, *(base64.b64encode(digest).decode() for digest in hashes)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + note


def _split(data: bytes) -> tuple[list[str], bytes]:
    """The lines before the first empty one, and the checkpoint after it."""
    if len(data) > MAX_PROOF_BYTES:
        raise _no_proof(f"at most {MAX_PROOF_BYTES} bytes", "more")
    head, empty, note = data.partition(b"\n\n")
    if not empty or not head.isascii():
        raise _no_proof("lines of ASCII, an empty line and a checkpoint", "something else")
    return head.decode().split("\n"), note


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_HASHES:
        raise _no_proof(f"at most {MAX_HASHES} hashes", f"{len(lines)}")
    hashes = []
    for line in lines:
        digest = strict_base64(line)
        if digest is None or len(digest) != DIGEST_BYTES:
            raise _no_proof(f"hashes of {DIGEST_BYTES} bytes in base64", repr(line[:80]))
        hashes.append(digest)
    return tuple(hashes)


def _no_proof(expected: str, got: str) -> NotProved:
    return NotProved("proof", expected=expected, got=got)
