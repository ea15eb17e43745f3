"""A reader with its firmware in MicroPython, and a kiosk at its cable."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from hw.bench.seal_reader import SealReaderBench
from sealwire.messages import Config
from tests.firmware.interpreter import micropython
from tests.firmware.kiosk_end import KioskEnd

SSI = Config(Config.SSI, 9600, "\r", 7)
LINES = Config(Config.LINES, 9600, "\r", 7)


class StartReader(Protocol):
    def __call__(self, config: Config | None = None, **arguments: Any) -> tuple[SealReaderBench, KioskEnd]: ...


@pytest.fixture
def start_reader(tmp_path: Path) -> Iterator[StartReader]:
    """Start a reader on a flash of this test's own, and connect a kiosk to it."""
    with ExitStack() as stack:

        def start(config: Config | None = None, **arguments: Any) -> tuple[SealReaderBench, KioskEnd]:
            bench = stack.enter_context(SealReaderBench(tmp_path, micropython(), config=config, **arguments))
            return bench, stack.enter_context(KioskEnd(bench.port))

        yield start


@pytest.fixture(params=[LINES, SSI], ids=["lines", "ssi"])
def either_engine(request: pytest.FixtureRequest) -> Config:
    """The firmware's two kinds of scan engine."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def reader_main(tmp_path: Path) -> Callable[[str], Path]:
    """Make a script that starts the reader with something changed in it; the board is `board`, the reader `app`."""

    def make(change: str) -> Path:
        script = tmp_path / "main.py"
        script.write_text(
            "import asyncio\nfrom reader.boards.unix import Board\nfrom reader.app import App\n"
            f"board = Board()\napp = App(board)\n{change}\nasyncio.run(app.main())\n"
        )
        return script

    return make
