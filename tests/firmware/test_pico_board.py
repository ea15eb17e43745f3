"""What reader/boards/pico.py asks of its chip; that a chip does it no test here shows."""

import json
from typing import Any

import pytest

from sealwire.frames import DATA, Frame
from sealwire.link import WINDOW
from sealwire.messages import UpdateChunk, to_bytes
from tests.firmware.interpreter import ROOT, run

UPDATE_CHUNK_BYTES = 512

Call = tuple[str, str, list[Any], dict[str, str]]


def calls(link: str) -> list[Call]:
    return [tuple(call) for call in json.loads(run(ROOT / "tests/firmware/device/pico_board.py", link))]


def arguments(calls: list[Call], part: str, asked: str) -> dict[str, str]:
    """By name, of the one call of its kind."""
    (found,) = (names for what, did, _, names in calls if (what, did) == (part, asked))
    return found


def test_the_data_port_on_usb_is_beside_the_repl_and_has_the_names_that_the_kiosk_finds_it_by() -> None:
    asked = arguments(calls("usb"), "USB", "init")
    assert (asked["builtin_driver"], asked["manufacturer_str"]) == ("True", "Sealgate")
    assert (asked["product_str"], asked["serial_str"]) == ("Sealgate seal reader", "1516")


def test_usb_is_told_that_the_reader_takes_its_power_from_the_cable() -> None:
    assert int(arguments(calls("usb"), "USB", "init")["max_power_ma"]) == 500, "else it says that it feeds itself"


def test_the_uart_holds_all_that_a_kiosk_has_under_way_while_nobody_looks_at_it() -> None:
    longest = Frame(DATA, 1, 1, 1, to_bytes(UpdateChunk(1, bytes(range(1, 256)) * 2 + b"12"))).to_wire()
    assert int(arguments(calls("uart"), "UART 1", "made")["rxbuf"]) >= WINDOW * len(longest)


def test_no_byte_that_comes_stops_the_program() -> None:
    assert ("interrupt key", "set", [-1], {}) in calls("usb")


@pytest.mark.parametrize(("pin", "levels"), [("Pin 16", [0, 1, 1, 0]), ("Pin 17", [0, 0, 1, 1])])
def test_amber_is_green_and_red_together(pin: str, levels: list[int]) -> None:
    assert [places[0] for what, did, places, _ in calls("uart") if (what, did) == (pin, "value")] == levels


def test_a_tone_sounds_at_its_pitch_as_loud_as_the_volume_says_and_zero_is_silence() -> None:
    asked = [(did, places) for what, did, places, _ in calls("uart") if what == "PWM" and did != "made"]
    assert asked == [("freq", [900]), ("duty_u16", [640]), ("duty_u16", [0])]
