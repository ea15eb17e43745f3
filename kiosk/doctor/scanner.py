"""Can the scanner be served? Its own driver opens it, unless a kiosk that runs has it."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Final

from drivers.reports import DeviceLost, DeviceReady
from kiosk.doctor.check import Kiosk, Verdict, good, wrong
from kiosk.doctor.ports import SeenPort, as_the_kiosk_says, look_at_port
from kiosk.site import ScannerSettings

READY_S: Final = 8.0
"""Seconds until it must be served: its driver waits 2 s for a pause on the line, and gives a command three times, which
the scanner has 2 s each to answer."""


class ScannerCheck:
    """Looks at the scanner."""

    of = "scanner"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Its port, and whether its driver can serve it."""
        if kiosk.site is None or kiosk.site.scanner is None:
            return
        scanner = kiosk.site.scanner
        seen = look_at_port(kiosk, scanner.name, scanner.port)
        yield from seen.verdicts
        if kiosk.running is not None:
            yield as_the_kiosk_says(kiosk, scanner.name)
        elif seen.port is not None:
            yield _served(scanner, seen.port)


def _served(scanner: ScannerSettings, port: SeenPort) -> Verdict:
    from drivers.serial_scanner import SerialScanner
    from kiosk.devices import scanner_settings

    reports: SimpleQueue[object] = SimpleQueue()
    driver = SerialScanner(scanner_settings(scanner), reports.put, reports.put)
    driver.start()
    try:
        while True:
            match reports.get(timeout=READY_S):
                case DeviceReady(_, detail):
                    return good(scanner.name, _ready(scanner, detail, port))
                case DeviceLost(_, expected, got, mend):
                    return wrong(scanner.name, f"expected {expected}, got {got}", mend)
                case BaseException() as error:
                    raise error
    except Empty:
        mend = "check its cable and power, and framing and baud in site.toml"
        return wrong(scanner.name, f"it was not ready after {READY_S:g} s", mend)
    finally:
        driver.stop()


def _ready(scanner: ScannerSettings, detail: str, port: SeenPort) -> str:
    said = f"{detail}, {scanner.baud} baud{f', {port.identity}' if port.identity else ''}"
    if scanner.framing == "ssi":
        return f"it answers: {said}"
    return f"its port opens: {said}; a plain scanner says nothing until it scans: 'sealgate doctor --walk' has one scan"
