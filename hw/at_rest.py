"""Puts the outputs of a kiosk to rest after its process is gone: ``python -I -m hw.at_rest FILE``.

A process that is killed leaves its outputs as they were. RPi.GPIO writes registers, which nothing resets; and the
kernels of Raspberry Pi OS keep an output as it is when its line is let go of, unless ``dtparam=strict_gpiod`` is set
(raspberrypi/linux, pull requests 6117 and 6150). So a barrier's pulse that was under way would last until the next
start has come to its gate. The kiosk notes here what it is about to drive, and the service manager runs this program
once the process is gone (``ExecStopPost=``), before it starts the next.

It has to be done within a second, on a Pi that starts Python in a fifth of one. So it loads next to nothing: not the
site's settings, not the board's table, no library but the pins' own.

Exit codes: 0 all outputs are at rest, or none was driven; 2 wrong use; 3 a pin does not do as asked.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:  # loading typing takes a fifth of the whole time
    from collections.abc import Callable, Iterable
    from typing import Any

    from hw.pins import OutputLine, Pins

NOTE = "outputs"
"""The note's name in the service's runtime folder, which is memory: a disk that is full does not keep the gate shut."""


def noted_for_the_manager(outputs: Iterable[OutputLine], open_pins: Callable[[], Pins]) -> Callable[[], Pins]:
    """How a service opens its pins; one that somebody started by hand has no manager to put them to rest.

    Args:
        outputs: As for `noting`.
        open_pins: Opens the pins.
    """
    folder = os.environ.get("RUNTIME_DIRECTORY")  # set by systemd where the unit has a RuntimeDirectory
    return noting(outputs, Path(folder.partition(":")[0], NOTE), open_pins) if folder else open_pins


def noting(outputs: Iterable[OutputLine], file: Path, open_pins: Callable[[], Pins]) -> Callable[[], Pins]:
    """How pins are opened by a process whose outputs are put to rest should it be killed.

    Args:
        outputs: What it is going to drive, the most dangerous first: they are put to rest in this order.
        file: Where that is noted, before a pin is touched.
        open_pins: Opens the pins.

    Returns:
        Opens them, too; raises DeviceFault where the note cannot be written, since nothing may be driven then.
    """
    lines = [f"{line.bcm} {line.safe.value} {line.safe_pull.value}\n" for line in outputs]

    def open_noted() -> Pins:
        from hw.errors import DeviceFault

        fresh = file.with_name(f"{file.name}.new")
        try:
            fresh.write_text("".join(lines), encoding="ascii")
            fresh.replace(file)
        except OSError as error:
            raise DeviceFault(
                "pins",
                expected=f"to note in {file} what is driven, for the case that this process is killed",
                got=error.strerror or str(error),
                mend="see to the service's RuntimeDirectory, and that /run has room",
            ) from error
        return open_pins()

    return open_noted


def put_to_rest(file: Path, gpio: Any) -> list[str]:  # noqa: ANN401 - a library without types
    """Drive every output of a note to its safe level, then let go of it, held there by its pull.

    Every pin is tried, whatever happens at another.

    Args:
        file: The note.
        gpio: The module RPi.GPIO.

    Returns:
        What went wrong, a line for each pin.

    Raises:
        OSError: The note cannot be read.
        ValueError: It is no note.
    """
    lines = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
    levels = {"low": gpio.LOW, "high": gpio.HIGH}
    pulls = {"down": gpio.PUD_DOWN, "up": gpio.PUD_UP}
    try:
        outputs = [(int(bcm), levels[level], pulls[pull]) for bcm, level, pull in lines]
    except (KeyError, ValueError) as error:
        raise ValueError(f"expected lines such as '17 low down' in {file}, got {error}") from error
    gpio.setwarnings(False)
    gpio.setmode(gpio.BCM)
    wrong = []
    for bcm, level, pull in outputs:
        try:
            gpio.setup(bcm, gpio.OUT, initial=level)
            gpio.setup(bcm, gpio.IN, pull_up_down=pull)
        except Exception as error:  # noqa: BLE001 - of whatever kind: the other pins are to be tried
            wrong.append(f"GPIO {bcm}: expected it to go to rest, got {error}; lower the boom by hand")
    return wrong


def main(arguments: list[str]) -> int:
    """Run the program; returns its exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -I -m hw.at_rest FILE\n")
        return 2
    file = Path(arguments[0])
    if not file.exists():
        return 0  # the kiosk had not come to its pins
    try:
        from RPi import GPIO

        wrong = put_to_rest(file, GPIO)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        wrong = [f"expected to put the outputs to rest, got {error}; lower the boom by hand"]
    for line in wrong:
        sys.stderr.write(f"at_rest: {line}\n")
    if wrong:
        return 3
    with suppress(OSError):
        file.unlink()  # done: nobody needs it twice
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
