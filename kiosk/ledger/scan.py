"""Reads a journal from its first byte to its last, and judges every one of them.

Theory of operation. A line that does not parse is damage where it stands. A line that parses and was altered shows
only at the next line, whose `prev` names another digest; and if `prev` itself was altered, at the line after that.
So the scan holds back what no later line has vouched for: at most two entries. The last entry has no later line;
the head file vouches for it.

A torn tail is what a power cut can leave of the one append that was under way: a beginning of one line, in which
whole sectors may be missing (they read as zeros). It lies at the end, and the head cannot have counted anything
after it. Everything else is damage.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from kiosk.ledger.entry import FIRST_SEQ, MAX_LINE_BYTES, NO_PREV, LedgerEntry
from kiosk.ledger.errors import Damage, EntryMalformed
from kiosk.ledger.head import Head, read_head
from kiosk.ledger.journal import JOURNAL_NAME

SECTOR_BYTES: Final = 512
"""The least that a disk writes at once; larger sectors are whole numbers of it."""

GENESIS: Final = "genesis"
"""Kind of the first entry: it carries the ledger's id and the version of the format."""

_READ_BYTES: Final = 1 << 20
"""How much is read from the disk at once: a whole number of any disk's blocks, small beside a Pi's memory."""

_LINE_START: Final = b'{"body":{'
_LINE_END: Final = re.compile(rb'"seq":(?P<seq>\d{1,16}),"time":"[^"]*"\}\n?\Z')


class Whole(Struct, frozen=True):
    """An entry as it was written.

    Attributes:
        entry: The entry.
        offset: Where its line starts, in bytes.
        end: Where its line ends, line end included.
    """

    entry: LedgerEntry
    offset: int
    end: int


class Tail(Struct, frozen=True):
    """What is left of the append that was under way when the power went.

    Attributes:
        offset: Where it starts, in bytes.
        data: The bytes.
        counted: Whether the head had counted it: then it was once whole, and no power cut made it so.
    """

    offset: int
    data: bytes
    counted: bool


Found = Whole | Damage | Tail


def scan_folder(folder: Path) -> Iterator[Found]:
    """Reads the journal of a ledger's folder, with its head file as witness; needs no lock.

    Yields:
        As `scan`.

    Raises:
        OSError: There is no journal, or the disk does not give it.
    """
    head, _ = read_head(folder)  # before the journal: what is appended in between is then no contradiction
    with (folder / JOURNAL_NAME).open("rb", buffering=_READ_BYTES) as file:
        yield from scan(file, os.fstat(file.fileno()).st_size, head)


def scan(journal: BinaryIO, size: int, head: Head | None) -> Iterator[Found]:
    """Reads a journal.

    Args:
        journal: The file, at its start.
        size: How many bytes of it to read: what is appended meanwhile is left alone.
        head: The head file's content from before the journal was opened, if there is one.

    Yields:
        In the order of the file: whole entries, damage, and last the torn tail, if there is one.

    Raises:
        OSError: The disk does not give the bytes.
    """
    chain = _Chain(head)
    offset = 0
    while offset < size and (raw := journal.readline(min(MAX_LINE_BYTES, size - offset))):
        end = offset + len(raw)
        try:
            entry = _parse(raw)
        except EntryMalformed as fault:
            if end == size and chain.may_be_torn() and _looks_torn(raw, offset, chain.next_seq):
                yield from chain.finish(offset, torn=True)
                yield Tail(offset, raw, counted=chain.counted)
                return
            yield from chain.break_at(offset, fault.expected, fault.got)
        else:
            yield from chain.link(Whole(entry, offset, end))
        offset = end
    yield from chain.finish(offset, torn=False)


def _parse(raw: bytes) -> LedgerEntry:
    if not raw.endswith(b"\n"):
        raise EntryMalformed(expected="a line end", got=f"{len(raw)} bytes without one")
    return LedgerEntry.from_line(raw[:-1])


def _looks_torn(raw: bytes, offset: int, seq: int) -> bool:
    """Whether a power cut can have left these bytes of one line, that of the entry of this number."""
    body, end = raw[:-1], raw[-1:]
    holes = _holes(raw, offset)
    if holes is None:
        return False
    said = _LINE_END.search(raw, raw.rfind(b"\0") + 1)
    if said and int(said["seq"]) != seq:
        return False  # several lines: the hole swallowed their ends, and they were whole once
    if end == b"\n":
        return holes > 0
    if end != b"\0" and _is_entry(body):
        return False  # whole, and its line end altered
    start = raw[: len(_LINE_START)]
    return start[:1] == b"\0" or _LINE_START.startswith(start.rstrip(b"\0"))


def _holes(raw: bytes, offset: int) -> int | None:
    """How many sectors of a line read as zeros; None when zeros stand where no lost sector explains them."""
    holes = 0
    at = 0
    while at < len(raw):
        step = SECTOR_BYTES - (offset + at) % SECTOR_BYTES
        part = raw[at : at + step]
        zeros = part.count(0)
        if zeros not in (0, len(part)):
            return None
        holes += zeros > 0
        at += step
    return holes


def _is_entry(line: bytes) -> bool:
    try:
        LedgerEntry.from_line(line)
    except EntryMalformed:
        return False
    return True


class _Chain:
    """Follows seq and prev from line to line, and says which line is to blame where they do not fit."""

    def __init__(self, head: Head | None) -> None:
        self._head = head
        self._pending: list[Whole] = []  # none, one that fits, or one and a second whose prev does not fit the first
        self._next = FIRST_SEQ
        self._lost = False  # after damage: the next whole line says itself which number it is
        self._clean = True

    def may_be_torn(self) -> bool:
        """Whether an unfinished line may follow: nothing is damaged, and the head counts at most that one more."""
        if not self._clean or len(self._pending) > 1 or self._next == FIRST_SEQ:
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

    def break_at(self, offset: int, expected: str, got: str) -> Iterator[Found]:
        """A line that cannot be the entry that stands here, whatever it is."""
        yield from self._settle()
        self._lost = True
        yield self._damage(self._next, offset, expected, got)

    def link(self, found: Whole) -> Iterator[Found]:
        """A line that is an entry by itself: does it fit the one before it?"""
        entry = found.entry
        if self._lost:
            if entry.seq < self._next:
                yield from self.break_at(found.offset, f"entry {self._next} or a later one", f"entry {entry.seq}")
                return
        elif self._next == FIRST_SEQ and (entry.kind != GENESIS or entry.prev != NO_PREV):
            yield from self.break_at(
                found.offset, f"kind {GENESIS!r} after 64 zeros", f"kind {entry.kind!r} after {entry.prev}"
            )
            return
        elif entry.seq != self._next:
            follows = bool(self._pending) and entry.prev == self._pending[-1].entry.digest
            yield from self.break_at(found.offset, f"entry {self._next}", f"an entry that says it is {entry.seq}")
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
        """The end of the file, or of what is whole in it."""
        yield from self._settle()
        count = self._next - 1
        if not self._clean:
            return
        if count == 0:
            yield self._damage(FIRST_SEQ, offset, f"a {GENESIS} entry", "an empty journal")
        elif self._head is not None and self._head.count > count + torn:
            counted = f"{self._head.count} entries, as the head file counts"
            yield self._damage(count + 1, offset, counted, f"the journal's end after entry {count}")

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
            return self._damage(
                entry.seq, found.offset, f"digest {head.digest}, as the head file has it", f"digest {entry.digest}"
            )
        if head is not None and entry.seq == FIRST_SEQ and entry.body.get("ledger") != head.ledger:
            got = f"ledger {entry.body.get('ledger')!r}"
            return self._damage(entry.seq, found.offset, f"ledger {head.ledger!r}, as the head file has it", got)
        return found

    def _altered(self, first: Whole, second: Whole) -> Damage:
        seq, said = second.entry.seq, second.entry.prev
        return self._damage(
            first.entry.seq, first.offset, f"digest {said}, as entry {seq} names it", f"digest {first.entry.digest}"
        )

    def _unlinked(self, first: Whole, second: Whole) -> Damage:
        expected = f"prev {first.entry.digest}"
        return self._damage(second.entry.seq, second.offset, expected, f"prev {second.entry.prev}, or its line altered")

    def _damage(self, seq: int, offset: int, expected: str, got: str) -> Damage:
        self._clean = False
        return Damage(seq, offset, expected, got)
