"""A gate on bench pins for tests: its settings, its clock, its reports."""

from collections.abc import Callable
from threading import Condition
from typing import TypeVar

from drivers.gate import GateSettings
from hw.bench.pins import BenchBoard
from hw.boards import load_board
from hw.pins import Level

LIMIT_S = 5.0
"""Seconds that a test waits for a thread at most; it comes in some tens of ms."""

BARRIER, RED, AMBER, GREEN, BUZZER, ENTRY, EXIT, TAMPER = 17, 22, 23, 24, 25, 5, 6, 16

T = TypeVar("T")


def settings(pulse_s: float = 1.0) -> GateSettings:
    return GateSettings("gate", load_board("pi4").wiring, pulse_s=pulse_s)


def levels(board: BenchBoard, bcm: int) -> list[str]:
    """Every direction and level of one pin, in order, such as ``out high``."""
    return [f"{c.direction.value} {c.level.value}" for c in board.changes if c.bcm == bcm]


def shut_cabinet(board: BenchBoard) -> BenchBoard:
    """The tamper contact closed, as it is while nobody is at the cabinet."""
    board.set_input(TAMPER, Level.LOW)
    return board


class Clock:
    """Monotonic seconds that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Reports:
    """Takes reports and lets a test wait for one."""

    def __init__(self) -> None:
        self._all: list[object] = []
        self._came = Condition()

    def __call__(self, report: object) -> None:
        with self._came:
            self._all.append(report)
            self._came.notify_all()

    def all(self) -> list[object]:
        with self._came:
            return list(self._all)

    def of(self, *kinds: type[T]) -> list[T]:
        return [report for report in self.all() if isinstance(report, kinds)]

    def wait_for(self, seen: Callable[[list[object]], bool]) -> None:
        with self._came:
            assert self._came.wait_for(lambda: seen(self._all), LIMIT_S), f"not within {LIMIT_S} s: {self._all}"

    def wait_until_in(self, *wanted: object) -> None:
        self.wait_for(lambda came: all(one in came for one in wanted))
