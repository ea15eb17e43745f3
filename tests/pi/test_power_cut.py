"""The power goes while an emulated Raspberry Pi writes an uplift's entry, and comes back: nothing acknowledged is lost.

The disk has a cache of its own (disk.py). The file system writes an entry in two steps, each ended by a flush: the
entry with the journal's record of it, then the journal's commit. The power goes at the first or at the second.
"""

import threading
from pathlib import Path

import pytest
from msgspec import Struct

from hw.bench.rf import Card
from kiosk.demo.yard import Yard
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.verify import verify
from tests.pi.at_the_gate import DATA, PATIENCE_S, Gate, gate_on, levels
from tests.pi.disk import Disk, Fate, PowerCut, in_cache
from tests.pi.machine import INPUT, OUTPUT, Machine
from tests.pi.sample import disk_with, sample_data
from tests.pi.told import ledger_on, story

pytestmark = [pytest.mark.pi, pytest.mark.timeout(1800)]

UPLIFT = b'"kind":"uplift"'
"""Stands in the line of an uplift's entry, and in no other."""

PULSE_S = 60.0
"""Seconds for the barrier's pulse to be over, which takes one of the board's."""


class Cut(Struct, frozen=True):
    """When the power goes, and what that leaves.

    Attributes:
        flush: At the first flush after the entry was written, or at the second.
        fate: Of what was not flushed.
        recorded: Whether the uplift's entry is there afterwards.
    """

    flush: int
    fate: Fate
    recorded: bool


CUTS = {
    "as the entry is written": Cut(1, Fate.PARTLY, recorded=False),
    "as its commit is written, which is lost": Cut(2, Fate.LOST, recorded=False),
    "as its commit is written, which lands": Cut(2, Fate.KEPT, recorded=True),
}


class At:
    """Cuts the power at a flush: what `Disk.on_flush` wants."""

    def __init__(self, flush: int) -> None:
        self._left = flush
        self._seen = False

    def __call__(self, cache: list[tuple[int, bytes]]) -> None:
        self._seen = self._seen or in_cache(cache, UPLIFT)
        if self._seen:
            self._left -= 1
            if not self._left:
                raise PowerCut


def interrupted_in_commit(gate: Gate, disk: Disk, card: Card, flush: int) -> None:
    """A visit up to its commit, in which the power goes."""
    gate.start()
    gate.to_signing("Aroha Ngata", "L001", key="1")
    disk.on_flush = At(flush)
    gate.reader.lay(card)
    assert disk.was_cut.wait(PATIENCE_S), "expected the uplift's entry to be written"


def goes_on(gate: Gate, disk: Disk, yard: Yard, load: str, key: str) -> None:
    """The kiosk comes up again; the barrier stays down until an uplift is approved."""
    barrier = gate.wiring.barrier
    machine = gate.machine
    assert (machine.function(barrier.bcm), machine.level(barrier.bcm)) == (INPUT, 0)
    gate.start()
    assert (machine.function(barrier.bcm), machine.level(barrier.bcm)) == (OUTPUT, 0)
    assert "sound: every entry is as it was written" in machine.board.run("sealgate", "ledger", "verify")
    person = yard.person("Mere Paraone")
    gate.to_signing(person.name, load, key)
    assert levels(machine.changes, barrier.bcm) == []
    gate.tap(person.card, "THE GATE OPENS")
    machine.wait_for(lambda changes: levels(changes, barrier.bcm) == [True, False], PULSE_S)
    gate.drive_out()
    assert gate.stop() == 0
    assert "sound: every entry is as it was written" in machine.board.run("sealgate", "ledger", "verify")
    machine.board.run("umount", DATA)


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_power_cut_in_the_middle_of_a_commit_loses_nothing_that_was_acknowledged(
    tmp_path: Path, board_files: Path, cut: Cut
) -> None:
    data, yard = sample_data(tmp_path)
    order = threading.RLock()
    disk = Disk(disk_with(data, tmp_path / "disk.img"), order, seed=cut.flush)
    with Machine(tmp_path / "board", board_files, disk, order) as machine, gate_on(machine, yard) as gate:
        interrupted_in_commit(gate, disk, yard.person("Aroha Ngata").card, cut.flush)
        assert levels(machine.changes, gate.wiring.barrier.bcm) == []
    acknowledged = lines(disk.durable(), tmp_path / "acknowledged")
    disk.on_flush = lambda _: None
    assert disk.lose_power(cut.fate) > 0
    found = ledger_on(disk.durable(), tmp_path / "found")
    assert ("uplift" in story(found)) is cut.recorded

    with Machine(tmp_path / "again", board_files, disk, order) as machine, gate_on(machine, yard) as gate:
        goes_on(gate, disk, yard, "L007", key="1")
    ledger = ledger_on(disk.durable(), tmp_path / "at-end")
    assert verify(ledger).ok
    entries = list(read_entries(ledger))
    assert [entry.digest for entry in entries[: len(acknowledged)]] == [entry.digest for entry in acknowledged]
    first = ["genesis", "kiosk-started", "visit-opened", *(["uplift"] if cut.recorded else [])]
    again = ["kiosk-started", "visit-opened", "uplift", "passage", "kiosk-stopped"]
    assert story(ledger) == [*first, "interrupted", *again]
    assert [entry.body["reason"] for entry in entries if entry.kind == "interrupted"] == ["POWER_LOST"]


def lines(disk: bytes, folder: Path) -> list[LedgerEntry]:
    """The entries that are on a disk for good."""
    return list(read_entries(ledger_on(disk, folder)))
