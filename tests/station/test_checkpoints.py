"""Checkpoints that leave the machine at each shift's end; the clock is the test's."""

import os
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.core.times import ClockState, Moment
from kiosk.ledger.attest import sign_now
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.ledger.compact import from_compact
from kiosk.ledger.handover import unrecorded
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.keys import read_public_key
from kiosk.ledger.verify import verify
from kiosk.site import CheckpointSettings
from kiosk.station import keeper as keeper_module
from kiosk.station import printing
from kiosk.station.checkpoints import HAND_OVER_AGAIN_S, SIGN_AGAIN_S, CheckpointKeeper
from tests.ledger.test_attest import grow
from tests.station.rig import PATIENCE_S, SITE, running
from tests.station.test_station import until

ENDS = (time(6), time(18))
MORNING = datetime(2026, 4, 1, 6, 0, 30, tzinfo=UTC)


class Desk:
    """A keeper, its data folder, and its clock; signatures are made in this process unless the test says otherwise."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data, self.folder = tmp_path / "data", tmp_path / "stick" / "sealgate"
        self.paper = tmp_path / "paper.pdf"
        self.folder.mkdir(parents=True)
        grow(self.data / "ledger", 4)
        self.utc, self.monotonic = MORNING, 1000.0
        self.signed = 0
        self.news: list[msg.CheckpointNews] = []
        self.recorded: list[tuple[str, Mapping[str, Any]]] = []
        self.records = True
        self._patch = monkeypatch

    def clock(self) -> Moment:
        return Moment(self.utc, self.monotonic, ClockState.SYNCHRONISED, "boot-1")

    def passes(self, **time_passed: float) -> None:
        self.utc += timedelta(**time_passed)
        self.monotonic += timedelta(**time_passed).total_seconds()

    def record(self, kind: str, body: Mapping[str, Any]) -> "Future[bool]":
        self.recorded.append((kind, body))
        done: Future[bool] = Future()
        done.set_result(self.records)
        return done

    def keeper(
        self, *, folder: bool = True, printer: tuple[str, ...] = (), ends: tuple[time, ...] = ENDS
    ) -> CheckpointKeeper:
        settings = CheckpointSettings(ends, self.folder if folder else None, printer)
        made = self.untouched_keeper(settings)

        def sign() -> None:
            sign_now(self.data / "ledger", self.data / "keys")
            self.signed += 1

        self._patch.setattr(made, "_sign", sign)
        return made

    def untouched_keeper(self, settings: CheckpointSettings, python: str = sys.executable) -> CheckpointKeeper:
        site = replace(SITE, checkpoints=settings)
        return CheckpointKeeper(self.data, site, self.clock, self.news.append, self.record, python)

    def written(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def trouble(self) -> str:
        return self.news[-1].trouble


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_at_a_shifts_end_one_is_signed_and_written_and_not_again_before_the_next(desk: Desk) -> None:
    keeper = desk.keeper()
    keeper.look()
    assert desk.written() == ["checkpoint-20260401T060030Z-5.txt"]
    key = read_public_key(desk.data / "keys" / "checkpoint.pub")
    note = (desk.folder / desk.written()[0]).read_bytes()
    assert open_checkpoint(note, key).size == 5
    desk.passes(hours=11)
    keeper.look()
    assert desk.signed == 1
    grow(desk.data / "ledger", 2)
    desk.passes(hours=1)
    keeper.look()
    assert desk.written()[1:] == ["checkpoint-20260401T180030Z-7.txt"]


def test_the_screen_is_told_what_was_signed_once(desk: Desk) -> None:
    keeper = desk.keeper()
    keeper.look()
    keeper.look()
    (news,) = desk.news
    assert (news.entries, news.trouble) == (5, "")
    assert from_compact(news.code) == (desk.data / "ledger" / "checkpoint").read_bytes()
    assert news.signed is not None
    signed = news.signed
    assert abs(signed - datetime.now(UTC)) < timedelta(minutes=2)


def test_one_that_somebody_signs_by_command_is_told_too_also_without_shifts(desk: Desk) -> None:
    keeper = desk.keeper(ends=())
    keeper.look()
    assert desk.news == []
    sign_now(desk.data / "ledger", desk.data / "keys")
    keeper.look()
    grow(desk.data / "ledger", 2)
    sign_now(desk.data / "ledger", desk.data / "keys")
    keeper.look()
    assert [news.entries for news in desk.news] == [5, 7]
    assert desk.signed == 0
    assert desk.written() == []


def test_ends_that_were_missed_while_the_kiosk_was_off_are_made_good_with_one_at_the_next_start(desk: Desk) -> None:
    desk.keeper().look()
    desk.passes(days=9)
    keeper = desk.keeper()
    keeper.look()
    keeper.look()
    assert len(desk.written()) == 2
    assert desk.written()[1].startswith("checkpoint-20260410T060030Z")


def test_a_restart_within_a_shift_makes_none(desk: Desk) -> None:
    desk.keeper().look()
    desk.passes(hours=2)
    desk.keeper().look()
    assert len(desk.written()) == desk.signed == 1


@pytest.mark.parametrize("hours", [-24 * 3653, 24 * 3653])
def test_a_clock_that_was_wrong_for_a_while_stops_no_later_checkpoint(desk: Desk, hours: float) -> None:
    keeper = desk.keeper()
    keeper.look()
    for step in (hours, -hours, 12):
        desk.utc += timedelta(hours=step)
        keeper.look()
    assert "checkpoint-20260401T180030Z-5.txt" in desk.written()


# What fails is told and tried again.


def test_a_folder_that_is_gone_is_told_and_gets_the_same_checkpoint_once_it_is_back(desk: Desk) -> None:
    desk.folder.rmdir()
    keeper = desk.keeper()
    keeper.look()
    assert desk.trouble() == (
        f"checkpoint not written to {desk.folder}: No such file or directory; see to the stick or share"
    )
    assert desk.news[-1].code
    desk.folder.mkdir()
    desk.passes(seconds=HAND_OVER_AGAIN_S - 1)
    keeper.look()
    assert desk.written() == []
    desk.passes(seconds=1)
    keeper.look()
    assert desk.written() == ["checkpoint-20260401T060030Z-5.txt"]
    assert desk.trouble() == ""
    assert desk.signed == 1


def test_what_was_not_handed_over_when_the_kiosk_stopped_is_made_again_at_the_next_start(desk: Desk) -> None:
    desk.folder.rmdir()
    desk.keeper().look()
    desk.folder.mkdir()
    desk.passes(minutes=5)
    desk.keeper().look()
    assert desk.written() == ["checkpoint-20260401T060530Z-5.txt"]


def test_the_next_shifts_checkpoint_takes_the_place_of_one_that_could_not_be_handed_over(desk: Desk) -> None:
    desk.folder.rmdir()
    keeper = desk.keeper()
    keeper.look()
    desk.folder.mkdir()
    grow(desk.data / "ledger", 1)
    desk.passes(hours=12)
    keeper.look()
    assert desk.written() == ["checkpoint-20260401T180030Z-6.txt"]


def printer(desk: Desk, code: str = "") -> tuple[str, ...]:
    return ("sh", "-c", f"cat > {desk.paper}; {code}")


def test_the_print_command_gets_the_page_on_its_standard_input(desk: Desk) -> None:
    desk.keeper(printer=printer(desk)).look()
    assert desk.paper.read_bytes().startswith(b"%PDF-")
    assert desk.trouble() == ""
    assert len(desk.written()) == 1


def test_a_printer_that_fails_is_told_in_its_own_words_and_tried_again_and_keeps_nothing_from_the_folder(
    desk: Desk,
) -> None:
    keeper = desk.keeper(printer=printer(desk, "test -e no-paper || { echo 'out of paper' >&2; exit 1; }"))
    keeper.look()
    assert desk.trouble() == "checkpoint not printed: sh: out of paper; see to the printer"
    (name,) = desk.written()
    written = (desk.folder / name).stat()
    desk.paper.unlink()
    desk.passes(seconds=HAND_OVER_AGAIN_S)
    keeper.look()
    assert desk.paper.exists()
    assert (desk.folder / name).stat().st_ino == written.st_ino


@pytest.mark.parametrize(
    ("words", "told"),
    [(("/nowhere/lp",), "No such file or directory"), (("sleep", "600"), "sleep took longer than 0.1 s")],
)
def test_a_print_command_that_is_not_there_or_hangs_is_told(
    desk: Desk, words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "PRINT_PATIENCE_S", 0.1)
    desk.keeper(printer=words).look()
    assert desk.trouble().startswith("checkpoint not printed: ")
    assert told in desk.trouble()


def test_a_page_is_printed_where_no_folder_is_set_and_nothing_where_neither_is(desk: Desk) -> None:
    desk.keeper(folder=False, printer=printer(desk)).look()
    assert desk.paper.exists()
    desk.passes(hours=12)
    desk.keeper(folder=False).look()
    assert desk.signed == 2
    assert desk.written() == []


def test_both_failures_are_told_together(desk: Desk) -> None:
    desk.folder.rmdir()
    desk.keeper(printer=("false",)).look()
    assert "not written" in desk.trouble()
    assert "not printed: false: exit code 1" in desk.trouble()


# Signing, in a process of its own.


def damage(desk: Desk) -> None:
    journal = desk.data / "ledger" / JOURNAL_NAME
    journal.write_bytes(journal.read_bytes().replace(b"NZ000001", b"NZ000009"))


def test_the_ledger_is_signed_by_the_command_of_that_name(desk: Desk) -> None:
    desk.untouched_keeper(CheckpointSettings(ENDS, desk.folder)).look()
    assert desk.written() == ["checkpoint-20260401T060030Z-5.txt"]
    assert desk.trouble() == ""


def test_a_signature_that_is_refused_is_told_with_its_reason_and_not_tried_at_every_look(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(desk)
    keeper = desk.untouched_keeper(CheckpointSettings(ENDS, desk.folder))
    keeper.look()
    assert desk.trouble().startswith("the ledger was not signed: ledger, entry 3 at byte ")
    tried = []
    monkeypatch.setattr(keeper, "_sign", lambda: tried.append(desk.monotonic))
    desk.passes(seconds=SIGN_AGAIN_S - 1)
    keeper.look()
    assert tried == []
    desk.passes(seconds=1)
    keeper.look()
    assert tried == [1000.0 + SIGN_AGAIN_S]


@pytest.mark.parametrize("python", ["/nowhere/python", "false"])
def test_a_command_that_cannot_sign_is_told(desk: Desk, python: str) -> None:
    desk.untouched_keeper(CheckpointSettings(ENDS), python).look()
    assert desk.trouble().startswith("the ledger was not signed: ")


def test_a_stop_gives_up_what_is_being_signed(desk: Desk, tmp_path: Path) -> None:
    began, slow = tmp_path / "began", tmp_path / "slow"
    os.mkfifo(began)
    slow.write_text(f"#!/bin/sh\necho > {began}\nsleep 600\n")
    slow.chmod(0o755)
    keeper = desk.untouched_keeper(CheckpointSettings(ENDS), str(slow))
    keeper.start()
    began.read_text()
    keeper.stop()
    assert not keeper._thread.is_alive()
    assert desk.news == []


def test_an_error_of_ours_does_not_end_the_keeper(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, went_on = list[int](), Event()
    keeper = desk.keeper()

    def look() -> None:
        looked.append(1)
        if len(looked) == 1:
            raise ZeroDivisionError
        went_on.set()

    monkeypatch.setattr(keeper, "look", look)
    monkeypatch.setattr(keeper_module, "LOOK_S", 0.001)
    keeper.start()
    try:
        assert went_on.wait(PATIENCE_S)
    finally:
        keeper.stop()


# The key's entry.


def test_a_key_that_no_entry_names_gets_one_after_it_has_signed(desk: Desk) -> None:
    keeper = desk.keeper()
    keeper.look()
    key = read_public_key(desk.data / "keys" / "checkpoint.pub")
    assert desk.recorded == [("checkpoint-key", {"old": "", "new": key.text, "why": "first", "note": ""})]
    assert unrecorded(desk.data / "keys") is None
    desk.passes(hours=12)
    keeper.look()
    assert len(desk.recorded) == 1


def test_a_key_that_signs_by_command_alone_gets_its_entry_too(desk: Desk) -> None:
    sign_now(desk.data / "ledger", desk.data / "keys")
    desk.keeper(ends=()).look()
    assert [kind for kind, _ in desk.recorded] == ["checkpoint-key"]


def test_an_entry_that_the_ledger_did_not_take_is_tried_again_at_the_next_signature(desk: Desk) -> None:
    desk.records = False
    keeper = desk.keeper()
    keeper.look()
    desk.records = True
    grow(desk.data / "ledger", 1)
    desk.passes(hours=12)
    keeper.look()
    assert len(desk.recorded) == 2
    assert unrecorded(desk.data / "keys") is None


# In the station.


def settings(tmp_path: Path) -> CheckpointSettings:
    return CheckpointSettings((time(0),), tmp_path / "stick")


def test_a_kiosk_hands_the_missed_checkpoint_over_at_its_start_and_the_ledger_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    with running(tmp_path, site=replace(SITE, checkpoints=settings(tmp_path))) as rig:
        rig.until(msg.Attract)
        news = rig.until_checkpoint(lambda told: bool(told.code))
        assert news.trouble == ""
        until(lambda: "checkpoint-key" in rig.kinds())
    (written,) = (tmp_path / "stick").iterdir()
    assert written.read_bytes() == from_compact(news.code)
    kinds = rig.kinds()
    assert kinds.count("checkpoint-key") == 1
    assert kinds[-1] == "kiosk-stopped"
    assert verify(tmp_path / "ledger").ok


def test_a_stick_that_is_missing_stops_no_driver(tmp_path: Path) -> None:
    with running(tmp_path, site=replace(SITE, checkpoints=settings(tmp_path))) as rig:
        rig.to_signing()
        rig.until_checkpoint(lambda told: "see to the stick or share" in told.trouble)
        rig.tap(1)
        rig.until(msg.BarrierOpen)
    assert "uplift" in rig.kinds()
