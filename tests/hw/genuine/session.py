"""A whole session of our backend over the genuine RPi.GPIO, on a file of registers; prints what the pins showed."""

import json
import os
import sys
from pathlib import Path

from hw.pins import InputLine, Level, OutputLine
from hw.rpi_pins import RpiPins
from tests.hw.genuine.calls import RegisterFile


def main() -> None:
    registers = RegisterFile(Path(os.environ["BENCH_GPIOMEM"]))
    shown = []

    def look() -> None:
        registers.settle()
        shown.append(registers.seen())

    relay = OutputLine("barrier relay", 2, active=Level.LOW)
    lamp = OutputLine("red lamp", 17)
    loop = InputLine("entry loop", 22)
    with RpiPins(extra="pi") as pins:
        detail = pins.detail
        for output in (relay, lamp):
            pins.claim_output(output)
            look()
        pins.claim_input(loop)
        look()
        for line in (relay, lamp):
            pins.drive(line, line.active)
            look()
        read = [pins.read(line).value for line in (relay, lamp, loop)]
    look()
    registers.close()
    json.dump({"detail": detail, "read": read, "shown": shown}, sys.stdout)


if __name__ == "__main__":
    main()
