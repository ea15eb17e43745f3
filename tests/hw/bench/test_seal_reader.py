"""The bench's seal reader does to its firmware what a board would, and leaves nothing behind."""

from pathlib import Path

import pytest

from hw.bench import seal_reader
from hw.bench.seal_reader import SealReaderBench
from sealwire.messages import Config
from tests.firmware.interpreter import micropython

LIMIT_S = 10.0
SSI = Config(Config.SSI, 9600, "\r", 7)

SLEEPS = "import time\ntime.sleep(100)\n"
RESETS = "import sys\nsys.exit(3)\n"
FAILS = "raise ValueError\n"
FEEDS_ONCE = """
import os, time
from reader.boards.unix import Board
board = Board()
dog = board.watchdog(300)
dog.feed()
time.sleep(100)
"""


def script(folder: Path, text: str) -> Path:
    path = folder / "main.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize("config", [None, SSI], ids=["lines", "ssi"])
def test_a_reader_that_is_taken_away_leaves_only_its_folder(tmp_path: Path, config: Config | None) -> None:
    bench = SealReaderBench(tmp_path, micropython(), config=config)
    assert bench.wait_until(lambda: bench.lamp != 0, LIMIT_S)
    folders = [bench.port.parent, bench.scanner.path.parent, bench._panel.path.parent, bench._reader_end.path.parent]
    bench.close()
    bench.close()
    assert not any(folder.exists() for folder in folders)
    assert {file.name for file in tmp_path.iterdir()} == {"flash", "console.log"}


def test_a_reader_can_be_taken_away_at_any_moment(tmp_path: Path) -> None:
    for _ in range(5):
        SealReaderBench(tmp_path, micropython()).close()
    with SealReaderBench(tmp_path, micropython()) as bench:
        bench.cut_power()
    with SealReaderBench(tmp_path, micropython()) as bench:
        bench.pull_cable()


def test_a_firmware_that_resets_is_started_again(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython(), main=script(tmp_path, RESETS)) as bench:
        assert bench.wait_until(lambda: bench.starts > 3, LIMIT_S)
        assert set(bench.ends) == {3}


def test_a_firmware_that_fails_is_started_again_and_what_it_printed_is_there(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython(), main=script(tmp_path, FAILS)) as bench:
        assert bench.wait_until(lambda: bench.starts > 1, LIMIT_S)
        assert bench.ends[0] == 1
        assert "ValueError" in bench.console


def test_a_watchdog_that_is_not_fed_starts_the_firmware_anew(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython(), main=script(tmp_path, FEEDS_ONCE)) as bench:
        assert bench.wait_until(lambda: bench.bites == 2, LIMIT_S)


def test_without_a_watchdog_a_firmware_may_hang_for_ever(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython(), main=script(tmp_path, SLEEPS)) as bench:
        assert not bench.wait_until(lambda: bench.starts > 1, 1.0)


def test_a_power_cut_ends_the_program_at_once_and_takes_the_port_with_it(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython(), config=SSI) as bench:
        assert bench.wait_until(lambda: bench.lamp != 0, LIMIT_S)
        bench.cut_power()
        assert not bench.port.exists()
        assert not bench.scanner.path.exists()
        assert (bench.lamp, bench.tone, bench.ends) == (0, 0, [])
        bench.power_up()
        assert bench.wait_until(lambda: bench.lamp != 0, LIMIT_S)
        assert bench.port.exists()
        assert bench.starts == 2


def test_a_cable_that_is_out_stays_out_over_a_restart_of_the_firmware(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench:
        bench.pull_cable()
        bench.cut_power()
        bench.power_up()
        assert bench.wait_until(lambda: bench.lamp != 0, LIMIT_S)
        assert not bench.port.exists()
        bench.put_back()
        assert bench.port.exists()


def test_the_kiosk_finds_the_port_under_the_name_that_it_was_given(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython(), link=tmp_path / "reader") as bench:
        assert bench.wait_until(bench.port.exists, LIMIT_S)
        assert bench.port == tmp_path / "reader"
    assert not (tmp_path / "reader").exists()


def test_a_barcode_is_not_read_while_nobody_tells_the_engine_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_reader, "SESSION_WAIT_S", 0.2)
    with SealReaderBench(tmp_path, micropython(), config=SSI, main=script(tmp_path, SLEEPS)) as bench:
        assert not bench.scan(b"SEAL")
