"""A whole session of our backend over the genuine rpi-lgpio, on a stand-in of lgpio; prints what lgpio was asked."""

import json
import sys

import lgpio  # type: ignore[import-not-found]

from hw.errors import DeviceFault
from hw.pins import InputLine, Level, OutputLine
from hw.rpi_pins import RpiPins


def main() -> None:
    relay = OutputLine("barrier relay", 4, active=Level.LOW)
    loop = InputLine("entry loop", 5)
    lgpio.busy.add(25)
    with RpiPins(extra="pi5") as pins:
        detail = pins.detail
        pins.claim_output(relay)
        pins.claim_input(loop)
        try:
            pins.claim_output(OutputLine("buzzer", 25))
        except DeviceFault as fault:
            refused = str(fault)
        pins.drive(relay, relay.active)
        read = [pins.read(line).value for line in (relay, loop)]
    json.dump({"detail": detail, "read": read, "refused": refused, "log": lgpio.log}, sys.stdout)


if __name__ == "__main__":
    main()
