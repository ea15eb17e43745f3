"""What a seal reader's Scan is worth: new or had already, bound or stray, and how old; and which it need not keep.

Sans I/O. A reader keeps each scan until it is told that the kiosk keeps it, and sends it again until then.
"""

from collections import OrderedDict
from typing import Final

from msgspec import Struct

from drivers.barcode import AimUse, UnreadableBarcodeError, read_barcode
from drivers.seal_reader_values import SealScanned, SealUnreadable, StrayBecause, StrayScan
from drivers.symbology import SSI_TYPES
from sealwire.messages import NO_NONCE, Scan

MOST_REMEMBERED: Final = 1024
"""Scans of which is known that they came. The reader sends again what it was not told that we keep: some few."""

CLOCK_MS: Final = 1 << 32
"""Milliseconds after which the reader's own time begins again."""

Taken = SealScanned | SealUnreadable | StrayScan


class Expected(Struct, frozen=True):
    """What a reader is armed for.

    Attributes:
        nonce: What a scan must carry; NO_NONCE when none is awaited.
        turn: Which scan is awaited, by the caller's number.
    """

    nonce: bytes = NO_NONCE
    turn: int = 0


class _Clock(Struct, frozen=True):
    """A reader's own time, once it was heard: what it said, and when by our clock."""

    boot: int
    at_ms: int
    heard_ms: int


class ScanBook:
    """Takes every Scan of one reader and tells what it is.

    Args:
        reader: The reader's configured name.
    """

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._had: OrderedDict[tuple[str, int], bool] = OrderedDict()  # whether we keep it
        self._untold: dict[int, None] = {}  # numbers, in their order
        self._unit = ""
        self._boot = 0
        self._clock: _Clock | None = None

    def connected(self, unit: str, boot: int) -> None:
        """The reader has said who it is. One that counts fewer starts than before has lost its count of scans, too."""
        if unit == self._unit and boot < self._boot:
            self._had.clear()
        if (unit, boot) != (self._unit, self._boot):
            self._clock = None
        self._unit, self._boot = unit, boot
        self._untold.clear()  # it sends what it still has again

    def heard_time(self, at_ms: int, now_ms: int) -> None:
        """The reader has said what its own time is.

        Args:
            at_ms: Milliseconds since it started.
            now_ms: Milliseconds by our clock, which never begins again.
        """
        self._clock = _Clock(self._boot, at_ms, now_ms)

    def keep(self, unit: str, seq: int) -> None:
        """The reader need not keep a scan any more: its visit or the ledger does."""
        self._had[unit, seq] = True
        if unit == self._unit:
            self._untold[seq] = None

    def next_kept(self) -> int | None:
        """The number of a scan that the reader that is connected is to be told we keep; None when it was told all."""
        seq = next(iter(self._untold), None)
        if seq is not None:
            del self._untold[seq]
        return seq

    def take(self, scan: Scan, expected: Expected, now_ms: int) -> Taken | None:
        """What a scan is; None when it was had already: then the reader is told once more, if we keep it."""
        if not self._is_new(scan.seq):
            if self._had[self._unit, scan.seq]:
                self._untold[scan.seq] = None
            return None
        if scan.late:
            return self._stray(scan, StrayBecause.LATE, now_ms)
        if scan.boot == self._boot:
            self.heard_time(scan.at_ms, now_ms)
        if expected.nonce == NO_NONCE or scan.nonce != expected.nonce:
            return self._stray(scan, StrayBecause.UNBOUND, now_ms)
        return self._bound(scan, expected.turn)

    def _is_new(self, seq: int) -> bool:
        key = (self._unit, seq)
        if key in self._had:
            return False
        self._had[key] = False
        if len(self._had) > MOST_REMEMBERED:
            self._had.popitem(last=False)
        return True

    def _stray(self, scan: Scan, why: StrayBecause, now_ms: int) -> StrayScan:
        return StrayScan(self._reader, self._unit, scan.seq, _printable(scan), why, self._age_ms(scan, now_ms))

    def _age_ms(self, scan: Scan, now_ms: int) -> int | None:
        if self._clock is None or self._clock.boot != scan.boot:
            return None
        age = (self._clock.at_ms + now_ms - self._clock.heard_ms - scan.at_ms) % CLOCK_MS
        return age if age < CLOCK_MS // 2 else 0  # what was on the way while the other was said

    def _bound(self, scan: Scan, turn: int) -> SealScanned | SealUnreadable:
        aim = AimUse.ALWAYS if scan.aim else AimUse.NEVER
        try:
            barcode = read_barcode(scan.aim.encode() + scan.data, aim=aim, named=SSI_TYPES.get(scan.ssi_type))
        except UnreadableBarcodeError as error:
            return SealUnreadable(self._reader, self._unit, scan.seq, turn, _printable(scan), error.why)
        return SealScanned(
            *(self._reader, self._unit, scan.seq, turn, barcode.text, barcode.symbology, barcode.elements),
            *(scan.boot, scan.at_ms),
        )


def _printable(scan: Scan) -> str:
    """The data as a person can read it: what is not plain ASCII stands escaped, a backslash as two."""
    return "".join(chr(each) if _is_plain(each) else _escaped(each) for each in scan.data)


def _is_plain(byte: int) -> bool:
    return 0x20 <= byte < 0x7F and byte != ord("\\")


def _escaped(byte: int) -> str:
    return "\\\\" if byte == ord("\\") else f"\\x{byte:02x}"
