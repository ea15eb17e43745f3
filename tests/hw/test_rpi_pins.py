"""What the backend asks of RPi.GPIO, call by call, and how it tells of the module's refusals."""

from collections.abc import Callable

import pytest

from hw.errors import DeviceFault
from hw.pins import InputLine, Level, OutputLine, Pull
from hw.rpi_pins import RpiPins
from tests.hw.rpi_gpio_stand_in import GpioStandIn

RELAY = OutputLine("barrier relay", 17, active=Level.LOW)
LAMP = OutputLine("red lamp", 22)
LOOP = InputLine("entry loop", 5, pull=Pull.UP)


def opened(gpio: GpioStandIn, extra: str = "pi") -> RpiPins:
    return RpiPins(extra=extra, load=lambda: gpio)


def test_every_call_of_a_session_is_as_it_should_be() -> None:
    gpio = GpioStandIn()
    with opened(gpio) as pins:
        pins.claim_output(RELAY)
        pins.claim_input(LOOP)
        pins.drive(RELAY, Level.LOW)
        pins.read(LOOP)
        assert pins.detail == "RPi.GPIO 0.7.1 on a Pi 4 Model B"
    assert gpio.calls == [
        ("setwarnings", False),
        ("setmode", gpio.BCM),
        ("gpio_function", 17),
        ("setup", 17, gpio.OUT, {"initial": gpio.HIGH}),
        ("gpio_function", 5),
        ("setup", 5, gpio.IN, {"pull_up_down": gpio.PUD_UP}),
        ("output", 17, gpio.LOW),
        ("input", 5),
        ("output", 17, gpio.HIGH),
        ("setup", 17, gpio.IN, {"pull_up_down": gpio.PUD_UP}),
        ("cleanup", (5,)),
    ]


def refusing(error: Exception) -> Callable[[], object]:
    def load() -> object:
        raise error

    return load


@pytest.mark.parametrize(
    ("error", "got", "mend"),
    [
        (ModuleNotFoundError("No module named 'RPi'", name="RPi"), "no module RPi is installed", "sealgate[pi5]"),
        (ModuleNotFoundError("No module named 'lgpio'", name="lgpio"), "no module lgpio is installed", "sealgate[pi5]"),
        (ImportError("undefined symbol: foo"), "undefined symbol: foo", "pip uninstall RPi.GPIO rpi-lgpio"),
        (
            RuntimeError("This module can only be run on a Raspberry Pi!"),
            "This module can only be run on a Raspberry Pi!",
            "run the kiosk on a Raspberry Pi 3, 4 or 5, with the extra 'pi5'",
        ),
        (
            NotImplementedError("This module does not understand old-style revision codes"),
            "This module does not understand old-style revision codes",
            "run the kiosk on a Raspberry Pi 3, 4 or 5",
        ),
        (
            FileNotFoundError(2, "No such file or directory", ".lgd-nfy-3"),
            "[Errno 2] No such file or directory: '.lgd-nfy-3'",
            "a folder that it may write to",
        ),
    ],
)
def test_a_module_that_is_missing_or_refuses_is_a_fault_with_its_mend(error: Exception, got: str, mend: str) -> None:
    with pytest.raises(DeviceFault) as caught:
        RpiPins(extra="pi5", load=refusing(error))
    assert caught.value.got == got
    assert mend in caught.value.mend
    assert "\n" not in str(caught.value)


def test_on_this_machine_the_module_is_missing_or_refuses_and_the_fault_says_so() -> None:
    with pytest.raises(DeviceFault) as caught:
        RpiPins(extra="pi")
    assert caught.value.got in (
        "no module RPi is installed",
        "This module can only be run on a Raspberry Pi!",
    )
    assert "the extra 'pi'" in caught.value.mend or "sealgate[pi]" in caught.value.mend


@pytest.mark.parametrize(
    ("message", "mend"),
    [
        ("No access to /dev/mem.  Try running as root!", "group gpio"),
        ("Cannot determine SOC peripheral base address", "install the extra 'pi5'"),
        ("Mmap of GPIO registers failed", "sealgate doctor"),
    ],
)
def test_registers_that_cannot_be_reached_are_a_fault_with_its_mend(message: str, mend: str) -> None:
    gpio = GpioStandIn(setup_failure=message)
    with opened(gpio) as pins, pytest.raises(DeviceFault) as caught:
        pins.claim_output(RELAY)
    assert caught.value.got == message
    assert mend in caught.value.mend
    assert gpio.changes == []


def test_another_numbering_in_force_is_a_fault() -> None:
    gpio = GpioStandIn()
    gpio.setmode(gpio.BOARD)
    with pytest.raises(DeviceFault, match="A different mode has already been set!"):
        opened(gpio)


@pytest.mark.parametrize(
    ("bcm", "function", "use"),
    [(15, 4, "a serial port"), (2, 4, "I2C"), (9, 4, "SPI"), (12, 4, "PWM"), (18, 2, "another function")],
)
def test_a_pin_that_the_chip_uses_otherwise_is_refused_and_left_alone(bcm: int, function: int, use: str) -> None:
    gpio = GpioStandIn()
    gpio.registers[bcm].function = function
    with opened(gpio) as pins, pytest.raises(DeviceFault) as caught:
        pins.claim_output(OutputLine("buzzer", bcm))
    assert caught.value.got == f"the chip uses it for {use}"
    assert gpio.registers[bcm].function == function
    assert [call[0] for call in gpio.calls] == ["setwarnings", "setmode", "gpio_function"]


def test_one_pin_that_fails_at_closing_does_not_keep_the_others_energised() -> None:
    gpio = GpioStandIn()
    pins = opened(gpio)
    for line in (LAMP, RELAY):
        pins.claim_output(line)
        pins.drive(line, line.active)
    pins.claim_input(LOOP)
    gpio.failures = {("output", 22): RuntimeError("no"), ("setup", 22): RuntimeError("no")}
    with pytest.raises(DeviceFault, match="red lamp: expected GPIO 22 to go low, got no"):
        pins.close()
    assert gpio.calls[-5:] == [
        ("output", 22, gpio.LOW),
        ("setup", 22, gpio.IN, {"pull_up_down": gpio.PUD_DOWN}),
        ("output", 17, gpio.HIGH),
        ("setup", 17, gpio.IN, {"pull_up_down": gpio.PUD_UP}),
        ("cleanup", (5,)),
    ]


def test_a_fault_at_closing_is_noted_on_what_led_there_and_does_not_hide_it() -> None:
    gpio = GpioStandIn()

    def fail_twice() -> None:
        with opened(gpio) as pins:
            pins.claim_output(LAMP)
            gpio.failures = {("output", 22): RuntimeError("no")}
            pins.read(LOOP)

    with pytest.raises(DeviceFault, match="GPIO 5 to be claimed") as caught:
        fail_twice()
    assert [note.partition(";")[0] for note in caught.value.__notes__] == [
        "and at closing, red lamp: expected GPIO 22 to go low, got no"
    ]


class LgpioError(Exception):
    """As lgpio.error: derived from Exception alone."""


class LgpioModule:
    error = LgpioError


def test_an_error_of_lgpio_under_rpi_lgpio_is_a_fault_too() -> None:
    gpio = GpioStandIn(failures={("setup", 17): LgpioError("'GPIO busy'")})
    gpio.lgpio = LgpioModule  # type: ignore[attr-defined]
    with opened(gpio, "pi5") as pins:
        assert pins.detail == "rpi-lgpio (API of RPi.GPIO 0.7.1) on a Pi 4 Model B"
        with pytest.raises(DeviceFault, match=r"GPIO busy.*stop the other program") as caught:
            pins.claim_output(OutputLine("barrier relay", 17))
    assert isinstance(caught.value.__cause__, LgpioError)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda gpio: gpio.output(17, 1),
        lambda gpio: gpio.input(17),
        lambda gpio: gpio.setup(17, gpio.OUT),
    ],
)
def test_the_stand_in_refuses_as_the_module_does_before_it_is_told_the_numbering(
    misuse: Callable[[GpioStandIn], object],
) -> None:
    with pytest.raises(RuntimeError, match="Please set pin numbering mode"):
        misuse(GpioStandIn())


def test_the_stand_in_shows_the_blip_of_an_output_without_its_first_level() -> None:
    gpio = GpioStandIn()
    gpio.setmode(gpio.BCM)
    gpio.setup(17, gpio.OUT)
    gpio.output(17, gpio.HIGH)
    assert [(change.direction.value, change.level.value) for change in gpio.changes] == [
        ("out", "low"),
        ("out", "high"),
    ]


def test_the_stand_in_warns_of_a_pin_in_use_as_the_module_does() -> None:
    gpio = GpioStandIn()
    gpio.setmode(gpio.BCM)
    gpio.registers[17].function = 1
    with pytest.warns(RuntimeWarning, match="This channel is already in use"):
        gpio.setup(17, gpio.OUT)
