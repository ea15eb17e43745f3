"""The sample site for the emulated board: its own files, other settings where the board's devices are others."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from kiosk.demo.yard import SAMPLE_SITE, Yard, import_bookings_for, import_sample_site, yard_in
from kiosk.register.store import RecordStore
from kiosk.site import read_site
from tests.tools import require_tool

DISK_MIB = 64
"""Size of the disk: small, since what is on it for good is looked at whole at each opening of the barrier."""

LIMIT_S = 60
"""Seconds for making or reading a disk: it takes tenths of a second."""

SETTINGS = {
    'port = "/dev/sealgate-card-reader"': 'port = "/dev/ttyAMA0"',
    'port = "/dev/sealgate-scanner"': 'usb = { vendor = "0403", product = "6001", serial = "SCANNER" }',
    'board = "pi4"': 'board = "pi3"',
    "attended = false": "attended = true",  # the same by day and by night
}
PROVEN = '\n[cards]\nlevel = "proven"\nby = "both"\n'
"""So that each kind of copied card is told apart."""


def site_text() -> str:
    """site.toml of the emulated board."""
    text = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")
    for before, after in SETTINGS.items():
        assert text.count(before) == 1, f"expected {before!r} once in the sample site's settings"
        text = text.replace(before, after)
    return text + PROVEN


def sample_data(folder: Path) -> tuple[Path, Yard]:
    """A data folder as an installer leaves it: records imported, card keys made; and the cards that fit them."""
    data = folder / "data"
    file = folder / "site.toml"
    file.write_text(site_text(), encoding="utf-8")
    site = read_site(file)
    store = RecordStore(data / "records")
    import_sample_site(store, site.seal_types)
    import_bookings_for(datetime.now(UTC), store, site.seal_types)
    return data, yard_in(data)


def disk_with(data: Path, image: Path) -> bytes:
    """A disk whose file system holds a folder's content."""
    tool = require_tool("mke2fs", package="e2fsprogs")
    run_tool(tool, "-q", "-t", "ext4", "-d", data, "-F", image, f"{DISK_MIB}M")
    return image.read_bytes()


def run_tool(tool: Path, *arguments: str | Path, good: tuple[int, ...] = (0,)) -> None:
    words = [str(tool), *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode in good, f"expected {words} to work, got {done.returncode}: {done.stdout}{done.stderr}"
