"""What a backup copies: a ledger as it stands at one moment, read beside the kiosk that holds it and goes on writing.

Every line is tested by the chain of digests before it is handed out. What is read of the open segment is on the
ledger's own disk by then: a backup that was ahead of its ledger would speak of a roll-back after the next power cut.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.ledger.archive import split_lines
from kiosk.ledger.backup_errors import on_own_disk
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import Damage, EntryMalformed, LedgerDamaged
from kiosk.ledger.history import History, closed_lines
from kiosk.ledger.opening import look, the_segments
from kiosk.ledger.segments import Segment
from kiosk.ledger.sums import Leaves, sum_up
from kiosk.ledger.verify import verify

_MOST_TURNS: Final = 5
"""How often the open segment may be closed and archived while it is being read: once takes a full segment."""


class Piece(Struct, frozen=True):
    """A segment that was read and tested.

    Attributes:
        first: The entry that it begins with.
        lines: Its lines, without line ends.
        leaves: What they add up to.
        closed: Whether it is whole and never changes any more.
    """

    first: int
    lines: Sequence[bytes]
    leaves: Leaves
    closed: bool

    @property
    def end(self) -> int:
        """The entry after its last."""
        return self.first + len(self.lines)

    @property
    def plain(self) -> bytes:
        """It as a file."""
        return b"".join(line + b"\n" for line in self.lines)


class Source:
    """A ledger at one moment. Made by `take`."""

    def __init__(self, folder: Path, history: History, opened: Piece, ledger_id: str, root: bytes) -> None:
        self.folder = folder
        self.ledger_id = ledger_id
        self.root = root
        self._history = history
        self._open = opened

    @classmethod
    def take(cls, folder: Path) -> Source:
        """Reads where the ledger stands, and its open segment.

        Raises:
            LedgerDamaged: It is not what was written, or there is none.
            BackupFailed: The disk does not give it, or did not take what was written last.
        """
        with on_own_disk(folder):
            the_segments(folder)
            for _ in range(_MOST_TURNS):
                history = History.of(folder)
                try:
                    return cls._take(folder, history)
                except (FileNotFoundError, LedgerDamaged) as fault:
                    if History.of(folder).end == history.end:  # else it was closed since the files were listed
                        raise _first_damage(folder) or _damage_of(fault, history.end) from None
        raise LedgerDamaged(_no_open_segment(history.end))

    @property
    def count(self) -> int:
        """How many entries it has."""
        return self._open.end - 1

    @property
    def firsts(self) -> tuple[int, ...]:
        """Which entries its segments begin with, in order."""
        return (*self._history.firsts, self._open.first)

    @property
    def tables_digest(self) -> str | None:
        """SHA-256 of the other tables as the open segment began with them, as its first entry has it."""
        digest = LedgerEntry.read_back(self._open.lines[0]).body.get("tables")
        return str(digest) if digest else None

    def size(self, first: int) -> int:
        """How many entries a segment has."""
        return len(self._open.lines) if first == self._open.first else self._history.size(first)

    def piece(self, first: int) -> Piece:
        """A segment, tested by itself.

        Raises:
            LedgerDamaged: It is not what was written.
            BackupFailed: The disk does not give it.
        """
        if first == self._open.first:
            return self._open
        try:
            with on_own_disk(self.folder):
                lines = _closed_lines(self.folder, first)
        except EntryMalformed:
            raise self.blame(first) from None
        leaves = sum_up(lines, first)
        if leaves is None or len(lines) != self._history.size(first):
            raise self.blame(first)
        return Piece(first, lines, leaves, closed=True)

    def archived(self, first: int) -> bool:
        """Whether a closed segment is archived, and no longer there as it was written."""
        return first != self._open.first and not (self.folder / Segment(first).name).exists()

    def read(self, name: str) -> bytes | None:
        """A file of the ledger's folder; None when there is none.

        Raises:
            BackupFailed: The disk does not give it.
        """
        with on_own_disk(self.folder):
            try:
                return (self.folder / name).read_bytes()
            except FileNotFoundError:
                return None

    def names(self, pattern: str) -> list[str]:
        """The paths, in the ledger's folder, of the files that fit a pattern."""
        with on_own_disk(self.folder):
            return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob(pattern))

    def damage(self) -> LedgerDamaged | None:
        """What a pass over the whole ledger finds; None when it is sound.

        Raises:
            BackupFailed: The disk does not give it.
        """
        with on_own_disk(self.folder):
            return _first_damage(self.folder)

    def blame(self, first: int) -> LedgerDamaged:
        """The error that names the first damaged entry; called where there is one.

        Args:
            first: The segment in which it was noticed.
        """
        noticed = Damage(first, 0, "a segment as it was written", "something else", first)
        return self.damage() or LedgerDamaged(noticed)

    @classmethod
    def _take(cls, folder: Path, history: History) -> Source:
        handle = os.open(folder / Segment(history.end).name, os.O_RDONLY)
        try:
            standing, _ = look(folder, history)
            if standing.damage:
                raise LedgerDamaged(standing.damage[0])
            data = os.pread(handle, standing.index.last_stop, 0)
            os.fdatasync(handle)  # fails, too, if the kiosk's own has failed since the file was opened (fsync(2))
        finally:
            os.close(handle)
        lines = split_lines(data)
        leaves = sum_up(lines, history.end)
        if leaves is None or standing.last is None or leaves.last != standing.last.digest:
            raise LedgerDamaged(Damage(history.end, 0, "the same at a second reading", "something else", history.end))
        opened = Piece(history.end, lines, leaves, closed=False)
        return cls(folder, history, opened, standing.ledger_id, standing.frontier.root())


def _closed_lines(folder: Path, first: int) -> list[bytes]:
    try:
        return closed_lines(folder, first)
    except FileNotFoundError:
        raise EntryMalformed(expected="the file of a closed segment", got="none") from None


def _first_damage(folder: Path) -> LedgerDamaged | None:
    report = verify(folder)
    return LedgerDamaged(report.damage[0]) if report.damage else None


def _damage_of(fault: LedgerDamaged | FileNotFoundError, end: int) -> LedgerDamaged:
    return fault if isinstance(fault, LedgerDamaged) else LedgerDamaged(_no_open_segment(end))


def _no_open_segment(end: int) -> Damage:
    return Damage(end, 0, "an open segment", "none", end)


def sha256_hex(data: bytes) -> str:
    """SHA-256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()
