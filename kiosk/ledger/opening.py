"""Opens a ledger: finds its open segment, judges every byte of it, and mends what a power cut left."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from kiosk.durable import sync_folder
from kiosk.ledger.chain import GENESIS, Tail
from kiosk.ledger.entry import FIRST_SEQ, NO_PREV, LedgerEntry
from kiosk.ledger.errors import Damage, EntryMalformed, LedgerDamaged
from kiosk.ledger.head import Head, read_head
from kiosk.ledger.history import History
from kiosk.ledger.journal import TORN_NAME, UNRECORDED, Journal
from kiosk.ledger.scan import scan_open
from kiosk.ledger.segments import Segment, list_segments
from kiosk.ledger.snapshots import read_tables
from kiosk.ledger.stamp import Stamp
from kiosk.ledger.standing import FORMAT, HEAD_RESTORED, TORN_TAIL, Standing
from kiosk.ledger.tables import Tables

Record = Callable[[str, Mapping[str, Any]], object]
"""Adds an entry of a kind with a body."""


class Opened(Struct):
    """A ledger as it was found.

    Attributes:
        journal: Its open segment.
        history: Its closed ones.
        standing: Where it stands.
        tail: What a power cut left unfinished, if anything.
        head_missing: Why the head file could not vouch for the end, or empty.
    """

    journal: Journal
    history: History
    standing: Standing
    tail: Tail | None
    head_missing: str


def open_journal(folder: Path, now: Callable[[], Stamp], segment_entries: int) -> Opened:
    """Opens the journal of a folder, or makes one.

    Args:
        folder: Where the ledger lives.
        now: What the kiosk's clock says.
        segment_entries: How many entries a segment of a new ledger has: a power of two.

    Raises:
        LedgerDamaged: There is no journal where one has been.
        OSError: The disk refuses.
    """
    head, head_missing = read_head(folder)
    segments = list_segments(folder)
    if not segments:
        if head is not None or head_missing != "missing":
            counted = f"a journal of {head.count} entries, as the head file counts" if head else "a journal beside it"
            raise LedgerDamaged(Damage(FIRST_SEQ, 0, counted, "no journal"))
        _create(folder, now(), segment_entries)
        head_missing = ""
    elif segments[-1].archived:
        raise LedgerDamaged(Damage(segments[-1].first, 0, "an open segment after the archived ones", "none"))
    history = History.of(folder)
    standing = Standing(lambda first, digest: read_tables(folder, history, first, digest))
    journal = Journal(folder, history.end)
    try:
        tail = _replay(folder, history, standing, head)
    except BaseException:
        journal.close()
        raise
    return Opened(journal, history, standing, tail, head_missing)


def look(folder: Path, history: History | None = None) -> tuple[Standing, Tail | None]:
    """Where a ledger stands, and what is unfinished at its end, without its lock and without changing anything.

    The other tables are left out.

    Args:
        folder: The ledger's folder.
        history: Its closed segments, by which the open one is known; None looks which they are.

    Raises:
        LedgerDamaged: There is no journal.
        OSError: The disk does not give it.
    """
    head, _ = read_head(folder)  # before it is looked which segment is open
    the_segments(folder)
    standing = Standing(lambda _first, _digest: Tables())
    return standing, _replay(folder, history or History.of(folder), standing, head)


def the_segments(folder: Path) -> list[Segment]:
    """The segments of a ledger: there must be one.

    Raises:
        LedgerDamaged: There is none.
    """
    segments = list_segments(folder)
    if not segments:
        raise LedgerDamaged(Damage(FIRST_SEQ, 0, "a journal", "no journal"))
    return segments


def record_repairs(opened: Opened, record: Record) -> None:
    """Cuts a torn tail off, and records what was found.

    Raises:
        LedgerError: As `Book.append`.
        OSError: The disk refuses.
    """
    journal, tail, name = opened.journal, opened.tail, ""
    if tail:
        name = f"{tail.segment:012d}-{tail.offset:09d}-{hashlib.sha256(tail.data).hexdigest()[:16]}.bin"
        journal.cut(tail.data, name)
    torn = journal.folder / TORN_NAME
    for file in sorted(torn.glob(f"*{UNRECORDED}")):
        kept = file.name.removesuffix(UNRECORDED)
        if kept not in opened.standing.torn_recorded:
            counted = bool(tail and tail.counted and kept == name)
            record(TORN_TAIL, _about_torn(file, kept, counted=counted))
        file.replace(torn / kept)
        sync_folder(torn)
    if opened.head_missing and opened.standing.frontier.count > FIRST_SEQ:
        record(HEAD_RESTORED, {"head": opened.head_missing})


def _create(folder: Path, stamp: Stamp, segment_entries: int) -> None:
    body = {"format": FORMAT, "ledger": os.urandom(16).hex(), "segment_entries": segment_entries}
    _, line = LedgerEntry.make(seq=FIRST_SEQ, stamp=stamp, kind=GENESIS, body=body, prev=NO_PREV)
    Journal.create(folder, line)


def _replay(folder: Path, history: History, standing: Standing, head: Head | None) -> Tail | None:
    before, tail = _entry_before(history, standing), None
    for found in scan_open(folder, history.end, before, head):
        if isinstance(found, Damage):
            standing.damage.append(found)
        elif isinstance(found, Tail):
            tail = found
        else:
            standing.follow(found)
    return tail


def _entry_before(history: History, standing: Standing) -> LedgerEntry | None:
    """The last entry of the closed segments, which the open one's first entry must name."""
    seq = history.end - 1
    if seq < FIRST_SEQ:
        return None
    try:
        line = history.line(seq)
        if line is None:
            raise EntryMalformed(expected=f"entry {seq} at the segment's end", got="fewer entries")
        return LedgerEntry.from_line(line)
    except EntryMalformed as fault:
        segment = history.segment_of(seq) if history.firsts else FIRST_SEQ
        standing.damage.append(Damage(seq, 0, fault.expected, fault.got, segment))
    except LedgerDamaged as fault:
        standing.damage.append(fault.damage)
    return None


def _about_torn(file: Path, kept: str, *, counted: bool) -> dict[str, Any]:
    """What the entry says of a cut tail; also of one whose record a second power cut prevented."""
    data = file.read_bytes()
    segment, offset = (int(part) if part.isdigit() else -1 for part in kept.split("-")[:2])
    return {
        "bytes": len(data),
        "file": kept,
        "offset": offset,
        "segment": segment,
        "sha256": hashlib.sha256(data).hexdigest(),
        "was_whole": counted,
    }
