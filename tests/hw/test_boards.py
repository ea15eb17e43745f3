"""The board tables, against what other sources say of the same boards, and what the loader refuses."""

import tomllib
from importlib.resources import files

import pytest

from hw.boards import HEADER_PINS, board_names, detect_board, load_board, read_board
from hw.errors import DeviceFault
from hw.pins import Level, Pull

HEADER_BY_PLACE = [
    *(-1, -1, -1, 2, -1, 3, -1, 4, 14, -1, 15, 17, 18, 27, -1, 22, 23, -1, 24, 10, -1),
    *(9, 25, 11, 8, -1, 7, -1, -1, 5, -1, 6, 12, 13, -1, 19, 16, 26, 20, -1, 21),
]
"""pin_to_gpio_rev3 of RPi.GPIO 0.7.1, source/common.c. It leaves out places 27 and 28 (GPIO 0 and 1)."""

POWER = {1: "3V3", 17: "3V3", 2: "5V", 4: "5V"} | dict.fromkeys((6, 9, 14, 20, 25, 30, 34, 39), "GND")


def test_there_is_a_table_for_each_board() -> None:
    assert board_names() == ("pi3", "pi4", "pi5")


@pytest.mark.parametrize("name", board_names())
def test_the_header_agrees_with_the_table_in_the_gpio_library(name: str) -> None:
    header = load_board(name).header
    assert [place.pin for place in header] == list(range(1, HEADER_PINS + 1))
    known = {place.pin: -1 if place.bcm is None else place.bcm for place in header}
    assert (known.pop(27), known.pop(28)) == (0, 1)
    assert known == {pin: bcm for pin, bcm in enumerate(HEADER_BY_PLACE) if pin not in (0, 27, 28)}
    assert {place.pin: place.name for place in header if place.bcm is None} == POWER
    assert all(place.name == f"GPIO{place.bcm}" for place in header if place.bcm is not None)


@pytest.mark.parametrize("name", board_names())
def test_pins_are_pulled_at_reset_as_the_data_sheet_says(name: str) -> None:
    pulls = {place.bcm: place.reset_pull for place in load_board(name).header if place.bcm is not None}
    assert pulls == {bcm: Pull.UP if bcm <= 8 else Pull.DOWN for bcm in range(28)}


@pytest.mark.parametrize("name", board_names())
def test_every_output_of_the_default_wiring_rests_from_reset_on(name: str) -> None:
    board = load_board(name)
    assert [board.place(line.bcm).reset_pull for line in board.wiring.outputs] == [
        line.safe_pull for line in board.wiring.outputs
    ]


@pytest.mark.parametrize("name", board_names())
def test_the_extra_of_each_board_is_one_that_the_package_has(name: str) -> None:
    pyproject = tomllib.loads((files("hw") / ".." / "pyproject.toml").read_text(encoding="utf-8"))
    extras = pyproject["project"]["optional-dependencies"]
    wanted = "rpi-lgpio" if name == "pi5" else "RPi.GPIO"
    assert extras[load_board(name).extra][0].startswith(wanted)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Raspberry Pi 3 Model B Rev 1.2\0", "pi3"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3\0", "pi3"),
        ("Raspberry Pi 3 Model B", "pi3"),
        ("Raspberry Pi 4 Model B Rev 1.4\0", "pi4"),
        ("Raspberry Pi 400 Rev 1.0\0", "pi4"),
        ("Raspberry Pi 5 Model B Rev 1.0\0", "pi5"),
        ("Raspberry Pi 500 Rev 1.0\0", "pi5"),
    ],
)
def test_a_board_is_known_by_its_model(model: str, name: str) -> None:
    assert detect_board(model).name == name


@pytest.mark.parametrize("model", ["", "\0", "Raspberry Pi 2 Model B Rev 1.1\0", "Raspberry Pi 4", "Orange Pi 5"])
def test_another_board_is_refused_naming_those_that_would_do(model: str) -> None:
    with pytest.raises(DeviceFault) as caught:
        detect_board(model)
    assert caught.value.expected.startswith("one of Raspberry Pi 3 Model B, ")
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)


def test_an_unknown_name_is_refused_naming_those_that_there_are() -> None:
    with pytest.raises(DeviceFault, match="board: expected one of pi3, pi4, pi5, got 'pi9'"):
        load_board("pi9")


def test_a_site_may_wire_lines_otherwise() -> None:
    wiring = load_board("pi4", {"barrier": {"bcm": 4, "active": "low"}, "exit_loop": {"bcm": 26, "pull": "off"}}).wiring
    assert (wiring.barrier.bcm, wiring.barrier.active, wiring.barrier.safe_pull) == (4, Level.LOW, Pull.UP)
    assert (wiring.exit_loop.bcm, wiring.exit_loop.pull) == (26, Pull.OFF)
    assert wiring.buzzer == load_board("pi4").wiring.buzzer


def test_the_relays_active_level_holds_for_every_output_that_does_not_say() -> None:
    rewired = {"relay_active": "low", "barrier": {"bcm": 4}, "buzzer": {"bcm": 25, "active": "high"}}
    active = [line.active for line in load_board("pi4", rewired).wiring.outputs]
    assert active == [Level.LOW, Level.LOW, Level.LOW, Level.LOW, Level.HIGH]


def test_a_resistor_outside_allows_a_barrier_relay_on_any_pin() -> None:
    rewired = {"barrier": {"bcm": 17, "active": "low", "held_outside": True}}
    assert load_board("pi4", rewired).wiring.barrier.active is Level.LOW


@pytest.mark.parametrize(
    ("rewired", "error"),
    [
        (
            {"barrier": {"bcm": 17, "active": "low"}},
            "barrier relay: expected a pin that is pulled up at reset, for an active-low relay, got GPIO 17, which is "
            "pulled down; use one of GPIO 2, 3, 4, 7, 8, or fit a resistor and say held_outside = true",
        ),
        (
            {"buzzer": {"bcm": 17}},
            "GPIO 17: expected one holder, got barrier relay and buzzer; give one of them another pin in the wiring",
        ),
        (
            {"entry_loop": {"bcm": 15}},
            "GPIO 15: expected one holder, got serial port RX (card reader) and entry loop; "
            "give one of them another pin in the wiring",
        ),
        (
            {"barrier": {"bcm": "17"}},
            "pi4.toml with the site's own wiring: expected `int` in wiring.barrier.bcm, got `str`; correct that line",
        ),
        (
            {"barrier": 17},
            "pi4.toml with the site's own wiring: expected `object` in wiring.barrier, got `int`; correct that line",
        ),
        (
            {"barier": {"bcm": 17}},
            "pi4.toml with the site's own wiring: expected a table that is whole and right in wiring, "
            "got Object contains unknown field `barier`; "
            "correct that line",
        ),
        (
            {"tamper": {"bcm": 12, "invert": True}},
            "pi4.toml with the site's own wiring: expected a table that is whole and right in wiring.tamper, "
            "got Object contains unknown field `invert`; correct that line",
        ),
        (
            {"relay_active": "lo"},
            "pi4.toml with the site's own wiring: expected a table that is whole and right in relay_active, "
            "got Invalid enum value 'lo'; correct that line",
        ),
        (
            {"buzzer": {"bcm": 28}},
            "pi4.toml with the site's own wiring: expected wiring that fits the header, "
            "got buzzer: expected a GPIO (BCM) number from 0 to 27, got 28; correct that line",
        ),
    ],
)
def test_wiring_that_cannot_be_is_refused_in_one_line(rewired: dict[str, object], error: str) -> None:
    with pytest.raises(DeviceFault) as caught:
        load_board("pi4", rewired)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (
            'name = "pi4"',
            "name = ",
            "x.toml: expected TOML, got Invalid value (at line 3, column 8); correct that line",
        ),
        (
            '{ pin = 40, name = "GPIO21"',
            '{ pin = 39, name = "GPIO21"',
            "x.toml: expected the header's pins 1 to 40, each once and in order, got 39 in place of 40; "
            "correct that line",
        ),
        (
            "bcm = 21,",
            "bcm = 20,",
            "GPIO 20: expected one holder, got header pin 38 and header pin 40; "
            "give one of them another pin in the wiring",
        ),
        (
            '{ pin = 11, name = "GPIO17", bcm = 17, reset_pull = "down" }',
            '{ pin = 11, name = "GND" }',
            "x.toml: expected a pin on the header for the barrier relay, got GPIO 17; correct that line",
        ),
        (
            "[wiring]",
            "[wirings]",
            "x.toml: expected a table that is whole and right at the top, "
            "got Object contains unknown field `wirings`; correct that line",
        ),
    ],
)
def test_a_table_that_is_wrong_is_refused_in_one_line(old: str, new: str, error: str) -> None:
    text = (files("hw") / "boards" / "pi4.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    with pytest.raises(DeviceFault) as caught:
        read_board(text.replace(old, new), "x.toml")
    assert str(caught.value) == error
