"""A serial scanner's driver for tests: started on a port, its reports waited for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from drivers.scan_framing import Framing
from drivers.serial_scanner import ScannerSettings, SerialScanner
from hw.serial_ports import PathPort

LIMIT_S = 10.0
"""Seconds that a report may take: the longest retry pause of the supervision twice over."""

PROMPT_S = 1.0
"""Seconds within which the driver has stopped: ten of its blocking reads."""

Kind = TypeVar("Kind")


class Reports:
    """What the driver reported, oldest first; tests wait on it."""

    def __init__(self) -> None:
        self.all: list[object] = []
        self.deaths: list[BaseException] = []
        self._changed = threading.Condition()

    def __call__(self, report: object) -> None:
        with self._changed:
            self.all.append(report)
            self._changed.notify_all()

    def on_death(self, error: BaseException) -> None:
        with self._changed:
            self.deaths.append(error)
            self._changed.notify_all()

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [report for report in self.all if isinstance(report, kind)]

    def wait(self, kind: type[Kind], count: int = 1) -> list[Kind]:
        """The reports of a kind, once there are so many."""
        with self._changed:
            there = self._changed.wait_for(lambda: len(self.of(kind)) >= count or self.deaths, LIMIT_S)
            assert there, f"no {count} x {kind.__name__} within {LIMIT_S} s; got {self.all}"
            assert not self.deaths, self.deaths
            return self.of(kind)


@contextmanager
def driven(path: Path, framing: Framing = Framing.CR, **settings: object) -> Iterator[tuple[SerialScanner, Reports]]:
    reports = Reports()
    config = ScannerSettings(name="seal scanner", port=PathPort(path), framing=framing, **settings)  # type: ignore[arg-type]
    driver = SerialScanner(config, reports, reports.on_death)
    driver.start()
    try:
        yield driver, reports
    finally:
        driver.stop()
    assert reports.deaths == []
