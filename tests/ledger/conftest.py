from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.ledger.chain import GENESIS
from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.head import HEAD_NAME, Head
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.segments import SEGMENT_ENTRIES
from kiosk.ledger.stamp import Clock, Stamp
from kiosk.ledger.standing import FORMAT

START = datetime(2026, 1, 31, 9, 5, tzinfo=UTC)
CLOCK = Clock("synchronised", "boot-1", 1000)
BEGINNING = {"format": FORMAT, "ledger": "ab", "segment_entries": SEGMENT_ENTRIES}


def ticking() -> Callable[[], Stamp]:
    """A clock that goes on by a millisecond at every look."""
    looks = 0

    def now() -> Stamp:
        nonlocal looks
        looks += 1
        return Stamp(START + timedelta(milliseconds=looks), CLOCK)

    return now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    with Ledger.open(folder, ticking()) as opened:
        yield opened


def lay_out(folder: Path, lines: list[bytes], head: Head | None = None) -> Path:
    """A journal of one segment as a ledger's folder, and where its journal is."""
    journal = folder / JOURNAL_NAME
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.write_bytes(b"".join(lines))
    if head is not None:
        (folder / HEAD_NAME).write_bytes(head.to_bytes())
    return journal


def record(ledger: Ledger, number: int) -> int:
    """Records one small entry, as a gate would."""
    body = {"seal": f"NZ{number:06d}", "steps": ["view", "verify"], "tug": True}
    return ledger.append("uplift", Stamp(START + timedelta(seconds=number), CLOCK), body).seq


def small_journal(entries: int, text: str = "") -> tuple[list[bytes], Head]:
    """Lines with their line ends, and the head that counts them all."""
    lines: list[bytes] = []
    prev = NO_PREV
    for seq in range(1, entries + 1):
        kind, body = (GENESIS, BEGINNING) if seq == 1 else ("uplift", {"seal": f"NZ{seq}{text}"})
        entry, line = LedgerEntry.make(seq=seq, stamp=Stamp(START, CLOCK), kind=kind, body=body, prev=prev)
        lines.append(line + b"\n")
        prev = entry.digest
    return lines, Head("ab", entries, prev)
