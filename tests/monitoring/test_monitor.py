"""A monitor that watches over a real station: what its figures say, and that they hold nobody up."""

from datetime import date, timedelta
from pathlib import Path
from threading import Event
from threading import enumerate as threads
from typing import Any

import pytest
from msgspec.structs import replace

from hw.errors import DeviceFault
from hw.power import Throttled
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.numbers import Numbers, Work
from kiosk.core import events as ev
from kiosk.ledger.ledger import read_entries
from kiosk.monitoring import looks
from kiosk.monitoring import monitor as monitor_module
from kiosk.monitoring.looks import Firmware, Reading, approved_list
from kiosk.monitoring.metrics import METRICS
from kiosk.monitoring.monitor import Monitor
from kiosk.monitoring.readings import looked_up, of_numbers
from kiosk.site import MetricsSettings
from tests.core.samples import NOON, RECORDS
from tests.monitoring.watched import Sample, WatchedRig, registry, samples, watched
from tests.station.rig import PATIENCE_S, SITE, now, numbered


@pytest.fixture
def settings(tmp_path: Path) -> MetricsSettings:
    return MetricsSettings(tmp_path / "sealgate.prom", every_s=300.0)


def figures(rig: WatchedRig) -> dict[Sample, float]:
    """The figures as they are now, by name and labels, without the prefix."""
    return {(each.name, tuple(sorted(each.labels))): each.value for each in rig.monitor.readings()}


def refuse_stranger(rig: WatchedRig) -> None:
    rig.tap(99)
    rig.until(msg.Stopped, numbered)  # which the entry's number makes it, so it is counted, too
    rig.ask(wishes.GoOn())
    rig.until(msg.Attract)


def uplift(rig: WatchedRig) -> None:
    rig.to_signing()
    rig.tap(1)
    rig.until(msg.BarrierOpen)
    for occupied in (True, False):
        rig.devices.post(ev.LoopChanged(ev.Loop.EXIT, occupied, rig.clock()))
    rig.until_counted("departed", "")


def test_the_figures_of_a_kiosk_that_served_two_drivers(tmp_path: Path, settings: MetricsSettings) -> None:
    with watched(tmp_path, settings) as rig:
        rig.until(msg.Attract)
        assert rig.station.serves_consoles.wait(PATIENCE_S)
        refuse_stranger(rig)
        uplift(rig)
        told = figures(rig)
        entries = sum(1 for _ in read_entries(tmp_path / "ledger"))
    expected = {
        ("running", ()): 1,
        ("in_service", ()): 1,
        ("visits_begun_total", ()): 2,
        ("visits_ended_total", (("outcome", "refused"), ("reason", "CARD_UNKNOWN"))): 1,
        ("visits_ended_total", (("outcome", "departed"), ("reason", ""))): 1,
        ("uplifts_total", (("attended", "yes"), ("mode", "sea"), ("seal", "scanned"))): 1,
        ("barrier_openings_total", ()): 1,
        ("device_up", (("device", "seal scanner"), ("part", "scanner"))): 1,
        ("ledger_entries", ()): entries,
        ("ledger_commit_failures_total", ()): 0,
        ("holds_open", ()): 0,
        ("uplifts_unverified", ()): 0,
        ("records", (("kind", "drivers"),)): len(list(RECORDS.drivers())),
        ("approved_list_in_force", ()): 1,
        ("clock_state", (("state", "synchronised"),)): 1,
        ("clock_state", (("state", "doubtful"),)): 0,
    }
    assert {name: told.get(name) for name in expected} == expected
    assert abs(told["ledger_last_entry_timestamp_seconds", ()] - now().utc.timestamp()) < 60
    assert told["data_disk_available_bytes", ()] > 0
    assert told["process_threads", ()] > 3


def test_the_file_has_them_and_after_an_orderly_stop_says_that_the_kiosk_has_stopped(
    tmp_path: Path, settings: MetricsSettings
) -> None:
    assert settings.file is not None
    with watched(tmp_path, settings) as rig:
        rig.until(msg.Attract)
        refuse_stranger(rig)
        rig.monitor._publish(registry(rig.monitor))
        running = samples(settings.file.read_text(encoding="utf-8"))
        assert running["sealgate_running", ()] == 1
        assert running["sealgate_tap_to_decision_seconds_count", ()] == 1
        assert 0 < running["sealgate_ledger_commit_seconds_sum", ()] < PATIENCE_S
        assert running["sealgate_process_resident_memory_bytes", ()] > 1_000_000
    stopped = samples(settings.file.read_text(encoding="utf-8"))
    assert (stopped["sealgate_running", ()], stopped["sealgate_in_service", ()]) == (0, 0)
    assert not [name for name, _ in stopped if "visits" in name], "what nobody counts any more stands still nowhere"
    assert abs(stopped["sealgate_written_timestamp_seconds", ()] - now().utc.timestamp()) < 60


def test_a_part_that_is_lost_is_out_of_service_and_a_device_that_was_lost_is_counted(
    tmp_path: Path, settings: MetricsSettings
) -> None:
    with watched(tmp_path, settings) as rig:
        rig.until(msg.Attract)
        scanner = replace(SITE).plan.scanners[0]
        rig.devices.post(ev.PartChanged(ev.Part.SCANNER, False, "gone", "plug it in", rig.clock(), scanner))
        rig.until(msg.OutOfService)
        told = figures(rig)
    assert told["in_service", ()] == told["part_working", (("part", "scanner"),)] == 0
    assert told["part_working", (("part", "reader"),)] == 1
    assert told["device_losses_total", (("device", scanner), ("part", "scanner"))] == 1


def test_an_error_of_ours_in_the_counting_ends_no_gate(
    tmp_path: Path, settings: MetricsSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched(tmp_path, settings) as rig:
        rig.until(msg.Attract)

        def broken(_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(rig.monitor._counts, "happened", broken)
        refuse_stranger(rig)
        refuse_stranger(rig)
        assert rig.thread.failure is None
        assert figures(rig)["in_service", ()] == 1


def test_a_station_that_is_stuck_is_not_in_service_whatever_it_said_last(
    tmp_path: Path, settings: MetricsSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor_module, "NUMBERS_S", 0.05)
    with watched(tmp_path, settings) as rig:
        rig.until(msg.Attract)
        loop, holds = rig.station._loop, Event()
        assert loop is not None
        loop.call_soon_threadsafe(holds.wait, PATIENCE_S)
        stuck = figures(rig)
        holds.set()
        monkeypatch.undo()
        again = figures(rig)
    assert (stuck["running", ()], stuck["in_service", ()]) == (1, 0)
    assert ("ledger_entries", ()) not in stuck
    assert stuck["data_disk_size_bytes", ()] > 0
    assert (again["in_service", ()], again["ledger_entries", ()] > 0) == (1, True)


def test_a_station_that_has_ended_does_not_run_though_its_process_does(
    tmp_path: Path, settings: MetricsSettings
) -> None:
    with watched(tmp_path, settings) as rig:
        rig.until(msg.Attract)
        rig.thread.stop()
        told = figures(rig)
    assert (told["running", ()], told["in_service", ()]) == (0, 0)
    assert ("ledger_entries", ()) not in told


def test_a_kiosk_that_stops_at_once_does_not_wait_for_its_first_figures(
    tmp_path: Path, settings: MetricsSettings
) -> None:
    monitor = Monitor(SITE, tmp_path, settings, now)
    monitor.begin(lambda: None)
    monitor.end()
    assert settings.file is not None
    assert not settings.file.exists()
    assert "metrics" not in {thread.name for thread in threads()}


def test_a_folder_that_is_not_there_is_told_once_and_tried_again(
    tmp_path: Path, settings: MetricsSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor, said = Monitor(SITE, tmp_path, replace(settings, file=tmp_path / "new" / "k.prom"), now), list[str]()
    monkeypatch.setattr(monitor, "_log", _Log(said))
    for _ in range(3):
        monitor._publish(registry(monitor))
    (tmp_path / "new").mkdir()
    monitor._publish(registry(monitor))
    assert said == ["the figures are not published; it is tried again", "the figures are published again"]
    assert (tmp_path / "new" / "k.prom").exists()


class _Log:
    """Keeps the sentences."""

    def __init__(self, said: list[str]) -> None:
        self.error = self.info = self.exception = lambda sentence, **_: said.append(sentence)


def test_the_approved_lists_end_is_the_end_of_its_last_day_in_the_sites_zone() -> None:
    (in_force, end) = approved_list(_until(date(2026, 11, 20)), SITE, NOON)
    assert in_force == Reading("approved_list_in_force", True)
    assert end == Reading("approved_list_end_timestamp_seconds", (NOON + timedelta(days=3)).timestamp())
    assert list(approved_list(_until(None), SITE, NOON)) == [in_force]
    assert list(approved_list(_until(date(2026, 11, 17)), SITE, NOON)) == [Reading("approved_list_in_force", False)]


def _until(last: date | None) -> Any:
    from kiosk.core.parties import ApprovedList
    from kiosk.core.records import Records

    return Records(approved_lists=[ApprovedList("v1", date(2026, 1, 1), date(2026, 1, 1), last, frozenset())])


def test_the_firmware_is_asked_seldom_and_one_that_says_nothing_is_left_out() -> None:
    times, asked = [0.0], list[float]()

    def ask() -> Throttled:
        asked.append(times[-1])
        if len(asked) == 2:
            raise DeviceFault("power sensor", expected="an answer", got="none", mend="look")
        return Throttled.of_bits(0x50001)

    look = Firmware(lambda: times[-1], ask)
    for at, figures in ((0.0, 3), (299.0, 3), (300.0, 0), (301.0, 0), (600.0, 3)):
        times.append(at)
        assert len(list(looked_up([look]))) == figures
    assert asked == [0.0, 300.0, 600.0]
    assert {each.name: each.value for each in look()} == {
        "throttled": False,
        "throttled_since_start": True,
        "under_voltage_since_start": True,
    }


def test_what_the_board_says_is_told_where_it_says_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(looks, "under_voltage", lambda: True)
    monkeypatch.setattr(looks, "processor_temperature", lambda: 61.5)
    monkeypatch.setattr(looks, "ask_firmware", lambda: None)
    told = {each.name: each.value for each in looked_up(looks.looks_of(tmp_path, now))}
    assert (told["under_voltage"], told["processor_temperature_celsius"]) == (True, 61.5)
    monkeypatch.setattr(looks, "under_voltage", lambda: None)
    names = {each.name for each in looked_up(looks.looks_of(tmp_path / "gone", now))}
    assert "under_voltage" not in names
    assert "data_disk_size_bytes" not in names
    assert "clock_state" in names


def test_what_waits_for_staff_is_told_in_numbers_alone() -> None:
    work = Work(holds=1, alerts=2, incidents=3, unreported=4, unverified=5, oldest_unverified=NOON)
    told = {each.name: each.value for each in of_numbers(Numbers(9, NOON, work))}
    assert told == {
        "ledger_entries": 9,
        "ledger_last_entry_timestamp_seconds": NOON.timestamp(),
        "holds_open": 1,
        "alerts_unseen": 2,
        "incidents_open": 3,
        "incidents_unreported": 4,
        "uplifts_unverified": 5,
        "uplifts_unverified_oldest_timestamp_seconds": NOON.timestamp(),
    }
    assert list(of_numbers(None)) == []


def test_every_figure_that_is_made_is_in_the_table_with_its_labels(tmp_path: Path, settings: MetricsSettings) -> None:
    with watched(tmp_path, settings) as rig:
        rig.until(msg.Attract)
        told = list(rig.monitor.readings())
    for reading in told:
        assert {name for name, _ in reading.labels} == set(METRICS[reading.name].labels), reading.name
    assert len(told) < 250, "labels are bounded: a kiosk has some two hundred series"


def test_the_thread_is_gone_when_the_monitor_has_ended(tmp_path: Path, settings: MetricsSettings) -> None:
    begun = Event()
    monitor = Monitor(SITE, tmp_path, settings, now, first_s=0.0)
    monitor.begin(begun.set)
    assert begun.wait(PATIENCE_S)
    monitor.end()
    assert "metrics" not in {thread.name for thread in threads()}
