"""What the tests of `sealgate reader` share: the command, a site with readers, boards and images."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.reader_firmware import FIRMWARE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def reader(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one action; its exit code, and what it wrote to stdout and stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["reader", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def site_with(folder: Path, **ports: Path) -> Path:
    """A site.toml that names these readers."""
    tables = "".join(f'\n[[seal_readers]]\nname = "{name}"\nport = "{port}"\n' for name, port in ports.items())
    path = folder / "site.toml"
    path.write_text((SAMPLE_SITE / "site.toml").read_text() + tables)
    return path


def firmware(folder: Path, version: str = "", **lines: str) -> Path:
    """A copy of the firmware.

    Args:
        folder: Where; made anew.
        version: Of it; the same for "".
        lines: Put before what stands there in a module: ``app="x = 1"`` is put at the beginning of reader/app.py.
    """
    shutil.copytree(FIRMWARE, folder, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    if version:
        start = folder / "reader/__init__.py"
        start.write_text(start.read_text() + f'\nVERSION = "{version}"\n')
    for module, line in lines.items():
        path = folder / f"reader/{module}.py"
        path.write_text(f"{line}\n{path.read_text()}")
    return folder
