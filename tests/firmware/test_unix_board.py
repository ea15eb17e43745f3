"""The Unix port's board: its ports behave as a UART or USB port of a board does."""

from pathlib import Path

from hw.bench.line import PtyLine
from hw.bench.seal_reader import SealReaderBench
from tests.firmware.interpreter import ROOT, micropython, run

OUT_MOST = 2048
PROMPT_MS = 200
"""A write that waited for the other end would wait for ever; this is for a busy machine."""


def test_a_port_that_nobody_reads_never_holds_the_program_up_and_takes_bounded_room() -> None:
    with PtyLine() as line:
        slowest, waiting = map(int, run(ROOT / "tests/firmware/device/full_port.py", str(line.path)).split())
    assert slowest < PROMPT_MS
    assert 0 < waiting <= OUT_MOST


def test_the_firmware_ends_when_its_bench_is_gone(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench:
        assert bench.wait_until(lambda: bench.lamp != 0, 10.0)
        bench._panel.hang_up()
        assert bench.wait_until(lambda: bench.ends != [], 10.0)
