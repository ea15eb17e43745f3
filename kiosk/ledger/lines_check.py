"""Checks an export as JSON Lines against the checkpoint that was signed with it; its form is `export_lines`'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.entry import FIRST_SEQ, MAX_LINE_BYTES, LedgerEntry
from kiosk.ledger.errors import EntryMalformed, NotProved
from kiosk.ledger.export_lines import END, ENTRY, PROOF, line_of
from kiosk.ledger.merkle import leaf_hash
from kiosk.ledger.note import strict_base64
from kiosk.ledger.proofs import check_inclusion

MAX_BYTES: Final = MAX_LINE_BYTES + 4096
"""Longest line that is read: the longest entry, and 63 hashes."""

_HASHES: Final = msgspec.json.Decoder(list[str])


class CheckedLines(Struct, frozen=True):
    """An export whose lines were all signed for.

    Attributes:
        entries: How many lines it has.
        left_out: First and last number of each stretch of entries that are not in it.
    """

    entries: int
    left_out: tuple[tuple[int, int], ...]


def is_lines(path: Path) -> bool:
    """Whether a file begins as an export as JSON Lines does. One of no entries at all is empty."""
    with path.open("rb") as file:
        return file.read(len(ENTRY)) in (ENTRY, b"")


def check_lines(path: Path, checkpoint: Checkpoint) -> CheckedLines:
    """Checks every line: is it an entry that was signed for, in its place, unaltered?

    It is not shown that entries which are not in it were rightly left out.

    Args:
        path: The export.
        checkpoint: What was signed, from a note that was opened with the kiosk's public key.

    Raises:
        NotProved: A line is not one that was written so, or not in its order.
        OSError: The disk does not give it.
    """
    entries, expected, gaps = 0, FIRST_SEQ, list[tuple[int, int]]()
    for number, line in enumerate(_lines(path), 1):
        seq = _check_line(line, number, checkpoint)
        if seq < expected:
            raise _altered(number, f"entry {expected} or a later one", f"entry {seq}")
        if seq > expected:
            gaps.append((expected, seq - 1))
        entries, expected = entries + 1, seq + 1
    if expected <= checkpoint.size:
        gaps.append((expected, checkpoint.size))
    return CheckedLines(entries, tuple(gaps))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.readline(MAX_BYTES), b"")


def _check_line(line: bytes, number: int, checkpoint: Checkpoint) -> int:
    """The number of the entry on a line, which was signed for."""
    at = line.rfind(PROOF)
    if not line.startswith(ENTRY) or at < 0 or not line.endswith(END):
        raise _altered(number, "an entry and its proof, as 'sealgate export' writes them", repr(line[:60]))
    raw = line[len(ENTRY) : at]
    hashes = _hashes(line[at + len(PROOF) - 1 : -2], number)
    if line_of(raw, hashes) != line:
        raise _altered(number, "the form in which 'sealgate export' writes it", "the same in another")
    try:
        seq = LedgerEntry.from_line(raw).seq
        check_inclusion(leaf_hash(raw), seq - FIRST_SEQ, checkpoint.size, hashes, checkpoint.root)
    except (EntryMalformed, NotProved) as fault:
        raise _altered(number, fault.expected, fault.got) from None
    return seq


def _hashes(listed: bytes, number: int) -> Sequence[bytes]:
    try:
        hashes = [strict_base64(each) for each in _HASHES.decode(listed)]
    except msgspec.MsgspecError as fault:
        raise _altered(number, "a list of hashes", str(fault)) from None
    if None in hashes:
        raise _altered(number, "hashes in base64", "something else")
    return [each for each in hashes if each is not None]


def _altered(number: int, expected: str, got: str) -> NotProved:
    return NotProved(f"export, line {number}", expected=expected, got=got)
