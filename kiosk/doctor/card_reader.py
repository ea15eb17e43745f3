"""Does the card reader answer? It is asked for its firmware's version, unless a kiosk that runs has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hw.errors import DeviceFault
from kiosk.doctor.board import MODEL
from kiosk.doctor.check import Kiosk, Verdict, good, note, wrong
from kiosk.doctor.ports import SeenPort, as_the_kiosk_says, look_at_port

_MINI_UART: Final = "ttyS0"
"""What the second, lesser serial port of a Pi 3 or 4 is called: its speed goes up and down with the chip's core."""


class CardReaderCheck:
    """Looks at the card reader."""

    of = "card reader"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Its port, and what it says of itself."""
        if kiosk.site is None:
            return
        reader = kiosk.site.reader
        seen = look_at_port(kiosk, reader.name, reader.port)
        yield from seen.verdicts
        yield from _mini_uart(kiosk, reader.name, seen.port)
        if kiosk.running is not None:
            yield as_the_kiosk_says(kiosk, reader.name)
        elif seen.port is not None:
            yield _asked(reader.name, seen.port)


def _asked(name: str, port: SeenPort) -> Verdict:
    from drivers.pn532_chip import Pn532Chip

    chip = Pn532Chip(name, port.path)
    try:
        detail = chip.open(lambda: False)
    except DeviceFault as fault:
        return wrong(name, f"expected {fault.expected}, got {fault.got}", fault.mend)
    finally:
        chip.close()
    return good(name, f"{detail} answers at {port}")


def _mini_uart(kiosk: Kiosk, name: str, port: SeenPort | None) -> Iterator[Verdict]:
    model = kiosk.machine.text(MODEL) or ""
    if port is None or Path(port.path).resolve().name != _MINI_UART or "Pi 5" in model or "Raspberry" not in model:
        return
    finding = f"{port.path} is the board's mini UART, whose speed changes with the processor's"
    yield note(
        f"{name} port", finding, "add dtoverlay=disable-bt to /boot/firmware/config.txt, restart, use /dev/serial0"
    )
