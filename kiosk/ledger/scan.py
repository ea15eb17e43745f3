"""Reads a journal from its first byte to its last, and judges every one of them.

Theory of operation. A line that does not parse is damage where it stands. Whether those that do fit one another,
`kiosk.ledger.chain` says.

A torn tail is what a power cut can leave of the one append that was under way: a beginning of one line, in which
whole sectors may be missing (they read as zeros). It lies at the end, and the head cannot have counted anything
after it. Everything else is damage.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from kiosk.ledger.chain import Chain, Found, Tail, Whole
from kiosk.ledger.entry import FIRST_SEQ, MAX_LINE_BYTES, LedgerEntry
from kiosk.ledger.errors import EntryMalformed
from kiosk.ledger.head import Head, read_head
from kiosk.ledger.segments import Segment, list_segments

SECTOR_BYTES: Final = 512
"""The least that a disk writes at once; larger sectors are whole numbers of it."""

_READ_BYTES: Final = 1 << 20
"""How much is read from the disk at once: a whole number of any disk's blocks, small beside a Pi's memory."""

_LINE_START: Final = b'{"body":{'
_LINE_END: Final = re.compile(rb'"seq":(?P<seq>\d{1,16}),"time":"[^"]*"\}\n?\Z')


def scan_folder(folder: Path) -> Iterator[Found]:
    """Reads all segments of a ledger's folder, with its head file as witness; needs no lock.

    Yields:
        In the order of the journal: whole entries, damage, and last the torn tail, if there is one.

    Raises:
        FileNotFoundError: There is no journal.
        OSError: The disk does not give it.
    """
    head, _ = read_head(folder)  # before the journal: what is appended in between is then no contradiction
    segments = list_segments(folder)
    if not segments:
        raise FileNotFoundError(f"no journal in {folder}")
    chain = Chain(head)
    for segment in segments[:-1]:
        yield from _scan_closed(folder, segment.first, chain)
    yield from _scan_last(folder, segments[-1].first, chain)


def scan_open(folder: Path, first: int, before: LedgerEntry | None, head: Head | None) -> Iterator[Found]:
    """Reads the open segment alone.

    Args:
        folder: The ledger's folder.
        first: The entry that it begins with.
        before: The entry before that one; None when there is none, or it is lost.
        head: The head file's content from before it was looked which segment is open: else it may count entries of one
            that was begun in between.

    Yields:
        As `scan_folder`.

    Raises:
        OSError: The disk does not give it.
    """
    chain = Chain(head)
    if first > FIRST_SEQ:
        chain.begin_at(first, before)
    for found in _scan_last(folder, first, chain):
        if not (isinstance(found, Whole) and found.entry.seq < first):
            yield found


def scan(journal: BinaryIO, size: int, head: Head | None) -> Iterator[Found]:
    """Reads a journal of one segment.

    Args:
        journal: The file, at its start.
        size: How many bytes of it to read: what is appended meanwhile is left alone.
        head: The head file's content from before the journal was opened, if there is one.

    Yields:
        As `scan_folder`.

    Raises:
        OSError: The disk does not give the bytes.
    """
    return _scan_lines(journal, size, FIRST_SEQ, Chain(head))


def _scan_last(folder: Path, first: int, chain: Chain) -> Iterator[Found]:
    """The segment that was the open one when the files were listed; it may have been archived since."""
    try:
        file = (folder / Segment(first).name).open("rb", buffering=_READ_BYTES)
    except FileNotFoundError:
        yield from _scan_closed(folder, first, chain)
        yield from chain.finish(0, torn=False)
        return
    with file:
        yield from _scan_lines(file, os.fstat(file.fileno()).st_size, first, chain)


def _scan_lines(journal: BinaryIO, size: int, first: int, chain: Chain) -> Iterator[Found]:
    offset = 0
    while offset < size and (raw := journal.readline(min(MAX_LINE_BYTES, size - offset))):
        end = offset + len(raw)
        try:
            entry = _parse(raw)
        except EntryMalformed as fault:
            if end == size and chain.may_be_torn(offset) and _looks_torn(raw, offset, chain.next_seq):
                yield from chain.finish(offset, torn=True)
                yield Tail(offset, raw, counted=chain.counted, segment=first)
                return
            yield from chain.break_at(offset, fault.expected, fault.got, first)
        else:
            yield from chain.link(Whole(entry, offset, end, first))
        offset = end
    yield from chain.finish(offset, torn=False)


def _scan_closed(folder: Path, first: int, chain: Chain) -> Iterator[Found]:
    """A closed segment: nothing in it can be torn."""
    offset = 0
    for part in _closed_parts(folder, first):
        if isinstance(part, EntryMalformed):
            yield from chain.break_at(offset, part.expected, part.got, first)
            continue
        for raw in part:
            end = offset + len(raw)
            try:
                entry = _parse(raw)
            except EntryMalformed as fault:
                yield from chain.break_at(offset, fault.expected, fault.got, first)
            else:
                yield from chain.link(Whole(entry, offset, end, first))
            offset = end


def _closed_parts(folder: Path, first: int) -> Iterator[Iterable[bytes] | EntryMalformed]:
    """The lines of a closed segment, line ends included, part by part; or what is wrong with a part."""
    try:
        with (folder / Segment(first).name).open("rb", buffering=_READ_BYTES) as file:
            yield iter(lambda: file.readline(MAX_LINE_BYTES), b"")
            return
    except FileNotFoundError:
        pass
    try:
        from kiosk.ledger.archive import Archive

        archive = Archive(folder / Segment(first, archived=True).name)
    except EntryMalformed as fault:
        yield fault
        return
    with archive:
        for number in range(archive.frames):
            try:
                yield [line + b"\n" for line in archive.lines(number)]
            except EntryMalformed as fault:
                yield fault


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
