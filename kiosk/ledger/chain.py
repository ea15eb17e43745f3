"""Judges the lines of a journal one after the other: does each fit the one before it?

A line that parses and was altered shows only at the next line, whose `prev` names another digest; and if `prev` itself
was altered, at the line after that. So what no later line has vouched for is held back: at most two entries. The last
entry has no later line; the head file vouches for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from kiosk.ledger.entry import FIRST_SEQ, NO_PREV, LedgerEntry
from kiosk.ledger.errors import Damage
from kiosk.ledger.head import Head

GENESIS: Final = "genesis"
"""Kind of the first entry: it carries the ledger's id and the version of the format."""

SEGMENT: Final = "segment"
"""Kind of the entry that each further segment begins with: what the ones before it add up to."""


class Whole(Struct, frozen=True):
    """An entry as it was written.

    Attributes:
        entry: The entry.
        offset: Where its line starts, in bytes.
        end: Where its line ends, line end included.
        segment: The entry that its segment begins with; the bytes count from there.
    """

    entry: LedgerEntry
    offset: int
    end: int
    segment: int = FIRST_SEQ


class Tail(Struct, frozen=True):
    """What is left of the append that was under way when the power went.

    Attributes:
        offset: Where it starts, in bytes.
        data: The bytes.
        counted: Whether the head had counted it: then it was once whole, and no power cut made it so.
        segment: The entry that its segment begins with.
    """

    offset: int
    data: bytes
    counted: bool
    segment: int = FIRST_SEQ


Found = Whole | Damage | Tail


class Chain:
    """Follows seq and prev from line to line, and says which line is to blame where they do not fit."""

    def __init__(self, head: Head | None) -> None:
        self._head = head
        self._pending: list[Whole] = []  # none, one that fits, or one and a second whose prev does not fit the first
        self._next = FIRST_SEQ
        self._lost = False  # after damage: the next whole line says itself which number it is
        self._clean = True

    def begin_at(self, seq: int, before: LedgerEntry | None) -> None:
        """The judging begins at an entry that is not the first.

        Args:
            seq: Its number.
            before: The entry before it, or None when that is lost.
        """
        self._next = seq
        self._lost = before is None
        self._pending = [Whole(before, 0, 0)] if before else []

    def may_be_torn(self, offset: int) -> bool:
        """Whether an unfinished line may follow: nothing is damaged, and the head counts at most that one more.

        The first line of a segment is never torn: a segment gets its name with that line in it.
        """
        if not self._clean or len(self._pending) > 1 or offset == 0:
            return False
        return self._head is None or self._head.count <= self._next

    @property
    def next_seq(self) -> int:
        """Number of the entry that would come next."""
        return self._next

    @property
    def counted(self) -> bool:
        """Whether the head had counted the entry after the last one."""
        return self._head is not None and self._head.count >= self._next

    def break_at(self, offset: int, expected: str, got: str, segment: int) -> Iterator[Found]:
        """A line that cannot be the entry that stands here, whatever it is."""
        yield from self._settle()
        self._lost = True
        yield self._damage_at(self._next, offset, expected, got, segment)

    def link(self, found: Whole) -> Iterator[Found]:
        """A line that is an entry by itself: does it fit the one before it?"""
        entry = found.entry
        if self._lost:
            if entry.seq < self._next:
                later = f"entry {self._next} or a later one"
                yield from self.break_at(found.offset, later, f"entry {entry.seq}", found.segment)
                return
        elif self._next == FIRST_SEQ and (entry.kind != GENESIS or entry.prev != NO_PREV):
            got = f"kind {entry.kind!r} after {entry.prev}"
            yield from self.break_at(found.offset, f"kind {GENESIS!r} after 64 zeros", got, found.segment)
            return
        elif entry.seq != self._next:
            follows = bool(self._pending) and entry.prev == self._pending[-1].entry.digest
            got = f"an entry that says it is {entry.seq}"
            yield from self.break_at(found.offset, f"entry {self._next}", got, found.segment)
            if follows or entry.seq < self._next:
                return  # its number was altered, or it stands here a second time; else those before it are missing
        yield from self._take(found)

    def _take(self, found: Whole) -> Iterator[Found]:
        pending, self._pending = self._pending, [found]
        if pending:
            last = pending[-1]
            fits = found.entry.prev == last.entry.digest
            if len(pending) == 1 and fits:
                yield self._vouched(last)
            elif len(pending) == 1:
                self._pending = [last, found]
            elif fits:
                yield self._altered(pending[0], last)
                yield self._vouched(last)
            else:
                yield self._vouched(pending[0])
                yield self._unlinked(pending[0], last)
        self._lost = False
        self._next = found.entry.seq + 1

    def finish(self, offset: int, *, torn: bool) -> Iterator[Found]:
        """The end of the journal, or of what is whole in it."""
        segment = self._pending[-1].segment if self._pending else FIRST_SEQ
        yield from self._settle()
        count = self._next - 1
        if not self._clean:
            return
        if count == 0:
            yield self._damage_at(FIRST_SEQ, offset, f"a {GENESIS} entry", "an empty journal", segment)
        elif self._head is not None and self._head.count > count + torn:
            counted = f"{self._head.count} entries, as the head file counts"
            yield self._damage_at(count + 1, offset, counted, f"the journal's end after entry {count}", segment)

    def _settle(self) -> Iterator[Found]:
        """No further line can vouch for what is held back; the head may."""
        pending, self._pending = self._pending, []
        if len(pending) == 1:
            yield self._vouched(pending[0])
        elif pending:
            first, last = pending
            if self._head is not None and self._head.count == last.entry.seq and self._head.digest != last.entry.digest:
                yield self._vouched(first)
                yield self._unlinked(first, last)
            else:
                yield self._altered(first, last)
                yield self._vouched(last)

    def _vouched(self, found: Whole) -> Whole | Damage:
        """An entry that the line after it confirms, unless the head says otherwise."""
        entry, head = found.entry, self._head
        if head is not None and entry.seq == head.count and entry.digest != head.digest:
            return self._damage(found, f"digest {head.digest}, as the head file has it", f"digest {entry.digest}")
        if head is not None and entry.kind in (GENESIS, SEGMENT) and entry.body.get("ledger") != head.ledger:
            got = f"ledger {entry.body.get('ledger')!r}"
            return self._damage(found, f"ledger {head.ledger!r}, as the head file has it", got)
        return found

    def _altered(self, first: Whole, second: Whole) -> Damage:
        seq, said = second.entry.seq, second.entry.prev
        return self._damage(first, f"digest {said}, as entry {seq} names it", f"digest {first.entry.digest}")

    def _unlinked(self, first: Whole, second: Whole) -> Damage:
        expected = f"prev {first.entry.digest}"
        return self._damage(second, expected, f"prev {second.entry.prev}, or its line altered")

    def _damage(self, found: Whole, expected: str, got: str) -> Damage:
        return self._damage_at(found.entry.seq, found.offset, expected, got, found.segment)

    def _damage_at(self, seq: int, offset: int, expected: str, got: str, segment: int) -> Damage:
        self._clean = False
        return Damage(seq, offset, expected, got, segment)
