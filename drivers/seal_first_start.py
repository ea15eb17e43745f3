"""Waits for a seal reader that was just flashed to say that it is there, on its data port, where that is found."""

import time
from pathlib import Path
from typing import Final

from serial.tools import list_ports

from drivers.seal_reader_probe import ProbedReader, probe
from drivers.seal_reader_values import SealReaderSettings
from hw.errors import DeviceFault
from hw.serial_ports import PathPort

FOUND_S: Final = 10.0
"""Seconds for its USB port to appear: it starts, and the system takes a second or two to name the port."""

ANSWER_S: Final = 20.0
"""Seconds for its answer: its first start makes the spool."""

AGAIN_S: Final = 0.2
"""Seconds between two looks."""

REPL_INTERFACE: Final = ":1.0"
"""How a USB port's location ends that is the REPL; the data port is interface 2 (firmware/reader/boards/pico.py)."""


def first_answer(unit: str) -> ProbedReader | None:
    """Wait for a reader.

    Args:
        unit: Its serial number.

    Returns:
        What it says of itself; None when this machine has no port of it: its data port is a cable to another.

    Raises:
        DeviceFault: Its port is there, and it does not answer.
    """
    began = time.monotonic()
    while (passed := time.monotonic() - began) < ANSWER_S:
        port = _data_port(unit)
        if port is None and passed >= FOUND_S:
            return None
        if port is not None:
            try:
                return probe(SealReaderSettings(name="seal reader", port=PathPort(port), host="sealgate"))
            except DeviceFault as fault:  # it is still starting, perhaps
                last = fault
        time.sleep(AGAIN_S)
    raise last


def _data_port(unit: str) -> Path | None:
    for port in list_ports.comports():
        is_repl = (port.location or "").endswith(REPL_INTERFACE)
        if unit and (port.serial_number or "").upper() == unit and not is_repl:
            return Path(port.device)
    return None
