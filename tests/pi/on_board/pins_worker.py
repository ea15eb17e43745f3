"""Holds the emulated board's pins through the kiosk's own backend on the genuine RPi.GPIO; asked by the agent.

Requests are the calls of ``hw.pins.Pins`` as lines of JSON on stdin. It is a process of its own so that it can be
killed, as the kiosk can.
"""

import json
import sys
from typing import Any

from hw.errors import DeviceFault
from hw.pins import InputLine, Level, Line, OutputLine, Pull
from hw.rpi_pins import RpiPins


def line_of(told: dict[str, Any]) -> Line:
    """A line as the host described it."""
    if "pull" in told:
        return InputLine(told["holder"], told["bcm"], Level(told["active"]), Pull(told["pull"]))
    return OutputLine(told["holder"], told["bcm"], Level(told["active"]))


def do(pins: dict[int, RpiPins], asked: dict[str, Any]) -> object:
    """One call; returns what it returned."""
    number, call = asked["session"], asked["call"]
    if call == "open":
        pins[number] = RpiPins(extra="pi")
        return pins[number].detail
    session = pins[number]
    if call == "close":
        session.close()
        return None
    line = line_of(asked["line"])
    if call == "read":
        return session.read(line).value
    if isinstance(line, InputLine):
        session.claim_input(line)
    elif call == "claim_output":
        session.claim_output(line)
    else:
        session.drive(line, Level(asked["level"]))
    return None


def main() -> None:
    """Answer until stdin ends."""
    pins: dict[int, RpiPins] = {}
    for request in sys.stdin:
        answer: dict[str, object]
        try:
            answer = {"answer": do(pins, json.loads(request))}
        except DeviceFault as fault:
            told = {"device": fault.device, "expected": fault.expected, "got": fault.got, "mend": fault.mend}
            answer = {"fault": told}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
