"""Is a ledger what was written? Answered without opening it, so also beside the process that holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.ledger.chain import SEGMENT, Found, Tail
from kiosk.ledger.entry import FIRST_SEQ, NO_PREV, LedgerEntry
from kiosk.ledger.errors import Damage, EntryMalformed, Holder
from kiosk.ledger.head import Head, read_head
from kiosk.ledger.history import History, closed_lines
from kiosk.ledger.lock import holder_of
from kiosk.ledger.merkle import Frontier, levels_over
from kiosk.ledger.scan import scan_folder, scan_open
from kiosk.ledger.stamp import time_text
from kiosk.ledger.standing import HEAD_RESTORED, TORN_TAIL
from kiosk.ledger.sums import Leaves, sum_up

MOST_DAMAGES: Final = 1000
"""How many places are named one by one: a journal of rubbish would fill the memory of a Pi."""

Progress = Callable[[int, int], None]
"""Is told how many entries are done, and of about how many."""

_REPAIRS: Final = frozenset({TORN_TAIL, HEAD_RESTORED})
_REPAIR_MARKS: Final = tuple(f'"kind":"{kind}"'.encode() for kind in sorted(_REPAIRS))
_TOLD_EVERY: Final = 4096


class VerifyReport(Struct, frozen=True):
    """What was found.

    Attributes:
        folder: Where the ledger lives.
        entries: How many whole entries there are.
        first: The first of them, if there is one.
        last: The last of them, if there is one.
        root: The Merkle root over the whole entries, in hex; it says something only when nothing is damaged.
        damage: Where it is damaged, at most `MOST_DAMAGES`.
        damaged: In how many places it is damaged.
        tail: An unfinished line at the end, if there is one.
        holder: Who was writing, when there was an unfinished line.
        repairs: Entries that record a torn tail or a lost head file.
        head_state: Empty, or why the head file could not vouch for the end: ``missing``, ``unreadable``, ``behind``.
        roots: Hashes of the closed segments, by their first entry; of a damaged ledger none.
    """

    folder: Path
    entries: int
    first: LedgerEntry | None
    last: LedgerEntry | None
    root: str
    damage: tuple[Damage, ...]
    damaged: int
    tail: Tail | None
    holder: Holder | None
    repairs: tuple[LedgerEntry, ...]
    head_state: str
    roots: Mapping[int, bytes]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written. An unfinished line is, while somebody is writing it."""
        return not self.damaged and (self.tail is None or self.holder is not None)

    def lines(self) -> tuple[str, ...]:
        """The report for people, line by line."""
        out = [f"{self.folder}: {self.entries} whole entries"]
        if self.first and self.last:
            out.append(f"first: {time_text(self.first.time)}  last: {time_text(self.last.time)}, entry {self.last.seq}")
            out.append(f"digest of entry {self.last.seq}: {self.last.digest}")
        if not self.damaged:
            out.append(f"Merkle root: {self.root}")
        out += [f"DAMAGED: {damage}" for damage in self.damage]
        if self.damaged > len(self.damage):
            out.append(f"DAMAGED: {self.damaged - len(self.damage)} further places")
        if self.tail:
            state = (
                f"being written by {self.holder}"
                if self.holder
                else "left by a power cut; the kiosk cuts and records it at its next start"
            )
            out.append(f"unfinished: {len(self.tail.data)} bytes at byte {self.tail.offset}, {state}")
        out += [f"note: entry {entry.seq} records a repair: {entry.kind} {entry.body}" for entry in self.repairs]
        if self.head_state:
            out.append(
                f"note: the head file is {self.head_state}: an alteration of the last entry would not be seen here"
            )
        out.append("sound: every entry is as it was written" if self.ok else "NOT sound")
        return tuple(out)


def verify(folder: Path, progress: Progress = lambda _done, _all: None) -> VerifyReport:
    """Reads the whole ledger and tests every byte of its journal.

    Closed segments are tested as fast as they can be hashed (`kiosk.ledger.sums`). Only if that finds a fault is
    everything read again, entry by entry, to name it.

    Args:
        folder: Where it lives.
        progress: Is told now and then how many entries were tested, and of how many.

    Raises:
        OSError: The disk does not give it.
    """
    head, head_state = read_head(folder)
    tally = _quick(folder, head, progress) or _thorough(folder, head, progress)
    if head and tally.last and head.count < tally.last.seq and not tally.damaged:
        head_state = "behind"
    return VerifyReport(
        folder=folder,
        entries=tally.entries,
        first=tally.first,
        last=tally.last,
        root=tally.frontier.root().hex(),
        damage=tuple(tally.damage),
        damaged=tally.damaged,
        tail=tally.tail,
        holder=holder_of(folder) if tally.tail else None,
        repairs=tuple(tally.repairs),
        head_state=head_state,
        roots={} if tally.damaged else tally.roots,
    )


def _quick(folder: Path, head: Head | None, progress: Progress) -> _Tally | None:
    """The sum of a sound ledger; None when a fault was found, or there is no journal."""
    history, tally = History.of(folder), _Tally()
    try:
        for first in history.firsts:
            size, lines = history.size(first), closed_lines(folder, first)
            leaves = sum_up(lines, first)
            if leaves is None or len(lines) != size or leaves.prev != tally.last_digest or size.bit_count() != 1:
                return None
            tally.add_segment(lines, leaves)
            progress(tally.entries, max(history.end - 1, tally.entries + 1))
        for found in scan_open(folder, history.end, tally.last, head):
            tally.take(found)
    except (EntryMalformed, FileNotFoundError):
        return None
    progress(tally.entries, tally.entries)
    return None if tally.damaged else tally


def _thorough(folder: Path, head: Head | None, progress: Progress) -> _Tally:
    """Reads entry by entry, and says what is wrong with which."""
    tally = _Tally()
    about = head.count if head else 0
    try:
        for found in scan_folder(folder):
            tally.take(found)
            if tally.entries % _TOLD_EVERY == 0:
                progress(tally.entries, max(about, tally.entries))
    except FileNotFoundError:
        counted = f"a journal of {head.count} entries, as the head file counts" if head else "a journal"
        tally.add_damage(Damage(FIRST_SEQ, 0, counted, "no journal"))
    return tally


class _Tally:
    """What a pass over the journal adds up to."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self.first: LedgerEntry | None = None
        self.last: LedgerEntry | None = None
        self.last_digest = NO_PREV
        self.damage: list[Damage] = []
        self.damaged = 0
        self.tail: Tail | None = None
        self.repairs: list[LedgerEntry] = []
        self.roots: dict[int, bytes] = {}

    @property
    def entries(self) -> int:
        """How many whole entries went by."""
        return self.frontier.count

    def take(self, found: Found) -> None:
        """The next thing found."""
        if isinstance(found, Damage):
            self.add_damage(found)
        elif isinstance(found, Tail):
            self.tail = found
        else:
            self._add(found.entry)

    def add_segment(self, lines: Sequence[bytes], leaves: Leaves) -> None:
        """All of a closed segment, which fits."""
        levels, opening = levels_over(leaves.digests), LedgerEntry.read_back(lines[0])
        self._heed(opening)
        self.roots[opening.seq] = levels[-1][0]
        self.frontier.add(levels[-1][0], len(levels) - 1)
        self.first = self.first or opening
        self.last = LedgerEntry.read_back(lines[-1])
        self.last_digest = leaves.last
        together = b"".join(lines)
        if any(mark in together for mark in _REPAIR_MARKS):
            self.repairs += [entry for entry in map(LedgerEntry.read_back, lines) if entry.kind in _REPAIRS]

    def add_damage(self, damage: Damage) -> None:
        """One more place."""
        self.damaged += 1
        if len(self.damage) < MOST_DAMAGES:
            self.damage.append(damage)

    def _add(self, entry: LedgerEntry) -> None:
        self._heed(entry)
        self.frontier.add(bytes.fromhex(entry.digest))
        self.first = self.first or entry
        self.last = entry
        if entry.kind in _REPAIRS:
            self.repairs.append(entry)

    def _heed(self, entry: LedgerEntry) -> None:
        """A segment's first entry: opening a ledger goes by what it says of those before, so that must be true."""
        if entry.kind != SEGMENT or self.damaged:
            return
        peaks = [peak.hex() for peak in self.frontier.peaks]
        if entry.body.get("peaks") != peaks:
            expected = f"peaks {', '.join(peaks)}, as the entries before it have them"
            self.add_damage(Damage(entry.seq, 0, expected, repr(entry.body.get("peaks")), entry.seq))
