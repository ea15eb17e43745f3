"""The journal's open segment: an append-only file of lines, and what is promised of it.

Promise: when `append` returns, the line is on the disk and survives a power cut; when it raises, the line was not
acknowledged, and the journal is as it was before, or else refuses everything until it is opened again.

Order of an append: the bytes are written at the known end, then fdatasync, then the end moves. If the write fails
the file is cut back. If fdatasync fails nobody knows what the disk has (the kernel may have dropped the pages and
called them clean), so the journal is unsure.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from kiosk.durable import keep_room, make_folder, write_all, write_file
from kiosk.ledger.entry import FIRST_SEQ, MAX_LINE_BYTES
from kiosk.ledger.errors import LedgerClosed, LedgerUnsure, LedgerWriteFailed
from kiosk.ledger.segments import JOURNAL_FOLDER, Segment

JOURNAL_NAME: Final = Segment(FIRST_SEQ).name
"""The first segment, which a ledger begins with."""

TORN_NAME: Final = "torn"
"""Folder of what was cut off."""

UNRECORDED: Final = ".cut"
"""How a name in it ends until an entry says what was cut off."""

_REREAD_BYTES: Final = 2 * MAX_LINE_BYTES
"""How much of the end is read from the disk itself at opening: more than the longest append."""


ROOM_BYTES: Final = 1 << 20
"""Room that is kept for what is under way when the disk fills up: some hundred entries, where a visit has ten."""

_NO_SUCH_CALL: Final = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""What file systems answer that cannot keep room, such as FAT: there the bounds of the disk have to do."""


class Journal:
    """The open segment of the ledger that this process holds. It knows lines, not entries."""

    __slots__ = ("_handle", "_room_to", "_unsure", "end", "first", "folder")

    def __init__(self, folder: Path, first: int = FIRST_SEQ) -> None:
        """Opens a segment for appending.

        Args:
            folder: The ledger's folder.
            first: The entry that the segment begins with.

        Raises:
            OSError: The file is missing, or the disk refuses.
        """
        self.folder = folder
        self.first = first
        self._handle = os.open(folder / Segment(first).name, os.O_RDWR)
        self.end = os.fstat(self._handle).st_size
        """Length of what is durable, in bytes."""
        self._unsure = ""
        self._room_to = 0
        try:
            self._forget_cached_end()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def create(folder: Path, first_line: bytes, first: int = FIRST_SEQ) -> None:
        """Makes a segment with its first line, durably: there is never a segment without it.

        Args:
            folder: The ledger's folder.
            first_line: Without line end.
            first: The entry that it is.

        Raises:
            OSError: The disk did not take it.
        """
        make_folder(folder / JOURNAL_FOLDER)
        write_file(folder / Segment(first).name, first_line + b"\n")

    @property
    def unsure(self) -> str:
        """Why nothing more is appended, or an empty text."""
        return self._unsure

    def append(self, line: bytes) -> int:
        """Adds a line and waits until it is on the disk.

        Args:
            line: One line, without line end.

        Returns:
            Where it starts, in bytes.

        Raises:
            LedgerWriteFailed: The disk did not take it.
            LedgerUnsure: An earlier append failed, or another program changed the file.
            LedgerClosed: The journal was closed.
        """
        self._check_usable()
        start, data = self.end, line + b"\n"
        self._unsure = "an append that was interrupted"
        try:
            write_all(self._handle, data, start)
        except OSError as fault:
            raise LedgerWriteFailed("writing an entry", fault, sure=self._take_back(start)) from fault
        try:
            os.fdatasync(self._handle)
        except OSError as fault:
            self._take_back(start)
            self._unsure = f"fdatasync failed with {fault.strerror or fault}"
            raise LedgerWriteFailed("putting an entry on the disk (fdatasync)", fault, sure=False) from fault
        self.end = start + len(data)
        self._unsure = ""
        return start

    def keep_room(self) -> str:
        """Keeps room on the disk for the next entries, where less than half of it is left.

        Returns:
            Why it cannot; empty when it is kept, and where the file system knows of no such thing.
        """
        if self._handle < 0 or self._room_to - self.end >= ROOM_BYTES // 2:
            return ""
        try:
            keep_room(self._handle, self.end, ROOM_BYTES)
        except OSError as fault:
            if fault.errno not in _NO_SUCH_CALL:
                return fault.strerror or str(fault)
        self._room_to = self.end + ROOM_BYTES
        return ""

    def give_room(self) -> None:
        """Gives back what is kept: nothing more comes into this segment.

        Raises:
            OSError: The disk failed.
        """
        if self._room_to > self.end:
            self._room_to = 0
            os.ftruncate(self._handle, self.end)

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to `stop`.

        Raises:
            OSError: The disk does not give them.
            LedgerClosed: The journal was closed.
        """
        if self._handle < 0:
            raise LedgerClosed
        return os.pread(self._handle, stop - start, start)

    def cut(self, tail: bytes, name: str) -> None:
        """Cuts the end of the file off, after keeping it in a file of its own.

        Args:
            tail: The bytes at the end that go.
            name: Name for the file that keeps them, in the folder ``torn``; see `settle`.

        Raises:
            OSError: The disk refuses; nothing was cut, or the journal is unsure.
        """
        self._check_usable()
        make_folder(self.folder / TORN_NAME)
        write_file(self.folder / TORN_NAME / f"{name}{UNRECORDED}", tail)
        start = self.end - len(tail)
        self._unsure = "a cut that was interrupted"
        os.ftruncate(self._handle, start)
        os.fsync(self._handle)
        self.end = start
        self._unsure = ""

    def close(self) -> None:
        """Closes the file; a second time does nothing."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            os.close(handle)

    def _check_usable(self) -> None:
        if self._handle < 0:
            raise LedgerClosed
        if self._unsure:
            raise LedgerUnsure(self._unsure)
        state = os.fstat(self._handle)
        if state.st_size != self.end or state.st_nlink == 0:
            now = f"{state.st_size} bytes" if state.st_nlink else "removed or replaced"
            self._unsure = f"a journal that another program changed: it should have {self.end} bytes and is {now}"
            raise LedgerUnsure(self._unsure)

    def _take_back(self, start: int) -> bool:
        """Cuts a failed append off again; whether that is known to have worked."""
        self._room_to = 0  # what is kept behind the end goes with it
        try:
            os.ftruncate(self._handle, start)
            os.fsync(self._handle)
        except OSError as fault:
            self._unsure = f"a failed append that could not be taken back: {fault.strerror or fault}"
            return False
        self._unsure = ""
        return True

    def _forget_cached_end(self) -> None:
        """Makes the coming reads of the end come from the disk.

        After a failed fdatasync the cache can hold what the disk does not; without this, opening again would
        believe it.
        """
        os.fdatasync(self._handle)
        with suppress(OSError):  # advice alone: some file systems have no cache to forget
            os.posix_fadvise(self._handle, max(0, self.end - _REREAD_BYTES), 0, os.POSIX_FADV_DONTNEED)
