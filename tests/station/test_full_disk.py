"""A disk that others fill up: told at 80 %, out of service at 95, no entry lost, and back once there is room."""

from pathlib import Path

import pytest

from tests.small_disk import run_on_small_disk


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("tmpfs", "room"),
        ("tmpfs", "files"),
        pytest.param("ext4", "room", marks=pytest.mark.long),
        pytest.param("ext4", "files", marks=pytest.mark.long),
    ],
)
def test_a_disk_that_fills_up_while_a_driver_is_there_loses_no_entry_and_serves_nobody_else(
    tmp_path: Path, kind: str, what: str
) -> None:
    run_on_small_disk("tests.station.filling", [what], tmp_path, kind)
