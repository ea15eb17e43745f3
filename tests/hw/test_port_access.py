"""Who may open a port, and who has it, found out without opening it."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hw.port_access import Access, Holder, access_of, groups_of, holders_of, locked_by, user_name
from hw.processes import open_files, program_of


@pytest.mark.parametrize(
    ("user", "groups", "allowed"),
    [(0, set(), True), (7, set(), True), (8, {20}, True), (8, {21}, False), (8, set(), False)],
)
def test_owner_and_group_may_open_a_port_and_root_may_always(user: int, groups: set[int], allowed: bool) -> None:
    assert Access(owner=7, group=20, mode=0o660).allows(user, groups) is allowed


def test_the_first_class_that_fits_decides_though_a_later_one_would_allow_more() -> None:
    assert not Access(owner=7, group=20, mode=0o066).allows(7, {20})
    assert not Access(owner=7, group=20, mode=0o606).allows(8, {20})
    assert Access(owner=7, group=20, mode=0o606).allows(8, {21})
    assert not Access(owner=7, group=20, mode=0o640).allows(8, {20}), "to read alone is not enough"


def test_users_and_groups_are_named_where_they_have_a_name(tmp_path: Path) -> None:
    assert Access(0, 0, 0o600).group_name == "root"
    assert Access(0, 999_999, 0o600).group_name == "999999"
    assert (user_name(0), user_name(999_999)) == ("root", "999999")
    assert 0 in groups_of(0)
    assert groups_of(999_999) == frozenset()
    assert access_of(tmp_path).owner == os.getuid()


def test_a_process_that_has_a_port_open_is_seen_though_it_took_no_lock(tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.touch()
    link = tmp_path / "by-id"
    link.symlink_to(port)
    assert holders_of(str(link)) == ()
    with port.open("rb") as file:
        assert holders_of(str(link)) == (), "this process itself is no stranger"
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=file)
    try:
        (holder,) = holders_of(str(link))
        assert holder.pid == other.pid
        assert str(holder) == f"{program_of(other.pid)} (process {other.pid})"
    finally:
        other.kill()
        other.wait()


def test_who_locked_a_port_is_read_from_the_kernels_list(tmp_path: Path) -> None:
    port = tmp_path / "port"
    with port.open("wb") as file:
        assert locked_by(str(port)) is None
        fcntl.flock(file, fcntl.LOCK_EX)
        assert locked_by(str(port)) == os.getpid()
    assert locked_by(str(tmp_path / "none")) is None


def test_a_lock_of_a_process_whose_files_cannot_be_seen_is_seen_all_the_same(tmp_path: Path) -> None:
    port, proc = tmp_path / "port", tmp_path / "proc"
    port.touch()
    seen = port.stat()
    file = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}:{seen.st_ino}"
    (proc / "812").mkdir(parents=True)
    (proc / "812/comm").write_text("sealgate\n")
    (proc / "locks").write_text(
        f"1: POSIX  ADVISORY  READ 9 fe:01:1 0 EOF\n2: FLOCK  ADVISORY  WRITE 812 {file} 0 EOF\n"
        f"2: -> FLOCK  ADVISORY  WRITE 813 {file} 0 EOF\n"
    )
    assert holders_of(str(port), proc) == (Holder(812, "sealgate"),)


def test_a_process_that_goes_while_one_looks_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "12").mkdir()
    (tmp_path / "13/fd").mkdir(parents=True)
    (tmp_path / "13/fd/3").symlink_to("socket:[5]")
    (tmp_path / "13/fd/4").touch()
    assert [*open_files(tmp_path)] == [(13, "socket:[5]")]
    assert program_of(12, tmp_path) == "a program"
