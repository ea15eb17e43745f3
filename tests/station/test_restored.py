"""A ledger that was restored says so in an entry once its kiosk runs: not at the first kill, but never not at all."""

import json
from pathlib import Path
from shutil import rmtree

import pytest

from kiosk.console import messages as msg
from kiosk.core.effects import ChallengeCards
from kiosk.durable import write_file
from kiosk.ledger.backup import back_up
from kiosk.ledger.restore import restore
from kiosk.ledger.restored import MARK, forget_mark, restored_from
from kiosk.ledger.verify import verify
from kiosk.station import station as station_module
from tests.ledger.backups import WHEN
from tests.station.aftermath import LEDGER, Before, Past, assert_next_start_is_sound, assert_nothing_lost, entries_of
from tests.station.journeys import JOURNEYS
from tests.station.rig import running
from tests.station.visiting import read_said
from tests.strace import KILLED, Call, Program, calls_of

RESTORED = "restored"


def made_anew(tmp_path: Path) -> Path:
    """A data folder with a ledger that was restored, of a kiosk that has served somebody."""
    old, stick, new = tmp_path / "old", tmp_path / "stick", tmp_path / "new"
    with running(old) as rig:
        rig.until(msg.Attract)
        rig.tap(3)
        rig.until(msg.Stopped)
    stick.mkdir()
    back_up(old / "ledger", old / "keys", stick, WHEN)
    restore(stick, new)
    return new


def start(data: Path) -> list[object]:
    with running(data) as rig:
        rig.until(msg.Attract)
        return list(rig.happened)


def test_the_first_start_after_a_restore_says_so_in_an_entry_and_has_every_card_challenged(tmp_path: Path) -> None:
    data = made_anew(tmp_path)
    root, entries = verify(data / "ledger").root, len(entries_of(data))
    with running(data) as rig:
        rig.until(msg.Attract)
        assert ChallengeCards(True, frozenset(), frozenset()) in rig.devices.performed
    (body,) = [entry.body for entry in entries_of(data) if entry.kind == RESTORED]
    assert (body["entries"], body["root"]) == (entries, root)
    assert body["backup"].startswith("sealgate-")
    assert not (data / "ledger" / MARK).exists()
    assert verify(data / "ledger").ok


def test_it_is_said_once_and_holds_at_every_later_start(tmp_path: Path) -> None:
    data = made_anew(tmp_path)
    start(data)
    assert ChallengeCards(True, frozenset(), frozenset()) in start(data)
    assert [entry.kind for entry in entries_of(data)].count(RESTORED) == 1


def test_a_kiosk_whose_ledger_was_never_restored_never_says_so(tmp_path: Path) -> None:
    start(tmp_path)
    assert not [each for each in start(tmp_path) if isinstance(each, ChallengeCards)]
    assert RESTORED not in [entry.kind for entry in entries_of(tmp_path)]


def test_a_mark_that_nobody_can_read_is_one_all_the_same(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"{", b"[]", b'{"entries": 3, "more": {}}')):
        data = tmp_path / str(number)
        start(data)
        (data / "ledger" / MARK).write_bytes(content)
        start(data)
        assert [entry.body for entry in entries_of(data) if entry.kind == RESTORED] == [
            {"entries": 3} if number == 3 else {}
        ]


def test_a_disk_that_keeps_the_mark_harms_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = made_anew(tmp_path)

    def full(_: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(station_module, "forget_mark", full)
    start(data)
    monkeypatch.undo()
    start(data)
    start(data)
    assert [entry.kind for entry in entries_of(data)].count(RESTORED) == 2


def test_a_disk_that_does_not_give_the_mark_keeps_the_gate_out_of_service_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made_anew(tmp_path)
    broken = [True]

    def given(folder: Path) -> dict[str, object] | None:
        if broken:
            raise OSError(5, "Input/output error")
        return restored_from(folder)

    monkeypatch.setattr(station_module, "restored_from", given)
    monkeypatch.setattr(station_module, "LEDGER_RETRY_S", 0.02)
    with running(data) as rig:
        rig.until(msg.OutOfService, lambda shown: any("restored" in fault.detail for fault in shown.faults))
        broken.clear()
        rig.until(msg.Attract)
    assert [entry.kind for entry in entries_of(data)].count(RESTORED) == 1


def test_forgetting_a_mark_that_is_gone_is_no_error(tmp_path: Path) -> None:
    forget_mark(tmp_path)
    assert restored_from(tmp_path) is None


@pytest.mark.timeout(300)
def test_a_kill_at_any_call_on_the_way_from_mark_to_entry_loses_neither(
    program: Program, past: Past, tmp_path: Path
) -> None:
    """Whatever instant the power goes: the next start says it, perhaps for the second time, and the mark is gone."""
    journey = JOURNEYS["unknown-then-revoked"]
    clean = past.before(journey).laid_out(tmp_path / "marked")
    write_file(clean / LEDGER / MARK, json.dumps({"backup": "b", "entries": 3}).encode())
    before = Before.of(clean)
    steps = program.steps([str(before.laid_out(tmp_path / "all")), journey.name], tmp_path / "all" / LEDGER)
    calls = calls_of(steps)
    gone = next(at for at, call in enumerate(calls) if call.path == MARK and call.name.startswith("unlink"))
    striking = [call for call in calls[: gone + 3] if call.writes or call.path == MARK]
    assert len(striking) >= 5
    said_at: set[int] = set()
    for number, call in enumerate(striking):
        said_at.add(killed_at(program, before, call, tmp_path / f"{number}"))
    assert said_at >= {1}
    assert said_at <= {1, 2}


def killed_at(program: Program, before: Before, call: Call, data: Path) -> int:
    """How often it is said in the end."""
    journey = JOURNEYS["unknown-then-revoked"]
    before.laid_out(data)
    done = program.run_with("signal=SIGKILL", call, [str(data), journey.name], data / LEDGER)
    assert done.code == KILLED, f"expected a kill at {call}, got exit {done.code}: {done.trouble}"
    entries = assert_nothing_lost(before, data, read_said(done.said), may_be_more=1)
    assert_next_start_is_sound(before, journey, data, entries)
    assert not (data / LEDGER / MARK).exists()
    told = [entry.kind for entry in entries_of(data)].count(RESTORED)
    rmtree(data)
    return told
