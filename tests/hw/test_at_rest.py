"""What is left to do when the kiosk was killed: a program that loads next to nothing puts its outputs to rest."""

import subprocess
import sys
from pathlib import Path

import pytest

from hw.at_rest import NOTE, main, noted_for_the_manager, noting, put_to_rest
from hw.bench.pins import PinChange
from hw.boards import board_names, load_board
from hw.errors import DeviceFault
from hw.pins import Direction, Level, OutputLine, Pull
from hw.rpi_pins import RpiPins
from tests.hw.rpi_gpio_stand_in import GpioStandIn

IN, OUT, LOW, HIGH = Direction.IN, Direction.OUT, Level.LOW, Level.HIGH
RELAY, BUZZER = OutputLine("barrier relay", 17), OutputLine("buzzer", 25, active=LOW)

HEAVY = ("msgspec", "typing", "tomllib", "kiosk.site", "hw.boards", "hw.pins", "structlog")
"""Modules that take a Pi too long to load when a barrier's pulse is to be ended."""


def killed_while_driving(gpio: GpioStandIn, note: Path) -> None:
    """A kiosk that was killed with its relay and its buzzer energised."""
    pins = noting([RELAY, BUZZER], note, lambda: RpiPins(extra="pi", load=lambda: gpio))()
    for line in (RELAY, BUZZER):
        pins.claim_output(line)
        pins.drive(line, line.active)
    gpio.forget_process()


def test_what_a_killed_kiosk_left_energised_comes_to_rest_the_barrier_first(tmp_path: Path) -> None:
    gpio, note = GpioStandIn(), tmp_path / NOTE
    killed_while_driving(gpio, note)
    before = len(gpio.changes)
    assert put_to_rest(note, gpio) == []
    assert gpio.changes[before:] == [
        PinChange(17, OUT, LOW),
        PinChange(17, IN, LOW),
        PinChange(25, OUT, HIGH),
        PinChange(25, IN, HIGH),
    ]
    assert (gpio.registers[17].pull, gpio.registers[25].pull) == (gpio.PUD_DOWN, gpio.PUD_UP)


def test_a_pin_that_does_not_obey_is_told_and_keeps_no_other_from_its_rest(tmp_path: Path) -> None:
    gpio, note = GpioStandIn(failures={("setup", 17): RuntimeError("no")}), tmp_path / NOTE
    note.write_text("17 low down\n25 high up\n")
    assert put_to_rest(note, gpio) == ["GPIO 17: expected it to go to rest, got no; lower the boom by hand"]
    assert gpio.level(25) == 1


@pytest.mark.parametrize("board", board_names())
def test_what_is_noted_are_the_outputs_of_the_boards_wiring(board: str, tmp_path: Path) -> None:
    note, gpio = tmp_path / NOTE, GpioStandIn()
    outputs = load_board(board).wiring.outputs
    noting(outputs, note, lambda: RpiPins(extra="pi", load=lambda: gpio))()
    assert note.read_text().splitlines()[0].split()[0] == str(load_board(board).wiring.barrier.bcm)
    put_to_rest(note, gpio)
    for line in outputs:
        assert gpio.level(line.bcm) == int(line.safe is HIGH)
        pull = {Pull.DOWN: gpio.PUD_DOWN, Pull.UP: gpio.PUD_UP}[line.safe_pull]
        assert gpio.registers[line.bcm].pull == pull


def test_nothing_is_driven_while_it_cannot_be_noted(tmp_path: Path) -> None:
    gpio = GpioStandIn()
    opens = noting([RELAY], tmp_path / "missing" / NOTE, lambda: RpiPins(extra="pi", load=lambda: gpio))
    with pytest.raises(DeviceFault, match=r"to note in .* what is driven"):
        opens()
    assert gpio.calls == []


def test_only_a_service_with_a_runtime_folder_notes_what_it_drives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpio = GpioStandIn()

    def opens() -> RpiPins:
        return RpiPins(extra="pi", load=lambda: gpio)

    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    assert noted_for_the_manager([RELAY], opens) is opens
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    noted_for_the_manager([RELAY], opens)()
    assert (tmp_path / NOTE).read_text() == "17 low down\n"


def test_a_kiosk_that_never_came_to_its_pins_has_nothing_to_put_to_rest(tmp_path: Path) -> None:
    assert main([str(tmp_path / NOTE)]) == 0


def test_the_program_says_what_went_wrong_in_a_line_and_keeps_the_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = tmp_path / NOTE
    note.write_text("17 low down\n")
    assert main([str(note)]) == 3  # this machine has no pins
    assert capsys.readouterr().err.startswith("at_rest: expected to put the outputs to rest, got ")
    assert note.exists()
    assert main([]) == 2


def test_the_program_loads_nothing_that_takes_a_pi_long(tmp_path: Path) -> None:
    """The time itself is measured where the program is described: docs/chaos.md."""
    loaded = "import sys, hw.at_rest; hw.at_rest.main([sys.argv[1]]); print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-I", "-c", loaded, str(tmp_path / NOTE)], capture_output=True, text=True, check=True
    )
    assert not {*HEAVY} & {*run.stdout.split()}
