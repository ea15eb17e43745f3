"""The pads of a board's header in shared memory: they outlive the process that drives them, as a Pi's registers do.

The stand-in of the module RPi.GPIO (``pi/RPi/GPIO.py``) writes them from within the kiosk; the chaos run, another
process, sees each change with its time and puts contacts on the inputs. When the kiosk is killed everything stays as
it was: whoever wants an output at rest has to put it there.

A change carries what only its own moment can tell: how much of the ledger's journal had been written by then. The
journal is looked at from within the call that moves the pin, so no later write can be taken for an earlier one.
"""

import mmap
import os
import struct
import time
from pathlib import Path
from typing import NamedTuple

PINS = 28
IN, OUT = 1, 0
"""Directions by RPi.GPIO's own numbers."""
OFF, DOWN, UP = 20, 21, 22
NOTHING = 2
"""What an open contact puts on a pad, and a pad that is shorted to nothing."""

_HEAD = struct.Struct("<Q")
_PIN, _DRIVEN = struct.Struct("<BBBBBB"), struct.Struct("<BBBB")
_OUTSIDE, _SHORT = 4, 5
_CHANGE = struct.Struct("<QBBBBIQ")
_PINS_AT, _RING_AT, RING = 64, 512, 8192
SIZE = _RING_AT + RING * _CHANGE.size

LAST_PULLED_UP_AT_RESET = 8


class Pad(NamedTuple):
    """One pad: direction, output latch, pull, what it keeps while it floats, what a contact puts on it, its short."""

    direction: int
    latch: int
    pull: int
    floating: int
    outside: int
    short: int

    @property
    def level(self) -> int:
        """What stands on it: 0 or 1."""
        if self.short != NOTHING:
            return self.short
        if self.direction == OUT:
            return self.latch
        if self.outside != NOTHING:
            return self.outside
        return {UP: 1, DOWN: 0}.get(self.pull, self.floating)


class Change(NamedTuple):
    """A write to a pad's registers.

    Attributes:
        at: CLOCK_MONOTONIC, ns.
        bcm: Which pad.
        direction: IN or OUT.
        latch: What it drives as an output.
        level: What stood on the pad then.
        segment: First entry of the journal's open segment, as its name says; 0 when there was none.
        written: Bytes in that file.
    """

    at: int
    bcm: int
    direction: int
    latch: int
    level: int
    segment: int
    written: int


class Pads:
    """The pads of one board.

    Args:
        file: Their memory; made by `make`.
        journal: The ledger's folder of segments, looked at when a pad of `witnessed` is written.
        witnessed: The pads whose changes carry what the journal holds.
    """

    def __init__(self, file: Path, journal: Path | None = None, witnessed: frozenset[int] = frozenset()) -> None:
        handle = os.open(file, os.O_RDWR)
        try:
            self._memory = mmap.mmap(handle, SIZE)
        finally:
            os.close(handle)
        self._journal = journal
        self._witnessed = witnessed

    @staticmethod
    def make(file: Path) -> None:
        """A board as it is at reset: every pad an input with its pull (BCM2835 ARM Peripherals, table 6-31)."""
        memory = bytearray(SIZE)
        for bcm in range(PINS):
            pull = UP if bcm <= LAST_PULLED_UP_AT_RESET else DOWN
            _PIN.pack_into(memory, _PINS_AT + bcm * _PIN.size, IN, 0, pull, 0, NOTHING, NOTHING)
        file.write_bytes(memory)

    def pad(self, bcm: int) -> Pad:
        """How a pad is now."""
        return Pad(*_PIN.unpack_from(self._memory, _PINS_AT + bcm * _PIN.size))

    def write(self, bcm: int, direction: int, latch: int, pull: int) -> None:
        """Write a pad's registers, as the process does that drives it."""
        before = self.pad(bcm)
        pad = before._replace(direction=direction, latch=latch, pull=pull, floating=before.level)
        segment, written = self._journal_now() if bcm in self._witnessed and direction == OUT and latch else (0, 0)
        count = self.count
        change = (time.monotonic_ns(), bcm, direction, latch, pad.level, segment, written)
        _CHANGE.pack_into(self._memory, _RING_AT + count % RING * _CHANGE.size, *change)
        # What is put on the pad from outside is another process's to write.
        _DRIVEN.pack_into(self._memory, _PINS_AT + bcm * _PIN.size, direction, latch, pull, pad.floating)
        _HEAD.pack_into(self._memory, 0, count + 1)

    def put(self, bcm: int, outside: int) -> None:
        """What a contact puts on a pad: 0, 1 or NOTHING. From outside."""
        self._memory[_PINS_AT + bcm * _PIN.size + _OUTSIDE] = outside

    def short(self, bcm: int, level: int) -> None:
        """Short a pad to a level, or to NOTHING. From outside."""
        self._memory[_PINS_AT + bcm * _PIN.size + _SHORT] = level

    @property
    def count(self) -> int:
        """Changes so far."""
        return int(_HEAD.unpack_from(self._memory, 0)[0])

    def since(self, count: int) -> list[Change]:
        """The changes after so many. Whoever looks must look more often than RING changes come."""
        now = self.count
        assert now - count <= RING, f"expected at most {RING} changes between two looks, got {now - count}"
        places = (_RING_AT + each % RING * _CHANGE.size for each in range(count, now))
        return [Change(*_CHANGE.unpack_from(self._memory, place)) for place in places]

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()

    def _journal_now(self) -> tuple[int, int]:
        try:
            names = [name for name in os.listdir(self._journal) if name.endswith(".jsonl")]  # noqa: PTH208 - fast
            newest = max(names)
            return int(newest.partition(".")[0]), os.stat(f"{self._journal}/{newest}").st_size  # noqa: PTH116
        except (OSError, TypeError, ValueError):
            return 0, 0
