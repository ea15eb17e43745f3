"""The ledger, or a period of it, as JSON Lines: an entry a line, each with the proof that it was signed for.

    {"entry":{"body":{..},"clock":{..},"kind":"uplift","prev":"..","seq":7,"time":".."},"proof":["..",".."]}

What stands behind ``"entry":`` is the entry's line, byte for byte as the ledger has it; so its digest can be made from
the file. ``proof`` are the hashes of its proof of inclusion (RFC 6962, 2.1.1) in base64, the leaf's sibling first,
under the checkpoint beside the file. Each line can be checked without the others, so lines may be passed on alone.

Theory of operation. The hashes of all subtrees are worked out first, 64 bytes an entry; then the entries are read again
and written. Nothing here holds the ledger: the kiosk goes on writing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.durable import write_chunks, write_file
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.export import CHECKPOINT_SUFFIX
from kiosk.ledger.export_form import Period
from kiosk.ledger.merkle import DIGEST_BYTES, node_hash
from kiosk.ledger.proofs import prove_inclusion
from kiosk.ledger.signed_entries import signed_entries
from kiosk.ledger.subtrees import Node

ENTRY: Final = b'{"entry":'
PROOF: Final = b',"proof":['
END: Final = b"]}\n"

_CHUNK_BYTES: Final = 1 << 18
_TOLD_EVERY: Final = 1000

Progress = Callable[[int, int], None]


class Lines(Struct, frozen=True):
    """What was written.

    Attributes:
        first: Number of the first entry in it; None where there is none.
        last: Number of the last.
        entries: How many there are.
    """

    first: int | None
    last: int | None
    entries: int


def export_lines(
    folder: Path, checkpoint: Checkpoint, note: bytes, out: Path, period: Period, progress: Progress
) -> Lines:
    """Writes the entries of a period with their proofs, and the checkpoint beside them.

    Args:
        folder: The ledger's folder.
        checkpoint: What was signed.
        note: It, as a signed note.
        out: The file; it is replaced whole or left as it was. The checkpoint's name is this and `CHECKPOINT_SUFFIX`.
        period: Which entries.
        progress: Is told how far it is.

    Raises:
        Contradiction: The entries are not what was signed: no file is written.
        LedgerDamaged: The ledger is not what was written: no file is written.
        OSError: A disk refuses: the old file stands.
    """
    size = checkpoint.size
    tree = Subtrees(entry.digest for entry in _told(signed_entries(folder, checkpoint), 0, size, progress))
    written = _Written(_told(signed_entries(folder, checkpoint), size, size, progress), period)

    def then_checkpoint() -> Iterator[bytes]:
        """The file, and its checkpoint before it takes its place: so none lies there that nothing was signed for."""
        yield from written.chunks(tree, size)
        write_file(out.with_name(out.name + CHECKPOINT_SUFFIX), note)

    write_chunks(out, then_checkpoint())
    return Lines(written.first, written.last, written.entries)


class _Written:
    """The lines of a period, counted while they are written."""

    def __init__(self, entries: Iterator[LedgerEntry], period: Period) -> None:
        self._entries = entries
        self._period = period
        self.first: int | None = None
        self.last: int | None = None
        self.entries = 0

    def chunks(self, tree: Subtrees, size: int) -> Iterator[bytes]:
        """The lines, gathered: few calls, and nothing beside a Pi's memory."""
        gathered = bytearray()
        for entry in self._entries:
            if not self._period.holds(entry.time):
                continue
            self.first, self.last, self.entries = self.first or entry.seq, entry.seq, self.entries + 1
            gathered += line_of(entry.to_line(), prove_inclusion(entry.seq - FIRST_SEQ, size, tree))
            if len(gathered) >= _CHUNK_BYTES:
                yield bytes(gathered)
                gathered.clear()
        yield bytes(gathered)


def line_of(entry: bytes, proof: Sequence[bytes]) -> bytes:
    """An entry's line of the file.

    Args:
        entry: The entry's line, without line end.
        proof: The hashes that prove it.
    """
    hashes = b",".join(b'"%b"' % base64.b64encode(digest) for digest in proof)
    return b"".join((ENTRY, entry, PROOF, hashes, END))


class Subtrees:
    """The hashes of all complete subtrees over leaves, one after the other for each level: 64 bytes a leaf."""

    def __init__(self, digests: Iterator[str]) -> None:
        """Takes the leaves' hashes, in hex."""
        level = _joined(map(bytes.fromhex, digests))
        self._levels = [level]
        while len(level) > DIGEST_BYTES:
            level = _joined(_above(level))
            self._levels.append(level)

    def subtree(self, node: Node) -> bytes:
        """The hash of a complete subtree; see `kiosk.ledger.subtrees.Hashes`."""
        at = node.index * DIGEST_BYTES
        return self._levels[node.level][at : at + DIGEST_BYTES]


def _joined(hashes: Iterable[bytes]) -> bytes:
    """Hashes one after the other, without a list of them all."""
    joined = bytearray()
    for each in hashes:
        joined += each
    return bytes(joined)


def _above(level: bytes) -> Iterator[bytes]:
    """The hashes of the subtrees over those of a level; one that has no neighbour is under none."""
    for at in range(0, len(level) - 2 * DIGEST_BYTES + 1, 2 * DIGEST_BYTES):
        half = at + DIGEST_BYTES
        yield node_hash(level[at:half], level[half : half + DIGEST_BYTES])


def _told(entries: Iterator[LedgerEntry], before: int, size: int, progress: Progress) -> Iterator[LedgerEntry]:
    """The entries, while it is told how far they are: they are read twice."""
    for done, entry in enumerate(entries):
        if done % _TOLD_EVERY == 0:
            progress(before + done, 2 * size)
        yield entry
