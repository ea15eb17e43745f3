"""The contract of the pins, on an emulated Raspberry Pi: the kiosk's backend on the genuine RPi.GPIO 0.7.1, aarch64.

The tests are those of tests/hw/test_pins_contract.py, unchanged; only the board is another one. The backend runs on
the board in a process of its own; its calls come from here, and what they did is looked at from outside.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hw.bench.pins import PinChange
from hw.pins import Level, Pins, Pull
from tests.hw import test_pins_contract as contract
from tests.hw.test_pins_contract import RELAY, Rig
from tests.pi.guest_pins import GuestPins
from tests.pi.machine import Machine
from tests.pi.pads import Pads

pytestmark = [pytest.mark.pi, pytest.mark.timeout(600)]

globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})


class EmulatedRig:
    """See the contract's Rig."""

    def __init__(self, machine: Machine) -> None:
        self._board = machine.board
        self.pads = Pads(machine)

    def open(self) -> Pins:
        return GuestPins(self._board, self.pads)

    def changes(self) -> Sequence[PinChange]:
        return self.pads.changes()

    def set_input(self, bcm: int, level: Level | None) -> None:
        self.pads.set_input(bcm, level)

    def pull(self, bcm: int) -> Pull:
        return self.pads.pull(bcm)

    def kill(self) -> None:
        self._board.do("kill_pins")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, board_files: Path) -> Iterator[Machine]:
    with Machine(tmp_path_factory.mktemp("board"), board_files) as machine:
        yield machine


@pytest.fixture
def rig(machine: Machine) -> Iterator[Rig]:
    made = EmulatedRig(machine)
    yield made
    made.kill()
    made.pads.close()


def test_the_library_is_the_genuine_one_and_finds_a_pi_3(rig: EmulatedRig) -> None:
    with rig.open() as pins:
        assert pins.detail == "RPi.GPIO 0.7.1 on a Pi 3 Model B"


def test_qemu_tells_each_change_of_an_output_as_it_happens(machine: Machine, rig: EmulatedRig) -> None:
    told = len(machine.changes)
    with rig.open() as pins:
        pins.claim_output(RELAY)
        pins.drive(RELAY, RELAY.active)
        machine.wait_for(lambda changes: len(changes) > told, 10.0)
    machine.wait_for(lambda changes: len(changes) > told + 1, 10.0)
    assert [(change.bcm, change.high) for change in machine.changes[told:]] == [(17, True), (17, False)]
