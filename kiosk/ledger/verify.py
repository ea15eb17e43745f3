"""Is a ledger what was written? Answered without opening it, so also beside the process that holds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.ledger.book import HEAD_RESTORED, TORN_TAIL
from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.errors import Damage, Holder
from kiosk.ledger.head import read_head
from kiosk.ledger.lock import holder_of
from kiosk.ledger.merkle import Frontier
from kiosk.ledger.scan import Tail, scan_folder
from kiosk.ledger.stamp import time_text

MOST_DAMAGES: Final = 1000
"""How many places are named one by one: a journal of rubbish would fill the memory of a Pi."""


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


def verify(folder: Path, each: Callable[[LedgerEntry], None] = lambda _: None) -> VerifyReport:
    """Reads the whole ledger and tests every byte of its journal.

    Args:
        folder: Where it lives.
        each: Is told every whole entry, in order, in the same pass.

    Raises:
        OSError: The disk does not give it.
    """
    head, head_state = read_head(folder)
    tally = _Tally()
    try:
        for found in scan_folder(folder):
            if isinstance(found, Damage):
                tally.add_damage(found)
            elif isinstance(found, Tail):
                tally.tail = found
            else:
                tally.add(found.entry)
                each(found.entry)
    except FileNotFoundError:
        counted = f"a journal of {head.count} entries, as the head file counts" if head else "a journal"
        tally.add_damage(Damage(FIRST_SEQ, 0, counted, "no journal"))
    if head and tally.last and head.count < tally.last.seq and not tally.damaged:
        head_state = "behind"
    return VerifyReport(
        folder=folder,
        entries=tally.frontier.count,
        first=tally.first,
        last=tally.last,
        root=tally.frontier.root().hex(),
        damage=tuple(tally.damage),
        damaged=tally.damaged,
        tail=tally.tail,
        holder=holder_of(folder) if tally.tail else None,
        repairs=tuple(tally.repairs),
        head_state=head_state,
    )


class _Tally:
    """What a pass over the journal adds up to."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self.first: LedgerEntry | None = None
        self.last: LedgerEntry | None = None
        self.damage: list[Damage] = []
        self.damaged = 0
        self.tail: Tail | None = None
        self.repairs: list[LedgerEntry] = []

    def add(self, entry: LedgerEntry) -> None:
        self.frontier.add(bytes.fromhex(entry.digest))
        self.first = self.first or entry
        self.last = entry
        if entry.kind in (TORN_TAIL, HEAD_RESTORED):
            self.repairs.append(entry)

    def add_damage(self, damage: Damage) -> None:
        self.damaged += 1
        if len(self.damage) < MOST_DAMAGES:
            self.damage.append(damage)
