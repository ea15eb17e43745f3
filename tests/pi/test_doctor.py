"""`sealgate doctor` on an emulated Raspberry Pi: what it says of a genuine kernel's board, pins and GPIO lines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.yard import SAMPLE_SITE
from tests.pi.machine import Machine

pytestmark = [pytest.mark.pi, pytest.mark.timeout(600)]

HOLD = """
import fcntl, os, struct, sys, time
chip = os.open("/dev/gpiochip0", os.O_RDWR)
request = bytearray(592)
struct.pack_into("=I", request, 0, 17)                 # offsets[0]
request[256:256 + 7] = b"a stove"                        # consumer
struct.pack_into("=Q", request, 288, 1 << 2)             # config.flags: input
struct.pack_into("=I", request, 560, 1)                  # num_lines
fcntl.ioctl(chip, 0xC250B407, request)
print("held", flush=True)
from kiosk.cli import main
sys.argv[1:] = ["doctor", "--data", "/tmp/data", "--config", "/tmp/site.toml"]
sys.exit(main())
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, board_files: Path) -> Iterator[Machine]:
    with Machine(tmp_path_factory.mktemp("board"), board_files) as machine:
        text = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8").replace('board = "pi4"', 'board = "pi3"')
        machine.board.write("/tmp/site.toml", text.encode())
        machine.board.run("mkdir", "-p", "/tmp/data")
        yield machine


def test_board_library_lines_and_inputs_are_told_and_no_output_is_touched(machine: Machine) -> None:
    machine.put(5, 1)
    machine.put(6, 0)
    machine.put(16, 0)
    before = [machine.function(bcm) for bcm in (17, 22, 23, 24, 25)]
    said = machine.board.run("sealgate", "doctor", "--data", "/tmp/data", "--config", "/tmp/site.toml", code=1)
    assert "ok     board: Raspberry Pi 3 Model B" in said
    assert "note   pins' library: the module RPi.GPIO is there" in said
    assert "ok     pins: nobody has asked the kernel for any of the gate's" in said
    assert "ok     entry loop: free" in said
    assert "note   exit loop: occupied" in said
    assert "ok     cabinet tamper switch: the cabinet is shut" in said
    assert [machine.function(bcm) for bcm in (17, 22, 23, 24, 25)] == before
    assert [change for change in machine.changes if change.bcm in {17, 22, 23, 24, 25}] == []


def test_a_line_that_somebody_has_asked_the_kernel_for_is_told_with_who(machine: Machine) -> None:
    machine.board.write("/tmp/hold.py", HOLD.encode())
    said = machine.board.run("python3", "/tmp/hold.py", code=1)
    assert "WRONG  pins: GPIO 17, the barrier relay's, is held by a stove" in said
