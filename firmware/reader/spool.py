"""The spool: scans that are kept on flash until the kiosk has them, and the numbers of scans and of starts.

Each scan is a small file of its own, a slot, which is used again once its scan is dropped; names are made once and
never removed. On littlefs a slot is written, and emptied, by one commit each; README.md says what that costs the flash.
A record has a check value, so what a power cut tore on another file system is known for what it is: the slot is free.

The two counts stand in two files, written in turn: whichever is torn or spoiled, the other holds. Numbers of scans are
reserved ahead, so most scans write none; what was reserved and not used when the reader stops is left out.
"""

import os
from array import array
from binascii import crc32
from struct import calcsize, pack_into, unpack_from

from reader.folder import FULL, Folder
from sealwire.messages import Scan

SLOT_BYTES = 4608
"""Flash for each scan that fits in: the longest take a block of 4,096 of their own, and an entry in the folder."""

RESERVED = 256
"""Numbers reserved at a time: a restart leaves out at most these."""

COUNTS = ("counts0", "counts1")

_FORM = 1
_HEAD = "<BIIIB8sB3sH"
_HEAD_BYTES = calcsize(_HEAD)
_CRC = "<I"
_CRC_BYTES = 4
_COUNTS = "<BII"
_COUNTS_BYTES = calcsize(_COUNTS)
_LONGEST = _HEAD_BYTES + 512 + _CRC_BYTES

_FREE = 0
_KEPT = 0xFFFFFFFF
"""In place of a scan's number: a slot that cannot be read now, or by this firmware. It is not written over."""


class Full(Exception):
    """No scan fits in any more: the person must hear it, and the scan is not kept."""


class Spool:
    """Keeps scans over restarts and power cuts.

    Args:
        folder: Path of a folder for it alone; made when it is not there.
        room_bytes: How much flash it may take: a scan for each SLOT_BYTES.
        files: Opens the folder.
        random: Gives random bytes: the first number is drawn, so that a reader whose flash was erased does not give
            the numbers again that the kiosk knows.

    Attributes:
        boot: How many times the reader has started, this time included; 0 before `open`.
        count: Scans in it.
        torn: Slots that `open` found half-written or spoiled; more than one is not the work of one power cut.
    """

    def __init__(self, folder: str, room_bytes: int, files=Folder, random=os.urandom) -> None:
        self.boot = 0
        self.count = 0
        self.torn = 0
        self._open_files = files
        self._folder = folder
        self._random = random
        self._fits = room_bytes // SLOT_BYTES
        self._seqs = array("I")  # for each slot its scan's number, _FREE or _KEPT
        self._next = 0
        self._reserved = 0
        self._counts_at = 0
        self._begun = -1  # a slot that is written next, because what it holds after an error nobody knows
        self._buffer = bytearray(_LONGEST)

    @property
    def room(self) -> int:
        """How many more scans fit in."""
        return max(0, self._fits - self._used())

    def open(self) -> None:
        """Find what was kept, and count the start. Everything else comes after it.

        Raises:
            OSError: The flash cannot be read or written. What could be read is there, and may be sent and dropped.
        """
        self._files = self._open_files(self._folder)
        self._find_scans()
        self._find_counts()

    def next_seq(self) -> int:
        """A number for a scan: greater than all before, also after a power cut.

        Raises:
            OSError: New ones had to be reserved, and the flash cannot be written.
        """
        if self._next == self._reserved:
            self._reserve()
        seq = self._next
        self._next += 1
        return seq

    def append(self, scan: Scan) -> None:
        """Keep a scan, which has its number from `next_seq`. It is safe when this returns, and not before.

        Raises:
            Full: It does not fit in.
            OSError: The flash cannot be written. The scan may be found there at the next start, or not.
        """
        if not self.room:
            raise Full("expected room for a scan, %d are kept: connect the reader to the kiosk" % self.count)
        if self._begun < 0:
            self._begun = self._slot_of(_FREE)
        length = _write_record(self._buffer, scan)
        try:
            self._files.write(_name(self._begun), memoryview(self._buffer)[:length])
        except OSError as error:
            if error.errno == FULL:
                raise Full("expected room on the flash, it is full: connect the reader to the kiosk")
            raise
        self._seqs[self._begun] = scan.seq
        self._begun = -1
        self.count += 1

    def oldest(self) -> "Scan | None":
        """The scan with the lowest number, marked as late; None when there is none."""
        while self.count:
            slot = self._slot_of_oldest()
            try:
                scan = _read_record(self._buffer, self._read(slot))
            except OSError:
                scan = None
            if scan is not None:
                return scan
            self._seqs[slot] = _KEPT  # it could be read before, so it may be again at the next start
            self.count -= 1
        return None

    def drop(self, seq: int) -> None:
        """Let go of a scan, because the kiosk has it. One that is not there is none to drop.

        Raises:
            OSError: The flash cannot be written: it is still there.
        """
        slot = self._slot_of(seq)
        if slot >= 0:
            self._files.write(_name(slot), b"")
            self._seqs[slot] = _FREE
            self.count -= 1

    def _find_scans(self) -> None:
        self.count = self.torn = 0
        self._begun = -1
        slots = [int(name) for name in self._files.names() if name.isdigit()]
        self._seqs = array("I", [_FREE] * max([self._fits] + [slot + 1 for slot in slots]))
        for slot in slots:
            found = self._look_into(slot)
            self._seqs[slot] = found
            if found not in (_FREE, _KEPT):
                self.count += 1

    def _look_into(self, slot: int) -> int:
        """The number of the scan in a slot, or _FREE or _KEPT."""
        try:
            length = self._read(slot)
        except OSError:
            return _KEPT
        if not length:
            return _FREE
        if not _is_whole(self._buffer, length):
            self.torn += 1
            return _FREE
        scan = _read_record(self._buffer, length)
        return scan.seq if scan else _KEPT

    def _find_counts(self) -> None:
        """Take the newer of the two counts, count this start, and reserve numbers for it."""
        self.boot = self._reserved = whole = 0
        for at, name in enumerate(COUNTS):
            try:
                length = self._files.read_into(name, self._buffer)
            except OSError:
                continue
            if length == _COUNTS_BYTES + _CRC_BYTES and _is_whole(self._buffer, length):
                whole += 1
                _, boot, reserved = unpack_from(_COUNTS, self._buffer)
                if reserved > self._reserved:
                    self.boot, self._reserved, self._counts_at = boot, reserved, at
        if not whole:
            self._reserved = 1 + (int.from_bytes(self._random(3), "little") << 7)
        elif whole < len(COUNTS):  # the other may have been the newer one, by a start and a reservation
            self.boot += 1
            self._reserved += RESERVED
        self._next = max(self._reserved, 1 + max((seq for seq in self._seqs if seq != _KEPT), default=0))
        self.boot += 1
        for _ in range(len(COUNTS) - whole or 1):
            self._reserve()

    def _reserve(self) -> None:
        counts = bytearray(_COUNTS_BYTES + _CRC_BYTES)
        pack_into(_COUNTS, counts, 0, _FORM, self.boot, self._next + RESERVED)
        _seal(counts, _COUNTS_BYTES)
        self._files.write(COUNTS[1 - self._counts_at], counts)
        self._counts_at = 1 - self._counts_at
        self._reserved = self._next + RESERVED

    def _read(self, slot: int) -> int:
        length: int = self._files.read_into(_name(slot), self._buffer)
        return length

    def _slot_of(self, seq: int) -> int:
        """The first slot with a number, or -1."""
        for slot, found in enumerate(self._seqs):
            if found == seq:
                return slot
        return -1

    def _slot_of_oldest(self) -> int:
        oldest = _KEPT
        for seq in self._seqs:
            if seq != _FREE and seq < oldest:
                oldest = seq
        return self._slot_of(oldest)

    def _used(self) -> int:
        return sum(1 for seq in self._seqs if seq != _FREE)


def _name(slot: int) -> str:
    return "%d" % slot


def _write_record(buffer: bytearray, scan: Scan) -> int:
    """Put a scan into a buffer; how many bytes it takes."""
    aim = scan.aim.encode()
    data = scan.data
    pack_into(
        _HEAD, buffer, 0,
        _FORM, scan.seq, scan.boot, scan.at_ms, scan.ssi_type, scan.nonce, len(aim), aim, len(data),
    )  # fmt: skip
    end = _HEAD_BYTES + len(data)
    buffer[_HEAD_BYTES:end] = data
    _seal(buffer, end)
    return end + _CRC_BYTES


def _read_record(buffer: bytearray, length: int) -> "Scan | None":
    """The scan in the first bytes of a buffer; None when it is none, or one of another form."""
    if not _is_whole(buffer, length) or buffer[0] != _FORM:
        return None
    _, seq, boot, at_ms, ssi_type, nonce, aim_length, aim, data_length = unpack_from(_HEAD, buffer)
    if _HEAD_BYTES + data_length + _CRC_BYTES != length:
        return None
    data = bytes(memoryview(buffer)[_HEAD_BYTES : _HEAD_BYTES + data_length])
    return Scan(seq, nonce, boot, at_ms, 1, aim[:aim_length].decode(), ssi_type, data)


def _seal(buffer: bytearray, end: int) -> None:
    """Put the check value of what is before it."""
    pack_into(_CRC, buffer, end, crc32(memoryview(buffer)[:end]))


def _is_whole(buffer: bytearray, length: int) -> bool:
    """Whether the first bytes of a buffer end with their check value."""
    end = length - _CRC_BYTES
    return end > 0 and unpack_from(_CRC, buffer, end)[0] == crc32(memoryview(buffer)[:end])
