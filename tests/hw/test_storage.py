"""Which disk a folder is on, and how worn it says it is."""

import os
import subprocess
from pathlib import Path

import pytest

from hw.storage import Mount, Wear, mount_of, wear_of
from tests.tools import require_tool

CARD = Mount("/", "ext4", "/dev/mmcblk0p2", frozenset())


def test_the_mount_of_a_folder_is_what_findmnt_says(tmp_path: Path) -> None:
    findmnt = require_tool("findmnt", package="util-linux")
    asked = [str(findmnt), "--noheadings", "--raw", "--output", "TARGET,FSTYPE,SOURCE", "--target", str(tmp_path)]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    found = mount_of(tmp_path)
    assert found is not None
    assert [found.at, found.kind, found.source] == said
    assert found.options & {"rw", "ro"}


def test_of_several_mounts_on_one_device_the_one_counts_that_the_folder_lies_in(tmp_path: Path) -> None:
    seen = tmp_path.stat().st_dev
    device = f"{os.major(seen)}:{os.minor(seen)}"
    inside = str(tmp_path).replace(" ", "\\040")
    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_text(
        f"20 1 {device} / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        f"21 1 {device} / {inside} ro,noatime - ext4 /dev/sda1 rw,errors=remount-ro\n"
        f"22 1 {device} / /srv/elsewhere rw - ext4 /dev/sda1 rw\n"
        "23 1 0:5 / /dev rw - devtmpfs udev rw\n"
    )
    found = mount_of(tmp_path, tmp_path)
    assert found == Mount(str(tmp_path), "ext4", "/dev/sda1", frozenset({"ro", "noatime", "rw", "errors=remount-ro"}))


def test_a_folder_whose_name_has_a_blank_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "a stick"
    folder.mkdir()
    seen = folder.stat().st_dev
    (tmp_path / "self").mkdir()
    at = str(folder).replace(" ", "\\040")
    (tmp_path / "self/mountinfo").write_text(f"20 1 {os.major(seen)}:{os.minor(seen)} / {at} rw - vfat /dev/sdb1 rw\n")
    found = mount_of(folder, tmp_path)
    assert found is not None
    assert (found.at, found.kind) == (str(folder), "vfat")


@pytest.mark.parametrize(
    ("files", "wear"),
    [
        ({"type": "SD", "name": "SC64G", "date": "03/2025"}, Wear(True, "SC64G of 03/2025", None, False)),
        ({"type": "MMC", "name": "B", "life_time": "0x01 0x03"}, Wear(False, "B", 30, False)),
        ({"type": "MMC", "name": "B", "life_time": "0x00 0x00"}, Wear(False, "B", None, False)),
        ({"type": "MMC", "life_time": "rubbish", "pre_eol_info": "0x03"}, Wear(False, "", None, True)),
    ],
)
def test_what_flash_memory_says_of_its_wear_is_read_in_tenths(
    tmp_path: Path, files: dict[str, str], wear: Wear
) -> None:
    folder = tmp_path / "block/mmcblk0/device"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(f"{text}\n")
    assert wear_of(CARD, tmp_path) == wear


def test_a_disk_on_another_bus_says_nothing(tmp_path: Path) -> None:
    assert wear_of(CARD, tmp_path) is None
    assert wear_of(Mount("/", "ext4", "/dev/sda1", frozenset()), tmp_path) is None
