"""The electrical rules: the cabinet as it is drawn breaks none, and each planted fault is told."""

import re

import msgspec
import pytest

from hw.boards import board_names, load_board
from scripts.cabinet.circuits import led_volts_at_reset, output_figures
from scripts.cabinet.rules import five_volts_ma, fuse_amps, problems
from scripts.cabinet.source import Cabinet
from scripts.cabinet.written import Fuse, Source, Wire
from tests.cabinet.cabinets import BY_TABLE, ROOT, SOURCE, rewired, with_another, with_part, with_wire


def told(source: Source, board: str = "pi4") -> list[str]:
    return list(problems(Cabinet(source, load_board(board))))


@pytest.mark.parametrize("cabinet", BY_TABLE, ids=lambda cabinet: cabinet.board.name)
def test_the_cabinet_as_it_is_drawn_breaks_no_rule(cabinet: Cabinet) -> None:
    assert list(problems(cabinet)) == []


@pytest.mark.parametrize("board", board_names())
def test_a_site_that_is_wired_otherwise_breaks_no_rule_either(board: str) -> None:
    assert list(problems(rewired(board))) == []


def test_every_board_has_limits() -> None:
    assert set(SOURCE.boards) == set(board_names())


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (with_part("output_channel", led=220), "output board: expected 7.0 mA a pin at most, got 10.5"),
        (
            with_part("output_channel", led=2_200),
            "output board: expected the optocoupler to pass 1.05 mA at least, got 0.35",
        ),
        (
            with_part("output_channel", gate=100_000),
            "output board: expected 10.0 to 20.0 V at the gate, got 5.0 to 7.1",
        ),
        (with_part("supply", volts=12.0, low=10.2, high=14.4), "output board: expected 10.0 to 20.0 V at the gate"),
        (with_part("optocoupler", collector_volts=25.0), "output board: expected an optocoupler for 28.8 V"),
        (with_part("suppressor", stand_off=24.0), "suppressors: expected a stand-off of 28.8 V, got 24.0"),
        (with_part("suppressor", clamping=70.0), "output board: expected a transistor for 70.0 V, got 55.0"),
        (with_part("input_channel", led=1_000), "input board: expected 0.25 W at most in the LED's resistor, got 0.77"),
        (
            with_part("input_channel", pull=470),
            "input board: expected the optocoupler to pass 14.24 mA at least, got 2.63",
        ),
        (
            with_part("input_channel", pin=10_000),
            "input board: expected 0.8 V at most at a closed contact's pin, got 1.20",
        ),
        (with_part("input_channel", pin=330), "input board: expected 7.0 mA a pin at most, got 10.0"),
        (with_part("fusing", load=0.4), r"F1: expected 0.80 A at most, got 1.25"),
        (with_part("supply", amps=3.0), r"F1: expected a supply of 4.2 A to open it"),
        (with_part("supply", share=0.5), r"G1: expected 2.5 A at most, got 3.21"),
        (with_part("five_volts", amps=4.0), "pi5: expected 4.0 A at most of 5 V, got 4.80"),
        (with_wire(525, mm2=0.25), r"G2: expected 4.9 V at least at the Pi's plug, got 4.90|got 4.8"),
        (with_wire(523, mm2=0.14), r"wire 523: expected one that bears 2.0 A, behind F1; got 0.14 mm²"),
        (with_wire(521, mm2=0.75), r"wire 521: expected one that bears 7.5 A, behind G1; got 0.75 mm²"),
        (with_wire(211, start="X4:6"), r"K1:A1: expected it behind F2, got another way to it"),
        (with_wire(202, end="X2:1"), r"X2:1: expected 1 wire at most, got 202, 522"),
        (with_wire(101, end="A2:IN9"), r"wire 101: expected a terminal that is there, got A2:IN9"),
        (with_wire(102, number=101), r"wire 101: expected its number once, got it 2 times"),
        (with_wire(102, colour=""), r"wire 102: expected a colour and mm2, or a cable"),
        (with_wire(332, end="A3:C2"), r"A3:C3: expected a wire to it, got none"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_planted_fault_is_told(source: Source, words: str) -> None:
    board = "pi5" if words.startswith("pi5") else "pi4"
    assert any(re.match(words, problem) for problem in told(source, board)), told(source, board)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (with_wire(121, end="A4:TX"), "expected one source and a reader of a signal"),
        (with_wire(123, end="A4:VCC"), r"expected terminals of one kind to be joined.*A1:2 \(5V\)"),
        (with_wire(111, end="A3:C1"), r"expected terminals of one kind to be joined.*A3:C1 \(wetted\)"),
        (with_wire(201, end="A2:3V3"), r"expected terminals of one kind to be joined.*A2:3V3 \(3V3\)"),
        (
            with_wire(474, end="U4:A"),
            r"expected terminals of one kind to be joined.*U3:T-.*seal reader on a long cable",
        ),
    ],
)
def test_what_must_not_be_joined_is_told(source: Source, words: str) -> None:
    assert any(re.search(words, problem) for problem in told(source))


def test_a_lamp_on_the_serial_port_is_told() -> None:
    stray = Wire(999, "A1:8", "A2:IN2", colour="WH", mm2=0.25)
    assert "GPIO 14: expected the card reader alone on the serial port, got A2:IN2" in {
        re.sub(r"got (A1:15|A2:IN2)", "got A2:IN2", problem) for problem in told(with_another(stray))
    }


def test_a_contact_of_somebody_else_in_the_barriers_circuit_is_told() -> None:
    for wire in (with_wire(215, end="A9:OPEN"), with_wire(214, end="X3:3")):
        assert any(problem.startswith("barrier: expected the relay's open contact alone") for problem in told(wire))


def test_a_barrier_that_reset_would_energise_is_told() -> None:
    """With a resistor of 1 MΩ the chip's own pull wins."""
    problem = next(
        problem
        for problem in problems(rewired(source=with_part("output_channel", hold=1_000_000)))
        if "reset" in problem
    )
    assert "at its LED at reset" in problem
    assert "it could be energised" in problem


@pytest.mark.parametrize("board", board_names())
def test_the_resistors_hold_every_output_whatever_the_chip_pulls(board: str) -> None:
    """For each pin of the header, with either level."""
    for active in ("high", "low"):
        for bcm in range(4, 28):
            if bcm in {14, 15, 22, 23, 24, 25, 5, 6, 16}:
                continue
            line = {"bcm": bcm, "active": active, "held_outside": True}
            cabinet = Cabinet(SOURCE, load_board(board, {"barrier": line}))
            volts = led_volts_at_reset(cabinet, cabinet.board.wiring.barrier)
            assert volts < SOURCE.optocoupler.led_off_volts


def test_a_line_on_the_pins_of_a_bridging_supply_is_told() -> None:
    cabinet = Cabinet(SOURCE, load_board("pi4", {"tamper": {"bcm": 2, "active": "high", "pull": "up"}}))
    assert "GPIO 2: expected it left to a bridging supply on the header (ups_hat), got a line of the gate" in list(
        problems(cabinet)
    )


def test_too_much_on_usb_is_told_and_a_hub_that_is_not_needed_too() -> None:
    more = tuple(msgspec.structs.replace(draw, ma=600) if draw.device == "A5" else draw for draw in SOURCE.usb)
    source = msgspec.structs.replace(SOURCE, usb=more)
    assert "pi4: expected 1200 mA at most of USB, got 1300: a hub with a supply is needed" in told(source)
    assert told(source, "pi5") == []
    variant = msgspec.structs.replace(SOURCE.variants["reader-usb"], hub=("pi3", "pi4", "pi5"))
    source = msgspec.structs.replace(SOURCE, variants={**SOURCE.variants, "reader-usb": variant})
    assert any("expected no hub" in problem for problem in told(source, "pi5"))


def test_a_fuse_that_is_too_small_is_told() -> None:
    fuses = tuple(Fuse("F2", 0.5) if fuse.name == "F2" else fuse for fuse in SOURCE.fuses)
    assert "F2: expected 0.40 A at most, got 0.69" in told(msgspec.structs.replace(SOURCE, fuses=fuses))


def test_the_sums_are_those_of_their_parts() -> None:
    cabinet = BY_TABLE[1]
    assert cabinet.board.name == "pi4"
    assert fuse_amps(cabinet)["F4"] == pytest.approx(1.0)
    assert fuse_amps(cabinet)["F1"] == pytest.approx(5.1 * 5 / 0.85 / 24)
    assert five_volts_ma(cabinet) == (1200, 1200 + 1800 + 200)
    assert output_figures(cabinet).led_ma_most == pytest.approx((3.3 - 1.0) / 470 * 1000)


def test_the_seal_readers_wires_are_on_the_pins_that_its_firmware_uses() -> None:
    text = (ROOT / "firmware/reader/boards/pico.py").read_text(encoding="utf-8")
    used = {int(number) for number in re.findall(r"machine\.Pin\((\d+)", text)}
    ends = {end for wire in SOURCE.wires for end in (wire.start, wire.end)}
    assert {int(end.removeprefix("A6:GP")) for end in ends if end.startswith("A6:GP")} == used
    wired = {frozenset((wire.start, wire.end)) for wire in SOURCE.wires}
    assert "tx=machine.Pin(0), rx=machine.Pin(1)" in text
    assert {frozenset(("A6:GP0", "A11:RX")), frozenset(("A6:GP1", "A11:TX"))} <= wired
    assert '"tx": machine.Pin(4), "rx": machine.Pin(5)' in text
    assert {frozenset(("A6:GP4", "U4:DI")), frozenset(("A6:GP5", "U4:RO"))} <= wired
    assert {frozenset(("A6:GP14", "S2:1")), frozenset(("A6:GP18", "P2:IN"))} <= wired
    assert {frozenset(("A6:GP16", "H2:GREEN")), frozenset(("A6:GP17", "H2:RED"))} <= wired
