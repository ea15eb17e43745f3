"""The gate with its thread, on bench pins."""

import threading
from collections.abc import Iterator

import pytest

from drivers.gate import (
    BarrierClosed,
    BarrierFailed,
    BarrierOpened,
    Gate,
    Lamp,
    Loop,
    LoopChanged,
    TamperChanged,
    Tone,
)
from drivers.reports import DeviceLost, DeviceReady
from hw.bench.pins import BenchBoard
from hw.pins import Direction, Level, Pins
from tests.drivers.gate_bench import (
    BARRIER,
    BUZZER,
    ENTRY,
    GREEN,
    LIMIT_S,
    RED,
    Clock,
    Reports,
    levels,
    settings,
    shut_cabinet,
)

READY = DeviceReady("gate", "bench pins")
OPENED, CLOSED = BarrierOpened("gate"), BarrierClosed("gate")
NOT_IN_SERVICE = BarrierFailed("gate", "the gate is not in service")


class Site:
    """A gate with its board, its clock, its reports and what its thread died of."""

    def __init__(self) -> None:
        self.board = shut_cabinet(BenchBoard())
        self.clock = Clock()
        self.reports = Reports()
        self.deaths = Reports()
        self.gate = Gate(settings(), self.open_pins, self.reports, self.deaths, now=self.clock)

    def open_pins(self) -> Pins:
        return self.board.open()

    def start(self) -> None:
        self.gate.start()
        self.reports.wait_until_in(READY)

    def wait_for_level(self, bcm: int, level: Level) -> None:
        assert self.board.wait_for(
            lambda changes: next(c for c in reversed(changes) if c.bcm == bcm).level is level, LIMIT_S
        ), f"GPIO {bcm} not {level} within {LIMIT_S} s"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.gate.stop()
    assert "gate" not in {thread.name for thread in threading.enumerate()}


def test_a_pulse_is_reported_when_it_begins_and_when_it_ends(site: Site) -> None:
    site.start()
    site.gate.open_barrier()
    site.reports.wait_until_in(OPENED)
    assert site.board.level(BARRIER) is Level.HIGH
    assert CLOSED not in site.reports.all()
    site.clock.now += 1.0
    site.reports.wait_until_in(CLOSED)
    assert levels(site.board, BARRIER) == ["out low", "out high", "out low"]


def test_the_pulse_ends_although_the_one_who_asked_has_died(site: Site) -> None:
    site.start()
    caller = threading.Thread(target=site.gate.open_barrier)
    caller.start()
    caller.join(LIMIT_S)
    site.reports.wait_until_in(OPENED)
    assert not caller.is_alive()
    site.clock.now += 1.0
    site.reports.wait_until_in(CLOSED)
    assert site.board.level(BARRIER) is Level.LOW


def test_many_callers_at_once_make_one_pulse(site: Site) -> None:
    site.start()
    callers = [threading.Thread(target=site.gate.open_barrier) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(LIMIT_S)
    site.reports.wait_until_in(OPENED)
    site.clock.now += 1.0
    site.reports.wait_until_in(CLOSED)
    assert site.reports.of(BarrierOpened, BarrierClosed, BarrierFailed) == [OPENED, CLOSED]


def test_a_gate_that_was_never_started_refuses_to_open(site: Site) -> None:
    site.gate.open_barrier()
    assert site.reports.all() == [NOT_IN_SERVICE]


def test_a_gate_that_is_out_of_service_refuses_to_open_and_keeps_nothing_for_later(site: Site) -> None:
    site.board.break_down("no answer")
    site.gate.start()
    site.reports.wait_for(lambda came: any(isinstance(report, DeviceLost) for report in came))
    site.gate.open_barrier()
    site.gate.show_lamp(Lamp.GREEN)
    site.gate.sound(Tone.ACCEPTED)
    assert NOT_IN_SERVICE in site.reports.all()
    site.board.break_down(None)
    site.reports.wait_until_in(READY)
    site.gate.show_lamp(Lamp.RED)
    site.wait_for_level(RED, Level.HIGH)
    assert [levels(site.board, bcm) for bcm in (BARRIER, GREEN, BUZZER)] == [["out low"]] * 3
    assert site.reports.of(BarrierOpened) == []


def test_stopping_during_a_pulse_brings_the_relay_to_rest_and_lets_the_pins_go(site: Site) -> None:
    site.start()
    site.gate.show_lamp(Lamp.GREEN)
    site.gate.open_barrier()
    site.reports.wait_until_in(OPENED)
    site.gate.stop()
    assert site.reports.all()[-1] == CLOSED
    assert levels(site.board, BARRIER) == ["out low", "out high", "out low", "in low"]
    assert levels(site.board, GREEN) == ["out low", "out high", "out low", "in low"]
    assert all(site.board.direction(bcm) is Direction.IN for bcm in range(28))
    site.gate.open_barrier()
    assert site.reports.all()[-1] == NOT_IN_SERVICE


def test_pins_lost_during_a_pulse_are_reported_and_the_gate_comes_back_at_rest(site: Site) -> None:
    site.start()
    site.gate.open_barrier()
    site.reports.wait_until_in(OPENED)
    site.board.break_down("no answer")
    site.reports.wait_for(lambda came: any(isinstance(report, DeviceLost) for report in came))
    failures = site.reports.of(BarrierFailed)
    assert len(failures) == 1
    assert "could not be brought to rest" in failures[0].why
    site.board.break_down(None)
    site.reports.wait_for(lambda came: came.count(READY) == 2)
    assert site.board.level(BARRIER) is Level.LOW
    assert site.reports.of(BarrierOpened, BarrierClosed, BarrierFailed) == [OPENED, *failures]


def test_an_error_of_ours_ends_the_thread_with_every_output_at_rest(site: Site) -> None:
    class Bug(Exception):
        pass

    def stumble(report: object) -> None:
        site.reports(report)
        if isinstance(report, TamperChanged):
            raise Bug

    gate = Gate(settings(), site.open_pins, stumble, site.deaths, now=site.clock)
    gate.start()
    site.reports.wait_until_in(READY)
    gate.open_barrier()
    site.reports.wait_until_in(OPENED)
    site.clock.now += 0.5
    site.deaths.wait_for(lambda came: len(came) == 1)
    assert isinstance(site.deaths.all()[0], Bug)
    assert levels(site.board, BARRIER) == ["out low", "out high", "out low", "in low"]
    assert site.reports.all()[-1] == CLOSED
    gate.open_barrier()
    assert site.reports.all()[-1] == NOT_IN_SERVICE
    gate.stop()


def test_loops_lamps_and_tones_go_through_the_thread(site: Site) -> None:
    site.start()
    site.clock.now += 1.0
    site.reports.wait_until_in(LoopChanged("gate", Loop.ENTRY, occupied=False), TamperChanged("gate", open=False))
    site.board.set_input(ENTRY, Level.LOW)
    seen = threading.Event()
    site.board.watch(lambda change: seen.set() if change.bcm == BUZZER else None)
    site.gate.sound(Tone.ACCEPTED)
    site.gate.show_lamp(Lamp.RED)
    site.wait_for_level(RED, Level.HIGH)
    assert seen.wait(LIMIT_S)
    site.clock.now += 1.0
    site.reports.wait_until_in(LoopChanged("gate", Loop.ENTRY, occupied=True))
    site.wait_for_level(BUZZER, Level.LOW)
