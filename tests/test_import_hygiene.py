"""What a room loads, seen from a fresh interpreter: contracts name modules, this sees what really comes."""

import os
import subprocess
import sys

import pytest

EDGES = {"textual", "serial", "nfc", "RPi", "tinydb", "asyncio", "biip"}


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that are loaded after a statement in a fresh interpreter."""
    code = f"import sys; {statement}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "module", ["lane", "visit", "decisions", "rules", "entries", "roster", "records", "events", "effects", "plan"]
)
def test_core_loads_no_library_of_the_edges(module: str) -> None:
    assert not loaded_by(f"import kiosk.core.{module}") & (EDGES | {"drivers", "hw", "structlog"})


def test_the_screen_loads_neither_devices_nor_files() -> None:
    assert not loaded_by("import kiosk.ui.driver.app") & {"serial", "nfc", "RPi", "tinydb", "drivers", "hw"}


@pytest.mark.parametrize(("asked", "drawn"), [(None, "250"), ("30", "30")])
def test_the_screen_may_draw_at_once_unless_the_machine_is_set_otherwise(asked: str | None, drawn: str) -> None:
    code = "import kiosk.ui.driver.app, textual.constants; print(textual.constants.MAX_FPS)"
    environment = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    environment |= {"TEXTUAL_FPS": asked} if asked else {}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    assert run.stdout.strip() == drawn


def test_the_station_loads_no_screen() -> None:
    assert "textual" not in loaded_by("import kiosk.station.station, kiosk.devices, kiosk.app")


def test_looking_at_the_ledger_loads_neither_screen_nor_devices() -> None:
    statement = "import kiosk.cli, contextlib; contextlib.suppress(SystemExit).__enter__(); kiosk.cli._parser()"
    assert not loaded_by(statement) & {"textual", "serial", "nfc", "tinydb"}


def test_the_card_readers_library_is_loaded_when_the_reader_is_opened_and_not_before() -> None:
    assert "nfc" not in loaded_by("import kiosk.devices")
