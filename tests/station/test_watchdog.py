from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.core.effects import Effect
from kiosk.station import station as station_module
from kiosk.station.records_watch import RecordsWatch
from kiosk.station.station import Station
from kiosk.station.thread import StationThread
from kiosk.station.watchdog import SCREEN_STUCK_S, Watchdog, status_line
from tests.station.rig import PATIENCE_S, SITE, Given, PlayedDevices, now

SOON_S = 0.02
"""Seconds between beats in these tests."""


class Heard:
    """A service manager that keeps what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.beaten = Event()

    def ready(self) -> None:
        self.said.append("ready")

    def alive(self) -> None:
        self.said.append("alive")
        self.beaten.set()

    def status(self, line: str) -> None:
        self.said.append(line)


class Screen:
    """A screen whose last beat, and the time, are the test's."""

    def __init__(self) -> None:
        self.now = 100.0
        self.beaten_at: float | None = None


def health(**conditions: msg.Condition) -> msg.Health:
    return msg.Health(
        tuple(
            msg.PartHealth(part, conditions.get(part.value, msg.Condition.WORKING), detail="", mend="")
            for part in msg.Part
        )
    )


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def watchdog(heard: Heard, screen: Screen) -> Watchdog:
    return Watchdog(heard, lambda: screen.beaten_at, lambda: screen.now)


def test_it_is_ready_once_it_knows_its_ledger_and_says_so_once(watchdog: Watchdog, heard: Heard) -> None:
    watchdog.tell(health(ledger=msg.Condition.STARTING))
    assert "ready" not in heard.said
    watchdog.tell(health())
    watchdog.tell(health(reader=msg.Condition.LOST))
    assert heard.said.count("ready") == 1


def test_it_is_ready_without_a_device_or_with_a_ledger_that_is_lost_for_it_says_why(
    watchdog: Watchdog, heard: Heard
) -> None:
    watchdog.tell(health(ledger=msg.Condition.LOST, reader=msg.Condition.STARTING))
    assert heard.said[0] == "ready"
    assert heard.said[1] == "out of service: reader: starting; ledger: lost"


def test_a_status_is_told_when_it_is_another(watchdog: Watchdog, heard: Heard) -> None:
    for state in (msg.Condition.WORKING, msg.Condition.WORKING, msg.Condition.LOST, msg.Condition.WORKING):
        watchdog.tell(health(scanner=state))
    told = [each for each in heard.said if each != "ready"]
    assert told == ["in service", "out of service: scanner: lost", "in service"]


def test_the_status_says_what_a_part_is_short_of_and_what_to_do() -> None:
    short = msg.PartHealth(msg.Part.SCANNER, msg.Condition.SHORT, "one of two", "plug it in")
    parts = tuple(short if each.part is short.part else each for each in health().parts)
    assert status_line(msg.Health(parts)) == "in service; scanner: one of two; plug it in"


def test_a_screen_that_does_not_beat_any_more_has_it_hold_its_tongue_until_it_beats_again(
    watchdog: Watchdog, heard: Heard, screen: Screen
) -> None:
    screen.beaten_at = screen.now
    screen.now += SCREEN_STUCK_S
    watchdog.beat("")
    assert heard.said == ["alive"]
    screen.now += 0.1
    watchdog.beat("")
    watchdog.beat("")
    assert heard.said == ["alive"]
    screen.beaten_at = screen.now
    watchdog.beat("")
    assert heard.said == ["alive", "alive"]


def test_a_kiosk_without_a_screen_is_alive_all_the_same(watchdog: Watchdog, heard: Heard, screen: Screen) -> None:
    screen.now += 10 * SCREEN_STUCK_S
    watchdog.beat("")
    assert heard.said == ["alive"]


def test_a_device_whose_thread_does_not_turn_has_it_hold_its_tongue(watchdog: Watchdog, heard: Heard) -> None:
    watchdog.beat("gate")
    assert heard.said == []


class Running:
    """A station under a watchdog, which a test can have stuck."""

    def __init__(self, data: Path, heard: Heard) -> None:
        self.devices = PlayedDevices(now)
        self.stuck, self.goes_on = Event(), Event()
        self.stick = False
        watchdog = Watchdog(heard, lambda: None)
        watch = RecordsWatch(lambda: 1, Given)
        station = Station(SITE, data, watch, self.devices, now, lambda _: None, self._witness, watchdog)
        self.station, self.thread = station, StationThread(lambda: station)

    def _witness(self, _what: ev.Event | Effect) -> None:
        if self.stick:
            self.stuck.set()
            assert self.goes_on.wait(PATIENCE_S)


@pytest.fixture
def running(tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A station that has said that it is alive."""
    monkeypatch.setattr(station_module, "BEAT_S", SOON_S)
    running = Running(tmp_path, heard)
    running.thread.start()
    try:
        assert heard.beaten.wait(PATIENCE_S)
        yield running
    finally:
        running.goes_on.set()
        running.thread.stop()


def test_a_station_whose_loop_is_stuck_is_silent_and_speaks_again_when_it_turns(running: Running, heard: Heard) -> None:
    running.stick = True
    running.devices.post(ev.CardRemoved(now()))
    assert running.stuck.wait(PATIENCE_S)
    heard.beaten.clear()
    assert not heard.beaten.wait(10 * SOON_S), "the loop is stuck and yet the station says that it is alive"
    running.stick = False
    running.goes_on.set()
    assert heard.beaten.wait(PATIENCE_S)


def test_a_gate_that_hangs_silences_a_station_that_runs(running: Running, heard: Heard) -> None:
    running.devices.stuck_device = "gate"
    heard.beaten.clear()
    heard.beaten.wait(2 * SOON_S)  # one that was on its way
    heard.beaten.clear()
    assert not heard.beaten.wait(10 * SOON_S)
    running.devices.stuck_device = ""
    assert heard.beaten.wait(PATIENCE_S)
