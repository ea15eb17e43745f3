"""The hashes of a ledger's Merkle tree, worked out from its files where they are needed.

Closed segments are complete subtrees, whose hashes the catalogue keeps. Only segments that a proof passes through are
read. Nothing here is trusted: what comes out must lead to the root that was signed, or it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kiosk.ledger.catalogue import Catalogue
from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.errors import CatalogueUnreadable, Damage, EntryMalformed, LedgerDamaged
from kiosk.ledger.history import History, closed_lines
from kiosk.ledger.merkle import leaf_hash, levels_over, node_hash
from kiosk.ledger.segments import Segment
from kiosk.ledger.subtrees import Node
from kiosk.ledger.sums import said_digests


class LedgerTree:
    """The subtrees of a ledger as it stood when this was made. Needs no lock. See `kiosk.ledger.subtrees.Hashes`."""

    def __init__(self, folder: Path, roots: Mapping[int, bytes], *, as_said: bool = False) -> None:
        """Begins.

        Args:
            folder: The ledger's folder.
            roots: Hashes of closed segments, by their first entry: `catalogued_roots`, or none. A segment whose hash
                is not among them is read when it is asked for.
            as_said: Whether to take a line's hash from the line after it, which is quicker than to hash it.

        Raises:
            OSError: The disk does not give the open segment.
        """
        self._history = History.of(folder)
        self._open = whole_lines(folder, self._history.end)
        self._roots = roots
        self._as_said = as_said
        self._levels: dict[int, list[Sequence[bytes]]] = {}

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return self._history.end - FIRST_SEQ + len(self._open)

    @property
    def ledger_id(self) -> str:
        """The ledger's id, from the first entry of the open segment; empty when that is not what was written."""
        try:
            return str(LedgerEntry.from_line(self._open[0]).body["ledger"])
        except (EntryMalformed, LookupError):
            return ""

    def line(self, seq: int) -> bytes | None:
        """The line of an entry, without line end, or None."""
        at = seq - self._history.end
        if at >= 0:
            return self._open[at] if at < len(self._open) else None
        return self._history.line(seq)

    def segment_of(self, seq: int) -> int:
        """The entry that the segment of an entry begins with."""
        return self._history.end if seq >= self._history.end else self._history.segment_of(seq)

    def subtree(self, node: Node) -> bytes:
        """The hash of a complete subtree.

        Raises:
            LookupError: The ledger has not so many entries.
            LedgerDamaged: A segment is not what was written.
        """
        first = (node.index << node.level) + FIRST_SEQ
        if first + (1 << node.level) - 1 > self.size:
            raise LookupError(node)
        segment = self.segment_of(first)
        inside = self._open_level() if segment == self._history.end else self._history.size(segment).bit_length() - 1
        if node.level > inside:
            left = Node(node.level - 1, node.index * 2)
            return node_hash(self.subtree(left), self.subtree(Node(left.level, left.index + 1)))
        if node.level == inside and segment in self._roots:
            return self._roots[segment]
        return self._levels_of(segment)[node.level][((first - segment) >> node.level)]

    def _open_level(self) -> int:
        """The level of the largest complete subtree at the open segment's beginning."""
        return len(self._levels_of(self._history.end)) - 1

    def _levels_of(self, segment: int) -> list[Sequence[bytes]]:
        if segment not in self._levels:
            lines = self._open if segment == self._history.end else list(self._history.lines(segment))
            if segment != self._history.end and len(lines) != self._history.size(segment):
                expected = f"{self._history.size(segment)} entries in {Segment(segment).name}"
                raise LedgerDamaged(Damage(segment + len(lines), 0, expected, f"{len(lines)}", segment))
            self._levels[segment] = levels_over(self._leaves(lines, segment))
        return self._levels[segment]

    def _leaves(self, lines: Sequence[bytes], segment: int) -> list[bytes]:
        if self._as_said:
            following = self.line(segment + len(lines))
            try:
                said = said_digests([*lines, following] if following else lines, segment)
                return said[: len(lines)]
            except ValueError:
                pass
        return [leaf_hash(line) for line in lines]


def catalogued_roots(folder: Path) -> dict[int, bytes]:
    """The hashes of closed segments that the catalogue has; none when it cannot be read."""
    try:
        with Catalogue(folder) as catalogue:
            return {first: facts.root for first, facts in catalogue.segments().items()}
    except CatalogueUnreadable:
        return {}


def whole_lines(folder: Path, first: int) -> list[bytes]:
    """The whole lines of the open segment, as they are now."""
    try:
        return (folder / Segment(first).name).read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:  # closed and archived in this instant
        try:
            return closed_lines(folder, first)
        except EntryMalformed:
            return []
