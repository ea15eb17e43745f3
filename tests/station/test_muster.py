"""Who is on site is known at a start without reading all of history."""

from pathlib import Path
from typing import Any

import pytest

from kiosk.core import events as ev
from kiosk.core.effects import CommitEntry, EntryKind
from kiosk.core.roster import Roster
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.moments import moment_of
from kiosk.ledger.stamp import Clock, Stamp
from kiosk.station.muster import Muster
from kiosk.station.recorder import Recorder
from tests.station.rig import PATIENCE_S
from tests.station.test_recorder import START, SettableClock

SIZE = 8


def made(folder: Path) -> Path:
    """A new ledger whose segments are short; the recorder finds it so."""
    stamp = Stamp(START, Clock("doubtful", "boot-1", 1))
    Ledger.open(folder, lambda: stamp, segment_entries=SIZE).close()
    return folder


class Gate:
    """A recorder, and the roster that the lane would have."""

    def __init__(self, folder: Path, load_ids: frozenset[str] = frozenset()) -> None:
        self.clock = SettableClock()
        self.events: list[ev.Event] = []
        self.recorder = Recorder(folder, self.clock, self.events.append)
        roster = self.recorder.open(load_ids).result(PATIENCE_S)
        assert roster is not None, self.events
        self.roster = roster

    def write(self, kind: EntryKind, body: dict[str, Any]) -> int:
        """Commit an entry; its number."""
        effect = CommitEntry(1, kind, body, self.clock())
        self.recorder.commit(effect)
        assert self.recorder.settled().result(PATIENCE_S)
        answer = self.events[-1]
        assert isinstance(answer, ev.EntryCommitted)
        self.roster.apply(kind.value, body, effect.at)
        return answer.number

    def visit(self, number: int, driver: str) -> None:
        """A driver comes, and stays on site."""
        self.write(EntryKind.VISIT_OPENED, {"visit": f"V{number}", "driver": driver})
        body = {"visit": f"V{number}", "uplifts": [{"load": f"L{number}"}]}
        self.write(EntryKind.UPLIFT, body)

    def leave(self, number: int) -> None:
        self.write(EntryKind.PASSAGE, {"visit": f"V{number}", "seen": True})


def folded(folder: Path) -> Roster:
    """The roster by all of history."""
    roster = Roster()
    for entry in read_entries(folder):
        if entry.kind != EntryKind.ON_SITE.value:
            roster.apply(entry.kind, entry.body, moment_of(entry.stamp))
    return roster


@pytest.mark.parametrize("visits", range(12))
def test_a_start_knows_who_is_on_site_after_any_number_of_visits(tmp_path: Path, visits: int) -> None:
    folder = made(tmp_path / "ledger")
    gate = Gate(folder)
    try:
        for number in range(visits):
            gate.visit(number, f"driver {number}")
            if number % 3:
                gate.leave(number)
        before = gate.roster.everyone()
    finally:
        gate.recorder.close()
    again = Gate(folder)
    again.recorder.close()
    assert [stay.visit_id for stay in again.roster.everyone()] == [f"V{number}" for number in range(0, visits, 3)]
    assert [stay.visit_id for stay in before] == [stay.visit_id for stay in again.roster.everyone()]
    whole = {
        stay.visit_id: (stay.driver_id, stay.held, stay.ended, stay.uplifted) for stay in folded(folder).everyone()
    }
    known = {stay.visit_id: (stay.driver_id, stay.held, stay.ended, stay.uplifted) for stay in before}
    assert known == whole


@pytest.mark.parametrize("visits", [1, 3, 5, 9])
def test_a_start_knows_who_is_on_duty_and_since_when_by_one_segment(tmp_path: Path, visits: int) -> None:
    folder = made(tmp_path / "ledger")
    gate = Gate(folder)
    for staff_id in ("S01", "S02"):
        gate.write(EntryKind.STAFF_SIGNED_ON, {"staff": staff_id, "name": staff_id, "how": "badge"})
    for number in range(visits):
        gate.visit(number, f"driver {number}")
    gate.write(EntryKind.STAFF_SIGNED_OFF, {"staff": "S01", "name": "S01", "how": "badge", "why": ""})
    gate.recorder.close()
    again = Gate(folder)
    again.recorder.close()
    (left,) = again.roster.duty.on_duty(gate.clock(), 14.0)
    assert (left.staff_id, left) == ("S02", *gate.roster.duty.on_duty(gate.clock(), 14.0))
    assert again.roster.duty.statement() == folded(folder).duty.statement()


def test_it_is_said_once_in_each_segment_after_the_first(tmp_path: Path) -> None:
    folder = made(tmp_path / "ledger")
    gate = Gate(folder)
    for number in range(10):
        gate.visit(number, f"driver {number}")
    gate.recorder.close()
    entries = list(read_entries(folder))
    said = [entry.seq for entry in entries if entry.kind == EntryKind.ON_SITE.value]
    begun = [entry.seq for entry in entries if entry.kind == "segment"]
    assert said == [first + 2 for first in begun]


def test_a_start_reads_no_segment_before_the_one_where_it_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "ledger")
    gate = Gate(folder)
    for number in range(20):
        gate.visit(number, f"driver {number}")
    gate.recorder.close()
    read: list[int] = []
    genuine = Ledger.entries

    def noting(self: Ledger, start: int = 1, stop: int | None = None) -> Any:
        read.append(start)
        return genuine(self, start, stop)

    monkeypatch.setattr(Ledger, "entries", noting)
    with Ledger.open(folder, lambda: Stamp(START, Clock("doubtful", "boot-1", 1))) as ledger:
        Muster.read(ledger)
        assert read == [ledger.open_segment]


def test_a_power_cut_before_it_was_said_sends_the_start_back_to_the_segment_before(tmp_path: Path) -> None:
    folder = made(tmp_path / "ledger")
    gate = Gate(folder)
    gate.visit(0, "aroha")
    number = 0
    while not [entry for entry in read_entries(folder) if entry.kind == "segment"]:
        number = gate.write(EntryKind.INCIDENT, {"what": "cabinet-opened"})
    gate.recorder.close()
    journal = folder / f"journal/{SIZE + 1:012d}.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    said = next(at for at, line in enumerate(lines) if b'"kind":"on-site"' in line)
    journal.write_bytes(b"".join(lines[:said]))
    (folder / "head.json").unlink()
    assert number == SIZE + said
    again = Gate(folder)
    again.recorder.close()
    assert [stay.visit_id for stay in again.roster.everyone()] == ["V0"]


def test_loads_that_left_are_known_from_all_of_history_when_the_ledger_opens_and_when_records_come(
    tmp_path: Path,
) -> None:
    folder = made(tmp_path / "ledger")
    gate = Gate(folder)
    for number in range(20):
        gate.visit(number, f"driver {number}")
    gate.recorder.close()
    again = Gate(folder, frozenset({"L0", "L19", "L20"}))
    try:
        assert [again.roster.is_uplifted(load) for load in ("L0", "L19", "L20", "L5")] == [True, True, False, False]
        assert again.recorder.uplifted(frozenset({"L5", "L77"})).result(PATIENCE_S) == {"L5"}
    finally:
        again.recorder.close()


def test_without_a_ledger_nothing_is_known_to_have_left(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "ledger", SettableClock(), lambda _: None)
    try:
        assert recorder.uplifted(frozenset({"L1"})).result(PATIENCE_S) == frozenset()
    finally:
        recorder.close()
