"""What a disk's file system tells: the ledger on it, as the next mount finds it."""

from pathlib import Path

from kiosk.ledger.ledger import read_entries
from tests.pi.sample import run_tool
from tests.tools import require_tool

BESIDE = frozenset({"alert", "card-tapped", "checkpoint-key", "device-connected"})
"""Kinds of entries that stand between those of a visit, here or there."""


def ledger_on(disk: bytes, folder: Path) -> Path:
    """The ledger's folder as a disk's file system has it once its journal was replayed, as at the next mount."""
    folder.mkdir(parents=True)
    image = folder / "disk.img"
    image.write_bytes(disk)
    # 1 says that it replayed and mended; more, that the file system was damaged.
    run_tool(require_tool("e2fsck", package="e2fsprogs"), "-fy", image, good=(0, 1))
    run_tool(require_tool("debugfs", package="e2fsprogs"), "-R", f"rdump /ledger {folder}", image)
    image.unlink()
    return folder / "ledger"


def story(ledger: Path) -> list[str]:
    """The kinds of a ledger's entries, in order, but for those that stand anywhere between."""
    return [entry.kind for entry in read_entries(ledger) if entry.kind not in BESIDE]


def connected(ledger: Path) -> dict[str, str]:
    """Which devices said who they are."""
    told = (entry.body for entry in read_entries(ledger) if entry.kind == "device-connected")
    return {body["device"]: body["serial"] for body in told}
