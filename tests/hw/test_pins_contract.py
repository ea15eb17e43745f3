"""What every backend of the pins must do, over RPi.GPIO's API and over the bench pins. Whole lists are compared."""

import importlib.util
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import pytest

from hw.bench.pins import BenchBoard, PinChange
from hw.errors import DeviceFault
from hw.pins import Direction, InputLine, Level, OutputLine, Pins, Pull
from hw.rpi_pins import RpiPins
from tests.chaos.pads import NOTHING, PINS, Pads
from tests.chaos.pads import OUT as PAD_OUT
from tests.chaos.stage import STAND_IN
from tests.hw.rpi_gpio_stand_in import GpioStandIn

IN, OUT, LOW, HIGH = Direction.IN, Direction.OUT, Level.LOW, Level.HIGH
RELAY = OutputLine("barrier relay", 17)
ACTIVE_LOW_RELAY = OutputLine("barrier relay", 17, active=LOW)
LOOP = InputLine("entry loop", 16, active=LOW, pull=Pull.UP)


class Rig(Protocol):
    """A board seen from outside, with a backend to open its pins."""

    def open(self) -> Pins: ...
    def changes(self) -> Sequence[PinChange]: ...
    def set_input(self, bcm: int, level: Level | None) -> None: ...
    def pull(self, bcm: int) -> Pull: ...
    def kill(self) -> None:
        """The process that had the pins open is gone without closing them."""


class RpiRig:
    def __init__(self) -> None:
        self.gpio = GpioStandIn()

    def open(self) -> Pins:
        return RpiPins(extra="pi", load=lambda: self.gpio)

    def changes(self) -> Sequence[PinChange]:
        return self.gpio.changes

    def set_input(self, bcm: int, level: Level | None) -> None:
        self.gpio.drive_from_outside(bcm, level)

    def pull(self, bcm: int) -> Pull:
        return {20: Pull.OFF, 21: Pull.DOWN, 22: Pull.UP}[self.gpio.registers[bcm].pull]

    def kill(self) -> None:
        self.gpio.forget_process()


class BenchRig:
    def __init__(self) -> None:
        self.board = BenchBoard()

    def open(self) -> Pins:
        return self.board.open()

    def changes(self) -> Sequence[PinChange]:
        return list(self.board.changes)

    def set_input(self, bcm: int, level: Level | None) -> None:
        self.board.set_input(bcm, level)

    def pull(self, bcm: int) -> Pull:
        return self.board.pull(bcm)

    def kill(self) -> None:
        pass


class SharedRig:
    """The stand-in of RPi.GPIO whose registers outlive the process: what the kiosk of a chaos run has."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pads-")
        self._file = Path(self._folder.name, "pads")
        Pads.make(self._file)
        self._pads = Pads(self._file)
        self._seen = 0
        self._shown = {bcm: (Direction.IN, self._pads.pad(bcm).level) for bcm in range(PINS)}
        self._changes: list[PinChange] = []
        self._gpio = self._load()

    def open(self) -> Pins:
        return RpiPins(extra="pi", load=lambda: self._gpio)

    def changes(self) -> Sequence[PinChange]:
        for change in self._pads.since(self._seen):
            self._seen += 1
            self._note(change.bcm, OUT if change.direction == PAD_OUT else IN, change.level)
        return self._changes

    def set_input(self, bcm: int, level: Level | None) -> None:
        self.changes()
        self._pads.put(bcm, NOTHING if level is None else int(level is HIGH))
        self._note(bcm, self._shown[bcm][0], self._pads.pad(bcm).level)

    def pull(self, bcm: int) -> Pull:
        return {20: Pull.OFF, 21: Pull.DOWN, 22: Pull.UP}[self._pads.pad(bcm).pull]

    def kill(self) -> None:
        self._gpio._pads.close()
        self._gpio = self._load()

    def close(self) -> None:
        self._gpio._pads.close()
        self._pads.close()
        self._folder.cleanup()

    def _note(self, bcm: int, direction: Direction, level: int) -> None:
        if self._shown[bcm] != (direction, level):
            self._shown[bcm] = (direction, level)
            self._changes.append(PinChange(bcm, direction, HIGH if level else LOW))

    def _load(self) -> Any:
        """The module, as a process that has just begun finds it."""
        with patch.dict(os.environ, {"CHAOS_PADS": str(self._file)}):
            spec = importlib.util.spec_from_file_location("RPi.GPIO", STAND_IN / "RPi" / "GPIO.py")
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module


@pytest.fixture(params=[RpiRig, BenchRig, SharedRig], ids=["rpi", "bench", "shared"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made: Callable[[], Rig] = request.param
    rig = made()
    yield rig
    if isinstance(rig, SharedRig):
        rig.close()


def test_an_output_is_at_its_safe_level_from_its_first_moment(rig: Rig) -> None:
    with rig.open() as pins:
        pins.claim_output(ACTIVE_LOW_RELAY)
        assert rig.changes() == [PinChange(17, OUT, HIGH)]


def test_an_output_goes_where_it_is_driven_and_is_read_back(rig: Rig) -> None:
    with rig.open() as pins:
        pins.claim_output(RELAY)
        read = []
        for level in (HIGH, HIGH, LOW, HIGH):
            pins.drive(RELAY, level)
            read.append(pins.read(RELAY))
        assert read == [HIGH, HIGH, LOW, HIGH]
        assert rig.changes() == [
            PinChange(17, OUT, LOW),
            PinChange(17, OUT, HIGH),
            PinChange(17, OUT, LOW),
            PinChange(17, OUT, HIGH),
        ]


@pytest.mark.parametrize(
    ("line", "shown", "held"),
    [
        (
            RELAY,
            [PinChange(17, OUT, LOW), PinChange(17, OUT, HIGH), PinChange(17, OUT, LOW), PinChange(17, IN, LOW)],
            Pull.DOWN,
        ),
        (
            ACTIVE_LOW_RELAY,
            [PinChange(17, OUT, HIGH), PinChange(17, OUT, LOW), PinChange(17, OUT, HIGH), PinChange(17, IN, HIGH)],
            Pull.UP,
        ),
    ],
    ids=["active high", "active low"],
)
@pytest.mark.parametrize("error", [None, RuntimeError("a bug"), KeyboardInterrupt()], ids=["stop", "error", "Ctrl-C"])
def test_an_energised_output_is_released_on_every_way_out(
    rig: Rig, line: OutputLine, shown: list[PinChange], held: Pull, error: BaseException | None
) -> None:
    def leave() -> None:
        with rig.open() as pins:
            pins.claim_output(line)
            pins.drive(line, line.active)
            if error is not None:
                raise error

    if error is None:
        leave()
    else:
        with pytest.raises(type(error)):
            leave()
    assert rig.changes() == shown
    assert rig.pull(17) is held


def test_inputs_follow_what_is_put_on_them_and_rest_at_their_pull(rig: Rig) -> None:
    with rig.open() as pins:
        pins.claim_input(LOOP)
        read = [pins.read(LOOP)]
        for level in (LOW, HIGH, None, LOW, None):
            rig.set_input(16, level)
            read.append(pins.read(LOOP))
        assert read == [HIGH, LOW, HIGH, HIGH, LOW, HIGH]
        assert rig.pull(16) is Pull.UP
    assert rig.changes() == [
        PinChange(16, IN, HIGH),
        PinChange(16, IN, LOW),
        PinChange(16, IN, HIGH),
        PinChange(16, IN, LOW),
        PinChange(16, IN, HIGH),
    ]
    assert rig.pull(16) is Pull.OFF


def test_the_same_pin_twice_is_refused_naming_both_holders(rig: Rig) -> None:
    with rig.open() as pins:
        pins.claim_output(RELAY)
        with pytest.raises(DeviceFault) as caught:
            pins.claim_input(InputLine("exit loop", 17))
    assert (caught.value.device, caught.value.got) == ("GPIO 17", "barrier relay and exit loop")
    assert rig.changes() == [PinChange(17, OUT, LOW), PinChange(17, IN, LOW)]


def test_a_pin_that_was_not_claimed_is_neither_driven_nor_read(rig: Rig) -> None:
    with rig.open() as pins:
        with pytest.raises(DeviceFault, match="GPIO 17 to be claimed"):
            pins.drive(RELAY, HIGH)
        with pytest.raises(DeviceFault, match="GPIO 16 to be claimed"):
            pins.read(LOOP)
    assert rig.changes() == []


def test_closing_twice_does_no_harm_and_ends_every_use(rig: Rig) -> None:
    pins = rig.open()
    pins.claim_output(RELAY)
    pins.close()
    pins.close()
    with pytest.raises(DeviceFault, match="GPIO 17 to be claimed"):
        pins.drive(RELAY, HIGH)
    assert rig.changes() == [PinChange(17, OUT, LOW), PinChange(17, IN, LOW)]


def test_pins_can_be_opened_again_after_they_were_closed(rig: Rig) -> None:
    for _ in range(2):
        with rig.open() as pins:
            pins.claim_output(RELAY)
            pins.claim_input(LOOP)
    assert [change for change in rig.changes() if change.bcm == 17] == [
        PinChange(17, OUT, LOW),
        PinChange(17, IN, LOW),
    ] * 2


def test_what_a_killed_process_left_energised_comes_to_rest_at_the_next_start(rig: Rig) -> None:
    killed = rig.open()
    killed.claim_output(ACTIVE_LOW_RELAY)
    killed.drive(ACTIVE_LOW_RELAY, LOW)
    rig.kill()
    before = len(rig.changes())
    with rig.open() as pins:
        pins.claim_output(ACTIVE_LOW_RELAY)
        assert rig.changes()[before:] == [PinChange(17, OUT, HIGH)]
