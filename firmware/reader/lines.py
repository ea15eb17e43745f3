"""A plain scan engine: each read is a line. Pure, as reader.engine says."""

from reader import const
from reader.engine import LONGEST
from sealwire.link import elapsed
from sealwire.messages import Heartbeat

_STALL_MS = const(1000)
"""Silence inside a line after which its end counts as lost: a lost end would glue two reads into one."""


class Lines:
    """An engine that sends each read as a line and is told nothing: it triggers itself.

    Attributes:
        out: Nothing, ever.
        state: As in Heartbeat: unknown until something comes, as such an engine cannot be asked.
    """

    def __init__(self, end: bytes, broken) -> None:
        """Begins.

        Args:
            end: What ends a line: CR, LF, CR LF or TAB.
            broken: Called with a text for what makes no whole read.
        """
        self.out = bytearray()
        self.state = Heartbeat.ENGINE_UNKNOWN
        self._end = end
        self._broken = broken
        self._line = bytearray()
        self._too_long = False
        self._last = 0

    def take(self, data: bytes, now: int) -> "list[tuple[int, bytes]]":
        """Take what came.

        Returns:
            The reads that it ends, each with Zebra's code of its type, which a plain engine does not say: 0.
        """
        line = self._line
        if (line or self._too_long) and not data and elapsed(now, self._last) >= _STALL_MS:
            self.lost("no end of the line within %d ms; does the engine end it with %r?" % (_STALL_MS, self._end))
        if data:
            self._last = now
            self.state = Heartbeat.ENGINE_READY
        reads = []
        for byte in data:
            line.append(byte)
            if line.endswith(self._end):
                if not self._too_long and len(line) > len(self._end):
                    reads.append((0, bytes(line[: -len(self._end)])))
                self._clear()
            elif len(line) >= LONGEST + len(self._end):
                if not self._too_long:
                    self._broken("a line of more than %d bytes; does the engine end it with %r?" % (LONGEST, self._end))
                self._clear()
                self._too_long = True
                if byte == self._end[0]:
                    line.append(byte)
        return reads

    def press(self, is_on: bool, now: int) -> None:
        """Take note of the trigger: such an engine has its own."""

    def lost(self, why: str) -> None:
        """What is under way will not be finished."""
        if self._line and not self._too_long:
            self._broken("%d bytes, then %s" % (len(self._line), why))
        self._clear()

    def _clear(self) -> None:
        self._line[:] = b""
        self._too_long = False
