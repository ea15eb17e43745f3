import errno
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from queue import Queue

import pytest
import structlog
from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.cards import CardLevel, CardProof, Means
from kiosk.core.effects import OpenBarrier
from kiosk.core.errors import SealgateError
from kiosk.core.plan import Timeouts
from kiosk.core.reasons import Reason
from kiosk.core.records import Records
from kiosk.core.times import ClockState, Moment
from kiosk.durable import write_all
from kiosk.ledger import journal
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.verify import verify
from kiosk.station import station as station_module
from kiosk.station.recorder import Recorder
from kiosk.station.records_watch import RecordsWatch
from kiosk.station.station import StationFailed
from tests.core.samples import credential
from tests.core.test_card_taps import issued_with_keys
from tests.station.rig import PATIENCE_S, SITE, Given, Rig, copy_data, now, running


def test_a_whole_visit_is_recorded_and_the_barrier_opened_once(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.to_signing()
        rig.tap(1)
        opened = rig.until(msg.BarrierOpen)
        rig.devices.post(ev.LoopChanged(ev.Loop.EXIT, True, now()))
        rig.devices.post(ev.LoopChanged(ev.Loop.EXIT, False, now()))
        rig.until(msg.Attract)
    kinds = rig.kinds()
    assert kinds[-4:] == ["visit-opened", "uplift", "passage", "kiosk-stopped"]
    assert [body["files"] for kind, body in rig.entries() if kind == "kiosk-started"] == [{"drivers.csv": "00"}]
    assert rig.entries()[opened.entry_number - 1][0] == "uplift"
    assert sum(isinstance(effect, OpenBarrier) for effect in rig.devices.performed) == 1
    assert verify(tmp_path / "ledger").ok
    assert rig.devices.stopped


def test_a_clock_that_is_set_in_the_middle_of_a_visit_is_recorded_and_cuts_no_time_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_module, "LOOK_S", 0.02)
    off, seen = timedelta(0), Queue[timedelta]()
    look = Recorder._look_around

    def clock() -> Moment:
        moment = now()
        return replace(moment, utc=moment.utc + off)

    def look_and_tell(recorder: Recorder) -> None:
        at = off
        look(recorder)
        seen.put(at)

    def until_looked() -> None:
        while seen.get(timeout=PATIENCE_S) != off:
            pass

    monkeypatch.setattr(Recorder, "_look_around", look_and_tell)
    with running(tmp_path, clock=clock) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
        off = timedelta(days=3653)
        until_looked()
        rig.ask(wishes.GoOn())
        rig.until(msg.ChooseContainer)
        off = timedelta(days=-3653)
        until_looked()
    stepped = [body["by_ms"] for kind, body in rig.entries() if kind == "clock-stepped"]
    day_ms = 24 * 3600 * 1000
    assert [round(by_ms / day_ms) for by_ms in stepped] == [3653, -2 * 3653]
    assert rig.kinds().count("interrupted") == 1  # by the end of this test alone
    assert verify(tmp_path / "ledger").ok


def test_a_wish_for_a_screen_that_is_gone_is_dropped(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
        stale = rig.shown[-1].revision
        rig.ask(wishes.GoOn())
        rig.until(msg.ChooseContainer)
        rig.station.post(wishes.Ask(stale, wishes.Cancel()))
        rig.ask(wishes.ChooseLoad("L1"))
        rig.until(msg.CheckSeal)


def test_a_wish_that_the_visit_does_not_take_changes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        rig.ask(wishes.FinishUplifts())
        rig.tap(1)
        rig.until(msg.DriverKnown)


def test_a_countdown_that_starts_anew_keeps_the_screens_number(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
        rig.ask(wishes.GoOn())
        rig.until(msg.ChooseContainer)
        before = rig.shown[-1]
        rig.ask(wishes.StillHere())
        rig.ask(wishes.KeyUnit("X"))
        rig.until(msg.ChooseContainer, lambda shown: bool(shown.problem))
        between = [show for show in rig.shown if show.revision == before.revision]
        assert len({show.countdown for show in between if isinstance(show.display, msg.ChooseContainer)}) == 2


def test_time_outs_come_by_themselves(tmp_path: Path) -> None:
    hurried = replace(SITE, plan=replace(SITE.plan, timeouts=Timeouts(welcome_s=0.05, choose_s=0.1, stopped_s=0.1)))
    with running(tmp_path, site=hurried) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.Stopped, lambda shown: shown.reason == "TIMED_OUT")
        rig.until(msg.Attract)
    assert "abandoned" in rig.kinds()


def test_an_orderly_stop_in_the_middle_of_a_visit_is_recorded(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.to_signing()
    assert rig.kinds()[-2:] == ["interrupted", "kiosk-stopped"]


@pytest.fixture
def cut_short(tmp_path: Path) -> Path:
    """The data folder of a kiosk that lost its power in the middle of a visit."""
    before, after = tmp_path / "before", tmp_path / "after"
    with running(before) as rig:
        rig.to_signing()
        rig.station._recorder.settled().result(PATIENCE_S)  # the power goes once the visit is on the disk
        copy_data(before, after)
    return after


def test_a_power_cut_is_found_at_the_next_start_and_the_driver_may_start_again(cut_short: Path) -> None:
    with running(cut_short) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
    interrupted = [body for kind, body in rig.entries() if kind == "interrupted"]
    assert [body["reason"] for body in interrupted] == ["POWER_LOST", "KIOSK_STOPPED"]
    assert verify(cut_short / "ledger").ok


def test_a_ledger_that_another_process_holds_takes_the_kiosk_out_of_service_until_it_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_module, "LEDGER_RETRY_S", 0.05)
    stamp = now()
    from kiosk.ledger.stamp import Clock, Stamp

    holder = Ledger.open(tmp_path / "ledger", lambda: Stamp(stamp.utc, Clock("synchronised", "boot-1", 1000)))
    with running(tmp_path) as rig:
        out = rig.until(msg.OutOfService, lambda shown: shown.faults[-1].condition is msg.Condition.LOST)
        assert out.faults[-1].part is msg.Part.LEDGER
        assert f"process {os.getpid()} on " in out.faults[-1].detail
        assert out.contact == "Gatehouse 04 555 0100"
        holder.close()
        rig.until(msg.Attract)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> "Disk":
    """The ledger's disk, looked at often."""
    monkeypatch.setattr(station_module, "LEDGER_RETRY_S", 0.05)
    made = Disk()
    monkeypatch.setattr(journal, "write_all", made.write_all)
    return made


class Disk:
    """A disk that takes entries as long as it is not full."""

    def __init__(self) -> None:
        self.full = False
        self.refused = 0

    def write_all(self, handle: int, data: bytes, offset: int) -> None:
        if self.full:
            self.refused += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_all(handle, data, offset)


def test_a_hold_on_a_full_disk_says_that_there_is_no_number_and_shows_it_once_there_is_room(
    tmp_path: Path, disk: Disk
) -> None:
    with running(tmp_path) as rig:
        rig.to_signing()
        until(lambda: "visit-opened" in rig.kinds())
        disk.full = True
        rig.tap(1)
        held = rig.until(msg.Stopped)
        assert (held.reason, held.reference) == ("LEDGER_FAILED", msg.NoNumber.LEDGER_LOST)
        assert str(held.advice) == "Do not take the load. Stay here and call Gatehouse 04 555 0100."
        until(lambda: disk.refused > 1)  # the uplift, and the hold that followed
        disk.full = False
        told = rig.until(msg.Stopped, lambda shown: isinstance(shown.reference, int))
    seen = {show.display.reference for show in rig.shown if isinstance(show.display, msg.Stopped)}
    assert seen == {msg.NoNumber.LEDGER_LOST, told.reference}
    assert isinstance(told.reference, int)
    kind, body = rig.entries()[told.reference - 1]
    assert (kind, body["reason"], body["late"]) == ("hold", "LEDGER_FAILED", True)


def test_a_ledger_that_opens_but_takes_no_entry_stays_lost(tmp_path: Path, disk: Disk) -> None:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        disk.full = True
        rig.tap(99)
        rig.until(msg.Stopped, lambda shown: shown.reference is msg.NoNumber.LEDGER_LOST)
        refused, told = disk.refused, len(rig.health)
        until(lambda: disk.refused > refused + 5)
        assert [health.parts[-1].condition for health in rig.health[told:]].count(msg.Condition.WORKING) == 0
        disk.full = False
        rig.until_health(lambda health: health.parts[-1].condition is msg.Condition.WORKING)
    assert [kind for kind in rig.kinds() if kind != "ledger-reopened"] == [
        "genesis",
        "kiosk-started",
        "refusal",
        "kiosk-stopped",
    ]


def test_a_clock_behind_the_newest_entry_takes_the_kiosk_out_of_service(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)

    def back() -> Moment:
        return replace(now(), utc=now().utc - timedelta(days=1), clock=ClockState.DOUBTFUL)

    with running(tmp_path, clock=back) as rig:
        health = rig.until_health(lambda health: health.parts[-1].condition is msg.Condition.LOST)
    assert health.parts[-1].detail.startswith("expected a time after the newest entry, 2026-11-18")
    assert health.parts[-1].mend == "set the clock, or connect the network and wait"


def test_a_clock_that_was_ahead_and_is_set_right_by_a_time_source_keeps_nobody_out_and_is_recorded(
    tmp_path: Path,
) -> None:
    ahead = timedelta(hours=3)
    with running(tmp_path, clock=lambda: replace(now(), utc=now().utc + ahead, clock=ClockState.DOUBTFUL)) as rig:
        rig.until(msg.Attract)
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
    kind, body = next(each for each in rig.entries() if each[0] == "clock-stepped")
    assert kind == "clock-stepped"
    assert body["by_ms"] == pytest.approx(-ahead / timedelta(milliseconds=1), abs=PATIENCE_S * 1000)


def test_a_driver_that_dies_of_an_error_of_ours_ends_the_station(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        rig.devices.die(ZeroDivisionError("ours"))
        assert rig.thread.ended.wait(PATIENCE_S)
    assert isinstance(rig.thread.failure, StationFailed)
    assert isinstance(rig.thread.failure.cause, ZeroDivisionError)
    assert rig.devices.stopped
    assert rig.kinds()[-1] == "kiosk-stopped"


def test_first_records_that_cannot_be_used_end_the_station(tmp_path: Path) -> None:
    def refuse() -> Given:
        raise SealgateError(expected="a file", got="rubbish", mend="import it again")

    with running(tmp_path, watch=RecordsWatch(lambda: 1, refuse)) as rig:
        assert rig.thread.ended.wait(PATIENCE_S)
    assert isinstance(rig.thread.failure, StationFailed)
    assert isinstance(rig.thread.failure.cause, SealgateError)


class Files:
    """Records that the test replaces."""

    def __init__(self) -> None:
        self.version = 1
        self.loaded: list[Given | SealgateError] = [Given()]
        self.taken = 0

    def load(self) -> Given:
        self.taken += 1
        newest = self.loaded[-1]
        if isinstance(newest, SealgateError):
            raise newest
        return newest

    def watch(self) -> RecordsWatch:
        return RecordsWatch(lambda: self.version, self.load)

    def replace(self, given: Given | SealgateError) -> None:
        self.loaded.append(given)
        self.version += 1


def test_new_records_count_from_the_next_tap_and_bad_ones_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_module, "LOOK_S", 0.02)
    files = Files()
    with running(tmp_path, watch=files.watch()) as rig:
        rig.until(msg.Attract)
        files.replace(SealgateError(expected="a file", got="rubbish", mend="import it again"))
        rig.tap(1)
        rig.until(msg.DriverKnown)
        rig.ask(wishes.Cancel())
        rig.until(msg.Stopped, lambda shown: shown.reason == "DRIVER_CANCELLED")
        files.replace(Given(Records(), {"drivers.csv": "11"}))
        until_replaced(rig, 2)
        rig.tap(1)
        rig.until(msg.Stopped, lambda shown: shown.reason == "CARD_UNKNOWN")
    replaced = [body for kind, body in rig.entries() if kind == "records-replaced"]
    assert [body["files"]["drivers.csv"] for body in replaced] == ["11"]


def until_replaced(rig: Rig, times: int) -> None:
    """Wait for the event itself, which the witness sees."""
    until(lambda: sum(isinstance(each, ev.RecordsReplaced) for each in rig.happened) >= times)


def until(there: Callable[[], bool]) -> None:
    """Wait for what is not shown on any screen."""
    pause, ends = threading.Event(), time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < ends, "expected it to happen"
        pause.wait(0.01)


def test_a_post_after_the_end_is_dropped(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
    rig.station.post(ev.TimePassed(now()))
    assert rig.thread.failure is None


def test_that_cards_of_the_site_fail_one_after_the_other_is_on_the_health_line_and_once_in_the_log(
    tmp_path: Path,
) -> None:
    proven = replace(SITE, plan=replace(SITE.plan, card_level=CardLevel.PROVEN))
    with structlog.testing.capture_logs() as logs, running(tmp_path, site=proven) as rig:
        rig.until(msg.Attract)
        for kind, body in issued_with_keys(50, 51, 52):
            rig.devices.post(ev.StaffRecorded(kind, body, rig.clock()))
        for number in (50, 51, 52, 50):
            rig.devices.post(ev.CardNotTaken(Reason.CARD_CLONED, rig.clock(), credential(number)))
        rig.until_health(lambda health: health.cards_fail)
        rig.devices.post(ev.CardPresented(credential(51), CardProof(Means.CHALLENGE), rig.clock()))
        rig.until_health(lambda health: not health.cards_fail)
    said = [entry["mend"] for entry in logs if "fail one after the other" in entry["event"]]
    assert said == ["compare 'sealgate card key show' with the office's fingerprints, and start the kiosk anew"]
