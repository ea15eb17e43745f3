"""What every backend of the pins must do, over RPi.GPIO's API and over the bench pins. Whole lists are compared."""

from collections.abc import Callable, Sequence
from typing import Protocol

import pytest

from hw.bench.pins import BenchBoard, PinChange
from hw.errors import DeviceFault
from hw.pins import Direction, InputLine, Level, OutputLine, Pins, Pull
from hw.rpi_pins import RpiPins
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


@pytest.fixture(params=[RpiRig, BenchRig], ids=["rpi", "bench"])
def rig(request: pytest.FixtureRequest) -> Rig:
    made: Callable[[], Rig] = request.param
    return made()


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
