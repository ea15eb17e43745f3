"""When was the kiosk started and stopped last, and did the run before end as it should?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from kiosk.doctor.check import Kiosk, Verdict, age, good, note

if TYPE_CHECKING:
    from kiosk.ledger.entry import LedgerEntry

STARTED: Final = "kiosk-started"
STOPPED: Final = "kiosk-stopped"
"""Kinds of the entries that the station writes first and last."""

LOOK_BACK: Final = 500
"""Entries before a start that are looked through for how the run before ended: what commands may write in between."""

BOOT: Final = "proc/sys/kernel/random/boot_id"


class StartsCheck:
    """Looks at the entries of starts and stops."""

    of = "last start"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """When the last start was, and how the run before it and this one ended."""
        from kiosk.ledger.newest import since_last

        if not kiosk.ledger.is_dir():
            return
        entries = since_last(kiosk.ledger, STARTED)
        if not entries or entries[0].kind != STARTED:
            yield note(self.of, "no kiosk was started on this ledger yet")
            return
        start = entries[0]
        stop = next((each for each in reversed(entries) if each.kind == STOPPED), None)
        began = f"started {age(start.time, kiosk.now)}"
        if stop is not None:
            yield good(self.of, f"{began}, stopped {age(stop.time, kiosk.now)}")
        elif kiosk.running is not None:
            yield good(self.of, f"{began}, and runs since")
        else:
            finding = f"{began}, and ended without a stop: {_cut(entries[-1], kiosk.machine.text(BOOT), kiosk)}"
            yield note(self.of, finding, "start it: what was interrupted is recorded then")
        yield from _before(kiosk, start)


def _before(kiosk: Kiosk, start: LedgerEntry) -> Iterator[Verdict]:
    """How the run before the last start ended, if that can be told."""
    from kiosk.ledger.entry import LedgerEntry
    from kiosk.ledger.tree import LedgerTree

    tree, last = LedgerTree(kiosk.ledger, {}), None
    for seq in range(start.seq - 1, start.seq - 1 - LOOK_BACK, -1):
        line = tree.line(seq) if seq > 0 else None
        if line is None:
            return  # there was no run before
        entry = LedgerEntry.from_line(line)
        if entry.kind == STOPPED:
            return
        if last is None and not _of_others(entry.kind):
            last = entry
        if entry.kind == STARTED:
            break
    if last is not None:
        finding = f"it ended without a stop: {_cut(last, start.stamp.clock.boot, kiosk)}"
        yield note("run before", finding, "if nobody pulled the plug, see journalctl and the power supply")


def _of_others(kind: str) -> bool:
    """Whether an entry may be written while no kiosk runs, or after it has said that it stops."""
    from kiosk.console.desk import KINDS
    from kiosk.core.effects import EntryKind
    from kiosk.ledger.standing import OWN_KINDS

    return kind in KINDS or kind in OWN_KINDS or kind == EntryKind.ON_SITE.value


def _cut(last: LedgerEntry, boot_after: str | None, kiosk: Kiosk) -> str:
    """How a run ended of which this was the last entry."""
    same = boot_after is not None and last.stamp.clock.boot == boot_after
    how = "it crashed or was killed" if same else "the machine lost its power, or was started anew"
    return f"{how}, after its last entry {age(last.time, kiosk.now)}"
