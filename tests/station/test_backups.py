"""Backups that the kiosk makes by itself at its times; the clock is the test's."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event, Lock

import pytest
from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.core.times import ClockState, Moment
from kiosk.ledger.backup import back_up
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.last_backup import LAST_NAME, note_backup, read_last_backup
from kiosk.ledger.manifest import MANIFEST_NAME
from kiosk.ledger.verify import verify
from kiosk.site import BackupSettings
from kiosk.station.backups import AGAIN_S, GRACE_S, PATIENCE_S, BackupKeeper
from kiosk.station.errands import Ran
from kiosk.station.keeper import Keeper
from tests.ledger.test_attest import grow
from tests.station import rig as rig_module
from tests.station.rig import SITE, running

TIMES = (time(12), time(20))
NOON = datetime(2026, 4, 1, 12, 0, 30, tzinfo=UTC)


class Shelf:
    """A keeper, its data folder, and its clock; backups are made in this process unless the test says otherwise."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data, self.folder = tmp_path / "data", tmp_path / "stick"
        self.folder.mkdir()
        grow(self.data / "ledger", 4)
        self.utc, self.monotonic = NOON, 1000.0
        self.asked: list[Sequence[str]] = []
        self.told: list[msg.BackupHealth] = []
        self._patch = monkeypatch

    def worries(self) -> list[msg.BackupHealth]:
        """What was told that somebody should see to."""
        return [health for health in self.told if health.late_h or health.trouble]

    def clock(self) -> Moment:
        return Moment(self.utc, self.monotonic, ClockState.SYNCHRONISED, "boot-1")

    def passes(self, **time_passed: float) -> None:
        self.utc += timedelta(**time_passed)
        self.monotonic += timedelta(**time_passed).total_seconds()

    def back_up(self) -> None:
        """What the command does."""
        done = back_up(self.data / "ledger", self.data / "keys", self.folder, self.utc)
        note_backup(self.data, done)

    def untouched_keeper(self, settings: BackupSettings | None = None, python: str = sys.executable) -> BackupKeeper:
        site = replace(SITE, backup=settings or BackupSettings(self.folder, TIMES))
        return BackupKeeper(self.data, site, self.clock, self.told.append, python)

    def keeper(self, settings: BackupSettings | None = None) -> BackupKeeper:
        made = self.untouched_keeper(settings)

        def run(words: Sequence[str], given: bytes, patience_s: float) -> Ran:
            self.asked.append(words)
            try:
                self.back_up()
            except LedgerError as error:
                return Ran(3, "", f"sealgate: {error}")
            return Ran(0, "", "")

        self._patch.setattr(made._errands, "run", run)
        return made

    def look(self, keeper: BackupKeeper) -> int:
        """Look until what was begun is done and told; gives how many backups were asked for."""
        keeper.look()
        if keeper._worker is not None:
            keeper._worker.join()
            keeper.look()
        return len(self.asked)

    def noted(self) -> datetime | None:
        last = read_last_backup(self.data)
        return last.made if last else None


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    return Shelf(tmp_path, monkeypatch)


def test_at_its_times_a_backup_is_made_and_none_between(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    for hours, made in ((0, 1), (7.9, 1), (0.1, 2), (15.9, 2), (0.1, 3)):
        shelf.passes(hours=hours)
        assert shelf.look(keeper) == made
    assert shelf.noted() == shelf.utc
    assert shelf.worries() == []


def test_one_that_was_missed_while_the_kiosk_was_off_is_made_at_its_next_start(shelf: Shelf) -> None:
    shelf.look(shelf.keeper())
    shelf.passes(days=9, hours=-2)
    keeper = shelf.keeper()
    assert shelf.look(keeper) == shelf.look(keeper) == 2
    shelf.passes(hours=1)
    assert shelf.look(shelf.keeper()) == 2


def test_one_that_was_made_by_hand_since_counts(shelf: Shelf) -> None:
    shelf.back_up()
    assert shelf.look(shelf.keeper()) == 0
    shelf.passes(hours=8)
    assert shelf.look(shelf.keeper()) == 1


def test_the_times_are_the_sites_own(shelf: Shelf) -> None:
    shelf.back_up()
    shelf.passes(hours=2)
    shelf.look(shelf.keeper(BackupSettings(shelf.folder, (time(13),))))
    assert shelf.noted() == NOON + timedelta(hours=2)


def test_a_clock_that_was_wrong_for_a_while_stops_no_later_backup(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    for days in (3653, -3653, -3653, 3653):
        shelf.utc += timedelta(days=days)
        shelf.look(keeper)
    assert shelf.noted() == shelf.utc


def test_it_is_made_by_the_command_of_that_name_in_a_process_of_its_own_that_is_nice(shelf: Shelf) -> None:
    shelf.look(shelf.keeper())
    assert shelf.asked == [
        (
            "nice", "-n", "10", sys.executable, "-m", "kiosk.cli", "ledger", "backup", "--json",
            "--data", str(shelf.data), "--to", str(shelf.folder),
        )
    ]  # fmt: skip
    (place,) = shelf.folder.iterdir()
    (place / MANIFEST_NAME).unlink()
    (shelf.data / LAST_NAME).unlink()
    shelf.look(shelf.untouched_keeper())
    assert (place / MANIFEST_NAME).exists()
    assert shelf.worries() == []
    last = read_last_backup(shelf.data)
    assert last is not None
    assert abs(last.made - datetime.now(UTC)) < timedelta(minutes=2)


# What fails is told and tried again; how old the last good one is, too.


def test_a_stick_that_is_gone_is_told_and_gets_its_backup_once_it_is_back(shelf: Shelf) -> None:
    shelf.folder.rmdir()
    keeper = shelf.keeper()
    shelf.look(keeper)
    (told,) = shelf.told
    assert told.late_h == 0
    assert "expected a folder, got none; plug the stick in or mount the share" in told.trouble
    shelf.folder.mkdir()
    shelf.passes(seconds=AGAIN_S - 1)
    assert shelf.look(keeper) == 1
    shelf.passes(seconds=1)
    assert shelf.look(keeper) == 2
    assert shelf.told[1:] == [msg.BackupHealth(age_h=0)]
    assert shelf.noted() == shelf.utc


def test_a_backup_that_is_refused_is_told_with_its_reason(shelf: Shelf) -> None:
    journal = shelf.data / "ledger" / "journal" / "000000000001.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"NZ000001", b"NZ000009"))
    shelf.look(shelf.untouched_keeper())
    (told,) = shelf.told
    assert told.trouble.startswith("ledger, entry 3 at byte ")


@pytest.mark.parametrize("python", ["/nowhere/python", "false"])
def test_a_command_that_cannot_run_is_told(shelf: Shelf, python: str) -> None:
    shelf.look(shelf.untouched_keeper(python=python))
    (told,) = shelf.told
    assert "No such file or directory" in told.trouble or told.trouble == "exit code 1"


def test_from_the_age_on_that_the_settings_say_the_hours_are_told(shelf: Shelf) -> None:
    shelf.back_up()
    shelf.folder.rename(shelf.folder.with_name("pulled"))
    keeper = shelf.keeper(BackupSettings(shelf.folder, TIMES, warn_after_h=36))
    for hours in (36, 1, 0.5, 0.5):
        shelf.passes(hours=hours)
        shelf.look(keeper)
    assert [health.late_h for health in shelf.told] == [0, 0, 37, 38]
    shelf.folder.with_name("pulled").rename(shelf.folder)
    shelf.passes(hours=1)
    shelf.look(keeper)
    assert shelf.told[-1] == msg.BackupHealth(age_h=0)


def test_the_age_of_the_last_good_one_is_told_hour_by_hour(shelf: Shelf) -> None:
    shelf.back_up()
    keeper = shelf.keeper(BackupSettings(shelf.folder, (), warn_after_h=36))
    for hours in (0, 0.5, 0.5, 2):
        shelf.passes(hours=hours)
        shelf.look(keeper)
    assert shelf.told == [msg.BackupHealth(age_h=hours) for hours in (0, 1, 3)]


def test_a_share_that_hangs_keeps_nobody_from_hearing_how_old_the_last_one_is(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.back_up()
    shelf.passes(hours=30)
    keeper, back = shelf.keeper(), Event()
    monkeypatch.setattr(keeper._errands, "run", lambda *_: Ran(0 if back.wait(60) else 1, "", ""))
    try:
        keeper.look()
        shelf.passes(seconds=PATIENCE_S + GRACE_S)
        keeper.look()
        assert shelf.told == [msg.BackupHealth(age_h=30), msg.BackupHealth(age_h=34)]
        shelf.passes(hours=3)
        keeper.look()
        hangs = f"{shelf.folder} does not answer, nor can the backup be given up"
        assert shelf.told[2:] == [msg.BackupHealth(37, hangs, 37)]
    finally:
        back.set()
        assert keeper._worker is not None
        keeper._worker.join()


def test_a_stop_gives_up_what_is_being_backed_up(shelf: Shelf, tmp_path: Path) -> None:
    began, slow = tmp_path / "began", tmp_path / "slow"
    os.mkfifo(began)
    slow.write_text(f"#!/bin/sh\necho > {began}\nsleep 600\n")
    slow.chmod(0o755)
    keeper = shelf.untouched_keeper(python=str(slow))
    keeper.start()
    began.read_text()
    keeper.stop()
    assert keeper._worker is not None
    assert not keeper._worker.is_alive()
    assert shelf.worries() == []


# In the station.


def test_a_kiosk_makes_the_missed_backup_at_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    made = watched(monkeypatch)
    with running(tmp_path, site=replace(SITE, backup=BackupSettings(stick, (time(0),)))) as rig:
        rig.until(msg.Attract)
        assert made.wait(rig_module.PATIENCE_S)
    (place,) = stick.iterdir()
    assert verify(place / "ledger").ok
    assert {health.backup for health in rig.health} <= {msg.BackupHealth(), msg.BackupHealth(age_h=0)}


def watched(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set once a keeper has taken that a backup was made."""
    made, genuine, lock = Event(), BackupKeeper._take_trouble, Lock()

    def taken(keeper: BackupKeeper, trouble: str) -> None:
        with lock:
            genuine(keeper, trouble)
        if not trouble:
            made.set()

    monkeypatch.setattr(BackupKeeper, "_take_trouble", taken)
    return made


def test_a_stick_that_is_missing_is_on_the_health_line_and_stops_no_driver(tmp_path: Path) -> None:
    settings = BackupSettings(tmp_path / "stick", (time(0),))
    with running(tmp_path, site=replace(SITE, backup=settings)) as rig:
        rig.to_signing()
        rig.until_health(lambda health: "plug the stick in" in health.backup.trouble)
        rig.tap(1)
        rig.until(msg.BarrierOpen)
    assert "uplift" in rig.kinds()


def test_without_a_folder_in_the_settings_nothing_is_backed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, all_started = list[str](), Event()
    genuine = Keeper.start

    def start(keeper: Keeper) -> None:
        genuine(keeper)
        started.append(type(keeper).__name__)
        all_started.set()

    monkeypatch.setattr(Keeper, "start", start)
    with running(tmp_path):
        assert all_started.wait(rig_module.PATIENCE_S)
    assert started == ["MachineWatch", "CheckpointKeeper"]
