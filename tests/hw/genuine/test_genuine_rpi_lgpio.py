"""The genuine rpi-lgpio 0.6, which serves a Pi 5, over a stand-in of the lgpio below it."""

import json
import os
import sys

import pytest

from tests.hw.genuine.process import HERE, ROOT, install, run

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

PI_5_REVISION = "c04170"
"""Revision code of a Raspberry Pi 5 Model B, 4 GB."""


@pytest.fixture(scope="module")
def pi5(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that finds rpi-lgpio on a Pi 5, over the stand-in of lgpio."""
    library = tmp_path_factory.mktemp("pi5") / "lib"
    install("requirements-pi5.txt", library)
    path = [str(library), str(HERE / "lgpio_stand_in"), str(ROOT)]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(path),
        "RPI_LGPIO_REVISION": PI_5_REVISION,
        "RPI_LGPIO_CHIP": "0",
    }


def test_a_session_over_rpi_lgpio_claims_at_the_safe_level_and_leaves_the_relay_pulled_to_rest(
    pi5: dict[str, str],
) -> None:
    came = json.loads(run([sys.executable, "-m", "tests.hw.genuine.session_pi5"], pi5))
    pull_up, pull_none = 32, 128
    assert came == {
        "detail": "rpi-lgpio (API of RPi.GPIO 0.7.2) on a Pi 5 Model B",
        "read": ["low", "high"],
        "refused": "buzzer: expected GPIO 25 to become an output at low, got 'GPIO busy'; "
        "stop the other program that holds this pin (gpioinfo names it)",
        "log": [
            ["open", 0],
            ["out", 4, 1],
            ["in", 5, pull_up],
            ["write", 4, 0],
            ["write", 4, 1],
            ["free", 4],
            ["in", 4, pull_up],
            ["in", 5, pull_none],
            ["free", 5],
        ],
    }
