import gc
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from pathlib import Path
from threading import Event, Thread

import pytest
from msgspec.structs import replace

from kiosk import app
from kiosk.app import serve
from kiosk.cli import _watcher_of
from kiosk.console import messages as msg
from kiosk.console.numbers import Numbers
from kiosk.core import events as ev
from kiosk.ledger.note import SignerKey
from kiosk.monitoring.monitor import Monitor
from kiosk.register.kinds import Kind
from kiosk.register.store import RecordStore
from kiosk.signed_lists import signed_list
from kiosk.site import MetricsSettings, Site
from kiosk.station.records_watch import RecordsWatch
from kiosk.station.station import StationFailed
from tests.station.rig import PATIENCE_S, SITE, Given, PlayedDevices, Rig, now


class PlayedScreen:
    """A screen that waits to be ended, or crashes when told to."""

    def __init__(self, crash: bool = False) -> None:
        self.ended = Event()
        self.crash = crash
        self.up = Event()

    def run(self) -> None:
        self.up.set()
        if self.crash:
            raise ZeroDivisionError("a screen's own")
        assert self.ended.wait(PATIENCE_S)

    def end(self) -> None:
        self.ended.set()


def served(rig: Rig, screens: list[PlayedScreen], meanwhile: Callable[[], None]) -> list[PlayedScreen]:
    """Serve on this thread, as the main thread must for signals, and do something on another meanwhile."""
    shown: list[PlayedScreen] = []

    def make(drawn: Callable[[], None]) -> PlayedScreen:
        shown.append(screens[len(shown)])
        drawn()
        return shown[-1]

    other = Thread(target=meanwhile)
    other.start()
    try:
        serve(rig.thread, make)
    finally:
        other.join()
    return shown


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, SITE, RecordsWatch(lambda: 1, Given), now)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_station_and_screen_in_an_orderly_way(rig: Rig, number: signal.Signals) -> None:
    screen = PlayedScreen()

    def send() -> None:
        rig.until(msg.Attract)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    served(rig, [screen], send)
    assert rig.devices.stopped
    assert rig.kinds()[-1] == "kiosk-stopped"
    assert signal.getsignal(number) is before


def test_the_kiosk_counts_a_list_only_with_a_signature_of_a_key_that_the_site_names(tmp_path: Path) -> None:
    issuer = SignerKey.make("issuer.example/lists")
    lists = (
        "version,issued,in_force_from,in_force_until,operator_id,operator_name\nv1,2026-01-01,2026-01-01,,HHH,Haulage\n"
    )
    office = RecordStore(tmp_path / "records")

    def counted(site: Site, data: bytes) -> bool:
        (tmp_path / "list.csv").write_bytes(data)
        office.import_file(Kind.APPROVED_LIST, tmp_path / "list.csv", {})
        loaded = app.watch_records(site, tmp_path).look()
        return loaded is not None and loaded.records.approved_list_on(date(2026, 3, 1)) is not None

    strict = replace(SITE, list_keys=(issuer.verifier.text,))
    assert counted(SITE, lists.encode())
    assert not counted(strict, lists.encode())
    assert counted(strict, signed_list(lists.replace("v1", "v2").encode(), issuer))


def test_garbage_is_collected_only_from_the_first_records_on_and_threads_take_turns_quickly(tmp_path: Path) -> None:
    seen, interval = list[tuple[bool, float]](), sys.getswitchinterval()

    def load() -> Given:
        seen.append((gc.isenabled(), sys.getswitchinterval()))
        return Given()

    rig = Rig(tmp_path, SITE, RecordsWatch(lambda: 1, load), now)

    def stop() -> None:
        rig.until(msg.Attract)
        seen.append((gc.isenabled(), sys.getswitchinterval()))
        rig.station.stop()

    served(rig, [PlayedScreen()], stop)
    assert seen == [(False, app.SWITCH_S), (True, app.SWITCH_S)]
    assert (gc.isenabled(), sys.getswitchinterval()) == (True, interval)


class PlayedWatcher:
    """Notes what it is told, and asks once."""

    def __init__(self) -> None:
        self.happened_to = list[type[object]]()
        self.was_told = list[type[object]]()
        self.numbers: Callable[[], Future[Numbers | None] | None] = lambda: None
        self.calls = list[str]()

    def happened(self, what: object) -> None:
        self.happened_to.append(type(what))

    def told(self, told: object) -> None:
        self.was_told.append(type(told))

    def begin(self, numbers: Callable[[], Future[Numbers | None] | None]) -> None:
        self.calls.append("begin")
        self.numbers = numbers

    def end(self) -> None:
        self.calls.append("end")


def test_who_watches_over_a_kiosk_is_told_all_of_it_and_may_ask_until_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "require_terminal", lambda: None)
    monkeypatch.setattr(app, "watch_records", lambda _site, _data: RecordsWatch(lambda: 1, Given))
    watcher, screen, asked = PlayedWatcher(), PlayedScreen(), list[Numbers | None]()

    def look() -> None:
        pause = Event()
        while not asked or asked[-1] is None:
            answer = watcher.numbers()
            asked.append(answer.result(PATIENCE_S) if answer is not None else None)
            pause.wait(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    def make(_link: object, drawn: Callable[[], None]) -> PlayedScreen:
        drawn()
        return screen

    other = Thread(target=look)
    other.start()
    try:
        app.run_kiosk(SITE, tmp_path, lambda: PlayedDevices(now), make, lambda: watcher)
    finally:
        other.join()
    assert watcher.calls == ["begin", "end"]
    assert {ev.PartChanged, ev.RecordsReplaced, ev.KioskStopping} <= set(watcher.happened_to)
    assert {msg.Show, msg.Health} <= set(watcher.was_told)
    assert asked[-1] is not None
    assert asked[-1].entries >= 1
    with pytest.raises(RuntimeError):
        watcher.numbers()


def test_figures_are_made_where_site_toml_asks_for_them(tmp_path: Path) -> None:
    assert _watcher_of(SITE, tmp_path) is None
    make = _watcher_of(replace(SITE, metrics=MetricsSettings(tmp_path / "k.prom")), tmp_path)
    assert make is not None
    watcher = make()
    assert isinstance(watcher, Monitor)
    told = {reading.name: reading.value for reading in watcher.readings()}
    assert (told["running"], told["in_service"]) == (True, False)


def test_a_screen_that_crashes_is_started_anew_while_the_station_goes_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "SCREEN_RESTART_S", 0.01)
    screens = [PlayedScreen(crash=True), PlayedScreen(crash=True), PlayedScreen()]

    def stop() -> None:
        assert screens[-1].up.wait(PATIENCE_S)
        rig.until(msg.Attract)
        rig.station.stop()

    assert served(rig, screens, stop) == screens
    assert rig.kinds().count("kiosk-started") == 1


def test_a_station_that_dies_takes_the_screen_and_the_process_with_it(rig: Rig) -> None:
    screen = PlayedScreen()

    def die() -> None:
        rig.until(msg.Attract)
        rig.devices.die(ZeroDivisionError("ours"))

    with pytest.raises(StationFailed, match="ours"):
        served(rig, [screen], die)
    assert screen.ended.is_set()
    assert rig.devices.stopped
