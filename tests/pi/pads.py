"""The header's pads as they stand, seen from outside: what the board's chip was told, register by register.

QEMU tells each write to the GPIO block (its trace event ``memory_region_ops_write``), in order. What the pads show
follows from that by the data sheet (BCM2835 ARM Peripherals, chapter 6), and is held against the registers that QEMU
shows: function select and level. QEMU's model has no pull resistors. They are played from outside: a pad that nothing
drives is put at the level to which the chip was told to pull it.
"""

import re
from pathlib import Path

from msgspec import Struct

from hw.bench.pins import LAST_PULLED_UP_AT_RESET, PinChange
from hw.pins import LAST_HEADER_GPIO, Direction, Level, Pull
from tests.pi.machine import CLEAR, FUNCTION_SELECT, INPUT, LEVEL, OUTPUT, SET, Machine

EVENT = "memory_region_ops_write"
WRITE = re.compile(rf"{EVENT} cpu (-?\d+) .*addr (0x3f2000\w\w) value (0x\w+) ")
"""A write to the GPIO block; the processor is -1 for what came from outside."""

OUTSIDE = -1
PULLS_2711 = 0x3F2000E4
"""GPIO_PUP_PDN_CNTRL_REG0 and on, 16 pins each (BCM2711 ARM Peripherals, chapter 5).

A BCM2837 has none, and says so at its address for the fourth of them; QEMU's reads 0 there, so RPi.GPIO takes it for a
BCM2711 in this one regard (c_gpio.c, setup).
"""

PULLS_2835 = (0x3F200094, 0x3F200098)
"""GPPUD and GPPUDCLK0, which a real Pi 3 has in their place."""

PULLS = {0b00: Pull.OFF, 0b01: Pull.UP, 0b10: Pull.DOWN}
HEADER = range(LAST_HEADER_GPIO + 1)
HEADER_MASK = (1 << LAST_HEADER_GPIO + 1) - 1
ALL_OUTPUTS = 0o1111111111
"""A function select register with each of its ten pins an output."""


class Pad(Struct):
    """One pad: what the chip was told of it, and what the world puts on it."""

    pull: Pull
    level: Level
    function: int = INPUT
    latch: Level = Level.LOW
    outside: Level | None = None

    @property
    def direction(self) -> Direction:
        return Direction.OUT if self.function == OUTPUT else Direction.IN

    def settle(self) -> None:
        pulled = {Pull.UP: Level.HIGH, Pull.DOWN: Level.LOW, Pull.OFF: self.level}[self.pull]
        self.level = self.latch if self.function == OUTPUT else self.outside or pulled


class Pads:
    """Every pad of an emulated board's header, from its reset on."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._trace = machine.folder / "trace.log"
        self._read = _size(self._trace)
        self._changes: list[PinChange] = []
        self._pads = {
            bcm: Pad(Pull.UP, Level.HIGH) if bcm <= LAST_PULLED_UP_AT_RESET else Pad(Pull.DOWN, Level.LOW)
            for bcm in HEADER
        }
        # QEMU tells an output's change only when it is one from what it told last: each is left low, then let go.
        write = machine.ports.write
        for group in range(3):
            write(FUNCTION_SELECT + 4 * group, ALL_OUTPUTS)
        write(SET, HEADER_MASK)
        write(CLEAR, HEADER_MASK)
        for group in range(3):
            write(FUNCTION_SELECT + 4 * group, 0)
        machine.monitor.do("trace-event-set-state", name=EVENT, enable=True)
        self._put_inputs()

    def close(self) -> None:
        """Tell no more."""
        self._machine.monitor.do("trace-event-set-state", name=EVENT, enable=False)

    def changes(self) -> list[PinChange]:
        """What each pad showed, one after the other; held against the registers."""
        self.follow()
        self._compare()
        return list(self._changes)

    def pull(self, bcm: int) -> Pull:
        self.follow()
        return self._pads[bcm].pull

    def set_input(self, bcm: int, level: Level | None) -> None:
        """What a contact puts on a pad; None opens it."""
        self.follow()
        pad = self._pads[bcm]
        before = (pad.direction, pad.level)
        pad.outside = level
        self._settle(bcm, before)
        self._put_inputs()

    def follow(self) -> None:
        """Take in what the chip was told since the last time, and let the inputs stand as they would."""
        with self._trace.open("rb") as trace:
            trace.seek(self._read)
            text = trace.read()
        whole = text.rpartition(b"\n")[0] + b"\n" if b"\n" in text else b""
        self._read += len(whole)
        for told in WRITE.finditer(whole.decode("ascii", errors="replace")):
            if int(told[1]) != OUTSIDE:
                self._told(int(told[2], 16), int(told[3], 16))
        self._put_inputs()

    def _told(self, address: int, value: int) -> None:
        group = (address - FUNCTION_SELECT) // 4
        if group < 3:
            for at in range(10):
                self._change(10 * group + at, function=value >> 3 * at & 0b111)
        elif PULLS_2711 <= address < PULLS_2711 + 8:
            for at in range(16):
                self._change(4 * (address - PULLS_2711) + at, pull=PULLS[value >> 2 * at & 0b11])
        elif address in (SET, CLEAR):
            for bcm in HEADER:
                if value >> bcm & 1:
                    self._change(bcm, latch=Level.HIGH if address == SET else Level.LOW)
        assert address not in PULLS_2835, "expected RPi.GPIO to take QEMU's pull resistors for a BCM2711's"

    def _change(
        self, bcm: int, *, function: int | None = None, latch: Level | None = None, pull: Pull | None = None
    ) -> None:
        if bcm not in self._pads:
            return
        pad = self._pads[bcm]
        before = (pad.direction, pad.level)
        pad.function = pad.function if function is None else function
        pad.latch = latch or pad.latch
        pad.pull = pull or pad.pull
        self._settle(bcm, before)

    def _settle(self, bcm: int, before: tuple[Direction, Level]) -> None:
        pad = self._pads[bcm]
        pad.settle()
        if (pad.direction, pad.level) != before:
            self._changes.append(PinChange(bcm, pad.direction, pad.level))

    def _put_inputs(self) -> None:
        """What stands on the inputs, put there from outside: contacts and pull resistors alike."""
        inputs = {bcm: pad.level for bcm, pad in self._pads.items() if pad.function != OUTPUT}
        self._machine.ports.write(SET, sum(1 << bcm for bcm, level in inputs.items() if level is Level.HIGH))
        self._machine.ports.write(CLEAR, sum(1 << bcm for bcm, level in inputs.items() if level is Level.LOW))

    def _compare(self) -> None:
        """Hold what follows from the writes against what QEMU's registers show."""
        levels = self._machine.ports.read(LEVEL)
        functions = [self._machine.ports.read(FUNCTION_SELECT + 4 * group) for group in range(3)]
        shown = {bcm: (functions[bcm // 10] >> 3 * (bcm % 10) & 0b111, levels >> bcm & 1) for bcm in HEADER}
        due = {bcm: (pad.function, int(pad.level is Level.HIGH)) for bcm, pad in self._pads.items()}
        assert shown == due, "expected QEMU's registers to show what the writes to them make"


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
