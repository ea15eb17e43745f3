"""Where one read of a plain serial scanner ends and the next begins. Pure: bytes and times in, frames out."""

from enum import Enum

from msgspec import Struct

STALL_S = 1.0
"""Seconds of silence inside a frame after which its end counts as lost. A scanner sends a read in one burst (about
1 ms a byte at 9600 baud), and a person takes longer than this from one barcode to the next: without it, a lost
terminator would glue two reads into one."""

STX, ETX, CR, LF, NUL = 0x02, 0x03, 0x0D, 0x0A, 0x00


class Framing(Enum):
    """How a scanner is set up to mark the end of a read."""

    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    STX_ETX = "stx-etx"
    IDLE = "idle"
    ANY_LINE_END = "any-line-end"
    SSI = "ssi"


TERMINATORS = {Framing.CR: b"\r", Framing.LF: b"\n", Framing.CRLF: b"\r\n", Framing.TAB: b"\t"}


class Frame(Struct, frozen=True):
    """One whole read, without what framed it."""

    data: bytes


class Broken(Struct, frozen=True):
    """Bytes that make no whole read.

    Attributes:
        why: What was wrong with them, for a person.
    """

    why: str


class Framer:
    """Cuts a scanner's bytes into frames, however they are chunked.

    Only silence that was really watched ends a frame: `quiet` is told of a read that found nothing, so a
    thread that was held up never splits a read. All times are monotonic seconds.

    Attributes:
        gap_s: Seconds of silence that mean something here; to be watched for with reads no longer than this.

    Args:
        framing: Any but SSI, which has packets of its own.
        max_length: Bytes that a read may have at most.
        idle_s: Seconds of silence that end a read, for Framing.IDLE.

    Raises:
        ValueError: for Framing.SSI.
    """

    def __init__(self, framing: Framing, *, max_length: int, idle_s: float) -> None:
        if framing is Framing.SSI:
            raise ValueError("expected a framing of plain bytes, got SSI; its packets are read by drivers.ssi")
        self.gap_s = idle_s if framing is Framing.IDLE else STALL_S
        self._framing = framing
        self._terminator = TERMINATORS.get(framing, b"")
        self._max_length = max_length
        self._buffer = bytearray()
        self._inside = framing is not Framing.STX_ETX
        self._skipping = False
        self._strays = 0
        self._last = 0.0

    def feed(self, data: bytes, now: float) -> list[Frame | Broken]:
        """Take the bytes that arrived, in any chunks."""
        if data:
            self._last = now
        return [out for byte in data for out in self._take(byte)]

    def quiet(self, now: float) -> list[Frame | Broken]:
        """Take note that nothing arrived since the last `feed`, up to `now`."""
        if now < self._last + self.gap_s:
            return []
        if self._framing is Framing.IDLE:
            return self._close()
        return self._give_up(f"no end of the read within {STALL_S:g} s")

    def abandon(self) -> list[Frame | Broken]:
        """The line is gone: what was under way will not be finished."""
        return self._give_up("the scanner went away in the middle of it")

    def _take(self, byte: int) -> list[Frame | Broken]:
        match self._framing:
            case Framing.STX_ETX:
                return self._take_between(byte)
            case Framing.ANY_LINE_END if byte in (CR, LF):
                return self._close() if self._buffer or self._skipping else []
            case Framing.ANY_LINE_END | Framing.IDLE:
                return self._keep(byte)
            case _:
                return self._take_terminated(byte)

    def _take_terminated(self, byte: int) -> list[Frame | Broken]:
        if not (self._buffer + bytes((byte,))).endswith(self._terminator):
            return self._keep(byte)
        del self._buffer[len(self._buffer) + 1 - len(self._terminator) :]
        return self._close()

    def _take_between(self, byte: int) -> list[Frame | Broken]:
        if byte == STX:
            out = self._give_up("a new read began before the end of it") if self._inside else self._note_strays()
            self._inside = True
            return out
        if self._inside and byte == ETX:
            out = self._close()
            self._inside = False
            return out
        if self._inside:
            return self._keep(byte)
        # A carriage return or line feed behind ETX is a common extra suffix; NUL comes when a scanner powers up.
        self._strays += byte not in (CR, LF, NUL)
        return []

    def _keep(self, byte: int) -> list[Frame | Broken]:
        self._buffer.append(byte)
        begun = len(self._terminator) == 2 and self._buffer[-1] == self._terminator[0]
        if self._skipping:
            del self._buffer[: len(self._buffer) - begun]
            return []
        if len(self._buffer) - begun <= self._max_length:
            return []
        self._skipping = True
        self._buffer.clear()
        return [self._overlong()]

    def _overlong(self) -> Broken:
        return Broken(f"more than {self._max_length} bytes without an end; is the framing {self._framing.value} right?")

    def _close(self) -> list[Frame | Broken]:
        data, skipped = bytes(self._buffer), self._skipping
        self._buffer.clear()
        self._skipping = False
        if skipped or (not data and self._framing is Framing.IDLE):
            return []
        return [Frame(data)] if data else [Broken(f"an empty read; is the framing {self._framing.value} right?")]

    def _give_up(self, why: str) -> list[Frame | Broken]:
        begun = len(self._buffer) if not self._skipping else 0
        out = self._note_strays()
        if begun:
            out.append(Broken(f"{begun} bytes, then {why}"))
        self._buffer.clear()
        self._skipping = False
        self._inside = self._framing is not Framing.STX_ETX
        return out

    def _note_strays(self) -> list[Frame | Broken]:
        strays, self._strays = self._strays, 0
        return [Broken(f"{strays} bytes outside STX and ETX; is the framing stx-etx right?")] if strays else []
