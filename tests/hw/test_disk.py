"""How full a file system is, by room and by files."""

from pathlib import Path
from shutil import disk_usage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.disk import DiskUse, disk_use, mount_point


def test_a_disk_is_as_full_as_the_system_says(tmp_path: Path) -> None:
    use, said = disk_use(tmp_path), disk_usage(tmp_path)
    assert use.device == tmp_path.stat().st_dev
    assert use.size <= said.total, "what is set aside for root counts for nobody else"
    assert abs(use.free - said.free) < said.total // 100
    assert not use.read_only


def test_a_folder_that_is_not_there_has_no_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        disk_use(tmp_path / "none")


@pytest.mark.parametrize(
    ("size", "free", "percent"),
    [(100, 100, 0), (100, 5, 95), (1000, 51, 95), (1000, 50, 95), (1000, 49, 96), (10**12, 1, 100), (100, 0, 100)],
)
def test_of_the_room_no_free_byte_too_many_is_told(size: int, free: int, percent: int) -> None:
    assert DiskUse(1, size, free, 0, 0).used_percent == percent


@given(st.integers(1, 2**50), st.data())
def test_100_percent_is_told_only_by_a_disk_that_is_nearly_or_quite_full(size: int, data: st.DataObject) -> None:
    free = data.draw(st.integers(0, size))
    percent = DiskUse(1, size, free, 0, 0).used_percent
    assert 0 <= percent <= 100
    assert (percent == 100) is (free * 100 < size)


def test_files_count_where_there_is_a_bound_and_the_worse_of_both_is_told() -> None:
    assert DiskUse(1, 100, 90, 0, 0).files_percent is None
    assert DiskUse(1, 100, 90, 1000, 10).files_percent == 99
    assert DiskUse(1, 100, 90, 1000, 10).worst_percent == 99
    assert DiskUse(1, 100, 1, 1000, 900).worst_percent == 99


def test_a_file_system_without_any_room_is_full() -> None:
    assert DiskUse(1, 0, 0, 0, 0).used_percent == 100


def test_a_folders_file_system_is_named_by_where_it_is_mounted(tmp_path: Path) -> None:
    at = mount_point(tmp_path)
    assert at.is_mount()
    assert tmp_path.is_relative_to(at)
    assert mount_point(Path("/proc/self")) == Path("/proc")
