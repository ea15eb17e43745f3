"""Sequences of calls on the module RPi.GPIO, run on the genuine module or on the stand-in, with what came of each.

Run as a program it is the genuine module's end: it reads sequences from stdin and writes outcomes to stdout, as JSON.
"""

import json
import mmap
import os
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

PINS = (2, 14, 17, 22)
"""One with a fitted pull-up, one that a test may give to the serial port, two plain ones."""

Call = list[Any]
"""Name, then arguments; a dict at the end holds keyword arguments."""

# Byte offsets into the GPIO block, BCM2711 ARM Peripherals, section 5.2.
GPFSEL, GPSET, GPCLR, GPLEV, GPPULL = 0x00, 0x1C, 0x28, 0x34, 0xE4


def outcome(module: Any, call: Call) -> dict[str, Any]:
    """What one call gives back, raises and warns of."""
    name, *given = call
    keywords = given.pop() if given and isinstance(given[-1], dict) else {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            came: Any = getattr(module, name)(*given, **keywords)
        except (RuntimeError, ValueError) as error:
            came = f"{type(error).__name__}: {error}"
    return {"came": came, "warned": [str(warning.message) for warning in caught]}


class RegisterFile:
    """The GPIO block of a BCM2711 in a file: what the module writes is taken up after each call."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(4096))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 4096)
        self._latch = dict.fromkeys(PINS, 0)
        for bcm in PINS:
            self.set_pull(bcm, 1 if bcm <= 8 else 2)
        self.settle()

    def close(self) -> None:
        self._map.close()

    def word(self, offset: int) -> int:
        return int(struct.unpack_from("<I", self._map, offset)[0])

    def put(self, offset: int, value: int) -> None:
        struct.pack_into("<I", self._map, offset, value)

    def function(self, bcm: int) -> int:
        return self.word(GPFSEL + 4 * (bcm // 10)) >> (bcm % 10 * 3) & 7

    def set_function(self, bcm: int, function: int) -> None:
        offset = GPFSEL + 4 * (bcm // 10)
        self.put(offset, self.word(offset) & ~(7 << bcm % 10 * 3) | function << bcm % 10 * 3)

    def pull(self, bcm: int) -> int:
        return self.word(GPPULL + 4 * (bcm // 16)) >> (bcm % 16 * 2) & 3

    def set_pull(self, bcm: int, pull: int) -> None:
        offset = GPPULL + 4 * (bcm // 16)
        self.put(offset, self.word(offset) & ~(3 << bcm % 16 * 2) | pull << bcm % 16 * 2)

    def settle(self) -> None:
        """Do what the hardware does with what was written: latch, then levels."""
        for bcm in PINS:
            if self.word(GPSET) >> bcm & 1:
                self._latch[bcm] = 1
            if self.word(GPCLR) >> bcm & 1:
                self._latch[bcm] = 0
            level = self.word(GPLEV) >> bcm & 1
            if self.function(bcm) == 1:
                level = self._latch[bcm]
            elif self.pull(bcm):
                level = int(self.pull(bcm) == 1)
            self.put(GPLEV, self.word(GPLEV) & ~(1 << bcm) | level << bcm)
        self.put(GPSET, 0)
        self.put(GPCLR, 0)

    def seen(self) -> dict[str, list[int]]:
        """Function, level and pull (0 off, 1 up, 2 down) of each pin."""
        return {str(bcm): [self.function(bcm), self.word(GPLEV) >> bcm & 1, self.pull(bcm)] for bcm in PINS}


def main() -> None:
    """One sequence, as each needs a process whose module nobody has used."""
    order = json.load(sys.stdin)
    registers = RegisterFile(Path(os.environ["BENCH_GPIOMEM"]))
    for bcm, function in order["functions"].items():
        registers.set_function(int(bcm), function)
    from RPi import GPIO

    out = []
    for call in order["calls"]:
        result = outcome(GPIO, call)
        registers.settle()
        out.append(result | {"seen": registers.seen()})
    registers.close()
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
