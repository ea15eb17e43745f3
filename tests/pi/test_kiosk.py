"""The whole kiosk on an emulated Raspberry Pi 3B: `sealgate kiosk`, its own drivers, the genuine libraries."""

import threading
from pathlib import Path

import pytest

from kiosk.demo.yard import CLONE
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.verify import verify
from tests.pi.at_the_gate import DATA, gate_on, levels
from tests.pi.disk import Disk
from tests.pi.figures import Figure
from tests.pi.machine import INPUT, OUTPUT, Change, Machine
from tests.pi.sample import disk_with, sample_data
from tests.pi.told import connected, ledger_on, story

pytestmark = [pytest.mark.pi, pytest.mark.timeout(1800)]

PULSE_S = 30.0
"""Seconds for the barrier's pulse to be over, which takes one of the board's."""


def _seconds_to(entry: LedgerEntry, since: float) -> str:
    return f"{entry.time.timestamp() - since:.2f} s"


def test_one_uplift_is_approved_and_one_clone_refused_with_the_barrier_watched_from_outside(
    tmp_path: Path, board_files: Path, figures: list[Figure]
) -> None:
    data, yard = sample_data(tmp_path)
    order = threading.RLock()
    disk = Disk(disk_with(data, tmp_path / "disk.img"), order)
    at_opening: list[bytes] = []

    with Machine(tmp_path / "board", board_files, disk, order) as machine:
        up = machine.board.do("clock")["up"]
        with gate_on(machine, yard) as gate:
            barrier = gate.wiring.barrier

            def keep_disk(change: Change) -> None:
                if change.bcm == barrier.bcm and change.high:
                    at_opening.append(disk.durable())

            machine.on_change = keep_disk
            assert (machine.function(barrier.bcm), machine.level(barrier.bcm)) == (INPUT, 0)
            asked, serves = gate.start()
            assert (machine.function(barrier.bcm), machine.level(barrier.bcm)) == (OUTPUT, 0)

            clone_laid, _ = gate.tap(yard.impostor(CLONE).card, "Stay here. Call the gatehouse.")
            gate.press("Enter", "Put your driver card on the reader.")
            tapped, answered = gate.to_signing("Aroha Ngata", "L001", key="1")
            assert [each for each in machine.changes if each.bcm == barrier.bcm] == []
            signed, _ = gate.tap(yard.person("Aroha Ngata").card, "THE GATE OPENS")
            machine.wait_for(lambda changes: levels(changes, barrier.bcm) == [True, False], PULSE_S)
            gate.drive_out()
            used = machine.board.do("status", pid=gate.pid)
            assert gate.stop() == 0
            assert (machine.function(barrier.bcm), machine.level(barrier.bcm)) == (INPUT, 0)
            assert levels(machine.changes, barrier.bcm) == [True, False]
            assert gate.uart is not None
            assert gate.uart.speeds[:2] == [115_200, 921_600]
            assert "sound: every entry is as it was written" in machine.board.run("sealgate", "ledger", "verify")
        machine.board.run("umount", DATA)

    [opening] = at_opening
    opened_by = ledger_on(opening, tmp_path / "at-opening")
    assert story(opened_by) == ["genesis", "kiosk-started", "refusal", "visit-opened", "uplift"]
    assert verify(opened_by).ok
    assert connected(opened_by) == {"seal scanner": "0403:6001 SCANNER"}

    at_end = ledger_on(disk.durable(), tmp_path / "at-end")
    assert story(at_end) == [*story(opened_by), "passage", "kiosk-stopped"]
    kinds = {entry.kind: entry for entry in read_entries(at_end)}
    assert kinds["refusal"].body["reason"] == "CARD_CLONED"
    figures += [
        Figure("power-on to the first program", f"{up:.1f} s ({machine.boot_s:.0f} s by the host's clock)"),
        Figure("`sealgate kiosk` to kiosk-started in the ledger", _seconds_to(kinds["kiosk-started"], asked)),
        Figure("`sealgate kiosk` to the screen that invites a card", f"{serves - asked:.2f} s"),
        Figure("card laid on to visit-opened in the ledger", _seconds_to(kinds["visit-opened"], tapped)),
        Figure("card laid on to the driver's name on the screen", f"{answered - tapped:.2f} s"),
        Figure("clone laid on to its refusal in the ledger", _seconds_to(kinds["refusal"], clone_laid)),
        Figure("signing tap to uplift in the ledger", _seconds_to(kinds["uplift"], signed)),
        Figure("memory of the kiosk after one visit (VmRSS)", f"{used['VmRSS'] / 1024:.0f} MiB"),
        Figure("most memory of the kiosk (VmHWM)", f"{used['VmHWM'] / 1024:.0f} MiB"),
    ]
